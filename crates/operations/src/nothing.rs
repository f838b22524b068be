//! The body of a request that says everything by its path.

use schemars::JsonSchema;
use serde::Deserialize;

/// An empty object: `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
