//! Laws of flattening, hashing and checking, tried with random programs and requests.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first fault; remainders are small"
)]

use std::collections::{BTreeMap, BTreeSet};

use poa_formula::diagnostic::codes;
use poa_formula::{Date, Evaluation, Outcome, Program, compile_instance, compile_product};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

const PRODUCT: &str = "product p 1.0.0 \"P\"
currency home = EUR
attribute n : integer in 1 .. 12
attribute d : decimal in -5 .. 5
attribute s : percent in 0% .. 100%
attribute m : money home > 0
param cap : money home > 0 = 500.00
param rate : percent in 0% .. 50% = 5%
param most : integer in 1 .. 12 = 12
rule N_01 \"{n}\" require n <= most
rule M_01 \"{m}\" require m <= cap
rule S_01 \"{s}\" require s <= rate
value v : money home = round(m * rate, home, half_even)
calendar cal = weekend [saturday, sunday] holidays [2026-05-01]
rates seen | 2026-01-01 -> 2%
schedule pay = ANN(principal: m, rate: rate, periods: n, from: 2026-01-31, end_of_month: true,
  business_day: \"SCF\", calendar: cal, reset_cycle: \"P1ML1\", rates: seen, spread: rate)
transfer rule T_01 \"{n}\" require transfer_units <= most
";

/// What an instance does; the order of these means nothing.
const CHANGES: [&str; 11] = [
    "currency home = USD",
    "set cap = 900.00",
    "set most = 11",
    "except rate when (n > 6) = 20%",
    "except rate when (d < 0) = 20%",
    "except cap when (s > 50%) = 100.00",
    "waive N_01 because \"all months\"",
    "waive S_01 because \"no share\"",
    "set cal = weekend [friday, saturday]",
    "set seen = | 2026-01-01 -> 3% | 2026-06-01 -> 4.5%",
    "waive T_01 because \"no limit\"",
];

const ADDED: [&str; 3] = [
    "add rule A_01 \"a\" require d < 4",
    "add rule A_02 \"b\" require s != 7%",
    "add limit l : integer = n * 2",
];

fn instance(lines: &[&str]) -> Program {
    let head = "instance i of p 1.0.0 jurisdiction SG \"I\"";
    compile_instance(PRODUCT, &format!("{head}\n{}\n", lines.join("\n"))).unwrap()
}

fn data(currency: &str, seed: u64) -> Map<String, Json> {
    let decimal = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    let sign = if seed.is_multiple_of(3) { "-" } else { "" };
    let data = json!({
        "n": seed % 12 + 1,
        "d": format!("{sign}{}", decimal(seed % 500)),
        "s": format!("0.{:02}", seed % 100),
        "m": { "amount": decimal(seed % 100_000 + 1), "currency": currency },
    });
    data.as_object().unwrap().clone()
}

fn decided(program: &Program, data: &Map<String, Json>) -> Evaluation {
    let inputs = program.read_inputs(data, Date::MIN, &BTreeMap::new()).unwrap();
    program.evaluate_traced(&inputs)
}

/// An expression that is a number, from parts that need not go together.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("n".to_owned()),
        Just("d".to_owned()),
        Just("s".to_owned()),
        Just("rate".to_owned()),
        Just("most".to_owned()),
        (0_u32..20).prop_map(|value| value.to_string()),
        (1_u32..99).prop_map(|value| format!("0.{value:02}")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let operator = prop::sample::select(vec!["+", "-", "*", "/"]);
        prop_oneof![
            (two.clone(), operator).prop_map(|((a, b), sign)| format!("({a} {sign} {b})")),
            (inner.clone(), 0_u32..5).prop_map(|(a, b)| format!("({a}) ** {b}")),
            inner.clone().prop_map(|a| format!("({a}) ** -n")),
            inner.clone().prop_map(|a| format!("-({a})")),
            two.clone().prop_map(|(a, b)| format!("min({a}, {b})")),
            two.clone().prop_map(|(a, b)| format!("max({a}, abs({b}))")),
            inner.clone().prop_map(|a| format!("round({a}, 3, half_even)")),
            inner.clone().prop_map(|a| format!("floor({a})")),
            (inner.clone(), two.clone())
                .prop_map(|(c, (a, b))| format!("(if {c} > 2 then {a} else {b})")),
            two.prop_map(|(a, b)| format!("(if d != 0 then {a} / d else {b})")),
            inner.clone().prop_map(|a| format!("annuity({a}, s, n)")),
            inner.prop_map(|a| format!("sum(k in 1 .. n : {a} * k)")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_changes_means_nothing(
        order in Just(CHANGES.to_vec()).prop_shuffle(),
        seed in any::<u64>(),
    ) {
        let (one, other) = (instance(&CHANGES), instance(&order));
        prop_assert_eq!(one.formula_hash(), other.formula_hash());
        let data = data("USD", seed);
        let (a, b) = (decided(&one, &data), decided(&other, &data));
        prop_assert_eq!(a.outcome, b.outcome);
        prop_assert_eq!(&a.outputs, &b.outputs);
        prop_assert_eq!(&a.schedules, &b.schedules);
        prop_assert_eq!(a.schedules.len(), 1);
        let codes = |evaluation: &Evaluation| {
            let reasons = evaluation.reasons.iter();
            reasons.map(|reason| (reason.code.clone(), reason.message.clone())).collect::<Vec<_>>()
        };
        if a.outcome != Outcome::Error {
            prop_assert_eq!(codes(&a), codes(&b));
        }
    }

    #[test]
    fn the_order_of_additions_is_only_that_of_the_reasons(
        order in Just([CHANGES.to_vec(), ADDED.to_vec()].concat()).prop_shuffle(),
        seed in any::<u64>(),
    ) {
        let all = [CHANGES.to_vec(), ADDED.to_vec()].concat();
        let (one, other) = (instance(&all), instance(&order));
        let data = data("USD", seed);
        let codes = |program: &Program| {
            let evaluation = decided(program, &data);
            let reasons = evaluation.reasons.iter().map(|r| (r.code.clone(), r.message.clone()));
            (evaluation.outcome, reasons.collect::<BTreeSet<_>>())
        };
        prop_assert_eq!(codes(&one), codes(&other));
        prop_assert!(one.diff(&other).changes.is_empty());
    }

    #[test]
    fn a_program_that_is_accepted_faults_only_as_it_was_warned(
        expression in number(),
        seeds in proptest::collection::vec(any::<u64>(), 8),
    ) {
        let last = "value w : decimal = round(x, 9, half_even)";
        let source = format!("{PRODUCT}let x = {expression}\n{last}\n");
        // What is refused (a divisor that is always zero, too many steps) needs no evaluation.
        let Ok(program) = compile_product(&source) else { return Ok(()) };
        let warned: BTreeSet<&str> = program.warnings().iter().map(|found| found.code).collect();
        let domain = [codes::DIVISOR_MAY_BE_ZERO, codes::MAY_BE_UNDEFINED];
        for seed in seeds {
            let evaluation = decided(&program, &data("EUR", seed));
            prop_assert!(evaluation.steps <= program.steps_bound());
            let rules = ["N_01", "M_01", "S_01"];
            let reasons = evaluation.reasons.iter().map(|reason| reason.code.as_str());
            for code in reasons.filter(|code| !rules.contains(code)) {
                let declared = match code {
                    "OVERFLOW" | "UNDERFLOW" => true,
                    "DIV_ZERO" | "UNDEFINED" => domain.iter().any(|code| warned.contains(code)),
                    _ => false,
                };
                prop_assert!(declared, "{} in {}", code, expression);
            }
        }
    }

    #[test]
    fn one_hash_is_one_program_and_one_decision(
        picks in proptest::collection::vec(any::<bool>(), 22),
        seed in any::<u64>(),
    ) {
        let lines = |picks: &[bool]| {
            let changes = CHANGES.iter().zip(picks).filter(|(_, pick)| **pick);
            let mut lines: Vec<&str> = changes.map(|(line, _)| *line).collect();
            // A currency bound anew demands that the amounts are restated.
            lines.retain(|line| *line != "currency home = USD");
            lines
        };
        let (one, other) =
            (instance(&lines(&picks)), instance(&lines(picks.get(11..).unwrap())));
        let same = one.formula_hash() == other.formula_hash();
        prop_assert_eq!(same, one.ir() == other.ir());
        prop_assert_eq!(same, one.diff(&other).changes.is_empty());
        let data = data("EUR", seed);
        let stored = serde_json::to_string(&decided(&one, &data)).unwrap();
        let back: Evaluation = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), stored.clone());
        let again = instance(&lines(&picks));
        prop_assert_eq!(serde_json::to_string(&decided(&again, &data)).unwrap(), stored);
    }
}
