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
