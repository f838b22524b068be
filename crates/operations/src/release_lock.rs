//! Makes the units of a lock available again.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{commit, item},
    desk::Desk,
    failure::Failure,
    holders::{acting_party, held},
    lock_units::keep_locked,
    nothing::Nothing,
};
use poa_protocol::{
    ids::LockId,
    ledger::{self, Lock},
    partition::Partition,
};

/// Releases a lock of the caller's party.
pub async fn release_lock(
    desk: &Desk,
    asked: Asked<Nothing>,
    id: &LockId,
) -> Result<Answer, Failure> {
    let holder = acting_party(&asked, id)?;
    let holder = &holder;
    commit(desk, &asked, &Partition::thing(&id.home()), |opened| async move {
        let lock = load_lock(desk, id).await?;
        if lock.owner != *holder {
            return Err(not_found(id));
        }
        let (_, account) = held(desk, &lock.asset, holder).await?;
        let released = ledger::unlock(&account, lock, opened.now)?;
        keep_locked(&opened, released, Outcome::Done)
    })
    .await
}

/// Any lock.
pub(crate) async fn load_lock(desk: &Desk, id: &LockId) -> Result<Lock, Failure> {
    let partition = Partition::thing(&id.home());
    item(desk, &partition, id.as_str()).await?.ok_or_else(|| not_found(id))
}
