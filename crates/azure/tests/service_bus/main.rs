//! The bus on Azure Service Bus against a stand-in of its REST door.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod faults;
mod relay;
mod tls;
mod wire;

use async_trait::async_trait;
use poa_azure::{
    client::Client,
    service_bus::{ServiceBus, ServiceBusSettings},
};
use poa_operations::{
    behaviour::bus::{BusUnderTest, Ear},
    ports::bus::Message,
};
use poa_protocol::event::Wing;
use poa_test_cloud::broker::{Broker, NAMESPACE};
use poa_test_cloud::seam::NumberedTokens;
use std::sync::Arc;

fn bus(client: &Client) -> ServiceBus {
    let settings = ServiceBusSettings { namespace: NAMESPACE.to_owned() };
    ServiceBus::open(&settings, Arc::new(NumberedTokens::default()), client).unwrap()
}

fn message(id: &str, session: &str, wing: Wing) -> Message {
    Message {
        message_id: id.to_owned(),
        session_id: session.to_owned(),
        wing,
        body: format!(r#"{{"tokenization":"{id}"}}"#),
    }
}

/// Messages of one session: `s/0`, `s/1` and so on.
fn stream(session: &str, count: usize) -> Vec<Message> {
    (0..count).map(|at| message(&format!("{session}/{at}"), session, Wing::Bank)).collect()
}

#[derive(Debug)]
struct Subscriptions(Arc<Broker>);

#[async_trait]
impl Ear for Subscriptions {
    async fn hear(&self, wing: Wing) -> Vec<Message> {
        self.0.take(wing.subscription())
    }
}

fn under_test() -> BusUnderTest {
    let (broker, seam) = Broker::new();
    let bus = Arc::new(bus(&seam.client()));
    BusUnderTest { bus, ear: Box::new(Subscriptions(broker)), keep: Box::new(()) }
}

mod behaviour {
    poa_operations::bus_behaviour!(super::under_test());
}
