//! The program as it runs: host and handler as processes, killed and raced.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test; a panic is its way to fail, and its texts are its own"
)]

mod app;
mod chaos;
mod client;
mod crash;
mod market;
mod papers;
mod poison;
mod publish;
mod two_handlers;
