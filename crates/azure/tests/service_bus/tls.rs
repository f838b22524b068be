//! The same over TCP and TLS, by the name of the namespace: connections that break, before and
//! after a batch was stored, answers that say no and answers that never come.

use crate::{bus, stream};
use poa_azure::client::{Client, Patience};
use poa_operations::ports::bus::Bus;
use poa_test_cloud::{
    broker::{Broker, NAMESPACE},
    front::{Fault, Front, Host},
    seam::Answer,
    tokens::Anchor,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const MESSAGES: usize = 1000;

/// A client that reaches the namespace through the front and trusts its authority.
fn client(front: &Front, anchor: &Anchor) -> Client {
    let builder = reqwest::Client::builder().tls_certs_only([anchor.root()]);
    let builder = builder.proxy(reqwest::Proxy::https(&front.url).unwrap());
    let client = Client::over(Arc::new(builder.build().unwrap()));
    let first_wait = Duration::from_millis(1);
    let per_try = Duration::from_millis(500);
    client.with_patience(Patience { first_wait, per_try, ..client.patience() })
}

async fn survives(fault: Fault) {
    let (anchor, broker) = (Arc::new(Anchor::fresh()), Arc::<Broker>::default());
    let host = Host::Service(Arc::<Broker>::clone(&broker));
    let hosts = BTreeMap::from([(NAMESPACE.to_owned(), host)]);
    let front = Front::start(Arc::clone(&anchor), hosts).await;
    let stored = matches!(fault, Fault::After);
    // Every hundredth, but silence less often: it takes its time.
    let every = if matches!(fault, Fault::Silence) { 500 } else { 100 };
    let fails = move |number: usize| number.checked_rem(every) == Some(7);
    front.fail(NAMESPACE, move |number, _| fails(number).then(|| fault.clone()));
    let bus = bus(&client(&front, &anchor));
    let messages = stream("s", MESSAGES);
    for message in &messages {
        bus.publish(std::slice::from_ref(message)).await.unwrap();
    }
    let failed = (0..front.met(NAMESPACE)).filter(|number| fails(*number)).count();
    assert!(failed > 1);
    assert_eq!(front.met(NAMESPACE), MESSAGES.saturating_add(failed), "one repetition each");
    assert_eq!(broker.suppressed(), if stored { failed } else { 0 });
    assert_eq!(broker.take("bank"), messages, "all, once, in order");
    assert!(front.strangers().is_empty());
}

#[tokio::test]
async fn faults_of_real_connections_cost_a_repetition_and_nothing_else() {
    let busy = Fault::Instead(Answer::of(503, &"busy"));
    let mut running = tokio::task::JoinSet::new();
    for fault in [Fault::Before, Fault::After, Fault::Silence, busy] {
        running.spawn(survives(fault));
    }
    running.join_all().await;
}
