//! Runs a candidate program over the live smart assets of an instance; nothing is kept.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    failure::Failure,
    instances,
    ledger_items::SMART_ASSET,
    pages::{PageView, PageWanted},
    ports::store::Search,
    programs, shelf, tokenizations,
};
use poa_formula::{Date, Program};
use poa_protocol::{
    caller::Caller,
    fields::Fields,
    ids::InstanceId,
    impact::{AssetFacts, AssetImpact, ImpactTotals, Verdict},
    instance::Instance,
    ledger::{Asset, AssetState},
    limits,
    refusal::Refusal,
    version::check_source,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// A candidate: either another `instance`, or a `source`, an `overlay`, or both; what is not named
/// stays as it is in the instance in force.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactRequest {
    /// Another instance of the same product, for example a draft.
    #[serde(default)]
    pub instance: Option<InstanceId>,
    /// Formula source of another version, at most 64 KiB.
    #[serde(default)]
    pub source: Option<String>,
    /// Another overlay, at most 64 KiB.
    #[serde(default)]
    pub overlay: Option<String>,
    /// The date of the decision; absent: for each asset the day on which it was issued.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// Where the page before ended, as it said.
    #[serde(default)]
    pub continuation: Option<String>,
    /// Live assets that are looked at for one page, 1 to 200; 50 if absent.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// One page of what a candidate changes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImpactView {
    /// SHA-256 of what the program in force does.
    pub formula_hash_before: String,
    /// SHA-256 of what the candidate does.
    pub formula_hash_after: String,
    /// The assets of this page whose outcome or value changes, and where to go on.
    #[serde(flatten)]
    pub page: PageView<AssetImpact>,
    /// Sums over all assets of this page, those included that do not change.
    pub totals: ImpactTotals,
}

/// Runs a candidate over one page of the live assets of an instance. Its owner does, and the
/// operator's auditors.
pub async fn measure_impact(
    desk: &Desk,
    caller: &Caller,
    id: &InstanceId,
    request: ImpactRequest,
) -> Result<Answer, Failure> {
    let limit = check(&request)?;
    let instance = instances::load(desk, id).await?;
    let instance = instance
        .filter(|instance| caller.is_of(&instance.owner) || caller.reads_all())
        .ok_or_else(|| not_found(id))?;
    let trial = Trial::of(desk, instance, &request).await?;
    let page = PageWanted::read(request.continuation.as_deref(), limit)?;
    let Looked { impacts, next } = trial.page(page).await?;
    let mut totals = ImpactTotals::default();
    for impact in &impacts {
        totals.add(impact);
    }
    let changed = impacts.into_iter().filter(AssetImpact::changes).collect();
    let view = ImpactView {
        formula_hash_before: trial.before.formula_hash().to_owned(),
        formula_hash_after: trial.after.formula_hash().to_owned(),
        page: PageView::new(changed, next.as_deref()),
        totals,
    };
    Answer::new(Outcome::Done, &view)
}

/// What one instance changes about all live assets of another.
pub(crate) async fn whole(
    desk: &Desk,
    older: &Instance,
    newer: &Instance,
) -> Result<ImpactTotals, Failure> {
    let before = programs::effective(desk, older).await?;
    let after = programs::effective(desk, newer).await?;
    let trial = Trial { desk, instance: older.clone(), before, after, as_of: None };
    let mut totals = ImpactTotals::default();
    let mut after = None;
    loop {
        let looked = trial.page(PageWanted { after, limit: limits::PAGE_MAX }).await?;
        for impact in &looked.impacts {
            totals.add(impact);
        }
        if looked.next.is_none() {
            return Ok(totals);
        }
        after = looked.next;
    }
}

/// A candidate beside the program in force of one instance.
#[derive(Debug)]
pub struct Trial<'a> {
    desk: &'a Desk,
    instance: Instance,
    before: Arc<Program>,
    after: Arc<Program>,
    as_of: Option<Date>,
}

/// The live assets among those that one page of the store has.
#[derive(Debug)]
pub struct Looked {
    /// Each of them, those included that do not change.
    pub impacts: Vec<AssetImpact>,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

impl<'a> Trial<'a> {
    /// A trial on the machine of the store itself, where nobody has to be asked who they are.
    pub async fn open(
        desk: &'a Desk,
        id: &InstanceId,
        request: &ImpactRequest,
    ) -> Result<Self, Failure> {
        check(request)?;
        let instance = instances::load(desk, id).await?.ok_or_else(|| not_found(id))?;
        Self::of(desk, instance, request).await
    }

    async fn of(
        desk: &'a Desk,
        instance: Instance,
        request: &ImpactRequest,
    ) -> Result<Self, Failure> {
        let before = programs::effective(desk, &instance).await?;
        let after = candidate(desk, &instance, request).await?;
        Ok(Self { desk, instance, before, after, as_of: request.as_of })
    }

    /// Looks at one page of the smart assets of the instance.
    pub async fn page(&self, wanted: PageWanted) -> Result<Looked, Failure> {
        let search = Search {
            kind: SMART_ASSET,
            partition: None,
            owner: None,
            tags: vec![format!("instance:{}", self.instance.id)],
            text: None,
            after: wanted.after,
            limit: wanted.limit,
        };
        let found = self.desk.store.list(&search).await?;
        let mut impacts = Vec::with_capacity(found.items.len());
        for stored in found.items {
            let asset: Asset = read_body(stored)?;
            match asset.state {
                AssetState::Active | AssetState::Frozen => impacts.push(self.look(asset).await?),
                AssetState::Redeemed => {}
            }
        }
        Ok(Looked { impacts, next: found.next })
    }

    async fn look(&self, asset: Asset) -> Result<AssetImpact, Failure> {
        let proof = tokenizations::proof_of(self.desk, &asset).await?;
        let evidence = proof.evidence_dates(&BTreeSet::new(), asset.issued_at);
        let as_of = self.as_of.unwrap_or_else(|| asset.issued_at.date());
        let facts = AssetFacts { data: &proof.data, evidence: &evidence, as_of };
        let (before, after) = (&self.before, &self.after);
        let (before, after) = (Verdict::of(before, facts), Verdict::of(after, facts));
        Ok(AssetImpact { asset: asset.id, before, after })
    }
}

/// The program that is tried.
async fn candidate(
    desk: &Desk,
    instance: &Instance,
    request: &ImpactRequest,
) -> Result<Arc<Program>, Failure> {
    if let Some(id) = &request.instance {
        let other = instances::load(desk, id).await?;
        let other =
            other.filter(|other| other.product == instance.product).ok_or_else(|| not_found(id))?;
        return programs::effective(desk, &other).await;
    }
    let source = if let Some(source) = &request.source {
        source.clone()
    } else {
        let version = shelf::version(desk, &instance.product, instance.version).await?;
        version.ok_or_else(|| not_found(instance.version))?.source
    };
    let overlay = request.overlay.as_ref().unwrap_or(&instance.source);
    check_source(&source)?;
    check_source(overlay)?;
    Ok(Arc::new(programs::of_instance(&source, overlay)?))
}

fn check(request: &ImpactRequest) -> Result<usize, Refusal> {
    let mut fields = Fields::default();
    let sources = request.source.is_some() || request.overlay.is_some();
    fields.demand(
        request.instance.is_some() != sources,
        "/instance",
        "impact.either",
        "either `instance`, or `source`, `overlay` or both are expected",
    );
    let limit = request.limit.unwrap_or(limits::PAGE_DEFAULT);
    let within = (1..=limits::PAGE_MAX).contains(&limit);
    fields.demand(within, "/limit", "impact.limit", "1 to 200 assets are looked at for one page");
    fields.finish()?;
    Ok(limit)
}
