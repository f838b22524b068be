//! What can be asked of the system: load, decide, keep.
//! One file per verb; the ports are beside them.

pub mod answer;
pub mod asking;
#[cfg(feature = "behaviour")]
pub mod behaviour;
pub mod commit;
pub mod create_instance;
pub mod decide_party;
pub mod desk;
pub mod failure;
pub mod formulas;
pub mod instances;
pub mod jws;
pub mod pages;
pub mod parties;
pub mod ports;
pub mod products;
pub mod programs;
pub mod read_party;
pub mod register_party;
pub mod release_instance;
pub mod release_version;
pub mod search_catalog;
pub mod shelf;
pub mod switcher;
pub mod versions;
