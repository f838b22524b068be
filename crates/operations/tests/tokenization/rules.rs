//! The door: what a request must be before anything is kept of it.

use crate::support::{
    World, ask, bringer, caller, evidence, read, refused, refused_with, second, stranger,
};
use poa_operations::create_tokenization::create_tokenization;
use poa_protocol::{caller::Caller, event::Wing, limits, role::Role};
use serde_json::{Value, json};

async fn refusal_of(world: &World, by: &Caller, request: Value) -> String {
    refused(create_tokenization(world.desk(), ask(by, read(request))).await).code.to_owned()
}

#[tokio::test]
async fn a_request_is_refused_in_order_of_precedence() {
    let world = World::open(Wing::NonBank).await;
    let good = || world.invoice("INV-1", "120000.00");
    let with = |name: &str, value: Value| {
        let mut request = good();
        request[name] = value;
        request
    };
    let nobody = Caller { party: None, ..bringer() };
    assert_eq!(refusal_of(&world, &nobody, good()).await, "party.unknown");
    let supplier = with("side", json!("supplier"));
    assert_eq!(refusal_of(&world, &bringer(), supplier).await, "tokenization.side-not-yours");
    let unknown = "ins_00000000000000000000000000AAAAAAAAAAAAAAAAAAAA";
    let elsewhere = with("instance", json!(unknown));
    assert_eq!(refusal_of(&world, &bringer(), elsewhere).await, "tokenization.unknown-instance");
    let many = vec![evidence("invoice_pdf"); limits::EVIDENCE_PER_TOKENIZATION_MAX + 1];
    let many = with("evidence", json!(many));
    assert_eq!(refusal_of(&world, &bringer(), many).await, "tokenization.too-much-evidence");
    let nameless = with("reference", json!(""));
    assert_eq!(refusal_of(&world, &bringer(), nameless).await, "request.invalid");
    let empty = with("data", json!({}));
    assert_eq!(refusal_of(&world, &bringer(), empty).await, "tokenization.data-invalid");
}

#[tokio::test]
async fn both_sides_are_taken_from_whom_they_belong_to() {
    let world = World::open(Wing::NonBank).await;
    let roles = [Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll];
    for (number, role) in roles.into_iter().enumerate() {
        for side in ["originator", "supplier"] {
            let mut request = world.invoice(&format!("S-{number}-{side}"), "120000.00");
            request["side"] = json!(side);
            let by = caller(3, 1, &[role]);
            let taken = create_tokenization(world.desk(), ask(&by, read(request))).await.is_ok();
            let one_sided = [Role::Originator, Role::Supplier].contains(&role);
            let fits = !one_sided || role.as_str().to_lowercase() == side;
            assert_eq!(taken, fits, "{role:?} on side {side}");
        }
    }
}

#[tokio::test]
async fn faults_of_the_data_are_named_below_data() {
    let world = World::open(Wing::NonBank).await;
    for (name, value, code) in [
        ("face", json!({ "amount": "1.00", "currency": "USD" }), "wrong-currency"),
        ("face", json!({ "amount": "1.001", "currency": "EUR" }), "off-grid"),
        ("fx_rate", json!(0.9), "data.number"),
        ("accepted", json!("yes"), "wrong-type"),
        ("as_of", json!("2026-11-22"), "supplied-attribute"),
        ("nobody_asked", json!(1), "unknown-attribute"),
        ("fx_rate", json!("99999999999999999999999999999999999"), "wrong-type"),
    ] {
        let mut request = world.invoice("INV-1", "120000.00");
        request["data"][name] = value;
        let refusal = refused(world.send(request).await);
        assert_eq!(refusal.code, "tokenization.data-invalid", "{name}");
        assert_eq!(refusal.faults[0].code, code, "{:?}", refusal.faults);
        assert!(refusal.faults[0].pointer.starts_with(&format!("/data/{name}")));
    }
}

#[tokio::test]
async fn unknown_evidence_and_broken_fields_are_named_together() {
    let world = World::open(Wing::NonBank).await;
    let mut request = world.invoice("INV-1", "120000.00");
    request["evidence"][0]["name"] = json!("passport");
    request["evidence"][1]["sha256"] = json!("x");
    request["wait_days"] = json!(91);
    let refusal = refused(world.send(request).await);
    let mut pointers: Vec<_> = refusal.faults.iter().map(|one| one.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/evidence/0/name", "/evidence/1/sha256", "/wait_days"]);
}

#[tokio::test]
async fn a_refused_request_leaves_nothing_behind() {
    let world = World::open(Wing::NonBank).await;
    let before = world.desk().store.changes(None, 200).await.unwrap().events.len();
    refused_with(world.send(json_without(&world, "due")).await, "tokenization.data-invalid");
    let after = world.desk().store.changes(None, 200).await.unwrap().events.len();
    assert_eq!(before, after);
    assert_eq!(world.pump().await, 0);
}

fn json_without(world: &World, name: &str) -> Value {
    let mut request = world.invoice("INV-9", "120000.00");
    request["data"].as_object_mut().unwrap().remove(name);
    request
}

#[tokio::test]
async fn equal_references_of_two_parties_are_two_things() {
    let world = World::open(Wing::NonBank).await;
    let one = world.bring(world.invoice("SAME", "120000.00")).await;
    let request = read(world.invoice("SAME", "120000.00"));
    let other = create_tokenization(world.desk(), ask(&stranger(), request)).await.unwrap();
    let other = crate::support::body(&other)["id"].as_str().unwrap().to_owned();
    assert_ne!(one.id.as_str()[30..], other[30..], "their homes differ");
    let request = read(world.invoice("SAME", "120000.00"));
    let again = create_tokenization(world.desk(), ask(&second(), request)).await.unwrap();
    let again = crate::support::body(&again)["id"].as_str().unwrap().to_owned();
    assert_eq!(one.id.as_str()[30..], again[30..], "one party's thing is one thing");
}
