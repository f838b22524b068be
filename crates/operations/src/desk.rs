//! The desk: the ports of one deployment as one value.

use crate::{
    ports::{bus::Bus, clock::Clock, documents::Documents, ids::Ids, signer::Signer, store::Store},
    programs::Programs,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// Everything that an operation works with.
#[derive(Debug, Clone)]
pub struct Desk {
    /// State.
    pub store: Arc<dyn Store>,
    /// Wakes functions.
    pub bus: Arc<dyn Bus>,
    /// Bytes of evidence.
    pub documents: Arc<dyn Documents>,
    /// The key.
    pub signer: Arc<dyn Signer>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and chance.
    pub ids: Arc<dyn Ids>,
    /// Told after every commit that has something for the bus, so that the relay need not wait for
    /// its timer.
    pub relay: Arc<Notify>,
    /// Programs at hand, so that none is compiled twice.
    pub programs: Programs,
}
