//! What a candidate program would do to live smart assets, and the bound that an owner sets.

use crate::support::{
    World, ask, body, bringer, caller, order, owners, read, refused, refused_with,
};
use poa_formula::Dec;
use poa_operations::{
    create_instance::create_instance,
    instances,
    measure_impact::{ImpactRequest, measure_impact},
    redeem_units::redeem_units,
    release_instance::{activate_instance, approve_instance},
    release_version::{certify_version, publish_version, submit_version},
    versions::create_version,
};
use poa_protocol::{
    caller::Caller, event::Wing, ids::InstanceId, instance::InstanceState, product::ProductCode,
    role::Role, version::VersionNumber,
};
use serde_json::{Value, json};

const INVOICE_DE: &str = include_str!("../../../../examples/products/invoice_de.formula");

/// Three live invoices of 60 days, one of them large, and one that is redeemed.
async fn issued() -> World {
    let world = World::open(Wing::NonBank).await;
    for (reference, face) in [("I-1", "20000.00"), ("I-2", "30000.00"), ("I-3", "900000.00")] {
        assert!(world.bring(world.invoice(reference, face)).await.issued.is_some());
    }
    let gone = world.bring(world.invoice("I-4", "40000.00")).await.issued.unwrap();
    let all = ask(&bringer(), read(json!({ "units": gone.units })));
    redeem_units(world.desk(), all, &gone.asset).await.unwrap();
    world
}

/// The German overlay without its examples, and with one line more, or another one.
fn overlay(line: &str) -> String {
    let head = INVOICE_DE.split("\nexample ").next().unwrap();
    let name = line.split(" = ").next().unwrap();
    let others = head.lines().filter(|other| name.is_empty() || !other.starts_with(name));
    let mut lines: Vec<&str> = others.collect();
    lines.push(line);
    lines.join("\n")
}

async fn impact(world: &World, by: &Caller, request: Value) -> Result<Value, String> {
    let request: ImpactRequest = read(request);
    let outcome = measure_impact(world.desk(), by, &world.invoices, request).await;
    outcome.map(|answer| body(&answer)).map_err(|failure| failure.refusal().code.to_owned())
}

#[tokio::test]
async fn a_candidate_is_told_by_what_it_changes() {
    let world = issued().await;
    let (owner, _) = owners();
    let same = impact(&world, &owner, json!({ "overlay": overlay("") })).await.unwrap();
    assert_eq!((&same["items"], &same["totals"]["assets"]), (&json!([]), &json!(3)));
    let stricter = overlay("set min_face = 25_000.00");
    let told = impact(&world, &owner, json!({ "overlay": stricter })).await.unwrap();
    let items = told["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["before"]["outcome"], "eligible");
    assert_eq!(items[0]["after"], json!({ "outcome": "rejected", "reasons": ["MIN_01"] }));
    let totals = &told["totals"];
    assert_eq!((&totals["state_changed"], &totals["value_changed"]), (&json!(1), &json!(0)));
    let number = |at: &str| totals["currencies"]["EUR"][at].as_str().unwrap().parse().unwrap();
    let (before, after, change): (Dec, Dec, Dec) =
        (number("before"), number("after"), number("change"));
    assert_eq!(after.checked_sub(before).unwrap(), change);
    let lost: Dec = items[0]["before"]["value"]["amount"].as_str().unwrap().parse().unwrap();
    assert_eq!(change, lost.negated(), "just the one that is rejected");
    let cheaper = overlay("set base_rate = 9%");
    let told = impact(&world, &owner, json!({ "overlay": cheaper })).await.unwrap();
    assert_eq!(told["totals"]["value_changed"], json!(3));
    let asks = overlay("add attribute insured : boolean");
    let told = impact(&world, &owner, json!({ "overlay": asks })).await.unwrap();
    let after = json!({ "outcome": "incomplete", "reasons": ["insured"] });
    assert_eq!((&told["items"][0]["after"], &told["totals"]["state_changed"]), (&after, &json!(3)));
    let text = told.to_string();
    assert!(!text.contains("I-1") && !text.contains("BBB"), "nothing of the party's data: {text}");
}

#[tokio::test]
async fn pages_join_to_the_whole() {
    let world = issued().await;
    let (owner, _) = owners();
    let candidate = overlay("set base_rate = 9%");
    let (mut seen, mut assets, mut next) = (Vec::new(), 0, Value::Null);
    loop {
        let request = json!({ "overlay": candidate, "limit": 1, "continuation": next });
        let page = impact(&world, &owner, request).await.unwrap();
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        assets += page["totals"]["assets"].as_u64().unwrap();
        next = page.get("continuation").cloned().unwrap_or_default();
        if next.is_null() {
            break;
        }
    }
    let whole = impact(&world, &owner, json!({ "overlay": candidate })).await.unwrap();
    assert_eq!((json!(seen), assets), (whole["items"].clone(), 3));
}

#[tokio::test]
async fn only_the_owner_and_the_operators_auditors_ask() {
    let world = issued().await;
    let request = || json!({ "overlay": overlay("") });
    let auditor = caller(0, 7, &[Role::Auditor]);
    assert!(impact(&world, &auditor, request()).await.is_ok());
    for by in [bringer(), caller(6, 7, &[Role::ProductOwner, Role::Auditor])] {
        assert_eq!(impact(&world, &by, request()).await, Err("request.not-found".to_owned()));
    }
    let (owner, _) = owners();
    let other = json!(world.bank_loans);
    for (request, code) in [
        (json!({}), "request.invalid"),
        (json!({ "overlay": overlay(""), "instance": world.invoices }), "request.invalid"),
        (json!({ "version": "1.0.0", "source": "x" }), "request.invalid"),
        (json!({ "version": "9.0.0" }), "request.not-found"),
        (json!({ "overlay": overlay(""), "limit": 0 }), "request.invalid"),
        (json!({ "overlay": overlay(""), "limit": 201 }), "request.invalid"),
        (json!({ "overlay": overlay("set nothing = 1") }), "instance.overlay-refused"),
        (json!({ "instance": other }), "request.not-found"),
    ] {
        assert_eq!(impact(&world, &owner, request).await, Err(code.to_owned()));
    }
    for limit in [1, 200] {
        let request = json!({ "overlay": overlay(""), "limit": limit });
        assert!(impact(&world, &owner, request).await.is_ok());
    }
}

/// An approved instance that wants the place of the German one, within a bound.
async fn successor(world: &World, line: &str, bound: Value) -> InstanceId {
    let (maker, checker) = owners();
    let mut order = order(INVOICE_DE, 0);
    order["source"] = json!(overlay(line));
    order["supersedes"] = json!(world.invoices);
    order["impact_bound"] = bound;
    let code = "trade_invoice".parse().unwrap();
    let made = create_instance(world.desk(), ask(&maker, read(order)), &code).await.unwrap();
    let id: InstanceId = read(body(&made)["id"].clone());
    approve_instance(world.desk(), ask(&checker, read(json!({}))), &id).await.unwrap();
    id
}

async fn state(world: &World, id: &InstanceId) -> InstanceState {
    instances::load(world.desk(), id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn an_instance_beyond_its_bound_is_not_activated() {
    let world = issued().await;
    let (maker, _) = owners();
    let begin = |id: InstanceId| {
        let (desk, asked) = (world.desk().clone(), ask(&maker, read(json!({}))));
        async move { activate_instance(&desk, asked, &id).await }
    };
    let stricter = "set min_face = 25_000.00";
    for bound in [json!({ "state_changes": 0 }), json!({ "value_change": "0.0001" })] {
        let id = successor(&world, stricter, bound).await;
        refused_with(begin(id.clone()).await, "instance.impact-exceeded");
        assert_eq!(state(&world, &id).await, InstanceState::Approved);
        assert_eq!(state(&world, &world.invoices).await, InstanceState::Active);
    }
    let bound = json!({ "state_changes": 1, "value_change": "0.05" });
    let id = successor(&world, stricter, bound).await;
    begin(id.clone()).await.unwrap();
    assert_eq!(state(&world, &id).await, InstanceState::Active);
    assert_eq!(state(&world, &world.invoices).await, InstanceState::Superseded);
}

/// A certified version 1.1.0 of the invoice, in which a line of the source is another one.
async fn certified(world: &World, from: &str, to: &str) -> (ProductCode, VersionNumber) {
    let (maker, _) = owners();
    let certifier = caller(2, 1, &[Role::Certifier]);
    let source = INVOICE.replace("trade_invoice 1.0.0", "trade_invoice 1.1.0").replace(from, to);
    let source = source.split("\nexample ").next().unwrap().to_owned() + EXAMPLE;
    let (code, number) = ("trade_invoice".parse().unwrap(), "1.1.0".parse().unwrap());
    let (desk, of) = (world.desk(), (&code, number));
    let new = read(json!({ "source": source }));
    create_version(desk, ask(&maker, new), &code).await.unwrap();
    let submitted = submit_version(desk, ask(&maker, read(json!({}))), of).await.unwrap();
    let content_hash = body(&submitted)["content"]["content_hash"].clone();
    let decision = json!({ "content_hash": content_hash, "decision": "certified" });
    certify_version(desk, ask(&certifier, read(decision)), of).await.unwrap();
    (code, number)
}

const INVOICE: &str = include_str!("../../../../examples/products/trade_invoice.formula");
const EXAMPLE: &str = "
example \"no documents\" given
  as_of = 2026-11-22, due = 2027-01-21, debtor_rating = AAA, invoice_ccy = EUR,
  face = 120_000.00, fx_rate = 1.0842, accepted = true
  expect incomplete
";

#[tokio::test]
async fn a_version_beyond_the_bound_is_not_published() {
    let world = issued().await;
    let (owner, checker) = owners();
    let (code, number) =
        certified(&world, "| BBB        | <= 90 -> 85%", "| BBB        | <= 90 -> 80%").await;
    // Page by page beforehand, for each instance that stands on the version before.
    let told = impact(&world, &owner, json!({ "version": "1.1.0" })).await.unwrap();
    assert_eq!(
        (&told["totals"]["assets"], &told["totals"]["value_changed"]),
        (&json!(3), &json!(3))
    );
    let publish = async |bound: Value| {
        let asked = ask(&checker, read(json!({ "impact_bound": bound })));
        publish_version(world.desk(), asked, (&code, number)).await
    };
    refused_with(publish(json!({ "value_change": "0.05" })).await, "instance.impact-exceeded");
    refused_with(publish(json!({})).await, "request.invalid");
    let published = publish(json!({ "state_changes": 0, "value_change": "0.06" })).await.unwrap();
    assert_eq!(body(&published)["state"], "published");
    let partition = instances::partition(&world.invoices);
    let events = world.desk().store.events(&partition, 0, 200).await.unwrap();
    let event = events.last().unwrap();
    assert_eq!(event.event_type, "poa.version.published.v1");
    assert_eq!(event.data["impact"], told["totals"], "what was accepted stands in the event");
}

#[tokio::test]
async fn a_version_that_an_overlay_does_not_fit_is_not_published_within_a_bound() {
    let world = issued().await;
    let (_, checker) = owners();
    let (code, number) = certified(
        &world,
        "param base_rate : percent in 0% .. 25% = 5%",
        "param base_rate : percent in 0% .. 25% = 5% locked",
    )
    .await;
    let asked = ask(&checker, read(json!({ "impact_bound": { "state_changes": 0 } })));
    let refusal = refused(publish_version(world.desk(), asked, (&code, number)).await);
    assert_eq!(refusal.code, "instance.overlay-refused");
    assert_eq!(refusal.details.unwrap()["instance"], json!(world.invoices));
    let asked = ask(&checker, read(json!({})));
    publish_version(world.desk(), asked, (&code, number)).await.unwrap();
}

#[tokio::test]
async fn a_bound_can_come_with_the_activation() {
    let world = issued().await;
    let (maker, _) = owners();
    let begin = |id: InstanceId, bound: Value| {
        let (desk, asked) =
            (world.desk().clone(), ask(&maker, read(json!({ "impact_bound": bound }))));
        async move { activate_instance(&desk, asked, &id).await }
    };
    let id = successor(&world, "set min_face = 25_000.00", Value::Null).await;
    let tight = begin(id.clone(), json!({ "state_changes": 0 })).await;
    refused_with(tight, "instance.impact-exceeded");
    begin(id, json!({ "state_changes": 1 })).await.unwrap();
}

#[tokio::test]
async fn a_bound_goes_with_an_instance_to_supersede_and_says_something() {
    let world = World::open(Wing::NonBank).await;
    let (maker, _) = owners();
    let code = "trade_invoice".parse().unwrap();
    for (supersedes, bound) in [
        (Value::Null, json!({ "state_changes": 0 })),
        (json!(world.invoices), json!({})),
        (json!(world.invoices), json!({ "value_change": "1.01" })),
        (json!(world.invoices), json!({ "value_change": "-0.01" })),
    ] {
        let mut order = order(INVOICE_DE, 0);
        order["supersedes"] = supersedes;
        order["impact_bound"] = bound;
        let asked = ask(&maker, read(order));
        refused_with(create_instance(world.desk(), asked, &code).await, "request.invalid");
    }
    for part in ["0", "1"] {
        let mut order = order(INVOICE_DE, 0);
        order["supersedes"] = json!(world.invoices);
        order["impact_bound"] = json!({ "value_change": part });
        let made = create_instance(world.desk(), ask(&maker, read(order)), &code).await.unwrap();
        assert_eq!(body(&made)["impact_bound"]["value_change"], json!(part));
    }
}
