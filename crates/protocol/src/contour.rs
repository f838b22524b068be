//! The bank contour: the extra ring that requests of the bank wing pass, and nobody else's.
//!
//! Every decision is a record: which rule set decided, what each rule said and why, which facts
//! were used, and until when it holds.

mod regime;
mod review;
pub use poa_formula::Verdict;
pub use regime::{Known, OFFERED, RegimeDecision, RuleSet, Used, asks_for_day, examine};
pub use review::{IfFailed, NewReview, Review, ReviewDecision, Reviewed};

use crate::{
    evidence::is_valid_at,
    party::{KycState, Party, PartyState},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A decision holds so many days at most, so that a bank that waits long is looked at again.
pub const DECISION_DAYS_MAX: i64 = 1;

/// The rules, in the order in which they are applied. Code, and what it demands.
const RULES: [(&str, &str); 4] = [
    ("CTR_REGISTERED", "the bank is registered and active"),
    ("CTR_LICENCE", "the bank has a licence from a competent authority"),
    ("CTR_LICENCE_EXPIRY", "the licence has not expired"),
    ("CTR_KYC", "the bank's identity is verified and the verification has not expired"),
];

/// Applies every rule of the ring to a bank, and adds what the rule set of the instance's legal
/// regime says about the request.
#[must_use]
pub fn decide(bank: &Party, regime: Option<RegimeDecision>, now: Timestamp) -> ContourDecision {
    let results: Vec<RuleResult> = RULES
        .iter()
        .map(|(code, text)| {
            let (result, message) = apply(code, text, bank, now);
            RuleResult { code: (*code).to_owned(), result, message }
        })
        .collect();
    let said = regime.as_ref().map(|regime| regime.outcome);
    let outcome = worst(&results).max(said.unwrap_or(Verdict::Pass));
    let licence_end = bank.licence.as_ref().and_then(|licence| licence.valid_until);
    let ends = [bank.kyc.valid_until, licence_end, Some(now.plus_days(DECISION_DAYS_MAX))];
    let valid_until = ends.into_iter().flatten().min().unwrap_or(now);
    ContourDecision {
        rule_set: rule_set(),
        outcome,
        results,
        facts: facts(bank),
        regime,
        decided_at: now,
        valid_until,
    }
}

/// What the contour decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContourDecision {
    /// Hash of the ring's own rules, `sha256:…` over their RFC 8785 form.
    pub rule_set: String,
    /// The worst result of any rule, those of the regime included.
    pub outcome: Verdict,
    /// What every rule of the ring said.
    pub results: Vec<RuleResult>,
    /// The facts that the ring used.
    pub facts: Map<String, Value>,
    /// What the rule set of the legal regime said; absent where the instance names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<RegimeDecision>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The first moment at which it holds no longer.
    pub valid_until: Timestamp,
}

/// What one rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleResult {
    /// The stable code of the rule.
    pub code: String,
    /// What it said.
    pub result: Verdict,
    /// Why.
    pub message: String,
}

/// Every rule as one: what does not apply stands in nobody's way.
pub(crate) fn worst(results: &[RuleResult]) -> Verdict {
    results.iter().map(|one| one.result).max().unwrap_or(Verdict::Pass).max(Verdict::Pass)
}

fn apply(code: &str, text: &str, bank: &Party, now: Timestamp) -> (Verdict, String) {
    let said = |holds: bool, but: String| {
        if holds { (Verdict::Pass, text.to_owned()) } else { (Verdict::Fail, but) }
    };
    let end = |until: Option<Timestamp>| {
        until.map_or_else(|| "without a date".to_owned(), |until| format!("on `{until}`"))
    };
    match (code, &bank.licence) {
        ("CTR_REGISTERED", _) => {
            let state = bank.state.as_str();
            said(bank.state == PartyState::Active, format!("the bank is {state}, not active"))
        }
        ("CTR_LICENCE", licence) => {
            said(licence.is_some(), "the bank has no licence on record".to_owned())
        }
        ("CTR_LICENCE_EXPIRY", None) => {
            (Verdict::NotApplicable, "there is no licence that could expire".to_owned())
        }
        ("CTR_LICENCE_EXPIRY", Some(licence)) => {
            let until = licence.valid_until;
            said(is_valid_at(until, now), format!("the licence expired {}", end(until)))
        }
        _ => {
            let state = bank.kyc.state_at(now);
            let but = if state == KycState::Expired {
                format!("the verification expired {}", end(bank.kyc.valid_until))
            } else {
                "the bank's identity is not verified".to_owned()
            };
            said(state == KycState::Verified, but)
        }
    }
}

fn facts(bank: &Party) -> Map<String, Value> {
    let mut facts = Map::new();
    facts.insert("party".into(), json!(bank.id));
    facts.insert("state".into(), json!(bank.state));
    facts.insert("kyc".into(), json!(bank.kyc));
    if let Some(licence) = &bank.licence {
        facts.insert("licence".into(), json!(licence));
    }
    facts
}

/// The hash of the rule set: it changes with every rule.
fn rule_set() -> String {
    let rules: Vec<Value> =
        RULES.iter().map(|(code, text)| json!({ "code": code, "text": text })).collect();
    let canonical = serde_jcs::to_vec(&json!({ "contour": 1, "rules": rules })).unwrap_or_default();
    sha256(&canonical)
}

/// `sha256:` and 64 hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Verdict, decide};
    use crate::{
        event::Wing,
        ids::PartyId,
        party::{Kyc, KycState, Licence, Party, PartyState},
        timestamp::Timestamp,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn bank() -> Party {
        Party {
            id: PartyId::of_lei("529900T8BM49AURSDO55"),
            lei: "529900T8BM49AURSDO55".into(),
            name: "Bank".into(),
            country: "DE".into(),
            kind: Wing::Bank,
            state: PartyState::Active,
            kyc: Kyc { state: KycState::Verified, valid_until: Some(at("2027-01-01T00:00:00Z")) },
            licence: Some(Licence {
                authority: "BaFin".into(),
                number: "1".into(),
                valid_until: Some(at("2026-12-01T00:00:00Z")),
            }),
            tenants: Vec::new(),
            salt: "s".into(),
            revision: 1,
        }
    }

    fn failed(bank: &Party, now: &str) -> Vec<String> {
        let decision = decide(bank, None, at(now));
        let none = !decision.results.iter().any(|one| one.result == Verdict::Fail);
        assert_eq!(decision.outcome == Verdict::Pass, none);
        let failed = decision.results.into_iter().filter(|one| one.result == Verdict::Fail);
        failed.map(|one| one.code).collect()
    }

    #[test]
    fn every_rule_can_refuse() {
        let now = "2026-11-22T09:00:00Z";
        let unknown = Kyc { state: KycState::Pending, valid_until: None };
        for (given, expected) in [
            (bank(), vec![]),
            (Party { state: PartyState::Suspended, ..bank() }, vec!["CTR_REGISTERED"]),
            (Party { licence: None, ..bank() }, vec!["CTR_LICENCE"]),
            (Party { kyc: unknown, ..bank() }, vec!["CTR_KYC"]),
            (
                Party { state: PartyState::Closed, licence: None, kyc: unknown, ..bank() },
                vec!["CTR_REGISTERED", "CTR_LICENCE", "CTR_KYC"],
            ),
        ] {
            assert_eq!(failed(&given, now), expected);
        }
    }

    #[test]
    fn expiries_are_exclusive_at_both_edges() {
        assert!(failed(&bank(), "2026-11-30T23:59:59.999Z").is_empty());
        assert_eq!(failed(&bank(), "2026-12-01T00:00:00Z"), ["CTR_LICENCE_EXPIRY"]);
        let endless = Licence { valid_until: None, ..bank().licence.unwrap() };
        let bank = Party { licence: Some(endless), ..bank() };
        assert!(failed(&bank, "2026-12-31T23:59:59.999Z").is_empty());
        assert_eq!(failed(&bank, "2027-01-01T00:00:00Z"), ["CTR_KYC"]);
    }

    #[test]
    fn a_decision_holds_until_the_first_of_its_facts_ends() {
        let decision = decide(&bank(), None, at("2026-11-22T09:00:00Z"));
        assert_eq!(decision.valid_until, at("2026-11-23T09:00:00Z"));
        let decision = decide(&bank(), None, at("2026-11-30T09:00:00Z"));
        assert_eq!(decision.valid_until, at("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn the_rule_set_has_a_hash_of_its_own() {
        let now = at("2026-11-22T09:00:00Z");
        let hash = decide(&bank(), None, now).rule_set;
        assert_eq!(hash.len(), "sha256:".len() + 64);
        let other = decide(&Party { licence: None, ..bank() }, None, now).rule_set;
        assert_eq!(hash, other);
    }
}
