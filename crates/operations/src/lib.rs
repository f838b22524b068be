//! What can be asked of the system: load, decide, keep.
//! One file per verb; the ports are beside them.

pub mod answer;
pub mod asking;
pub mod audit_store;
#[cfg(feature = "behaviour")]
pub mod behaviour;
pub mod commit;
pub mod create_instance;
pub mod decide_party;
pub mod desk;
pub mod failure;
pub mod formulas;
mod holders;
pub mod instances;
pub mod jws;
pub mod ledger_items;
pub mod list_entries;
pub mod list_holdings;
pub mod lock_units;
pub mod nothing;
pub mod pages;
pub mod parties;
pub mod ports;
pub mod products;
pub mod programs;
pub mod read_lock;
pub mod read_party;
pub mod read_smart_asset;
pub mod read_transfer;
pub mod redeem_units;
pub mod register_party;
pub mod release_instance;
pub mod release_lock;
pub mod release_version;
pub mod resolve_transfer;
pub mod search_catalog;
pub mod shelf;
pub mod switcher;
pub mod transfer_units;
pub mod versions;
