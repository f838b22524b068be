//! What a tokenization waits for, for how long, and what breaks it.

use super::*;
use crate::tokenization::{By, DemandKind, State};

fn demanded(tokenization: &Tokenization) -> Vec<(&str, bool)> {
    tokenization.demands.iter().map(|one| (one.code.as_str(), one.mandatory)).collect()
}

#[test]
fn evidence_is_asked_for_first_then_everything_from_outside_at_once() {
    let facts = facts(Wing::NonBank);
    let mut tokenization = received(Wing::NonBank, asked());
    tokenization.evidence[0].present = false;
    let (waiting, _) = run(&tokenization, &facts);
    assert_eq!(waiting.state, State::AwaitingEvidence);
    assert_eq!(demanded(&waiting), [("deed", true)]);
    let facts = Facts { documents: BTreeSet::from(["d".repeat(64)]), ..facts };
    let (waiting, steps) = run(&waiting, &facts);
    assert_eq!(verbs(&steps, &waiting), ["evidence-arrived", "waiting"]);
    assert_eq!(waiting.state, State::AwaitingAttestation);
    let expected = [("SURVEY", true), ("SENSOR", false), ("BOOKS", true), ("TITLE", true)];
    assert_eq!(demanded(&waiting), expected);
    assert_eq!(waiting.demands[3].kind, DemandKind::SignOff);
    assert_eq!(waiting.demands[3].by, By::LegalOfficers { country: "DE".into() });
    let deadline = facts.now.plus_days(90);
    assert!(waiting.demands.iter().all(|one| one.deadline == deadline));
    assert_eq!(waiting.wait_until, Some(deadline));
}

#[test]
fn everything_said_leads_to_an_issue() {
    let facts = facts(Wing::NonBank);
    let (waiting, _) = run(&received(Wing::NonBank, asked()), &facts);
    let (after, steps) = run(&with_everything_said(&waiting, &facts), &facts);
    let expected = ["validated", "audited", "cleared", "proposed", "approved", "issued"];
    assert_eq!(verbs(&steps, &after), expected);
    assert_eq!(issued_value(&after).unwrap(), "EUR 1000.00");
    let proven = after.links.validation.unwrap();
    assert_eq!(proven.findings.len(), 4);
    // The attestations hold for 30 days, the last of which counts.
    assert_eq!(proven.valid_until, Some(at("2026-12-23T00:00:00Z")));
}

#[test]
fn at_the_deadline_optional_checks_are_given_up_and_mandatory_ones_expire() {
    let mut facts = facts(Wing::NonBank);
    facts.declared.checks =
        vec![check("SURVEY", Attestor::Verifier, true), check("SENSOR", Attestor::Verifier, false)];
    facts.declared.legal = Vec::new();
    let asked = NewTokenization { wait_days: Some(10), ..asked() };
    let (waiting, _) = run(&received(Wing::NonBank, asked), &facts);
    let deadline = facts.now.plus_days(10);
    assert_eq!(waiting.wait_until, Some(deadline));
    let survey = said(&waiting, &facts, ("SURVEY", "V1"), true, 1);
    let surveyed = run(&waiting.clone().apply(survey, facts.now), &facts).0;
    assert_eq!(surveyed.wait_until, Some(deadline), "the same wait has the same deadline");

    let before = Facts { now: Timestamp::from_millis(deadline.millis() - 1), ..facts.clone() };
    assert_eq!(run(&waiting, &before).1, []);
    assert_eq!(run(&surveyed, &before).1, []);

    let on_time = Facts { now: deadline, ..facts };
    let (expired, _) = run(&waiting, &on_time);
    assert_eq!(expired.state, State::Expired);
    assert_eq!(expired.exit.unwrap().reasons[0].code, "SURVEY");
    let (issued, steps) = run(&surveyed, &on_time);
    assert_eq!(verbs(&steps[..2], &issued), ["given-up", "validated"]);
    assert_eq!(issued_value(&issued).unwrap(), "EUR 800.00");
}

#[test]
fn a_request_may_choose_to_wait_for_mandatory_checks_only() {
    let mut facts = facts(Wing::NonBank);
    facts.declared.legal = Vec::new();
    let asked = NewTokenization { wait_for: WaitFor::Mandatory, ..asked() };
    let (mut reached, _) = run(&received(Wing::NonBank, asked), &facts);
    assert!(demanded(&reached).contains(&("SENSOR", false)), "it is asked for all the same");
    for (number, what) in (1_u64..).zip([("SURVEY", "V1"), ("BOOKS", "A1")]) {
        let step = said(&reached, &facts, what, true, number);
        reached = run(&reached.apply(step, facts.now), &facts).0;
    }
    assert_eq!(issued_value(&reached).unwrap(), "EUR 800.00");
}

#[test]
fn one_no_outweighs_every_yes_and_the_last_word_of_a_party_counts() {
    let mut facts = facts(Wing::NonBank);
    facts.declared.checks = vec![check("SENSOR", Attestor::Verifier, false)];
    facts.declared.legal = Vec::new();
    for (words, expected) in [
        (vec![("V1", true), ("V2", true)], "EUR 1000.00"),
        (vec![("V1", true), ("V2", false)], "EUR 800.00"),
        (vec![("V1", false), ("V1", true)], "EUR 1000.00"),
        (vec![("V1", true), ("V1", false), ("V2", true)], "EUR 800.00"),
    ] {
        let mut reached = received(Wing::NonBank, asked());
        for (number, (party, word)) in (1_u64..).zip(words) {
            let step = said(&reached, &facts, ("SENSOR", party), word, number);
            reached = reached.apply(step, facts.now);
        }
        assert_eq!(issued_value(&run(&reached, &facts).0).unwrap(), expected);
    }
}

#[test]
fn a_no_to_a_mandatory_check_rejects() {
    let facts = facts(Wing::NonBank);
    let (waiting, _) = run(&received(Wing::NonBank, asked()), &facts);
    let no = said(&waiting, &facts, ("SURVEY", "V1"), false, 1);
    let (after, _) = run(&waiting.apply(no, facts.now), &facts);
    assert_eq!(after.state, State::Rejected);
    assert_eq!(after.exit.unwrap().reasons[0].code, "SURVEY");
}

/// A tokenization of the full program that waits for one approval.
fn proposed() -> (Tokenization, Facts) {
    let mut facts = facts(Wing::NonBank);
    facts.terms.approvals_required = 1;
    let (waiting, _) = run(&received(Wing::NonBank, asked()), &facts);
    let (proposed, _) = run(&with_everything_said(&waiting, &facts), &facts);
    assert_eq!(proposed.state, State::AwaitingApproval);
    (proposed, facts)
}

#[test]
fn what_is_taken_back_breaks_its_link_and_all_later_ones() {
    let links = |one: &Tokenization| {
        let links = &one.links;
        [
            links.validation.is_some(),
            links.audit.is_some(),
            links.legal.is_some(),
            links.proposal.is_some(),
        ]
    };
    for (number, expected, state) in [
        (1, [false, false, false, false], State::AwaitingAttestation),
        (3, [true, false, false, false], State::AwaitingAttestation),
        (4, [true, true, false, false], State::AwaitingAttestation),
    ] {
        let (proposed, facts) = proposed();
        let actor = actor("x", outside(EVERYTHING[number - 1].1));
        let id = statement_id(u64::try_from(number).unwrap());
        let step = proposed.revoke(&id, &actor).unwrap();
        let (after, steps) = run(&proposed.apply(step, facts.now), &facts);
        assert!(is_link_broken(&steps[0]));
        assert_eq!((links(&after), after.state), (expected, state), "statement {number}");
        let demand = &after.demands[0];
        assert_eq!(demand.code, EVERYTHING[number - 1].0);
    }
    // An optional check that is taken back lowers the rate: the proposal is made again.
    let (proposed, facts) = proposed();
    let step = proposed.revoke(&statement_id(2), &actor("x", outside("V2"))).unwrap();
    let (after, steps) = run(&proposed.apply(step, facts.now), &facts);
    assert_eq!(verbs(&steps, &after), ["link-broken", "proposed", "waiting"]);
    assert_eq!(after.links.proposal.unwrap().proven.to_string(), "EUR 800.00");
}

#[test]
fn what_a_link_rests_on_expires_at_both_edges() {
    let (proposed, facts) = proposed();
    // Attestations of 22 November hold for 30 days: through 22 December.
    let last = Facts { now: at("2026-12-22T23:59:59.999Z"), ..facts.clone() };
    let approved = proposed.clone().apply(approval(&proposed, "second"), last.now);
    assert_eq!(run(&approved, &last).0.state, State::Issued);
    let late = Facts { now: at("2026-12-23T00:00:00Z"), ..facts };
    let (after, steps) = run(&approved, &late);
    assert!(is_link_broken(&steps[0]));
    assert_eq!(after.state, State::AwaitingAttestation);
    assert!(after.approvals.is_empty(), "who approved, approved another proposal");
}

#[test]
fn evidence_that_grows_too_old_is_asked_for_again() {
    let (proposed, mut facts) = proposed();
    for check in &mut facts.declared.checks {
        check.max_age_days = None;
    }
    // Issued on 1 November, good for 90 days: through 30 January.
    facts.terms.effective_until = None;
    let edge = Facts { now: at("2027-01-30T23:59:59.999Z"), ..facts.clone() };
    assert!(!run(&proposed, &edge).1.iter().any(|step| {
        matches!(step, Step::Moved(Moved::Waits { state: State::AwaitingEvidence, .. }))
    }));
    let (after, _) = run(&proposed, &Facts { now: at("2027-01-31T00:00:00Z"), ..facts });
    assert_eq!(after.state, State::AwaitingEvidence);
}

#[test]
fn the_contour_is_asked_again_when_its_decision_is_over() {
    let mut facts = facts(Wing::Bank);
    let (waiting, _) = run(&received(Wing::Bank, asked()), &facts);
    assert_eq!(waiting.state, State::AwaitingAttestation);
    facts.now = facts.now.plus_days(1);
    let (again, steps) = run(&waiting, &facts);
    assert_eq!(verbs(&steps, &again), ["contour-passed"]);
    assert_eq!(again.demands, waiting.demands);
    facts.now = facts.now.plus_days(1);
    facts.party.licence = None;
    let (after, steps) = run(&again, &facts);
    assert_eq!(verbs(&steps, &after), ["contour-failed", "rejected"]);
    assert_eq!(after.exit.unwrap().reasons[0].code, "CTR_LICENCE");
}
