//! A thing: what is live on it, and that it is not tokenized beyond its proven value.

use super::{Audited, ledger::Books};
use crate::{commit::Opened, failure::Failure};
use poa_protocol::{ledger::AssetState, thing::Thing};
use std::collections::BTreeSet;

/// Compares the head of a thing with its smart assets.
pub(super) fn check(opened: &Opened, books: &Books, audited: &mut Audited) -> Result<(), Failure> {
    let Some(thing) = opened.state::<Thing>()? else {
        audited.faults.push("the thing has no head".to_owned());
        return Ok(());
    };
    check_live(&thing, books, audited);
    check_value(&thing, books, audited);
    let mut issuers = BTreeSet::new();
    for (asset, tokenization) in &books.issues {
        // INVARIANT: nothing is issued twice.
        audited.demand(issuers.insert(tokenization), || {
            format!("`{tokenization}` issued more than one smart asset")
        });
        let known = thing.tokenizations.keys().any(|id| id.as_str() == tokenization);
        audited
            .demand(known, || format!("`{asset}` comes from `{tokenization}`, not of the thing"));
    }
    Ok(())
}

/// INVARIANT: what is live is what has units, at the value of these units.
fn check_live(thing: &Thing, books: &Books, audited: &mut Audited) {
    for (id, asset) in &books.assets {
        let live = thing.live.get(id);
        if asset.state == AssetState::Redeemed {
            audited.demand(live.is_none(), || format!("`{id}` is redeemed and still live"));
            continue;
        }
        let value = asset.outstanding_value().ok();
        audited.demand(live.is_some_and(|live| Some(live.value) == value), || {
            format!("`{id}` has units of {value:?}, the thing says {:?}", live.map(|l| l.value))
        });
        audited.demand(asset.party == thing.party, || format!("`{id}` is of another party"));
    }
    for id in thing.live.keys().filter(|id| !books.assets.contains_key(id)) {
        audited.faults.push(format!("`{id}` is live and not there"));
    }
}

/// INVARIANT: the live value is at most the proven value. What was proven changes from issue to
/// issue: the last one that is live counts, since everything live was live when it was issued.
fn check_value(thing: &Thing, books: &Books, audited: &mut Audited) {
    let last = books.issues.iter().rev().find_map(|(asset, _)| thing.live.get(asset));
    let Some(last) = last else { return };
    let mut others = thing.live.values();
    let Some(first) = others.next() else { return };
    let sum = others.try_fold(first.value, |sum, live| sum.checked_add(live.value));
    let within = sum
        .is_ok_and(|sum| sum.currency == last.proven.currency && sum.amount <= last.proven.amount);
    audited.demand(within, || format!("{sum:?} are live on the thing, {} are proven", last.proven));
}
