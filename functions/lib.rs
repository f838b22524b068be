//! The edge of the function app: triggers, tokens, envelopes, replies. In reading order.

pub mod trigger;

pub mod call;
