//! How an instance begins: what is asked for, held against what its overlay says.

use super::{Attestors, Instance, InstanceState, Placement};
use crate::{
    caller::Person,
    contour::RuleSet,
    fields::{Fields, is_country},
    ids::InstanceId,
    impact::ImpactBound,
    limits,
    product::{Product, ProductCode},
    refusal::Refusal,
    side::Side,
    timestamp::Timestamp,
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What makes an instance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInstance {
    /// The published version that it adapts.
    pub version: VersionNumber,
    /// The overlay: formula source that starts with `instance`, at most 64 KiB.
    pub source: String,
    /// ISO 3166-1 alpha-2 or ISO 3166-2; the overlay's header must name the same.
    pub jurisdiction: String,
    /// The legal regime: two capitals, `-`, then letters, digits, `.`, `/` or `-`, for example
    /// `EU-2017/2402`.
    pub regime: String,
    /// The published rule set of that regime, which the contour asks about requests of banks.
    #[serde(default)]
    pub rule_set: Option<RuleSetNamed>,
    /// ISO 4217 code; it must be the currency of the program's `valuation`.
    pub currency: String,
    /// Which sides may come, at least one.
    pub sides: BTreeSet<Side>,
    /// The first moment at which it takes requests; absent: as soon as it is active.
    #[serde(default)]
    pub effective_from: Option<Timestamp>,
    /// The first moment at which it takes none any more; absent: no end.
    #[serde(default)]
    pub effective_until: Option<Timestamp>,
    /// How many other persons must approve a proposal, 0 to 2.
    #[serde(default)]
    pub approvals_required: u8,
    /// Which parties may attest, at most 32 of each kind.
    #[serde(default)]
    pub attestors: Attestors,
    /// Where the data of attributes may be, by name; what is not named is `shared`.
    #[serde(default)]
    pub data_placement: BTreeMap<String, Placement>,
    /// The instance whose place it takes when it becomes active.
    #[serde(default)]
    pub supersedes: Option<InstanceId>,
    /// What that may do to the live smart assets of that instance at most; else it is not
    /// activated.
    #[serde(default)]
    pub impact_bound: Option<ImpactBound>,
}

/// Which rule set an instance pins.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSetNamed {
    /// Code of a product of class `regulation`.
    pub product: ProductCode,
    /// Number of a published version of it.
    pub version: VersionNumber,
}

/// What the flattened program of version and overlay says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Title of the instance.
    pub title: String,
    /// Jurisdiction in its header.
    pub jurisdiction: String,
    /// Currency of `valuation`; `None` where the data names it or there is no valuation.
    pub currency: Option<String>,
    /// Hash of what it does.
    pub formula_hash: String,
    /// Names of its attributes.
    pub attributes: BTreeSet<String>,
    /// Whether a mandatory check waits for a verifier.
    pub needs_verifier: bool,
    /// Whether a mandatory check waits for an auditor.
    pub needs_auditor: bool,
}

/// What an instance begins with besides what is asked for.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Its id.
    pub id: InstanceId,
    /// The product.
    pub product: Product,
    /// The rule set that it names, with the hash of the version that is there.
    pub rule_set: Option<RuleSet>,
    /// Who makes it.
    pub maker: Person,
    /// When.
    pub now: Timestamp,
}

/// Whether this is an ISO 3166-1 alpha-2 code, alone or with the part of an ISO 3166-2 code.
#[must_use]
pub fn is_jurisdiction(text: &str) -> bool {
    let (country, part) = match text.split_once('-') {
        None => (text, None),
        Some((country, part)) => (country, Some(part)),
    };
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    is_country(country)
        && part.is_none_or(|part| (1..=3).contains(&part.len()) && part.bytes().all(letter))
}

/// Whether this names a regime: two capitals, `-`, and 1 to 40 letters, digits, `.`, `/` or `-`.
#[must_use]
pub fn is_regime(text: &str) -> bool {
    let Some((area, name)) = text.split_once('-') else { return false };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"./-".contains(&byte);
    area.len() == 2
        && area.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=40).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(inner)
}

impl Instance {
    /// A draft, where what is asked for and what the overlay says are the same.
    pub fn draft(
        order: NewInstance,
        overlay: &Overlay,
        beginning: Beginning,
    ) -> Result<Self, Refusal> {
        let mut fields = Fields::default();
        check_place(&order, overlay, &mut fields);
        check_time(&order, beginning.now, &mut fields);
        check_people(&order, overlay, &mut fields);
        check_placement(&order, overlay, &mut fields);
        check_bound(&order, &mut fields);
        fields.finish()?;
        Ok(Self {
            id: beginning.id,
            product: beginning.product.code,
            asset_class: beginning.product.asset_class,
            version: order.version,
            owner: beginning.product.owner,
            title: overlay.title.clone(),
            effective_hash: overlay.formula_hash.clone(),
            source: order.source,
            jurisdiction: order.jurisdiction,
            regime: order.regime,
            rule_set: beginning.rule_set,
            currency: order.currency,
            state: InstanceState::Draft,
            effective_from: order.effective_from.unwrap_or(beginning.now),
            effective_until: order.effective_until,
            approvals_required: order.approvals_required,
            attestors: order.attestors,
            sides: order.sides,
            data_placement: order.data_placement,
            maker: beginning.maker,
            approver: None,
            supersedes: order.supersedes,
            superseded_by: None,
            impact_bound: order.impact_bound,
            revision: 0,
        })
    }
}

fn check_place(order: &NewInstance, overlay: &Overlay, fields: &mut Fields) {
    fields.demand(
        is_jurisdiction(&order.jurisdiction),
        "/jurisdiction",
        "instance.jurisdiction",
        "an ISO 3166-1 or ISO 3166-2 code is expected, for example `SG` or `US-NY`",
    );
    if order.jurisdiction != overlay.jurisdiction {
        let message = format!("the overlay is for `{}`", overlay.jurisdiction);
        fields.fault("/jurisdiction", "instance.jurisdiction-differs", message);
    }
    fields.demand(
        is_regime(&order.regime),
        "/regime",
        "instance.regime",
        "two capitals, `-` and a name are expected, for example `EU-2017/2402`",
    );
    match &overlay.currency {
        None => fields.fault(
            "/currency",
            "instance.no-valuation",
            "the program has no `valuation` in one fixed currency",
        ),
        Some(currency) if *currency != order.currency => {
            let message = format!("the program values in `{currency}`");
            fields.fault("/currency", "instance.currency-differs", message);
        }
        Some(_) => {}
    }
}

fn check_bound(order: &NewInstance, fields: &mut Fields) {
    let Some(bound) = order.impact_bound else { return };
    bound.check("/impact_bound", fields);
    let message = "a bound is expected only together with `supersedes`";
    let some = order.supersedes.is_some();
    fields.demand(some, "/impact_bound", "instance.impact-bound", message);
}

fn check_time(order: &NewInstance, now: Timestamp, fields: &mut Fields) {
    let Some(until) = order.effective_until else { return };
    let from = order.effective_from.unwrap_or(now);
    let message = "the end must lie after the beginning and after now";
    fields.demand(until > from && until > now, "/effective_until", "instance.until", message);
}

fn check_people(order: &NewInstance, overlay: &Overlay, fields: &mut Fields) {
    let message = "at least one of `originator` and `supplier` is expected";
    fields.demand(!order.sides.is_empty(), "/sides", "instance.sides", message);
    fields.demand(
        order.approvals_required <= limits::APPROVALS_MAX,
        "/approvals_required",
        "instance.approvals",
        "0 to 2 approvals can be required",
    );
    let kinds = [
        ("/attestors/verifier", &order.attestors.verifier, overlay.needs_verifier),
        ("/attestors/auditor", &order.attestors.auditor, overlay.needs_auditor),
    ];
    for (pointer, parties, needed) in kinds {
        fields.at_most(pointer, parties.len(), limits::ATTESTORS_MAX);
        let message = "a mandatory check waits for one, so at least one party is expected";
        fields.demand(!needed || !parties.is_empty(), pointer, "instance.attestors", message);
    }
}

fn check_placement(order: &NewInstance, overlay: &Overlay, fields: &mut Fields) {
    for name in order.data_placement.keys() {
        if !overlay.attributes.contains(name) {
            let pointer = format!("/data_placement/{}", name.replace('~', "~0").replace('/', "~1"));
            fields.fault(&pointer, "instance.placement", "the program has no such attribute");
        }
    }
}
