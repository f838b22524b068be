//! Locks: units that their holder sets aside, for example as a commitment to a deal.

use super::{Account, Asset, Bucket, Entry, EntryKind, LedgerRefusal, Posting, Units};
use crate::{
    ids::{AssetId, LockId, PartyId},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sets available units aside.
pub fn lock(asset: &Asset, account: &Account, new: NewLock) -> Result<Locked, LedgerRefusal> {
    asset.must_move()?;
    asset.must_own(account)?;
    let posting = set_aside(account, new.units)?;
    let lock = Lock {
        id: new.id,
        asset: account.asset.clone(),
        owner: account.owner.clone(),
        units: new.units,
        reason: new.reason,
        created_at: new.at,
        state: LockState::Held,
        revision: 0,
    };
    let entry = entry(EntryKind::Lock, &lock, posting.clone());
    Ok(Locked { account: account.after(&posting)?, lock, entry })
}

/// Makes the units of a lock available again. Nothing changes hands, so it is allowed on a frozen
/// smart asset too.
pub fn unlock(account: &Account, held: Lock, at: Timestamp) -> Result<Unlocked, LedgerRefusal> {
    if (&account.asset, &account.owner) != (&held.asset, &held.owner) {
        return Err(LedgerRefusal::OtherAccount);
    }
    if held.state != LockState::Held {
        return Err(LedgerRefusal::LockReleased { lock: held.id.to_string() });
    }
    let posting = set_aside(account, held.units)?.reversed();
    let lock = Lock { state: LockState::Released { at }, ..held };
    let entry = entry(EntryKind::Unlock, &lock, posting.clone());
    Ok(Unlocked { account: account.after(&posting)?, lock, entry })
}

/// A lock as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLock {
    /// Its id.
    pub id: LockId,
    /// Units to set aside, above zero.
    pub units: Units,
    /// Why, in the holder's words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What a lock leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The holder's account.
    pub account: Account,
    /// The lock.
    pub lock: Lock,
    /// The entry.
    pub entry: Entry,
}

/// What the release of a lock leaves behind.
pub type Unlocked = Locked;

/// A lock on units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// Its id.
    pub id: LockId,
    /// The smart asset.
    pub asset: AssetId,
    /// The holder.
    pub owner: PartyId,
    /// How many units.
    pub units: Units,
    /// Why, in the holder's words.
    pub reason: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it still holds.
    #[serde(flatten)]
    pub state: LockState,
    /// Number of the first event of the last change; 0 before it is kept.
    pub revision: u64,
}

/// Whether a lock still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LockState {
    /// It holds.
    Held,
    /// Its units are available again.
    Released {
        /// When.
        at: Timestamp,
    },
}

fn set_aside(account: &Account, units: Units) -> Result<Posting, LedgerRefusal> {
    Posting::new(account.leg(Bucket::Available), account.leg(Bucket::Locked), units)
}

fn entry(kind: EntryKind, lock: &Lock, posting: Posting) -> Entry {
    Entry {
        kind,
        asset: lock.asset.clone(),
        about: lock.id.to_string(),
        cause: None,
        postings: vec![posting],
    }
}
