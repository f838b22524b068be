//! The edge of the function app: triggers, tokens, envelopes, replies. In reading order.

pub mod decide_measure;
pub mod list_measures;
pub mod order_measure;
pub mod read_measure;
pub mod trigger;

pub mod call;
pub mod decision;
pub mod reply;

pub mod caller;
pub mod dispatch;
pub mod envelope;
pub mod incoming;
pub mod jwks;
pub mod routes;
pub mod telemetry;
pub mod token;
pub mod trace_context;
pub mod unambiguous;

pub mod function_json;
pub mod local_settings;
pub mod openapi;

pub mod doctor;
pub mod serve;
pub mod settings;
pub mod wiring;

pub mod local_issuer;

pub mod rows_ledger;
pub mod rows_system;

pub mod health;
pub mod read_health;
pub mod read_log_keys;
pub mod read_openapi;
pub mod read_readiness;

pub mod list_asset_holdings;
pub mod list_entries;
pub mod list_locks;
pub mod list_own_holdings;
pub mod list_smart_assets;
pub mod list_transfers;
pub mod lock_units;
pub mod post_transfer;
pub mod read_lock;
pub mod read_redemption;
pub mod read_smart_asset;
pub mod read_transfer;
pub mod redeem_units;
pub mod release_lock;
pub mod transfer_units;
pub mod void_transfer;

pub mod rows_tokenization;

pub mod add_evidence;
pub mod advance_bank;
pub mod advance_non_bank;
pub mod approve_proposal;
pub mod attest_check;
pub mod cancel_tokenization;
pub mod change_data;
pub mod complete_upload;
pub mod create_tokenization;
pub mod expire;
pub mod link_download;
pub mod link_upload;
pub mod list_tokenizations;
pub mod put_document;
pub mod read_document;
pub mod read_evidence;
pub mod read_tokenization;
pub mod read_tokenization_events;
pub mod relay_events;
pub mod retry_tokenization;
pub mod review_contour;
pub mod revoke_statement;
pub mod rows_catalog;
pub mod sign_off_document;

pub mod activate_instance;
pub mod add_tenants;
pub mod approve_instance;
pub mod certify_version;
pub mod check_formula;
pub mod compare_programs;
pub mod create_instance;
pub mod create_product;
pub mod create_version;
pub mod decide_kyc;
pub mod list_instances;
pub mod list_parties;
pub mod list_versions;
pub mod measure_impact;
pub mod move_party;
pub mod move_product;
pub mod move_version;
pub mod publish_version;
pub mod read_instance;
pub mod read_party;
pub mod read_product;
pub mod read_version;
pub mod register_party;
pub mod renew_licence;
pub mod replace_source;
pub mod retire_instance;
pub mod run_formula;
pub mod search_catalog;
pub mod submit_version;
pub mod suspend_instance;
pub mod switch_instance;
