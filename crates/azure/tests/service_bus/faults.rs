//! The faults that a sender meets: none loses a message, none stores one twice.

use crate::{bus, stream};
use poa_azure::{
    client::{Client, Patience},
    service_bus::{ServiceBus, ServiceBusSettings},
};
use poa_operations::ports::bus::Bus;
use poa_test_cloud::{
    broker::{Broker, Fault, NAMESPACE},
    seam::{Answer, NumberedTokens, Seam},
};
use std::{sync::Arc, time::Duration};

async fn survives(fault: Fault) {
    let (broker, seam) = Broker::new();
    let lost_answers = matches!(fault, Fault::LostAnswer);
    broker.fail(move |number| (number % 10 == 7).then(|| fault.clone()));
    let bus = bus(&seam.client());
    let messages = stream("s", 60);
    for message in &messages {
        bus.publish(std::slice::from_ref(message)).await.unwrap();
    }
    assert_eq!(broker.take("bank"), messages, "all, once, in order");
    assert_eq!(broker.requests(), 66);
    assert_eq!(broker.suppressed(), if lost_answers { 6 } else { 0 });
}

#[tokio::test]
async fn faults_of_the_wire_cost_a_repetition_and_nothing_else() {
    let status = |status| Fault::Instead(Answer::of(status, &"busy"));
    let throttled = |name, wait| Fault::Instead(Answer::with(429, name, wait));
    let mut running = tokio::task::JoinSet::new();
    for fault in [
        Fault::LostAnswer,
        Fault::Instead(Answer::Broken),
        status(408),
        status(500),
        status(502),
        status(503),
        status(504),
        throttled("retry-after", "0"),
        throttled("retry-after-ms", "10"),
    ] {
        running.spawn(survives(fault));
    }
    running.join_all().await;
}

#[tokio::test]
async fn what_is_refused_is_told_in_plain_words_and_not_tried_again() {
    for (status, words) in [
        (400, "the same ones will not pass"),
        (401, "needs the role Azure Service Bus Data Sender"),
        (403, "its quota is full"),
        (404, "there is no such topic in this namespace"),
        (410, "there is no such topic in this namespace"),
        (413, "the request is too large"),
    ] {
        let seam = Seam::new(move |_| Answer::of(status, &"<Detail>TrackingId:7</Detail>"));
        let fault = bus(&seam.client()).publish(&stream("s", 2)).await.unwrap_err().0;
        assert!(fault.starts_with("topic `tokenization` of `poa.servicebus.windows.net`: "));
        assert!(fault.contains(words) && fault.contains("TrackingId:7"), "{fault}");
        assert!(!fault.contains("send the same again"), "{fault}");
        assert_eq!(seam.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn only_created_counts_as_sent() {
    for status in [200, 202, 204, 206, 301, 503] {
        let seam = Seam::new(move |_| Answer::of(status, &""));
        let fault = bus(&seam.client()).publish(&stream("s", 1)).await.unwrap_err().0;
        assert!(fault.contains("send the same again"), "{fault}");
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_for_the_next_attempt() {
    let (broker, seam) = Broker::new();
    let credential = Arc::new(NumberedTokens::default());
    let settings = ServiceBusSettings { namespace: NAMESPACE.to_owned() };
    let tokens = Arc::<NumberedTokens>::clone(&credential);
    let bus = ServiceBus::open(&settings, tokens, &seam.client()).unwrap();
    let messages = stream("s", 3);
    bus.publish(&messages[..1]).await.unwrap();
    bus.publish(&messages[..2]).await.unwrap();
    assert_eq!(credential.asked(), 1, "one token for all");
    broker.expire("https://servicebus.azure.net/.default#0");
    let fault = bus.publish(&messages).await.unwrap_err().0;
    assert!(fault.contains("the token does not count"), "{fault}");
    bus.publish(&messages).await.unwrap();
    assert_eq!(credential.asked(), 2);
    assert_eq!(broker.take("bank"), messages);
}

#[tokio::test]
async fn of_a_stream_nothing_is_sent_past_a_batch_that_failed() {
    let (broker, seam) = Broker::new();
    let large = "x".repeat(150_000);
    let mut messages = stream("s", 4);
    for message in &mut messages {
        message.body.clone_from(&large);
    }
    broker.fail(|number| (number >= 1).then(|| Fault::Instead(Answer::of(400, &"no"))));
    let bus = bus(&seam.client());
    bus.publish(&messages).await.unwrap_err();
    assert_eq!(broker.requests(), 2);
    broker.heal();
    bus.publish(&messages).await.unwrap();
    assert_eq!(broker.take("bank"), messages);
    assert_eq!(broker.suppressed(), 1);
}

#[tokio::test]
async fn a_stream_that_fails_holds_up_no_other_stream() {
    let broker = Arc::new(Broker::default());
    let others = Arc::clone(&broker);
    let seam = Seam::new(move |asked| {
        let first = String::from_utf8_lossy(&asked.body).contains(r#""SessionId":"first""#);
        if first { Answer::of(400, &"no") } else { others.take_in(asked) }
    });
    let mut messages = stream("first", 1);
    messages.extend((0..40).flat_map(|at| stream(&at.to_string(), 2)));
    let fault = bus(&seam.client()).publish(&messages).await.unwrap_err().0;
    assert!(fault.contains("answered 400"), "{fault}");
    assert_eq!(broker.take("bank").len(), 80);
}

#[tokio::test]
async fn a_bus_that_is_silent_is_told_of_within_fifteen_seconds() {
    let bus = bus(&Client::over(Seam::new(|_| Answer::Silence)));
    let messages: Vec<_> = (0..50).flat_map(|at| stream(&at.to_string(), 2)).collect();
    let (published, ready) = tokio::time::timeout(Duration::from_secs(15), async {
        tokio::join!(bus.publish(&messages), bus.ready())
    })
    .await
    .unwrap();
    assert!(published.unwrap_err().0.contains("send the same again"));
    ready.unwrap_err();
}

#[tokio::test]
async fn a_bus_that_is_slow_but_alive_does_not_outlast_the_limit_either() {
    let (broker, seam) = Broker::new();
    // Each session needs a second try, and waits before it.
    broker.fail(|_| Some(Fault::Instead(Answer::with(503, "retry-after", "1"))));
    let client = seam.client();
    let per_call = Duration::from_millis(300);
    let bus = bus(&client.with_patience(Patience { per_call, ..client.patience() }));
    let messages: Vec<_> = (0..50).flat_map(|at| stream(&at.to_string(), 1)).collect();
    let fault = bus.publish(&messages).await.unwrap_err().0;
    assert!(fault.contains("within 300 ms"), "{fault}");
}

#[tokio::test]
async fn readiness_sends_nothing_that_could_be_stored_and_says_what_is_wrong() {
    let (broker, seam) = Broker::new();
    bus(&seam.client()).ready().await.unwrap();
    assert_eq!(seam.asked().pop().unwrap().body, b"[]");
    assert_eq!(
        [broker.take("bank"), broker.take("non-bank"), broker.take("unrouted")],
        [const { Vec::new() }; 3]
    );
    for (answer, words) in [
        (Answer::of(401, &""), Some("Data Sender")),
        (Answer::of(404, &""), Some("no such topic")),
        (Answer::of(503, &""), Some("answered 503")),
        (Answer::Broken, Some("the connection broke")),
        (Answer::of(201, &""), None),
    ] {
        let told = bus(&Seam::new(move |_| answer.clone()).client()).ready().await;
        match words {
            None => told.unwrap(),
            Some(words) => assert!(told.unwrap_err().0.contains(words)),
        }
    }
}
