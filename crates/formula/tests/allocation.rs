//! A decision asks for no memory, once its scratch has been used for the program.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use cap::Cap;
use poa_formula::{Inputs, Outcome, Program, Scratch, compile_product};
use serde_json::json;
use std::{alloc::System, collections::BTreeMap};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const INVOICE: &str = include_str!("../../../examples/products/trade_invoice.formula");

fn inputs(program: &Program, rating: &str) -> Inputs {
    let data = json!({
        "due": "2027-01-21", "debtor_rating": rating, "invoice_ccy": "EUR", "accepted": true,
        "face": { "amount": "120000.00", "currency": "EUR" },
        "fx_rate": { "from": "EUR", "to": "USD", "rate": "1.0842" },
    });
    let issued = "2026-11-15".parse().unwrap();
    let evidence =
        BTreeMap::from([("invoice_pdf".to_owned(), issued), ("bill_of_lading".to_owned(), issued)]);
    let today = "2026-11-22".parse().unwrap();
    program.read_inputs(data.as_object().unwrap(), today, &evidence).unwrap()
}

#[test]
fn a_decision_asks_for_no_memory() {
    let program = compile_product(INVOICE).unwrap();
    let rows = ["AAA", "BBB", "unrated"].map(|rating| inputs(&program, rating));
    let mut scratch = Scratch::default();
    let expected = [Outcome::Eligible, Outcome::Eligible, Outcome::Rejected];
    assert_eq!(rows.each_ref().map(|row| program.decide(row, &mut scratch)), expected);
    let before = MEMORY.total_allocated();
    let again = rows.each_ref().map(|row| program.decide(row, &mut scratch));
    assert_eq!(MEMORY.total_allocated() - before, 0, "bytes asked for");
    assert_eq!(again, expected);
}
