//! What the operator's compliance does about a smart asset: one person orders a measure, another
//! carries it out or refuses it.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Change, Decision, Opened, commit, item, read_body},
    desk::Desk,
    failure::Failure,
    holders::other_may_act,
    ledger_items::{
        Found, MEASURE, account_id, account_item, asset_item, asset_tag, entry_event, head_of,
        measure_item,
    },
    pages::{PageView, PageWanted},
    ports::store::Search,
    redeem_units::lower_live_value,
};
use poa_protocol::{
    caller::Caller,
    event::NewEvent,
    fields::Fields,
    ids::{AssetId, MeasureId, PartyId},
    ledger::{Account, Asset, Enforced, LedgerRefusal, Measure, MeasureOrder, MeasureState},
    limits,
    partition::Partition,
    role::Role,
    thing::Thing,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// A measure as it is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMeasure {
    /// What is done.
    pub order: MeasureOrder,
    /// Why: 1 to 4,096 bytes.
    pub because: String,
}

/// What a second person says about a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureDecision {
    /// `carry_out` or `refuse`.
    pub decision: MeasureVerdict,
}

/// What can be said about a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasureVerdict {
    /// It is carried out.
    CarryOut,
    /// It is not.
    Refuse,
}

/// Orders a measure. A freeze is carried out at once; everything else waits for a second person.
pub async fn order_measure(
    desk: &Desk,
    asked: Asked<NewMeasure>,
    id: &AssetId,
) -> Result<Answer, Failure> {
    let mut fields = Fields::default();
    fields.text("/because", &asked.body.because, limits::TEXT_BYTES_MAX);
    fields.finish()?;
    let measure = &MeasureId::new(desk.ids.ulid(), &id.home());
    let asked = &asked;
    commit(desk, asked, &Partition::thing(&id.home()), |opened| async move {
        let caller = officer(asked)?;
        let mut found = Found::read(desk, &opened.partition, &[id.as_str()]).await?;
        let asset: Asset = found.take(id.as_str())?.ok_or_else(|| not_found(id))?;
        let NewMeasure { order, because } = asked.body.clone();
        let ordered = Measure {
            id: measure.clone(),
            asset: asset.id.clone(),
            order,
            because,
            ordered_by: caller.person.clone(),
            ordered_at: opened.now,
            state: MeasureState::Ordered,
            revision: 0,
        };
        if ordered.order.is_urgent() {
            let (by, now) = (caller.person.clone(), opened.now);
            let done = ordered.carry_out(&asset, (None, None), by, now)?;
            return keep_enforced(&opened, done, Outcome::Created);
        }
        keep(&opened, ordered, "poa.measure.ordered.v1", Outcome::Created)
    })
    .await
}

/// Carries a measure out, or refuses it, as a second person of the operator's compliance.
pub async fn decide_measure(
    desk: &Desk,
    asked: Asked<MeasureDecision>,
    id: &MeasureId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &Partition::thing(&id.home()), |opened| async move {
        let by = officer(asked)?.person.clone();
        let measure: Option<Measure> = item(desk, &opened.partition, id.as_str()).await?;
        let measure = measure.ok_or_else(|| not_found(id))?;
        asked.has_seen(measure.revision)?;
        if asked.body.decision == MeasureVerdict::Refuse {
            let refused = measure.refuse(by, opened.now)?;
            return keep(&opened, refused, "poa.measure.refused.v1", Outcome::Done);
        }
        if let Some(to) = measure.order.to() {
            other_may_act(desk, to, opened.now).await?;
        }
        let of = |owner: Option<&PartyId>| owner.map(|owner| account_id(&measure.asset, owner));
        let (from_id, to_id) = (of(measure.order.from()), of(measure.order.to()));
        let mut ids = vec![measure.asset.as_str()];
        ids.extend(from_id.as_deref().into_iter().chain(to_id.as_deref()));
        let mut found = Found::read(desk, &opened.partition, &ids).await?;
        let asset: Option<Asset> = found.take(measure.asset.as_str())?;
        let asset = asset.ok_or_else(|| not_found(&measure.asset))?;
        let from = from_id.map_or(Ok(None), |id| found.take::<Account>(&id))?;
        let to = to_id.map_or(Ok(None), |id| found.take::<Account>(&id))?;
        let fresh = || measure.order.to().map(|to| Account::empty(&asset.id, to));
        let to = to.or_else(fresh);
        let accounts = (from.as_ref(), to.as_ref());
        let done = measure.clone().carry_out(&asset, accounts, by, opened.now)?;
        keep_enforced(&opened, done, Outcome::Done)
    })
    .await
}

/// Reads a measure: for the operator's compliance and auditors, and for the parties whose units it
/// takes or gives.
pub async fn read_measure(desk: &Desk, caller: &Caller, id: &MeasureId) -> Result<Answer, Failure> {
    let measure: Option<Measure> = item(desk, &Partition::thing(&id.home()), id.as_str()).await?;
    let told = |measure: &Measure| {
        let parties = [measure.order.from(), measure.order.to()];
        sees(caller) || parties.into_iter().flatten().any(|party| caller.is_of(party))
    };
    let measure = measure.filter(told).ok_or_else(|| not_found(id))?;
    Ok(Answer::new(Outcome::Done, &measure)?.revised(measure.revision))
}

/// Lists measures for the operator's compliance and auditors.
pub async fn list_measures(
    desk: &Desk,
    caller: &Caller,
    (asset, state): (Option<AssetId>, Option<&str>),
    page: PageWanted,
) -> Result<Answer, Failure> {
    if !sees(caller) {
        return Err(LedgerRefusal::OperatorsCompliance.into());
    }
    let state = state.map(|state| format!("state:{state}"));
    let tags = asset.as_ref().map(asset_tag).into_iter().chain(state).collect();
    let (kind, after, limit) = (MEASURE, page.after, page.limit);
    let search = Search { kind, partition: None, owner: None, tags, text: None, after, limit };
    let found = desk.store.list(&search).await?;
    let measures = found.items.into_iter().map(read_body).collect::<Result<_, _>>()?;
    Answer::new(Outcome::Done, &PageView::<Measure>::new(measures, found.next.as_deref()))
}

fn sees(caller: &Caller) -> bool {
    caller.reads_all() || (caller.operator && caller.has(Role::Compliance))
}

/// Every tenant grants roles to its own people: measures are for those of the operator.
fn officer<T>(asked: &Asked<T>) -> Result<&Caller, Failure> {
    let caller = asked.by()?;
    if caller.operator && !caller.program {
        Ok(caller)
    } else {
        Err(LedgerRefusal::OperatorsCompliance.into())
    }
}

fn keep(
    opened: &Opened,
    measure: Measure,
    event_type: &'static str,
    outcome: Outcome,
) -> Result<Decision, Failure> {
    let measure = Measure { revision: opened.revision(), ..measure };
    let items = vec![measure_item(&measure)?];
    let (events, answer) = (vec![event(&measure, event_type)], answer(&measure, outcome)?);
    let thing: Thing = head_of(opened)?;
    let state = serde_json::to_value(thing).map_err(Failure::broken)?;
    Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
}

fn keep_enforced(opened: &Opened, done: Enforced, outcome: Outcome) -> Result<Decision, Failure> {
    let revision = opened.revision();
    let measure = Measure { revision, ..done.measure };
    let mut items = vec![measure_item(&measure)?, asset_item(&done.asset, revision)?];
    for account in &done.accounts {
        items.push(account_item(account, revision)?);
    }
    let mut events = vec![event(&measure, "poa.measure.done.v1")];
    let mut thing: Thing = head_of(opened)?;
    if let Some(entry) = &done.entry {
        events.push(entry_event(entry)?);
        thing = lower_live_value(thing, &done.asset)?;
    }
    let answer = answer(&measure, outcome)?;
    let state = serde_json::to_value(thing).map_err(Failure::broken)?;
    Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
}

fn answer(measure: &Measure, outcome: Outcome) -> Result<Answer, Failure> {
    let answer = Answer::new(outcome, measure)?;
    Ok(answer.at(format!("measures/{}", measure.id)).revised(measure.revision))
}

/// The reason stays in the record: it can name people.
fn event(measure: &Measure, event_type: &'static str) -> NewEvent {
    let data = json!({ "asset": measure.asset, "order": measure.order });
    NewEvent { event_type, subject: measure.id.to_string(), data, wake: None }
}
