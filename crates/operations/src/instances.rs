//! Instances as other operations need them: load one, keep one, show one.

use crate::{
    answer::{Answer, Outcome},
    commit::item,
    desk::Desk,
    failure::Failure,
    ports::store::Item,
    shelf::{ENTRY, Kept},
};
use poa_protocol::{
    contour::RuleSet,
    ids::{InstanceId, PartyId},
    impact::ImpactBound,
    instance::{Attestors, Instance, InstanceState, Placement},
    partition::Partition,
    product::{AssetClass, InstanceMark, ProductCode},
    side::Side,
    timestamp::Timestamp,
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// An instance as it is read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InstanceView {
    /// Its id.
    pub id: InstanceId,
    /// The product.
    pub product: ProductCode,
    /// What kind of thing the product tokenizes.
    pub asset_class: AssetClass,
    /// The version that it adapts.
    pub version: VersionNumber,
    /// The party whose people made it.
    pub owner: PartyId,
    /// Title for people.
    pub title: String,
    /// SHA-256 of what the flattened program does: what every tokenization pins.
    pub effective_hash: String,
    /// The overlay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// ISO 3166-1 alpha-2 or ISO 3166-2.
    pub jurisdiction: String,
    /// The legal regime.
    pub regime: String,
    /// The rule set of that regime that the contour asks about requests of banks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<RuleSet>,
    /// ISO 4217 code of the currency that it values in.
    pub currency: String,
    /// Where it stands.
    pub state: InstanceState,
    /// The first moment at which it takes requests.
    pub effective_from: Timestamp,
    /// The first moment at which it takes none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_until: Option<Timestamp>,
    /// How many other persons must approve a proposal.
    pub approvals_required: u8,
    /// Which parties may attest.
    pub attestors: Attestors,
    /// Which sides may come.
    pub sides: BTreeSet<Side>,
    /// Where the data of attributes may be; what is not named is `shared`.
    pub data_placement: BTreeMap<String, Placement>,
    /// The instance that it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<InstanceId>,
    /// The instance that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<InstanceId>,
    /// What it may do to the live smart assets of the instance whose place it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact_bound: Option<ImpactBound>,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

/// The instance with this id, if there is one.
pub async fn load(desk: &Desk, id: &InstanceId) -> Result<Option<Instance>, Failure> {
    item(desk, &partition(id), id.as_str()).await
}

/// The partition that an instance lies in: the one of its product.
#[must_use]
pub fn partition(id: &InstanceId) -> Partition {
    Partition::product(&id.home())
}

/// An instance as it is read, with its overlay.
#[must_use]
pub fn view(instance: &Instance) -> InstanceView {
    InstanceView { source: Some(instance.source.clone()), ..summary(instance) }
}

/// An instance as it stands in lists, without its overlay.
#[must_use]
pub fn summary(instance: &Instance) -> InstanceView {
    let Instance { attestors, sides, data_placement, .. } = instance.clone();
    InstanceView {
        id: instance.id.clone(),
        product: instance.product.clone(),
        asset_class: instance.asset_class,
        version: instance.version,
        owner: instance.owner.clone(),
        title: instance.title.clone(),
        effective_hash: instance.effective_hash.clone(),
        source: None,
        jurisdiction: instance.jurisdiction.clone(),
        regime: instance.regime.clone(),
        rule_set: instance.rule_set.clone(),
        currency: instance.currency.clone(),
        state: instance.state,
        effective_from: instance.effective_from,
        effective_until: instance.effective_until,
        approvals_required: instance.approvals_required,
        attestors,
        sides,
        data_placement,
        supersedes: instance.supersedes.clone(),
        superseded_by: instance.superseded_by.clone(),
        impact_bound: instance.impact_bound,
        revision: instance.revision,
    }
}

/// The answer with one instance.
pub fn answer(instance: &Instance, outcome: Outcome) -> Result<Answer, Failure> {
    Ok(Answer::new(outcome, &view(instance))?.revised(instance.revision))
}

/// Adds a changed instance to what is kept.
#[must_use]
pub fn keep(kept: Kept, instance: &Instance) -> Kept {
    let mark = InstanceMark { state: instance.state, version: instance.version };
    let id = instance.id.clone();
    kept.item(entry(instance), |shelf| {
        shelf.instances.insert(id, mark);
    })
}

fn entry(instance: &Instance) -> Item {
    let mut item = Item::plain(instance.id.as_str(), ENTRY, json!(instance));
    item.owner = Some(instance.owner.clone());
    item.tags = vec![
        "kind:instance".to_owned(),
        format!("state:{}", instance.state.as_str()),
        format!("class:{}", instance.asset_class.as_str()),
        format!("product:{}", instance.product),
        format!("jurisdiction:{}", instance.jurisdiction),
        format!("regime:{}", instance.regime),
        format!("currency:{}", instance.currency),
    ];
    item.tags.extend(instance.sides.iter().map(|side| format!("side:{side}")));
    let words = [instance.title.as_str(), instance.product.as_str(), &instance.regime];
    item.text = Some(words.join(" ").to_lowercase());
    item
}
