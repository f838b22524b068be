//! How an operation fails: with a refusal that the caller can act on, or because a part is silent.

use crate::ports::{bus::BusFault, documents::DocumentFault, signer::SignFault, store::StoreFault};
use poa_protocol::{refusal::Refusal, request::RequestRefusal};

/// Why an operation has no answer.
#[derive(Debug, Clone)]
pub enum Failure {
    /// A rule said no.
    Refused(Box<Refusal>),
    /// A part did not answer. `cause` goes to the log, `part` to the caller.
    Unavailable {
        /// Which part, in field words.
        part: &'static str,
        /// What it said.
        cause: String,
    },
    /// Something that cannot be: kept state that does not read, for example. `cause` goes to the
    /// log.
    Broken {
        /// What was found.
        cause: String,
    },
}

/// The last cause of a fault, which says most: that no name was found, for example.
#[must_use]
pub fn last_cause<'a>(fault: &'a (dyn std::error::Error + 'static)) -> &'a dyn std::error::Error {
    let mut last = fault;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last
}

impl Failure {
    /// State that does not read back.
    pub fn broken(cause: impl std::fmt::Display) -> Self {
        Self::Broken { cause: cause.to_string() }
    }

    /// What the caller gets to see.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Unavailable { part, .. } => {
                RequestRefusal::Unavailable { what: part.to_owned() }.into()
            }
            Self::Broken { .. } => RequestRefusal::Internal.into(),
        }
    }
}

impl<R: Into<Refusal>> From<R> for Failure {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

macro_rules! unavailable {
    ($($fault:ty => $part:literal;)+) => {
        $(
            impl From<$fault> for Failure {
                fn from(fault: $fault) -> Self {
                    Self::Unavailable { part: $part, cause: fault.0 }
                }
            }
        )+
    };
}

unavailable! {
    StoreFault => "store";
    BusFault => "bus";
    DocumentFault => "document storage";
    SignFault => "key vault";
}
