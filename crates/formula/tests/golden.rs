//! Every case that `golden/recompute.py` has calculated with exact rationals comes out the same,
//! to the last cent, through the door that requests use.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;
use std::path::Path;

use poa_formula::{Program, Value, compile_instance, compile_product};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    product: String,
    instance: Option<String>,
    as_of: String,
    data: serde_json::Map<String, serde_json::Value>,
    outcome: String,
    reasons: Vec<String>,
    outputs: BTreeMap<String, Value>,
}

fn program(case: &Case) -> Program {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products");
    let read =
        |name: &str| std::fs::read_to_string(folder.join(format!("{name}.formula"))).unwrap();
    match &case.instance {
        None => compile_product(&read(&case.product)).unwrap(),
        Some(instance) => compile_instance(&read(&case.product), &read(instance)).unwrap(),
    }
}

#[test]
fn all_golden_cases_hold() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("golden/golden.json")).unwrap();
    assert!(cases.len() > 100, "{} cases", cases.len());
    let mut programs: BTreeMap<(String, Option<String>), Program> = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        let key = (case.product.clone(), case.instance.clone());
        let program = programs.entry(key).or_insert_with(|| program(case));
        let as_of = case.as_of.parse().unwrap();
        let evidence =
            program.evidence().iter().map(|evidence| (evidence.name.clone(), as_of)).collect();
        let inputs = program.read_inputs(&case.data, as_of, &evidence).unwrap();
        let evaluation = program.evaluate(&inputs);
        let name = format!("case {number} {} {:?}", case.product, case.instance);
        let outcome = serde_json::to_value(evaluation.outcome).unwrap();
        assert_eq!(outcome, case.outcome.as_str(), "{name}: {:?}", evaluation.reasons);
        let codes: Vec<&str> = evaluation.reasons.iter().map(|r| r.code.as_str()).collect();
        let mut expected: Vec<&str> = case.reasons.iter().map(String::as_str).collect();
        let mut found = codes.clone();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
        let outputs: BTreeMap<String, Value> = evaluation
            .outputs
            .iter()
            .filter(|output| output.name != "rank")
            .map(|output| (output.name.clone(), output.value.clone()))
            .collect();
        assert_eq!(outputs, case.outputs, "{name}");
    }
}
