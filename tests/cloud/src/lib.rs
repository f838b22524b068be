//! Stand-ins for the services of Azure: each keeps the rules that a client meets, and plays the
//! faults that it must survive.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test whose surroundings do not stand can only fail"
)]

pub mod azure;
pub mod azurite;
pub mod broker;
pub mod emulator;
pub mod entra;
pub mod front;
pub mod identity;
pub mod seam;
pub mod serve;
pub mod tokens;
pub mod vault;
pub mod wire;
