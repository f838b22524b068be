//! The store on Cosmos DB, against the emulator that the SDK carries, through real HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect stops there"
)]

#[path = "../../operations/tests/common/asking.rs"]
mod asking;
#[path = "cosmos/behaviour.rs"]
mod behaviour;
#[path = "cosmos/chaos.rs"]
mod chaos;
#[path = "cosmos/cost.rs"]
mod cost;
#[path = "cosmos/doctor.rs"]
mod doctor;
#[path = "cosmos/faults.rs"]
mod faults;
#[path = "cosmos/feed.rs"]
mod feed;
#[path = "cosmos/relay.rs"]
mod relay;
#[expect(
    dead_code,
    unused_imports,
    reason = "the world of the tokenization tests has more in it than these need"
)]
#[path = "../../operations/tests/tokenization/support.rs"]
mod support;
