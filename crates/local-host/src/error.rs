//! What can go wrong when a host starts, runs or invokes.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a host did not start or does not run any more.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// The function app is not valid; every fault that was found.
    Faults(Vec<Fault>),
    /// The address cannot be listened on.
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The handler cannot be started.
    Spawn {
        /// The program that was tried.
        program: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The host stopped, with the reason.
    Stopped(String),
}

impl fmt::Display for HostError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults(faults) => {
                write!(out, "the function app has {} fault(s)", faults.len())?;
                faults.iter().try_for_each(|fault| write!(out, "\n  {fault}"))
            }
            Self::Listen { address, .. } => write!(out, "cannot listen on `{address}`"),
            Self::Spawn { program, .. } => {
                write!(out, "cannot start the handler `{}`", program.display())
            }
            Self::Stopped(reason) => write!(out, "the host has stopped: {reason}"),
        }
    }
}

impl std::error::Error for HostError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Faults(_) | Self::Stopped(_) => None,
            Self::Listen { source, .. } | Self::Spawn { source, .. } => Some(source),
        }
    }
}

/// One fault of the function app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, or the environment variable, that holds the fault.
    pub place: PathBuf,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place.display(), self.reason)
    }
}

/// Why a function was not invoked, or why its invocation failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvokeError {
    /// No function has this name.
    Unknown(String),
    /// The function is triggered by HTTP: call its route.
    HttpFunction(String),
    /// The invocation failed, with the reason.
    Failed(String),
}

impl fmt::Display for InvokeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(out, "there is no function `{name}`"),
            Self::HttpFunction(name) => {
                write!(out, "function `{name}` is triggered by http: call its route")
            }
            Self::Failed(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for InvokeError {}

/// Collects the faults of one start.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, place: impl Into<PathBuf>, reason: impl Into<String>) {
        self.0.push(Fault { place: place.into(), reason: reason.into() });
    }

    pub(crate) fn into_result(mut self) -> Result<(), HostError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort();
        self.0.dedup();
        Err(HostError::Faults(self.0))
    }
}
