//! Sets units of a smart asset aside.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    holders::{acting_party, held, own_may_act},
    ledger_items::{account_item, head_of, keep_entry, lock_item},
};
use poa_protocol::{
    fields::Fields,
    ids::{AssetId, LockId},
    ledger::{self, Lock, Locked, NewLock, Units},
    limits,
    partition::Partition,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Locks available units of the caller's party.
pub async fn lock_units(
    desk: &Desk,
    asked: Asked<LockOrder>,
    id: &AssetId,
) -> Result<Answer, Failure> {
    let holder = acting_party(&asked, id)?;
    let mut fields = Fields::default();
    fields.text("/reason", &asked.body.reason, limits::TEXT_BYTES_MAX);
    fields.finish()?;
    let lock = LockId::new(desk.ids.ulid(), &id.home());
    let (order, holder, lock) = (&asked.body, &holder, &lock);
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let (asset, account) = held(desk, id, holder).await?;
        own_may_act(desk, holder, opened.now).await?;
        let (units, reason, at) = (order.units, order.reason.clone(), opened.now);
        let new = NewLock { id: lock.clone(), units, reason, at };
        keep_locked(&opened, ledger::lock(&asset, &account, new)?, Outcome::Created)
    })
    .await
}

/// Units to lock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockOrder {
    /// How many units, above zero.
    pub units: Units,
    /// Why, for the holder's own people: 1 to 4,096 bytes.
    pub reason: String,
}

/// Keeps a step of a lock and answers with the lock.
pub(crate) fn keep_locked(
    opened: &Opened,
    locked: Locked,
    outcome: Outcome,
) -> Result<Decision, Failure> {
    let revision = opened.revision();
    let lock = Lock { revision, ..locked.lock };
    let items = vec![account_item(&locked.account, revision)?, lock_item(&lock, revision)?];
    let answer = Answer::new(outcome, &lock)?.at(format!("locks/{}", lock.id)).revised(revision);
    keep_entry(head_of(opened)?, items, &locked.entry, answer)
}
