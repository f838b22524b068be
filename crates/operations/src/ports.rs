//! The ports: small traits that a deployment fills with adapters.

pub mod bus;
pub mod clock;
pub mod documents;
pub mod ids;
pub mod measure;
pub mod signer;
pub mod store;
