//! Idempotency: repeats, reused keys, lost answers and racing writers.

use crate::support::{World, ask_with, body, bringer, read, refused_with};
use poa_embedded::testing::Flaw;
use poa_operations::{
    answer::Answer, audit_store::audit_store, create_tokenization::create_tokenization, desk::Desk,
    expire::expire, failure::Failure,
};
use poa_protocol::{event::Wing, limits};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;
use std::collections::BTreeMap;

async fn send(desk: &Desk, key: &str, request: Value) -> Result<Answer, Failure> {
    create_tokenization(desk, ask_with(&bringer(), key, read(request))).await
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_byte_for_byte() {
    let world = World::open(Wing::NonBank).await;
    let request = || world.invoice("I-1", "120000.00");
    let first = send(world.desk(), "k", request()).await.unwrap();
    world.pump().await;
    let again = send(world.desk(), "k", request()).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!((again.body, again.location), (first.body, first.location));
    let other = send(world.desk(), "k", world.invoice("I-1", "120001.00")).await;
    refused_with(other, "request.idempotency-key-reused");
    let elsewhere = send(world.desk(), "k", world.invoice("I-2", "120000.00")).await;
    refused_with(elsewhere, "request.idempotency-key-reused");
}

#[tokio::test]
async fn a_repeat_is_answered_even_when_the_party_may_not_act_any_more() {
    let world = World::open(Wing::NonBank).await;
    let request = || world.invoice("I-1", "120000.00");
    let first = send(world.desk(), "k", request()).await.unwrap();
    world.test.clock.advance_days(34);
    let again = send(world.desk(), "k", request()).await.unwrap();
    assert_eq!(again.body, first.body);
    world.test.clock.advance_days(300);
    refused_with(send(world.desk(), "new", request()).await, "party.kyc-expired");
}

#[tokio::test]
async fn a_key_is_remembered_for_its_days_and_then_forgotten() {
    let world = World::open(Wing::NonBank).await;
    let request = |reference: &str| world.invoice(reference, "120000.00");
    let first = send(world.desk(), "k", request("I-1")).await.unwrap();
    world.pump().await;
    world.test.clock.advance_days(limits::IDEMPOTENCY_DAYS.into());
    expire(world.desk()).await.unwrap();
    let again = send(world.desk(), "k", request("I-1")).await.unwrap();
    assert_eq!((again.replayed, again.body), (true, first.body.clone()));
    refused_with(send(world.desk(), "k", request("I-2")).await, "request.idempotency-key-reused");
    world.test.clock.advance_millis(1);
    expire(world.desk()).await.unwrap();
    let new = send(world.desk(), "k", request("I-2")).await.unwrap();
    assert!(!new.replayed && new.body != first.body);
    assert!(audit_store(world.desk()).await.unwrap().holds());
}

#[tokio::test]
async fn two_writers_with_one_key_make_one_tokenization() {
    let world = World::open(Wing::NonBank).await;
    let sends = (0..6).map(|_| send(world.desk(), "k", world.invoice("I-1", "120000.00")));
    let answers = futures_util::future::join_all(sends).await;
    let bodies: Vec<String> = answers.into_iter().map(|answer| answer.unwrap().body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

/// One attempt: which key, which request, and what goes wrong on the way.
#[derive(Debug, Clone)]
struct Attempt {
    key: u8,
    request: u8,
    claim: Flaw,
    commit: Flaw,
}

fn any_flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        4 => Just(Flaw::None),
        1 => Just(Flaw::AnswerLost),
        1 => Just(Flaw::Unavailable),
        1 => Just(Flaw::Raced),
    ]
}

fn any_attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (0_u8..4, 0_u8..3, any_flaw(), any_flaw())
        .prop_map(|(key, request, claim, commit)| Attempt { key, request, claim, commit });
    prop::collection::vec(attempt, 1..24)
}

/// Every key has made at most one tokenization, always the one of its first request, whatever was
/// lost on the way.
async fn attempt_all(attempts: &[Attempt]) -> Result<(), TestCaseError> {
    let world = World::open(Wing::NonBank).await;
    let (desk, flaws) = world.test.flaky();
    let mut first: BTreeMap<u8, (u8, String)> = BTreeMap::new();
    for one in attempts {
        let request = world.invoice(&format!("I-{}", one.request), "120000.00");
        flaws.on_claim(&[one.claim]);
        flaws.on_commit(&[one.commit]);
        let outcome = send(&desk, &one.key.to_string(), request).await;
        // A flaw that was not met must not meet the next attempt.
        drain(&desk).await;
        match outcome {
            Ok(answer) => {
                let id = body(&answer)["id"].as_str().unwrap().to_owned();
                let known = first.entry(one.key).or_insert((one.request, id.clone()));
                prop_assert_eq!(&*known, &(one.request, id));
            }
            Err(Failure::Refused(refusal)) => {
                let known = first.get(&one.key);
                prop_assert_eq!(refusal.code, "request.idempotency-key-reused");
                prop_assert!(known.is_none_or(|(request, _)| *request != one.request));
            }
            Err(Failure::Unavailable { .. }) => {}
            Err(Failure::Broken { cause }) => prop_assert!(false, "{}", cause),
        }
    }
    world.pump().await;
    let report = audit_store(world.desk()).await.unwrap();
    prop_assert!(report.holds(), "{:?}", report);
    Ok(())
}

/// Uses up the flaws that are left, on a partition that nobody looks at.
async fn drain(desk: &Desk) {
    use poa_operations::ports::store::{Commit, HEAD, Item, ItemKind};
    use poa_protocol::partition::Partition;
    let partition = Partition::system("nowhere");
    let item = |id: &str| Item::plain(id, ItemKind("head"), Value::Null);
    drop(desk.store.claim(&partition, item("claim")).await);
    let head = desk.store.read(&partition, &[HEAD]).await.unwrap().remove(0);
    let commit = Commit {
        partition,
        expected: head.map(|head| head.etag),
        head: item(HEAD),
        items: Vec::new(),
        events: Vec::new(),
        record: None,
    };
    drop(desk.store.commit(commit).await);
}

#[test]
fn random_interleavings_of_repeats_and_losses_never_make_two() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&any_attempts(), |attempts| runtime.block_on(attempt_all(&attempts)));
    outcome.unwrap();
}
