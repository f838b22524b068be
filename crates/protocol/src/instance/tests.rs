//! The rules of instances, as tables in order of precedence.
