//! Idempotency records: they answer with what exists.

use super::{Audited, items};
use crate::{
    answer::Answer,
    commit::{Opened, RECORD_KIND},
    desk::Desk,
    failure::Failure,
};
use poa_protocol::ids::{
    AssetId, InstanceId, LockId, PartyId, RedemptionId, TokenizationId, TransferId,
};

/// Every record of a partition points at something in it, at a revision that has been.
pub(super) async fn check(
    desk: &Desk,
    opened: &Opened,
    audited: &mut Audited,
) -> Result<(), Failure> {
    let answers: Vec<Answer> = items(desk, &opened.partition, RECORD_KIND).await?;
    audited.counts.records = answers.len();
    for answer in answers {
        let revision = answer.revision.unwrap_or_default();
        audited.demand(revision <= opened.sequence, || {
            format!("a record answers with revision {revision} of {}", opened.sequence)
        });
        let Some(id) = answer.location.as_deref().and_then(named) else { continue };
        let there = desk.store.read(&opened.partition, &[id]).await?;
        audited.demand(there.iter().flatten().next().is_some(), || {
            format!("a record answers with `{id}`, which is not there")
        });
    }
    Ok(())
}

/// The id at the end of a location, where it is one that is kept as an item under its own name.
fn named(location: &str) -> Option<&str> {
    let id = location.rsplit('/').next()?;
    let prefixes = [
        AssetId::PREFIX,
        InstanceId::PREFIX,
        LockId::PREFIX,
        PartyId::PREFIX,
        RedemptionId::PREFIX,
        TokenizationId::PREFIX,
        TransferId::PREFIX,
    ];
    let (prefix, _) = id.split_once('_')?;
    prefixes.contains(&prefix).then_some(id)
}
