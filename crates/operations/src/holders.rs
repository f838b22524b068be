//! Who may move units: the holder's own people, and only between parties that may act.

use crate::{
    answer::Asked,
    asking::not_found,
    desk::Desk,
    failure::Failure,
    ledger_items::{Found, account_id},
    parties,
};
use poa_protocol::{
    ids::{AssetId, PartyId},
    ledger::{Account, Asset, LedgerRefusal},
    partition::Partition,
    party::Party,
    timestamp::Timestamp,
};

/// The party that the caller acts for. Who belongs to none holds nothing, so nothing is found.
pub(crate) fn acting_party<T>(
    asked: &Asked<T>,
    what: impl std::fmt::Display,
) -> Result<PartyId, Failure> {
    asked.by()?.party.clone().ok_or_else(|| not_found(what))
}

/// A smart asset and the account that a party has in it; not found where it has none.
pub(crate) async fn held(
    desk: &Desk,
    id: &AssetId,
    holder: &PartyId,
) -> Result<(Asset, Account), Failure> {
    let account = account_id(id, holder);
    let partition = Partition::thing(&id.home());
    let mut found = Found::read(desk, &partition, &[id.as_str(), &account]).await?;
    match (found.take(id.as_str())?, found.take(&account)?) {
        (Some(asset), Some(account)) => Ok((asset, account)),
        (_, _) => Err(not_found(id)),
    }
}

/// The caller's own party must be active with a verified, unexpired KYC.
pub(crate) async fn own_may_act(
    desk: &Desk,
    party: &PartyId,
    now: Timestamp,
) -> Result<Party, Failure> {
    let party = parties::load(desk, party).await?.ok_or_else(|| not_found(party))?;
    party.may_act(now)?;
    Ok(party)
}

/// The other party of a transfer must be able to act too. Why it cannot is not told to others.
pub(crate) async fn other_may_act(
    desk: &Desk,
    party: &PartyId,
    now: Timestamp,
) -> Result<Party, Failure> {
    let known = parties::load(desk, party).await?;
    known
        .filter(|known| known.may_act(now).is_ok())
        .ok_or_else(|| LedgerRefusal::MayNotHold { party: party.to_string() }.into())
}
