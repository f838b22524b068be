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

impl From<Side> for poa_formula::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Originator => Self::Originator,
            Side::Supplier => Self::Supplier,
        }
    }
}

/// A text that names no side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchSide;

impl std::str::FromStr for Side {
    type Err = NoSuchSide;

    fn from_str(text: &str) -> Result<Self, NoSuchSide> {
        let both = [Self::Originator, Self::Supplier];
        both.into_iter().find(|side| side.as_str() == text).ok_or(NoSuchSide)
    }
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
