//! The contour, in the bank wing. It is the only difference between the wings.

use super::{Outside, outside::of_party, rejected, wait};
use crate::{
    contour::{self, ContourDecision, Reviewed, RuleResult},
    event::Wing,
    evidence::is_valid_at,
    tokenization::{
        By, Demand, DemandKind, Facts, Finding, Moved, Reason, State, Step, Tokenization,
        standing::evidence,
    },
};

/// Decides, waits for the documents that the rule set asks for and for people of compliance, and
/// lets through.
pub(super) fn ring(tokenization: &Tokenization, facts: &Facts) -> Outside {
    if tokenization.wing == Wing::NonBank {
        return Outside::Enough;
    }
    let Some(decision) = standing(tokenization, facts) else { return decide(tokenization, facts) };
    let (said, hash) = (&tokenization.reviews, &tokenization.data_hash);
    match decision.reviewed(said, hash, tokenization.if_failed) {
        Reviewed::Passes => Outside::Enough,
        Reviewed::Refused => Outside::Open(Some(refused(decision))),
        Reviewed::Waits(count) => {
            let demand = demand(tokenization, facts, decision, count);
            Outside::Open(wait(tokenization, facts, State::AwaitingReview, vec![demand]))
        }
    }
}

/// The decision, unless its time is over: the facts may have changed.
fn standing<'a>(tokenization: &'a Tokenization, facts: &Facts) -> Option<&'a ContourDecision> {
    let decision = tokenization.links.contour.as_ref()?;
    let fresh = decision.decided_at == facts.now;
    (fresh || is_valid_at(Some(decision.valid_until), facts.now)).then_some(decision)
}

fn decide(tokenization: &Tokenization, facts: &Facts) -> Outside {
    let documents = facts.regime.iter().flat_map(|regime| &regime.evidence);
    let found: Vec<Finding> = documents.map(|one| evidence(tokenization, one, facts)).collect();
    let missing = of_party(tokenization, facts, &found);
    if !missing.is_empty() {
        return Outside::Open(wait(tokenization, facts, State::AwaitingEvidence, missing));
    }
    let regime = facts.regime.as_ref().map(|regime| regime.decision.clone());
    let decision = contour::decide(&facts.party, regime, facts.now);
    Outside::Open(Some(Step::Moved(Moved::ContourDecided(Box::new(decision)))))
}

/// Rejected by the ring or by a rule of the regime. What a rule says may repeat what was stated
/// about the end client, so it stays in the decision and only the code goes on.
fn refused(decision: &ContourDecision) -> Step {
    let stands = |one: &&RuleResult| one.result > contour::Verdict::Pass;
    let own = decision.results.iter().filter(stands);
    let own = own.map(|one| Reason::new(&one.code, one.message.clone()));
    let rules = decision.regime.iter().flat_map(|regime| &regime.results).filter(stands);
    let rules = rules.map(|one| {
        let message = format!("rule `{}` of the regime does not hold", one.code);
        Reason::new(&one.code, message)
    });
    rejected(own.chain(rules).collect())
}

fn demand(
    tokenization: &Tokenization,
    facts: &Facts,
    decision: &ContourDecision,
    count: u8,
) -> Demand {
    let codes: Vec<String> =
        decision.open().map(|(_, codes)| codes.into_iter().collect()).unwrap_or_default();
    let verb = if decision.outcome == contour::Verdict::Fail { "override" } else { "review" };
    Demand {
        kind: DemandKind::Review,
        code: "review".to_owned(),
        text: format!("{verb} of {}", codes.join(", ")),
        by: By::Compliance { party: tokenization.party.clone(), count },
        mandatory: true,
        deadline: facts.now,
    }
}
