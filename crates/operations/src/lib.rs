//! What can be asked of the system: load, decide, keep.
//! One file per verb; the ports are beside them.

pub mod answer;
pub mod commit;
pub mod desk;
pub mod failure;
pub mod ports;
