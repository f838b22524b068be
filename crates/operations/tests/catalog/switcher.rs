//! The Instance Switcher over the shipped SME loan: the bank refuses, the crowd takes.

use crate::support::{SME_BANK, SME_CROWD, World, body, refused, world};
use poa_operations::switcher::{SwitchRequest, alternatives, switch};
use poa_protocol::{ids::InstanceId, limits, product::ProductCode, question::Question, side::Side};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn weak_borrower() -> Value {
    json!({
        "founded": "2021-03-15", "country": "DE", "purpose": "working_capital",
        "security": "movables", "score": "58",
        "amount": { "amount": "150000.00", "currency": "EUR" },
        "annual_revenue": { "amount": "600000.00", "currency": "EUR" },
        "cash_flow": { "amount": "54000.00", "currency": "EUR" },
        "debt_service": { "amount": "45000.00", "currency": "EUR" },
        "term_months": "48", "lenders": "40", "sheet_published": true,
    })
}

fn evidence() -> Value {
    json!({
        "financial_statements": "2026-04-30", "tax_clearance": "2026-10-15",
        "loan_agreement": "2026-11-15",
    })
}

/// The crowd-lending instance with a question of its own.
fn asking_crowd() -> String {
    let shipped = SME_CROWD.split("example \"").next().unwrap();
    format!(
        "{shipped}\nadd attribute sheet_published : boolean\n\
         add rule ECSP_01 \"The sheet is not published\" require sheet_published\n"
    )
}

async fn filled() -> (World, ProductCode, InstanceId, InstanceId) {
    let world = world().await;
    let sme = world.sme_loan().await;
    let bank = world.active_instance(&sme, world.sme_order(SME_BANK)).await;
    let crowd = world.active_instance(&sme, world.sme_order(&asking_crowd())).await;
    (world, sme, bank, crowd)
}

async fn ask(world: &World, request: Value) -> Vec<Value> {
    let request: SwitchRequest = serde_json::from_value(request).unwrap();
    let answer = switch(world.desk(), &world.certifier, request).await.unwrap();
    body(&answer)["alternatives"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_bank_refuses_rule_by_rule_and_the_crowd_takes() {
    let (world, sme, bank, crowd) = filled().await;
    let request = json!({ "product": sme, "data": weak_borrower(), "evidence": evidence() });
    let found = ask(&world, request).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["instance"], json!(crowd));
    assert_eq!(found[0]["outcome"], "eligible");
    assert_eq!(found[0]["value"], json!({ "amount": "105000.00", "currency": "EUR" }));
    assert_eq!(found[0]["rank"], "0.7");
    assert_eq!(found[1]["instance"], json!(bank));
    assert_eq!(found[1]["outcome"], "rejected");
    let codes: Vec<_> =
        found[1]["reasons"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["SCORE_01", "DSCR_01"]);
    assert_eq!(found[1]["reasons"][0]["message"], "Score 58 is below 70");
    assert_eq!(found[1]["unused"], json!(["sheet_published"]));
}

#[tokio::test]
async fn what_is_missing_is_told_per_instance() {
    let (world, sme, _, crowd) = filled().await;
    let mut data = weak_borrower();
    data.as_object_mut().unwrap().remove("sheet_published");
    let request = json!({ "product": sme, "data": data, "evidence": evidence() });
    let found = ask(&world, request).await;
    assert_eq!(found[0]["instance"], json!(crowd));
    assert_eq!(found[0]["outcome"], "incomplete");
    assert_eq!(found[0]["faults"][0]["pointer"], "/data/sheet_published");
    assert_eq!(found[0]["faults"][0]["code"], "missing-attribute");
    let request = json!({ "product": sme, "data": weak_borrower() });
    let found = ask(&world, request).await;
    assert_eq!(found[0]["outcome"], "incomplete");
    assert_eq!(found[0]["reasons"][0]["code"], "EVIDENCE_MISSING");
}

#[tokio::test]
async fn only_active_instances_of_the_place_and_side_are_asked() {
    let (world, sme, bank, crowd) = filled().await;
    let request = |change: Value| {
        let mut request = json!({ "product": sme, "data": {} });
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    for (change, count) in [
        (json!({}), 2),
        (json!({ "jurisdiction": "DE" }), 2),
        (json!({ "jurisdiction": "DE-BY" }), 2),
        (json!({ "jurisdiction": "SG" }), 0),
        (json!({ "side": "originator" }), 2),
        (json!({ "side": "supplier" }), 0),
    ] {
        assert_eq!(ask(&world, request(change.clone())).await.len(), count, "{change}");
    }
    let stop = poa_operations::release_instance::Stop { reason: None };
    let asked = crate::support::ask(&world.maker, stop);
    poa_operations::release_instance::suspend_instance(world.desk(), asked, &bank).await.unwrap();
    let left = ask(&world, request(json!({}))).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["instance"], json!(crowd));
}

#[tokio::test]
async fn a_rejection_names_the_instances_that_would_take_the_request() {
    let (world, sme, bank, crowd) = filled().await;
    let data: Map<String, Value> = serde_json::from_value(weak_borrower()).unwrap();
    let evidence: BTreeMap<String, poa_formula::Date> = serde_json::from_value(evidence()).unwrap();
    let as_of = world.desk().clock.now().date();
    let of = |side| Question { side: Some(side), data: &data, evidence: &evidence, as_of };
    let (brings, seeks) = (of(Side::Originator), of(Side::Supplier));
    let desk = world.desk();
    let named = alternatives(desk, &sme, &bank, &brings).await.unwrap();
    let ids: Vec<_> = named.iter().map(|alternative| &alternative.instance).collect();
    assert_eq!(ids, [&crowd]);
    // The bank would reject, so a rejection by the crowd names nobody.
    let named = alternatives(desk, &sme, &crowd, &brings).await.unwrap();
    assert!(named.is_empty());
    let named = alternatives(desk, &sme, &bank, &seeks).await.unwrap();
    assert!(named.is_empty());
}

#[tokio::test]
async fn data_and_evidence_fill_their_limits_and_not_more() {
    let (world, sme, ..) = filled().await;
    let send = async |members: usize, documents: usize, jurisdiction: &str| {
        let data: Map<String, Value> =
            (0..members).map(|number| (format!("a{number}"), json!("1"))).collect();
        let evidence: Map<String, Value> =
            (0..documents).map(|number| (format!("e{number}"), json!("2026-11-22"))).collect();
        let request = json!({
            "product": sme, "data": data, "evidence": evidence, "jurisdiction": jurisdiction,
        });
        let request: SwitchRequest = serde_json::from_value(request).unwrap();
        switch(world.desk(), &world.certifier, request).await
    };
    let (members, documents) = (limits::ATTRIBUTES_MAX, limits::EVIDENCE_PER_TOKENIZATION_MAX);
    assert!(send(members, documents, "DE").await.is_ok());
    let refusal = refused(send(members + 1, documents + 1, "Germany").await);
    let pointers: Vec<_> = refusal.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/jurisdiction", "/data", "/evidence"]);
}
