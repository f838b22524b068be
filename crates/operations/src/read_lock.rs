//! Reads one lock and the list of them, and one redemption.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::{item, read_body},
    desk::Desk,
    failure::Failure,
    ledger_items::LOCK,
    pages::{PageView, PageWanted},
    ports::store::Search,
    release_lock::load_lock,
};
use poa_protocol::{
    caller::Caller,
    ids::{LockId, RedemptionId},
    ledger::{Lock, Redemption},
    partition::Partition,
};

/// Reads a lock: for its holder, and for auditors.
pub async fn read_lock(desk: &Desk, caller: &Caller, id: &LockId) -> Result<Answer, Failure> {
    let lock = load_lock(desk, id).await?;
    if !caller.is_of(&lock.owner) && !caller.reads_all() {
        return Err(not_found(id));
    }
    Ok(Answer::new(Outcome::Done, &lock)?.revised(lock.revision))
}

/// Lists the locks of the caller's party, released ones included.
pub async fn list_locks(desk: &Desk, caller: &Caller, page: PageWanted) -> Result<Answer, Failure> {
    let Some(owner) = caller.party.clone() else {
        return Answer::new(Outcome::Done, &PageView::<Lock>::new(vec![], None));
    };
    let (kind, owner, tags) = (LOCK, Some(owner), Vec::new());
    let (after, limit) = (page.after, page.limit);
    let search = Search { kind, partition: None, owner, tags, text: None, after, limit };
    let found = desk.store.list(&search).await?;
    let locks = found.items.into_iter().map(read_body).collect::<Result<_, _>>()?;
    Answer::new(Outcome::Done, &PageView::<Lock>::new(locks, found.next.as_deref()))
}

/// Reads a redemption: for the party that gave the units back, and for auditors.
pub async fn read_redemption(
    desk: &Desk,
    caller: &Caller,
    id: &RedemptionId,
) -> Result<Answer, Failure> {
    let partition = Partition::thing(&id.home());
    let redemption: Option<Redemption> = item(desk, &partition, id.as_str()).await?;
    match redemption {
        Some(redemption) if caller.is_of(&redemption.owner) || caller.reads_all() => {
            Ok(Answer::new(Outcome::Done, &redemption)?.revised(redemption.revision))
        }
        Some(_) | None => Err(not_found(id)),
    }
}
