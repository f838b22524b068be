//! The relay and the functions of the bus: at least once, in order, and harmless when repeated.

use crate::support::{World, body, read};
use async_trait::async_trait;
use poa_operations::{
    advance_tokenization::{WakeMessage, hear_wake},
    desk::Desk,
    ports::bus::{Bus, BusFault, Message},
    relay_events::relay_events,
};
use poa_protocol::{event::Wing, ids::TokenizationId, tokenization::State};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// A bus that remembers what it took, and may be out of reach.
#[derive(Debug, Default)]
struct Remembering {
    taken: Mutex<Vec<Message>>,
    away: AtomicBool,
}

#[async_trait]
impl Bus for Remembering {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        if self.away.load(Ordering::SeqCst) {
            return Err(BusFault("away".into()));
        }
        self.taken.lock().unwrap().extend(messages.to_vec());
        Ok(())
    }

    async fn ready(&self) -> Result<(), BusFault> {
        Ok(())
    }
}

fn remembering(world: &World) -> (Desk, Arc<Remembering>) {
    let bus = Arc::new(Remembering::default());
    let desk = Desk { bus: Arc::<Remembering>::clone(&bus), ..world.desk().clone() };
    (desk, bus)
}

async fn sent(world: &World, reference: &str) -> TokenizationId {
    let answer = world.send(world.invoice(reference, "120000.00")).await.unwrap();
    read(body(&answer)["id"].clone())
}

#[tokio::test]
async fn every_waking_event_is_sent_once_with_ids_only() {
    let world = World::open(Wing::NonBank).await;
    let (desk, bus) = remembering(&world);
    let ids = [sent(&world, "I-1").await, sent(&world, "I-2").await];
    assert_eq!(relay_events(&desk).await.unwrap(), 2);
    assert_eq!(relay_events(&desk).await.unwrap(), 0);
    let taken = bus.taken.lock().unwrap().clone();
    for (message, id) in taken.iter().zip(&ids) {
        let heard: WakeMessage = serde_json::from_str(&message.body).unwrap();
        assert_eq!(heard.tokenization, *id);
        assert_eq!(message.wing, Wing::NonBank);
        assert!(message.message_id.len() <= 128);
        assert!(message.message_id.starts_with(&message.session_id));
        assert!(!message.body.contains("120000"));
    }
}

#[tokio::test]
async fn a_bus_that_is_away_loses_nothing() {
    let world = World::open(Wing::NonBank).await;
    let (desk, bus) = remembering(&world);
    sent(&world, "I-1").await;
    bus.away.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(relay_events(&desk).await.is_err(), "each round tries again at once");
    }
    bus.away.store(false, Ordering::SeqCst);
    assert_eq!(relay_events(&desk).await.unwrap(), 1);
}

#[tokio::test]
async fn two_relays_at_once_lose_nothing_and_end() {
    let world = World::open(Wing::NonBank).await;
    let (desk, bus) = remembering(&world);
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(sent(&world, &format!("I-{number}")).await);
    }
    let relays = (0..4).map(|_| relay_events(&desk));
    for outcome in futures_util::future::join_all(relays).await {
        outcome.unwrap();
    }
    relay_events(&desk).await.unwrap();
    let taken = bus.taken.lock().unwrap().clone();
    for id in ids {
        assert!(taken.iter().any(|message| message.body.contains(id.as_str())), "{id}");
    }
}

#[tokio::test]
async fn a_relay_that_died_keeps_others_waiting_only_for_its_lease() {
    let world = World::open(Wing::NonBank).await;
    sent(&world, "I-1").await;
    let (flaky, flaws) = world.test.flaky();
    let (_, bus) = remembering(&world);
    let desk = Desk { bus: Arc::<Remembering>::clone(&bus), ..flaky };
    // It takes the lease, sends, and dies before it writes down how far it came.
    flaws.on_commit(&[poa_embedded::testing::Flaw::None, poa_embedded::testing::Flaw::Unavailable]);
    assert!(relay_events(&desk).await.is_err());
    assert_eq!(bus.taken.lock().unwrap().len(), 1);
    assert_eq!(relay_events(&desk).await.unwrap(), 0, "the lease still holds");
    world.test.clock.advance_millis(poa_protocol::limits::RELAY_LEASE_SECS * 1000 - 1);
    assert_eq!(relay_events(&desk).await.unwrap(), 0);
    world.test.clock.advance_millis(1);
    assert_eq!(relay_events(&desk).await.unwrap(), 1, "at least once");
    let taken = bus.taken.lock().unwrap().clone();
    assert_eq!(taken[0], taken[1], "the same message again, so that the bus can drop it");
}

#[tokio::test]
async fn hearing_a_message_again_does_nothing_more() {
    let world = World::open(Wing::NonBank).await;
    let id = sent(&world, "I-1").await;
    let body = serde_json::to_vec(&WakeMessage { tokenization: id.clone() }).unwrap();
    let hear = || hear_wake(world.desk(), Wing::NonBank, &body);
    let both = futures_util::future::join_all(std::iter::repeat_with(hear).take(3)).await;
    assert!(both.into_iter().all(|outcome| outcome.is_ok()));
    let once = world.events(&id).await;
    hear().await.unwrap();
    assert_eq!(world.events(&id).await, once);
    assert_eq!(world.verbs(&id).await.iter().filter(|verb| *verb == "issued").count(), 1);
}

#[tokio::test]
async fn a_message_on_the_wrong_wing_is_not_executed() {
    let world = World::open(Wing::NonBank).await;
    let id = sent(&world, "I-1").await;
    let body = serde_json::to_vec(&WakeMessage { tokenization: id.clone() }).unwrap();
    hear_wake(world.desk(), Wing::Bank, &body).await.unwrap();
    assert_eq!(world.kept(&id).await.state, State::Received);
    hear_wake(world.desk(), Wing::NonBank, &body).await.unwrap();
    assert_eq!(world.kept(&id).await.state, State::Issued);
}

#[tokio::test]
async fn a_message_that_makes_no_sense_fails_and_so_reaches_the_dead_letters() {
    let world = World::open(Wing::NonBank).await;
    let nobody = "tok_00000000000000000000000000AAAAAAAAAAAAAAAAAAAA";
    let unknown = format!("{{\"tokenization\":\"{nobody}\"}}");
    for message in ["", "{}", "{\"tokenization\":\"x\"}", unknown.as_str()] {
        assert!(hear_wake(world.desk(), Wing::Bank, message.as_bytes()).await.is_err());
    }
}
