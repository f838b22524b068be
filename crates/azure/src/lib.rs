//! Adapters for Azure's own services. Each takes its settings and a credential, sets its own time
//! limits, and keeps the promise of its port: the behaviour suites of `poa_operations` run on it.

pub mod blob;
pub mod client;
pub mod cosmos;
pub mod credential;
pub mod key_vault;
pub mod service_bus;
pub mod storage;
pub mod storage_queue;
