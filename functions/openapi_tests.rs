//! Tests of the OpenAPI document.

use super::document;
use crate::trigger::{On, table};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_http_function_is_in_the_document_once() {
    let document = document();
    let mut described = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            assert!(described.insert(operation["operationId"].as_str().unwrap()));
            assert!(!operation["summary"].as_str().unwrap().is_empty());
        }
    }
    let expected: BTreeSet<_> = table()
        .filter(|trigger| matches!(trigger.on, On::Http(_)))
        .map(|trigger| trigger.name)
        .collect();
    assert_eq!(described, expected);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    let mut seen = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(place)) = members.get("$ref") {
                    let pointer = place.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{place}");
                    seen += 1;
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(seen > 10, "{seen}");
}
