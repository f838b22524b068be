//! The book: what all accounts must hold, told from the entries alone.

use super::{Account, Bucket, Entry, EntryKind, Leg};
use crate::ids::{AssetId, PartyId};
use std::collections::{BTreeMap, BTreeSet};

/// Balances of every leg of every smart asset, after some entries. It shares no code with the rules
/// that made the entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    balances: BTreeMap<(AssetId, Leg), i128>,
    issued: BTreeMap<AssetId, i128>,
    redeemed: BTreeMap<AssetId, i128>,
    resolved: BTreeSet<String>,
    pending: BTreeSet<String>,
}

/// An entry that cannot follow those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookFault(pub String);

impl std::fmt::Display for BookFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BookFault {}

impl Book {
    /// Adds an entry.
    pub fn enter(&mut self, entry: &Entry) -> Result<(), BookFault> {
        if entry.postings.is_empty() {
            return Err(fault(entry, "has no posting"));
        }
        self.resolve(entry)?;
        for posting in &entry.postings {
            let units = posting.units.count();
            if units <= 0 {
                return Err(fault(entry, "moves nothing"));
            }
            self.shift(entry, &posting.debit, units.saturating_neg())?;
            self.shift(entry, &posting.credit, units)?;
            let total = match entry.kind {
                EntryKind::Issue => &mut self.issued,
                EntryKind::Redeem | EntryKind::Burn => &mut self.redeemed,
                EntryKind::Transfer
                | EntryKind::Lock
                | EntryKind::Unlock
                | EntryKind::Pend
                | EntryKind::Post
                | EntryKind::Void
                | EntryKind::ForcedTransfer => continue,
            };
            let total = total.entry(entry.asset.clone()).or_default();
            *total = total.checked_add(units).ok_or_else(|| fault(entry, "overflows"))?;
        }
        Ok(())
    }

    /// What an account must hold.
    #[must_use]
    pub fn account(&self, asset: &AssetId, owner: &PartyId) -> (i128, i128, i128) {
        let held = |bucket| self.balance(asset, &Leg::of(owner, bucket));
        (held(Bucket::Available), held(Bucket::Locked), held(Bucket::Pending))
    }

    /// Whether an account holds what the entries say.
    #[must_use]
    pub fn agrees_with(&self, account: &Account) -> bool {
        let held = (account.available.count(), account.locked.count(), account.pending.count());
        held == self.account(&account.asset, &account.owner)
    }

    /// Units issued, and those redeemed or burnt.
    #[must_use]
    pub fn issued_and_redeemed(&self, asset: &AssetId) -> (i128, i128) {
        let of = |totals: &BTreeMap<AssetId, i128>| totals.get(asset).copied().unwrap_or_default();
        (of(&self.issued), of(&self.redeemed))
    }

    /// Every party that ever held units of the smart asset.
    #[must_use]
    pub fn holders(&self, asset: &AssetId) -> BTreeSet<PartyId> {
        let of_asset = self.balances.keys().filter(|(of, _)| of == asset);
        of_asset.filter_map(|(_, leg)| leg.owner.clone()).collect()
    }

    /// Every smart asset that has entries.
    #[must_use]
    pub fn assets(&self) -> BTreeSet<AssetId> {
        self.balances.keys().map(|(asset, _)| asset.clone()).collect()
    }

    /// Ids of the transfers that wait for their recipient.
    #[must_use]
    pub fn pending(&self) -> &BTreeSet<String> {
        &self.pending
    }

    /// Sum of all holdings of a smart asset; with its issuance account it comes to zero.
    pub fn holdings(&self, asset: &AssetId) -> Result<i128, BookFault> {
        let of_asset = self
            .balances
            .iter()
            .filter(|((of, leg), _)| of == asset && leg.bucket != Bucket::Issuance);
        of_asset
            .map(|(_, balance)| *balance)
            .try_fold(0_i128, i128::checked_add)
            .ok_or_else(|| BookFault(format!("the holdings of `{asset}` overflow")))
    }

    fn balance(&self, asset: &AssetId, leg: &Leg) -> i128 {
        self.balances.get(&(asset.clone(), leg.clone())).copied().unwrap_or_default()
    }

    fn shift(&mut self, entry: &Entry, leg: &Leg, by: i128) -> Result<(), BookFault> {
        if leg.owner.is_none() != (leg.bucket == Bucket::Issuance) {
            return Err(fault(entry, "has an issuance leg with an owner, or another leg without"));
        }
        let key = (entry.asset.clone(), leg.clone());
        let balance = self.balances.entry(key).or_default();
        *balance = balance.checked_add(by).ok_or_else(|| fault(entry, "overflows"))?;
        if *balance < 0 && leg.bucket != Bucket::Issuance {
            return Err(fault(entry, "takes more than the account holds"));
        }
        Ok(())
    }

    fn resolve(&mut self, entry: &Entry) -> Result<(), BookFault> {
        match entry.kind {
            EntryKind::Pend => {
                if !self.pending.insert(entry.about.clone()) {
                    return Err(fault(entry, "is pended twice"));
                }
            }
            EntryKind::Post | EntryKind::Void => {
                if !self.pending.remove(&entry.about) || !self.resolved.insert(entry.about.clone())
                {
                    return Err(fault(entry, "resolves what is not pending"));
                }
            }
            EntryKind::Issue
            | EntryKind::Transfer
            | EntryKind::Lock
            | EntryKind::Unlock
            | EntryKind::Redeem
            | EntryKind::ForcedTransfer
            | EntryKind::Burn => {}
        }
        Ok(())
    }
}

fn fault(entry: &Entry, what: &str) -> BookFault {
    BookFault(format!("the entry about `{}` {what}", entry.about))
}
