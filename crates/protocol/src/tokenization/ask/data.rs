//! The data of a request: bounded, and hashed in a form that does not depend on how it was written.

use crate::{contour::sha256, limits, refusal::Fault};
use serde_json::{Map, Value};

/// The largest whole number that a JSON number carries safely (RFC 8785 §3.2.2.3): 2^53 - 1.
const SAFE_INTEGER_MAX: u64 = 9_007_199_254_740_991;

/// What is wrong with data before any program looks at it. Pointers start with `/data`.
#[must_use]
pub fn data_faults(data: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if data.len() > limits::ATTRIBUTES_MAX {
        let message = format!("at most {} attributes are allowed", limits::ATTRIBUTES_MAX);
        faults.push(Fault::new("/data", "data.too-many", message));
    }
    for (name, value) in data {
        let name = name.replace('~', "~0").replace('/', "~1");
        walk(value, &format!("/data/{name}"), &mut faults);
    }
    let size = serde_json::to_vec(data).map_or(usize::MAX, |bytes| bytes.len());
    if size > limits::DATA_BYTES_MAX {
        let message = format!("at most {} bytes are allowed", limits::DATA_BYTES_MAX);
        faults.push(Fault::new("/data", "data.too-large", message));
    }
    faults
}

/// SHA-256 over the RFC 8785 form of the data. `None` where it has none.
#[must_use]
pub fn hash_data(data: &Map<String, Value>) -> Option<String> {
    serde_jcs::to_vec(data).ok().map(|bytes| sha256(&bytes))
}

fn walk(value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) => {
            if text.len() > limits::TEXT_BYTES_MAX {
                let message = format!("at most {} bytes are allowed", limits::TEXT_BYTES_MAX);
                faults.push(Fault::new(pointer, "text.too-long", message));
            }
        }
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            // Other numbers would not survive the canonical form, and two different ones could get
            // one hash.
            if whole.is_none_or(|whole| whole > SAFE_INTEGER_MAX) {
                let message = "a JSON number is a whole number up to 2^53 - 1; others are strings";
                faults.push(Fault::new(pointer, "data.number", message));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{index}"), faults);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(item, &format!("{pointer}/{name}"), faults);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{data_faults, hash_data};
    use crate::limits;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn found(value: &Value) -> Vec<(String, String)> {
        let faults = data_faults(&object(value));
        faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn numbers_that_lose_digits_are_refused() {
        assert_eq!(
            found(&json!({ "n": 9_007_199_254_740_991_u64, "m": -9_007_199_254_740_991_i64 })),
            []
        );
        for number in
            [json!(9_007_199_254_740_992_u64), json!(-9_007_199_254_740_992_i64), json!(0.5)]
        {
            let expected = [("/data/a~1b/0".to_owned(), "data.number".to_owned())];
            assert_eq!(found(&json!({ "a/b": [number] })), expected);
        }
    }

    #[test]
    fn size_and_count_are_bounded() {
        let text = "x".repeat(limits::TEXT_BYTES_MAX);
        assert_eq!(found(&json!({ "t": text })), []);
        let longer = found(&json!({ "t": text + "x" }));
        assert_eq!(longer, [("/data/t".to_owned(), "text.too-long".to_owned())]);
        let many = |count| {
            let names = (0..count).map(|n| (format!("a{n}"), json!(true)));
            data_faults(&names.collect()).len()
        };
        assert_eq!((many(limits::ATTRIBUTES_MAX), many(limits::ATTRIBUTES_MAX + 1)), (0, 1));
        let filled = |bytes: usize| {
            let cell = "x".repeat(4_000);
            let cells = vec![json!(cell); bytes / 4_003];
            let data = object(&json!({ "list": cells, "rest": "" }));
            let size = serde_json::to_vec(&data).unwrap().len();
            let mut data = data;
            data.insert("rest".into(), json!("y".repeat(bytes - size)));
            data_faults(&data).len()
        };
        assert_eq!(filled(limits::DATA_BYTES_MAX), 0);
        assert_eq!(filled(limits::DATA_BYTES_MAX + 1), 1);
    }

    proptest! {
        #[test]
        fn the_hash_does_not_depend_on_the_order_of_members(
            members in proptest::collection::btree_map("[a-z]{1,6}", "\\PC{0,12}", 0..12),
        ) {
            let forward: Map<String, Value> =
                members.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
            let backward: Map<String, Value> =
                members.iter().rev().map(|(name, text)| (name.clone(), json!(text))).collect();
            let written = serde_json::to_string(&backward).unwrap();
            let read: Map<String, Value> = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(hash_data(&forward), hash_data(&read));
            prop_assert_eq!(hash_data(&forward).unwrap().len(), 71);
        }
    }
}
