//! Smart assets, accounts, transfers, locks, redemptions and entries as the store keeps them.
//!
//! All of them lie in the partition of the thing that the smart asset was issued on. An entry is
//! kept as the data of its event, so it is numbered with the others of the thing and never changed.

use crate::{
    answer::Answer,
    commit::{Change, Decision, Opened, read_body},
    desk::Desk,
    failure::Failure,
    ports::store::{Item, ItemKind, Stored},
};
use poa_protocol::{
    event::NewEvent,
    ids::{AssetId, PartyId},
    ledger::{
        Account, Asset, Entry, Lock, LockState, Measure, Redemption, Transfer, TransferState,
    },
    partition::Partition,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;

/// Smart assets in lists.
pub const SMART_ASSET: ItemKind = ItemKind("smart-asset");
/// Accounts in lists.
pub const ACCOUNT: ItemKind = ItemKind("account");
/// Transfers in lists.
pub const TRANSFER: ItemKind = ItemKind("transfer");
/// Locks in lists.
pub const LOCK: ItemKind = ItemKind("lock");
/// Redemptions in lists.
pub const REDEMPTION: ItemKind = ItemKind("redemption");

/// Measures of compliance in lists.
pub const MEASURE: ItemKind = ItemKind("measure");

/// The id of the item that keeps an account.
#[must_use]
pub fn account_id(asset: &AssetId, owner: &PartyId) -> String {
    format!("acc:{asset}:{owner}")
}

/// A smart asset, listed for the party that brought it.
pub fn asset_item(asset: &Asset, revision: u64) -> Result<Item, Failure> {
    let body = body(&Asset { revision, ..asset.clone() })?;
    let mut item = Item::plain(asset.id.as_str(), SMART_ASSET, body);
    item.owner = Some(asset.party.clone());
    item.tags = vec![
        format!("state:{}", asset.state.as_str()),
        format!("instance:{}", asset.instance),
        format!("currency:{}", asset.value.currency),
    ];
    Ok(item)
}

/// An account, listed for its holder. It stays when it is empty.
pub fn account_item(account: &Account, revision: u64) -> Result<Item, Failure> {
    let body = body(&Account { revision, ..account.clone() })?;
    let mut item = Item::plain(account_id(&account.asset, &account.owner), ACCOUNT, body);
    item.owner = Some(account.owner.clone());
    item.tags = vec![asset_tag(&account.asset)];
    Ok(item)
}

/// A transfer, listed for both parties, and due when it expires.
pub fn transfer_item(transfer: &Transfer, revision: u64) -> Result<Item, Failure> {
    let body = body(&Transfer { revision, ..transfer.clone() })?;
    let mut item = Item::plain(transfer.id.as_str(), TRANSFER, body);
    item.owner = Some(transfer.from.clone());
    item.tags = vec![
        asset_tag(&transfer.asset),
        party_tag(&transfer.from),
        party_tag(&transfer.to),
        format!("state:{}", transfer.state.as_str()),
    ];
    item.due = match transfer.state {
        TransferState::Pending { expires_at } => Some(expires_at),
        TransferState::Done | TransferState::Posted { .. } | TransferState::Voided { .. } => None,
    };
    Ok(item)
}

/// A lock, listed for its holder.
pub fn lock_item(lock: &Lock, revision: u64) -> Result<Item, Failure> {
    let body = body(&Lock { revision, ..lock.clone() })?;
    let mut item = Item::plain(lock.id.as_str(), LOCK, body);
    item.owner = Some(lock.owner.clone());
    let state = match lock.state {
        LockState::Held => "held",
        LockState::Released { .. } => "released",
    };
    item.tags = vec![asset_tag(&lock.asset), format!("state:{state}")];
    Ok(item)
}

/// A redemption, listed for the holder who gave the units back.
pub fn redemption_item(redemption: &Redemption, revision: u64) -> Result<Item, Failure> {
    let body = body(&Redemption { revision, ..redemption.clone() })?;
    let mut item = Item::plain(redemption.id.as_str(), REDEMPTION, body);
    item.owner = Some(redemption.owner.clone());
    item.tags = vec![asset_tag(&redemption.asset)];
    Ok(item)
}

/// A measure, listed for the operator.
pub fn measure_item(measure: &Measure) -> Result<Item, Failure> {
    let mut item = Item::plain(measure.id.as_str(), MEASURE, body(measure)?);
    item.tags = vec![asset_tag(&measure.asset), format!("state:{}", measure.state.as_str())];
    Ok(item)
}

/// The event that carries an entry; its data is the whole entry.
pub fn entry_event(entry: &Entry) -> Result<NewEvent, Failure> {
    Ok(NewEvent {
        event_type: entry.kind.event_type(),
        subject: entry.asset.to_string(),
        data: body(entry)?,
        wake: None,
    })
}

/// The tag by which what belongs to a smart asset is listed.
#[must_use]
pub fn asset_tag(asset: &AssetId) -> String {
    format!("asset:{asset}")
}

/// The tag by which what concerns a party is listed.
#[must_use]
pub fn party_tag(party: &PartyId) -> String {
    format!("party:{party}")
}

/// Keeps one entry and the items that it changed, under a head that is carried on.
pub(crate) fn keep_entry(
    head: Value,
    items: Vec<Item>,
    entry: &Entry,
    answer: Answer,
) -> Result<Decision, Failure> {
    let events = vec![entry_event(entry)?];
    Ok(Decision::Keep(Box::new(Change { state: head, items, events, answer })))
}

/// The head of a thing that has a smart asset.
pub(crate) fn head_of<T: DeserializeOwned>(opened: &Opened) -> Result<T, Failure> {
    let nothing = || Failure::broken(format!("`{}` has items and no head", opened.partition));
    opened.state()?.ok_or_else(nothing)
}

/// Some items of one partition, read at one moment.
#[derive(Debug)]
pub(crate) struct Found(BTreeMap<String, Stored>);

impl Found {
    /// Reads them in one call.
    pub(crate) async fn read(
        desk: &Desk,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Self, Failure> {
        let stored = desk.store.read(partition, ids).await?.into_iter().flatten();
        Ok(Self(stored.map(|stored| (stored.id.clone(), stored)).collect()))
    }

    /// Takes one out, where it is there.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, id: &str) -> Result<Option<T>, Failure> {
        self.0.remove(id).map(read_body).transpose()
    }
}

fn body<T: Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(Failure::broken)
}
