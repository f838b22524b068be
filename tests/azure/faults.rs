//! What goes wrong between the app and its Azure, on real sockets, in the middle of the work.

use crate::{
    app::{App, issuer},
    client::Client,
    draft::Draft,
    or_absent,
    publish::{self, Stage},
};
use poa_embedded::testing;
use poa_operations::{audit_store::audit_store, desk::Desk};
use poa_protocol::role::Role;
use poa_test_cloud::{
    azure::{COSMOS_REGION, FOR_BUS, FOR_STORE, KEY_VAULT},
    broker::{Broker, NAMESPACE},
    entra::AUTHORITY,
    front::Fault,
    seam::{Answer, Asked},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Asks for so many tokenizations at the same time; their ids. Each is acknowledged.
async fn ask(
    client: &Arc<Client>,
    stage: &Arc<Stage>,
    numbers: std::ops::Range<usize>,
) -> Vec<String> {
    let asked = numbers.map(|number| {
        let (client, stage) = (Arc::clone(client), Arc::clone(stage));
        tokio::spawn(async move {
            let body = stage.request(number);
            let key = format!("fault-{number}");
            let made = client.persist(&stage.trader, "tokenizations", &key, &body).await;
            made["id"].as_str().unwrap().to_owned()
        })
    });
    let mut ids = Vec::new();
    for one in asked.collect::<Vec<_>>() {
        ids.push(one.await.unwrap());
    }
    ids
}

/// Each comes to be issued, with an asset of its own, and there is no other asset.
async fn issued_once(client: &Client, stage: &Stage, ids: &[String]) {
    let mut assets = BTreeSet::new();
    for id in ids {
        let path = format!("tokenizations/{id}");
        let record = client.until(&stage.trader, &path, |record| record["state"] == "issued").await;
        assert!(assets.insert(record["issued"]["asset"].as_str().unwrap().to_owned()));
    }
    let listed = client.list(&stage.trader, "smart-assets").await;
    let listed: BTreeSet<String> =
        listed.iter().map(|view| view["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, assets);
}

/// Each message is there once, and those of a stream in the order of their events.
fn streams_are_in_order(broker: &Broker) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for (session, id) in broker.history() {
        let (stream, number) = id.rsplit_once('/').unwrap();
        assert_eq!(stream, session);
        let number: u64 = number.parse().unwrap();
        let before = last.insert(session, number);
        assert!(before.is_none_or(|before| before < number), "{id} after {before:?}");
    }
    assert!(!last.is_empty());
}

/// The invariants of the ledger, over everything that is kept.
async fn the_store_is_sound(app: &App) {
    let store = Arc::new(app.azure.cosmos.auditor().await);
    let test = testing::desk();
    let report = audit_store(&Desk { store, ..test.desk.clone() }).await.unwrap();
    assert!(report.holds(), "{report:?}");
}

/// A batch, or a new item.
fn writes(asked: &Asked) -> bool {
    let query = asked.header("x-ms-documentdb-isquery").eq_ignore_ascii_case("true");
    asked.method == "POST" && !query
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_and_a_handler_that_is_killed_lose_nothing_and_double_nothing() {
    let app = or_absent!(App::start().await);
    let client = Arc::new(Client::new(&app));
    let stage = Arc::new(publish::everything(&client).await);
    app.azure.front.fail(COSMOS_REGION, |number, asked| match number % 5 {
        1 if writes(asked) => Some(Fault::After),
        3 => Some(Fault::Before),
        _ => None,
    });
    app.azure.front.fail(NAMESPACE, |number, _| match number % 8 {
        0 => Some(Fault::After),
        3 => Some(Fault::Before),
        5 => Some(Fault::Instead(Answer::of(503, &"busy"))),
        _ if number == 6 => Some(Fault::Silence),
        _ => None,
    });
    let killing = async {
        let met = |app: &App| app.azure.front.met(COSMOS_REGION);
        app.until("the work is under way", |app| met(app) > 60).await;
        app.kill_handler()
    };
    let (ids, killed) = tokio::join!(ask(&client, &stage, 0..16), killing);
    assert_ne!(app.host.handler_pid(), Some(killed), "another process goes on");
    issued_once(&client, &stage, &ids).await;
    assert!(app.azure.broker.suppressed() > 0, "a lost answer made it send again");
    streams_are_in_order(&app.azure.broker);
    the_store_is_sound(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_bus_is_away_requests_are_taken_and_afterwards_all_of_them_go_on() {
    let app = or_absent!(App::start().await);
    let client = Arc::new(Client::new(&app));
    let stage = Arc::new(publish::everything(&client).await);
    app.azure.front.fail(NAMESPACE, |_, _| Some(Fault::Before));
    let ids = ask(&client, &stage, 0..4).await;
    app.until("it was tried", |app| app.azure.front.met(NAMESPACE) > 0).await;
    for id in &ids {
        let record = app.get(&stage.trader, &format!("tokenizations/{id}")).await;
        assert_eq!(record.json["state"], "received", "it waits for its message");
    }
    assert_eq!(app.azure.broker.history(), []);
    app.azure.front.heal(NAMESPACE);
    issued_once(&client, &stage, &ids).await;
    streams_are_in_order(&app.azure.broker);
    assert_eq!(app.azure.broker.dead(), []);
}

async fn published(app: &App) -> Vec<String> {
    let keys = app.request(Method::GET, "log/keys").send().await.unwrap().bytes().await.unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_that_throttles_is_asked_again_and_a_new_key_counts_from_the_next_start() {
    let app = or_absent!(App::start().await);
    let client = Client::new(&app);
    publish::everything(&client).await;
    let first = Draft::submit(&client, "1.1.0").await.certified(&client).await;
    app.azure.front.fail(KEY_VAULT, |number, _| {
        (number < 2).then(|| Fault::Instead(Answer::with(429, "retry-after-ms", "10")))
    });
    app.azure.vault.rotate();
    let still = Draft::submit(&client, "1.2.0").await.certified(&client).await;
    assert_eq!(still, first, "a process stays with its key");
    assert!(app.azure.front.met(KEY_VAULT) > 2);
    app.kill_handler();
    let second = Draft::submit(&client, "1.3.0").await.certified(&client).await;
    assert_ne!(second, first);
    let published = published(&app).await;
    assert!(published.contains(&first) && published.contains(&second), "{published:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_end_in_the_middle_are_replaced_whether_in_time_or_after_a_refusal() {
    let app = or_absent!(App::start().await);
    // The services stop taking a token before its holder expects it: some are refused with 401.
    app.azure.identity.lasting(4, -2);
    let client = Arc::new(Client::new(&app));
    let stage = Arc::new(publish::everything(&client).await);
    let mut ids = Vec::new();
    for round in 0..3 {
        let (mut refused, mut well) = (false, false);
        // A token is wanted all the time, so that each one is used to its end and longer.
        while !(refused && well) {
            let status = app.get(&stage.trader, "smart-assets").await.status;
            assert!([200, 503].contains(&status), "{status}");
            refused |= status == 503;
            well = refused && status == 200;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        ids.extend(ask(&client, &stage, round * 2..round * 2 + 2).await);
    }
    issued_once(&client, &stage, &ids).await;
    for resource in [FOR_STORE, FOR_BUS] {
        assert!(app.azure.identity.given(resource) > 2, "{resource}");
    }
    the_store_is_sound(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_entra_is_down_its_last_good_keys_count_and_no_others() {
    let app = or_absent!(App::start().await);
    let (_folder, other) = issuer();
    let keys = [&app.issuer, &other].map(|issuer| issuer.keys()["keys"][0].clone());
    app.azure.entra.publish(json!({ "keys": keys }));
    let token = |issuer| App::token_of(issuer, &App::operator(), 1, Role::Administrator);
    let status = async |token: String| app.get(&token, "parties").await.status;
    assert_eq!(status(token(&app.issuer)).await, 200);
    app.azure.front.fail(AUTHORITY, |_, _| Some(Fault::Before));
    assert_eq!(status(token(&app.issuer)).await, 200);
    assert_eq!(status(token(&other)).await, 200, "a key that nobody has used yet");
    let (_folder, strange) = issuer();
    assert_eq!(status(token(&strange)).await, 401);
}
