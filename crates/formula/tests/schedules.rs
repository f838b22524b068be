//! Payment schedules that a program declares: their terms, their payments and their faults.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;

use poa_formula::diagnostic::codes;
use poa_formula::{Date, Evaluation, Outcome, Program, Scratch, compile_product};

const PRODUCT: &str = "product p 1.0.0 \"P\"
currency home = EUR
currency away = USD
attribute as_of : date
attribute due : date
attribute loan : money home > 0
attribute other : money away > 0
attribute rate : percent in 0% .. 30%
attribute months : integer in 1 .. 480
";

fn product(line: &str) -> Program {
    compile_product(&format!("{PRODUCT}{line}\nvalue v : integer = 1\n")).unwrap()
}

fn decided(program: &Program, rate: &str, months: u32, due: &str) -> Evaluation {
    let data = serde_json::json!({
        "loan": { "amount": "1200.00", "currency": "EUR" },
        "other": { "amount": "1.00", "currency": "USD" },
        "rate": rate, "months": months, "due": due,
    });
    let as_of: Date = "2026-01-31".parse().unwrap();
    let inputs = program.read_inputs(data.as_object().unwrap(), as_of, &BTreeMap::new()).unwrap();
    let evaluation = program.evaluate(&inputs);
    assert_eq!(program.decide(&inputs, &mut Scratch::default()), evaluation.outcome);
    assert!(evaluation.steps <= program.steps_bound(), "{} steps", evaluation.steps);
    evaluation
}

fn payments(evaluation: &Evaluation) -> Vec<String> {
    let schedule = evaluation.schedules.first().unwrap();
    let lines = schedule.payments.iter().map(|payment| {
        let (amount, left) = (payment.amount.amount_text(), payment.outstanding.amount_text());
        format!("{} {} {amount} {left}", payment.date, payment.event)
    });
    lines.collect()
}

#[test]
fn an_annuity_pays_every_month_and_redeems_to_the_cent() {
    let line = "schedule s = ANN(principal: loan, rate: rate, periods: months, from: as_of)";
    let evaluation = decided(&product(line), "0.12", 3, "2027-01-01");
    assert_eq!(evaluation.outcome, Outcome::Eligible);
    let list = payments(&evaluation);
    assert_eq!(list.first().unwrap(), "2026-01-31 IED -1200.00 1200.00");
    assert!(list.iter().any(|line| line == "2026-02-28 IP 11.20 803.26"), "{list:?}");
    assert!(list.last().unwrap().ends_with(" 0.00"), "{list:?}");
    let total = evaluation
        .schedules
        .first()
        .unwrap()
        .payments
        .iter()
        .fold(poa_formula::Dec::ZERO, |sum, payment| {
            sum.checked_add(payment.amount.amount).unwrap()
        });
    assert!(!total.is_negative(), "interest was earned: {total}");
    let one = decided(&product(line), "0", 1, "2027-01-01");
    assert!(payments(&one).last().unwrap().ends_with(" 0.00"));
}

#[test]
fn principal_at_maturity_pays_on_the_day() {
    let line = "schedule s = PAM(principal: loan, rate: rate, from: as_of, to: due, \
                day_count: \"ACT/360\")";
    let list = payments(&decided(&product(line), "0.1", 1, "2026-03-31"));
    // 59 days of 10 % on 1200.
    assert!(list.iter().any(|line| line.contains(" IP 19.67 ")), "{list:?}");
    assert_eq!(list.last().unwrap(), "2026-03-31 MD 1200.00 0.00");
}

#[test]
fn terms_that_contradict_the_data_are_a_fault() {
    let line = "schedule s = PAM(principal: loan, rate: rate, from: as_of, to: due)";
    let evaluation = decided(&product(line), "0.1", 1, "2026-01-31");
    assert_eq!(evaluation.outcome, Outcome::Error);
    let reason = evaluation.reasons.first().unwrap();
    assert_eq!(reason.code, "SCHEDULE_TERM");
    assert!(reason.message.starts_with("the schedule `s` cannot be calculated"), "{reason:?}");
    assert!(evaluation.schedules.is_empty());
}

#[test]
fn a_schedule_is_part_of_the_hash_and_none_leaves_no_trace() {
    let hash = |line: &str| product(line).formula_hash().to_owned();
    let base = "schedule s = LAM(principal: loan, rate: rate, periods: months, from: as_of)";
    let hashes = [
        hash(base),
        hash(&base.replace("LAM", "ANN")),
        hash(&base.replace("as_of)", "due)")),
        hash(&base.replace("as_of)", "as_of, day_count: \"ACT/360\")")),
        hash(&base.replace("as_of)", "as_of, cycle: \"P3ML0\")")),
        hash(&base.replace("as_of)", "as_of, end_of_month: true)")),
        hash(""),
    ];
    let distinct: std::collections::BTreeSet<&String> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
    assert!(product("").ir().get("schedules").is_none());
    let evaluation = serde_json::to_value(decided(&product(""), "0", 1, "2027-01-01")).unwrap();
    assert!(evaluation.get("schedules").is_none());
}

#[test]
fn faulty_schedules_are_pointed_at() {
    let ann = "schedule s = ANN(principal: loan, rate: rate, from: as_of";
    for (line, code, column) in [
        ("schedule s = XYZ(principal: loan)".to_owned(), codes::SCHEDULE_FORM, 14),
        ("schedule s = ANN(principle: loan)".to_owned(), codes::SCHEDULE_FORM, 18),
        ("schedule s = ANN(principal: loan)".to_owned(), codes::SCHEDULE_FORM, 10),
        (format!("{ann})"), codes::SCHEDULE_FORM, 10),
        (format!("{ann}, periods: months, to: due)"), codes::SCHEDULE_FORM, 10),
        (format!("{ann}, periods: 1.5)"), codes::TYPE, 69),
        (format!("{ann}, periods: 1, periods: 2)"), codes::SCHEDULE_FORM, 72),
        (format!("{ann}, periods: 1, cycle: \"P1M\")"), codes::SCHEDULE_FORM, 79),
        (format!("{ann}, periods: 1, day_count: \"ACT/361\")"), codes::ARGUMENTS, 83),
        (format!("{ann}, periods: 1, payment: other)"), codes::CURRENCY_MIX, 81),
        (format!("{ann}, periods: 1, payment: loan / 3)"), codes::UNROUNDED_MONEY, 81),
        (format!("{ann}, periods: 1, end_of_month: 1)"), codes::SCHEDULE_FORM, 86),
        ("schedule loan = ANN(principal: loan)".to_owned(), codes::DUPLICATE_NAME, 10),
    ] {
        let list = compile_product(&format!("{PRODUCT}{line}\nvalue v : integer = 1\n"));
        let list = list.unwrap_err();
        let found = list.iter().filter(|d| d.is_error()).map(|d| (d.code, d.column)).next();
        assert_eq!(found, Some((code, column)), "{line}");
    }
    let pam = format!(
        "{PRODUCT}schedule s = PAM(principal: loan, rate: rate, from: as_of, to: due, \
                       payment: loan)\nvalue v : integer = 1\n"
    );
    let list = compile_product(&pam).unwrap_err();
    assert!(list.iter().any(|d| d.code == codes::SCHEDULE_FORM));
}

#[test]
fn parts_of_a_year_are_counted_by_convention() {
    let value = |convention: &str| {
        let program = product(&format!(
            "value f : decimal = round(year_fraction(as_of, due, \"{convention}\"), 8, half_even)"
        ));
        let evaluation = decided(&program, "0", 1, "2027-03-31");
        evaluation.decimal("f").unwrap().to_string()
    };
    assert_eq!(value("ACT/365F"), "1.16164384");
    assert_eq!(value("ACT/360"), "1.17777778");
    assert_eq!(value("30E/360"), "1.16666667");
    assert_eq!(value("ACT/ACT"), "1.16164384");
    let wrong = format!("{PRODUCT}let f = year_fraction(as_of, due, ACT)\nvalue v : integer = 1\n");
    let list = compile_product(&wrong).unwrap_err();
    let first = list.iter().find(|d| d.is_error()).unwrap();
    assert_eq!((first.code, first.column), (codes::ARGUMENTS, 35));
}
