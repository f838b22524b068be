//! Measures of compliance: freeze, its end, forced transfer, burn; two persons, and nobody else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{BRINGER, BUYER, Market, OTHER, UNKNOWN_KYC, auditor, body, code, id, order, party};
use poa_operations::{
    answer::Answer,
    audit_store::audit_store,
    failure::Failure,
    order_measure::{
        MeasureDecision, MeasureVerdict, NewMeasure, decide_measure, list_measures, order_measure,
        read_measure,
    },
    pages::PageWanted,
    read_smart_asset::read_smart_asset,
    transfer_units::transfer_units,
};
use poa_protocol::{
    caller::{Caller, Person},
    ids::{AssetId, MeasureId},
    ledger::MeasureOrder,
    role::Role,
};
use serde_json::{Value, json};

/// A person of the operator's compliance.
fn officer(number: u32) -> Caller {
    let person = Person { object: format!("officer {number}"), ..auditor().person };
    Caller { person, roles: [Role::Compliance].into(), ..auditor() }
}

async fn ordered(
    market: &Market,
    by: &Caller,
    asset: &AssetId,
    order: Value,
) -> Result<Answer, Failure> {
    let order: MeasureOrder = serde_json::from_value(order).unwrap();
    let new = NewMeasure { order, because: "order of the court of 2026-11-20".to_owned() };
    order_measure(market.desk(), market.asked_by(by.clone(), new), asset).await
}

async fn decided(
    market: &Market,
    by: &Caller,
    measure: &MeasureId,
    decision: MeasureVerdict,
) -> Result<Answer, Failure> {
    let asked = market.asked_by(by.clone(), MeasureDecision { decision });
    decide_measure(market.desk(), asked, measure).await
}

/// So many units of the bringer become another party's.
fn to(number: u32, units: &str) -> Value {
    json!({
        "kind": "transfer", "from": party(BRINGER), "to": party(number), "units": units,
    })
}

async fn sound(market: &Market) {
    let report = audit_store(market.desk()).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_freeze_holds_at_once_and_its_end_needs_two() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let frozen = ordered(&market, &officer(1), &asset, json!({ "kind": "freeze" })).await.unwrap();
    assert_eq!(body(&frozen)["state"], "done");
    let sent = || transfer_units(market.desk(), market.asked(BRINGER, order(BUYER, 1)), &asset);
    assert_eq!(code(sent().await), "ledger.frozen");
    let again = ordered(&market, &officer(2), &asset, json!({ "kind": "freeze" })).await;
    assert_eq!(code(again), "ledger.nothing-to-enforce");
    let thaw = ordered(&market, &officer(1), &asset, json!({ "kind": "unfreeze" })).await.unwrap();
    let thaw: MeasureId = id(&thaw);
    assert_eq!(code(sent().await), "ledger.frozen", "one person ends nothing");
    let alone = decided(&market, &officer(1), &thaw, MeasureVerdict::CarryOut).await;
    assert_eq!(code(alone), "ledger.same-person");
    decided(&market, &officer(2), &thaw, MeasureVerdict::CarryOut).await.unwrap();
    sent().await.unwrap();
    let late = decided(&market, &officer(3), &thaw, MeasureVerdict::Refuse).await;
    assert_eq!(code(late), "ledger.measure-decided");
    sound(&market).await;
}

#[tokio::test]
async fn a_forced_transfer_reaches_into_a_frozen_asset() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    ordered(&market, &officer(1), &asset, json!({ "kind": "freeze" })).await.unwrap();
    let forced = ordered(&market, &officer(1), &asset, to(BUYER, "40")).await.unwrap();
    assert_eq!(market.held(&asset, BUYER).await, None);
    let forced: MeasureId = id(&forced);
    decided(&market, &officer(2), &forced, MeasureVerdict::CarryOut).await.unwrap();
    assert_eq!(market.held(&asset, BRINGER).await, Some((60, 0, 0)));
    assert_eq!(market.held(&asset, BUYER).await, Some((40, 0, 0)));
    for (number, units, refused) in
        [(UNKNOWN_KYC, "1", "ledger.may-not-hold"), (OTHER, "61", "ledger.overdraft")]
    {
        let one = ordered(&market, &officer(1), &asset, to(number, units)).await.unwrap();
        let one = decided(&market, &officer(2), &id(&one), MeasureVerdict::CarryOut).await;
        assert_eq!(code(one), refused);
    }
    let refused = ordered(&market, &officer(1), &asset, to(OTHER, "1")).await.unwrap();
    let refused: MeasureId = id(&refused);
    let answer = decided(&market, &officer(2), &refused, MeasureVerdict::Refuse).await.unwrap();
    assert_eq!(body(&answer)["state"], "refused");
    assert_eq!(market.held(&asset, OTHER).await, None);
    sound(&market).await;
}

#[tokio::test]
async fn a_burn_lowers_what_is_live_and_the_last_unit_ends_the_asset() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    for (units, left, state) in [("30", 70, "active"), ("70", 0, "redeemed")] {
        let burn = json!({ "kind": "burn", "from": party(BRINGER), "units": units });
        let burn = ordered(&market, &officer(1), &asset, burn).await.unwrap();
        decided(&market, &officer(2), &id(&burn), MeasureVerdict::CarryOut).await.unwrap();
        assert_eq!(market.held(&asset, BRINGER).await, Some((left, 0, 0)));
        let read = read_smart_asset(market.desk(), &auditor(), &asset).await.unwrap();
        assert_eq!(body(&read)["state"], state);
        sound(&market).await;
    }
    let late = ordered(&market, &officer(1), &asset, json!({ "kind": "freeze" })).await;
    assert_eq!(code(late), "ledger.redeemed");
}

#[tokio::test]
async fn only_people_of_the_operators_compliance_order_and_decide() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let burn = || json!({ "kind": "burn", "from": party(BRINGER), "units": "1" });
    let theirs = Caller { operator: false, party: Some(party(BUYER)), ..officer(1) };
    let program = Caller { program: true, ..officer(1) };
    for by in [&theirs, &program] {
        let refused = ordered(&market, by, &asset, burn()).await;
        assert_eq!(code(refused), "ledger.operators-compliance");
    }
    let one = ordered(&market, &officer(1), &asset, burn()).await.unwrap();
    let one: MeasureId = id(&one);
    let refused = decided(&market, &theirs, &one, MeasureVerdict::CarryOut).await;
    assert_eq!(code(refused), "ledger.operators-compliance");
    let page = || PageWanted::read(None, 50).unwrap();
    let listed = list_measures(market.desk(), &officer(2), (None, Some("ordered")), page()).await;
    assert_eq!(body(&listed.unwrap())["items"][0]["id"], json!(one));
    let listed = list_measures(market.desk(), &theirs, (None, None), page()).await;
    assert_eq!(code(listed), "ledger.operators-compliance");
    let holder = Caller { operator: false, party: Some(party(BRINGER)), ..officer(4) };
    assert!(read_measure(market.desk(), &holder, &one).await.is_ok(), "it is about its units");
    assert_eq!(code(read_measure(market.desk(), &theirs, &one).await), "request.not-found");
    let wordless = NewMeasure { order: MeasureOrder::Freeze, because: String::new() };
    let asked = market.asked_by(officer(1), wordless);
    assert_eq!(code(order_measure(market.desk(), asked, &asset).await), "request.invalid");
}
