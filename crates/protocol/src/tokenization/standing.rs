//! How every check and document of a tokenization stands at a moment, computed afresh each time.

use super::{
    Facts, Finding, Standing, Tokenization,
    statement::{Attestation, SignOff},
};
use crate::{evidence::too_old_at, ids::PartyId, timestamp::Timestamp};
use poa_formula::{Attestor, Check, Date, Dec, Evidence, Legal};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the chain rests on, as it stands at one moment.
pub(super) struct Chain {
    /// Evidence that the program declares.
    pub(super) evidence: Vec<Finding>,
    /// Checks, in the order that the program declares them.
    pub(super) checks: Vec<Finding>,
    /// Legal documents.
    pub(super) legal: Vec<Finding>,
}

impl Chain {
    /// How everything stands now.
    pub(super) fn of(tokenization: &Tokenization, facts: &Facts) -> Self {
        let declared = &facts.declared;
        Self {
            evidence: declared.evidence.iter().map(|e| evidence(tokenization, e, facts)).collect(),
            checks: declared.checks.iter().map(|c| check(tokenization, c, facts)).collect(),
            legal: declared.legal.iter().map(|l| legal(tokenization, l, facts.now)).collect(),
        }
    }

    /// The checks of one kind of attestor.
    pub(super) fn by(&self, attestor: Attestor) -> impl Iterator<Item = &Finding> {
        self.checks.iter().filter(move |finding| finding.by == Some(attestor))
    }
}

impl Tokenization {
    /// The days on which the evidence that counts was issued, by name, for the program.
    /// `documents` are hashes whose bytes are in document storage.
    #[must_use]
    pub fn evidence_dates(
        &self,
        documents: &BTreeSet<String>,
        now: Timestamp,
    ) -> BTreeMap<String, Date> {
        let mut dates: BTreeMap<String, Date> = BTreeMap::new();
        for one in &self.evidence {
            let mut seen = one.clone();
            seen.present |= documents.contains(&seen.sha256);
            if seen.counts(None, now) {
                let date = seen.issued_at.date();
                let latest = dates.entry(seen.name).or_insert(date);
                *latest = date.max(*latest);
            }
        }
        dates
    }
}

/// How one kind of document stands.
pub(super) fn evidence(tokenization: &Tokenization, rule: &Evidence, facts: &Facts) -> Finding {
    let ends: Vec<Option<Timestamp>> = tokenization
        .evidence
        .iter()
        .filter(|one| one.name == rule.name && one.counts(rule.max_age_days, facts.now))
        .map(|one| {
            let aged = rule.max_age_days.map(|days| too_old_at(one.issued_at, days));
            [one.valid_until, aged].into_iter().flatten().min()
        })
        .collect();
    Finding {
        code: rule.name.clone(),
        standing: if ends.is_empty() { Standing::Missing } else { Standing::Satisfied },
        parties: Vec::new(),
        by: None,
        mandatory: true,
        weight: Dec::ONE,
        valid_until: latest(&ends),
    }
}

fn check(tokenization: &Tokenization, rule: &Check, facts: &Facts) -> Finding {
    let finding = Finding {
        code: rule.code.clone(),
        standing: Standing::Missing,
        parties: Vec::new(),
        by: Some(rule.by),
        mandatory: rule.mandatory,
        weight: rule.weight,
        valid_until: None,
    };
    if rule.by == Attestor::Internal {
        let standing = match facts.evaluated.checks.get(&rule.code) {
            Some(true) => Standing::Satisfied,
            Some(false) => Standing::NotSatisfied,
            None => Standing::Missing,
        };
        return Finding { standing, ..finding };
    }
    attested(finding, tokenization, rule, facts.now)
}

/// What the outside parties say about a check. The last word of each party counts, as long as it
/// counts at all; one party that says no outweighs all that say yes.
fn attested(
    finding: Finding,
    tokenization: &Tokenization,
    rule: &Check,
    now: Timestamp,
) -> Finding {
    let mut last: BTreeMap<&PartyId, &Attestation> = BTreeMap::new();
    let said = tokenization.attestations.iter();
    for one in said.filter(|one| one.check == rule.code && one.by == rule.by) {
        let held = last.entry(&one.party).or_insert(one);
        if (held.made_at, &held.id) < (one.made_at, &one.id) {
            *held = one;
        }
    }
    let counting: Vec<&Attestation> = last
        .into_values()
        .filter(|one| one.validity().counts(&tokenization.data_hash, rule.max_age_days, now))
        .collect();
    let no = counting.iter().any(|one| !one.satisfied);
    let deciding: Vec<_> = counting.into_iter().filter(|one| one.satisfied != no).collect();
    let standing = match (deciding.is_empty(), no) {
        (true, _) => Standing::Missing,
        (false, true) => Standing::NotSatisfied,
        (false, false) => Standing::Satisfied,
    };
    let ends: Vec<_> = deciding.iter().map(|one| one.validity().end(rule.max_age_days)).collect();
    let parties = deciding.iter().map(|one| one.party.clone()).collect();
    Finding { standing, parties, valid_until: latest(&ends), ..finding }
}

fn legal(tokenization: &Tokenization, rule: &Legal, now: Timestamp) -> Finding {
    let counting: Vec<&SignOff> = tokenization
        .sign_offs
        .iter()
        .filter(|one| one.document == rule.code)
        .filter(|one| one.validity().counts(&tokenization.data_hash, rule.max_age_days, now))
        .collect();
    let ends: Vec<_> = counting.iter().map(|one| one.validity().end(rule.max_age_days)).collect();
    let parties: BTreeSet<PartyId> = counting.iter().map(|one| one.party.clone()).collect();
    Finding {
        code: rule.code.clone(),
        standing: if counting.is_empty() { Standing::Missing } else { Standing::Satisfied },
        parties: parties.into_iter().collect(),
        by: None,
        mandatory: true,
        weight: Dec::ONE,
        valid_until: latest(&ends),
    }
}

/// The last of several ends; `None` where one of them never ends.
fn latest(ends: &[Option<Timestamp>]) -> Option<Timestamp> {
    if ends.iter().any(Option::is_none) { None } else { ends.iter().flatten().max().copied() }
}
