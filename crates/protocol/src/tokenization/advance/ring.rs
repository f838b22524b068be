//! The contour, in the bank wing. It is the only difference between the wings.

use super::{Outside, outside::of_party, rejected, wait};
use crate::{
    contour::{self, ContourDecision, Reviewed},
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

fn refused(decision: &ContourDecision) -> Step {
    let regime = decision.regime.iter().flat_map(|regime| &regime.results);
    let failed = decision.results.iter().chain(regime);
    let failed = failed.filter(|one| one.result > contour::Verdict::Pass);
    rejected(failed.map(|one| Reason::new(&one.code, one.message.clone())).collect())
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
