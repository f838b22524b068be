//! One pipeline: the same request leaves equal events in both wings, apart from the contour's own.

use crate::support::{World, ask, bringer, caller, lawyer, party, read, second, verifier};
use poa_operations::{
    change_tokenization::{approve_proposal, change_data},
    create_tokenization::create_tokenization,
    decide_party::decide_kyc,
    expire::expire,
    review_tokenization::{attest_check, sign_off_document},
};
use poa_protocol::{
    event::{Event, Wing},
    ids::TokenizationId,
    role::Role,
    tokenization::State,
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

/// What happens to one request.
#[derive(Debug, Clone)]
struct Story {
    crowd: bool,
    client: bool,
    score: u32,
    words: Vec<Word>,
    days: i64,
}

#[derive(Debug, Clone)]
enum Word {
    Attest(bool, bool),
    SignOff,
    Change(u32),
    Approve(bool),
}

fn any_story() -> impl Strategy<Value = Story> {
    let word = prop_oneof![
        (any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(accounts, yes)| Word::Attest(accounts, yes)),
        Just(Word::SignOff),
        (40_u32..90).prop_map(Word::Change),
        prop::bool::weighted(0.8).prop_map(Word::Approve),
    ];
    let words = prop::collection::vec(word, 0..6);
    let told = (any::<bool>(), any::<bool>(), 40_u32..90, words, 0_i64..120);
    told.prop_map(|(crowd, client, score, words, days)| Story { crowd, client, score, words, days })
}

/// What an event says, whatever its number and its road.
fn said(event: &Event) -> Value {
    json!({
        "type": event.event_type, "subject": event.subject, "time": event.time,
        "actor": event.actor, "data": event.data, "stream": event.partitionkey,
    })
}

async fn tell(world: &World, story: &Story) -> Vec<Event> {
    let instance = if story.crowd { &world.crowd_loans } else { &world.bank_loans };
    let mut request = World::loan(instance, "L-1", story.score);
    if story.client {
        // A client whom the rule set lets pass; where there is no rule set, nobody asks.
        let known = world.client_loan("L-1", 12);
        request["end_client_hash"] = known["end_client_hash"].clone();
        request["statements"] = known["statements"].clone();
    }
    let id = world.bring(request).await.id;
    for word in &story.words {
        say(world, &id, word).await;
        world.pump().await;
    }
    world.test.clock.advance_days(story.days);
    expire(world.desk()).await.unwrap();
    world.pump().await;
    world.events(&id).await
}

/// Says a word; what is refused is refused in both wings.
async fn say(world: &World, id: &TokenizationId, said: &Word) {
    let data_hash = world.kept(id).await.data_hash;
    let desk = world.desk();
    match said {
        Word::Attest(accounts, satisfied) => {
            let check = if *accounts { "ACCOUNTS" } else { "SECURITY" };
            let new = json!({ "check": check, "satisfied": satisfied, "data_hash": data_hash });
            drop(attest_check(desk, ask(&verifier(), read(new)), id).await);
        }
        Word::SignOff => {
            let new = json!({
                "document": "KIIS_01", "sha256": "a".repeat(64), "data_hash": data_hash,
            });
            drop(sign_off_document(desk, ask(&lawyer(), read(new)), id).await);
        }
        Word::Change(score) => {
            let new = json!({ "data": crate::support::loan_data(*score) });
            drop(change_data(desk, ask(&bringer(), read(new)), id).await);
        }
        Word::Approve(yes) => {
            let decision = if *yes { "approve" } else { "reject" };
            let new = json!({ "decision": decision, "data_hash": data_hash });
            drop(approve_proposal(desk, ask(&second(), read(new)), id).await);
        }
    }
}

#[test]
fn both_wings_leave_equal_events_apart_from_the_contours_own() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&any_story(), |story| {
        let tell_in =
            |wing| runtime.block_on(async { tell(&World::open(wing).await, &story).await });
        let (bank, plain) = (tell_in(Wing::Bank), tell_in(Wing::NonBank));
        let contours = |event: &&Event| event.event_type.contains("contour");
        prop_assert!(bank.iter().any(|event| contours(&event)));
        prop_assert!(!plain.iter().any(|event| contours(&event)));
        let rest: Vec<_> = bank.iter().filter(|event| !contours(event)).map(said).collect();
        prop_assert_eq!(rest, plain.iter().map(said).collect::<Vec<_>>());
        for event in &plain {
            let text = serde_json::to_string(&event.data).unwrap();
            prop_assert!(!text.contains("bank"), "{}", text);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_bank_that_is_no_longer_known_is_rejected_by_the_contour() {
    let world = World::open(Wing::Bank).await;
    let request = read(world.invoice("I-1", "120000.00"));
    let by = caller(3, 1, &[Role::BankOperator]);
    let sent = create_tokenization(world.desk(), ask(&by, request)).await.unwrap();
    let id: TokenizationId = read(crate::support::body(&sent)["id"].clone());
    let operator = caller(0, 1, &[Role::Compliance]);
    let revoked = ask(&operator, read(json!({ "state": "revoked" })));
    decide_kyc(world.desk(), revoked, &party(3)).await.unwrap();
    world.pump().await;
    let rejected = world.kept(&id).await;
    assert_eq!(rejected.state, State::Rejected);
    assert_eq!(rejected.exit.unwrap().reasons[0].code, "CTR_KYC");
    let verbs = ["received", "evidence-arrived", "contour-failed", "rejected"];
    assert_eq!(world.verbs(&id).await, verbs);
}
