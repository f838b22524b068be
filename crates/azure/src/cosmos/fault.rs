//! What the service answers when it does not do what it was asked, in plain words for the log.

use azure_data_cosmos::CosmosError;
use poa_operations::{
    failure::last_cause,
    ports::store::{CommitFault, StoreFault},
};

/// Why an operation failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// Somebody was first.
    Raced,
    /// Beyond a limit of the service.
    TooLarge(String),
    /// Anything else.
    Unavailable(String),
}

impl From<CosmosError> for Fault {
    fn from(error: CosmosError) -> Self {
        match u16::from(error.status().status_code()) {
            413 => Self::TooLarge(explain(&error)),
            _ => Self::Unavailable(explain(&error)),
        }
    }
}

impl From<Fault> for CommitFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Raced => Self::Raced,
            Fault::TooLarge(what) => Self::TooLarge(what),
            Fault::Unavailable(what) => Self::Unavailable(StoreFault(what)),
        }
    }
}

impl From<Fault> for StoreFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Raced => Self("Cosmos DB reports a race where nothing was written".to_owned()),
            Fault::TooLarge(what) | Fault::Unavailable(what) => Self(what),
        }
    }
}

/// No token could be had, so nothing was sent (a sub-status of the client).
const NO_TOKEN: u16 = 20402;

/// What is wrong, and what to do about it.
fn explain(error: &CosmosError) -> String {
    let status = error.status();
    if status.sub_status().is_some_and(|sub| sub.value() == NO_TOKEN) {
        // The last cause is the credential's own words.
        return format!("Cosmos DB: {}", last_cause(error));
    }
    let hint = match u16::from(status.status_code()) {
        401 => "the token is not of this account's tenant, or it is over",
        403 => {
            "the identity needs the role `Cosmos DB Built-in Data Contributor` on the account, \
             and the account must let this network in"
        }
        404 => "database or container is not there: deploy `infra/` first",
        429 => "the container has too few request units for the load",
        408 => "it did not answer in time",
        413 => "the request is larger than the service takes",
        _ => "it failed or was not reached",
    };
    format!("Cosmos DB: {hint} ({status}: {error})")
}
