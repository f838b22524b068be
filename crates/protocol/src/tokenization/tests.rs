//! The pipeline's rules, as tables in order of precedence and as properties.

mod asks;
mod pipeline;
mod properties;
mod waits;

use super::{
    Actor, ApprovalDecision, Declared, Evaluated, Facts, InstanceStanding, Moved, NewAttestation,
    NewSignOff, NewTokenization, Received, Step, Terms, Tokenization, Verdict, WaitFor, advance,
    hash_data,
};
use crate::{
    caller::Person,
    contour::IfFailed,
    event::Wing,
    evidence::{Evidence, NewEvidence},
    ids::{AssetId, AttestationId, EvidenceId, Home, InstanceId, PartyId, TokenizationId},
    party::{Kyc, KycState, Licence, Party, PartyState},
    side::Side,
    thing::Thing,
    timestamp::Timestamp,
};
use poa_formula::{Attestor, Check, Dec, Legal, Money};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use ulid::Ulid;

pub(super) const NOW: &str = "2026-11-22T09:00:00Z";
pub(super) const HASH: &str = "sha256:program";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn person(name: &str) -> Person {
    Person { tenant: "t".into(), object: name.into() }
}

pub(super) fn home() -> Home {
    Home::of(&["home"])
}

pub(super) fn outside(name: &str) -> PartyId {
    PartyId::of_lei(name)
}

pub(super) fn statement_id(number: u64) -> AttestationId {
    AttestationId::new(Ulid::from_parts(number, 0), &home())
}

pub(super) fn party(wing: Wing) -> Party {
    let until = Some(at("2028-01-01T00:00:00Z"));
    Party {
        id: PartyId::of_lei("529900T8BM49AURSDO55"),
        lei: "529900T8BM49AURSDO55".into(),
        name: "Originator".into(),
        country: "DE".into(),
        kind: wing,
        state: PartyState::Active,
        kyc: Kyc { state: KycState::Verified, valid_until: until },
        licence: (wing == Wing::Bank).then(|| Licence {
            authority: "BaFin".into(),
            number: "1".into(),
            valid_until: until,
        }),
        tenants: Vec::new(),
        salt: "salt".into(),
        revision: 1,
    }
}

pub(super) fn check(code: &str, by: Attestor, mandatory: bool) -> Check {
    let weight: Dec = if mandatory { Dec::ONE } else { "0.2".parse().unwrap() };
    Check { code: code.into(), text: code.into(), by, weight, mandatory, max_age_days: Some(30) }
}

/// A program with every kind of link: evidence, checks of every kind, a legal document.
pub(super) fn declared() -> Declared {
    Declared {
        formula_hash: HASH.into(),
        evidence: vec![poa_formula::Evidence { name: "deed".into(), max_age_days: Some(90) }],
        checks: vec![
            check("INT", Attestor::Internal, true),
            check("SURVEY", Attestor::Verifier, true),
            check("SENSOR", Attestor::Verifier, false),
            check("BOOKS", Attestor::Auditor, true),
        ],
        legal: vec![Legal { code: "TITLE".into(), text: "Title".into(), max_age_days: Some(60) }],
    }
}

pub(super) fn terms() -> Terms {
    Terms {
        standing: InstanceStanding::Active,
        effective_from: Some(at("2026-01-01T00:00:00Z")),
        effective_until: Some(at("2027-01-01T00:00:00Z")),
        country: "DE".into(),
        approvals_required: 0,
        verifiers: vec![outside("V1"), outside("V2")],
        auditors: vec![outside("A1")],
        certified_hash: Some("sha256:content".into()),
    }
}

pub(super) fn evaluated() -> Evaluated {
    Evaluated {
        verdict: Verdict::Eligible,
        reasons: Vec::new(),
        checks: BTreeMap::from([("INT".to_owned(), true)]),
        valuation: Some(Money::parse("1000.00", "EUR").unwrap()),
        units: Some(1_000),
        decimals: Some(0),
        outputs: json!({}),
    }
}

pub(super) fn facts(wing: Wing) -> Facts {
    let party = party(wing);
    Facts {
        now: at(NOW),
        thing: Thing::new(party.id.clone(), "INV-7".into(), wing),
        party,
        terms: terms(),
        declared: declared(),
        evaluated: evaluated(),
        regime: None,
        documents: BTreeSet::new(),
        asset: AssetId::new(Ulid::from_parts(9, 9), &home()),
    }
}

pub(super) fn bare() -> Facts {
    let declared = Declared { formula_hash: HASH.into(), ..Declared::default() };
    Facts { declared, ..facts(Wing::NonBank) }
}

pub(super) fn data(face: &str) -> Map<String, Value> {
    Map::from_iter([("face".to_owned(), json!(face))])
}

pub(super) fn deed() -> NewEvidence {
    NewEvidence {
        name: "deed".into(),
        sha256: "d".repeat(64),
        media_type: "application/pdf".into(),
        issued_at: at("2026-11-01T00:00:00Z"),
        issuer: "Grundbuchamt".into(),
        valid_until: None,
    }
}

pub(super) fn asked() -> NewTokenization {
    NewTokenization {
        instance: InstanceId::new(Ulid::from_parts(1, 1), &home()),
        side: Side::Originator,
        reference: "INV-7".into(),
        data: data("1"),
        evidence: Vec::new(),
        end_client_hash: None,
        statements: Map::new(),
        if_failed: IfFailed::Reject,
        wait_for: WaitFor::All,
        wait_days: None,
        share: None,
    }
}

pub(super) fn actor(name: &str, party: PartyId) -> Actor {
    Actor { person: person(name), party, country: "DE".into(), program: false, now: at(NOW) }
}

/// A tokenization with its deed, whose bytes are there.
pub(super) fn received(wing: Wing, asked: NewTokenization) -> Tokenization {
    let party = party(wing);
    let id = EvidenceId::new(Ulid::from_parts(2, 2), &home());
    let mut evidence = Evidence::new(id, deed(), at(NOW));
    evidence.present = true;
    let received = Received {
        id: TokenizationId::new(Ulid::from_parts(3, 3), &home()),
        instance: asked.instance.clone(),
        product: "loan".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        effective_hash: HASH.into(),
        data_hash: hash_data(&asked.data).unwrap(),
        evidence: vec![evidence],
        asked,
    };
    Tokenization::receive(received, &party, &actor("maker", party.id.clone()))
}

/// Runs the pipeline and applies what it decides; running it again decides nothing.
pub(super) fn run(tokenization: &Tokenization, facts: &Facts) -> (Tokenization, Vec<Step>) {
    let steps = advance(tokenization, facts);
    let after = applied(tokenization, &steps, facts.now);
    assert_eq!(advance(&after, facts), [], "a second run has nothing to do");
    (after, steps)
}

pub(super) fn applied(from: &Tokenization, steps: &[Step], now: Timestamp) -> Tokenization {
    steps.iter().fold(from.clone(), |reached, step| reached.apply(step.clone(), now))
}

/// The verbs of the events of some steps.
pub(super) fn verbs(steps: &[Step], after: &Tokenization) -> Vec<String> {
    let verb = |step: &Step| {
        let event = step.event(after).event_type;
        event.trim_start_matches("poa.tokenization.").trim_end_matches(".v1").to_owned()
    };
    steps.iter().map(verb).collect()
}

/// Something that an outside party or a legal officer says, as a step.
pub(super) fn said(
    tokenization: &Tokenization,
    facts: &Facts,
    (code, party): (&str, &str),
    satisfied: bool,
    number: u64,
) -> Step {
    let actor = Actor { now: facts.now, ..actor(party, outside(party)) };
    let rules = (&facts.terms, &facts.declared);
    let (id, data_hash) = (statement_id(number), tokenization.data_hash.clone());
    if code == "TITLE" {
        let (document, sha256) = (code.to_owned(), "e".repeat(64));
        let new = NewSignOff { document, sha256, valid_until: None, data_hash };
        return tokenization.sign_off(id, new, &actor, rules).unwrap();
    }
    let new = NewAttestation {
        check: code.to_owned(),
        satisfied,
        statement: None,
        evidence_sha256: None,
        valid_until: None,
        data_hash,
    };
    tokenization.attest(id, new, &actor, rules).unwrap()
}

/// Everything that the full program asks of others.
pub(super) const EVERYTHING: [(&str, &str); 4] =
    [("SURVEY", "V1"), ("SENSOR", "V2"), ("BOOKS", "A1"), ("TITLE", "L1")];

pub(super) fn with_everything_said(tokenization: &Tokenization, facts: &Facts) -> Tokenization {
    let mut reached = tokenization.clone();
    for (number, what) in (1_u64..).zip(EVERYTHING) {
        let step = said(&reached, facts, what, true, number);
        reached = reached.apply(step, facts.now);
    }
    reached
}

pub(super) fn approval(tokenization: &Tokenization, name: &str) -> Step {
    let actor = actor(name, tokenization.party.clone());
    let hash = tokenization.data_hash.clone();
    tokenization.approve(ApprovalDecision::Approve, &hash, &actor).unwrap()
}

pub(super) fn issued_value(tokenization: &Tokenization) -> Option<String> {
    tokenization.issued.as_ref().map(|issued| issued.value.to_string())
}

pub(super) fn is_link_broken(step: &Step) -> bool {
    matches!(step, Step::Moved(Moved::LinkBroken { .. }))
}
