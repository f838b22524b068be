//! Reads instances, and searches the catalog of products and instances.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    failure::Failure,
    instances::{self, InstanceView},
    pages::{PageView, PageWanted},
    ports::store::{Search, Stored},
    products::{self, ProductView},
    shelf::{self, ENTRY},
};
use poa_protocol::{
    caller::Caller,
    ids::InstanceId,
    instance::{Instance, InstanceState},
    partition::Partition,
    product::{AssetClass, Product, ProductCode, ProductState, Shelf},
    side::Side,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::str::FromStr;

/// How many pages of the store one page of the catalog may look through.
const STORE_PAGES_MAX: usize = 8;

/// One entry of the catalog.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryView {
    /// A product.
    Product(Box<ProductView>),
    /// An instance, without its overlay.
    Instance(Box<InstanceView>),
}

/// What an entry of the catalog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A product.
    Product,
    /// An instance.
    Instance,
}

/// The state of a product or of an instance, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryState(&'static str);

/// A text that names neither kind nor state of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchEntry;

impl EntryKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Instance => "instance",
        }
    }
}

impl FromStr for EntryKind {
    type Err = NoSuchEntry;

    fn from_str(text: &str) -> Result<Self, NoSuchEntry> {
        let both = [Self::Product, Self::Instance];
        both.into_iter().find(|kind| kind.as_str() == text).ok_or(NoSuchEntry)
    }
}

impl FromStr for EntryState {
    type Err = NoSuchEntry;

    fn from_str(text: &str) -> Result<Self, NoSuchEntry> {
        let products = ProductState::ALL.iter().map(|state| state.as_str());
        let instances = InstanceState::ALL.iter().map(|state| state.as_str());
        products.chain(instances).find(|name| *name == text).map(Self).ok_or(NoSuchEntry)
    }
}

/// What a search of the catalog is narrowed to. All conditions hold together; conditions about
/// jurisdiction, regime, side and currency leave only instances.
#[derive(Debug, Clone, Default)]
pub struct CatalogFilter {
    /// Part of a name, title, code or regime.
    pub text: Option<String>,
    /// Only products, or only instances.
    pub kind: Option<EntryKind>,
    /// Only of this class.
    pub asset_class: Option<AssetClass>,
    /// Only of this product.
    pub product: Option<ProductCode>,
    /// Only for exactly this jurisdiction.
    pub jurisdiction: Option<String>,
    /// Only under this regime.
    pub regime: Option<String>,
    /// Only for this side.
    pub side: Option<Side>,
    /// Only in this state.
    pub state: Option<EntryState>,
    /// Only valued in this currency.
    pub currency: Option<String>,
}

impl CatalogFilter {
    fn tags(&self) -> Vec<String> {
        let tag = |name: &str, value: Option<&str>| value.map(|value| format!("{name}:{value}"));
        let tags = [
            tag("kind", self.kind.map(EntryKind::as_str)),
            tag("class", self.asset_class.map(AssetClass::as_str)),
            tag("product", self.product.as_ref().map(ProductCode::as_str)),
            tag("jurisdiction", self.jurisdiction.as_deref()),
            tag("regime", self.regime.as_deref()),
            tag("side", self.side.map(Side::as_str)),
            tag("state", self.state.as_ref().map(|state| state.0)),
            tag("currency", self.currency.as_deref()),
        ];
        tags.into_iter().flatten().collect()
    }
}

/// Searches products and instances. What only its owner sees is left out for everybody else.
pub async fn search_catalog(
    desk: &Desk,
    caller: &Caller,
    filter: CatalogFilter,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let search = Search {
        kind: ENTRY,
        partition: None,
        owner: None,
        tags: filter.tags(),
        text: filter.text.as_ref().map(|text| text.to_lowercase()),
        after: page.after,
        limit: page.limit,
    };
    let (items, next) = seen_entries(desk, caller, search).await?;
    Answer::new(Outcome::Done, &PageView::new(items, next.as_deref()))
}

/// Reads an instance.
pub async fn read_instance(
    desk: &Desk,
    caller: &Caller,
    id: &InstanceId,
) -> Result<Answer, Failure> {
    let instance = instances::load(desk, id).await?;
    let instance = instance.filter(|instance| instance.visible_to(caller));
    instances::answer(&instance.ok_or_else(|| not_found(id))?, Outcome::Done)
}

/// Lists the instances of a product that the caller may see.
pub async fn list_instances(
    desk: &Desk,
    caller: &Caller,
    code: &ProductCode,
    page: PageWanted,
) -> Result<Answer, Failure> {
    products::seen(desk, caller, code).await?;
    let search = Search { after: page.after, ..of_product(shelf::partition(code), page.limit) };
    let (entries, next) = seen_entries(desk, caller, search).await?;
    let items: Vec<_> = entries
        .into_iter()
        .filter_map(|entry| match entry {
            EntryView::Instance(view) => Some(view),
            EntryView::Product(_) => None,
        })
        .collect();
    Answer::new(Outcome::Done, &PageView::new(items, next.as_deref()))
}

/// The search for the instances of one product.
#[must_use]
pub fn of_product(partition: Partition, limit: usize) -> Search {
    Search {
        kind: ENTRY,
        partition: Some(partition),
        owner: None,
        tags: vec!["kind:instance".to_owned()],
        text: None,
        after: None,
        limit,
    }
}

/// Fills one page with what the caller may see; others' drafts are passed over. After some pages of
/// the store the page ends where it is, with a continuation.
async fn seen_entries(
    desk: &Desk,
    caller: &Caller,
    mut search: Search,
) -> Result<(Vec<EntryView>, Option<String>), Failure> {
    let wanted = search.limit;
    let mut entries = Vec::new();
    for _ in 0..STORE_PAGES_MAX {
        search.limit = wanted.saturating_sub(entries.len());
        let page = desk.store.list(&search).await?;
        for stored in page.items {
            entries.extend(seen_entry(stored, caller)?);
        }
        search.after = page.next;
        if search.after.is_none() || entries.len() >= wanted {
            break;
        }
    }
    Ok((entries, search.after))
}

fn seen_entry(stored: Stored, caller: &Caller) -> Result<Option<EntryView>, Failure> {
    if stored.id.starts_with(InstanceId::PREFIX) {
        let instance: Instance = read_body(stored)?;
        let view = || EntryView::Instance(Box::new(instances::summary(&instance)));
        return Ok(instance.visible_to(caller).then(view));
    }
    let product: Product = read_body(stored)?;
    let seen = product.visible_to(caller);
    let view = || EntryView::Product(Box::new(products::view(&Shelf::new(product))));
    Ok(seen.then(view))
}
