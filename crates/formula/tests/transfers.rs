//! Transfer rules and rule sets of regimes: who may get the token, and what a regime says.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;

use poa_formula::Verdict::{self, Fail, NotApplicable, Pass, Review};
use poa_formula::diagnostic::codes;
use poa_formula::{
    Date, Holder, Inputs, Program, Transfer, TransferDecision, compile_instance, compile_product,
    compile_regime,
};

const PRODUCT: &str = "product p 1.0.0 \"P\"
attribute due : date
param markets : set of country = [DE, SG]
param most : integer in 1 .. 1_000 = 100
let last_day = due - 2
value v : integer = 1
transfer rule GEO_T \"A recipient in {recipient_country} is not served\"
  require recipient_country in markets
transfer rule MOST_T \"More than {most} units\" require recipient_units + transfer_units <= most
transfer rule LATE_T \"After {last_day}\" require transfer_date <= last_day
transfer rule BANK_T \"Banks sell to banks only\"
  require recipient_wing = bank when sender_wing = bank locked
";

fn inputs(program: &Program) -> Inputs {
    let data = serde_json::json!({ "due": "2027-01-31" });
    program.read_inputs(data.as_object().unwrap(), Date::MIN, &BTreeMap::new()).unwrap()
}

fn transfer() -> Transfer {
    let holder = |units: i128| Holder { country: "DE".to_owned(), bank: false, units };
    let date = "2027-01-29".parse().unwrap();
    Transfer { sender: holder(50), recipient: holder(60), units: 40, date }
}

fn judged(program: &Program, change: impl Fn(&mut Transfer)) -> Vec<String> {
    let mut transfer = transfer();
    change(&mut transfer);
    let decision: TransferDecision = program.judge_transfer(&inputs(program), &transfer);
    assert_eq!(decision.allowed, decision.reasons.is_empty());
    decision.reasons.iter().map(|reason| reason.code.clone()).collect()
}

#[test]
fn each_rule_looks_at_its_own_side_of_the_transfer() {
    let program = compile_product(PRODUCT).unwrap();
    assert!(program.has_transfer_rules());
    assert!(judged(&program, |_| {}).is_empty());
    assert_eq!(judged(&program, |t| t.recipient.country = "US".to_owned()), ["GEO_T"]);
    assert_eq!(judged(&program, |t| t.recipient.country = "zz".to_owned()), ["GEO_T"]);
    assert_eq!(judged(&program, |t| t.units = 41), ["MOST_T"]);
    assert_eq!(judged(&program, |t| t.date = "2027-01-30".parse().unwrap()), ["LATE_T"]);
    assert_eq!(judged(&program, |t| t.sender.bank = true), ["BANK_T"]);
    assert!(judged(&program, |t| (t.sender.bank, t.recipient.bank) = (true, true)).is_empty());
    assert_eq!(judged(&program, |t| t.units = i128::MAX), ["OVERFLOW"], "never allowed by fault");
    let mut wrong = transfer();
    wrong.recipient.country = "US".to_owned();
    let decision = program.judge_transfer(&inputs(&program), &wrong);
    let reason = decision.reasons.first().unwrap();
    assert_eq!(reason.message, "A recipient in US is not served");
    assert!(reason.inputs.contains_key("recipient_country"));
}

#[test]
fn facts_of_a_transfer_belong_to_transfer_rules_only() {
    let program = compile_product(PRODUCT).unwrap();
    assert_eq!(program.attributes().len(), 1);
    assert!(!program.attributes_json_schema().to_string().contains("recipient"));
    for (line, code) in [
        ("rule R \"r\" require transfer_units > 1", codes::UNKNOWN_NAME),
        ("let a = recipient_units", codes::UNKNOWN_NAME),
        ("attribute sender_wing : text", codes::DUPLICATE_NAME),
        ("transfer rule GEO_T \"x\" require true", codes::DUPLICATE_NAME),
        ("transfer rule X \"x\" require sender_wing = banks", codes::UNKNOWN_NAME),
        ("transfer rules X \"x\" require true", codes::SYNTAX),
    ] {
        let list = compile_product(&format!("{PRODUCT}{line}\n")).unwrap_err();
        let first = list.iter().find(|d| d.is_error()).unwrap();
        assert_eq!(first.code, code, "{line}: {list:?}");
    }
}

#[test]
fn an_instance_adds_and_waives_transfer_rules_unless_they_are_locked() {
    let head = "instance i of p 1.0.0 jurisdiction SG \"I\"\n";
    let over = format!(
        "{head}waive LATE_T because \"no maturity\"\n\
         add transfer rule SELF_T \"Not abroad\" require sender_country = recipient_country\n"
    );
    let program = compile_instance(PRODUCT, &over).unwrap();
    assert!(judged(&program, |t| t.date = "2027-01-30".parse().unwrap()).is_empty());
    assert_eq!(judged(&program, |t| t.recipient.country = "SG".to_owned()), ["SELF_T"]);
    let list = compile_instance(PRODUCT, &format!("{head}waive BANK_T because \"x\"\n"));
    assert!(list.unwrap_err().iter().any(|d| d.code == codes::LOCKED));
    let plain = PRODUCT.split("transfer rule").next().unwrap();
    let plain = compile_product(plain).unwrap();
    assert!(!plain.has_transfer_rules() && plain.ir().get("transfer_rules").is_none());
    assert!(judged(&plain, |_| {}).is_empty());
    assert_ne!(plain.formula_hash(), compile_product(PRODUCT).unwrap().formula_hash());
}

const REGIME: &str = "regime eu_small 1.0.0 \"Small offers (illustrative)\"
codes kyc_state = [none, verified, expired]
attribute kyc : kyc_state
attribute score : integer in 0 .. 100
attribute amount : integer > 0
attribute income : integer >= 0
evidence screening max age 30 days
param most : integer = 1_000
rule KYC \"Identification is {kyc}\" require kyc = verified
rule SCREEN \"Screening score {score} needs a person\" require score < 60 review
rule MOST \"{amount} is more than {most}\" require amount <= most when score >= 40
rule BURDEN \"Too much of the income\" require amount / income <= 0.5 when amount > 500
limit per_day : integer = most * 2
example \"a known client\" given kyc = verified, score = 10, amount = 10, income = 1,
  screening = 2026-11-01 expect eligible
";

#[test]
fn a_regime_says_what_each_of_its_rules_says() {
    let regime = compile_regime(REGIME).unwrap();
    assert!(regime.run_examples().iter().all(|example| example.passed));
    let as_of: Date = "2026-11-22".parse().unwrap();
    let examined = |kyc: &str, score: u32, amount: u32, income: u32, issued: &str| {
        let data = serde_json::json!({
            "kyc": kyc, "score": score, "amount": amount, "income": income,
        });
        let evidence = BTreeMap::from([("screening".to_owned(), issued.parse().unwrap())]);
        let inputs = regime.read_inputs(data.as_object().unwrap(), as_of, &evidence).unwrap();
        let examination = regime.examine(&inputs);
        assert_eq!(examination.rule_set, regime.formula_hash());
        let findings: Vec<Verdict> = examination.findings.iter().map(|f| f.verdict).collect();
        (examination.verdict, findings, examination.reasons.len())
    };
    let (fresh, old) = ("2026-11-01", "2026-10-01");
    for (case, expected) in [
        (("verified", 10, 10, 1, fresh), (Pass, [Pass, Pass, NotApplicable, NotApplicable], 0)),
        (("verified", 60, 10, 1, fresh), (Review, [Pass, Review, Pass, NotApplicable], 0)),
        (("none", 60, 10, 1, fresh), (Fail, [Fail, Review, Pass, NotApplicable], 0)),
        (("verified", 40, 1_001, 9_999, fresh), (Fail, [Pass, Pass, Fail, Pass], 0)),
        (("verified", 10, 501, 0, fresh), (Fail, [Pass, Pass, NotApplicable, Fail], 0)),
        (("verified", 10, 10, 1, old), (Fail, [Pass, Pass, NotApplicable, NotApplicable], 1)),
    ] {
        let (kyc, score, amount, income, issued) = case;
        let found = examined(kyc, score, amount, income, issued);
        assert_eq!(found, (expected.0, expected.1.to_vec(), expected.2), "{case:?}");
    }
}

#[test]
fn a_regime_has_rules_and_no_token() {
    let lines = ["token u : integer = 1", "legal X \"x\"", "rank = 1", "value w : integer = 1"];
    for line in lines {
        let list = compile_regime(&format!("{REGIME}{line}\n")).unwrap_err();
        let first = list.iter().find(|d| d.is_error()).unwrap();
        assert_eq!((first.code, first.line), (codes::REGIME_FORM, 16), "{line}");
    }
    let list = compile_product(&format!("{PRODUCT}rule R \"r\" require true review\n"));
    assert!(list.unwrap_err().iter().any(|d| d.code == codes::REGIME_FORM));
    assert_eq!(compile_product(REGIME).unwrap_err().first().unwrap().code, codes::SYNTAX);
    assert_eq!(compile_regime(PRODUCT).unwrap_err().first().unwrap().code, codes::SYNTAX);
}
