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
    impact::{AssetImpact, ImpactBound, ImpactTotals, Verdict},
    instance::Instance,
    ledger::{Asset, AssetState},
    limits,
    product::Shelf,
    question::Question,
    refusal::Refusal,
    version::{Version, VersionNumber, check_source, rebased},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// A candidate: either another `instance`, or a `version` or `source`, an `overlay`, or both; what
/// is not named stays as it is in the instance in force.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactRequest {
    /// Another instance of the same product, for example a draft.
    #[serde(default)]
    pub instance: Option<InstanceId>,
    /// Another version of the same product, for example one that waits for its publication.
    #[serde(default)]
    pub version: Option<VersionNumber>,
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

/// How far a release may go.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// What it may do to live smart assets at most; else it is refused.
    #[serde(default)]
    pub impact_bound: Option<ImpactBound>,
}

impl Within {
    /// Whether the bound says something.
    pub(crate) fn check(self) -> Result<(), Refusal> {
        let mut fields = Fields::default();
        if let Some(bound) = self.impact_bound {
            bound.check("/impact_bound", &mut fields);
        }
        fields.finish()
    }
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
    let Looked { changed, totals, next } = trial.page(page, ImpactTotals::default()).await?;
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
    trial.all(ImpactTotals::default(), |_| ()).await
}

/// What a version changes about all live assets of the version that it follows: every active
/// instance of that one, with its overlay over the new one.
pub(crate) async fn of_version(
    desk: &Desk,
    shelf: &Shelf,
    newer: &Version,
) -> Result<ImpactTotals, Failure> {
    let mut totals = ImpactTotals::default();
    let Some(followed) = shelf.highest_published() else { return Ok(totals) };
    for id in shelf.active_instances(followed) {
        let instance = instances::load(desk, id).await?.ok_or_else(|| not_found(id))?;
        let before = programs::effective(desk, &instance).await?;
        let overlay = rebased(&instance.source, newer.number);
        let after = programs::of_instance(&newer.source, &overlay).map_err(|refusal| {
            let mut details = refusal.details.unwrap_or_default();
            if let Some(object) = details.as_object_mut() {
                object.insert("instance".to_owned(), json!(id));
            }
            Refusal { details: Some(details), ..refusal }
        })?;
        let trial = Trial { desk, instance, before, after: Arc::new(after), as_of: None };
        totals = trial.all(totals, |_| ()).await?;
    }
    Ok(totals)
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
    /// Those whose outcome or value changes.
    pub changed: Vec<AssetImpact>,
    /// Sums over all of them and over what was looked at before.
    pub totals: ImpactTotals,
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

    /// Looks at all of them, page by page, and tells each page as soon as it is known.
    pub async fn all(
        &self,
        mut totals: ImpactTotals,
        mut told: impl FnMut(&Looked) + Send,
    ) -> Result<ImpactTotals, Failure> {
        let mut after = None;
        loop {
            let wanted = PageWanted { after, limit: limits::PAGE_MAX };
            let looked = self.page(wanted, totals).await?;
            told(&looked);
            if looked.next.is_none() {
                return Ok(looked.totals);
            }
            (totals, after) = (looked.totals, looked.next);
        }
    }

    /// Looks at one page of the smart assets of the instance; `totals` are of those before it.
    async fn page(&self, wanted: PageWanted, mut totals: ImpactTotals) -> Result<Looked, Failure> {
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
        let mut changed = Vec::new();
        for stored in found.items {
            let asset: Asset = read_body(stored)?;
            match asset.state {
                AssetState::Active | AssetState::Frozen => {
                    let impact = self.look(asset).await?;
                    totals.add(&impact);
                    if impact.changes() {
                        changed.push(impact);
                    }
                }
                AssetState::Redeemed => {}
            }
        }
        Ok(Looked { changed, totals, next: found.next })
    }

    async fn look(&self, asset: Asset) -> Result<AssetImpact, Failure> {
        let proof = tokenizations::proof_of(self.desk, &asset).await?;
        let evidence = proof.evidence_dates(&BTreeSet::new(), asset.issued_at);
        let as_of = self.as_of.unwrap_or_else(|| asset.issued_at.date());
        let question =
            &Question { side: Some(proof.side), data: &proof.data, evidence: &evidence, as_of };
        let (before, after) = (&self.before, &self.after);
        let (before, after) = (Verdict::of(before, question), Verdict::of(after, question));
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
    let number = request.version.unwrap_or(instance.version);
    let source = if let Some(source) = &request.source {
        source.clone()
    } else {
        let version = shelf::version(desk, &instance.product, number).await?;
        version.ok_or_else(|| not_found(number))?.source
    };
    let overlay = match &request.overlay {
        Some(overlay) => overlay.clone(),
        None => rebased(&instance.source, number),
    };
    check_source(&source)?;
    check_source(&overlay)?;
    Ok(Arc::new(programs::of_instance(&source, &overlay)?))
}

fn check(request: &ImpactRequest) -> Result<usize, Refusal> {
    let mut fields = Fields::default();
    let based = request.source.is_some() || request.version.is_some();
    let twice = request.source.is_some() && request.version.is_some();
    fields.demand(
        request.instance.is_some() != (based || request.overlay.is_some()) && !twice,
        "/instance",
        "impact.either",
        "either `instance`, or one of `version` and `source`, an `overlay`, or both are expected",
    );
    let limit = request.limit.unwrap_or(limits::PAGE_DEFAULT);
    let within = (1..=limits::PAGE_MAX).contains(&limit);
    fields.demand(within, "/limit", "impact.limit", "1 to 200 assets are looked at for one page");
    fields.finish()?;
    Ok(limit)
}
