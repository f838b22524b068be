//! The rule set of a legal regime, asked about one request: the facts that the contour knows, and
//! what the bank states.

use super::{RuleResult, worst};
use crate::{
    limits, party::Party, product::ProductCode, question::Question, side::Side,
    timestamp::Timestamp, version::VersionNumber,
};
use poa_formula::{Date, Dec, InputFault, Inputs, Money, Program, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Names of the facts that the contour offers. A rule set declares those that it needs, with these
/// names; whatever else it declares is a statement that the bank sends with the request.
pub const OFFERED: [&str; 11] = [
    "as_of",
    "kyc",
    "kyc_days_left",
    "licence_days_left",
    "bank_country",
    "instance_country",
    "side",
    "for_client",
    "valuation",
    "client_requests_of_day",
    "client_value_of_day",
];

/// The name of the limit that says how many days the decision is to be kept.
const RETENTION: &str = "retention_days";
/// A rule set can ask for a hundred years at most.
const RETENTION_DAYS_MAX: i64 = 36_525;
const DAY_MILLIS: i64 = 86_400_000;

/// The published rule set that an instance pins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleSet {
    /// Code of the product of class `regulation`.
    pub product: ProductCode,
    /// Number of its version.
    pub version: VersionNumber,
    /// SHA-256 of what it does, `sha256:…`.
    pub hash: String,
}

/// The rule set was withdrawn.
const UNUSABLE: &str = "CTR_RULE_SET";
/// A fact or a statement cannot be read.
const UNREADABLE: &str = "CTR_FACTS";
/// The day of the end client cannot be counted.
const UNCOUNTED: &str = "CTR_DAY";

/// Whether a result says that the rules could not be asked. Nobody overrides that.
pub(super) fn is_unasked(result: &RuleResult) -> bool {
    [UNUSABLE, UNREADABLE, UNCOUNTED].contains(&result.code.as_str())
}

/// What the contour knows about one request.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The bank.
    pub bank: &'a Party,
    /// Country of the instance, ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// What the bank brings.
    pub side: Side,
    /// Whether it acts for an end client.
    pub for_client: bool,
    /// What the program of the instance says that the thing is worth; absent where it cannot say.
    pub valuation: Option<Money>,
    /// What was brought for the end client on the day of the request, this one included; absent
    /// where there is no end client.
    pub used: Option<Used>,
    /// When.
    pub now: Timestamp,
}

/// What was brought for one end client on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// How many requests.
    pub requests: u64,
    /// Their valuations in the currency of this one; absent where this one has none.
    pub value: Option<Money>,
}

/// What a rule set said about one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegimeDecision {
    /// Name of the legal regime.
    pub regime: String,
    /// Which rule set decided.
    pub rule_set: RuleSet,
    /// The worst result of any rule.
    pub outcome: Verdict,
    /// What every rule said.
    pub results: Vec<RuleResult>,
    /// The facts that were used: what the contour knew, what the bank stated, the days on which
    /// documents were issued.
    pub facts: Map<String, Value>,
    /// Until when the decision is to be kept, where the rule set says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<Timestamp>,
}

/// Whether a rule set asks what was brought for the end client on the day of the request.
#[must_use]
pub fn asks_for_day(program: &Program) -> bool {
    program.attributes().iter().any(|one| one.name.ends_with("_of_day") && offers(&one.name))
}

/// Asks a rule set. What cannot be decided fails.
#[must_use]
pub fn examine(
    program: &Program,
    (regime, rule_set): (&str, &RuleSet),
    statements: &Map<String, Value>,
    evidence: &BTreeMap<String, Date>,
    known: &Known<'_>,
) -> RegimeDecision {
    let (inputs, mut facts) = put(program, statements, evidence, known);
    let dates = program.evidence().iter().filter_map(|one| evidence.get_key_value(&one.name));
    facts.extend(dates.map(|(name, date)| (name.clone(), json!(date))));
    facts.insert("as_of".to_owned(), json!(known.now.date()));
    let (results, keep_until) = match &inputs {
        Ok(inputs) => (applied(program, inputs), kept(program, inputs, known.now)),
        Err(faults) => (faults.iter().map(undecided).collect(), None),
    };
    RegimeDecision {
        regime: regime.to_owned(),
        rule_set: rule_set.clone(),
        outcome: worst(&results),
        results,
        facts,
        keep_until,
    }
}

impl RuleSet {
    /// What it says after its version was withdrawn: nothing passes.
    #[must_use]
    pub fn withdrawn(&self, regime: &str) -> RegimeDecision {
        let message = format!("version {} of `{}` was withdrawn", self.version, self.product);
        self.unasked(regime, UNUSABLE, message)
    }

    /// What it says where the day of the end client cannot be counted any more: nothing passes.
    #[must_use]
    pub fn day_full(&self, regime: &str) -> RegimeDecision {
        let most = limits::CLIENT_DAY_REQUESTS_MAX;
        let message = format!("the end client has {most} requests on this day, and no more count");
        self.unasked(regime, UNCOUNTED, message)
    }

    /// A decision without asking the rules.
    fn unasked(&self, regime: &str, code: &str, message: String) -> RegimeDecision {
        RegimeDecision {
            regime: regime.to_owned(),
            rule_set: self.clone(),
            outcome: Verdict::Fail,
            results: vec![RuleResult { code: code.to_owned(), result: Verdict::Fail, message }],
            facts: Map::new(),
            keep_until: None,
        }
    }

    /// What is wrong with the statements of a bank, as far as this rule set reads them. Pointers
    /// start with `/`.
    #[must_use]
    pub fn faults(
        program: &Program,
        statements: &Map<String, Value>,
        known: &Known<'_>,
    ) -> Vec<InputFault> {
        let known = Known { used: Some(Used { requests: 1, value: known.valuation }), ..*known };
        let (inputs, _) = put(program, statements, &BTreeMap::new(), &known);
        let asked = |name: &str| program.attributes().iter().any(|one| one.name == name);
        let mut faults = inputs.err().unwrap_or_default();
        faults.retain(|fault| !OFFERED.contains(&named(fault)));
        for name in statements.keys().filter(|name| offers(name) || !asked(name)) {
            faults.push(InputFault {
                pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                code: "unknown".to_owned(),
                message: "the rule set asks for no such statement".to_owned(),
            });
        }
        faults
    }

    /// The facts of the contour that this rule set declares as something else, for an instance that
    /// values in a currency.
    #[must_use]
    pub fn misdeclared(program: &Program, currency: &str) -> Vec<String> {
        let as_of = Timestamp::from_millis(0).date();
        let facts = sample(currency).into_iter();
        let misfits = facts.filter(|(name, fact)| {
            let data = Map::from_iter([((*name).to_owned(), fact.clone())]);
            let faults = program.read_inputs(&data, as_of, &BTreeMap::new()).err();
            let declared = program.attributes().iter().any(|one| one.name == *name);
            declared && faults.iter().flatten().any(|fault| named(fault) == *name)
        });
        misfits.map(|(name, _)| name.to_owned()).collect()
    }
}

/// One value of every fact, to see whether a declaration takes it.
fn sample(currency: &str) -> Vec<(&'static str, Value)> {
    let money = || json!({ "amount": "1.00", "currency": currency });
    vec![
        ("kyc", json!("verified")),
        ("kyc_days_left", json!(1)),
        ("licence_days_left", json!(1)),
        ("bank_country", json!("DE")),
        ("instance_country", json!("DE")),
        ("side", json!("originator")),
        ("for_client", json!(true)),
        ("valuation", money()),
        ("client_requests_of_day", json!(1)),
        ("client_value_of_day", money()),
    ]
}

fn offers(name: &str) -> bool {
    OFFERED.contains(&name)
}

/// The first segment of the pointer of a fault: the name of the attribute.
fn named(fault: &InputFault) -> &str {
    fault.pointer.trim_start_matches('/').split('/').next().unwrap_or_default()
}

type Read = (Result<Inputs, Vec<InputFault>>, Map<String, Value>);

fn put(
    program: &Program,
    statements: &Map<String, Value>,
    evidence: &BTreeMap<String, Date>,
    known: &Known<'_>,
) -> Read {
    // INVARIANT: what the contour knows itself is never what somebody states.
    let stated = statements.iter().filter(|(name, _)| !offers(name));
    let mut data: Map<String, Value> =
        stated.map(|(name, value)| (name.clone(), value.clone())).collect();
    data.extend(offered(known));
    let asked = |name: &String| program.attributes().iter().any(|one| one.name == *name);
    data.retain(|name, _| asked(name));
    let (side, as_of) = (Some(known.side), known.now.date());
    let put = Question { side, data: &data, evidence, as_of }.put(program);
    (put.inputs, data)
}

/// The facts that the contour offers now; those that it does not have are absent.
fn offered(known: &Known<'_>) -> Map<String, Value> {
    let licence = known.bank.licence.as_ref().and_then(|licence| licence.valid_until);
    let value = known.used.and_then(|used| used.value);
    let facts = [
        ("kyc", Some(json!(known.bank.kyc.state_at(known.now)))),
        ("kyc_days_left", known.bank.kyc.valid_until.map(|until| days(known.now, until))),
        ("licence_days_left", licence.map(|until| days(known.now, until))),
        ("bank_country", Some(json!(known.bank.country))),
        ("instance_country", Some(json!(known.country))),
        ("side", Some(json!(known.side))),
        ("for_client", Some(json!(known.for_client))),
        ("valuation", known.valuation.map(|value| json!(value))),
        ("client_requests_of_day", known.used.map(|used| json!(used.requests))),
        ("client_value_of_day", value.map(|value| json!(value))),
    ];
    let there = facts.into_iter().filter_map(|(name, fact)| Some((name.to_owned(), fact?)));
    there.collect()
}

/// Whole days until a moment; 0 where it has passed.
fn days(now: Timestamp, until: Timestamp) -> Value {
    json!(until.millis().saturating_sub(now.millis()).max(0).div_euclid(DAY_MILLIS))
}

fn applied(program: &Program, inputs: &Inputs) -> Vec<RuleResult> {
    let examined = program.examine(inputs);
    let mut results = Vec::with_capacity(examined.findings.len());
    for finding in examined.findings {
        let words = match finding.verdict {
            Verdict::NotApplicable => "it does not apply",
            Verdict::Pass => "it holds",
            Verdict::Review => "a person has to look",
            Verdict::Fail => "it does not hold",
        };
        let message = finding.reason.map_or_else(|| words.to_owned(), |reason| reason.message);
        results.push(RuleResult { code: finding.code, result: finding.verdict, message });
    }
    results.extend(examined.reasons.into_iter().map(|reason| RuleResult {
        code: reason.code,
        result: Verdict::Fail,
        message: reason.message,
    }));
    results
}

/// That a fact or a statement cannot be read.
fn undecided(fault: &InputFault) -> RuleResult {
    let message = format!("`{}`: {}", named(fault), fault.message);
    RuleResult { code: UNREADABLE.to_owned(), result: Verdict::Fail, message }
}

fn kept(program: &Program, inputs: &Inputs, now: Timestamp) -> Option<Timestamp> {
    let days = program.evaluate(inputs).integer(RETENTION)?;
    let days = i64::try_from(days).unwrap_or(RETENTION_DAYS_MAX);
    Some(now.plus_days(days.clamp(0, RETENTION_DAYS_MAX)))
}

impl Used {
    /// One more request of this value on a day on which others were made.
    #[must_use]
    pub fn of(requests: u64, sum: Option<Dec>, value: Option<Money>) -> Self {
        let value = value.zip(sum).map(|(value, sum)| Money { amount: sum, ..value });
        Self { requests, value }
    }
}
