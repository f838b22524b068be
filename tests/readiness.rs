//! Whether every part answers: each by its name, at the same time, for a bounded time, and asked
//! once by a crowd.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use poa::{caller::Door, health::Watch, jwks::Pace, settings::Issuer, trigger::table};
use poa_embedded::testing::{TestDesk, desk};
use poa_operations::{
    desk::Desk,
    ports::{
        bus::{Bus, BusFault, Message},
        documents::{Content, Description, DocumentFault, Documents, Found, Put},
        signer::{SignFault, Signature, Signer},
    },
};
use poa_protocol::{ids::PartyId, limits};
use poa_test_support::{AT_ONCE, AUDIENCE, OPERATOR_TENANT, TestApp, hear};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What no answer may tell.
const SECRET: &str = "https://account.example/?sig=secret";

/// Bus, documents and key that answer with a fault, and count how often they are asked.
#[derive(Debug, Default)]
struct Down(AtomicUsize);

impl Down {
    fn fault(&self) -> String {
        self.0.fetch_add(1, Ordering::SeqCst);
        SECRET.to_owned()
    }
}

#[async_trait]
impl Bus for Down {
    async fn publish(&self, _: &[Message]) -> Result<(), BusFault> {
        Err(BusFault(self.fault()))
    }

    async fn ready(&self) -> Result<(), BusFault> {
        Err(BusFault(self.fault()))
    }
}

#[async_trait]
impl Documents for Down {
    async fn put(&self, _: &PartyId, _: &str, _: u64, _: Content) -> Result<Put, DocumentFault> {
        Err(DocumentFault(self.fault()))
    }

    async fn describe(&self, _: &PartyId, _: &str) -> Result<Found<Description>, DocumentFault> {
        Err(DocumentFault(self.fault()))
    }

    async fn get(&self, _: &PartyId, _: &str) -> Result<Found<Content>, DocumentFault> {
        Err(DocumentFault(self.fault()))
    }

    async fn ready(&self) -> Result<(), DocumentFault> {
        Err(DocumentFault(self.fault()))
    }
}

#[async_trait]
impl Signer for Down {
    async fn kid(&self) -> Result<String, SignFault> {
        Err(SignFault(self.fault()))
    }

    async fn sign(&self, _: &str, _: &[u8]) -> Result<Signature, SignFault> {
        Err(SignFault(self.fault()))
    }

    async fn keys(&self) -> Result<Value, SignFault> {
        Err(SignFault(self.fault()))
    }
}

/// What goes wrong with a desk.
type Change = fn(&TestDesk) -> Desk;

/// The app over a desk that was changed; asks it how it is.
async fn asked(change: impl FnOnce(&TestDesk) -> Desk) -> (u16, Value) {
    let desk = desk();
    let served = change(&desk);
    let app = TestApp::start_on(desk, served, table(), (Pace::default(), AT_ONCE)).await;
    let heard = hear(app.request(Method::GET, "health/ready")).await;
    assert_eq!(hear(app.request(Method::GET, "health")).await.status, 200, "it is alive");
    (heard.status, heard.json)
}

fn states(answer: &Value) -> Vec<(&str, bool)> {
    let parts = answer.get("parts").or_else(|| answer.pointer("/details/parts")).unwrap();
    let parts = parts.as_array().unwrap();
    assert!(parts.iter().all(|part| part["duration_us"].is_u64()), "{answer}");
    parts
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), part["ready"].as_bool().unwrap()))
        .collect()
}

#[tokio::test]
async fn every_part_is_named_and_one_that_is_down_makes_it_not_ready() {
    let names = ["store", "bus", "document storage", "key vault", "token issuer"];
    let (status, answer) = asked(|test| test.desk.clone()).await;
    assert_eq!((status, &answer["status"]), (200, &json!("ready")), "{answer}");
    assert_eq!(states(&answer), names.map(|name| (name, true)));
    let changes: [(&str, Change); 4] = [
        ("store", |test| {
            let (desk, store) = test.flaky();
            store.on_read(&[true]);
            desk
        }),
        ("bus", |test| Desk { bus: Arc::new(Down::default()), ..test.desk.clone() }),
        ("document storage", |test| Desk {
            documents: Arc::new(Down::default()),
            ..test.desk.clone()
        }),
        ("key vault", |test| Desk { signer: Arc::new(Down::default()), ..test.desk.clone() }),
    ];
    for (down, change) in changes {
        let (status, answer) = asked(change).await;
        assert_eq!((status, &answer["code"]), (503, &json!("request.unavailable")), "{down}");
        assert_eq!(states(&answer), names.map(|name| (name, name != down)), "{down}");
        assert!(answer["detail"].as_str().unwrap().contains(down), "{answer}");
        assert!(answer.to_string().contains("it answers with a fault"), "{answer}");
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
}

#[tokio::test]
async fn a_part_that_is_silent_is_given_up_and_the_others_are_told_of() {
    let (status, answer) = asked(|test| {
        let (desk, store) = test.flaky();
        store.be_silent(true);
        desk
    })
    .await;
    assert_eq!(status, 503);
    let down: Vec<_> = states(&answer).into_iter().filter(|(_, ready)| !ready).collect();
    assert_eq!(down, [("store", false)]);
    assert!(answer.to_string().contains("it does not answer in time"), "{answer}");
}

#[tokio::test]
async fn a_crowd_asks_the_parts_once_and_again_after_a_moment() {
    let test = desk();
    let down = Arc::new(Down::default());
    let served = Desk { bus: Arc::<Down>::clone(&down), ..test.desk.clone() };
    let issuer = Issuer {
        authority: "http://127.0.0.1:9".to_owned(),
        audience: AUDIENCE.to_owned(),
        operator_tenant: OPERATOR_TENANT.to_owned(),
    };
    let watch = Watch::new(Arc::new(Door::new(&issuer, Pace::default()).unwrap()));
    let crowd = |times: usize| (0..times).map(|_| watch.readiness(&served)).collect::<Vec<_>>();
    let answers = futures_util::future::join_all(crowd(50)).await;
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(down.0.load(Ordering::SeqCst), 1);
    let begun = test.desk.clock.now();
    for (secs, asked) in [
        (limits::READINESS_FRESH_SECS - 1, 1),
        (limits::READINESS_FRESH_SECS, 2),
        // A clock that was set back keeps nothing for ever.
        (-1, 3),
    ] {
        test.clock.set(begun.plus_secs(secs));
        futures_util::future::join_all(crowd(2)).await;
        assert_eq!(down.0.load(Ordering::SeqCst), asked, "after {secs} s");
    }
}
