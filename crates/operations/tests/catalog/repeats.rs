//! Repeated and racing requests: one effect, one answer.

use crate::support::{
    OWNER_LEI, SME_BANK, SME_CROWD, SME_LOAN, World, ask, ask_with, body, new_party, refused_with,
    world,
};
use poa_embedded::testing::Flaw;
use poa_operations::{
    answer::{Answer, Asked},
    create_instance::create_instance,
    desk::Desk,
    failure::Failure,
    instances,
    measure_impact::Within,
    products::create_product,
    register_party::register_party,
    release_instance::activate_instance,
    versions::{NewSource, create_version},
};
use poa_protocol::{
    instance::{InstanceState, NewInstance},
    partition::Partition,
    product::NewProduct,
};
use serde_json::json;

/// Sends a request whose answer is lost, sends it again, and again with another body.
async fn repeats<T, F>(world: &World, partition: &Partition, body: (T, T), send: F)
where
    T: Clone + std::fmt::Debug,
    F: AsyncFn(&Desk, Asked<T>) -> Result<Answer, Failure>,
{
    let (first, other) = body;
    let by = if format!("{first:?}").contains("lei") { &world.administrator } else { &world.maker };
    let (desk, flaky) = world.test.flaky();
    let events = async || world.desk().store.events(partition, 0, 200).await.unwrap().len();
    let before = events().await;
    flaky.on_commit(&[Flaw::AnswerLost]);
    let lost = send(&desk, ask_with(by, "repeated", first.clone())).await.unwrap_err();
    assert_eq!(lost.refusal().code, "request.unavailable");
    let after = events().await;
    assert!(after > before, "the request had its effect");
    let again = send(&desk, ask_with(by, "repeated", first.clone())).await.unwrap();
    let third = send(&desk, ask_with(by, "repeated", first)).await.unwrap();
    assert!(again.replayed && third.replayed);
    assert_eq!(
        (&again.body, &again.location, again.revision),
        (&third.body, &third.location, third.revision)
    );
    assert_eq!(events().await, after, "a repetition changes nothing");
    let reused = send(&desk, ask_with(by, "repeated", other)).await;
    refused_with(reused, "request.idempotency-key-reused");
}

#[tokio::test]
async fn a_lost_answer_to_a_registration_is_given_again() {
    let world = world().await;
    let lei = "529900POATEST0000352";
    let id = poa_protocol::ids::PartyId::of_lei(lei);
    let bodies =
        (new_party(lei, &["8f14e45f-ceea-467f-9a3c-0123456789ab"]), new_party(OWNER_LEI, &[]));
    repeats(&world, &Partition::party(&id), bodies, async |desk, asked| {
        register_party(desk, asked).await
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_a_new_product_is_given_again() {
    let world = world().await;
    let order = |code: &str| -> NewProduct {
        let order = json!({ "code": code, "name": "x", "asset_class": "loan", "cfi": "******" });
        serde_json::from_value(order).unwrap()
    };
    let partition = poa_operations::shelf::partition(&order("one").code);
    repeats(&world, &partition, (order("one"), order("two")), async |desk, asked| {
        create_product(desk, asked).await
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_a_draft_is_given_again() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    let source = |text: &str| NewSource { source: text.to_owned() };
    let bodies = (source(SME_LOAN), source("product sme_loan 2.0.0 \"x\""));
    let partition = poa_operations::shelf::partition(&sme);
    repeats(&world, &partition, bodies, async |desk, asked| {
        create_version(desk, asked, &sme).await
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_a_new_instance_is_given_again() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let order = |overlay: &str| -> NewInstance {
        serde_json::from_value(world.sme_order(overlay)).unwrap()
    };
    let partition = poa_operations::shelf::partition(&sme);
    repeats(&world, &partition, (order(SME_BANK), order(SME_CROWD)), async |desk, asked| {
        create_instance(desk, asked, &sme).await
    })
    .await;
    let shelf = poa_operations::shelf::load(world.desk(), &sme).await.unwrap().unwrap();
    assert_eq!(shelf.instances.len(), 1, "two attempts made two ids and one instance");
}

#[tokio::test]
async fn a_lost_race_is_decided_again() {
    let world = world().await;
    let (desk, flaky) = world.test.flaky();
    flaky.on_commit(&[Flaw::Raced, Flaw::Raced]);
    let order = json!({ "code": "one", "name": "x", "asset_class": "loan", "cfi": "******" });
    let order: NewProduct = serde_json::from_value(order).unwrap();
    let answer = create_product(&desk, ask(&world.maker, order)).await.unwrap();
    assert_eq!(body(&answer)["code"], "one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_activations_for_the_same_place_one_wins() {
    let world = world().await;
    let sme = world.sme_loan().await;
    for _ in 0..5 {
        let old = world.active_instance(&sme, world.sme_order(SME_BANK)).await;
        let mut order = world.sme_order(SME_CROWD);
        order["supersedes"] = json!(old);
        let mut rivals = Vec::new();
        for _ in 0..4 {
            let id = world.instance(&sme, order.clone()).await;
            world.approve(&id).await;
            rivals.push(id);
        }
        let runs: Vec<_> = rivals
            .iter()
            .map(|id| {
                let (desk, id) = (world.desk().clone(), id.clone());
                let asked = ask(&world.maker, Within::default());
                tokio::spawn(async move { activate_instance(&desk, asked, &id).await })
            })
            .collect();
        let mut won = Vec::new();
        for (run, id) in runs.into_iter().zip(&rivals) {
            match run.await.unwrap() {
                Ok(_) => won.push(id.clone()),
                Err(failure) => {
                    assert_eq!(failure.refusal().code, "instance.already-superseded");
                }
            }
        }
        assert_eq!(won.len(), 1);
        let old = instances::load(world.desk(), &old).await.unwrap().unwrap();
        assert_eq!(old.superseded_by.as_ref(), won.first());
        let mut active = 0;
        for id in &rivals {
            let rival = instances::load(world.desk(), id).await.unwrap().unwrap();
            active += usize::from(rival.state == InstanceState::Active);
        }
        assert_eq!(active, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_products_with_one_code_one_wins() {
    let world = world().await;
    let runs: Vec<_> = (0..6)
        .map(|number| {
            let order = json!({
                "code": "contested", "name": format!("x{number}"), "asset_class": "loan",
                "cfi": "******",
            });
            let order: NewProduct = serde_json::from_value(order).unwrap();
            let (desk, asked) = (world.desk().clone(), ask(&world.maker, order));
            tokio::spawn(async move { create_product(&desk, asked).await })
        })
        .collect();
    let mut won = 0;
    for run in runs {
        match run.await.unwrap() {
            Ok(_) => won += 1,
            Err(failure) => assert_eq!(failure.refusal().code, "catalog.code-taken"),
        }
    }
    assert_eq!(won, 1);
}
