//! Reads one smart asset, and the list of them.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::{item, read_body},
    desk::Desk,
    failure::Failure,
    ledger_items::{SMART_ASSET, account_id},
    pages::{PageView, PageWanted},
    ports::store::Search,
};
use poa_formula::{Currency, Money};
use poa_protocol::{
    caller::Caller,
    ids::{AssetId, InstanceId, PartyId, TokenizationId},
    ledger::{Account, Asset, AssetState, Units},
    partition::Partition,
    side::Side,
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

/// Reads a smart asset: for the party that brought it, for whoever has an account in it, and for
/// auditors.
pub async fn read_smart_asset(
    desk: &Desk,
    caller: &Caller,
    id: &AssetId,
) -> Result<Answer, Failure> {
    let asset = visible(desk, caller, id).await?;
    let view = SmartAssetView::of(asset)?;
    Ok(Answer::new(Outcome::Done, &view)?.revised(view.revision))
}

/// Lists the smart assets that the caller's party brought; for auditors, all.
pub async fn list_smart_assets(
    desk: &Desk,
    caller: &Caller,
    filter: SmartAssetFilter,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let owner = match (&caller.party, caller.reads_all()) {
        (_, true) => None,
        (Some(party), false) => Some(party.clone()),
        (None, false) => {
            return Answer::new(Outcome::Done, &PageView::<SmartAssetView>::new(vec![], None));
        }
    };
    let (kind, after, limit) = (SMART_ASSET, page.after, page.limit);
    let tags = filter.tags();
    let search = Search { kind, partition: None, owner, tags, text: None, after, limit };
    let found = desk.store.list(&search).await?;
    let views = found.items.into_iter().map(|stored| SmartAssetView::of(read_body(stored)?));
    let views = views.collect::<Result<_, _>>()?;
    Answer::new(Outcome::Done, &PageView::new(views, found.next.as_deref()))
}

/// What a list of smart assets is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct SmartAssetFilter {
    /// Only this state.
    pub state: Option<AssetState>,
    /// Only of this instance.
    pub instance: Option<InstanceId>,
    /// Only in this currency.
    pub currency: Option<Currency>,
}

impl SmartAssetFilter {
    fn tags(&self) -> Vec<String> {
        let state = self.state.map(|state| format!("state:{}", state.as_str()));
        let instance = self.instance.as_ref().map(|instance| format!("instance:{instance}"));
        let currency = self.currency.map(|currency| format!("currency:{currency}"));
        [state, instance, currency].into_iter().flatten().collect()
    }
}

/// A smart asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SmartAssetView {
    /// Its id.
    pub id: AssetId,
    /// The party that brought it.
    pub party: PartyId,
    /// The instance that it was tokenized under.
    pub instance: InstanceId,
    /// The tokenization that proved it.
    pub tokenization: TokenizationId,
    /// Hash of the effective program that ran, as `sha256:…`.
    pub effective_hash: String,
    /// The side that it stands on.
    pub side: Side,
    /// How many decimals a unit count has: 2 means that 100 units are one whole.
    pub decimals: u8,
    /// Its state.
    pub state: AssetState,
    /// Units that were issued.
    pub issued: Units,
    /// Units that were redeemed.
    pub redeemed: Units,
    /// Units that somebody holds: issued less redeemed.
    pub outstanding: Units,
    /// The proven value that the units were issued on.
    pub value: Money,
    /// The part of it that is outstanding, rounded up to the minor unit.
    pub outstanding_value: Money,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

impl SmartAssetView {
    fn of(asset: Asset) -> Result<Self, Failure> {
        let (outstanding, outstanding_value) = (asset.outstanding()?, asset.outstanding_value()?);
        Ok(Self {
            id: asset.id,
            party: asset.party,
            instance: asset.instance,
            tokenization: asset.tokenization,
            effective_hash: asset.effective_hash,
            side: asset.side,
            decimals: asset.decimals,
            state: asset.state,
            issued: asset.issued,
            redeemed: asset.redeemed,
            outstanding,
            value: asset.value,
            outstanding_value,
            issued_at: asset.issued_at,
            revision: asset.revision,
        })
    }
}

/// A smart asset that the caller may see. Whether the caller has an account in it is asked only
/// where that decides.
pub(crate) async fn visible(desk: &Desk, caller: &Caller, id: &AssetId) -> Result<Asset, Failure> {
    let partition = Partition::thing(&id.home());
    let asset: Asset = item(desk, &partition, id.as_str()).await?.ok_or_else(|| not_found(id))?;
    if caller.is_of(&asset.party) || caller.reads_all() {
        return Ok(asset);
    }
    let Some(party) = &caller.party else { return Err(not_found(id)) };
    // An account stays for ever: whether it is read a moment later makes no difference.
    let account: Option<Account> = item(desk, &partition, &account_id(id, party)).await?;
    account.map(|_| asset).ok_or_else(|| not_found(id))
}
