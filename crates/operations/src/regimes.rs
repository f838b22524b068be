//! The rule set of a legal regime as operations need it: asked about a request of the bank wing,
//! with what the day of its end client holds.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Change, Decision, commit, open},
    desk::Desk,
    failure::Failure,
    programs, shelf,
};
use poa_formula::{Date, Money, Program};
use poa_protocol::{
    client_day::{ClientDay, Standing},
    contour::{Known, RuleSet, Used, asks_for_day, examine},
    event::{NewEvent, Wing},
    ids::TokenizationId,
    instance::Instance,
    partition::Partition,
    party::Party,
    refusal::{Fault, Refusal},
    timestamp::Timestamp,
    tokenization::{NewTokenization, RegimeFacts, State, Tokenization, TokenizationRefusal},
};
use serde_json::json;
use std::collections::BTreeMap;

/// What the rule set of the instance says about a request now. Nothing where the instance names
/// none, or where the request does not pass the contour at all.
pub(crate) async fn ask(
    desk: &Desk,
    tokenization: &Tokenization,
    (bank, instance): (&Party, &Instance),
    (valuation, evidence): (Option<Money>, &BTreeMap<String, Date>),
    now: Timestamp,
) -> Result<Option<RegimeFacts>, Failure> {
    let (Wing::Bank, Some(pinned)) = (tokenization.wing, &instance.rule_set) else {
        return Ok(None);
    };
    let version = shelf::version(desk, &pinned.product, pinned.version).await?;
    if version.is_none_or(|version| version.usable().is_err()) {
        let decision = pinned.withdrawn(&instance.regime);
        return Ok(Some(RegimeFacts { evidence: Vec::new(), decision }));
    }
    let program = programs::rule_set(desk, pinned).await?;
    let mut used = None;
    if tokenization.counts_for().is_some() && asks_for_day(&program) {
        used = reserve(desk, tokenization, valuation).await?;
        if used.is_none() {
            let decision = pinned.day_full(&instance.regime);
            return Ok(Some(RegimeFacts { evidence: Vec::new(), decision }));
        }
    }
    let known = Known {
        bank,
        country: instance.country(),
        side: tokenization.side,
        for_client: tokenization.end_client_hash.is_some(),
        valuation,
        used,
        now,
    };
    let regime = (instance.regime.as_str(), pinned);
    let decision = examine(&program, regime, &tokenization.statements, evidence, &known);
    Ok(Some(RegimeFacts { evidence: program.evidence().to_vec(), decision }))
}

/// The rule set that a request of this party has to fit, if there is one.
pub(crate) async fn of_request(
    desk: &Desk,
    party: &Party,
    instance: &Instance,
) -> Result<Option<std::sync::Arc<Program>>, Failure> {
    match &instance.rule_set {
        Some(pinned) if party.wing() == Wing::Bank => {
            Ok(Some(programs::rule_set(desk, pinned).await?))
        }
        Some(_) | None => Ok(None),
    }
}

/// Refuses statements that the rule set does not ask for, and those that do not fit.
pub(crate) fn check_statements(
    program: &Program,
    new: &NewTokenization,
    (bank, instance): (&Party, &Instance),
    now: Timestamp,
) -> Result<(), Refusal> {
    let known = Known {
        bank,
        country: instance.country(),
        side: new.side,
        for_client: new.end_client_hash.is_some(),
        valuation: None,
        used: None,
        now,
    };
    let found = RuleSet::faults(program, &new.statements, &known).into_iter();
    let fault = |one: poa_formula::InputFault| {
        Fault::new(format!("/statements{}", one.pointer), &one.code, one.message)
    };
    let faults: Vec<Fault> = found.map(fault).collect();
    if faults.is_empty() {
        return Ok(());
    }
    let refusal = TokenizationRefusal::StatementsInvalid { count: faults.len() };
    Err(Refusal::from(refusal).with_faults(faults))
}

/// Reserves a request on the day of its end client, before its own commit. The same request again
/// changes nothing but its value. Nothing where the book of the day is full.
async fn reserve(
    desk: &Desk,
    tokenization: &Tokenization,
    value: Option<Money>,
) -> Result<Option<Used>, Failure> {
    let Some(partition) = day(tokenization) else { return Ok(None) };
    let id = &tokenization.id;
    change(desk, &partition, id, ("poa.client-day.reserved.v1", value), |book| {
        book.reserve(id, value)
    })
    .await?;
    let book: Option<ClientDay> = open(desk, &partition).await?.state()?;
    Ok(book.and_then(|book| book.used(id)))
}

/// Resolves the reservation of a request that has come to its end. Doing it twice does nothing
/// more.
pub(crate) async fn resolve(desk: &Desk, tokenization: &Tokenization) -> Result<(), Failure> {
    let Some(partition) = day(tokenization) else { return Ok(()) };
    let (event, to) = if tokenization.state == State::Issued {
        ("poa.client-day.kept.v1", Standing::Kept)
    } else {
        ("poa.client-day.released.v1", Standing::Released)
    };
    let id = &tokenization.id;
    change(desk, &partition, id, (event, None), |book| book.resolve(id, to)).await
}

fn day(tokenization: &Tokenization) -> Option<Partition> {
    let client = tokenization.counts_for()?;
    let day = tokenization.created_at.date().to_string();
    Some(Partition::client_day(&tokenization.party, client, &day))
}

/// Changes the book of a day; nothing is written where it stays as it is.
async fn change(
    desk: &Desk,
    partition: &Partition,
    id: &TokenizationId,
    (event_type, value): (&'static str, Option<Money>),
    changed: impl Fn(ClientDay) -> Option<ClientDay> + Send + Sync,
) -> Result<(), Failure> {
    let (asked, changed) = (&Asked::by_the_system(()), &changed);
    let kept = commit(desk, asked, partition, |opened| async move {
        let before: ClientDay = opened.state()?.unwrap_or_default();
        let answer = Answer::new(Outcome::Done, &json!({}))?;
        let Some(after) = changed(before.clone()).filter(|after| *after != before) else {
            return Ok(Decision::Nothing(answer));
        };
        let state = serde_json::to_value(&after).map_err(Failure::broken)?;
        let data = json!({ "value": value });
        let event = NewEvent { event_type, subject: id.to_string(), data, wake: None };
        let (items, events) = (Vec::new(), vec![event]);
        Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
    });
    kept.await.map(|_| ())
}
