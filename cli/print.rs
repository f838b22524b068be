//! What the command line prints: text for people, or one JSON object for programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use crate::ending::Stop;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use std::{io::IsTerminal, time::Duration};

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

/// Why a command stopped; programs read it as an object.
pub(crate) fn complain(json: bool, stop: &Stop) {
    if json {
        object(&json!({ "error": stop.message }));
    } else {
        aside(format_args!("poa: {}", stop.message));
    }
}

/// Something that takes a while: a spinner on a terminal, one plain line elsewhere, nothing for
/// programs.
#[derive(Debug)]
pub(crate) struct Waiting(Option<ProgressBar>);

impl Waiting {
    /// Says what is waited for.
    pub(crate) fn start(what: &'static str, json: bool) -> Self {
        if json {
            return Self(None);
        }
        if !std::io::stderr().is_terminal() {
            aside(format_args!("{what} …"));
            return Self(None);
        }
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self(Some(spinner))
    }

    /// It is there.
    pub(crate) fn end(self) {
        if let Some(spinner) = self.0 {
            spinner.finish_and_clear();
        }
    }
}

/// How far long work has come: a count on a terminal, nothing elsewhere.
#[derive(Debug)]
pub(crate) struct Counter {
    what: &'static str,
    bar: Option<ProgressBar>,
}

impl Counter {
    /// Begins at zero of these things.
    pub(crate) fn start(what: &'static str, json: bool) -> Self {
        if json || !std::io::stderr().is_terminal() {
            return Self { what, bar: None };
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { what, bar: Some(bar) }
    }

    /// A line of the answer, above the count.
    pub(crate) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    /// So many are done.
    pub(crate) fn reach(&self, count: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{count} {}", self.what));
        }
    }

    /// All are done.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
