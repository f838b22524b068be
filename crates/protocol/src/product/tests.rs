//! The rules of products, as tables in order of precedence.
