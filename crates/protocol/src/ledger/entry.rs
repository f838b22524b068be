//! Entries: what happened to units, once and for all.

use super::{LedgerRefusal, Units};
use crate::ids::{AssetId, PartyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One entry: what happened, and the postings that it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// To which smart asset.
    pub asset: AssetId,
    /// Id of what led to it: the tokenization, transfer, lock, redemption or measure.
    pub about: String,
    /// Why a pending transfer came to nothing; only on entries of kind `void`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The movements, at least one.
    pub postings: Vec<Posting>,
}

/// What an entry records.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Units came into being.
    Issue,
    /// Units went from one party to another at once.
    Transfer,
    /// Available units were set aside by their holder.
    Lock,
    /// Locked units became available again.
    Unlock,
    /// Units went out of being.
    Redeem,
    /// Units were set aside for a recipient who may accept them.
    Pend,
    /// The recipient accepted pending units.
    Post,
    /// Pending units went back to their sender.
    Void,
    /// Compliance moved units from one party to another.
    ForcedTransfer,
    /// Compliance took units out of being.
    Burn,
}

/// Why a pending transfer came to nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The sender took it back.
    Withdrawn,
    /// The recipient did not want it.
    Declined,
    /// Nobody resolved it in time.
    Expired,
}

/// One movement of units: the debit leg gives, the credit leg receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posting {
    /// Gives the units.
    pub debit: Leg,
    /// Receives the units.
    pub credit: Leg,
    /// How many, above zero.
    pub units: Units,
}

/// One side of a posting.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Leg {
    /// The party; absent on the issuance account of the smart asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PartyId>,
    /// Which part of the account.
    pub bucket: Bucket,
}

/// A part of an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Where units come from and go back to.
    Issuance,
    /// At the holder's free disposal.
    Available,
    /// Set aside by the holder.
    Locked,
    /// Set aside for the recipient of a pending transfer.
    Pending,
}

impl Leg {
    /// The issuance account of a smart asset.
    pub const ISSUANCE: Self = Self { owner: None, bucket: Bucket::Issuance };

    /// A part of a party's account.
    #[must_use]
    pub fn of(owner: &PartyId, bucket: Bucket) -> Self {
        Self { owner: Some(owner.clone()), bucket }
    }
}

impl Posting {
    /// A movement. An entry always moves something.
    pub fn new(debit: Leg, credit: Leg, units: Units) -> Result<Self, LedgerRefusal> {
        if units.is_zero() {
            Err(LedgerRefusal::NoUnits)
        } else {
            Ok(Self { debit, credit, units })
        }
    }

    /// The movement that undoes this one.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { debit: self.credit.clone(), credit: self.debit.clone(), units: self.units }
    }
}

impl Entry {
    /// Whether the entry moves units into or out of the party's account.
    #[must_use]
    pub fn touches(&self, party: &PartyId) -> bool {
        let is_theirs = |leg: &Leg| leg.owner.as_ref() == Some(party);
        self.postings.iter().any(|posting| is_theirs(&posting.debit) || is_theirs(&posting.credit))
    }
}

impl EntryKind {
    /// The type of the event that carries such an entry.
    #[must_use]
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Issue => "poa.smart-asset.issued.v1",
            Self::Transfer => "poa.smart-asset.transferred.v1",
            Self::Lock => "poa.smart-asset.locked.v1",
            Self::Unlock => "poa.smart-asset.unlocked.v1",
            Self::Redeem => "poa.smart-asset.redeemed.v1",
            Self::Pend => "poa.smart-asset.pended.v1",
            Self::Post => "poa.smart-asset.posted.v1",
            Self::Void => "poa.smart-asset.voided.v1",
            Self::ForcedTransfer => "poa.smart-asset.transfer-forced.v1",
            Self::Burn => "poa.smart-asset.burnt.v1",
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuance => "issued",
            Self::Available => "available",
            Self::Locked => "locked",
            Self::Pending => "pending",
        })
    }
}
