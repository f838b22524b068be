//! The handler as it is deployed, with the settings of a deployment, behind the local host on the
//! staged folder: against an Azure on this machine, by its real host names, over TCP and TLS.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod app;
#[path = "../live/client.rs"]
mod client;
mod doctor;
mod draft;
mod faults;
mod messages;
#[expect(dead_code, reason = "these tests need less of the stage than those that kill")]
#[path = "../live/publish.rs"]
mod publish;
mod silence;
mod source;
mod story;

/// Either the expression, or the test ends here because Azurite is not installed.
macro_rules! or_absent {
    ($found:expr) => {
        match $found {
            Some(found) => found,
            None => return,
        }
    };
}
pub(crate) use or_absent;
