//! Which LEIs a registration takes.
//! `cargo xtask test` has python-stdnum judge the same cases.

use poa_protocol::{
    party::{NewParty, Party},
    timestamp::Timestamp,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Case {
    lei: String,
    valid: bool,
    why: String,
}

#[test]
fn a_registration_takes_exactly_the_valid_leis() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("golden/lei.json")).unwrap();
    assert!(cases.len() > 100);
    for Case { lei, valid, why } in cases {
        let order = json!({ "lei": lei, "name": "Party", "country": "SG", "kind": "non_bank" });
        let order: NewParty = serde_json::from_value(order).unwrap();
        let registered = Party::register(order, String::new(), Timestamp::from_millis(0));
        assert_eq!(registered.is_ok(), valid, "`{lei}`: {why}");
    }
}
