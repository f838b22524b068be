//! Lists who holds what.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    failure::Failure,
    ledger_items::{ACCOUNT, asset_tag},
    pages::{PageView, PageWanted},
    ports::store::Search,
    read_smart_asset::visible,
};
use poa_protocol::{
    caller::Caller,
    ids::{AssetId, PartyId},
    ledger::{Account, Units},
    partition::Partition,
};
use schemars::JsonSchema;
use serde::Serialize;

/// Lists everybody who holds or held units of a smart asset: for the party that brought it, and for
/// auditors.
pub async fn list_asset_holdings(
    desk: &Desk,
    caller: &Caller,
    id: &AssetId,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let asset = visible(desk, caller, id).await?;
    if !caller.is_of(&asset.party) && !caller.reads_all() {
        return Err(not_found(id));
    }
    let search = Search {
        kind: ACCOUNT,
        partition: Some(Partition::thing(&id.home())),
        owner: None,
        tags: vec![asset_tag(id)],
        text: None,
        after: page.after,
        limit: page.limit,
    };
    answer(desk, &search).await
}

/// Lists what the caller's party holds or held, over all smart assets.
pub async fn list_own_holdings(
    desk: &Desk,
    caller: &Caller,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let Some(owner) = caller.party.clone() else {
        return Answer::new(Outcome::Done, &PageView::<HoldingView>::new(vec![], None));
    };
    let search = Search {
        kind: ACCOUNT,
        partition: None,
        owner: Some(owner),
        tags: Vec::new(),
        text: None,
        after: page.after,
        limit: page.limit,
    };
    answer(desk, &search).await
}

/// What one party holds of one smart asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HoldingView {
    /// The smart asset.
    pub asset: AssetId,
    /// The holder.
    pub owner: PartyId,
    /// Units at its free disposal.
    pub available: Units,
    /// Units that it has locked.
    pub locked: Units,
    /// Units that wait for the recipient of a pending transfer.
    pub pending: Units,
    /// All three together.
    pub total: Units,
    /// Revision of its last change.
    pub revision: u64,
}

async fn answer(desk: &Desk, search: &Search) -> Result<Answer, Failure> {
    let found = desk.store.list(search).await?;
    let views = found.items.into_iter().map(|stored| view(read_body(stored)?));
    let views = views.collect::<Result<_, _>>()?;
    Answer::new(Outcome::Done, &PageView::<HoldingView>::new(views, found.next.as_deref()))
}

fn view(account: Account) -> Result<HoldingView, Failure> {
    let total = account.holding()?;
    let Account { asset, owner, available, locked, pending, revision } = account;
    Ok(HoldingView { asset, owner, available, locked, pending, total, revision })
}
