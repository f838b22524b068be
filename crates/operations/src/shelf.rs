//! The shelf of a product as operations need it: open it, keep it, ask who may touch it.

use crate::{
    answer::{Answer, Asked},
    asking::not_found,
    commit::{Change, Decision, Opened, item, open},
    desk::Desk,
    failure::Failure,
    parties,
    ports::store::{Item, ItemKind},
};
use poa_protocol::{
    event::NewEvent,
    partition::{Partition, product_home},
    product::{Product, ProductCode, Shelf, VersionMark},
    version::{Version, VersionNumber},
};
use serde_json::{Value, json};

/// What the search of the catalog looks through: products and instances.
pub const ENTRY: ItemKind = ItemKind("catalog");
const VERSION: ItemKind = ItemKind("version");

/// The partition of a product.
#[must_use]
pub fn partition(code: &ProductCode) -> Partition {
    Partition::product(&product_home(code.as_str()))
}

/// The shelf of a product, if there is one.
pub async fn load(desk: &Desk, code: &ProductCode) -> Result<Option<Shelf>, Failure> {
    open(desk, &partition(code)).await?.state()
}

/// A version of a product, if there is one.
pub async fn version(
    desk: &Desk,
    code: &ProductCode,
    number: VersionNumber,
) -> Result<Option<Version>, Failure> {
    item(desk, &partition(code), &version_item_id(number)).await
}

fn version_item_id(number: VersionNumber) -> String {
    format!("v:{number}")
}

/// The opened shelf, for a caller whose party owns the product and may act.
pub async fn owned<T: Sync>(
    desk: &Desk,
    asked: &Asked<T>,
    opened: &Opened,
    code: &ProductCode,
) -> Result<Shelf, Failure> {
    let caller = asked.by()?;
    let shelf: Shelf = opened.state()?.ok_or_else(|| not_found(code))?;
    if !shelf.product.visible_to(caller) {
        return Err(not_found(code));
    }
    shelf.product.written_by(caller)?;
    parties::acting(desk, caller).await?;
    Ok(shelf)
}

/// The shelf of a product that the caller's party owns and the version on it.
pub async fn owned_version<T: Sync>(
    desk: &Desk,
    asked: &Asked<T>,
    opened: &Opened,
    (code, number): (&ProductCode, VersionNumber),
) -> Result<(Shelf, Version), Failure> {
    let shelf = owned(desk, asked, opened, code).await?;
    let found = version(desk, code, number).await?.ok_or_else(|| not_found(number))?;
    asked.has_seen(found.revision)?;
    Ok((shelf, found))
}

/// What is kept of one decision about a product.
#[derive(Debug)]
pub struct Kept {
    shelf: Shelf,
    items: Vec<Item>,
    events: Vec<NewEvent>,
}

impl Kept {
    /// The shelf, and nothing else yet.
    #[must_use]
    pub fn new(shelf: Shelf) -> Self {
        Self { shelf, items: Vec::new(), events: Vec::new() }
    }

    /// The product itself has changed.
    #[must_use]
    pub fn product(mut self) -> Self {
        self.items.push(product_item(&self.shelf.product));
        self
    }

    /// A version has changed.
    pub fn version(mut self, version: &Version) -> Result<Self, Failure> {
        let mark = VersionMark {
            state: version.state,
            published: version.is_public(),
            title: version.content.as_ref().map(|content| content.title.clone()),
            content_hash: version.content.as_ref().map(|content| content.content_hash.clone()),
            revision: version.revision,
        };
        self.shelf.versions.insert(version.number, mark);
        let body = serde_json::to_value(version).map_err(Failure::broken)?;
        self.items.push(Item::plain(version_item_id(version.number), VERSION, body));
        Ok(self)
    }

    /// An item of another kind has changed: the shelf is told what it must remember of it.
    #[must_use]
    pub fn item(mut self, item: Item, remember: impl FnOnce(&mut Shelf)) -> Self {
        remember(&mut self.shelf);
        self.items.push(item);
        self
    }

    /// What happened.
    #[must_use]
    pub fn event(mut self, event_type: &'static str, subject: String, data: Value) -> Self {
        self.events.push(NewEvent { event_type, subject, data, wake: None });
        self
    }

    /// As a decision.
    pub fn decide(self, answer: Answer) -> Result<Decision, Failure> {
        let state = serde_json::to_value(&self.shelf).map_err(Failure::broken)?;
        let Self { items, events, .. } = self;
        Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
    }
}

/// How a version is named where something happens to it.
#[must_use]
pub fn version_subject(version: &Version) -> String {
    format!("{}/{}", version.product, version.number)
}

/// The id of a product's entry. It sorts before every instance's.
#[must_use]
pub fn product_item_id(code: &ProductCode) -> String {
    format!("code:{code}")
}

fn product_item(product: &Product) -> Item {
    let mut item = Item::plain(product_item_id(&product.code), ENTRY, json!(product));
    item.owner = Some(product.owner.clone());
    item.tags = vec![
        "kind:product".to_owned(),
        format!("state:{}", product.state.as_str()),
        format!("class:{}", product.asset_class.as_str()),
        format!("product:{}", product.code),
    ];
    item.tags.extend(product.regime.iter().map(|regime| format!("regime:{regime}")));
    item.text = Some(format!("{} {}", product.code, product.name).to_lowercase());
    item
}
