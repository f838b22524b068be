//! What a tokenization asks of others.

use crate::tokenization::{
    By, Demand, DemandKind, Facts, Finding, Standing, Tokenization, standing::Chain,
};
use poa_formula::Attestor;

/// Evidence that is missing, too old or expired.
pub(super) fn evidence_demands(
    tokenization: &Tokenization,
    facts: &Facts,
    chain: &Chain,
) -> Vec<Demand> {
    of_party(tokenization, facts, &chain.evidence)
}

/// Documents that the party itself has to bring.
pub(super) fn of_party(
    tokenization: &Tokenization,
    facts: &Facts,
    found: &[Finding],
) -> Vec<Demand> {
    let by = || By::Requester { party: tokenization.party.clone() };
    missing(found)
        .map(|one| Demand {
            kind: DemandKind::Evidence,
            code: one.code.clone(),
            text: format!("evidence `{}`, valid and not too old", one.code),
            by: by(),
            mandatory: true,
            deadline: facts.now,
        })
        .collect()
}

/// Attestations of one capacity that are missing and have not been given up.
pub(super) fn outside_demands(
    tokenization: &Tokenization,
    facts: &Facts,
    chain: &Chain,
    attestor: Attestor,
) -> Vec<Demand> {
    let parties = facts.terms.attestors(attestor).iter();
    let parties: Vec<_> = parties.filter(|one| **one != tokenization.party).cloned().collect();
    let given_up = |one: &&Finding| !one.mandatory && tokenization.given_up.contains(&one.code);
    chain
        .by(attestor)
        .filter(|one| one.standing == Standing::Missing && !given_up(one))
        .map(|one| Demand {
            kind: DemandKind::Attestation,
            code: one.code.clone(),
            text: text(facts, &one.code),
            by: By::Attestors { attestor, parties: parties.clone() },
            mandatory: one.mandatory,
            deadline: facts.now,
        })
        .collect()
}

/// Sign-offs that are missing.
pub(super) fn legal_demands(_: &Tokenization, facts: &Facts, chain: &Chain) -> Vec<Demand> {
    missing(&chain.legal)
        .map(|one| Demand {
            kind: DemandKind::SignOff,
            code: one.code.clone(),
            text: text(facts, &one.code),
            by: By::LegalOfficers { country: facts.terms.country.clone() },
            mandatory: true,
            deadline: facts.now,
        })
        .collect()
}

/// Adds what later links will need, so that everybody can work at the same time.
pub(super) fn ahead(tokenization: &Tokenization, facts: &Facts, demands: &mut Vec<Demand>) {
    let chain = Chain::of(tokenization, facts);
    let later = [
        outside_demands(tokenization, facts, &chain, Attestor::Verifier),
        outside_demands(tokenization, facts, &chain, Attestor::Auditor),
        legal_demands(tokenization, facts, &chain),
    ];
    for demand in later.into_iter().flatten() {
        if !demands.contains(&demand) {
            demands.push(demand);
        }
    }
}

fn missing(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|one| one.standing != Standing::Satisfied)
}

fn text(facts: &Facts, code: &str) -> String {
    let checks = facts.declared.checks.iter().map(|one| (&one.code, &one.text));
    let legal = facts.declared.legal.iter().map(|one| (&one.code, &one.text));
    let mut texts = checks.chain(legal).filter(|(found, _)| *found == code);
    texts.next().map(|(_, text)| text.clone()).unwrap_or_default()
}
