//! The Instance Switcher: every active instance of a product is asked about one request.

use crate::{
    answer::{Answer, Outcome},
    commit::read_body,
    desk::Desk,
    failure::Failure,
    ports::store::Search,
    products, programs,
    search_catalog::of_product,
    shelf,
};
use poa_formula::Date;
use poa_protocol::{
    caller::Caller,
    fields::Fields,
    ids::InstanceId,
    instance::{Instance, is_jurisdiction},
    limits,
    product::ProductCode,
    question::Question,
    refusal::Refusal,
    side::Side,
    switcher::{Alternative, ranked},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A request that looks for its instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchRequest {
    /// The product.
    pub product: ProductCode,
    /// Only instances that serve this jurisdiction (ISO 3166-1 or ISO 3166-2). An instance of a
    /// country serves its parts.
    #[serde(default)]
    pub jurisdiction: Option<String>,
    /// Only instances that take this side, which are asked for what this side brings.
    #[serde(default)]
    pub side: Option<Side>,
    /// The data, at most 512 members. Decimals are texts, percentages are fractions (`"0.80"`).
    pub data: Map<String, Value>,
    /// When each document was issued, by the name of the evidence; at most 64.
    #[serde(default)]
    pub evidence: BTreeMap<String, Date>,
    /// The date of the decision; absent: today, in UTC.
    #[serde(default)]
    pub as_of: Option<Date>,
}

/// What the instances say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SwitchView {
    /// The date of the decision.
    pub as_of: Date,
    /// Every instance that was asked, the best first.
    pub alternatives: Vec<Alternative>,
}

/// Which instances are asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asking<'a> {
    /// Not this one.
    pub exclude: Option<&'a InstanceId>,
    /// Only those that serve this jurisdiction.
    pub jurisdiction: Option<&'a str>,
}

/// Asks every active instance of a product.
pub async fn switch(
    desk: &Desk,
    caller: &Caller,
    request: SwitchRequest,
) -> Result<Answer, Failure> {
    check(&request)?;
    products::seen(desk, caller, &request.product).await?;
    let as_of = request.as_of.unwrap_or_else(|| desk.clock.now().date());
    let asking = Asking { exclude: None, jurisdiction: request.jurisdiction.as_deref() };
    let SwitchRequest { side, data, evidence, .. } = &request;
    let question = Question { side: *side, data, evidence, as_of };
    let alternatives = ask(desk, &request.product, asking, &question).await?;
    Answer::new(Outcome::Done, &SwitchView { as_of, alternatives })
}

/// The other active instances of a product that take a request, or would with more data or
/// evidence; the best first. For the answer to a request that one instance has rejected.
pub async fn alternatives(
    desk: &Desk,
    product: &ProductCode,
    rejected_by: &InstanceId,
    question: &Question<'_>,
) -> Result<Vec<Alternative>, Failure> {
    let asking = Asking { exclude: Some(rejected_by), jurisdiction: None };
    let mut alternatives = ask(desk, product, asking, question).await?;
    alternatives.retain(|alternative| match alternative.outcome {
        poa_formula::Outcome::Eligible | poa_formula::Outcome::Incomplete => true,
        poa_formula::Outcome::Rejected | poa_formula::Outcome::Error => false,
    });
    Ok(alternatives)
}

async fn ask(
    desk: &Desk,
    product: &ProductCode,
    asking: Asking<'_>,
    question: &Question<'_>,
) -> Result<Vec<Alternative>, Failure> {
    let now = desk.clock.now();
    let mut search = of_product(shelf::partition(product), limits::PAGE_MAX);
    search.tags.push("state:active".to_owned());
    let mut alternatives = Vec::new();
    loop {
        let page = desk.store.list(&search).await?;
        for stored in page.items {
            let instance: Instance = read_body(stored)?;
            if asked(&instance, asking, question.side, now) {
                let program = programs::effective(desk, &instance).await?;
                alternatives.push(Alternative::ask(&instance, &program, question));
                // Hundreds of programs in one go would keep others waiting.
                tokio::task::yield_now().await;
            }
        }
        match page.next {
            Some(next) => search = Search { after: Some(next), ..search },
            None => return Ok(ranked(alternatives)),
        }
    }
}

fn asked(instance: &Instance, asking: Asking<'_>, side: Option<Side>, now: Timestamp) -> bool {
    instance.open_at(now).is_ok()
        && asking.exclude != Some(&instance.id)
        && asking.jurisdiction.is_none_or(|jurisdiction| instance.serves(jurisdiction))
        && side.is_none_or(|side| instance.sides.contains(&side))
}

fn check(request: &SwitchRequest) -> Result<(), Refusal> {
    let mut fields = Fields::default();
    if let Some(jurisdiction) = &request.jurisdiction {
        fields.demand(
            is_jurisdiction(jurisdiction),
            "/jurisdiction",
            "instance.jurisdiction",
            "an ISO 3166-1 or ISO 3166-2 code is expected, for example `SG` or `US-NY`",
        );
    }
    fields.at_most("/data", request.data.len(), limits::ATTRIBUTES_MAX);
    let evidence_max = limits::EVIDENCE_PER_TOKENIZATION_MAX;
    fields.at_most("/evidence", request.evidence.len(), evidence_max);
    fields.finish()
}
