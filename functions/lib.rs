//! The edge of the function app: triggers, tokens, envelopes, replies.
