//! What the operations cost: the figures of docs/cost.md, printed with `--nocapture`.

use crate::support::{World, body, read};
use poa_embedded::testing::desk;
use poa_operations::{
    advance_tokenization::hear_wake,
    cost::{Cost, Meter},
    ports::store::{HEAD, Item, ItemKind, Search, Store},
    relay_events::relay_events,
    tokenizations,
};
use poa_protocol::{
    event::Wing, ids::TokenizationId, limits, partition::Partition, tokenization::State,
};
use poa_test_cloud::emulator::{Emulator, Sort};
use serde_json::{Value, json};
use std::{fmt::Write as _, sync::Arc};

/// Hundredths of request units by the public table, for documents of up to so many bytes: read
/// and created. <https://learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption>
const TABLE: [(usize, u64, u64); 5] = [
    (1 << 10, 100, 495),
    (2 << 10, 104, 629),
    (16 << 10, 167, 952),
    (128 << 10, 995, 4_820),
    (1 << 20, 14_600, 62_500),
];

/// What is charged for reading and for creating so many bytes.
fn charges(bytes: usize) -> (u64, u64) {
    let row = TABLE.iter().find(|(most, _, _)| bytes <= *most).unwrap();
    (row.1, row.2)
}

/// What a batch costs by the table. What is written over is taken out of the index and put in
/// again: it counts twice.
fn by_table(batch: &[u8]) -> u64 {
    let operations: Vec<Value> = serde_json::from_slice(batch).unwrap();
    let of = |operation: &Value| {
        let bytes = operation["resourceBody"].to_string().len();
        let times = if operation["operationType"] == "Create" { 1 } else { 2 };
        charges(bytes).1 * times
    };
    operations.iter().map(of).sum()
}

struct Row {
    what: &'static str,
    cost: Cost,
    requests: Vec<Sort>,
    /// Batches, claims and point reads; the table has no row for queries and the feed.
    table: u64,
}

impl Row {
    fn count(&self, sort: Sort) -> usize {
        self.requests.iter().filter(|seen| **seen == sort).count()
    }
}

struct Measure {
    emulator: Emulator,
    rows: Vec<Row>,
}

impl Measure {
    /// Measures a piece of work: what the meter says is what the transport has seen.
    async fn of<T>(&mut self, what: &'static str, work: impl Future<Output = T>) -> T {
        self.emulator.seen();
        self.emulator.batches();
        let meter = Meter::default();
        let done = meter.around(work).await;
        let requests = self.emulator.seen();
        let cost = meter.cost();
        let count = u64::try_from(requests.len()).unwrap();
        assert_eq!(cost.store_operations, count, "{what}: {requests:?}");
        assert!(cost.request_units_hundredths > 0, "{what}");
        let mut row = Row { what, cost, requests, table: 0 };
        let times = |sort| u64::try_from(row.count(sort)).unwrap();
        // A claim and most items are smaller than 1 KB. The latest is read from two copies.
        let single = times(Sort::Create) * charges(1).1 + times(Sort::Read) * charges(1).0 * 2;
        let batches = self.emulator.batches();
        row.table = single + batches.iter().map(|batch| by_table(batch)).sum::<u64>();
        self.rows.push(row);
        done
    }

    fn print(&self) -> String {
        let mut text = String::new();
        let units = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
        for row in &self.rows {
            let _ = write!(text, "| {} | {} |", row.what, row.requests.len());
            for sort in [Sort::Batch, Sort::Create, Sort::Read, Sort::Query, Sort::Feed] {
                let _ = write!(text, " {} |", row.count(sort));
            }
            let emulator = units(row.cost.request_units_hundredths);
            let _ = writeln!(text, " {emulator} | {} |", units(row.table));
        }
        text
    }

    fn row(&self, what: &str) -> &Row {
        self.rows.iter().find(|row| row.what == what).unwrap()
    }
}

/// Measures the operations of the port one by one.
async fn measure_the_port(measure: &mut Measure, store: &dyn Store, id: &TokenizationId) {
    let at = tokenizations::partition(id);
    measure.of("read of one item", store.read(&at, &[HEAD])).await.unwrap();
    measure.of("read of two items", store.read(&at, &[HEAD, id.as_str()])).await.unwrap();
    let mut search = Search {
        kind: tokenizations::TOKENIZATION,
        partition: None,
        owner: None,
        tags: Vec::new(),
        text: None,
        after: None,
        limit: limits::PAGE_DEFAULT,
    };
    let page = measure.of("list over four physical partitions", store.list(&search)).await;
    assert!(page.unwrap().items.len() >= 2);
    search.partition = Some(at.clone());
    measure.of("list of one partition", store.list(&search)).await.unwrap();
    measure.of("events of one partition", store.events(&at, 0, 100)).await.unwrap();
    let body = json!({ "body_hash": "0".repeat(64), "partition": at.as_str() });
    let claim = Item::plain("key:cost", ItemKind("key"), body);
    measure.of("claim of a key", store.claim(&Partition::system("cost"), claim)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_tokenization_over_cosmos_and_what_it_costs() {
    let emulator = Emulator::start().await;
    let mut test = desk();
    let store: Arc<dyn Store> = Arc::new(emulator.store());
    test.desk.store = Arc::clone(&store);
    let world = World::over(test, Wing::NonBank).await;
    let mut measure = Measure { emulator, rows: Vec::new() };
    // After one of its kind the program is at hand, and the relay has come to the end.
    world.bring(world.invoice("INV-0", "120000.00")).await;
    let request = world.invoice("INV-1", "120000.00");
    let sent = measure.of("request of a tokenization", world.send(request)).await.unwrap();
    let id: TokenizationId = read(body(&sent)["id"].clone());
    measure.of("relay of one wake", relay_events(world.desk())).await.unwrap();
    let wake = world.messages(Wing::NonBank).await.pop().unwrap();
    let heard = hear_wake(world.desk(), Wing::NonBank, wake.as_bytes());
    Box::pin(measure.of("advance over all links to the issue", heard)).await.unwrap();
    assert_eq!(world.kept(&id).await.state, State::Issued);
    measure.of("relay of events that wake nobody", relay_events(world.desk())).await.unwrap();
    relay_events(world.desk()).await.unwrap();
    measure.of("relay with nothing to do", relay_events(world.desk())).await.unwrap();
    measure_the_port(&mut measure, &*store, &id).await;
    println!("{}", measure.print());
    for commit in ["request of a tokenization", "advance over all links to the issue"] {
        assert_eq!(measure.row(commit).count(Sort::Batch), 1, "{commit}");
    }
    assert_eq!(measure.row("request of a tokenization").count(Sort::Create), 1);
    let idle = [Sort::Read, Sort::Feed, Sort::Feed, Sort::Feed, Sort::Feed];
    assert_eq!(measure.row("relay with nothing to do").requests, idle, "each range once");
    for (one, sort) in [("read of one item", Sort::Read), ("read of two items", Sort::Query)] {
        assert_eq!(measure.row(one).requests, [sort]);
    }
}
