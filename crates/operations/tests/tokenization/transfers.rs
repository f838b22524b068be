//! The rules for transfers that a smart asset carries from its program.

use crate::support::{
    STRANGER, VERIFIER, World, activate, ask, body, bringer, caller, order, party, read,
    refused_with,
};
use poa_operations::{
    answer::Answer,
    failure::Failure,
    nothing::Nothing,
    resolve_transfer::{post_transfer, void_transfer},
    transfer_units::transfer_units,
};
use poa_protocol::{
    event::Wing,
    ids::{AssetId, TransferId},
    role::Role,
};
use serde_json::{Value, json};

const INVOICE_DE: &str = include_str!("../../../../examples/products/invoice_de.formula");

/// One holder has at most 50,000 units, and banks sell to banks alone.
const RULES: &str = r#"
add param most_units : integer in 1 .. 1_000_000 = 50_000
add transfer rule MOST_T "One holder has at most {most_units}, this one {recipient_units}"
  require recipient_units + transfer_units <= most_units
add transfer rule BANK_T "A bank sells to banks"
  require recipient_wing = bank when sender_wing = bank
"#;

/// An invoice of 100,810 units under the rules.
async fn issued(kind: Wing) -> (World, AssetId) {
    let world = World::open(kind).await;
    let mut order = order(INVOICE_DE, 0);
    order["source"] = json!(format!("{INVOICE_DE}{RULES}"));
    order["regime"] = json!("DE-eWpG");
    let instance = activate(world.desk(), "trade_invoice", order).await;
    let mut request = world.invoice("I-1", "120000.00");
    request["instance"] = json!(instance);
    let asset = world.bring(request).await.issued.unwrap().asset;
    (world, asset)
}

async fn send(world: &World, asset: &AssetId, order: Value) -> Result<Answer, Failure> {
    transfer_units(world.desk(), ask(&bringer(), read(order)), asset).await
}

fn to(number: u32, units: u32) -> Value {
    json!({ "to": party(number), "units": units.to_string() })
}

#[tokio::test]
async fn a_transfer_keeps_the_rules_of_the_program() {
    let (world, asset) = issued(Wing::NonBank).await;
    let refusal = send(&world, &asset, to(STRANGER, 50_001)).await.unwrap_err().refusal();
    assert_eq!(refusal.code, "ledger.transfer-rule");
    assert!(refusal.message.ends_with(": MOST_T"), "no holdings of others: {}", refusal.message);
    send(&world, &asset, to(STRANGER, 50_000)).await.unwrap();
    refused_with(send(&world, &asset, to(STRANGER, 1)).await, "ledger.transfer-rule");
    send(&world, &asset, to(VERIFIER, 50_000)).await.unwrap();
}

#[tokio::test]
async fn what_was_allowed_when_it_was_offered_is_asked_again_when_it_is_accepted() {
    let (world, asset) = issued(Wing::NonBank).await;
    let mut offer = to(STRANGER, 10_000);
    offer["mode"] = json!("pending");
    let offered = send(&world, &asset, offer).await.unwrap();
    let id: TransferId = read(body(&offered)["id"].clone());
    send(&world, &asset, to(STRANGER, 45_000)).await.unwrap();
    let buyer = caller(STRANGER, 1, &[Role::Originator]);
    let posted = post_transfer(world.desk(), ask(&buyer, Nothing {}), &id).await;
    refused_with(posted, "ledger.transfer-rule");
    // What may not be accepted can still be taken back.
    void_transfer(world.desk(), ask(&bringer(), Nothing {}), &id).await.unwrap();
}

#[tokio::test]
async fn the_wing_of_a_holder_is_that_of_its_party() {
    let (world, asset) = issued(Wing::Bank).await;
    refused_with(send(&world, &asset, to(STRANGER, 1)).await, "ledger.transfer-rule");
}
