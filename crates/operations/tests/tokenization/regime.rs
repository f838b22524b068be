//! The rule set of a legal regime in the bank contour: statements, reviews, overrides, days of end
//! clients.

use crate::support::{
    BRINGER, DE_KWG, OPERATOR, OWNER, SME_BANK, World, activate, ask, bringer, caller, order,
    owners, publish, read, refused, refused_with, verifier,
};
use poa_operations::{
    change_tokenization::{cancel_tokenization, change_data},
    commit::HEAD_KIND,
    create_instance::create_instance,
    decide_party::renew_licence,
    ports::store::{Commit, HEAD, Item},
    products::create_product,
    release_version::move_version,
    review_contour::review_contour,
    review_tokenization::attest_check,
    versions::create_version,
};
use poa_protocol::{
    caller::Caller,
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

fn officer(person: u32) -> Caller {
    caller(BRINGER, person, &[Role::Compliance])
}

async fn review(
    world: &World,
    by: &Caller,
    one: &Tokenization,
    decision: &str,
) -> Result<(), String> {
    let new = json!({
        "decision": decision, "because": "looked at the file", "data_hash": one.data_hash,
    });
    let said = review_contour(world.desk(), ask(by, read(new)), &one.id).await;
    world.pump().await;
    said.map(|_| ()).map_err(|failure| failure.refusal().code.to_owned())
}

async fn codes(world: &World, id: &TokenizationId) -> Vec<String> {
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
async fn what_a_rule_leaves_to_a_person_waits_for_one() {
    let world = World::open(Wing::Bank).await;
    let waits = world.bring(world.client_loan("L-1", 72)).await;
    assert_eq!(waits.state, State::AwaitingReview);
    let demand = &waits.demands[0];
    assert_eq!((demand.code.as_str(), demand.text.as_str()), ("review", "review of SCR_02"));
    let verbs = ["received", "evidence-arrived", "contour-reviewing", "contour-waiting"];
    assert_eq!(world.verbs(&waits.id).await, verbs);
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let goes_on = world.kept(&waits.id).await;
    assert_eq!(goes_on.state, State::AwaitingAttestation);
    assert_eq!(goes_on.reviews[0].person, officer(7).person);
    // A day later the facts are looked at again: what was said about the same rules still counts.
    world.test.clock.advance_days(2);
    let new = json!({ "check": "ACCOUNTS", "satisfied": true, "data_hash": waits.data_hash });
    attest_check(world.desk(), ask(&verifier(), read(new)), &waits.id).await.unwrap();
    world.pump().await;
    let later = world.kept(&waits.id).await;
    assert_eq!(later.links.contour.unwrap().outcome, Verdict::Review);
    assert_eq!(later.state, State::AwaitingAttestation);
    let refused = world.bring(world.client_loan("L-2", 72)).await;
    assert_eq!(review(&world, &officer(7), &refused, "refuse").await, Ok(()));
    assert_eq!(codes(&world, &refused.id).await, ["SCR_02"]);
    assert_eq!(world.kept(&refused.id).await.state, State::Rejected);
}

#[tokio::test]
async fn an_override_needs_two_different_people_who_did_not_make_the_request() {
    let world = World::open(Wing::Bank).await;
    let rejected = world.bring(world.client_loan("L-1", 95)).await;
    assert_eq!(rejected.state, State::Rejected);
    assert_eq!(codes(&world, &rejected.id).await, ["SCR_01", "SCR_02"]);
    let mut request = world.client_loan("L-2", 95);
    request["if_failed"] = json!("wait");
    let waits = world.bring(request).await;
    assert_eq!(waits.demands[0].text, "override of SCR_01, SCR_02");
    let maker = Caller { roles: [Role::Compliance].into(), ..bringer() };
    let refused = review(&world, &maker, &waits, "pass").await;
    assert_eq!(refused, Err("tokenization.maker-reviews".to_owned()));
    let program = Caller { program: true, ..officer(9) };
    let refused = review(&world, &program, &waits, "pass").await;
    assert_eq!(refused, Err("tokenization.program-reviews".to_owned()));
    let stranger = caller(OWNER, 7, &[Role::Compliance]);
    let refused = review(&world, &stranger, &waits, "pass").await;
    assert_eq!(refused, Err("request.not-found".to_owned()));
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let half = world.kept(&waits.id).await;
    assert_eq!(half.state, State::AwaitingReview);
    let again = review(&world, &officer(7), &half, "pass").await;
    assert_eq!(again, Err("tokenization.reviewed-before".to_owned()));
    assert_eq!(review(&world, &officer(8), &half, "pass").await, Ok(()));
    assert_eq!(world.kept(&waits.id).await.state, State::AwaitingAttestation);
    let late = review(&world, &officer(9), &half, "pass").await;
    assert_eq!(late, Err("tokenization.no-review".to_owned()));
}

#[tokio::test]
async fn changed_data_are_reviewed_again() {
    let world = World::open(Wing::Bank).await;
    let waits = world.bring(world.client_loan("L-1", 72)).await;
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let new = json!({ "data": crate::support::loan_data(83) });
    change_data(world.desk(), ask(&bringer(), read(new)), &waits.id).await.unwrap();
    world.pump().await;
    let again = world.kept(&waits.id).await;
    assert_eq!(again.state, State::AwaitingReview);
    let stale = review(&world, &officer(7), &waits, "pass").await;
    assert_eq!(stale, Err("tokenization.other-data".to_owned()));
    assert_eq!(review(&world, &officer(7), &again, "pass").await, Ok(()));
    assert_eq!(world.kept(&waits.id).await.state, State::AwaitingAttestation);
}

#[tokio::test]
async fn of_reviews_so_many_are_kept_and_no_more() {
    let world = World::open(Wing::Bank).await;
    let mut waits = world.bring(world.client_loan("L-1", 72)).await;
    for number in 1..=limits::REVIEWS_PER_TOKENIZATION_MAX {
        assert_eq!(waits.state, State::AwaitingReview, "{number}");
        assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()), "{number}");
        let mut data = crate::support::loan_data(83);
        data["annual_revenue"]["amount"] = json!(format!("{}.00", 1_800_000 + number));
        let new = read(json!({ "data": data }));
        change_data(world.desk(), ask(&bringer(), new), &waits.id).await.unwrap();
        world.pump().await;
        waits = world.kept(&waits.id).await;
    }
    let beyond = review(&world, &officer(7), &waits, "pass").await;
    assert_eq!(beyond, Err("tokenization.too-many-reviews".to_owned()));
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

async fn book(world: &World, one: &Tokenization) -> ClientDay {
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
