//! Accounts: what one party holds of one smart asset.

use super::{Bucket, LedgerRefusal, Leg, Posting, Units};
use crate::ids::{AssetId, PartyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one party holds of one smart asset. Accounts stay when they are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The smart asset.
    pub asset: AssetId,
    /// The holder.
    pub owner: PartyId,
    /// Units at the holder's free disposal.
    pub available: Units,
    /// Units that the holder has set aside.
    pub locked: Units,
    /// Units that wait for the recipient of a pending transfer.
    pub pending: Units,
    /// Number of the first event of the last change; 0 before it is kept.
    pub revision: u64,
}

impl Account {
    /// An account that holds nothing yet.
    #[must_use]
    pub fn empty(asset: &AssetId, owner: &PartyId) -> Self {
        Self {
            asset: asset.clone(),
            owner: owner.clone(),
            available: Units::ZERO,
            locked: Units::ZERO,
            pending: Units::ZERO,
            revision: 0,
        }
    }

    /// Everything that the party holds: available, locked and pending.
    pub fn holding(&self) -> Result<Units, LedgerRefusal> {
        self.available
            .checked_add(self.locked)
            .and_then(|sum| sum.checked_add(self.pending))
            .ok_or(LedgerRefusal::Overflow)
    }

    /// A leg on this account.
    pub(super) fn leg(&self, bucket: Bucket) -> Leg {
        Leg::of(&self.owner, bucket)
    }

    /// The account after a posting: less where it is debited, more where it is credited.
    pub(super) fn after(&self, posting: &Posting) -> Result<Self, LedgerRefusal> {
        let mut after = self.clone();
        if posting.debit.owner.as_ref() == Some(&self.owner) {
            let bucket = posting.debit.bucket;
            let part = after.part(bucket)?;
            let (wanted, held) = (posting.units, *part);
            // INVARIANT: available, locked and pending are never below zero.
            *part = held.checked_sub(wanted).ok_or(LedgerRefusal::Overdraft {
                wanted,
                held,
                bucket,
            })?;
        }
        if posting.credit.owner.as_ref() == Some(&self.owner) {
            let part = after.part(posting.credit.bucket)?;
            *part = part.checked_add(posting.units).ok_or(LedgerRefusal::Overflow)?;
        }
        after.holding()?;
        Ok(after)
    }

    fn part(&mut self, bucket: Bucket) -> Result<&mut Units, LedgerRefusal> {
        match bucket {
            Bucket::Available => Ok(&mut self.available),
            Bucket::Locked => Ok(&mut self.locked),
            Bucket::Pending => Ok(&mut self.pending),
            Bucket::Issuance => Err(LedgerRefusal::OtherAccount),
        }
    }
}
