//! The rule set of a legal regime in the bank contour: statements, facts, days of end clients.

use crate::support::{
    DE_KWG, OPERATOR, SME_BANK, World, activate, ask, body, bringer, caller, order, owners,
    publish, read, refused, refused_with, verifier,
};
use futures_util::future::join_all;
use poa_operations::{
    advance_tokenization::hear_wake,
    change_tokenization::cancel_tokenization,
    commit::HEAD_KIND,
    create_instance::create_instance,
    decide_party::renew_licence,
    ports::store::{Commit, HEAD, Item},
    products::create_product,
    relay_events::relay_events,
    release_version::move_version,
    review_tokenization::attest_check,
    versions::create_version,
};
use poa_protocol::{
    client_day::{ClientDay, Standing},
    contour::Verdict,
    event::Wing,
    ids::{Home, TokenizationId},
    limits,
    partition::Partition,
    product::ProductCode,
    role::Role,
    tokenization::{State, Tokenization},
};
use serde_json::{Value, json};
use ulid::Ulid;

pub(crate) async fn codes(world: &World, id: &TokenizationId) -> Vec<String> {
    let exit = world.kept(id).await.exit.unwrap();
    exit.reasons.into_iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn every_decision_is_a_record_with_hash_results_facts_and_ends() {
    let world = World::open(Wing::Bank).await;
    let kept = world.bring(world.client_loan("L-1", 12)).await;
    assert_eq!(kept.state, State::AwaitingAttestation);
    let decision = kept.links.contour.unwrap();
    assert_eq!(decision.outcome, Verdict::Pass);
    assert_eq!(decision.valid_until, decision.decided_at.plus_days(1));
    let regime = decision.regime.unwrap();
    let program = poa_formula::compile_regime(DE_KWG).unwrap();
    assert_eq!(regime.rule_set.hash, program.formula_hash());
    assert_eq!((regime.regime.as_str(), regime.rule_set.product.as_str()), ("DE-KWG", "de_kwg"));
    assert_eq!(regime.keep_until, Some(decision.decided_at.plus_days(3_653)));
    let result = |code: &str| regime.results.iter().find(|one| one.code == code).unwrap().result;
    assert_eq!((result("SCR_02"), result("SMP_01")), (Verdict::Pass, Verdict::NotApplicable));
    for (name, fact) in [
        ("kyc", json!("verified")),
        ("for_client", json!(true)),
        ("client_requests_of_day", json!(1)),
        ("screening_score", json!(12)),
    ] {
        assert_eq!(regime.facts[name], fact, "{name}");
    }
    let all = serde_json::to_string(&world.events(&kept.id).await).unwrap();
    for secret in ["c".repeat(64).as_str(), "screening_score", "client_known_until", "2027-06-30"] {
        assert!(!all.contains(secret), "`{secret}` left the record: {all}");
    }
    let outside = serde_json::to_string(&world.kept(&kept.id).await.for_outsiders()).unwrap();
    assert!(!outside.contains("screening_score") && !outside.contains("DE-KWG"), "{outside}");
}

#[tokio::test]
async fn statements_are_refused_at_the_door_where_they_do_not_fit() {
    let world = World::open(Wing::Bank).await;
    for (name, value) in [
        ("screening_score", json!(101)),
        ("client_kyc", json!("unheard")),
        ("kyc", json!("verified")),
        ("as_of", json!("2026-11-22")),
        ("unheard", json!(1)),
    ] {
        let mut request = world.client_loan("L-1", 12);
        request["statements"][name] = value;
        let refusal = refused(world.send(request).await);
        assert_eq!(refusal.code, "tokenization.statements-invalid", "{name}");
        assert_eq!(refusal.faults[0].pointer, format!("/statements/{name}"));
    }
    let many = |count: usize| {
        let mut request = world.client_loan("L-1", 12);
        let all = (0..count).map(|number| (format!("s{number}"), json!(1)));
        request["statements"] = Value::Object(all.collect());
        request
    };
    let most = limits::STATEMENTS_MAX;
    refused_with(world.send(many(most)).await, "tokenization.statements-invalid");
    refused_with(world.send(many(most + 1)).await, "request.invalid");
    let long = |bytes: usize| {
        let mut request = world.client_loan("L-1", 12);
        let mut all = json!({ "a": "", "b": "", "c": "", "d": "", "e": "" });
        let mut left = bytes - all.to_string().len();
        for text in all.as_object_mut().unwrap().values_mut() {
            let taken = left.min(limits::TEXT_BYTES_MAX);
            *text = json!("x".repeat(taken));
            left -= taken;
        }
        request["statements"] = all;
        request
    };
    let most = limits::STATEMENTS_BYTES_MAX;
    refused_with(world.send(long(most)).await, "tokenization.statements-invalid");
    let refusal = refused(world.send(long(most + 1)).await);
    assert_eq!(refusal.faults[0].code, "tokenization.statements", "{refusal:?}");
}

pub(crate) async fn book(world: &World, one: &Tokenization) -> ClientDay {
    let day = one.created_at.date().to_string();
    let partition = Partition::client_day(&one.party, &"c".repeat(64), &day);
    let opened = poa_operations::commit::open(world.desk(), &partition).await.unwrap();
    opened.state().unwrap().unwrap()
}

#[tokio::test]
async fn a_client_has_a_limit_on_one_day_and_what_ends_counts_no_longer() {
    let world = World::open(Wing::Bank).await;
    let first = world.bring(world.client_loan("L-0", 12)).await;
    for number in 1..20 {
        let one = world.bring(world.client_loan(&format!("L-{number}"), 12)).await;
        assert_eq!(one.state, State::AwaitingAttestation, "{number}");
    }
    let beyond = world.bring(world.client_loan("L-20", 12)).await;
    assert_eq!(codes(&world, &beyond.id).await, ["DAY_01"]);
    let held = book(&world, &first).await;
    assert_eq!(held.requests[&beyond.id].standing, Standing::Released);
    assert_eq!(held.requests[&first.id].standing, Standing::Reserved);
    let cancel = ask(&bringer(), read(json!({})));
    cancel_tokenization(world.desk(), cancel, &first.id).await.unwrap();
    world.pump().await;
    assert_eq!(book(&world, &first).await.requests[&first.id].standing, Standing::Released);
    let next = world.bring(world.client_loan("L-21", 12)).await;
    assert_eq!(next.state, State::AwaitingAttestation);
    world.test.clock.advance_days(1);
    let tomorrow = world.bring(world.client_loan("L-22", 12)).await;
    assert_eq!(tomorrow.links.contour.unwrap().regime.unwrap().facts["client_requests_of_day"], 1);
}

/// A loan of this amount for the end client.
fn large(world: &World, reference: &str, amount: u32) -> Value {
    let mut request = world.client_loan(reference, 12);
    request["data"]["amount"]["amount"] = json!(format!("{amount}.00"));
    request["data"]["annual_revenue"]["amount"] = json!("50000000.00");
    request
}

#[tokio::test]
async fn a_client_has_a_value_on_one_day_and_of_two_for_the_last_of_it_one_gets_it() {
    let world = World::open(Wing::Bank).await;
    for reference in ["L-1", "L-2"] {
        let one = world.bring(large(&world, reference, 2_000_000)).await;
        assert_eq!(one.state, State::AwaitingAttestation);
    }
    let beyond = world.bring(large(&world, "L-3", 2_000_000)).await;
    assert_eq!(codes(&world, &beyond.id).await, ["DAY_02"]);
    // What was refused takes no room: there is some for one more of a million, and two come.
    let sent = [large(&world, "L-4", 1_000_000), large(&world, "L-5", 1_000_000)];
    let mut ids: Vec<TokenizationId> = Vec::new();
    for answer in join_all(sent.map(|request| world.send(request))).await {
        ids.push(read(body(&answer.unwrap())["id"].clone()));
    }
    relay_events(world.desk()).await.unwrap();
    let woken = world.messages(Wing::Bank).await;
    let hear = |message: &String| {
        let (desk, bytes) = (world.desk().clone(), message.clone().into_bytes());
        tokio::spawn(async move { hear_wake(&desk, Wing::Bank, &bytes).await })
    };
    for heard in join_all(woken.iter().map(hear)).await {
        heard.unwrap().unwrap();
    }
    world.pump().await;
    let mut passed = 0;
    for id in &ids {
        if world.kept(id).await.state == State::AwaitingAttestation {
            passed += 1;
        } else {
            assert_eq!(codes(&world, id).await, ["DAY_02"]);
        }
    }
    assert_eq!(passed, 1);
}

/// Fills the book of a day with requests that have ended.
async fn fill(world: &World, one: &Tokenization) {
    let day = one.created_at.date().to_string();
    let partition = Partition::client_day(&one.party, &"c".repeat(64), &day);
    let store = &world.desk().store;
    let head = store.read(&partition, &[HEAD]).await.unwrap().pop().unwrap().unwrap();
    let mut body = head.body;
    for number in 1..u64::try_from(limits::CLIENT_DAY_REQUESTS_MAX).unwrap() {
        let id = TokenizationId::new(Ulid::from_parts(number, 0), &Home::of(&["full"]));
        let ended = json!({ "value": null, "standing": Standing::Released });
        body["state"]["requests"][id.as_str()] = ended;
    }
    let head_item = Item::plain(HEAD, HEAD_KIND, body);
    let (items, events) = (Vec::new(), Vec::new());
    let expected = Some(head.etag);
    let commit = Commit { partition, expected, head: head_item, items, events, record: None };
    store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_day_that_cannot_be_counted_lets_nothing_pass_and_nobody_overrides_that() {
    let world = World::open(Wing::Bank).await;
    let first = world.bring(world.client_loan("L-0", 12)).await;
    fill(&world, &first).await;
    let mut request = world.client_loan("L-1", 12);
    request["if_failed"] = json!("wait");
    let beyond = world.bring(request).await;
    assert_eq!(beyond.state, State::Rejected);
    assert_eq!(codes(&world, &beyond.id).await, ["CTR_DAY"]);
}

#[tokio::test]
async fn outside_parties_see_neither_what_a_rule_says_nor_that_people_look() {
    let world = World::open(Wing::Bank).await;
    let rejected = world.bring(world.client_loan("L-1", 95)).await;
    let own = rejected.links.contour.as_ref().unwrap().regime.as_ref().unwrap();
    assert!(own.results.iter().any(|one| one.message.contains("95")), "the bank reads why");
    let outside = rejected.for_outsiders();
    let reasons = serde_json::to_string(&outside.exit.unwrap().reasons).unwrap();
    assert!(reasons.contains("SCR_01") && !reasons.contains("95"), "{reasons}");
    let waits = world.bring(world.client_loan("L-2", 72)).await;
    assert_eq!(waits.demands.len(), 1);
    assert_eq!(waits.for_outsiders().demands, []);
}

#[tokio::test]
async fn what_is_issued_counts_for_good() {
    let world = World::open(Wing::Bank).await;
    let mut request = world.client_loan("L-1", 12);
    request["wait_for"] = json!("mandatory");
    let one = world.bring(request).await;
    for demand in one.demands.iter().filter(|demand| demand.mandatory) {
        let new = json!({ "check": demand.code, "satisfied": true, "data_hash": one.data_hash });
        attest_check(world.desk(), ask(&verifier(), read(new)), &one.id).await.unwrap();
    }
    world.pump().await;
    assert_eq!(world.kept(&one.id).await.state, State::Issued);
    assert_eq!(book(&world, &one).await.requests[&one.id].standing, Standing::Kept);
    assert_eq!(world.pump().await, 0, "nothing is left to hear");
}

#[tokio::test]
async fn a_rule_set_that_was_withdrawn_lets_nothing_pass() {
    let world = World::open(Wing::Bank).await;
    let (maker, _) = owners();
    let code: ProductCode = "de_kwg".parse().unwrap();
    let of = (&code, "1.0.0".parse().unwrap());
    let gone = ask(&maker, read(json!({ "state": "withdrawn" })));
    move_version(world.desk(), gone, of).await.unwrap();
    let one = world.bring(world.client_loan("L-1", 12)).await;
    assert_eq!(codes(&world, &one.id).await, ["CTR_RULE_SET"]);
    let mut request = world.client_loan("L-2", 12);
    request["if_failed"] = json!("wait");
    let other = world.bring(request).await;
    assert_eq!(other.state, State::Rejected, "nobody overrides that");
}

#[tokio::test]
async fn facts_that_the_rules_need_and_nobody_knows_let_nothing_pass() {
    let world = World::open(Wing::Bank).await;
    let desk = world.desk();
    // It needs to know when the licence ends, and this licence has no end.
    let strict = DE_KWG
        .replace("regime de_kwg", "regime strict_kwg")
        .replace("licence_days_left : integer optional", "licence_days_left : integer")
        .replace("(licence_days_left else licence_notice)", "licence_days_left")
        .replace(
            "kyc = verified, for_client",
            "kyc = verified, licence_days_left = 99, for_client",
        );
    publish(desk, "strict_kwg", &strict).await;
    let mut order = order(SME_BANK, 0);
    order["rule_set"] = json!({ "product": "strict_kwg", "version": "1.0.0" });
    let instance = activate(desk, "sme_loan", order).await;
    let compliance = caller(OPERATOR, 1, &[Role::Administrator, Role::Compliance]);
    let endless = read(json!({ "authority": "BaFin", "number": "8" }));
    renew_licence(desk, ask(&compliance, endless), &bringer().party.unwrap()).await.unwrap();
    for if_failed in ["reject", "wait"] {
        let mut request = world.client_loan(&format!("L-{if_failed}"), 12);
        request["instance"] = json!(instance);
        request["if_failed"] = json!(if_failed);
        let one = world.bring(request).await;
        assert_eq!(codes(&world, &one.id).await, ["CTR_FACTS"], "{if_failed}");
        assert_eq!(one.state, State::Rejected, "nobody overrides that: {if_failed}");
    }
}

#[tokio::test]
async fn an_instance_names_a_published_rule_set_of_its_regime() {
    let world = World::open(Wing::Bank).await;
    let (maker, _) = owners();
    let desk = world.desk();
    let dollars = DE_KWG.replace("currency home = EUR", "currency home = USD");
    publish(desk, "us_kwg", &dollars.replace("de_kwg 1.0.0", "us_kwg 1.0.0")).await;
    let code: ProductCode = "sme_loan".parse().unwrap();
    for (product, version, regime, fault) in [
        ("de_kwg", "1.0.1", "DE-KWG", "instance.rule-set"),
        ("sme_loan", "1.0.0", "DE-KWG", "instance.rule-set"),
        ("unheard", "1.0.0", "DE-KWG", "instance.rule-set"),
        ("de_kwg", "1.0.0", "EU-2020/1503", "instance.rule-set-regime"),
        ("us_kwg", "1.0.0", "DE-KWG", "instance.rule-set-facts"),
    ] {
        let mut order = order(SME_BANK, 0);
        order["regime"] = json!(regime);
        order["rule_set"] = json!({ "product": product, "version": version });
        let made = create_instance(desk, ask(&maker, read(order)), &code).await;
        let refusal = refused(made);
        assert_eq!(refusal.faults[0].code, fault, "{product} {version}: {refusal:?}");
    }
    let (own, asked) = ("de_kwg".parse().unwrap(), ask(&maker, read(order(SME_BANK, 0))));
    refused_with(create_instance(desk, asked, &own).await, "catalog.no-instances");
    let product = json!({ "source": crate::support::DE_KWG });
    let wrong = create_version(desk, ask(&maker, read(product)), &code).await;
    refused_with(wrong, "catalog.wrong-kind");
    for (class, regime) in
        [("loan", json!("DE-KWG")), ("regulation", json!(null)), ("regulation", json!("kwg"))]
    {
        let new = json!({
            "code": "other", "name": "Other", "asset_class": class, "cfi": "******",
            "regime": regime,
        });
        refused_with(create_product(desk, ask(&maker, read(new))).await, "request.invalid");
    }
}

#[tokio::test]
async fn the_non_bank_wing_is_not_asked() {
    let world = World::open(Wing::NonBank).await;
    let one = world.bring(world.client_loan("L-1", 99)).await;
    assert_eq!(one.state, State::AwaitingAttestation);
    assert_eq!(one.links.contour, None);
}
