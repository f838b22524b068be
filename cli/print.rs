//! What the command line prints: text for people, or one JSON object for programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use crate::ending::Missing;
use serde_json::{Value, json};

/// One line for people.
pub(crate) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Text as it is, for example a generated document.
pub(crate) fn raw(text: &str) {
    print!("{text}");
}

/// The object for programs.
pub(crate) fn object(object: &Value) {
    println!("{object}");
}

/// What is wrong, beside the answer.
pub(crate) fn aside(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// What is not there; programs read it as an object.
pub(crate) fn complain(json: bool, missing: &Missing) {
    if json {
        object(&json!({ "error": missing.0 }));
    } else {
        aside(format_args!("poa: {}", missing.0));
    }
}
