//! Fuzzing on the stable toolchain: a fixed number of cases from fixed seeds, the same in every
//! run. Nothing panics; a diagnostic points into the source; an accepted program decides every
//! row, twice the same, and faults only in the ways that are documented.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "a test stops at the first fault"
)]

#[path = "fuzz/grammar.rs"]
mod grammar;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/random.rs"]
mod random;

use poa_formula::limits::{DIAGNOSTICS_MAX, SOURCE_BYTES_MAX};
use poa_formula::{
    Diagnostic, Outcome, Program, Scratch, compile_instance, compile_product, compile_regime,
};
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Mutated sources, and programs from the grammar.
const MUTANTS: u64 = 2_000;
const PROGRAMS: u64 = 2_000;

/// Rows of data for each program that is accepted.
const ROWS: u32 = 12;

/// How an evaluation may fail, by the language guide.
const FAULTS: [&str; 13] = [
    "OVERFLOW",
    "UNDERFLOW",
    "DIV_ZERO",
    "UNDEFINED",
    "DATE_RANGE",
    "EXCEPTION_CONFLICT",
    "EXCEPTION_RANGE",
    "SCHEDULE_TERM",
    "SCHEDULE_RATE_MISSING",
    "SCHEDULE_NEVER_REPAID",
    "SCHEDULE_TOO_LONG",
    "SCHEDULE_DATE",
    "SCHEDULE_NUMBER",
];

/// The rules of the programs of the grammar.
const RULES: [&str; 5] = ["R_1", "I_1", "G_0", "G_1", "G_2"];

/// Runs something and names the source that made it panic.
fn guarded<T>(source: &str, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| panic!("this source:\n{source}"))
}

fn check_diagnostics(source: &str, list: &[Diagnostic]) {
    assert!(!list.is_empty() && list.len() <= DIAGNOSTICS_MAX, "{source}");
    assert!(list.iter().any(Diagnostic::is_error), "{source}");
    let lines = source.lines().count() + 1;
    for found in list {
        let line = usize::try_from(found.line).unwrap();
        assert!((1..=lines).contains(&line) && found.column >= 1, "{found:?}\n{source}");
        assert!(!found.message.is_empty() && found.code.starts_with("formula."), "{found:?}");
    }
}

#[test]
fn mutated_products_are_judged_and_never_panic() {
    let shipped = mutate::shipped();
    let products: Vec<_> =
        shipped.iter().filter(|(_, source)| compile_product(source).is_ok()).collect();
    assert_eq!(products.len(), 4);
    let mut random = Random::new(41);
    let (mut accepted, mut codes) = (0_u32, BTreeSet::new());
    for round in 0..MUTANTS {
        let (_, source) = products[usize::try_from(round % 4).unwrap()];
        let (_, other) = &shipped[usize::try_from(random.below(15)).unwrap()];
        let source = mutate::mutated(&mut random, source, other);
        match guarded(&source, || compile_product(&source)) {
            Ok(program) => {
                accepted += 1;
                let again = compile_product(&source).unwrap();
                assert_eq!(program.formula_hash(), again.formula_hash(), "{source}");
                guarded(&source, || program.run_examples());
            }
            Err(list) => {
                check_diagnostics(&source, &list);
                codes.extend(list.iter().map(|found| found.code));
            }
        }
    }
    // What is met shows that mutants reach all stages, from characters to proofs of tables.
    assert!(accepted > MUTANTS.try_into().map_or(0, |all: u32| all / 50), "{accepted} accepted");
    assert!(codes.len() >= 28, "{} codes: {codes:?}", codes.len());
}

#[test]
fn mutated_instances_are_judged_and_never_panic() {
    let shipped = mutate::shipped();
    let mut random = Random::new(43);
    let mut codes = BTreeSet::new();
    let pairs: Vec<_> = shipped
        .iter()
        .filter_map(|instance| {
            let fits =
                |product: &&(String, String)| compile_instance(&product.1, &instance.1).is_ok();
            shipped.iter().find(fits).map(|product| (&product.1, &instance.1))
        })
        .collect();
    assert_eq!(pairs.len(), 11);
    for round in 0..MUTANTS {
        let (product, instance) = pairs[usize::try_from(round % 11).unwrap()];
        let (_, other) = &shipped[usize::try_from(random.below(15)).unwrap()];
        let source = mutate::mutated(&mut random, instance, other);
        if let Err(list) = guarded(&source, || compile_instance(product, &source)) {
            assert!(!list.is_empty(), "{source}");
            codes.extend(list.iter().map(|found| found.code));
        }
    }
    assert!(codes.len() > 20, "{} codes: {codes:?}", codes.len());
}

#[test]
fn bytes_without_any_meaning_are_refused() {
    let mut random = Random::new(47);
    for _ in 0..2_000 {
        let length = random.below(300);
        let bytes: Vec<u8> = (0..length).map(|_| random.next().to_be_bytes()[0]).collect();
        let source = String::from_utf8_lossy(&bytes);
        let list = guarded(&source, || compile_product(&source)).unwrap_err();
        check_diagnostics(&source, &list);
    }
    assert!(compile_product(&"x".repeat(SOURCE_BYTES_MAX + 1)).is_err());
}

/// Decides some rows: how many were eligible or rejected, and what went wrong in the others.
fn decide(
    source: &str,
    program: &Program,
    random: &mut Random,
    faults: &mut BTreeSet<String>,
) -> u32 {
    let today = "2026-11-22".parse().unwrap();
    let mut scratch = Scratch::default();
    let mut decided = 0;
    for _ in 0..ROWS {
        let mut data = grammar::row(random);
        let asked = program.attributes();
        data.retain(|name, _| asked.iter().any(|attribute| attribute.name == *name));
        let inputs = program.read_inputs(&data, today, &BTreeMap::new()).unwrap();
        let evaluation = guarded(source, || program.evaluate(&inputs));
        let once = serde_json::to_string(&evaluation).unwrap();
        let twice = serde_json::to_string(&program.evaluate(&inputs)).unwrap();
        assert_eq!(once, twice, "{source}");
        assert!(evaluation.steps <= program.steps_bound(), "{} steps\n{source}", evaluation.steps);
        assert_eq!(program.decide(&inputs, &mut scratch), evaluation.outcome, "{source}");
        match evaluation.outcome {
            Outcome::Eligible | Outcome::Rejected => decided += 1,
            Outcome::Error => {
                let codes: Vec<_> =
                    evaluation.reasons.iter().map(|reason| reason.code.clone()).collect();
                let known = |code: &String| {
                    FAULTS.contains(&code.as_str()) || RULES.contains(&code.as_str())
                };
                assert!(codes.iter().all(known), "{codes:?}\n{source}\n{data:?}");
                faults.extend(codes);
            }
            Outcome::Incomplete => panic!("no evidence is asked for\n{source}"),
        }
    }
    decided
}

#[test]
fn programs_of_the_grammar_fault_only_as_documented() {
    let mut random = Random::new(53);
    let (mut accepted, mut decided, mut faults) = (0_u32, 0_u32, BTreeSet::new());
    for _ in 0..PROGRAMS {
        let source = grammar::program(&mut random);
        match guarded(&source, || compile_product(&source)) {
            Ok(program) => {
                accepted += 1;
                decided += decide(&source, &program, &mut random, &mut faults);
            }
            Err(list) => check_diagnostics(&source, &list),
        }
    }
    assert!(accepted > 1_500, "{accepted} accepted");
    assert!(decided > accepted, "{decided} rows of {accepted} programs decided");
    for fault in ["OVERFLOW", "DIV_ZERO", "DATE_RANGE", "SCHEDULE_TERM", "SCHEDULE_RATE_MISSING"] {
        assert!(faults.contains(fault), "{fault} was never met: {faults:?}");
    }
}

#[test]
fn instances_and_regimes_of_the_grammar_fault_only_as_documented() {
    let mut random = Random::new(59);
    let (mut accepted, mut decided, mut faults) = (0_u32, 0_u32, BTreeSet::new());
    for round in 0..PROGRAMS / 4 {
        let product = grammar::program(&mut random);
        if round % 4 == 0 {
            let source = grammar::regime(&mut random);
            if let Ok(program) = guarded(&source, || compile_regime(&source)) {
                accepted += 1;
                decided += decide(&source, &program, &mut random, &mut faults);
            }
            continue;
        }
        let source = grammar::instance(&mut random);
        match guarded(&source, || compile_instance(&product, &source)) {
            Ok(program) => {
                accepted += 1;
                let whole = format!("{product}{source}");
                decided += decide(&whole, &program, &mut random, &mut faults);
            }
            Err(list) => assert!(list.iter().any(Diagnostic::is_error), "{source}"),
        }
    }
    assert!(accepted > 150, "{accepted} accepted");
    assert!(decided > accepted, "{decided} rows of {accepted} programs decided");
    assert!(faults.contains("EXCEPTION_CONFLICT"), "{faults:?}");
}
