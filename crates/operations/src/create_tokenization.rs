//! Takes in a tokenization: typed data, its hash, the soft commitment. The pipeline does the rest.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Opened, commit},
    desk::Desk,
    failure::Failure,
    instances, parties, programs, regimes,
    tokenization_facts::declared,
    tokenizations::{Kept, Sight, actor, tokenizes},
};
use poa_formula::Program;
use poa_protocol::{
    evidence::{self, Evidence},
    ids::{EvidenceId, Home, TokenizationId},
    instance::Instance,
    limits,
    partition::{Partition, thing_home},
    party::{Party, PartyRefusal},
    refusal::{Fault, Refusal},
    request::RequestRefusal,
    side::Side,
    thing::Thing,
    timestamp::Timestamp,
    tokenization::{
        NewTokenization, Received, Tokenization, TokenizationRefusal, data_faults, hash_data,
    },
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Takes in a tokenization of the caller's party.
pub async fn create_tokenization(
    desk: &Desk,
    asked: Asked<NewTokenization>,
) -> Result<Answer, Failure> {
    let asked = &asked;
    let party = asked.by()?.party.as_ref().ok_or(PartyRefusal::Unknown)?;
    let party = &parties::load(desk, party).await?.ok_or(PartyRefusal::Unknown)?;
    let home = &thing_home(&party.id, &party.salt, &asked.body.reference);
    let id = &TokenizationId::new(desk.ids.ulid(), home);
    commit(desk, asked, &Partition::thing(home), |opened| async move {
        let received = receive(desk, asked, (party, home, id), &opened).await?;
        let thing: Option<Thing> = opened.state()?;
        let thing = thing.unwrap_or_else(|| {
            Thing::new(party.id.clone(), received.reference.clone(), party.wing())
        });
        Kept::received(thing.begin(id.clone())?, received).decide(
            &opened,
            Sight::Whole,
            Outcome::Accepted,
        )
    })
    .await
}

async fn receive(
    desk: &Desk,
    asked: &Asked<NewTokenization>,
    (party, home, id): (&Party, &Home, &TokenizationId),
    opened: &Opened,
) -> Result<Tokenization, Failure> {
    let (caller, new, now) = (asked.by()?, asked.body.clone(), opened.now);
    party.may_act(now)?;
    if !tokenizes(caller, new.side) {
        return Err(TokenizationRefusal::SideNotYours { side: new.side.as_str() }.into());
    }
    let instance = instances::load(desk, &new.instance).await?;
    let instance = instance.filter(|instance| instance.visible_to(caller)).ok_or_else(|| {
        TokenizationRefusal::UnknownInstance { instance: new.instance.to_string() }
    })?;
    instance.takes(new.side, now)?;
    let program = programs::effective(desk, &instance).await?;
    let rule_set = regimes::of_request(desk, party, &instance).await?;
    let data_hash = check(&new, (&program, rule_set.as_deref()), now)?;
    if let Some(rule_set) = &rule_set {
        regimes::check_statements(rule_set, &new, (party, &instance), now)?;
    }
    let evidence = new
        .evidence
        .iter()
        .map(|one| Evidence::new(EvidenceId::new(desk.ids.ulid(), home), one.clone(), now));
    let evidence = evidence.collect();
    let actor = actor(caller, party, now);
    Ok(Tokenization::receive(received(id, &instance, new, (evidence, data_hash)), party, &actor))
}

fn received(
    id: &TokenizationId,
    instance: &Instance,
    asked: NewTokenization,
    (evidence, data_hash): (Vec<Evidence>, String),
) -> Received {
    Received {
        id: id.clone(),
        instance: instance.id.clone(),
        product: instance.product.clone(),
        version: instance.version,
        effective_hash: instance.effective_hash.clone(),
        asked,
        evidence,
        data_hash,
    }
}

/// Checks every field, and hashes the data.
fn check(
    new: &NewTokenization,
    (program, rule_set): (&Program, Option<&Program>),
    now: Timestamp,
) -> Result<String, Failure> {
    let limit = limits::EVIDENCE_PER_TOKENIZATION_MAX;
    if new.evidence.len() > limit {
        return Err(TokenizationRefusal::TooMuchEvidence { limit }.into());
    }
    let mut faults = new.faults();
    let mut names = declared(program).evidence_names();
    names.extend(rule_set.iter().flat_map(|set| set.evidence()).map(|one| one.name.clone()));
    faults.extend(evidence::faults("/evidence", &new.evidence, &names, now));
    let hash = checked_data(&new.data, (program, new.side), now);
    if faults.is_empty() {
        return hash;
    }
    let refusal = RequestRefusal::Invalid { count: faults.len() };
    Err(Refusal::from(refusal).with_faults(faults).into())
}

/// The hash of data that fits what the program asks of a side.
pub(crate) fn checked_data(
    data: &Map<String, Value>,
    (program, side): (&Program, Side),
    now: Timestamp,
) -> Result<String, Failure> {
    let mut faults = data_faults(data);
    if faults.is_empty()
        && let Err(found) = program.read_inputs_of(side.into(), data, now.date(), &BTreeMap::new())
    {
        let fault = |one: poa_formula::InputFault| {
            Fault::new(format!("/data{}", one.pointer), &one.code, one.message)
        };
        faults = found.into_iter().map(fault).collect();
    }
    if !faults.is_empty() {
        let refusal = TokenizationRefusal::DataInvalid { count: faults.len() };
        return Err(Refusal::from(refusal).with_faults(faults).into());
    }
    hash_data(data).ok_or_else(|| Failure::broken("data without a canonical form"))
}
