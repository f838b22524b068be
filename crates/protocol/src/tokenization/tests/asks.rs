//! What people and parties may ask, in order of precedence.

use super::*;
use crate::{
    limits,
    refusal::Refusal,
    tokenization::{Ended, State},
};

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    result.unwrap_err().code
}

fn ended(tokenization: &Tokenization) -> Tokenization {
    tokenization.clone().apply(Step::Ended(Ended::Expired), at(NOW))
}

#[test]
fn an_attestation_is_refused_in_order_of_precedence() {
    let facts = facts(Wing::NonBank);
    let open = received(Wing::NonBank, asked());
    let new = |check: &str, data_hash: &str| NewAttestation {
        check: check.into(),
        satisfied: true,
        statement: Some("x".repeat(limits::TEXT_BYTES_MAX)),
        evidence_sha256: Some("a".repeat(64)),
        valid_until: Some(at("2026-11-22T09:00:00.001Z")),
        data_hash: data_hash.into(),
    };
    let hash = open.data_hash.clone();
    let attest = |to: &Tokenization, party: PartyId, new: NewAttestation| {
        let rules = (&facts.terms, &facts.declared);
        to.attest(statement_id(1), new, &actor("x", party), rules)
    };
    let own = open.party.clone();
    assert_eq!(
        code(attest(&ended(&open), own.clone(), new("NONE", "old"))),
        "tokenization.settled"
    );
    assert_eq!(code(attest(&open, own, new("NONE", "old"))), "tokenization.own-party");
    let v1 = || outside("V1");
    for (check, data_hash, expected) in [
        ("NONE", "old", "tokenization.unknown-check"),
        ("INT", "old", "tokenization.internal-check"),
        ("BOOKS", "old", "tokenization.not-named"),
        ("SURVEY", "old", "tokenization.other-data"),
    ] {
        assert_eq!(code(attest(&open, v1(), new(check, data_hash))), expected);
    }
    assert!(attest(&open, v1(), new("SURVEY", &hash)).is_ok());
    for broken in [
        NewAttestation { valid_until: Some(at(NOW)), ..new("SURVEY", &hash) },
        NewAttestation { evidence_sha256: Some("g".repeat(64)), ..new("SURVEY", &hash) },
        NewAttestation { statement: Some("x".repeat(4_097)), ..new("SURVEY", &hash) },
    ] {
        assert_eq!(code(attest(&open, v1(), broken)), "request.invalid");
    }
    let mut full = open;
    for number in 0..u64::try_from(limits::STATEMENTS_PER_TOKENIZATION_MAX).unwrap() {
        let step = said(&full, &facts, ("SURVEY", "V1"), true, number);
        full = full.apply(step, at(NOW));
    }
    assert_eq!(code(attest(&full, v1(), new("SURVEY", &hash))), "tokenization.too-many-statements");
}

#[test]
fn a_sign_off_is_refused_in_order_of_precedence() {
    let facts = facts(Wing::NonBank);
    let open = received(Wing::NonBank, asked());
    let sign = |to: &Tokenization, actor: &Actor, document: &str, data_hash: &str| {
        let new = NewSignOff {
            document: document.into(),
            sha256: "a".repeat(64),
            valid_until: None,
            data_hash: data_hash.into(),
        };
        to.sign_off(statement_id(1), new, actor, (&facts.terms, &facts.declared))
    };
    let own = Actor { country: "FR".into(), ..actor("x", open.party.clone()) };
    let far = Actor { country: "FR".into(), ..actor("x", outside("L1")) };
    let officer = actor("x", outside("L1"));
    assert_eq!(code(sign(&ended(&open), &own, "NONE", "old")), "tokenization.settled");
    assert_eq!(code(sign(&open, &own, "NONE", "old")), "tokenization.own-party");
    assert_eq!(code(sign(&open, &far, "NONE", "old")), "tokenization.other-jurisdiction");
    assert_eq!(code(sign(&open, &officer, "NONE", "old")), "tokenization.unknown-document");
    assert_eq!(code(sign(&open, &officer, "TITLE", "old")), "tokenization.other-data");
    assert!(sign(&open, &officer, "TITLE", &open.data_hash).is_ok());
}

#[test]
fn an_approval_is_refused_in_order_of_precedence() {
    let mut facts = bare();
    let open = received(Wing::NonBank, asked());
    facts.terms.approvals_required = 2;
    let (proposed, _) = run(&open, &facts);
    let approve = |to: &Tokenization, actor: &Actor, hash: &str| {
        to.approve(ApprovalDecision::Approve, hash, actor)
    };
    let second = actor("second", open.party.clone());
    let program = Actor { program: true, ..actor("maker", open.party.clone()) };
    let maker = actor("maker", open.party.clone());
    assert_eq!(code(approve(&ended(&open), &program, "old")), "tokenization.settled");
    assert_eq!(code(approve(&open, &program, "old")), "tokenization.program-approves");
    assert_eq!(code(approve(&open, &maker, "old")), "tokenization.maker-approves");
    assert_eq!(code(approve(&open, &second, "old")), "tokenization.no-proposal");
    assert_eq!(code(approve(&proposed, &second, "old")), "tokenization.other-data");
    let once = proposed.clone().apply(approval(&proposed, "second"), at(NOW));
    let hash = once.data_hash.clone();
    assert_eq!(code(approve(&once, &second, &hash)), "tokenization.approved-before");
}

#[test]
fn who_changed_the_data_cannot_approve_it_either() {
    let mut facts = bare();
    facts.terms.approvals_required = 1;
    let open = received(Wing::NonBank, asked());
    let changer = actor("changer", open.party.clone());
    let hash = hash_data(&data("2")).unwrap();
    let step = open.change_data(data("2"), hash, &changer).unwrap();
    let (proposed, _) = run(&open.apply(step, at(NOW)), &facts);
    for name in ["maker", "changer"] {
        let actor = actor(name, proposed.party.clone());
        let hash = proposed.data_hash.clone();
        let refused = proposed.approve(ApprovalDecision::Approve, &hash, &actor);
        assert_eq!(code(refused), "tokenization.maker-approves");
    }
}

#[test]
fn only_its_maker_takes_a_statement_back_and_only_once() {
    let facts = facts(Wing::NonBank);
    let open = received(Wing::NonBank, asked());
    let step = said(&open, &facts, ("SURVEY", "V1"), true, 1);
    let open = open.apply(step, at(NOW));
    let (id, v1) = (statement_id(1), actor("other person", outside("V1")));
    assert_eq!(
        code(open.revoke(&id, &actor("x", outside("V2")))),
        "tokenization.unknown-statement"
    );
    assert_eq!(code(open.revoke(&statement_id(2), &v1)), "tokenization.unknown-statement");
    let step = open.revoke(&id, &v1).unwrap();
    assert_eq!(code(ended(&open).revoke(&id, &v1)), "tokenization.settled");
    let open = open.apply(step, at(NOW));
    assert_eq!(code(open.revoke(&id, &v1)), "tokenization.already-revoked");
}

#[test]
fn evidence_is_bounded_and_named_once() {
    let declared = declared();
    let open = received(Wing::NonBank, asked());
    let add = |to: &Tokenization, new: Vec<NewEvidence>| {
        let ids = (0..new.len()).map(|_| EvidenceId::new(Ulid::from_parts(7, 7), &home()));
        to.add_evidence(new.clone(), ids.collect(), &declared.evidence_names(), at(NOW))
    };
    let numbered = |number: usize| NewEvidence { sha256: format!("{number:064}"), ..deed() };
    assert_eq!(code(add(&ended(&open), vec![])), "tokenization.settled");
    assert_eq!(code(add(&open, vec![])), "request.invalid");
    assert_eq!(code(add(&open, vec![deed()])), "request.invalid");
    let room = limits::EVIDENCE_PER_TOKENIZATION_MAX - open.evidence.len();
    assert!(add(&open, (0..room).map(numbered).collect()).is_ok());
    let more = (0..=room).map(numbered).collect();
    assert_eq!(code(add(&open, more)), "tokenization.too-much-evidence");
}

#[test]
fn what_has_ended_is_neither_cancelled_nor_retried_nor_changed() {
    let open = received(Wing::NonBank, asked());
    let maker = actor("maker", open.party.clone());
    let over = ended(&open);
    assert_eq!(code(over.cancel(None)), "tokenization.settled");
    assert_eq!(code(over.retry()), "tokenization.settled");
    assert_eq!(code(over.change_data(data("2"), "h".into(), &maker)), "tokenization.settled");
    assert_eq!(code(open.retry()), "tokenization.not-failed");
    let same = open.data_hash.clone();
    assert_eq!(code(open.change_data(data("1"), same, &maker)), "tokenization.same-data");
    let cancelled = open.clone().apply(open.cancel(None).unwrap(), at(NOW));
    assert_eq!(cancelled.state, State::Cancelled);
}

#[test]
fn the_fields_of_a_request_are_bounded_at_both_edges() {
    let pointer = |asked: NewTokenization| {
        asked.faults().into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
    };
    let share = |text: &str| Some(text.parse::<Dec>().unwrap());
    for fine in [
        asked(),
        NewTokenization { reference: "x".repeat(256), ..asked() },
        NewTokenization { wait_days: Some(1), ..asked() },
        NewTokenization { wait_days: Some(90), ..asked() },
        NewTokenization { share: share("0.000000000000000001"), ..asked() },
        NewTokenization { share: share("1"), ..asked() },
        NewTokenization { end_client_hash: Some("0".repeat(64)), ..asked() },
    ] {
        assert!(pointer(fine).is_empty());
    }
    for (broken, expected) in [
        (NewTokenization { reference: String::new(), ..asked() }, "/reference"),
        (NewTokenization { reference: "x".repeat(257), ..asked() }, "/reference"),
        (NewTokenization { reference: " x".into(), ..asked() }, "/reference"),
        (NewTokenization { reference: "a\u{0}b".into(), ..asked() }, "/reference"),
        (NewTokenization { wait_days: Some(0), ..asked() }, "/wait_days"),
        (NewTokenization { wait_days: Some(91), ..asked() }, "/wait_days"),
        (NewTokenization { share: share("0"), ..asked() }, "/share"),
        (NewTokenization { share: share("1.000000000000000001"), ..asked() }, "/share"),
        (NewTokenization { share: share("0.0000000000000000001"), ..asked() }, "/share"),
        (NewTokenization { share: share("-0.5"), ..asked() }, "/share"),
        (NewTokenization { end_client_hash: Some("x".into()), ..asked() }, "/end_client_hash"),
    ] {
        assert_eq!(pointer(broken), [expected]);
    }
}
