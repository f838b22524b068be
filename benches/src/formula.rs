//! The rule of a loan on 1,024 rows: our evaluator against zen-expression, cel and a function
//! written by hand in Rust, contexts made before the clock starts.

use crate::table::{Row, rate};
use poa_formula::{Dec, Inputs, Outcome, Program, Rounding, Scratch};
use std::{collections::BTreeMap, hint::black_box, time::Instant};

const ROWS: u32 = 1024;

/// Many short rounds: on a machine with other work, some of them are not interrupted.
const ROUNDS: u32 = 300;
const REPEATS: u32 = 2;

const SOURCE: &str = r#"product bench_loan 1.0.0 "The rule of the benchmark"
currency home = USD
attribute loan : money home > 0
attribute property : money home > 0
attribute appraised : money home > 0
attribute term : integer in 1 .. 480
attribute country : country
attribute haircut : percent in 0% .. 50%
param markets : set of country = [SG, DE, US, FR, CH, JP]
param max_ltv : percent in 0% .. 95% = 80%
param max_term : integer in 12 .. 480 = 360
param unit_price : money home > 0 = 100.00
let ltv = loan / property
rule LTV_01 "Loan-to-value {ltv} is above {max_ltv}" require ltv <= max_ltv
rule TERM_01 "Term is longer than {max_term} months" require term <= max_term
rule GEO_01 "Country {country} is not served" require country in markets
token units : integer = floor(appraised * (1 - haircut) / unit_price)
"#;

/// One row of facts.
#[derive(Debug, Clone, Copy)]
struct Loan {
    amount: u32,
    property: u32,
    appraised: u32,
    term: u32,
    country: &'static str,
    haircut_percent: u32,
}

fn loans() -> Vec<Loan> {
    const COUNTRIES: [&str; 8] = ["SG", "DE", "US", "FR", "CH", "JP", "BR", "IN"];
    (0..ROWS)
        .map(|row| {
            let spread = row.wrapping_mul(2_654_435_761) >> 8;
            Loan {
                amount: 100_000 + spread % 400_000,
                property: 300_000 + (spread / 7) % 300_000,
                appraised: 250_000 + (spread / 13) % 500_000,
                term: 12 + spread % 420,
                country: COUNTRIES[(spread % 8) as usize],
                haircut_percent: spread % 20,
            }
        })
        .collect()
}

/// Best evaluations per second of several rounds, and how many rows were eligible.
fn best(mut evaluate: impl FnMut(usize) -> bool) -> (f64, u32) {
    let mut best = 0_f64;
    let mut eligible = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        eligible = 0;
        for _ in 0..REPEATS {
            for row in 0..ROWS as usize {
                eligible += u32::from(evaluate(black_box(row)));
            }
        }
        best = best.max(f64::from(ROWS * REPEATS) / start.elapsed().as_secs_f64());
    }
    (best, eligible / REPEATS)
}

fn inputs(program: &Program, loans: &[Loan]) -> Vec<Inputs> {
    let money =
        |amount: u32| serde_json::json!({"amount": format!("{amount}.00"), "currency": "USD"});
    loans
        .iter()
        .map(|row| {
            let data = serde_json::json!({
                "loan": money(row.amount), "property": money(row.property),
                "appraised": money(row.appraised), "term": row.term, "country": row.country,
                "haircut": format!("0.{:02}", row.haircut_percent),
            });
            let today = "2026-11-22".parse().unwrap();
            program.read_inputs(data.as_object().unwrap(), today, &BTreeMap::new()).unwrap()
        })
        .collect()
}

fn ours(loans: &[Loan]) -> (f64, u32) {
    let program = poa_formula::compile_product(SOURCE).expect("the rule compiles");
    let inputs = inputs(&program, loans);
    let mut scratch = Scratch::default();
    best(|row| program.decide(&inputs[row], &mut scratch) == Outcome::Eligible)
}

/// The same rule as a person would write it in Rust with the same numbers.
fn by_hand(loans: &[Loan]) -> (f64, u32) {
    struct Numbers {
        loan: Dec,
        property: Dec,
        appraised: Dec,
        kept: Dec,
        term: u32,
        country: &'static str,
    }
    let rows: Vec<Numbers> = loans
        .iter()
        .map(|row| Numbers {
            loan: row.amount.into(),
            property: row.property.into(),
            appraised: row.appraised.into(),
            kept: Dec::from_scaled(i128::from(100 - row.haircut_percent), 2).unwrap(),
            term: row.term,
            country: row.country,
        })
        .collect();
    let (most, hundred) = (Dec::from_scaled(8, 1).unwrap(), Dec::from(100));
    best(|row| {
        let row = &rows[row];
        let share = row.loan.checked_div(row.property).unwrap();
        let price = row.appraised.checked_mul(row.kept).unwrap().checked_div(hundred).unwrap();
        black_box(price.round(0, Rounding::Floor).unwrap());
        let served = ["SG", "DE", "US", "FR", "CH", "JP"].contains(&row.country);
        share <= most && row.term <= 360 && served
    })
}

#[cfg(feature = "engines")]
mod engines {
    use super::{Loan, best};

    const ELIGIBLE: &str = "loan / property <= 0.8 and term <= 360 \
        and country in ['SG', 'DE', 'US', 'FR', 'CH', 'JP']";

    /// zen-expression with its virtual machine kept between rows.
    pub(super) fn zen(loans: &[Loan]) -> (f64, u32) {
        use zen_expression::{Variable, compile_expression, vm::VM};
        let eligible = compile_expression(ELIGIBLE).unwrap();
        let units = compile_expression("floor(appraised * (1 - haircut) / 100)").unwrap();
        let contexts: Vec<Variable> = loans
            .iter()
            .map(|row| {
                serde_json::json!({
                    "loan": row.amount, "property": row.property, "appraised": row.appraised,
                    "term": row.term, "country": row.country,
                    "haircut": f64::from(row.haircut_percent) / 100.0,
                })
                .into()
            })
            .collect();
        let mut vm = VM::new();
        best(|row| {
            let verdict = eligible.evaluate_with(contexts[row].clone(), &mut vm).unwrap();
            let count = units.evaluate_with(contexts[row].clone(), &mut vm).unwrap();
            std::hint::black_box(count);
            verdict.as_bool().unwrap()
        })
    }

    /// cel with binary floating point, its only fractional number.
    pub(super) fn cel(loans: &[Loan]) -> (f64, u32) {
        use cel::{Context, Program, Value};
        let eligible = Program::compile(&ELIGIBLE.replace(" and ", " && ")).unwrap();
        let units = Program::compile("appraised * (1.0 - haircut) / 100.0").unwrap();
        let contexts: Vec<Context> = loans
            .iter()
            .map(|row| {
                let mut context = Context::default();
                context.add_variable_from_value("loan", f64::from(row.amount));
                context.add_variable_from_value("property", f64::from(row.property));
                context.add_variable_from_value("appraised", f64::from(row.appraised));
                context.add_variable_from_value("term", i64::from(row.term));
                context.add_variable_from_value("country", row.country);
                context.add_variable_from_value("haircut", f64::from(row.haircut_percent) / 100.0);
                context
            })
            .collect();
        best(|row| {
            let verdict = eligible.execute(&contexts[row]).unwrap();
            std::hint::black_box(units.execute(&contexts[row]).unwrap());
            verdict == Value::Bool(true)
        })
    }
}

#[cfg(feature = "engines")]
fn references(loans: &[Loan]) -> Vec<(&'static str, (f64, u32))> {
    vec![("zen-expression 2.1.6", engines::zen(loans)), ("cel 0.15", engines::cel(loans))]
}

#[cfg(not(feature = "engines"))]
fn references(_: &[Loan]) -> Vec<(&'static str, (f64, u32))> {
    println!("the reference engines are absent: build with `--features engines`");
    Vec::new()
}

/// Runs the benchmark.
pub(crate) fn run() -> Vec<Row> {
    let loans = loans();
    let (ours, eligible) = ours(&loans);
    let mut rows = vec![Row {
        what: "formula: loan rule, one core".to_owned(),
        ours: rate(ours, "evaluations"),
        reference: "-".to_owned(),
        ratio: "-".to_owned(),
        goal: ">= 3 M/s",
        reached: ours >= 3e6,
    }];
    let (hand, same) = by_hand(&loans);
    assert_eq!(eligible, same, "plain Rust and the formula language must agree on every row");
    rows.push(Row {
        what: "formula: loan rule against a function written by hand in Rust".to_owned(),
        ours: rate(ours, "evaluations"),
        reference: rate(hand, "evaluations"),
        ratio: format!("{:.2}", ours / hand),
        goal: ">= 0.3",
        reached: ours / hand >= 0.3,
    });
    for (name, (theirs, same)) in references(&loans) {
        assert_eq!(eligible, same, "{name} and the formula language must agree on every row");
        rows.push(Row {
            what: format!("formula: loan rule against {name}"),
            ours: rate(ours, "evaluations"),
            reference: rate(theirs, "evaluations"),
            ratio: format!("{:.1}", ours / theirs),
            goal: ">= 3",
            reached: ours / theirs >= 3.0,
        });
    }
    rows
}
