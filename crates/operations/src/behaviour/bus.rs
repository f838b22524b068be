//! What every bus does with what is published.

use crate::ports::bus::{Bus, Message};
use async_trait::async_trait;
use poa_protocol::event::Wing;
use std::{any::Any, sync::Arc};
use tokio::task::JoinSet;

/// One test per case of the bus. The expression makes a [`BusUnderTest`].
#[macro_export]
macro_rules! bus_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, bus:
            a_message_reaches_only_the_subscription_of_its_wing
            what_is_published_again_is_dropped
            of_racing_publishers_of_one_message_one_is_heard
            messages_of_one_session_arrive_in_order
            ids_are_taken_up_to_their_longest
            nothing_to_publish_is_no_fault
            a_bus_that_works_is_ready
        }
    };
}

/// An empty bus, and an ear at its subscriptions.
#[derive(Debug)]
pub struct BusUnderTest {
    /// The sending side.
    pub bus: Arc<dyn Bus>,
    /// The receiving side.
    pub ear: Box<dyn Ear>,
    /// What has to live as long.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// Hears what the subscriptions of a bus hold.
#[async_trait]
pub trait Ear: Send + Sync + std::fmt::Debug {
    /// Receives and completes everything that the subscription of this wing holds, in the order in
    /// which it comes.
    async fn hear(&self, wing: Wing) -> Vec<Message>;
}

const WINGS: [Wing; 2] = [Wing::Bank, Wing::NonBank];

fn message(id: &str, session: &str, wing: Wing) -> Message {
    Message {
        message_id: id.to_owned(),
        session_id: session.to_owned(),
        wing,
        body: format!(r#"{{"id":"{id}"}}"#),
    }
}

pub async fn a_message_reaches_only_the_subscription_of_its_wing(under: &BusUnderTest) {
    let [bank, other] =
        [("b", Wing::Bank), ("n", Wing::NonBank)].map(|(id, wing)| message(id, "session", wing));
    under.bus.publish(&[bank.clone(), other.clone()]).await.unwrap();
    assert_eq!(under.ear.hear(Wing::Bank).await, [bank]);
    assert_eq!(under.ear.hear(Wing::NonBank).await, [other]);
    for wing in WINGS {
        assert_eq!(under.ear.hear(wing).await, [], "what is completed does not come back");
    }
}

pub async fn what_is_published_again_is_dropped(under: &BusUnderTest) {
    let (one, two) = (message("1", "s", Wing::Bank), message("2", "s", Wing::Bank));
    under.bus.publish(&[one.clone(), one.clone()]).await.unwrap();
    under.bus.publish(&[one.clone(), two.clone()]).await.unwrap();
    assert_eq!(under.ear.hear(Wing::Bank).await, [one.clone(), two]);
    under.bus.publish(&[one]).await.unwrap();
    assert_eq!(under.ear.hear(Wing::Bank).await, [], "also after the first was completed");
}

pub async fn of_racing_publishers_of_one_message_one_is_heard(under: &BusUnderTest) {
    let messages: Vec<Message> =
        (0..5).map(|number| message(&number.to_string(), "s", Wing::NonBank)).collect();
    let mut publishers = JoinSet::new();
    for _ in 0..8 {
        let (bus, messages) = (Arc::clone(&under.bus), messages.clone());
        publishers.spawn(async move { bus.publish(&messages).await });
    }
    for published in publishers.join_all().await {
        published.unwrap();
    }
    assert_eq!(under.ear.hear(Wing::NonBank).await, messages);
}

pub async fn messages_of_one_session_arrive_in_order(under: &BusUnderTest) {
    for number in 0..12 {
        let messages = ["left", "right"]
            .map(|session| message(&format!("{session} {number:02}"), session, Wing::Bank));
        under.bus.publish(&messages).await.unwrap();
    }
    let heard = under.ear.hear(Wing::Bank).await;
    for session in ["left", "right"] {
        let of_session = heard.iter().filter(|message| message.session_id == session);
        let ids: Vec<&str> = of_session.map(|message| message.message_id.as_str()).collect();
        assert_eq!(ids.len(), 12);
        assert!(ids.is_sorted(), "{ids:?}");
    }
}

pub async fn ids_are_taken_up_to_their_longest(under: &BusUnderTest) {
    let longest = "i".repeat(128);
    let kept = message(&longest, &longest, Wing::Bank);
    under.bus.publish(std::slice::from_ref(&kept)).await.unwrap();
    for id in [String::new(), format!("{longest}i")] {
        let refused = [message(&id, "s", Wing::Bank)];
        assert!(under.bus.publish(&refused).await.is_err(), "{id}");
    }
    assert_eq!(under.ear.hear(Wing::Bank).await, [kept]);
}

pub async fn nothing_to_publish_is_no_fault(under: &BusUnderTest) {
    under.bus.publish(&[]).await.unwrap();
    for wing in WINGS {
        assert_eq!(under.ear.hear(wing).await, []);
    }
}

pub async fn a_bus_that_works_is_ready(under: &BusUnderTest) {
    under.bus.ready().await.unwrap();
}
