//! What holds for every request and every order of events.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use super::*;
use crate::tokenization::{Ended, State};
use proptest::prelude::*;

/// Facts of a random program: up to six outside checks, up to three legal documents.
fn any_facts() -> impl Strategy<Value = Facts> {
    let one = (any::<bool>(), any::<bool>(), 0_u32..=100);
    (proptest::collection::vec(one, 0..6), 0_usize..3, 0_u8..=2).prop_map(
        |(checks, legal, approvals)| {
            let mut facts = facts(Wing::NonBank);
            facts.declared.checks = checks
                .into_iter()
                .enumerate()
                .map(|(number, (auditor, mandatory, weight))| {
                    let by = if auditor { Attestor::Auditor } else { Attestor::Verifier };
                    let weight = Dec::from(weight).checked_div(Dec::from(100)).unwrap();
                    Check { weight, ..check(&format!("C{number}"), by, mandatory) }
                })
                .collect();
            facts.declared.legal = (0..legal)
                .map(|number| Legal {
                    code: format!("L{number}"),
                    text: String::new(),
                    max_age_days: None,
                })
                .collect();
            facts.terms.approvals_required = approvals;
            facts
        },
    )
}

/// Everything that the program asks for, said.
fn words(facts: &Facts) -> Vec<(String, &'static str)> {
    let checks = facts
        .declared
        .checks
        .iter()
        .map(|one| (one.code.clone(), if one.by == Attestor::Auditor { "A1" } else { "V1" }));
    let legal = facts.declared.legal.iter().map(|one| (one.code.clone(), "L1"));
    checks.chain(legal).collect()
}

fn say(to: &Tokenization, facts: &Facts, (code, party): &(String, &str), yes: bool) -> Step {
    let actor = Actor { now: facts.now, ..actor(party, outside(party)) };
    let number = u64::try_from(to.attestations.len() + to.sign_offs.len()).unwrap();
    let (id, data_hash) = (statement_id(number), to.data_hash.clone());
    let rules = (&facts.terms, &facts.declared);
    if code.starts_with('L') {
        let (document, sha256) = (code.clone(), "e".repeat(64));
        let new = NewSignOff { document, sha256, valid_until: None, data_hash };
        to.sign_off(id, new, &actor, rules).unwrap()
    } else {
        let new = NewAttestation {
            check: code.clone(),
            satisfied: yes,
            statement: None,
            evidence_sha256: None,
            valid_until: None,
            data_hash,
        };
        to.attest(id, new, &actor, rules).unwrap()
    }
}

/// The value that came out, or the state and the codes in which it ended.
fn result(after: &Tokenization) -> (State, Option<String>, Vec<String>) {
    let codes = after.exit.iter().flat_map(|exit| &exit.reasons);
    (after.state, issued_value(after), codes.map(|reason| reason.code.clone()).collect())
}

/// Approves as often as it is asked for.
fn approve_all(mut reached: Tokenization, facts: &Facts) -> Tokenization {
    for name in ["second", "third"] {
        if reached.state == State::AwaitingApproval {
            let step = approval(&reached, name);
            reached = run(&reached.apply(step, facts.now), facts).0;
        }
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_order_of_attestations_does_not_matter(
        facts in any_facts(),
        seed in any::<u64>(),
        between in any::<bool>(),
    ) {
        let start = run(&received(Wing::NonBank, asked()), &facts).0;
        let in_order = words(&facts);
        let mut shuffled = in_order.clone();
        for index in (1..shuffled.len()).rev() {
            let other = usize::try_from(seed.rotate_left(u32::try_from(index).unwrap() * 7) % 97);
            shuffled.swap(index, other.unwrap() % (index + 1));
        }
        let finish = |words: &[(String, &'static str)], between: bool| {
            let mut reached = start.clone();
            for word in words {
                if reached.state.is_end() { break; }
                let step = say(&reached, &facts, word, true);
                reached = reached.apply(step, facts.now);
                if between { reached = run(&reached, &facts).0; }
            }
            result(&approve_all(run(&reached, &facts).0, &facts))
        };
        let expected = finish(&in_order, false);
        prop_assert_eq!(expected.0, State::Issued);
        prop_assert_eq!(finish(&shuffled, between), expected);
    }

    #[test]
    fn any_missing_mandatory_statement_keeps_it_from_being_issued(
        facts in any_facts(),
        chosen in any::<prop::sample::Index>(),
    ) {
        let mut facts = facts;
        facts.terms.approvals_required = 0;
        facts.declared.checks.push(check("C9", Attestor::Verifier, true));
        let all = words(&facts);
        let left_out = &all[chosen.index(all.len())];
        let mandatory = left_out.0.starts_with('L')
            || facts.declared.checks.iter().any(|one| one.code == left_out.0 && one.mandatory);
        let worth_all = facts.declared.checks.iter().any(|one| {
            one.code == left_out.0 && one.weight == Dec::ONE
        });
        let mut reached = run(&received(Wing::NonBank, asked()), &facts).0;
        for word in all.iter().filter(|word| *word != left_out) {
            let step = say(&reached, &facts, word, true);
            reached = reached.apply(step, facts.now);
        }
        let deadline = Facts { now: reached.wait_until.unwrap(), ..facts.clone() };
        let late = run(&run(&reached, &facts).0, &Facts {
            declared: Declared {
                checks: facts.declared.checks.iter().map(|one| {
                    Check { max_age_days: None, ..one.clone() }
                }).collect(),
                evidence: Vec::new(),
                ..facts.declared.clone()
            },
            terms: Terms { effective_until: None, ..facts.terms.clone() },
            ..deadline
        }).0;
        prop_assert_eq!(late.issued.is_none(), mandatory || worth_all, "{:?}", left_out);
        prop_assert_eq!(late.state == State::Expired, mandatory);
    }

    #[test]
    fn changing_data_resets_every_later_link(facts in any_facts(), said_before in 0_usize..9) {
        let mut reached = run(&received(Wing::NonBank, asked()), &facts).0;
        for word in words(&facts).iter().take(said_before) {
            if reached.state.is_end() { break; }
            let step = say(&reached, &facts, word, true);
            reached = run(&reached.apply(step, facts.now), &facts).0;
        }
        prop_assume!(!reached.state.is_end());
        let changer = actor("changer", reached.party.clone());
        for face in ["2", "1"] {
            // Back to the first data too: what was said about it then does not count again.
            let hash = hash_data(&data(face)).unwrap();
            let step = reached.change_data(data(face), hash, &changer).unwrap();
            reached = reached.apply(step, facts.now);
            let links = &reached.links;
            prop_assert!(links.validation.is_none() && links.audit.is_none());
            prop_assert!(links.legal.is_none() && links.proposal.is_none());
            prop_assert!(links.contour.is_none() && reached.approvals.is_empty());
        }
        let after = run(&reached, &facts).0;
        let outside = facts.declared.checks.len() + facts.declared.legal.len();
        if outside > 0 {
            prop_assert_eq!(after.demands.len(), outside);
        }
        prop_assert_eq!(after.state == State::AwaitingAttestation, outside > 0);
    }

    #[test]
    fn both_wings_leave_equal_events_apart_from_the_contours_own(
        facts in any_facts(),
        said in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..9),
        rejected in any::<bool>(),
        days in 0_i64..100,
    ) {
        let mut facts = facts;
        if rejected { facts.evaluated.verdict = Verdict::Rejected; }
        let story = |wing: Wing| {
            let mut facts = Facts { party: party(wing), ..facts.clone() };
            let (mut reached, steps) = run(&received(wing, asked()), &facts);
            let mut told: Vec<_> = steps.iter().map(|step| step.event(&reached)).collect();
            let all = words(&facts);
            for (index, yes) in &said {
                if reached.state.is_end() || all.is_empty() { break; }
                let word = say(&reached, &facts, &all[index.index(all.len())], *yes);
                let mut spoken = word.event(&reached);
                spoken.wake = None;
                told.push(spoken);
                let (after, steps) = run(&reached.apply(word, facts.now), &facts);
                told.extend(steps.iter().map(|step| step.event(&after)));
                reached = after;
            }
            facts.now = facts.now.plus_days(days);
            let (after, steps) = run(&reached, &facts);
            told.extend(steps.iter().map(|step| step.event(&after)));
            told
        };
        let contours = |event: &crate::event::NewEvent| event.event_type.contains("contour");
        let bank = story(Wing::Bank);
        prop_assert!(bank.iter().any(contours));
        let rest: Vec<_> = bank.into_iter().filter(|event| !contours(event)).collect();
        let plain = story(Wing::NonBank);
        for event in &plain {
            let text = serde_json::to_string(&event.data).unwrap();
            prop_assert!(!text.contains("bank"), "{}", text);
        }
        prop_assert_eq!(rest, plain);
    }

    #[test]
    fn whatever_is_issued_is_at_most_what_the_chain_proves(
        facts in any_facts(),
        said in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..20),
    ) {
        let mut facts = facts;
        facts.terms.approvals_required = 0;
        let mut reached = run(&received(Wing::NonBank, asked()), &facts).0;
        let all = words(&facts);
        for (index, yes) in said {
            if reached.state.is_end() || all.is_empty() { break; }
            let word = say(&reached, &facts, &all[index.index(all.len())], yes);
            reached = run(&reached.apply(word, facts.now), &facts).0;
        }
        if let Some(issued) = &reached.issued {
            let proposal = reached.links.proposal.as_ref().unwrap();
            prop_assert!(issued.value.amount <= proposal.proven.amount);
            prop_assert!(proposal.proven.amount <= proposal.valuation.amount);
            let links = &reached.links;
            prop_assert!(links.initial.is_some() && links.validation.is_some());
            prop_assert!(links.audit.is_some() && links.legal.is_some());
        }
    }

    #[test]
    fn nothing_changes_after_an_end(facts in any_facts(), days in 0_i64..1_000) {
        let ended = received(Wing::NonBank, asked()).apply(Step::Ended(Ended::Expired), facts.now);
        let later = Facts { now: facts.now.plus_days(days), ..facts };
        prop_assert_eq!(advance(&ended, &later), []);
    }
}
