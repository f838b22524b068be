//! The side of a deal that a smart asset stands on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who brings what. Both sides are tokenized by the identical pipeline.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Brings an asset (a token-bid).
    Originator,
    /// Brings capital or another resource (a token-ask).
    Supplier,
}

impl Side {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Originator => "originator",
            Self::Supplier => "supplier",
        }
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
