//! The way of an instance: approved by a second person, activated, suspended, retired.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    instances,
    measure_impact::{self, Within},
    nothing::Nothing,
    programs,
    shelf::{self, Kept},
};
use poa_protocol::{
    fields::Fields,
    ids::InstanceId,
    instance::{Instance, InstanceRefusal, InstanceState},
    limits,
    product::Shelf,
    refusal::Refusal,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// Why an instance takes no requests for now, or for ever.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// The reason, at most 4 KiB.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Approves a draft whose examples come out as expected. A second person of its owner does.
pub async fn approve_instance(
    desk: &Desk,
    asked: Asked<Nothing>,
    id: &InstanceId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &instances::partition(id), |opened| async move {
        let (shelf, draft) = owned(desk, asked, &opened, id).await?;
        shelf.product.open()?;
        let approved = draft.approve(&asked.by()?.person)?;
        let program = programs::effective(desk, &approved).await?;
        if let Err((count, details)) = programs::examples(&program) {
            let refusal = Refusal::from(InstanceRefusal::ExamplesFailed { count });
            return Err(refusal.with_details(details).into());
        }
        let data = json!({ "effective_hash": approved.effective_hash });
        keep(&opened, shelf, approved, ("poa.instance.approved.v1", data))?.decide()
    })
    .await
}

/// Activates an approved instance, or a suspended one again. The one whose place it takes is
/// superseded in the same commit. Nothing of it happens where the impact is beyond a bound.
pub async fn activate_instance(
    desk: &Desk,
    asked: Asked<Within>,
    id: &InstanceId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    asked.body.check()?;
    commit(desk, asked, &instances::partition(id), |opened| async move {
        let (shelf, instance) = owned(desk, asked, &opened, id).await?;
        let version = shelf::version(desk, &instance.product, instance.version).await?;
        version.ok_or_else(|| not_found(instance.version))?.usable()?;
        if let Some(pinned) = &instance.rule_set {
            let version = shelf::version(desk, &pinned.product, pinned.version).await?;
            version.ok_or_else(|| not_found(pinned.version))?.usable()?;
        }
        let older = match &instance.supersedes {
            Some(older) => instances::load(desk, older).await?,
            None => None,
        };
        let resumes = instance.state == InstanceState::Suspended;
        let mut impact = None;
        for bound in [instance.impact_bound, asked.body.impact_bound].into_iter().flatten() {
            let (Some(older), false) = (&older, resumes) else { break };
            let found = match impact.take() {
                Some(found) => found,
                None => measure_impact::whole(desk, older, &instance).await?,
            };
            bound.holds(&found)?;
            impact = Some(found);
        }
        let (active, older) = instance.activate(&shelf.product, older, opened.now)?;
        let event_type =
            if resumes { "poa.instance.resumed.v1" } else { "poa.instance.activated.v1" };
        let data = json!({
            "effective_hash": active.effective_hash, "effective_from": active.effective_from,
            "effective_until": active.effective_until, "impact": impact,
        });
        let moved = keep(&opened, shelf, active, (event_type, data))?;
        moved.with_superseded(&opened, older).decide()
    })
    .await
}

/// Suspends an active instance.
pub async fn suspend_instance(
    desk: &Desk,
    asked: Asked<Stop>,
    id: &InstanceId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    check_reason(&asked.body)?;
    commit(desk, asked, &instances::partition(id), |opened| async move {
        let (shelf, instance) = owned(desk, asked, &opened, id).await?;
        let data = json!({ "reason": asked.body.reason });
        let event = ("poa.instance.suspended.v1", data);
        keep(&opened, shelf, instance.suspend()?, event)?.decide()
    })
    .await
}

/// Retires an instance.
pub async fn retire_instance(
    desk: &Desk,
    asked: Asked<Stop>,
    id: &InstanceId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    check_reason(&asked.body)?;
    commit(desk, asked, &instances::partition(id), |opened| async move {
        let (shelf, instance) = owned(desk, asked, &opened, id).await?;
        let data = json!({ "reason": asked.body.reason });
        let event = ("poa.instance.retired.v1", data);
        keep(&opened, shelf, instance.retire()?, event)?.decide()
    })
    .await
}

fn check_reason(stop: &Stop) -> Result<(), Refusal> {
    let mut fields = Fields::default();
    if let Some(reason) = &stop.reason {
        fields.text("/reason", reason, limits::TEXT_BYTES_MAX);
    }
    fields.finish()
}

/// The shelf of a product that the caller's party owns, and the instance on it.
async fn owned<T: Sync>(
    desk: &Desk,
    asked: &Asked<T>,
    opened: &Opened,
    id: &InstanceId,
) -> Result<(Shelf, Instance), Failure> {
    let instance = instances::load(desk, id).await?;
    let instance = instance.ok_or_else(|| not_found(id))?;
    if !instance.visible_to(asked.by()?) {
        return Err(not_found(id));
    }
    let shelf = shelf::owned(desk, asked, opened, &instance.product).await?;
    asked.has_seen(instance.revision)?;
    Ok((shelf, instance))
}

/// A moved instance on its way into the store.
struct Moved {
    kept: Kept,
    answer: Answer,
}

fn keep(
    opened: &Opened,
    shelf: Shelf,
    instance: Instance,
    (event_type, data): (&'static str, Value),
) -> Result<Moved, Failure> {
    let instance = Instance { revision: opened.revision(), ..instance };
    let answer = instances::answer(&instance, Outcome::Done)?;
    let kept = instances::keep(Kept::new(shelf), &instance);
    Ok(Moved { kept: kept.event(event_type, instance.id.to_string(), data), answer })
}

impl Moved {
    fn with_superseded(self, opened: &Opened, older: Option<Instance>) -> Self {
        let Some(older) = older else { return self };
        let older = Instance { revision: opened.revision(), ..older };
        let kept = instances::keep(self.kept, &older);
        let data = json!({ "superseded_by": older.superseded_by });
        let kept = kept.event("poa.instance.superseded.v1", older.id.to_string(), data);
        Self { kept, ..self }
    }

    fn decide(self) -> Result<Decision, Failure> {
        self.kept.decide(self.answer)
    }
}
