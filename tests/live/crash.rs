//! Handler and host are killed again and again while 500 requests run: nothing acknowledged is
//! lost, nothing is issued twice.

use crate::{app::App, chaos, client::Client, market, publish};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

const REQUESTS: usize = 500;
const WORKERS: usize = 8;
const KILLS_MIN: u32 = 50;
const TRADED_MIN: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_issued_twice() {
    let folder = tempfile::tempdir().unwrap();
    let app = Arc::new(App::start(folder.path()));
    let client = Arc::new(Client::new(&app));
    let stage = Arc::new(publish::everything(&client).await);
    let kills = Arc::new(AtomicU32::new(0));
    let chaos = tokio::spawn(chaos::kill_until_told(Arc::clone(&app), Arc::clone(&kills)));
    let mut workers = Vec::new();
    for worker in 0..WORKERS {
        let (client, stage) = (Arc::clone(&client), Arc::clone(&stage));
        let kills = Arc::clone(&kills);
        workers.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in (worker..REQUESTS).step_by(WORKERS) {
                acknowledged.push(send_twice(&client, &stage, number).await);
                let enough = kills.load(Ordering::Relaxed) >= KILLS_MIN;
                let pause = if enough { 0 } else { 600 };
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            acknowledged
        }));
    }
    let mut acknowledged = Vec::new();
    for worker in workers {
        acknowledged.extend(worker.await.unwrap());
    }
    let assets = issued(&client, &stage, &acknowledged).await;
    let mut traded = 0;
    for asset in &assets {
        if traded >= TRADED_MIN && kills.load(Ordering::Relaxed) >= KILLS_MIN {
            break;
        }
        market::everything(&client, &stage, asset).await;
        traded += 1;
    }
    assert!(kills.load(Ordering::Relaxed) >= KILLS_MIN);
    chaos.abort();
    let _ = chaos.await;
    app.ensure_running();
    app.stop();
    println!(
        "{REQUESTS} requests and {traded} smart assets survived {} kills",
        kills.load(Ordering::Relaxed)
    );
    the_whole_store_is_sound(folder.path()).await;
}

/// Sends one request until it is acknowledged, and then once more: the same answer.
async fn send_twice(client: &Client, stage: &publish::Stage, number: usize) -> String {
    let body = stage.request(number);
    let key = format!("crash-{number}");
    let first = client.persist(&stage.trader, "tokenizations", &key, &body).await;
    let again = client.persist(&stage.trader, "tokenizations", &key, &body).await;
    assert_eq!(first, again, "the first answer, again");
    first["id"].as_str().unwrap().to_owned()
}

/// Every acknowledged request comes to `issued`, each with an asset of its own.
async fn issued(client: &Client, stage: &publish::Stage, ids: &[String]) -> Vec<String> {
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), REQUESTS, "an id each");
    let mut assets = BTreeSet::new();
    for id in ids {
        let record = client
            .until(&stage.trader, &format!("tokenizations/{id}"), |record| {
                let now = record["state"].as_str().unwrap_or_default();
                assert!(!["rejected", "expired", "cancelled"].contains(&now), "{record}");
                now == "issued"
            })
            .await;
        assert!(
            assets.insert(record["issued"]["asset"].as_str().unwrap().to_owned()),
            "issued twice"
        );
    }
    let listed = client.list(&stage.trader, "smart-assets").await;
    let listed: BTreeSet<String> = listed.iter().map(id_of).collect();
    assert_eq!(listed, assets, "no asset without a tokenization, no tokenization without an asset");
    assets.into_iter().collect()
}

fn id_of(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

/// The invariants of the ledger, over everything that is kept.
async fn the_whole_store_is_sound(folder: &std::path::Path) {
    let embedded = poa_embedded::open(folder).unwrap();
    let report = poa_operations::audit_store::audit_store(&embedded.desk()).await.unwrap();
    assert!(report.holds(), "{report:?}");
}
