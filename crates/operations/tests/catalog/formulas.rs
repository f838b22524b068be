//! Formulas checked and run without keeping anything.

use crate::support::{SME_BANK, SME_CROWD, SME_LOAN, World, body, refused, refused_with, world};
use poa_operations::{
    answer::Answer,
    compare_programs::compare_programs,
    failure::Failure,
    formulas::{check_formula, run_formula},
};
use poa_protocol::limits::FORMULA_SOURCE_BYTES_MAX;
use serde_json::{Value, json};

const TINY: &str = "product tiny 1.0.0 \"Tiny\"\ncurrency home = EUR\n\
    attribute price : money home > 0\n\
    rule CHEAP \"{price} is too much\" require price <= limit_price\n\
    param limit_price : money home > 0 = 10.00\n\
    value valuation : money home = price\n\
    token units : integer = 1\ntoken decimals : integer = 0\n\
    example \"cheap\" given price = 9.00 expect eligible, valuation = 9.00\n";

fn check(request: Value) -> Result<Answer, Failure> {
    check_formula(&serde_json::from_value(request).unwrap())
}

async fn run(world: &World, request: Value) -> Result<Answer, Failure> {
    let request = serde_json::from_value(request).unwrap();
    run_formula(world.desk(), &world.certifier, request).await
}

fn euro(amount: &str) -> Value {
    json!({ "price": { "amount": amount, "currency": "EUR" } })
}

#[test]
fn a_good_source_is_summed_up_with_its_examples() {
    let view = body(&check(json!({ "source": SME_LOAN, "overlay": SME_CROWD })).unwrap());
    assert_eq!(view["good"], true, "{view}");
    assert_eq!(view["examples"].as_array().unwrap().len(), 2);
    let summary = &view["summary"];
    assert_eq!(summary["instance"]["jurisdiction"], "DE");
    assert_eq!(summary["legal"][0]["code"], "KIIS_01");
    assert!(summary["attributes_schema"]["properties"]["lenders"].is_object());
    assert_eq!(summary["formula_hash"].as_str().unwrap().len(), 71);
    let checks: Vec<_> = summary["checks"].as_array().unwrap().iter().map(|c| &c["code"]).collect();
    assert_eq!(checks, ["CASH_FLOW", "ACCOUNTS", "SECURITY"]);
}

#[test]
fn a_bad_source_is_answered_and_not_refused() {
    let view = body(&check(json!({ "source": TINY.replace("<= limit", "<= limt") })).unwrap());
    assert_eq!(view["good"], false);
    assert_eq!(view["diagnostics"][0]["severity"], "error");
    assert_eq!(view["diagnostics"][0]["line"], 4);
    assert!(view.get("summary").is_none());
    let view =
        body(&check(json!({ "source": TINY.replace("9.00 expect", "11.00 expect") })).unwrap());
    assert_eq!(view["good"], false);
    assert_eq!(view["examples"][0]["passed"], false);
    assert!(view["summary"].is_object());
}

#[test]
fn sources_fill_their_limit_and_not_more() {
    let long =
        |source: &str, length: usize| format!("{source}#{}", "-".repeat(length - source.len() - 1));
    let limit = FORMULA_SOURCE_BYTES_MAX;
    let good = |request: Value| body(&check(request).unwrap())["good"] == true;
    assert!(good(json!({ "source": long(TINY, limit) })));
    refused_with(check(json!({ "source": long(TINY, limit + 1) })), "catalog.source-too-long");
    let overlay = |length: usize| json!({ "source": SME_LOAN, "overlay": long(SME_CROWD, length) });
    assert!(good(overlay(limit)));
    refused_with(check(overlay(limit + 1)), "catalog.source-too-long");
}

#[tokio::test]
async fn a_program_runs_over_data_and_explains() {
    let world = world().await;
    let answer = run(&world, json!({ "source": TINY, "data": euro("9.00") })).await.unwrap();
    let view = body(&answer);
    assert_eq!(
        (view["outcome"].as_str(), view["as_of"].as_str()),
        (Some("eligible"), Some("2026-11-22"))
    );
    assert!(view["trace"].is_null());
    let request = json!({ "source": TINY, "data": euro("11.00"), "trace": true });
    let view = body(&run(&world, request).await.unwrap());
    assert_eq!(view["outcome"], "rejected");
    assert_eq!(view["reasons"][0]["code"], "CHEAP");
    assert_eq!(view["reasons"][0]["origin"]["line"], 4);
    assert!(view["trace"].is_array());
}

#[tokio::test]
async fn an_instance_of_the_catalog_runs_as_it_is_pinned() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let id = world.instance(&sme, world.sme_order(SME_CROWD)).await;
    let request = json!({ "instance": id, "data": {} });
    refused_with(run(&world, request.clone()).await, "request.not-found");
    world.approve(&id).await;
    world.activate(&id).await;
    let refusal = refused(run(&world, request).await);
    assert_eq!(refusal.code, "request.invalid");
    assert!(refusal.faults.iter().all(|fault| fault.code == "missing-attribute"));
    assert!(refusal.faults.iter().any(|fault| fault.pointer == "/data/score"));
}

#[tokio::test]
async fn bad_requests_name_what_is_wrong() {
    let world = world().await;
    let id = "ins_00000000000000000000000000AAAAAAAAAAAAAAAAAAAA";
    for (request, pointer) in [
        (json!({ "data": {} }), "/source"),
        (json!({ "source": TINY, "instance": id, "data": {} }), "/source"),
        (json!({ "overlay": "x", "instance": id, "data": {} }), "/overlay"),
    ] {
        let refusal = refused(run(&world, request).await);
        assert_eq!(refusal.faults[0].pointer, pointer);
    }
    for (request, expected) in [
        (json!({ "instance": id, "data": {} }), "request.not-found"),
        (json!({ "source": "x", "data": {} }), "catalog.source-refused"),
        (json!({ "source": TINY, "overlay": "x", "data": {} }), "instance.overlay-refused"),
        (json!({ "source": TINY, "data": euro("0.001") }), "request.invalid"),
        (json!({ "source": TINY, "data": { "price": 9 } }), "request.invalid"),
    ] {
        refused_with(run(&world, request).await, expected);
    }
}

#[tokio::test]
async fn two_programs_are_compared_in_words() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let bank = world.active_instance(&sme, world.sme_order(SME_BANK)).await;
    let crowd = world.instance(&sme, world.sme_order(SME_CROWD)).await;
    let compare = async |before: Value, after: Value| {
        let request = json!({ "before": before, "after": after });
        let request = serde_json::from_value(request).unwrap();
        compare_programs(world.desk(), &world.certifier, request).await
    };
    let version = json!({ "product": sme, "version": "1.0.0" });
    let told = body(&compare(version.clone(), json!({ "instance": bank })).await.unwrap());
    assert_ne!(told["before"], told["after"], "hashes");
    let changes = told["changes"].as_array().unwrap();
    let score = changes.iter().find(|change| change["name"] == "min_score").unwrap();
    assert_eq!((&score["kind"], &score["after"]), (&json!("changed"), &json!("70")), "{score}");
    assert!(told["text"].as_str().unwrap().contains("BANK_01"), "{}", told["text"]);
    let sources = json!({ "source": SME_LOAN, "overlay": SME_BANK });
    let equal = body(&compare(json!({ "instance": bank }), sources).await.unwrap());
    assert_eq!((&equal["changes"], &equal["before"]), (&json!([]), &equal["after"]));
    for (named, code) in [
        (json!({}), "request.invalid"),
        (json!({ "product": sme }), "request.invalid"),
        (json!({ "instance": bank, "source": TINY }), "request.invalid"),
        (json!({ "overlay": SME_BANK, "instance": bank }), "request.invalid"),
        (json!({ "product": sme, "version": "9.0.0" }), "request.not-found"),
        (json!({ "source": "nothing" }), "catalog.source-refused"),
        // A draft of another party.
        (json!({ "instance": crowd }), "request.not-found"),
    ] {
        refused_with(compare(version.clone(), named).await, code);
    }
}
