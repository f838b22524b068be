//! The proposal link: valuation, authenticity rate, units, approval, and the issue.

use super::{rejected, rejected_by_rules, stopped_by, wait};
use crate::{
    caterpillar::{Weighed, authenticity_rate, part_of_money, part_of_units},
    ledger::Units,
    limits,
    thing::Live,
    tokenization::{
        ApprovalDecision, By, Demand, DemandKind, Ended, Evaluated, Facts, Finding, IssuedAsset,
        Moved, Proposal, Reason, Standing, State, Step, Tokenization, Verdict, standing::Chain,
    },
};
use poa_formula::{Attestor, Dec, DecFault};

/// Values the thing and proposes what to issue on it.
pub(super) fn propose(tokenization: &Tokenization, facts: &Facts, chain: &Chain) -> Step {
    if let Some(step) = stopped_by(&facts.evaluated) {
        return step;
    }
    if facts.evaluated.verdict == Verdict::Rejected {
        return rejected_by_rules(&facts.evaluated);
    }
    let below_zero = facts.evaluated.valuation.is_some_and(|value| value.amount.is_negative())
        || facts.evaluated.units.is_some_and(i128::is_negative);
    if below_zero {
        let message = "the program values the thing below zero";
        return rejected(vec![Reason::new("tokenization.worthless", message)]);
    }
    let proposal = match calculate(tokenization, facts, chain) {
        Ok(proposal) => proposal,
        Err(reason) => return Step::Ended(Ended::Failed(vec![reason])),
    };
    if proposal.value.amount <= Dec::ZERO || proposal.units.is_zero() {
        let message = format!(
            "of {} only {} are proven, at an authenticity rate of {}: nothing can be issued",
            proposal.valuation, proposal.proven, proposal.authenticity_rate
        );
        return rejected(vec![Reason::new("tokenization.worthless", message)]);
    }
    // Asked already here, so that nobody approves what cannot be issued.
    match facts.thing.allows(proposal.value, proposal.proven) {
        Ok(()) => Step::Moved(Moved::Proposed(Box::new(proposal))),
        Err(refusal) => rejected(vec![Reason::new(refusal.code(), refusal.to_string())]),
    }
}

/// Waits for approvals, then issues.
pub(super) fn authorise(
    tokenization: &Tokenization,
    facts: &Facts,
    proposal: &Proposal,
) -> Option<Step> {
    if tokenization.approvals.iter().any(|one| one.decision == ApprovalDecision::Reject) {
        let message = "a second person refused the proposal";
        return Some(rejected(vec![Reason::new("tokenization.approval-refused", message)]));
    }
    if tokenization.state == State::Issuing {
        return Some(issue(facts, proposal, tokenization));
    }
    let required = facts.terms.approvals_required;
    let given = u8::try_from(tokenization.approvals.len()).unwrap_or(u8::MAX);
    let count = required.saturating_sub(given);
    if count == 0 {
        return Some(Step::Moved(Moved::Approved { required }));
    }
    let party = tokenization.party.clone();
    let demand = Demand {
        kind: DemandKind::Approval,
        code: "approval".to_owned(),
        text: format!("approval of {} units on {}", proposal.units, proposal.value),
        by: By::SecondPersons { party, count },
        mandatory: true,
        deadline: facts.now,
    };
    wait(tokenization, facts, State::AwaitingApproval, vec![demand])
}

/// What outside checks have changed since the proposal: its rate is no longer the chain's.
pub(super) fn changed(tokenization: &Tokenization, chain: &Chain) -> Vec<String> {
    let Some(proposal) = &tokenization.links.proposal else { return Vec::new() };
    let satisfied = |findings: &[Finding], code: &str| {
        findings.iter().any(|one| one.code == code && one.standing == Standing::Satisfied)
    };
    let outside = chain.checks.iter().filter(|one| one.by != Some(Attestor::Internal));
    outside
        .filter(|one| {
            satisfied(&proposal.findings, &one.code) != (one.standing == Standing::Satisfied)
        })
        .map(|one| one.code.clone())
        .collect()
}

fn issue(facts: &Facts, proposal: &Proposal, tokenization: &Tokenization) -> Step {
    let (value, proven) = (proposal.value, proposal.proven);
    let live = Live { value, proven, tokenization: tokenization.id.clone() };
    match facts.thing.clone().issue(facts.asset.clone(), live) {
        Ok(_) => Step::Moved(Moved::Issued(IssuedAsset {
            asset: facts.asset.clone(),
            units: proposal.units,
            decimals: proposal.decimals,
            value,
            proven,
            at: facts.now,
        })),
        Err(refusal) => rejected(vec![Reason::new(refusal.code(), refusal.to_string())]),
    }
}

fn calculate(
    tokenization: &Tokenization,
    facts: &Facts,
    chain: &Chain,
) -> Result<Proposal, Reason> {
    let Evaluated { valuation, units, decimals, outputs, .. } = &facts.evaluated;
    let missing = |what: &str| {
        Reason::new("tokenization.no-output", format!("the program does not give `{what}`"))
    };
    let valuation = valuation.ok_or_else(|| missing("valuation"))?;
    let units = units.ok_or_else(|| missing("token units"))?;
    let decimals = decimals.unwrap_or(0);
    let decimals = u8::try_from(decimals).ok();
    let decimals = decimals.filter(|decimals| *decimals <= limits::UNIT_DECIMALS_MAX);
    let decimals = decimals.ok_or_else(|| missing("token decimals from 0 to 38"))?;
    let findings: Vec<Finding> = chain.checks.iter().chain(&chain.legal).cloned().collect();
    let beyond = |fault: DecFault| {
        Reason::new("tokenization.incalculable", format!("the proven value: {fault}"))
    };
    let rate = authenticity_rate(findings.iter().map(weighed)).map_err(beyond)?;
    let share = tokenization.share;
    let proven = part_of_money(valuation, rate).map_err(beyond)?;
    let value = part_of_money(proven, share).map_err(beyond)?;
    let units = part_of_units(units, rate).and_then(|units| part_of_units(units, share));
    let units = Units::new(units.map_err(beyond)?).map_err(|_| beyond(DecFault::Overflow))?;
    Ok(Proposal {
        at: facts.now,
        data_hash: tokenization.data_hash.clone(),
        as_of: facts.now.date(),
        valuation,
        authenticity_rate: rate,
        proven,
        value,
        units,
        decimals,
        outputs: outputs.clone(),
        findings,
    })
}

fn weighed(finding: &Finding) -> Weighed {
    let satisfied = finding.standing == Standing::Satisfied;
    Weighed { weight: finding.weight, mandatory: finding.mandatory, satisfied }
}
