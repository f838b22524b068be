//! Level payments: what `annuity` and `present_value` give, and what they are refused.

use std::collections::BTreeMap;

use poa_formula::diagnostic::codes;
use poa_formula::{Date, Outcome, compile_product};

fn diagnosed(line: &str) -> Vec<(&'static str, u32)> {
    let source = format!(
        "product p 1.0.0 \"P\"\ncurrency home = EUR\nattribute loan : money home > 0\n\
         attribute rate : percent in 0% .. 30%\nattribute n : integer in 1 .. 480\n\
         attribute m : integer\nattribute r : decimal\n{line}\nvalue v : integer = 1\n"
    );
    let list = match compile_product(&source) {
        Ok(program) => program.warnings().to_vec(),
        Err(list) => list,
    };
    let kept = list.iter().filter(|d| d.code != codes::NO_EXAMPLE);
    kept.map(|d| (d.code, d.column)).collect()
}

#[test]
fn payments_and_their_worth_come_back_to_each_other() {
    let source = "product p 1.0.0 \"P\"\ncurrency home = EUR\nattribute loan : money home > 0\n\
                  attribute rate : percent in 0% .. 30%\nattribute n : integer in 1 .. 480\n\
                  value pay : money home = round(annuity(loan, rate / 12, n), home, half_even)\n\
                  let level = annuity(loan, rate / 12, n)\n\
                  value worth : money home\n\
                  = round(present_value(level, rate / 12, n), home, half_even)\n\
                  value number : decimal = round(annuity(100, 0.1, 2), 10, half_even)\n";
    let program = compile_product(source).unwrap();
    for (rate, n, pay) in [
        ("0.054", 300, "1824.39"),
        ("0.042", 240, "1849.71"),
        ("0", 120, "2500"),
        ("0.3", 480, "7500.05"),
        ("0.000000001", 7, "42857.14"),
    ] {
        let data = serde_json::json!({
            "loan": { "amount": "300000.00", "currency": "EUR" }, "rate": rate, "n": n,
        });
        let inputs = program.read_inputs(data.as_object().unwrap(), Date::MIN, &BTreeMap::new());
        let evaluation = program.evaluate(&inputs.unwrap());
        assert_eq!(evaluation.outcome, Outcome::Eligible);
        assert_eq!(evaluation.money("pay").unwrap().amount.to_string(), pay, "{rate} {n}");
        assert_eq!(evaluation.money("worth").unwrap().amount.to_string(), "300000");
        assert_eq!(evaluation.decimal("number").unwrap().to_string(), "57.619047619");
        assert!(evaluation.steps <= program.steps_bound());
    }
}

#[test]
fn terms_without_meaning_are_refused_or_warned_about() {
    for (line, expected) in [
        ("let a = annuity(loan, rate, n)", vec![]),
        ("let a = present_value(loan, rate, n)", vec![]),
        ("let a = annuity(loan, rate, m)", vec![(codes::MAY_BE_UNDEFINED, 29)]),
        ("let a = annuity(loan, r, n)", vec![(codes::MAY_BE_UNDEFINED, 23)]),
        ("let a = annuity(loan, -1, n)", vec![(codes::UNDEFINED, 23)]),
        ("let a = annuity(loan, rate, 0)", vec![(codes::UNDEFINED, 29)]),
        ("let a = annuity(loan, rate, 100001)", vec![(codes::UNDEFINED, 29)]),
        ("let a = annuity(loan, rate, 100000)", vec![]),
        ("let a = annuity(loan, rate, 0.5)", vec![(codes::ARGUMENTS, 17)]),
        ("let a = annuity(true, rate, n)", vec![(codes::ARGUMENTS, 17)]),
        ("let a = annuity(loan, rate)", vec![(codes::ARGUMENTS, 9)]),
        ("value a : money home = annuity(loan, rate, n)", vec![(codes::UNROUNDED_MONEY, 24)]),
    ] {
        assert_eq!(diagnosed(line), expected, "{line}");
    }
}
