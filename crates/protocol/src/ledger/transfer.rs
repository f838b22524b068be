//! Transfers: units from one party to another, at once or when the recipient accepts.

use super::{Account, Asset, Bucket, Cause, Entry, EntryKind, LedgerRefusal, Posting, Units};
use crate::{
    ids::{AssetId, PartyId, TransferId},
    limits,
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Moves available units to another party at once.
pub fn transfer(
    asset: &Asset,
    from: &Account,
    to: &Account,
    new: NewTransfer,
) -> Result<Moved, LedgerRefusal> {
    parties(asset, from, to)?;
    let (debit, credit) = (from.leg(Bucket::Available), to.leg(Bucket::Available));
    let posting = Posting::new(debit, credit, new.units)?;
    let record = new.record(from, to, TransferState::Done);
    Moved::by(EntryKind::Transfer, from, to, record, posting)
}

/// Sets available units aside for a recipient, who may accept them until `expires_at`.
pub fn pend(
    asset: &Asset,
    from: &Account,
    to: &Account,
    new: NewTransfer,
    expires_at: Timestamp,
) -> Result<Moved, LedgerRefusal> {
    parties(asset, from, to)?;
    let days = limits::PENDING_TRANSFER_DAYS_MAX;
    if expires_at <= new.at || expires_at > new.at.plus_days(days) {
        return Err(LedgerRefusal::ExpiryOutOfRange { days });
    }
    let posting = set_aside(from, new.units)?;
    let record = new.record(from, to, TransferState::Pending { expires_at });
    Moved::by(EntryKind::Pend, from, to, record, posting)
}

/// Completes a pending transfer: the recipient accepts, before it expires.
pub fn post(
    asset: &Asset,
    from: &Account,
    to: &Account,
    pending: Transfer,
    now: Timestamp,
) -> Result<Moved, LedgerRefusal> {
    parties(asset, from, to)?;
    let expires_at = pending.must_be_pending(from, to)?;
    if now >= expires_at {
        return Err(LedgerRefusal::TransferExpired { transfer: pending.id.to_string() });
    }
    let (debit, credit) = (from.leg(Bucket::Pending), to.leg(Bucket::Available));
    let posting = Posting::new(debit, credit, pending.units)?;
    let record = Transfer { state: TransferState::Posted { at: now }, ..pending };
    Moved::by(EntryKind::Post, from, to, record, posting)
}

/// Ends a pending transfer without a movement between parties: its units become available to the
/// sender again. Nothing changes hands, so it is allowed on a frozen smart asset too.
pub fn void(
    from: &Account,
    to: &Account,
    pending: Transfer,
    now: Timestamp,
    cause: Cause,
) -> Result<Moved, LedgerRefusal> {
    pending.must_be_pending(from, to)?;
    let posting = set_aside(from, pending.units)?.reversed();
    let record = Transfer { state: TransferState::Voided { at: now, cause }, ..pending };
    let mut moved = Moved::by(EntryKind::Void, from, to, record, posting)?;
    moved.entry.cause = Some(cause);
    Ok(moved)
}

/// Ends a pending transfer whose time is over.
pub fn expire(
    from: &Account,
    to: &Account,
    pending: Transfer,
    now: Timestamp,
) -> Result<Moved, LedgerRefusal> {
    let expires_at = pending.must_be_pending(from, to)?;
    // INVARIANT: before `expires_at` only `post` and `void` resolve, from then on only `void` and
    // `expire`.
    if now < expires_at {
        return Err(LedgerRefusal::NotYetExpired { transfer: pending.id.to_string() });
    }
    void(from, to, pending, now, Cause::Expired)
}

/// A transfer as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransfer {
    /// Its id.
    pub id: TransferId,
    /// Units to move, above zero.
    pub units: Units,
    /// When.
    pub at: Timestamp,
}

/// What a step of a transfer leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The sender's account.
    pub from: Account,
    /// The recipient's account.
    pub to: Account,
    /// The transfer.
    pub transfer: Transfer,
    /// The entry.
    pub entry: Entry,
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// The smart asset.
    pub asset: AssetId,
    /// The sender.
    pub from: PartyId,
    /// The recipient.
    pub to: PartyId,
    /// How many units.
    pub units: Units,
    /// When it was made.
    pub created_at: Timestamp,
    /// How far it is.
    #[serde(flatten)]
    pub state: TransferState,
    /// Number of the first event of the last change; 0 before it is kept.
    pub revision: u64,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TransferState {
    /// It was immediate: the units are the recipient's.
    Done,
    /// The units wait for the recipient.
    Pending {
        /// Until when the recipient may accept.
        expires_at: Timestamp,
    },
    /// The recipient has accepted.
    Posted {
        /// When.
        at: Timestamp,
    },
    /// The units went back to the sender.
    Voided {
        /// When.
        at: Timestamp,
        /// Why.
        cause: Cause,
    },
}

impl TransferState {
    /// As in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Pending { .. } => "pending",
            Self::Posted { .. } => "posted",
            Self::Voided { .. } => "voided",
        }
    }
}

impl NewTransfer {
    fn record(self, from: &Account, to: &Account, state: TransferState) -> Transfer {
        Transfer {
            id: self.id,
            asset: from.asset.clone(),
            from: from.owner.clone(),
            to: to.owner.clone(),
            units: self.units,
            created_at: self.at,
            state,
            revision: 0,
        }
    }
}

impl Transfer {
    /// INVARIANT: a pending transfer resolves exactly once, because every other state refuses here.
    fn must_be_pending(&self, from: &Account, to: &Account) -> Result<Timestamp, LedgerRefusal> {
        let own = (&from.asset, &from.owner) == (&self.asset, &self.from);
        if !own || (&to.asset, &to.owner) != (&self.asset, &self.to) {
            return Err(LedgerRefusal::OtherAccount);
        }
        match self.state {
            TransferState::Pending { expires_at } => Ok(expires_at),
            TransferState::Done | TransferState::Posted { .. } | TransferState::Voided { .. } => {
                let (transfer, state) = (self.id.to_string(), self.state.as_str());
                Err(LedgerRefusal::AlreadyResolved { transfer, state })
            }
        }
    }
}

impl Moved {
    fn by(
        kind: EntryKind,
        from: &Account,
        to: &Account,
        transfer: Transfer,
        posting: Posting,
    ) -> Result<Self, LedgerRefusal> {
        let (from, to) = (from.after(&posting)?, to.after(&posting)?);
        let entry = Entry {
            kind,
            asset: transfer.asset.clone(),
            about: transfer.id.to_string(),
            cause: None,
            postings: vec![posting],
        };
        Ok(Self { from, to, transfer, entry })
    }
}

fn set_aside(from: &Account, units: Units) -> Result<Posting, LedgerRefusal> {
    Posting::new(from.leg(Bucket::Available), from.leg(Bucket::Pending), units)
}

fn parties(asset: &Asset, from: &Account, to: &Account) -> Result<(), LedgerRefusal> {
    asset.must_move()?;
    asset.must_own(from)?;
    asset.must_own(to)?;
    if from.owner == to.owner { Err(LedgerRefusal::SelfTransfer) } else { Ok(()) }
}
