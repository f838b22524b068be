//! The mortgage product with its schedule of 360 payments, rounded to the cent.

use crate::table::{Row, rate};
use poa_formula::schedule::{
    ContractType, Cycle, DayCount, Grid, Market, Stub, Terms, Unit, generate,
};
use poa_formula::{Dec, Inputs, Outcome, Program, Rounding, Scratch};
use std::{collections::BTreeMap, hint::black_box, time::Instant};

const MORTGAGE: &str = include_str!("../../examples/products/mortgage_participation.formula");
/// Many short rounds: on a machine with other work, some of them are not interrupted.
const ROUNDS: u32 = 400;
const REPEATS: u32 = 4;
const PAYMENTS: u32 = 360;

/// Runs the benchmark: one figure per day count convention.
pub(crate) fn run() -> Vec<Row> {
    let program = poa_formula::compile_product(MORTGAGE).expect("the product compiles");
    let inputs = inputs(&program);
    DayCount::ALL.into_iter().map(|convention| one(&program, &inputs, convention)).collect()
}

fn one(program: &Program, inputs: &Inputs, convention: DayCount) -> Row {
    let market = Market::default();
    let terms = terms(convention);
    let mut scratch = Scratch::default();
    let mut best = 0_f64;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..REPEATS {
            assert_eq!(program.decide(black_box(inputs), &mut scratch), Outcome::Eligible);
            let events = generate(black_box(&terms), &market).expect("the terms are sound");
            assert!(black_box(events).len() > 2 * PAYMENTS as usize);
        }
        best = best.max(f64::from(REPEATS) / start.elapsed().as_secs_f64());
    }
    Row {
        what: format!("formula: mortgage with {PAYMENTS} payments, {convention}, one core"),
        ours: rate(best, "contracts"),
        reference: "-".to_owned(),
        ratio: "-".to_owned(),
        goal: ">= 5,000/s",
        reached: best >= 5_000.0,
    }
}

fn terms(convention: DayCount) -> Terms {
    let number = |text: &str| -> Dec { text.parse().expect("a number") };
    let from = "2026-11-30".parse().expect("a date");
    let monthly = Cycle::new(1, Unit::Months, Stub::Short).expect("a cycle");
    let terms = Terms::new(ContractType::Annuity, from, number("300000"), number("0.054"));
    let mut terms = terms.over(PAYMENTS, monthly).expect("a term within the calendar");
    terms.day_count_convention = convention;
    terms.rounding = Some(Grid { places: 2, mode: Rounding::HalfEven });
    terms
}

fn inputs(program: &Program) -> Inputs {
    let money = |amount: &str| serde_json::json!({"amount": amount, "currency": "USD"});
    let data = serde_json::json!({
        "country": "US", "occupancy": "owner", "loan_amount": money("300000.00"),
        "property_value": money("400000.00"), "annual_rate": "0.054", "term_months": PAYMENTS,
        "investors": 120, "borrower": "A. Borrower", "registered_owner": "A. Borrower",
    });
    let today = "2026-11-22".parse().expect("a date");
    let evidence: BTreeMap<String, _> =
        program.evidence().iter().map(|evidence| (evidence.name.clone(), today)).collect();
    let data = data.as_object().expect("an object");
    program.read_inputs(data, today, &evidence).expect("the data are complete")
}
