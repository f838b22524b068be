//! The host from the outside: real processes, real sockets, in-memory sources.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may die of surprise")]

mod client;
mod faults;
mod golden;
mod http_envelopes;
mod lifecycle;
mod limits;
mod memory_bus;
mod memory_queue;
mod messages;
mod orphans;
mod proxying;
mod queues;
mod responses;
mod stage;
mod timers;
