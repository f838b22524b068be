//! What every operation asks about its request before it asks a rule.

use crate::{answer::Asked, failure::Failure};
use poa_protocol::{caller::Caller, refusal::Refusal, request::RequestRefusal};

impl<T> Asked<T> {
    /// Who asks. An operation for callers is never reached by the system itself.
    pub fn by(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(|| Failure::broken("an operation for callers has none"))
    }

    /// Whether the caller has seen this revision; a request without `If-Match` does not claim to.
    pub fn has_seen(&self, revision: u64) -> Result<(), Failure> {
        match self.if_match {
            Some(seen) if seen != revision => Err(RequestRefusal::Stale.into()),
            Some(_) | None => Ok(()),
        }
    }
}

/// The answer for what is not there, and for what is not this caller's.
#[must_use]
pub fn not_found(what: impl std::fmt::Display) -> Failure {
    Refusal::from(RequestRefusal::NotFound { what: what.to_string() }).into()
}
