//! The scalar cases of the DMN conformance suite (dmn-tck/tck): one product per case, whose only
//! value is the expression in our spelling.
//!
//! The cases (CC BY-SA 4.0) lie outside the repository. Every case that does not come out as the
//! suite expects is listed in `dmn_tck/misses.txt` with its reason, and nothing else is.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first fault and says what is absent"
)]

#[path = "dmn_tck/feel.rs"]
mod feel;

use poa_formula::{Dec, Outcome, Severity, Value, compile_product};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Beside the repository, or beside a folder that holds its work trees.
const FILE: &str = "shared/data/dmn-tck/scalar-values.json";

#[derive(Deserialize)]
struct Case {
    suite: String,
    expression: String,
    expected: Option<String>,
}

fn cases() -> Option<Vec<Case>> {
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(3);
    let Some(path) = above.find_map(|folder| Some(folder.join(FILE)).filter(|path| path.exists()))
    else {
        println!("absent: ../{FILE}");
        return None;
    };
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// The value of an expression, or the code of what refused it.
fn value(expression: &str, ty: &str) -> Result<Value, String> {
    let source = format!("product tck 1.0.0 \"One case\"\nvalue result : {ty} = {expression}\n");
    let program = compile_product(&source).map_err(|diagnostics| {
        let error = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
        error.unwrap().code.to_string()
    })?;
    let today = "2026-11-22".parse().unwrap();
    let inputs = program.read_inputs(&serde_json::Map::new(), today, &BTreeMap::new()).unwrap();
    let evaluation = program.evaluate(&inputs);
    if evaluation.outcome != Outcome::Eligible {
        return Err(evaluation.reasons[0].code.clone());
    }
    Ok(evaluation.outputs[0].value.clone())
}

fn same(ours: &Value, expected: &str) -> bool {
    match ours {
        Value::Boolean(ours) => expected == if *ours { "true" } else { "false" },
        Value::Text(ours) => {
            let numbers = (ours.parse::<Dec>(), expected.parse::<Dec>());
            ours == expected || matches!(numbers, (Ok(ours), Ok(expected)) if ours == expected)
        }
        Value::Money(_) | Value::Fx(_) | Value::List(_) => false,
    }
}

/// What is missed, or nothing where the case comes out as the suite expects. A case without an
/// expected value must be refused.
fn missed(case: &Case) -> Option<String> {
    let ours = match feel::translated(&case.expression) {
        Ok(ours) => ours,
        Err(absent) => return Some(format!("out of scope: {absent}")),
    };
    let types = match &case.expected {
        Some(expected) => vec![feel::type_of(expected)],
        None => vec!["boolean", "date", "decimal", "text"],
    };
    for ty in types {
        match (value(&ours, ty), &case.expected) {
            (Ok(ours), Some(expected)) if same(&ours, expected) => return None,
            (Ok(ours), _) => return Some(format!("differs: {ours:?}")),
            (Err(code), Some(_)) => return Some(format!("refused: {code}")),
            (Err(_), None) => {}
        }
    }
    None
}

/// A line of `misses.txt`: what was found, and why that is right or what has to be done about it.
struct Listed<'a> {
    found: &'a str,
    why: &'a str,
}

fn listed(line: &str) -> Listed<'_> {
    let (found, why) = line.split_once(" -- ").unwrap_or((line, ""));
    Listed { found, why }
}

const REASONS: [&str; 3] = ["out of scope: ", "differs on purpose: ", "bug: "];

#[test]
fn scalar_cases_are_those_of_the_dmn_suite() {
    let Some(cases) = cases() else { return };
    assert_eq!(cases.len(), 415);
    let mut found = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        if let Some(reason) = missed(case) {
            found.push(format!("{number} {} {reason}", case.suite));
        }
    }
    let known: Vec<&str> =
        include_str!("dmn_tck/misses.txt").lines().map(|line| listed(line).found).collect();
    let news: Vec<_> = found.iter().filter(|miss| !known.contains(&miss.as_str())).collect();
    assert!(news.is_empty(), "missed and not listed:\n{news:#?}");
    let gone: Vec<_> = known.iter().filter(|miss| !found.iter().any(|f| f == *miss)).collect();
    assert!(gone.is_empty(), "listed and not missed:\n{gone:#?}");
    println!("{} of {} cases", cases.len() - found.len(), cases.len());
}

#[test]
fn every_miss_has_a_reason_and_none_is_a_bug() {
    let mut counts = BTreeMap::new();
    for line in include_str!("dmn_tck/misses.txt").lines() {
        let Listed { found, why } = listed(line);
        let reason = if why.is_empty() { found } else { why };
        let kind = REASONS.iter().find(|kind| reason.contains(*kind));
        assert!(kind.is_some(), "say why: {line}");
        *counts.entry(kind.unwrap().trim_end_matches(": ")).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([("differs on purpose", 11), ("out of scope", 275)]));
}
