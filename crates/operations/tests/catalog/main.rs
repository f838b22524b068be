//! The catalog end to end on the embedded desk: parties, products, versions, instances, switcher.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect stops there"
)]

#[path = "../common/asking.rs"]
mod asking;
mod formulas;
mod instances;
mod parties;
mod release;
mod repeats;
mod search;
mod support;
mod switcher;
mod versions;
