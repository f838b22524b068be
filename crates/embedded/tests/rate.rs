//! How fast the store is, beside raw SQLite with the same durability. Run by hand:
//! `cargo test --release -p poa-embedded --test rate -- --ignored --nocapture`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]
#![expect(clippy::arithmetic_side_effects, reason = "figures of a few digits")]
#![expect(clippy::print_stdout, reason = "the figures are the purpose")]

use poa_embedded::store::SqliteStore;
use poa_operations::ports::store::{Commit, Etag, HEAD, Item, ItemKind, Store};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
    timestamp::Timestamp,
};
use rusqlite::{Connection, params};
use serde_json::json;
use std::{path::Path, sync::Arc, time::Instant};

const KIND: ItemKind = ItemKind("sample");
const COMMITS: u64 = 2_000;
const CALLERS: u64 = 32;

fn commit(partition: &Partition, expected: Option<Etag>, sequence: u64) -> Commit {
    let data = json!({ "text": "x".repeat(300), "number": sequence });
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: "sample".to_owned(),
        data: data.clone(),
        wake: None,
    };
    let tags = vec!["state:new".to_owned()];
    let item = Item { tags, ..Item::plain(format!("{partition}:{sequence}"), KIND, data.clone()) };
    let item = Item { id: item.id.replace('/', ":"), ..item };
    Commit {
        partition: partition.clone(),
        expected,
        head: Item::plain(HEAD, KIND, data.clone()),
        items: vec![item],
        events: vec![Event::number(new, partition, sequence, Timestamp::from_millis(0), None)],
        record: Some(Item::plain(format!("idem:{sequence}"), KIND, data)),
    }
}

async fn write(store: &dyn Store, partition: Partition, count: u64) {
    let mut tag = None;
    for sequence in 1..=count {
        tag = Some(store.commit(commit(&partition, tag, sequence)).await.unwrap());
    }
}

fn per_second(what: &str, count: u64, since: Instant) {
    let micros = u64::try_from(since.elapsed().as_micros()).unwrap().max(1);
    let rate = count * 1_000_000 / micros;
    println!("{what}: {rate}/s ({} µs each)", micros / count);
}

/// The same four rows per commit, with nothing around them.
fn raw(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    file.pragma_update(None, "synchronous", "FULL").unwrap();
    file.execute_batch("CREATE TABLE rows (a TEXT, b INTEGER, body TEXT, PRIMARY KEY (a, b))")
        .unwrap();
    let body = commit(&Partition::system("raw"), None, 1).head.body.to_string();
    let since = Instant::now();
    for number in 0..COMMITS {
        let number = i64::try_from(number).unwrap();
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        for row in 0..4_i64 {
            let sql = "INSERT INTO rows VALUES (?1, ?2, ?3)";
            let mut insert = file.prepare_cached(sql).unwrap();
            insert.execute(params!["raw", number * 4 + row, body]).unwrap();
        }
        file.execute_batch("COMMIT").unwrap();
    }
    per_second("raw SQLite, four rows per commit", COMMITS, since);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn commits_and_reads_per_second() {
    let folder = tempfile::tempdir().unwrap();
    raw(&folder.path().join("raw.db"));
    let store = Arc::new(SqliteStore::open(&folder.path().join("store.db")).unwrap());

    let since = Instant::now();
    write(&*store, Partition::system("single"), COMMITS).await;
    per_second("store, one caller", COMMITS, since);

    let since = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let store = Arc::clone(&store);
        let partition = Partition::system(&format!("caller-{caller}"));
        callers.spawn(async move { write(&*store, partition, COMMITS / 8).await });
    }
    callers.join_all().await;
    per_second("store, 32 callers", CALLERS * (COMMITS / 8), since);

    let partition = Partition::system("single");
    let since = Instant::now();
    for _ in 0..COMMITS * 4 {
        store.read(&partition, &[HEAD]).await.unwrap();
    }
    per_second("point reads, one caller", COMMITS * 4, since);

    let since = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (store, partition) = (Arc::clone(&store), partition.clone());
        callers.spawn(async move {
            for _ in 0..COMMITS / 4 {
                store.read(&partition, &[HEAD]).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    per_second("point reads, 32 callers", CALLERS * (COMMITS / 4), since);
}
