//! Products: types of smart asset, each with the container of its versions and instances.

use crate::{
    caller::Caller,
    fields::Fields,
    ids::{InstanceId, PartyId},
    instance::{InstanceRefusal, InstanceState, is_regime},
    limits,
    refusal::Refusal,
    version::{VersionNumber, VersionState},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod names;
mod refusals;
pub use names::{AssetClass, CfiPattern, ProductCode};
pub use refusals::CatalogRefusal;

#[cfg(test)]
mod tests;

/// A type of smart asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its name in formulas and paths.
    pub code: ProductCode,
    /// The party whose people write it.
    pub owner: PartyId,
    /// Name for people.
    pub name: String,
    /// What kind of thing it tokenizes.
    pub asset_class: AssetClass,
    /// Which ISO 10962 classifications its assets have.
    pub cfi: CfiPattern,
    /// The legal regime whose rule sets its versions are; only of class `regulation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// Where it stands.
    pub state: ProductState,
    /// Revision of its last change.
    pub revision: u64,
}

/// Where a product stands: `draft → listed → delisted`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProductState {
    /// Only its owner sees it.
    Draft,
    /// Everybody sees it, its instances may become active.
    Listed,
    /// Everybody sees it, nothing new comes to it.
    Delisted,
}

/// What makes a product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// Its name in formulas and paths: a small letter, then 2 to 63 small letters, digits or `_`.
    pub code: ProductCode,
    /// Name for people, at most 256 bytes.
    pub name: String,
    /// What kind of thing it tokenizes.
    pub asset_class: AssetClass,
    /// ISO 10962 classification: a category letter or `*`, then five capitals or `*`, for example
    /// `DBFXFR` or `D*****`; `******` for a `regulation`.
    pub cfi: CfiPattern,
    /// The legal regime, for example `EU-2017/2402`; only of class `regulation`, whose versions
    /// are rule sets.
    #[serde(default)]
    pub regime: Option<String>,
}

/// What every decision about a product needs: the product, and where its versions and instances
/// stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// The product.
    pub product: Product,
    /// Its versions, by number.
    pub versions: BTreeMap<VersionNumber, VersionMark>,
    /// Its instances.
    pub instances: BTreeMap<InstanceId, InstanceMark>,
}

/// Where one version stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionMark {
    /// Where it stands.
    pub state: VersionState,
    /// Whether it was ever published.
    pub published: bool,
    /// Title in its source, once it was checked.
    pub title: Option<String>,
    /// What was certified, once it was submitted.
    pub content_hash: Option<String>,
    /// Revision of its last change.
    pub revision: u64,
}

/// Where one instance stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceMark {
    /// Where it stands.
    pub state: InstanceState,
    /// The version that it adapts.
    pub version: VersionNumber,
}

impl ProductState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Draft, Self::Listed, Self::Delisted];

    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Listed => "listed",
            Self::Delisted => "delisted",
        }
    }
}

impl Product {
    /// A product as it is made, for the caller's party.
    pub fn create(order: NewProduct, owner: PartyId) -> Result<Self, Refusal> {
        let mut fields = Fields::default();
        fields.text("/name", &order.name, limits::NAME_BYTES_MAX);
        let regulation = order.asset_class == AssetClass::Regulation;
        let fits = order.regime.as_deref().map(is_regime) == regulation.then_some(true);
        let message =
            "a `regulation` names its regime, for example `EU-2017/2402`; nothing else does";
        fields.demand(fits, "/regime", "instance.regime", message);
        fields.finish()?;
        Ok(Self {
            code: order.code,
            owner,
            name: order.name,
            asset_class: order.asset_class,
            cfi: order.cfi,
            regime: order.regime,
            state: ProductState::Draft,
            revision: 0,
        })
    }

    /// Whether the caller may see it.
    #[must_use]
    pub fn visible_to(&self, caller: &Caller) -> bool {
        self.state != ProductState::Draft || caller.is_of(&self.owner) || caller.reads_all()
    }

    /// Whether the caller's party may change it.
    pub fn written_by(&self, caller: &Caller) -> Result<(), CatalogRefusal> {
        if caller.is_of(&self.owner) {
            Ok(())
        } else {
            Err(CatalogRefusal::NotOwner { product: self.code.to_string() })
        }
    }

    /// Whether something new may come to it.
    pub fn open(&self) -> Result<(), CatalogRefusal> {
        match self.state {
            ProductState::Draft | ProductState::Listed => Ok(()),
            ProductState::Delisted => {
                Err(CatalogRefusal::Delisted { product: self.code.to_string() })
            }
        }
    }

    /// Whether its instances may take requests.
    pub fn listed(&self) -> Result<(), CatalogRefusal> {
        match self.state {
            ProductState::Listed => Ok(()),
            ProductState::Draft => {
                Err(CatalogRefusal::NotListed { product: self.code.to_string() })
            }
            ProductState::Delisted => {
                Err(CatalogRefusal::Delisted { product: self.code.to_string() })
            }
        }
    }
}

impl Shelf {
    /// The shelf of a new product.
    #[must_use]
    pub fn new(product: Product) -> Self {
        Self { product, versions: BTreeMap::new(), instances: BTreeMap::new() }
    }

    /// The highest number that was ever published.
    #[must_use]
    pub fn highest_published(&self) -> Option<VersionNumber> {
        self.versions.iter().rev().find(|(_, mark)| mark.published).map(|(number, _)| *number)
    }

    /// Whether a version with this number may be written: the number is new and above every
    /// published one.
    pub fn takes_version(&self, number: VersionNumber) -> Result<(), CatalogRefusal> {
        self.product.open()?;
        if self.versions.contains_key(&number) {
            return Err(CatalogRefusal::NumberTaken { number: number.to_string() });
        }
        if self.versions.len() >= limits::VERSIONS_PER_PRODUCT_MAX {
            return Err(CatalogRefusal::TooManyVersions {
                limit: limits::VERSIONS_PER_PRODUCT_MAX,
            });
        }
        self.rises_above_published(number)
    }

    /// Whether the number is above every published one.
    pub fn rises_above_published(&self, number: VersionNumber) -> Result<(), CatalogRefusal> {
        match self.highest_published() {
            Some(published) if number <= published => Err(CatalogRefusal::NumberTooLow {
                number: number.to_string(),
                published: published.to_string(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether one more instance may be made, in the place of this one.
    pub fn takes_instance(&self, supersedes: Option<&InstanceId>) -> Result<(), Refusal> {
        self.product.open()?;
        if self.product.asset_class == AssetClass::Regulation {
            let product = self.product.code.to_string();
            return Err(CatalogRefusal::NoInstances { product }.into());
        }
        if self.instances.len() >= limits::INSTANCES_PER_PRODUCT_MAX {
            return Err(
                InstanceRefusal::TooMany { limit: limits::INSTANCES_PER_PRODUCT_MAX }.into()
            );
        }
        match supersedes {
            Some(older) if !self.instances.contains_key(older) => {
                Err(InstanceRefusal::SupersedesOther { instance: older.to_string() }.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a version may be withdrawn: no instance of it may still take requests.
    pub fn releases_version(&self, number: VersionNumber) -> Result<(), CatalogRefusal> {
        match self.first_live(|mark| mark.version == number) {
            Some(instance) => Err(CatalogRefusal::VersionInUse {
                number: number.to_string(),
                instance: instance.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// The product in another state. It is delisted only when no instance takes requests any more.
    pub fn move_to(mut self, to: ProductState) -> Result<Self, CatalogRefusal> {
        let from = self.product.state;
        match (from, to) {
            (ProductState::Draft, ProductState::Listed) => {}
            (ProductState::Listed, ProductState::Delisted) => {
                if let Some(instance) = self.first_live(|_| true) {
                    let product = self.product.code.to_string();
                    let instance = instance.to_string();
                    return Err(CatalogRefusal::ProductInUse { product, instance });
                }
            }
            (ProductState::Draft | ProductState::Listed | ProductState::Delisted, _) => {
                return Err(CatalogRefusal::NoProductMove { from: from.as_str(), to: to.as_str() });
            }
        }
        self.product.state = to;
        Ok(self)
    }

    /// Its instances that are active on a version.
    pub fn active_instances(&self, number: VersionNumber) -> impl Iterator<Item = &InstanceId> {
        let active = move |mark: &InstanceMark| {
            mark.state == InstanceState::Active && mark.version == number
        };
        self.instances.iter().filter(move |(_, mark)| active(mark)).map(|(id, _)| id)
    }

    fn first_live(&self, wanted: impl Fn(&InstanceMark) -> bool) -> Option<&InstanceId> {
        let live = |mark: &InstanceMark| {
            matches!(mark.state, InstanceState::Active | InstanceState::Suspended)
        };
        self.instances.iter().find(|(_, mark)| live(mark) && wanted(mark)).map(|(id, _)| id)
    }
}
