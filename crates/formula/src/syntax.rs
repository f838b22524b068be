//! From text to a syntax tree, with recovery: all faults of a source are found in one go.

pub(crate) mod ast;
pub(crate) mod lexer;
pub(crate) mod parser;
pub(crate) mod print;
