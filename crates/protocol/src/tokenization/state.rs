//! Where a tokenization stands.

use crate::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $class:ident;)+) => {
        /// The states: links, waits between them, and ends.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        pub enum State {
            $($(#[$meta])* #[serde(rename = $text)] $name,)+
        }

        impl State {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }

            fn class(self) -> Class {
                match self {
                    $(Self::$name => Class::$class),+
                }
            }
        }
    };
}

#[derive(PartialEq, Eq)]
enum Class {
    Moving,
    Waiting,
    Stopped,
    Ended,
}

states! {
    /// Taken in: the initial link is made.
    Received = "received", Moving;
    /// In the validation link.
    Validating = "validating", Moving;
    /// Waits for people of compliance; only in the bank wing.
    AwaitingReview = "awaiting_review", Waiting;
    /// Waits for evidence.
    AwaitingEvidence = "awaiting_evidence", Waiting;
    /// Waits for attestations or sign-offs.
    AwaitingAttestation = "awaiting_attestation", Waiting;
    /// In the audit link.
    Auditing = "auditing", Moving;
    /// In the legal link.
    Legal = "legal", Moving;
    /// In the proposal link.
    Proposing = "proposing", Moving;
    /// Waits for approvals of the proposal.
    AwaitingApproval = "awaiting_approval", Waiting;
    /// Authorised: the smart asset is about to be issued.
    Issuing = "issuing", Moving;
    /// The smart asset is issued.
    Issued = "issued", Ended;
    /// A rule said no.
    Rejected = "rejected", Ended;
    /// The party took it back.
    Cancelled = "cancelled", Ended;
    /// What it waited for did not come in time.
    Expired = "expired", Ended;
    /// Something stopped it that may pass: it may be retried.
    Failed = "failed", Stopped;
}

impl State {
    /// Whether nothing will ever change any more.
    #[must_use]
    pub fn is_end(self) -> bool {
        self.class() == Class::Ended
    }

    /// Whether it waits for somebody.
    #[must_use]
    pub fn is_wait(self) -> bool {
        self.class() == Class::Waiting
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchState;

impl std::str::FromStr for State {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, NoSuchState> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text).ok_or(NoSuchState)
    }
}

/// Which outside checks a tokenization waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// All of them; at the deadline it goes on without the optional ones, at the reduced rate.
    #[default]
    All,
    /// The mandatory ones; the optional ones are asked for and count if they come in time.
    Mandatory,
}

/// How far the thing is bound by a tokenization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Commitment {
    /// The party said that it wants to: made by the initial link, renewed when data changes.
    Soft {
        /// Since when.
        since: Timestamp,
    },
    /// The smart asset is issued.
    Hard {
        /// Since when.
        since: Timestamp,
    },
    /// It ended without one.
    Released {
        /// Since when.
        since: Timestamp,
    },
}
