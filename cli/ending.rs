//! How a command ends: its exit code, and what to say where it had to stop.

use std::{fmt, process::ExitCode};

/// What `--help` says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes: 0 done, 1 the work found faults, 2 usage, 3 a needed part is not there";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It did what was asked.
    Done,
    /// It did its work and found faults.
    Faults,
    /// It was asked for something that it cannot do.
    Usage,
    /// A part that it needs is not there or does not answer.
    Missing,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Faults => 1,
            Ending::Usage => 2,
            Ending::Missing => 3,
        })
    }
}

/// Why a command stopped before its work was done.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The exit code.
    pub ending: Ending,
    /// In words for people.
    pub message: String,
}

impl Stop {
    /// Asked for something that does not go together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { ending: Ending::Usage, message: message.into() }
    }

    /// A part is not there: which, and why.
    pub(crate) fn missing(part: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self { ending: Ending::Missing, message: format!("{part}: {why}") }
    }
}
