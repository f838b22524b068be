//! Transfers units to another party: at once, or pending until the recipient accepts.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    holders::{acting_party, held, other_may_act, own_may_act},
    ledger_items::{Found, account_id, account_item, head_of, keep_entry, transfer_item},
    transfer_rules::{self, Holding},
};
use poa_protocol::{
    ids::{AssetId, PartyId, TransferId},
    ledger::{self, Account, Asset, LedgerRefusal, Moved, NewTransfer, Transfer, Units},
    limits,
    partition::Partition,
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Transfers units of a smart asset from the caller's party.
pub async fn transfer_units(
    desk: &Desk,
    asked: Asked<TransferOrder>,
    id: &AssetId,
) -> Result<Answer, Failure> {
    let sender = acting_party(&asked, id)?;
    let transfer = TransferId::new(desk.ids.ulid(), &id.home());
    let (order, sender, transfer) = (&asked.body, &sender, &transfer);
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let (asset, from) = held(desk, id, sender).await?;
        let giver = own_may_act(desk, sender, opened.now).await?;
        let taker = other_may_act(desk, &order.to, opened.now).await?;
        let to = account_of(desk, id, &order.to).await?;
        let (units, at) = (order.units, opened.now);
        let sides =
            (Holding { party: &giver, account: &from }, Holding { party: &taker, account: &to });
        transfer_rules::judge(desk, &asset, sides, units, at).await?;
        let new = NewTransfer { id: transfer.clone(), units, at };
        keep_moved(&opened, order.decide(&asset, &from, &to, new)?, Outcome::Created)
    })
    .await
}

/// Units to transfer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferOrder {
    /// The party that gets the units. It must be active, with a verified KYC.
    pub to: PartyId,
    /// How many units, above zero: the smallest parts, so 100 units are one whole where the smart
    /// asset has 2 decimals.
    pub units: Units,
    /// At once, or when the recipient accepts.
    #[serde(default)]
    pub mode: TransferMode,
    /// Until when the recipient of a pending transfer may accept, at most 30 days ahead; where it
    /// is absent, 30 days.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// When the units of a transfer become the recipient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferMode {
    /// At once.
    #[default]
    Immediate,
    /// When the recipient accepts.
    Pending,
}

impl TransferOrder {
    fn decide(
        &self,
        asset: &Asset,
        from: &Account,
        to: &Account,
        new: NewTransfer,
    ) -> Result<Moved, LedgerRefusal> {
        match (self.mode, self.expires_at) {
            (TransferMode::Immediate, None) => ledger::transfer(asset, from, to, new),
            (TransferMode::Immediate, Some(_)) => Err(LedgerRefusal::ExpiryNotPending),
            (TransferMode::Pending, until) => {
                let longest = new.at.plus_days(limits::PENDING_TRANSFER_DAYS_MAX);
                ledger::pend(asset, from, to, new, until.unwrap_or(longest))
            }
        }
    }
}

/// The account of a party in a smart asset, empty where it has none yet.
async fn account_of(desk: &Desk, asset: &AssetId, owner: &PartyId) -> Result<Account, Failure> {
    let id = account_id(asset, owner);
    let mut found = Found::read(desk, &Partition::thing(&asset.home()), &[&id]).await?;
    Ok(found.take(&id)?.unwrap_or_else(|| Account::empty(asset, owner)))
}

/// Keeps a step of a transfer and answers with the transfer.
pub(crate) fn keep_moved(
    opened: &Opened,
    moved: Moved,
    outcome: Outcome,
) -> Result<Decision, Failure> {
    let revision = opened.revision();
    let transfer = Transfer { revision, ..moved.transfer };
    let items = vec![
        account_item(&moved.from, revision)?,
        account_item(&moved.to, revision)?,
        transfer_item(&transfer, revision)?,
    ];
    let answer =
        Answer::new(outcome, &transfer)?.at(format!("transfers/{}", transfer.id)).revised(revision);
    keep_entry(head_of(opened)?, items, &moved.entry, answer)
}
