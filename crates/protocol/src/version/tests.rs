//! The rules of versions, as tables in order of precedence.
