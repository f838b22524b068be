//! Wiring: settings become a desk. The only file that names adapters.

use poa_embedded::OpenFault;
use poa_operations::desk::Desk;
use std::path::Path;

/// The desk of the embedded adapters over this data folder.
pub fn desk(data: &Path) -> Result<Desk, OpenFault> {
    poa_embedded::open(data).map(|embedded| embedded.desk())
}
