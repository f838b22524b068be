//! The sweep: what is overdue goes on or ends.

use crate::{
    regime::book,
    support::{World, ask, body, bringer, read, verifier},
};
use poa_operations::{
    change_tokenization::cancel_tokenization, expire::expire, relay_events::relay_events,
    review_tokenization::attest_check, tokenizations::TOKENIZATION,
};
use poa_protocol::{
    client_day::Standing,
    event::Wing,
    limits,
    timestamp::Timestamp,
    tokenization::{State, Tokenization},
};
use serde_json::json;

async fn attest(world: &World, to: &Tokenization, check: &str) {
    let new = json!({ "check": check, "satisfied": true, "data_hash": to.data_hash });
    attest_check(world.desk(), ask(&verifier(), read(new)), &to.id).await.unwrap();
    world.pump().await;
}

/// Two loans that wait for 10 days at most; the first one has what it cannot go on without.
async fn two_waits(world: &World) -> (Tokenization, Tokenization) {
    let request = |reference: &str| {
        let mut request = World::loan(&world.bank_loans, reference, 78);
        request["wait_days"] = json!(10);
        request
    };
    let (one, two) = (world.bring(request("L-1")).await, world.bring(request("L-2")).await);
    attest(world, &one, "ACCOUNTS").await;
    (one, two)
}

#[tokio::test]
async fn the_deadline_is_met_at_both_edges() {
    let world = World::open(Wing::NonBank).await;
    let (one, two) = two_waits(&world).await;
    let deadline = world.desk().clock.now().plus_days(10);
    world.test.clock.set(poa_protocol::timestamp::Timestamp::from_millis(deadline.millis() - 1));
    expire(world.desk()).await.unwrap();
    for id in [&one.id, &two.id] {
        assert_eq!(world.kept(id).await.state, State::AwaitingAttestation);
    }
    world.test.clock.set(deadline);
    expire(world.desk()).await.unwrap();
    let (one, two) = (world.kept(&one.id).await, world.kept(&two.id).await);
    assert_eq!(one.state, State::Issued);
    let proposal = one.links.proposal.unwrap();
    assert_eq!(proposal.authenticity_rate.to_string(), "0.85");
    assert!(one.given_up.contains("SECURITY"));
    assert_eq!(two.state, State::Expired);
    assert_eq!(two.exit.unwrap().reasons[0].code, "ACCOUNTS");
    expire(world.desk()).await.unwrap();
    assert_eq!(world.verbs(&two.id).await.last().unwrap(), "expired");
}

/// What the relay sends is lost for good, as dead letters are.
async fn lose_messages(world: &World) -> usize {
    relay_events(world.desk()).await.unwrap();
    let lost = world.messages(Wing::NonBank).await.len();
    lost + world.messages(Wing::Bank).await.len()
}

async fn due(world: &World) -> usize {
    let desk = world.desk();
    desk.store.due(TOKENIZATION, desk.clock.now(), 10).await.unwrap().len()
}

#[tokio::test]
async fn who_was_woken_goes_on_although_the_message_is_lost() {
    let world = World::open(Wing::NonBank).await;
    let sent = world.send(world.invoice("I-1", "120000.00")).await.unwrap();
    let id = read(body(&sent)["id"].clone());
    assert_eq!(lose_messages(&world).await, 1);
    let late = world.desk().clock.now().plus_secs(limits::WAKE_SECS_MAX);
    world.test.clock.set(Timestamp::from_millis(late.millis() - 1));
    expire(world.desk()).await.unwrap();
    assert_eq!(world.kept(&id).await.state, State::Received);
    world.test.clock.set(late);
    expire(world.desk()).await.unwrap();
    assert_eq!(world.kept(&id).await.state, State::Issued);
    assert_eq!((due(&world).await, lose_messages(&world).await), (0, 0));
}

#[tokio::test]
async fn the_day_of_a_client_is_settled_although_the_message_is_lost() {
    let world = World::open(Wing::Bank).await;
    let waits = world.bring(world.client_loan("L-1", 12)).await;
    let cancel = ask(&bringer(), read(json!({})));
    cancel_tokenization(world.desk(), cancel, &waits.id).await.unwrap();
    assert_eq!(lose_messages(&world).await, 1);
    let standing = || async { book(&world, &waits).await.requests[&waits.id].standing };
    assert_eq!(standing().await, Standing::Reserved);
    world.test.clock.set(world.desk().clock.now().plus_secs(limits::WAKE_SECS_MAX));
    expire(world.desk()).await.unwrap();
    assert_eq!(standing().await, Standing::Released);
    assert_eq!(due(&world).await, 0);
}

#[tokio::test]
async fn more_than_a_page_of_waits_expires_in_one_sweep() {
    let world = World::open(Wing::NonBank).await;
    let count = poa_protocol::limits::PAGE_MAX + 5;
    let mut ids = Vec::new();
    for number in 0..count {
        let mut request = World::loan(&world.bank_loans, &format!("L-{number}"), 78);
        request["wait_days"] = json!(1);
        let sent = world.send(request).await.unwrap();
        ids.push(read(body(&sent)["id"].clone()));
    }
    world.pump().await;
    world.test.clock.advance_days(1);
    expire(world.desk()).await.unwrap();
    for id in &ids {
        assert_eq!(world.kept(id).await.state, State::Expired);
    }
}

#[tokio::test]
async fn a_wait_for_mandatory_checks_does_not_block_on_optional_ones() {
    let world = World::open(Wing::NonBank).await;
    let mut request = World::loan(&world.bank_loans, "L-1", 78);
    request["wait_for"] = json!("mandatory");
    let waiting = world.bring(request).await;
    let demanded: Vec<_> = waiting.demands.iter().map(|one| one.mandatory).collect();
    assert_eq!(demanded, [true, false]);
    attest(&world, &waiting, "ACCOUNTS").await;
    assert_eq!(world.kept(&waiting.id).await.state, State::Issued);
}

#[tokio::test]
async fn a_bank_is_looked_at_again_after_a_long_wait() {
    let world = World::open(Wing::Bank).await;
    let waiting = world.bring(World::loan(&world.bank_loans, "L-1", 78)).await;
    world.test.clock.advance_days(5);
    attest(&world, &waiting, "ACCOUNTS").await;
    let passed = world.verbs(&waiting.id).await;
    assert_eq!(passed.iter().filter(|verb| *verb == "contour-passed").count(), 2);
}
