//! Reads one transfer, and the list of them.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    failure::Failure,
    ledger_items::{TRANSFER, party_tag},
    pages::{PageView, PageWanted},
    ports::store::Search,
    resolve_transfer::{load_transfer, own_transfer},
};
use poa_protocol::{caller::Caller, ids::TransferId, ledger::Transfer};
use std::str::FromStr;

/// Reads a transfer: for both of its parties, and for auditors.
pub async fn read_transfer(
    desk: &Desk,
    caller: &Caller,
    id: &TransferId,
) -> Result<Answer, Failure> {
    let transfer = match &caller.party {
        _ if caller.reads_all() => load_transfer(desk, id).await?,
        Some(party) => own_transfer(desk, id, party).await?,
        None => return Err(not_found(id)),
    };
    Ok(Answer::new(Outcome::Done, &transfer)?.revised(transfer.revision))
}

/// Lists the transfers that the caller's party sends or gets.
pub async fn list_transfers(
    desk: &Desk,
    caller: &Caller,
    state: Option<TransferWord>,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let Some(party) = &caller.party else {
        return Answer::new(Outcome::Done, &PageView::<Transfer>::new(vec![], None));
    };
    let state = state.map(|TransferWord(word)| format!("state:{word}"));
    let tags = std::iter::once(party_tag(party)).chain(state).collect();
    let (kind, after, limit) = (TRANSFER, page.after, page.limit);
    let search = Search { kind, partition: None, owner: None, tags, text: None, after, limit };
    let found = desk.store.list(&search).await?;
    let transfers = found.items.into_iter().map(read_body).collect::<Result<_, _>>()?;
    Answer::new(Outcome::Done, &PageView::<Transfer>::new(transfers, found.next.as_deref()))
}

/// The name of a state that a transfer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferWord(&'static str);

impl FromStr for TransferWord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words = ["done", "pending", "posted", "voided"];
        words.into_iter().find(|word| *word == text).map(Self).ok_or(())
    }
}
