//! The edge of the function app: triggers, tokens, envelopes, replies. In reading order.

pub mod trigger;

pub mod call;
pub mod reply;

pub mod caller;
pub mod dispatch;
pub mod envelope;
pub mod incoming;
pub mod jwks;
pub mod routes;
pub mod token;

pub mod function_json;
pub mod openapi;

pub mod serve;
pub mod settings;
pub mod wiring;

pub mod local_issuer;

pub mod rows_system;

pub mod health;
pub mod read_health;
pub mod read_log_keys;
pub mod read_openapi;
pub mod read_readiness;

pub mod rows_catalog;

pub mod activate_instance;
pub mod approve_instance;
pub mod certify_version;
pub mod check_formula;
pub mod create_instance;
pub mod create_product;
pub mod create_version;
pub mod decide_kyc;
pub mod list_instances;
pub mod list_parties;
pub mod list_versions;
pub mod move_party;
pub mod move_product;
pub mod move_version;
pub mod publish_version;
pub mod read_instance;
pub mod read_party;
pub mod read_product;
pub mod read_version;
pub mod register_party;
pub mod replace_source;
pub mod retire_instance;
pub mod run_formula;
pub mod search_catalog;
pub mod submit_version;
pub mod suspend_instance;
pub mod switch_instance;
