//! Resolves a pending transfer, exactly once: the recipient accepts, either party ends it, or its
//! time is over.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Decision, commit, item},
    desk::Desk,
    failure::Failure,
    holders::{acting_party, other_may_act, own_may_act},
    ledger_items::{Found, TRANSFER, account_id},
    nothing::Nothing,
    transfer_rules::{self, Holding},
    transfer_units::keep_moved,
};
use poa_protocol::{
    ids::{PartyId, TransferId},
    ledger::{self, Account, Asset, Cause, LedgerRefusal, Transfer, TransferState},
    limits,
    partition::Partition,
};

/// The recipient accepts a pending transfer.
pub async fn post_transfer(
    desk: &Desk,
    asked: Asked<Nothing>,
    id: &TransferId,
) -> Result<Answer, Failure> {
    let party = acting_party(&asked, id)?;
    let party = &party;
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let pending = own_transfer(desk, id, party).await?;
        if pending.to != *party {
            return Err(LedgerRefusal::NotTheRecipient.into());
        }
        let taker = own_may_act(desk, party, opened.now).await?;
        let giver = other_may_act(desk, &pending.from, opened.now).await?;
        let Sides { asset, from, to } = sides(desk, &pending).await?;
        let both =
            (Holding { party: &giver, account: &from }, Holding { party: &taker, account: &to });
        transfer_rules::judge(desk, &asset, both, pending.units, opened.now).await?;
        let moved = ledger::post(&asset, &from, &to, pending, opened.now)?;
        keep_moved(&opened, moved, Outcome::Done)
    })
    .await
}

/// The sender withdraws a pending transfer, or the recipient declines it.
pub async fn void_transfer(
    desk: &Desk,
    asked: Asked<Nothing>,
    id: &TransferId,
) -> Result<Answer, Failure> {
    let party = acting_party(&asked, id)?;
    let party = &party;
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let pending = own_transfer(desk, id, party).await?;
        let cause = if pending.from == *party { Cause::Withdrawn } else { Cause::Declined };
        let Sides { from, to, .. } = sides(desk, &pending).await?;
        let moved = ledger::void(&from, &to, pending, opened.now, cause)?;
        keep_moved(&opened, moved, Outcome::Done)
    })
    .await
}

/// Gives the units of every pending transfer whose time is over back to its sender. Returns how
/// many. One that fails does not keep the others waiting; the next round tries it again.
pub async fn expire_transfers(desk: &Desk) -> Result<usize, Failure> {
    let due = desk.store.due(TRANSFER, desk.clock.now(), limits::PAGE_MAX).await?;
    let (mut expired, mut failed) = (0_usize, None);
    for stored in due {
        let outcome = match crate::commit::read_body::<Transfer>(stored) {
            Ok(transfer) => expire_transfer(desk, &transfer.id).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(()) => expired = expired.saturating_add(1),
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    failed.map_or(Ok(expired), Err)
}

async fn expire_transfer(desk: &Desk, id: &TransferId) -> Result<(), Failure> {
    let asked = Asked::by_the_system(());
    let partition = &Partition::thing(&id.home());
    let expired = commit(desk, &asked, partition, |opened| async move {
        let pending = load_transfer(desk, id).await?;
        if !matches!(pending.state, TransferState::Pending { .. }) {
            // Somebody resolved it since it was listed.
            return Ok(Decision::Nothing(Answer::new(Outcome::Done, &pending)?));
        }
        let Sides { from, to, .. } = sides(desk, &pending).await?;
        let moved = ledger::expire(&from, &to, pending, opened.now)?;
        keep_moved(&opened, moved, Outcome::Done)
    });
    expired.await.map(drop)
}

/// A transfer that the party sends or gets.
pub(crate) async fn own_transfer(
    desk: &Desk,
    id: &TransferId,
    party: &PartyId,
) -> Result<Transfer, Failure> {
    let transfer = load_transfer(desk, id).await?;
    if [&transfer.from, &transfer.to].contains(&party) { Ok(transfer) } else { Err(not_found(id)) }
}

/// Any transfer.
pub(crate) async fn load_transfer(desk: &Desk, id: &TransferId) -> Result<Transfer, Failure> {
    let partition = Partition::thing(&id.home());
    item(desk, &partition, id.as_str()).await?.ok_or_else(|| not_found(id))
}

#[derive(Debug)]
struct Sides {
    asset: Asset,
    from: Account,
    to: Account,
}

async fn sides(desk: &Desk, transfer: &Transfer) -> Result<Sides, Failure> {
    let partition = Partition::thing(&transfer.id.home());
    let asset = transfer.asset.as_str();
    let from = account_id(&transfer.asset, &transfer.from);
    let to = account_id(&transfer.asset, &transfer.to);
    let mut found = Found::read(desk, &partition, &[asset, &from, &to]).await?;
    match (found.take(asset)?, found.take(&from)?, found.take(&to)?) {
        (Some(asset), Some(from), Some(to)) => Ok(Sides { asset, from, to }),
        (_, _, _) => Err(Failure::broken(format!("`{}` has no asset or account", transfer.id))),
    }
}
