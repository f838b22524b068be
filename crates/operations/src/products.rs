//! Products: made, moved between their states, read.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::commit,
    desk::Desk,
    failure::Failure,
    parties,
    shelf::{self, Kept},
};
use poa_protocol::{
    caller::Caller,
    ids::PartyId,
    product::{
        AssetClass, CatalogRefusal, CfiPattern, NewProduct, Product, ProductCode, ProductState,
        Shelf,
    },
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A product as it is read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProductView {
    /// Its name in formulas and paths.
    pub code: ProductCode,
    /// The party whose people write it.
    pub owner: PartyId,
    /// Name for people.
    pub name: String,
    /// What kind of thing it tokenizes.
    pub asset_class: AssetClass,
    /// ISO 10962 classification, with `*` for any letter.
    pub cfi: CfiPattern,
    /// The legal regime whose rule sets its versions are; only of class `regulation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// Where it stands.
    pub state: ProductState,
    /// The highest number that was ever published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest_published: Option<VersionNumber>,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

/// What moves a product to another state.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductMove {
    /// The state that it gets: `listed` or `delisted`.
    pub state: ProductState,
}

/// Makes a product that belongs to the caller's party.
pub async fn create_product(desk: &Desk, asked: Asked<NewProduct>) -> Result<Answer, Failure> {
    let owner = parties::acting(desk, asked.by()?).await?;
    let product = &Product::create(asked.body.clone(), owner.id)?;
    commit(desk, &asked, &shelf::partition(&product.code), |opened| async move {
        if opened.state::<Shelf>()?.is_some() {
            return Err(CatalogRefusal::CodeTaken { code: product.code.to_string() }.into());
        }
        let product = Product { revision: opened.revision(), ..product.clone() };
        let shelf = Shelf::new(product.clone());
        let answer = answer(&shelf, Outcome::Created)?.at(format!("products/{}", product.code));
        let data = json!({
            "owner": product.owner, "name": product.name, "asset_class": product.asset_class,
            "cfi": product.cfi, "regime": product.regime,
        });
        let code = product.code.to_string();
        Kept::new(shelf).product().event("poa.product.created.v1", code, data).decide(answer)
    })
    .await
}

/// Lists or delists a product.
pub async fn move_product(
    desk: &Desk,
    asked: Asked<ProductMove>,
    code: &ProductCode,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &shelf::partition(code), |opened| async move {
        let shelf = shelf::owned(desk, asked, &opened, code).await?;
        asked.has_seen(shelf.product.revision)?;
        let mut shelf = shelf.move_to(asked.body.state)?;
        shelf.product.revision = opened.revision();
        let answer = answer(&shelf, Outcome::Done)?;
        let event_type = match shelf.product.state {
            ProductState::Delisted => "poa.product.delisted.v1",
            ProductState::Draft | ProductState::Listed => "poa.product.listed.v1",
        };
        let data = json!({ "state": shelf.product.state });
        Kept::new(shelf).product().event(event_type, code.to_string(), data).decide(answer)
    })
    .await
}

/// Reads a product.
pub async fn read_product(
    desk: &Desk,
    caller: &Caller,
    code: &ProductCode,
) -> Result<Answer, Failure> {
    answer(&seen(desk, caller, code).await?, Outcome::Done)
}

/// The shelf of a product that the caller may see.
pub async fn seen(desk: &Desk, caller: &Caller, code: &ProductCode) -> Result<Shelf, Failure> {
    let shelf = shelf::load(desk, code).await?;
    shelf.filter(|shelf| shelf.product.visible_to(caller)).ok_or_else(|| not_found(code))
}

/// A product as it is read.
#[must_use]
pub fn view(shelf: &Shelf) -> ProductView {
    let product = &shelf.product;
    ProductView {
        code: product.code.clone(),
        owner: product.owner.clone(),
        name: product.name.clone(),
        asset_class: product.asset_class,
        cfi: product.cfi.clone(),
        regime: product.regime.clone(),
        state: product.state,
        highest_published: shelf.highest_published(),
        revision: product.revision,
    }
}

fn answer(shelf: &Shelf, outcome: Outcome) -> Result<Answer, Failure> {
    Ok(Answer::new(outcome, &view(shelf))?.revised(shelf.product.revision))
}
