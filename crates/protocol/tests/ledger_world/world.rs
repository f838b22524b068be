//! A small world of two smart assets and four parties, in which anything may be asked.

use crate::parts::{at, home, new_asset, new_lock, new_redemption, new_transfer, party, units};
use poa_protocol::{
    ids::{AssetId, PartyId},
    ledger::{
        Account, Asset, AssetState, Book, Cause, Entry, Issued, LedgerRefusal, Lock, Moved,
        NewAsset, Transfer, TransferState, expire, issue, lock, pend, post, redeem, transfer,
        unlock, void,
    },
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use ulid::Ulid;

pub const PARTIES: usize = 4;
pub const ASSETS: usize = 2;
pub const ISSUED: i128 = 1000;

/// One thing that somebody asks for. Numbers choose among what there is.
#[derive(Debug, Clone, Copy)]
pub enum Wish {
    Transfer { asset: usize, from: usize, to: usize, count: i128 },
    Pend { asset: usize, from: usize, to: usize, count: i128, millis: i64 },
    Post(usize),
    Void(usize, Cause),
    Expire(usize),
    Lock { asset: usize, owner: usize, count: i128 },
    Unlock(usize),
    Redeem { asset: usize, owner: usize, count: i128 },
    Freeze(usize),
    Thaw(usize),
    Wait(i64),
}

pub fn wish() -> impl Strategy<Value = Wish> {
    let (asset, owner, which) = (0..ASSETS, 0..PARTIES, 0..12_usize);
    let count = prop_oneof![8 => 1..=400_i128, 1 => Just(0), 1 => Just(i128::MAX)];
    let cause = prop_oneof![Just(Cause::Withdrawn), Just(Cause::Declined)];
    let pair = (asset.clone(), owner.clone(), owner.clone(), count.clone());
    let single = (asset.clone(), owner, count);
    prop_oneof![
        4 => pair.clone().prop_map(|(asset, from, to, count)|
            Wish::Transfer { asset, from, to, count }),
        4 => (pair, 1..2000_i64).prop_map(|((asset, from, to, count), millis)|
            Wish::Pend { asset, from, to, count, millis }),
        3 => which.clone().prop_map(Wish::Post),
        2 => (which.clone(), cause).prop_map(|(which, cause)| Wish::Void(which, cause)),
        2 => which.clone().prop_map(Wish::Expire),
        3 => single.clone().prop_map(|(asset, owner, count)| Wish::Lock { asset, owner, count }),
        3 => which.prop_map(Wish::Unlock),
        2 => single.prop_map(|(asset, owner, count)| Wish::Redeem { asset, owner, count }),
        1 => asset.clone().prop_map(Wish::Freeze),
        2 => asset.prop_map(Wish::Thaw),
        2 => (1..1500_i64).prop_map(Wish::Wait),
    ]
}

#[derive(Debug, Clone, PartialEq)]
pub struct World {
    pub assets: Vec<Asset>,
    pub accounts: BTreeMap<(AssetId, PartyId), Account>,
    pub transfers: Vec<Transfer>,
    pub locks: Vec<Lock>,
    pub entries: Vec<Entry>,
    pub now: i64,
    asked: u128,
}

impl World {
    pub fn begin() -> Self {
        let mut world = Self {
            assets: Vec::new(),
            accounts: BTreeMap::new(),
            transfers: Vec::new(),
            locks: Vec::new(),
            entries: Vec::new(),
            now: 0,
            asked: 0,
        };
        for number in 0..ASSETS {
            let id = AssetId::new(Ulid::from_parts(7, number.try_into().unwrap()), &home());
            let new = NewAsset { id, party: party(number), ..new_asset(units(ISSUED), "99.99") };
            let Issued { asset, account, entry } = issue(new).unwrap();
            world.assets.push(asset);
            world.keep([account], entry);
        }
        world
    }

    /// Does what is wished for, or refuses and changes nothing but the count of wishes.
    pub fn ask(&mut self, wish: Wish) -> Result<(), LedgerRefusal> {
        self.asked = self.asked.wrapping_add(1);
        match wish {
            Wish::Transfer { asset, from, to, count } => {
                let (from, to) = (self.account(asset, from), self.account(asset, to));
                let new = new_transfer(self.asked, count, self.now);
                let moved = transfer(self.asset(asset), &from, &to, new)?;
                self.transfers.push(moved.transfer.clone());
                self.keep([moved.from, moved.to], moved.entry);
            }
            Wish::Pend { asset, from, to, count, millis } => {
                let (from, to) = (self.account(asset, from), self.account(asset, to));
                let new = new_transfer(self.asked, count, self.now);
                let until = at(self.now.wrapping_add(millis));
                let moved = pend(self.asset(asset), &from, &to, new, until)?;
                self.transfers.push(moved.transfer.clone());
                self.keep([moved.from, moved.to], moved.entry);
            }
            Wish::Post(which) => self.resolve(which, |asset, from, to, pending, now| {
                post(asset, from, to, pending, at(now))
            })?,
            Wish::Void(which, cause) => self.resolve(which, |_, from, to, pending, now| {
                void(from, to, pending, at(now), cause)
            })?,
            Wish::Expire(which) => {
                let rule = |_: &Asset, from: &Account, to: &Account, pending, now| {
                    expire(from, to, pending, at(now))
                };
                self.resolve(which, rule)?;
            }
            Wish::Lock { asset, owner, count } => {
                let account = self.account(asset, owner);
                let held = lock(self.asset(asset), &account, new_lock(self.asked, count))?;
                self.locks.push(held.lock);
                self.keep([held.account], held.entry);
            }
            Wish::Unlock(which) => self.unlock(which)?,
            Wish::Redeem { asset, owner, count } => self.redeem(asset, owner, count)?,
            Wish::Freeze(asset) => self.set(asset, AssetState::Active, AssetState::Frozen),
            Wish::Thaw(asset) => self.set(asset, AssetState::Frozen, AssetState::Active),
            Wish::Wait(millis) => self.now = self.now.wrapping_add(millis),
        }
        Ok(())
    }

    fn unlock(&mut self, which: usize) -> Result<(), LedgerRefusal> {
        let Some(held) = self.locks.get(which).cloned() else { return Ok(()) };
        let account = &self.accounts[&(held.asset.clone(), held.owner.clone())];
        let free = unlock(account, held, at(self.now))?;
        self.locks[which] = free.lock;
        self.keep([free.account], free.entry);
        Ok(())
    }

    fn redeem(&mut self, asset: usize, owner: usize, count: i128) -> Result<(), LedgerRefusal> {
        let (account, new) = (self.account(asset, owner), new_redemption(self.asked, count));
        let redeemed = redeem(self.asset(asset), &account, new)?;
        self.assets[asset] = redeemed.asset;
        self.keep([redeemed.account], redeemed.entry);
        Ok(())
    }

    fn resolve(
        &mut self,
        which: usize,
        rule: impl Fn(&Asset, &Account, &Account, Transfer, i64) -> Result<Moved, LedgerRefusal>,
    ) -> Result<(), LedgerRefusal> {
        let Some(pending) = self.transfers.get(which).cloned() else { return Ok(()) };
        let asset = self.assets.iter().find(|asset| asset.id == pending.asset).unwrap();
        let from = &self.accounts[&(pending.asset.clone(), pending.from.clone())];
        let to = &self.accounts[&(pending.asset.clone(), pending.to.clone())];
        let moved = rule(asset, from, to, pending, self.now)?;
        self.transfers[which] = moved.transfer;
        self.keep([moved.from, moved.to], moved.entry);
        Ok(())
    }

    fn set(&mut self, asset: usize, from: AssetState, to: AssetState) {
        if self.assets[asset].state == from {
            self.assets[asset].state = to;
        }
    }

    fn asset(&self, asset: usize) -> &Asset {
        &self.assets[asset]
    }

    fn account(&self, asset: usize, owner: usize) -> Account {
        let (asset, owner) = (&self.assets[asset].id, party(owner));
        let key = (asset.clone(), owner.clone());
        self.accounts.get(&key).cloned().unwrap_or_else(|| Account::empty(asset, &owner))
    }

    fn keep<const N: usize>(&mut self, accounts: [Account; N], entry: Entry) {
        for account in accounts {
            self.accounts.insert((account.asset.clone(), account.owner.clone()), account);
        }
        self.entries.push(entry);
    }

    /// Everything that must hold at every moment.
    pub fn check(&self) {
        let mut book = Book::default();
        for entry in &self.entries {
            book.enter(entry).unwrap();
        }
        for account in self.accounts.values() {
            assert!(book.agrees_with(account), "replayed entries give the account: {account:?}");
        }
        for asset in &self.assets {
            let (issued, redeemed) = book.issued_and_redeemed(&asset.id);
            assert_eq!((issued, redeemed), (asset.issued.count(), asset.redeemed.count()));
            assert_eq!(book.holdings(&asset.id).unwrap(), issued.wrapping_sub(redeemed));
            let of_asset = self.accounts.values().filter(|account| account.asset == asset.id);
            let held = of_asset.map(|account| account.holding().unwrap().count()).sum::<i128>();
            assert_eq!(held, asset.outstanding().unwrap().count(), "issued − redeemed");
            assert_eq!(held == 0, asset.state == AssetState::Redeemed);
            let value = asset.outstanding_value().unwrap();
            assert!(value.amount <= asset.value.amount);
            assert_eq!(value.amount.is_zero(), held == 0);
        }
        let open = self
            .transfers
            .iter()
            .filter(|transfer| matches!(transfer.state, TransferState::Pending { .. }));
        let open = open.map(|transfer| transfer.id.to_string()).collect();
        assert_eq!(*book.pending(), open, "what waits in the records waits in the entries");
    }
}
