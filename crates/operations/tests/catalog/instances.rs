//! Instances: made from an overlay, approved by a second person, activated, superseded, retired.

use crate::support::{SME_BANK, SME_CROWD, World, ask, body, refused, refused_with, world};
use poa_operations::{
    answer::Answer,
    create_instance::create_instance,
    failure::Failure,
    instances,
    measure_impact::Within,
    nothing::Nothing,
    parties,
    products::{ProductMove, move_product},
    programs,
    release_instance::{
        Stop, activate_instance, approve_instance, retire_instance, suspend_instance,
    },
    search_catalog::read_instance,
};
use poa_protocol::{
    caller::Caller,
    ids::InstanceId,
    instance::{Instance, InstanceState},
    partition::Partition,
    product::{ProductCode, ProductState},
    side::Side,
};
use serde_json::{Value, json};

async fn create(world: &World, code: &ProductCode, order: Value) -> Result<Answer, Failure> {
    let order = serde_json::from_value(order).unwrap();
    create_instance(world.desk(), ask(&world.maker, order), code).await
}

async fn approve(world: &World, by: &Caller, id: &InstanceId) -> Result<Answer, Failure> {
    approve_instance(world.desk(), ask(by, Nothing {}), id).await
}

async fn activate(world: &World, id: &InstanceId) -> Result<Answer, Failure> {
    activate_instance(world.desk(), ask(&world.maker, Within::default()), id).await
}

async fn stop(world: &World, id: &InstanceId, forever: bool) -> Result<Answer, Failure> {
    let order = ask(&world.maker, Stop { reason: Some("the law has changed".to_owned()) });
    if forever {
        retire_instance(world.desk(), order, id).await
    } else {
        suspend_instance(world.desk(), order, id).await
    }
}

async fn kept(world: &World, id: &InstanceId) -> Instance {
    instances::load(world.desk(), id).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_instance_goes_its_whole_way() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let made = create(&world, &sme, world.sme_order(SME_BANK)).await.unwrap();
    let view = body(&made);
    let id: InstanceId = view["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(made.location, Some(format!("instances/{id}")));
    assert_eq!((view["state"].as_str(), view["currency"].as_str()), (Some("draft"), Some("EUR")));
    assert_eq!(view["title"], "German bank, own book");
    let program = programs::effective(world.desk(), &kept(&world, &id).await).await.unwrap();
    assert_eq!(program.formula_hash(), view["effective_hash"]);
    refused_with(activate(&world, &id).await, "instance.no-move");
    refused_with(approve(&world, &world.maker, &id).await, "instance.same-person");
    refused_with(approve(&world, &world.certifier, &id).await, "request.not-found");
    assert!(approve(&world, &world.checker, &id).await.is_ok());
    refused_with(stop(&world, &id, false).await, "instance.no-move");
    assert!(read_instance(world.desk(), &world.certifier, &id).await.is_err());
    assert_eq!(body(&activate(&world, &id).await.unwrap())["state"], "active");
    assert!(read_instance(world.desk(), &world.certifier, &id).await.is_ok());
    refused_with(approve(&world, &world.certifier, &id).await, "catalog.not-owner");
    let now = world.desk().clock.now();
    assert!(kept(&world, &id).await.takes(Side::Originator, now).is_ok());
    let other_side = kept(&world, &id).await.takes(Side::Supplier, now).unwrap_err();
    assert_eq!(other_side.code(), "instance.other-side");
    assert_eq!(body(&stop(&world, &id, false).await.unwrap())["state"], "suspended");
    assert_eq!(kept(&world, &id).await.open_at(now).unwrap_err().code(), "instance.not-active");
    assert_eq!(body(&activate(&world, &id).await.unwrap())["state"], "active");
    assert_eq!(body(&stop(&world, &id, true).await.unwrap())["state"], "retired");
    refused_with(activate(&world, &id).await, "instance.no-move");
    refused_with(stop(&world, &id, true).await, "instance.no-move");
    let partition = Partition::product(&id.home());
    let events = world.desk().store.events(&partition, 0, 50).await.unwrap();
    let of_instance: Vec<_> = events
        .iter()
        .filter(|event| event.subject == id.as_str())
        .map(|event| event.event_type.as_str())
        .collect();
    let verbs = ["created", "approved", "activated", "suspended", "resumed", "retired"];
    let expected: Vec<_> = verbs.iter().map(|verb| format!("poa.instance.{verb}.v1")).collect();
    assert_eq!(of_instance, expected);
    let sequences: Vec<_> = events.iter().map(|event| event.sequence.clone()).collect();
    let gapless: Vec<_> = (1..=events.len()).map(|number| number.to_string()).collect();
    assert_eq!(sequences, gapless);
}

#[tokio::test]
async fn what_is_asked_for_and_what_the_overlay_says_must_be_the_same() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let nobody = "pty_00000000000000000000000000";
    for (change, pointer, fault) in [
        (json!({ "jurisdiction": "SG" }), "/jurisdiction", "instance.jurisdiction-differs"),
        (json!({ "currency": "USD" }), "/currency", "instance.currency-differs"),
        (json!({ "regime": "eWpG" }), "/regime", "instance.regime"),
        (json!({ "sides": [] }), "/sides", "instance.sides"),
        (json!({ "approvals_required": 3 }), "/approvals_required", "instance.approvals"),
        (json!({ "attestors": {} }), "/attestors/verifier", "instance.attestors"),
        (
            json!({ "attestors": { "verifier": [nobody] } }),
            "/attestors/verifier/0",
            "party.unknown",
        ),
        (json!({ "data_placement": { "x": "bank" } }), "/data_placement/x", "instance.placement"),
        (
            json!({ "effective_until": "2026-11-22T09:00:00Z" }),
            "/effective_until",
            "instance.until",
        ),
    ] {
        let mut order = world.sme_order(SME_BANK);
        for (name, value) in change.as_object().unwrap() {
            order[name] = value.clone();
        }
        let refusal = refused(create(&world, &sme, order).await);
        let found = &refusal.faults[0];
        assert_eq!((found.pointer.as_str(), found.code.as_str()), (pointer, fault));
    }
    let broken = SME_BANK.replace("set min_score = 70", "set min_scores = 70");
    let refusal = refused(create(&world, &sme, world.sme_order(&broken)).await);
    assert_eq!(refusal.code, "instance.overlay-refused");
    let help = refusal.details.unwrap()["diagnostics"][0]["help"].clone();
    assert!(help.as_str().unwrap().contains("min_score"), "{help}");
    let mut unpublished = world.sme_order(SME_BANK);
    unpublished["version"] = json!("1.0.1");
    refused_with(create(&world, &sme, unpublished).await, "request.not-found");
    let next = crate::support::SME_LOAN.replace("sme_loan 1.0.0", "sme_loan 1.0.1");
    world.draft(&sme, &next).await.unwrap();
    let mut draft = world.sme_order(&SME_BANK.replace("sme_loan 1.0.0", "sme_loan 1.0.1"));
    draft["version"] = json!("1.0.1");
    refused_with(create(&world, &sme, draft).await, "catalog.not-published");
    let mut stranger = world.sme_order(SME_BANK);
    let home = poa_protocol::partition::product_home("other_product");
    stranger["supersedes"] = json!(InstanceId::new(world.desk().ids.ulid(), &home));
    refused_with(create(&world, &sme, stranger).await, "instance.supersedes-other");
}

#[tokio::test]
async fn lists_and_sources_fill_their_limits_and_not_more() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let with_attestors = |count: usize| {
        let mut order = world.sme_order(SME_BANK);
        order["attestors"] = json!({ "verifier": vec![world.certifier.party.clone(); count] });
        order
    };
    let limit = poa_protocol::limits::ATTESTORS_MAX;
    assert!(create(&world, &sme, with_attestors(limit)).await.is_ok());
    let refusal = refused(create(&world, &sme, with_attestors(limit + 1)).await);
    assert_eq!(refusal.faults[0].code, "list.too-long");
    let limit = poa_protocol::limits::FORMULA_SOURCE_BYTES_MAX;
    let long = |length: usize| format!("{SME_BANK}#{}", "-".repeat(length - SME_BANK.len() - 1));
    assert!(create(&world, &sme, world.sme_order(&long(limit))).await.is_ok());
    let too_long = create(&world, &sme, world.sme_order(&long(limit + 1))).await;
    refused_with(too_long, "catalog.source-too-long");
}

#[tokio::test]
async fn an_instance_is_approved_only_when_its_examples_come_out() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let wrong = SME_BANK.replace("valuation = 882_000.00", "valuation = 882_000.01");
    let id = world.instance(&sme, world.sme_order(&wrong)).await;
    let refusal = refused(approve(&world, &world.checker, &id).await);
    assert_eq!(refusal.code, "instance.examples-failed");
    assert_eq!(refusal.details.unwrap()["examples"][0]["passed"], false);
    assert_eq!(kept(&world, &id).await.state, InstanceState::Draft);
}

#[tokio::test]
async fn an_instance_takes_requests_only_within_its_time() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let mut order = world.sme_order(SME_BANK);
    order["effective_from"] = json!("2026-11-23T00:00:00Z");
    order["effective_until"] = json!("2026-11-24T00:00:00Z");
    let id = world.active_instance(&sme, order).await;
    let instance = kept(&world, &id).await;
    let at = |text: &str| {
        instance.open_at(text.parse().unwrap()).map_err(|refusal| refusal.code()).err()
    };
    assert_eq!(at("2026-11-22T23:59:59.999Z"), Some("instance.not-yet"));
    assert_eq!(at("2026-11-23T00:00:00Z"), None);
    assert_eq!(at("2026-11-23T23:59:59.999Z"), None);
    assert_eq!(at("2026-11-24T00:00:00Z"), Some("instance.over"));
    stop(&world, &id, false).await.unwrap();
    world.test.clock.advance_days(2);
    refused_with(activate(&world, &id).await, "instance.over");
}

#[tokio::test]
async fn the_older_one_gives_way_in_the_same_commit() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let old = world.active_instance(&sme, world.sme_order(SME_BANK)).await;
    let mut order = world.sme_order(SME_CROWD);
    order["supersedes"] = json!(old);
    let new = world.instance(&sme, order.clone()).await;
    let rival = world.instance(&sme, order).await;
    world.approve(&new).await;
    world.approve(&rival).await;
    world.activate(&new).await;
    let (old, new) = (kept(&world, &old).await, kept(&world, &new).await);
    assert_eq!((old.state, new.state), (InstanceState::Superseded, InstanceState::Active));
    assert_eq!(old.superseded_by, Some(new.id.clone()));
    assert_eq!(old.revision, new.revision);
    refused_with(activate(&world, &rival).await, "instance.already-superseded");
    refused_with(activate(&world, &old.id).await, "instance.no-move");
    // What was suspended goes on without asking again for a place that it has.
    stop(&world, &new.id, false).await.unwrap();
    world.activate(&new.id).await;
}

#[tokio::test]
async fn nothing_gives_way_that_was_never_active() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let draft = world.instance(&sme, world.sme_order(SME_BANK)).await;
    let mut order = world.sme_order(SME_CROWD);
    order["supersedes"] = json!(draft);
    let new = world.instance(&sme, order).await;
    world.approve(&new).await;
    refused_with(activate(&world, &new).await, "instance.nothing-to-supersede");
    stop(&world, &draft, true).await.unwrap();
    assert!(activate(&world, &new).await.is_ok(), "a retired one needs no successor");
}

#[tokio::test]
async fn a_product_is_listed_before_and_delisted_after_its_instances() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    world.published(&sme, crate::support::SME_LOAN).await;
    let id = world.instance(&sme, world.sme_order(SME_BANK)).await;
    world.approve(&id).await;
    let move_to = async |state| {
        move_product(world.desk(), ask(&world.maker, ProductMove { state }), &sme).await
    };
    refused_with(activate(&world, &id).await, "catalog.not-listed");
    refused_with(move_to(ProductState::Delisted).await, "catalog.no-product-move");
    move_to(ProductState::Listed).await.unwrap();
    world.activate(&id).await;
    refused_with(move_to(ProductState::Delisted).await, "catalog.product-in-use");
    stop(&world, &id, true).await.unwrap();
    move_to(ProductState::Delisted).await.unwrap();
    let late = create(&world, &sme, world.sme_order(SME_BANK)).await;
    refused_with(late, "catalog.delisted");
    refused_with(move_to(ProductState::Listed).await, "catalog.no-product-move");
}

#[tokio::test]
async fn an_owner_that_may_not_act_changes_nothing() {
    let world = world().await;
    let sme = world.sme_loan().await;
    world.test.clock.advance_days(400);
    let late = create(&world, &sme, world.sme_order(SME_BANK)).await;
    refused_with(late, "party.kyc-expired");
    let owner = world.maker.party.clone().unwrap();
    assert!(parties::load(world.desk(), &owner).await.unwrap().is_some());
}

#[tokio::test]
async fn a_program_that_is_not_the_pinned_one_does_not_run() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let id = world.active_instance(&sme, world.sme_order(SME_BANK)).await;
    let good = kept(&world, &id).await;
    let tampered = Instance { effective_hash: format!("sha256:{}", "0".repeat(64)), ..good };
    let failed = programs::effective(world.desk(), &tampered).await.unwrap_err();
    assert!(matches!(failed, Failure::Broken { .. }), "{failed:?}");
}
