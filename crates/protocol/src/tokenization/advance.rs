//! The pipeline: runs as many links as it can in one go.

mod outside;
mod propose;
mod ring;

use super::{
    AuditLink, Demand, Ended, Evaluated, Facts, Finding, Link, LinkRecord, Moved, Reason, Said,
    Standing, State, Step, Tokenization, Verdict, standing::Chain,
};
use crate::timestamp::Timestamp;
use outside::{legal_demands, outside_demands};
use poa_formula::Attestor;
use ring::ring;

/// More steps than any run can take: contour, five links, their waits and resets.
pub const STEPS_MAX: usize = 32;

/// Decides every step that a tokenization can take now, in order. Nothing is decided twice: on the
/// record with the steps applied it decides nothing.
#[must_use]
pub fn advance(tokenization: &Tokenization, facts: &Facts) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut reached = tokenization.clone();
    while steps.len() < STEPS_MAX {
        let Some(step) = next(&reached, facts) else { break };
        reached = reached.apply(step.clone(), facts.now);
        steps.push(step);
    }
    steps
}

/// The one step that comes next.
fn next(tokenization: &Tokenization, facts: &Facts) -> Option<Step> {
    if tokenization.state.is_end() || tokenization.state == State::Failed {
        return None;
    }
    if let Some(step) = arrived(tokenization, facts) {
        return Some(step);
    }
    if let Outside::Open(step) = ring(tokenization, facts) {
        return step;
    }
    gate(tokenization, facts).or_else(|| {
        let chain = Chain::of(tokenization, facts);
        broken(tokenization, &chain).or_else(|| link(tokenization, facts, &chain))
    })
}

/// Documents whose bytes have come.
fn arrived(tokenization: &Tokenization, facts: &Facts) -> Option<Step> {
    let hashes: Vec<String> = tokenization
        .evidence
        .iter()
        .filter(|one| !one.present && facts.documents.contains(&one.sha256))
        .map(|one| one.sha256.clone())
        .collect();
    (!hashes.is_empty()).then_some(Step::Said(Said::EvidenceArrived(hashes)))
}

/// Whether party and instance still let it go on. What stops it here may pass: it can be retried.
fn gate(tokenization: &Tokenization, facts: &Facts) -> Option<Step> {
    if let Err(refusal) = facts.party.may_act(facts.now) {
        return Some(Step::Ended(Ended::Failed(vec![Reason::new(
            refusal.code(),
            refusal.to_string(),
        )])));
    }
    if let Err(reason) = facts.terms.go_on(facts.now) {
        return Some(failed(reason));
    }
    let (ran, pinned) = (&facts.declared.formula_hash, &tokenization.effective_hash);
    if ran != pinned {
        let message = format!("the program is `{ran}`, the tokenization is pinned to `{pinned}`");
        return Some(Step::Ended(Ended::Failed(vec![Reason::new(
            "tokenization.chain-broken",
            message,
        )])));
    }
    None
}

/// The first link that was made and rests on something that holds no longer.
fn broken(tokenization: &Tokenization, chain: &Chain) -> Option<Step> {
    let links = &tokenization.links;
    let fresh = |hash: &str| hash == tokenization.data_hash;
    let lost = |finding: &&Finding| finding.mandatory && finding.standing != Standing::Satisfied;
    let codes = |lost: Vec<&Finding>| lost.into_iter().map(|one| one.code.clone()).collect();
    let stale = |hash: &str| if fresh(hash) { Vec::new() } else { vec!["data".to_owned()] };
    let checks: [(Link, Option<&str>, Vec<String>); 4] = [
        (
            Link::Validation,
            links.validation.as_ref().map(|link| link.data_hash.as_str()),
            codes(chain.evidence.iter().chain(chain.by(Attestor::Verifier)).filter(lost).collect()),
        ),
        (
            Link::Audit,
            links.audit.as_ref().map(|link| link.record.data_hash.as_str()),
            codes(chain.by(Attestor::Auditor).filter(lost).collect()),
        ),
        (
            Link::Legal,
            links.legal.as_ref().map(|link| link.data_hash.as_str()),
            codes(chain.legal.iter().filter(lost).collect()),
        ),
        (
            Link::Proposal,
            links.proposal.as_ref().map(|link| link.data_hash.as_str()),
            propose::changed(tokenization, chain),
        ),
    ];
    checks.into_iter().find_map(|(link, made_on, mut codes)| {
        codes.extend(stale(made_on?));
        (!codes.is_empty()).then_some(Step::Moved(Moved::LinkBroken { link, codes }))
    })
}

/// The first link that is not made.
fn link(tokenization: &Tokenization, facts: &Facts, chain: &Chain) -> Option<Step> {
    let links = &tokenization.links;
    if links.validation.is_none() {
        validate(tokenization, facts, chain)
    } else if links.audit.is_none() {
        audit(tokenization, facts, chain)
    } else if links.legal.is_none() {
        legal(tokenization, facts, chain)
    } else if let Some(proposal) = &links.proposal {
        propose::authorise(tokenization, facts, proposal)
    } else {
        Some(propose::propose(tokenization, facts, chain))
    }
}

fn validate(tokenization: &Tokenization, facts: &Facts, chain: &Chain) -> Option<Step> {
    let missing = outside::evidence_demands(tokenization, facts, chain);
    if !missing.is_empty() {
        return wait(tokenization, facts, State::AwaitingEvidence, missing);
    }
    if let Some(step) = stopped_by(&facts.evaluated) {
        return Some(step);
    }
    let internal = refused(chain.by(Attestor::Internal).filter(|one| one.mandatory), facts);
    if !internal.is_empty() {
        return Some(rejected(internal));
    }
    if facts.evaluated.verdict == Verdict::Rejected {
        return Some(rejected_by_rules(&facts.evaluated));
    }
    if let Outside::Open(step) = outside(tokenization, facts, chain, Attestor::Verifier) {
        return step;
    }
    let findings = chain.evidence.iter().chain(chain.by(Attestor::Internal));
    let findings = findings.chain(chain.by(Attestor::Verifier)).cloned().collect();
    Some(Step::Moved(Moved::Validated(record(tokenization, facts, findings))))
}

fn audit(tokenization: &Tokenization, facts: &Facts, chain: &Chain) -> Option<Step> {
    let Some(certified_hash) = facts.terms.certified_hash.clone() else {
        let message = "no certifier has signed the version that this program comes from";
        return Some(failed(Reason::new("tokenization.not-certified", message)));
    };
    if let Outside::Open(step) = outside(tokenization, facts, chain, Attestor::Auditor) {
        return step;
    }
    let findings = chain.by(Attestor::Auditor).cloned().collect();
    let program_hash = facts.declared.formula_hash.clone();
    let record = record(tokenization, facts, findings);
    Some(Step::Moved(Moved::Audited(AuditLink { program_hash, certified_hash, record })))
}

fn legal(tokenization: &Tokenization, facts: &Facts, chain: &Chain) -> Option<Step> {
    let missing = legal_demands(tokenization, facts, chain);
    if missing.is_empty() {
        Some(Step::Moved(Moved::Cleared(record(tokenization, facts, chain.legal.clone()))))
    } else {
        wait(tokenization, facts, State::AwaitingAttestation, missing)
    }
}

/// What others have said so far comes to.
enum Outside {
    /// It goes on.
    Enough,
    /// It cannot go on; this comes next, if anything does.
    Open(Option<Step>),
}

fn outside(
    tokenization: &Tokenization,
    facts: &Facts,
    chain: &Chain,
    attestor: Attestor,
) -> Outside {
    let mandatory = chain.by(attestor).filter(|one| one.mandatory);
    let said_no = refused(mandatory.filter(|one| one.standing == Standing::NotSatisfied), facts);
    if !said_no.is_empty() {
        return Outside::Open(Some(rejected(said_no)));
    }
    let open = outside_demands(tokenization, facts, chain, attestor);
    let blocks = |demand: &Demand| demand.mandatory || tokenization.waits_for_optional();
    if open.iter().any(blocks) {
        Outside::Open(wait(tokenization, facts, State::AwaitingAttestation, open))
    } else {
        Outside::Enough
    }
}

impl Tokenization {
    fn waits_for_optional(&self) -> bool {
        self.wait_for == super::WaitFor::All
    }
}

/// Waits, goes on waiting, or stops waiting because the time is over. The first demands are those
/// of the link that waits; what later links will need is asked for at the same time.
fn wait(
    tokenization: &Tokenization,
    facts: &Facts,
    state: State,
    own: Vec<Demand>,
) -> Option<Step> {
    let begun = tokenization.wait_until.filter(|_| tokenization.state == state);
    let until = begun.unwrap_or_else(|| tokenization.new_deadline(facts.now));
    if until <= facts.now {
        let optional = own.iter().filter(|demand| !demand.mandatory);
        let given_up: Vec<String> = optional.map(|demand| demand.code.clone()).collect();
        let only_optional = given_up.len() == own.len();
        return Some(if only_optional {
            Step::Moved(Moved::GivenUp(given_up))
        } else {
            Step::Ended(Ended::Expired)
        });
    }
    let mut demands = own;
    if state == State::AwaitingAttestation {
        outside::ahead(tokenization, facts, &mut demands);
    }
    for demand in &mut demands {
        demand.deadline = until;
    }
    let nothing_new = tokenization.state == state && tokenization.demands == demands;
    (!nothing_new).then_some(Step::Moved(Moved::Waits { state, demands, until }))
}

impl Tokenization {
    fn new_deadline(&self, now: Timestamp) -> Timestamp {
        now.plus_days(i64::from(self.wait_days))
    }
}

/// What a program's faults come to.
fn stopped_by(evaluated: &Evaluated) -> Option<Step> {
    match evaluated.verdict {
        Verdict::Eligible | Verdict::Rejected => None,
        Verdict::Incomplete | Verdict::Error => {
            Some(Step::Ended(Ended::Failed(evaluated.reasons.clone())))
        }
    }
}

fn failed(reason: Reason) -> Step {
    Step::Ended(Ended::Failed(vec![reason]))
}

fn rejected(reasons: Vec<Reason>) -> Step {
    Step::Ended(Ended::Rejected { reasons, by_rules: false, alternatives: Vec::new() })
}

fn rejected_by_rules(evaluated: &Evaluated) -> Step {
    let reasons = evaluated.reasons.clone();
    Step::Ended(Ended::Rejected { reasons, by_rules: true, alternatives: Vec::new() })
}

/// A reason for each check that is not satisfied.
fn refused<'a>(checks: impl Iterator<Item = &'a Finding>, facts: &Facts) -> Vec<Reason> {
    checks
        .filter(|one| one.standing != Standing::Satisfied)
        .map(|one| {
            let declared = facts.declared.checks.iter().find(|check| check.code == one.code);
            let text = declared.map_or("", |check| check.text.as_str());
            Reason::new(&one.code, format!("mandatory check `{text}` is not satisfied"))
        })
        .collect()
}

fn record(tokenization: &Tokenization, facts: &Facts, findings: Vec<Finding>) -> LinkRecord {
    let counting = findings.iter().filter(|one| one.standing == Standing::Satisfied);
    let valid_until = counting.filter_map(|one| one.valid_until).min();
    LinkRecord { at: facts.now, data_hash: tokenization.data_hash.clone(), findings, valid_until }
}
