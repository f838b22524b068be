//! The sweep: ends or goes on with what is overdue, and forgets what has had its time.

use crate::{
    advance_tokenization::advance_overdue, commit::read_body, desk::Desk, failure::Failure,
    resolve_transfer::expire_transfers, tokenizations::TOKENIZATION,
};
use poa_protocol::{ids::TokenizationId, limits, tokenization::Tokenization};
use std::collections::BTreeSet;

/// Goes through everything whose time is over: tokenizations go on without optional checks, expire,
/// or go on although the message that woke them is late or lost; pending transfers are undone; what
/// may be forgotten is forgotten.
pub async fn expire(desk: &Desk) -> Result<(), Failure> {
    let tokenizations = overdue_tokenizations(desk).await;
    // A stuck tokenization keeps no transfer waiting.
    let transfers = expire_transfers(desk).await;
    tokenizations.and(transfers.map(|_| ()))?;
    let forgotten = desk.store.forget(desk.clock.now()).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "items were forgotten");
    }
    Ok(())
}

async fn overdue_tokenizations(desk: &Desk) -> Result<(), Failure> {
    let mut stuck: BTreeSet<TokenizationId> = BTreeSet::new();
    let mut first_failure = None;
    loop {
        // One that does not move on must not keep others waiting behind it.
        let limit = limits::PAGE_MAX.saturating_add(stuck.len());
        let due = desk.store.due(TOKENIZATION, desk.clock.now(), limit).await?;
        let mut moved = false;
        for stored in due {
            let id = read_body::<Tokenization>(stored)?.id;
            if stuck.contains(&id) {
                continue;
            }
            moved = true;
            if let Err(failure) = advance_overdue(desk, &id).await {
                tracing::error!(tokenization = %id, ?failure, "an overdue tokenization is stuck");
                first_failure.get_or_insert(failure);
            }
            stuck.insert(id);
        }
        if !moved {
            return first_failure.map_or(Ok(()), Err);
        }
    }
}
