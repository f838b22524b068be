//! Blobs and queues against real Azurite: over https with tokens of Entra ID, as in Azure, and over
//! http with the published key, as in development.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod behaviour;
mod blobs;
mod doctor;
mod faults;
mod links;
mod queues;
