//! The schedule kernel against the test vectors of ACTUS: every event with date, kind, payment and
//! the state after it.
//!
//! The vectors (actusfrf/actus-tests, CC BY-SA 4.0) lie outside the repository. They were computed
//! in binary floating point, so that figures are compared to one part in 10^9.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test stops at the first fault and says what is absent"
)]

#[path = "actus/terms.rs"]
mod terms;

use poa_formula::Dec;
use poa_formula::schedule::{Event, generate};
use serde_json::{Map, Value};
use std::path::Path;

/// Beside the repository, or beside a folder that holds its work trees.
const FOLDER: &str = "shared/data/actus";

/// Every contract that is not compared, with the term that excludes it: dates here have no time
/// of day, and these contracts count the interest of a day that ends at 23:59:59.
const EXCLUDED: [(&str, &str); 3] =
    [("ann19", "terminationDate"), ("ann26", "amortizationDate"), ("pam25", "maturityDate")];

/// The contracts of a file by their names, or nothing where the data is absent.
fn contracts(kind: &str) -> Option<Map<String, Value>> {
    let file = format!("{FOLDER}/actus-tests-{kind}.json");
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(3);
    let Some(path) = above.map(|folder| folder.join(&file)).find(|path| path.exists()) else {
        println!("absent: ../{file}");
        return None;
    };
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn number(value: &Value) -> Dec {
    terms::number(value).unwrap()
}

/// Within one part in 10^9 of what is expected; of the principal where zero is expected.
fn close(ours: Dec, expected: Dec, principal: Dec) -> bool {
    let scale = if expected.is_zero() { principal } else { expected.abs() };
    let allowed = scale.checked_mul("0.000000001".parse().unwrap()).unwrap();
    ours.checked_sub(expected).unwrap().abs() <= allowed
}

fn compare(name: &str, ours: &[Event], contract: &Value) {
    let principal = number(&contract["terms"]["notionalPrincipal"]);
    let expected = contract["results"].as_array().unwrap();
    let list = |event: &Event| format!("{} {}", event.date, event.kind);
    let kinds: Vec<String> = ours.iter().map(list).collect();
    let wanted: Vec<String> = expected
        .iter()
        .map(|event| {
            let date = terms::date(event["eventDate"].as_str().unwrap()).unwrap();
            format!("{date} {}", event["eventType"].as_str().unwrap())
        })
        .collect();
    assert_eq!(kinds, wanted, "{name}");
    for (ours, expected) in ours.iter().zip(expected) {
        for (what, figure) in [
            ("payoff", ours.payoff),
            ("notionalPrincipal", ours.notional_principal),
            ("nominalInterestRate", ours.nominal_interest_rate),
            ("accruedInterest", ours.accrued_interest),
        ] {
            let wanted = number(&expected[what]);
            let at = format!("{name} {} {} {what}", ours.date, ours.kind);
            assert!(close(figure, wanted, principal), "{at}: {figure}, not {wanted}");
        }
    }
}

/// Compares all contracts of a file: how many were compared, and their events.
fn run(kind: &str) -> Option<(usize, usize)> {
    let (mut compared, mut events) = (0_usize, 0_usize);
    let mut excluded = Vec::new();
    let contracts = contracts(kind)?;
    for (name, contract) in &contracts {
        match terms::read(contract) {
            Ok((terms, market)) => {
                let ours = generate(&terms, &market).unwrap_or_else(|fault| {
                    panic!("{name}: {} {fault}", fault.code());
                });
                compare(name, &ours, contract);
                compared = compared.saturating_add(1);
                events = events.saturating_add(ours.len());
            }
            Err(term) => excluded.push((name.clone(), term)),
        }
    }
    excluded.sort();
    let listed = EXCLUDED.iter().filter(|(name, _)| name.starts_with(kind));
    let listed: Vec<_> =
        listed.map(|(name, term)| ((*name).to_owned(), (*term).to_owned())).collect();
    assert_eq!(
        excluded, listed,
        "contracts that are not compared, and the term that excludes them"
    );
    println!("{kind}: {compared} of {} contracts, {events} events", contracts.len());
    Some((compared, events))
}

#[test]
fn annuities_are_those_of_actus() {
    if let Some(compared) = run("ann") {
        assert_eq!(compared, (29, 1021));
    }
}

#[test]
fn loans_repaid_at_maturity_are_those_of_actus() {
    if let Some(compared) = run("pam") {
        assert_eq!(compared, (24, 333));
    }
}
