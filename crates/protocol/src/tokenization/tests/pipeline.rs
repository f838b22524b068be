//! What one run of the pipeline decides, in order of precedence.

use super::*;
use crate::{
    thing::Live,
    tokenization::{ApprovalDecision, Ended, Reason, State},
};

#[test]
fn without_outside_parties_one_run_goes_from_received_to_issued() {
    let (after, steps) = run(&received(Wing::NonBank, asked()), &bare());
    let expected = ["validated", "audited", "cleared", "proposed", "approved", "issued"];
    assert_eq!(verbs(&steps, &after), expected);
    assert_eq!(after.state, State::Issued);
    assert_eq!(issued_value(&after).unwrap(), "EUR 1000.00");
    assert!(after.demands.is_empty() && after.wait_until.is_none());
}

#[test]
fn the_bank_wing_has_the_contour_and_nothing_else() {
    let bank = Facts { party: party(Wing::Bank), ..bare() };
    let (after, steps) = run(&received(Wing::Bank, asked()), &bank);
    let (plain, others) = run(&received(Wing::NonBank, asked()), &bare());
    assert_eq!(verbs(&steps[..1], &after), ["contour-passed"]);
    let events = |steps: &[Step], after: &Tokenization| -> Vec<_> {
        steps.iter().map(|step| step.event(after)).collect()
    };
    assert_eq!(events(&steps[1..], &after), events(&others, &plain));
}

type Change = fn(&mut Facts);

#[test]
fn what_stops_a_tokenization_stops_it_in_order_of_precedence() {
    let no = |code: &str| vec![Reason::new(code, "no")];
    let broken: [(Change, State, &str); 11] = [
        (|f| f.party.licence = None, State::Rejected, "CTR_LICENCE"),
        (|f| f.party.kyc.state = KycState::Revoked, State::Rejected, "CTR_KYC"),
        (
            |f| f.terms.standing = InstanceStanding::Closed("retired"),
            State::Failed,
            "instance.closed",
        ),
        (|f| f.terms.effective_until = Some(f.now), State::Failed, "instance.closed"),
        (
            |f| f.declared.formula_hash = "sha256:other".into(),
            State::Failed,
            "tokenization.chain-broken",
        ),
        (|f| f.evaluated.verdict = Verdict::Error, State::Failed, "ERR"),
        (|f| f.evaluated.checks = BTreeMap::from([("INT".into(), false)]), State::Rejected, "INT"),
        (|f| f.evaluated.verdict = Verdict::Rejected, State::Rejected, "RULE"),
        (|f| f.terms.certified_hash = None, State::Failed, "tokenization.not-certified"),
        (|f| f.evaluated.valuation = None, State::Failed, "tokenization.no-output"),
        (|f| f.evaluated.units = Some(0), State::Rejected, "tokenization.worthless"),
    ];
    // Each fault is tried together with all the later ones: the earlier one is named.
    for (index, (_, state, code)) in broken.iter().enumerate() {
        let mut facts = Facts { party: party(Wing::Bank), ..bare() };
        facts.declared.checks = vec![check("INT", Attestor::Internal, true)];
        for (change, _, _) in broken.iter().skip(index).rev() {
            change(&mut facts);
        }
        facts.evaluated.reasons = no(if *code == "ERR" { "ERR" } else { "RULE" });
        let (after, _) = run(&received(Wing::Bank, asked()), &facts);
        let exit = after.exit.unwrap();
        assert_eq!((after.state, exit.reasons[0].code.as_str()), (*state, *code), "fault {index}");
    }
}

#[test]
fn a_party_that_may_not_act_stops_it_until_it_is_retried() {
    let mut facts = bare();
    facts.party.state = PartyState::Suspended;
    let (stopped, _) = run(&received(Wing::NonBank, asked()), &facts);
    assert_eq!(stopped.state, State::Failed);
    facts.party.state = PartyState::Active;
    assert_eq!(run(&stopped, &facts).1, [], "only a retry starts it again");
    let retry = stopped.retry().unwrap();
    let again = stopped.apply(retry, facts.now);
    assert_eq!(run(&again, &facts).0.state, State::Issued);
}

#[test]
fn a_superseded_instance_finishes_what_is_pinned_to_it() {
    let mut facts = bare();
    facts.terms.standing = InstanceStanding::Superseded;
    facts.terms.effective_until = Some(at("2026-06-01T00:00:00Z"));
    assert_eq!(run(&received(Wing::NonBank, asked()), &facts).0.state, State::Issued);
}

#[test]
fn tokens_are_issued_on_the_proven_value_and_the_share() {
    for (sensor, share, value, units) in [
        (Some(true), "1", "EUR 1000.00", "1000"),
        (Some(false), "1", "EUR 800.00", "800"),
        (Some(false), "0.333", "EUR 266.40", "266"),
        (None, "0.5", "EUR 400.00", "400"),
    ] {
        let mut facts = facts(Wing::NonBank);
        facts.declared.checks = vec![check("SENSOR", Attestor::Verifier, false)];
        facts.declared.legal = Vec::new();
        let share = Some(share.parse().unwrap());
        let asked = NewTokenization { share, wait_for: WaitFor::Mandatory, ..asked() };
        let mut tokenization = received(Wing::NonBank, asked);
        if let Some(satisfied) = sensor {
            let step = said(&tokenization, &facts, ("SENSOR", "V1"), satisfied, 1);
            tokenization = tokenization.apply(step, facts.now);
        }
        let issued = run(&tokenization, &facts).0.issued.unwrap();
        assert_eq!(
            (issued.value.to_string().as_str(), issued.units.to_string().as_str()),
            (value, units)
        );
    }
}

#[test]
fn the_guard_rejects_what_would_exceed_the_proven_value() {
    for (live, code) in [
        ("EUR 0.00", None),
        ("EUR 0.01", Some("thing.over-tokenized")),
        ("USD 0.01", Some("thing.other-currency")),
    ] {
        let mut facts = bare();
        let (currency, amount) = live.split_once(' ').unwrap();
        let value = Money::parse(amount, currency).unwrap();
        let tokenization = received(Wing::NonBank, asked());
        let other = Live { value, proven: value, tokenization: tokenization.id.clone() };
        facts.thing.live.insert(AssetId::new(Ulid::from_parts(4, 4), &home()), other);
        let (after, _) = run(&tokenization, &facts);
        assert_eq!(after.exit.map(|exit| exit.reasons[0].code.clone()).as_deref(), code);
        assert_eq!(after.issued.is_some(), code.is_none());
    }
}

#[test]
fn approvals_are_counted_by_person() {
    let mut facts = bare();
    facts.terms.approvals_required = 2;
    let (waiting, _) = run(&received(Wing::NonBank, asked()), &facts);
    assert_eq!(waiting.state, State::AwaitingApproval);
    let one = waiting.clone().apply(approval(&waiting, "second"), facts.now);
    let (still, _) = run(&one, &facts);
    assert_eq!(still.state, State::AwaitingApproval);
    let two = still.clone().apply(approval(&still, "third"), facts.now);
    assert_eq!(run(&two, &facts).0.state, State::Issued);
    let hash = waiting.data_hash.clone();
    let actor = actor("second", waiting.party.clone());
    let refusal = waiting.approve(ApprovalDecision::Reject, &hash, &actor).unwrap();
    let (after, _) = run(&waiting.apply(refusal, facts.now), &facts);
    assert_eq!(after.exit.unwrap().reasons[0].code, "tokenization.approval-refused");
}

#[test]
fn a_rejection_by_the_rules_says_so_and_others_do_not() {
    let mut facts = bare();
    facts.evaluated.verdict = Verdict::Rejected;
    facts.evaluated.reasons = vec![Reason::new("LTV_01", "too high")];
    let steps = advance(&received(Wing::NonBank, asked()), &facts);
    let by_rules =
        |step: &Step| matches!(step, Step::Ended(Ended::Rejected { by_rules: true, .. }));
    assert!(by_rules(steps.last().unwrap()));
    facts.evaluated = Evaluated { units: Some(0), ..evaluated() };
    let steps = advance(&received(Wing::NonBank, asked()), &facts);
    assert!(!by_rules(steps.last().unwrap()));
}
