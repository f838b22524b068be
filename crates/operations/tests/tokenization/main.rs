//! Tokenization end to end on the embedded desk: both wings, outside parties, waits, races, relay.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that meets what it does not expect stops there"
)]

mod access;
#[path = "../common/asking.rs"]
mod asking;
mod contour_reviews;
mod documents;
mod guard;
mod idempotency;
mod impact;
mod regime;
mod relay;
mod review;
mod rules;
mod story;
mod support;
mod transfers;
mod waits;
mod wings;
