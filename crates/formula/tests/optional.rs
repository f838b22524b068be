//! Attributes that may be missing, and those that only one side of a deal brings: never null.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;

use poa_formula::diagnostic::codes;
use poa_formula::{Date, Evaluation, Inputs, Program, Side, compile_product};
use serde_json::{Value as Json, json};

const PRODUCT: &str = "product p 1.0.0 \"P\"
attribute age : integer in 0 .. 150 optional
attribute name : text optional
attribute yearly \"Yearly income\" : integer > 0
attribute rating : integer in 1 .. 5 for supplier
attribute term : integer for originator
attribute note : text for both
";

fn product(lines: &str) -> Program {
    let source = format!("{PRODUCT}{lines}\n");
    compile_product(&source).unwrap_or_else(|list| {
        let text: Vec<String> = list.iter().map(|d| d.render("p", &source)).collect();
        assert!(text.is_empty(), "{}", text.join("\n"));
        std::process::abort()
    })
}

fn read(program: &Program, side: Option<Side>, data: &Json) -> Result<Inputs, Vec<String>> {
    let (data, none) = (data.as_object().unwrap(), BTreeMap::new());
    let inputs = match side {
        None => program.read_inputs(data, Date::MIN, &none),
        Some(side) => program.read_inputs_of(side, data, Date::MIN, &none),
    };
    inputs.map_err(|faults| faults.iter().map(|f| format!("{} {}", f.code, f.pointer)).collect())
}

fn decided(program: &Program, data: &Json) -> Evaluation {
    program.evaluate(&read(program, None, data).unwrap())
}

fn columns(lines: &str) -> Vec<(&'static str, u32)> {
    match compile_product(&format!("{PRODUCT}{lines}\n")) {
        Ok(_) => Vec::new(),
        Err(list) => {
            let errors = list.iter().filter(|d| d.is_error());
            errors.map(|d| (d.code, d.column)).collect()
        }
    }
}

#[test]
fn a_default_stands_in_for_what_is_missing() {
    let program = product(
        "value a : integer = age else 18\nvalue b : integer = (age else -1) * 2\n\
         value c : integer = if yearly > 5 then (age else 3) else age else 4\n\
         value d : boolean = present(age) and age > 20",
    );
    let all = |data: &Json| {
        let evaluation = decided(&program, data);
        ["a", "b", "c"].map(|name| evaluation.integer(name).unwrap())
    };
    assert_eq!(all(&json!({ "yearly": 6, "note": "x" })), [18, -2, 3]);
    assert_eq!(all(&json!({ "yearly": 5, "note": "x" })), [18, -2, 4]);
    assert_eq!(all(&json!({ "yearly": 5, "note": "x", "age": 30 })), [30, 60, 30]);
}

#[test]
fn a_rule_can_ask_first_whether_a_value_is_there() {
    let program =
        product("rule AGE \"{age} is too young, {name}\" require age >= 18 when present(age)");
    let reasons = |data: &Json| decided(&program, data).reasons;
    assert!(reasons(&json!({ "yearly": 1, "note": "" })).is_empty());
    let reasons = reasons(&json!({ "yearly": 1, "note": "", "age": 17 }));
    let reason = reasons.first().unwrap();
    assert_eq!(reason.message, "17 is too young, (not given)");
    assert!(reason.inputs.contains_key("age") && !reason.inputs.contains_key("name"));
}

#[test]
fn null_is_never_a_value() {
    let program = product("value a : integer = age else 18");
    let found = read(&program, None, &json!({ "yearly": 1, "note": "", "age": null }));
    assert_eq!(found.unwrap_err(), ["wrong-type /age"]);
    let schema = program.attributes_json_schema();
    assert_eq!(schema["required"], json!(["yearly", "note"]));
    assert_eq!(schema["properties"]["yearly"]["description"], "Yearly income: integer > 0");
    let attributes = program.attributes();
    assert!(attributes.first().unwrap().optional && !attributes.get(2).unwrap().optional);
}

#[test]
fn the_checker_demands_that_a_value_that_may_be_missing_is_unwrapped() {
    for (line, expected) in [
        ("let a = age + 1", vec![(codes::OPTIONAL, 9)]),
        ("let a = if present(age) then age else 0", vec![]),
        ("let a = if not present(age) then 0 else age", vec![]),
        ("let a = if present(name) then age else 0", vec![(codes::OPTIONAL, 31)]),
        ("let a = present(age) and age > 5", vec![]),
        ("let a = not present(age) or age > 5", vec![]),
        ("let a = present(age) or age > 5", vec![(codes::OPTIONAL, 25)]),
        ("let a = age > 5 and present(age)", vec![(codes::OPTIONAL, 9)]),
        ("let a = rating * 2", vec![(codes::OPTIONAL, 9)]),
        ("let a = yearly else 2", vec![(codes::OPTIONAL, 9)]),
        ("let a = present(yearly)", vec![(codes::OPTIONAL, 17)]),
        ("let a = present(yearl)", vec![(codes::UNKNOWN_NAME, 17)]),
        ("let a = name else 2", vec![(codes::TYPE, 9)]),
        ("attribute as_of : date optional", vec![(codes::OPTIONAL, 19)]),
        ("attribute ccy : currency for supplier", vec![(codes::OPTIONAL, 17)]),
        ("attribute x : integer for nobody", vec![(codes::SYNTAX, 27)]),
    ] {
        let line = format!("{line} value v : integer = 1");
        assert_eq!(columns(&line), expected, "{line}");
    }
}

#[test]
fn each_side_brings_its_own() {
    let program = product("value a : integer = (rating else 0) + (term else 0)");
    let (originator, supplier) = (Some(Side::Originator), Some(Side::Supplier));
    let with = |members: &[(&str, u32)]| {
        let mut data = json!({ "yearly": 1, "note": "" });
        for (name, value) in members {
            data[*name] = json!(value);
        }
        data
    };
    assert!(read(&program, originator, &with(&[("term", 5)])).is_ok());
    assert!(read(&program, supplier, &with(&[("rating", 5)])).is_ok());
    let faults = read(&program, supplier, &with(&[("term", 5)])).unwrap_err();
    assert_eq!(faults, ["missing-attribute /rating", "other-side /term"]);
    let faults = read(&program, originator, &with(&[("term", 5), ("rating", 1)])).unwrap_err();
    assert_eq!(faults, ["other-side /rating"]);
    assert_eq!(decided(&program, &with(&[])).integer("a"), Some(0));
    let sides: Vec<_> = program.attributes().iter().map(|attribute| attribute.side).collect();
    assert_eq!(sides, [None, None, None, supplier, originator, None]);
    let example = "value v : integer = 1\nexample \"e\" given yearly = 1, note = \"\", term = 1";
    let (both, one) =
        (format!("{example}, rating = 1 expect eligible"), format!("{example} expect eligible"));
    assert_eq!(columns(&both), [(codes::EXAMPLE_FORM, 9)]);
    assert_eq!(columns(&one), []);
}
