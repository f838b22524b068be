//! The rules of Proof-of-Asset as they could stand on paper: pure and synchronous.

pub mod caller;
pub mod caterpillar;
pub mod contour;
pub mod event;
pub mod evidence;
pub mod fields;
pub mod ids;
pub mod impact;
pub mod instance;
pub mod ledger;
pub mod lei;
pub mod limits;
pub mod partition;
pub mod party;
pub mod product;
pub mod refusal;
pub mod refusal_list;
pub mod request;
pub mod role;
pub mod side;
pub mod switcher;
pub mod thing;
pub mod timestamp;
pub mod tokenization;
pub mod version;
