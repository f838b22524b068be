//! What the operations cost: the figures of docs/cost.md, printed with `--nocapture`.

use crate::{
    emulator::{Emulator, Sort},
    support::{World, body, read},
};
use poa_embedded::testing::desk;
use poa_operations::{
    cost::{Cost, Meter},
    ports::store::{HEAD, Search, Store},
    relay_events::relay_events,
};
use poa_protocol::{
    event::Wing, ids::TokenizationId, limits, partition::Partition, tokenization::State,
};
use serde_json::Value;
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

/// What a batch costs by the table. What is written over is taken out of the index and put in
/// again: it counts twice.
fn by_table(batch: &[u8]) -> u64 {
    let operations: Vec<Value> = serde_json::from_slice(batch).unwrap();
    let of = |operation: &Value| {
        let bytes = operation["resourceBody"].to_string().len();
        let row = TABLE.iter().find(|(most, _, _)| bytes <= *most).unwrap();
        let times = if operation["operationType"] == "Create" { 1 } else { 2 };
        row.2 * times
    };
    operations.iter().map(of).sum()
}

struct Row {
    what: &'static str,
    cost: Cost,
    requests: Vec<Sort>,
    table: Option<u64>,
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
        let batches = self.emulator.batches();
        let cost = meter.cost();
        let count = u64::try_from(requests.len()).unwrap();
        assert_eq!(cost.store_operations, count, "{what}: {requests:?}");
        assert!(cost.request_units_hundredths > 0, "{what}");
        let table = (!batches.is_empty()).then(|| batches.iter().map(|one| by_table(one)).sum());
        self.rows.push(Row { what, cost, requests, table });
        done
    }

    fn print(&self) -> String {
        let mut text =
            "| operation | requests | units, emulator | batches, by table |\n".to_owned();
        text.push_str("|---|---|---|---|\n");
        let units = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
        for Row { what, cost, requests, table } in &self.rows {
            let emulator = units(cost.request_units_hundredths);
            let table = table.map_or("–".to_owned(), units);
            let _ = writeln!(text, "| {what} | {} | {emulator} | {table} |", requests.len());
        }
        text
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_tokenization_over_cosmos_and_what_it_costs() {
    let emulator = Emulator::start().await;
    let mut test = desk();
    let store: Arc<dyn Store> = Arc::new(emulator.store());
    test.desk.store = Arc::clone(&store);
    let world = World::over(test, Wing::NonBank).await;
    world.pump().await;
    let mut measure = Measure { emulator, rows: Vec::new() };
    // The first of a thing is like every other: nothing is at hand but the program.
    world.bring(world.invoice("INV-0", "120000.00")).await;
    let request = world.invoice("INV-1", "120000.00");
    let sent = measure.of("request of a tokenization", world.send(request)).await.unwrap();
    let id: TokenizationId = read(body(&sent)["id"].clone());
    Box::pin(measure.of("relay, advance, issue", world.pump())).await;
    assert_eq!(world.kept(&id).await.state, State::Issued);
    let at = poa_operations::tokenizations::partition(&id);
    measure.of("read of one item", store.read(&at, &[HEAD])).await.unwrap();
    measure.of("read of two items", store.read(&at, &[HEAD, id.as_str()])).await.unwrap();
    let mut search = Search {
        kind: poa_operations::tokenizations::TOKENIZATION,
        partition: None,
        owner: None,
        tags: Vec::new(),
        text: None,
        after: None,
        limit: limits::PAGE_DEFAULT,
    };
    let page = measure.of("list over all partitions", store.list(&search)).await.unwrap();
    assert!(page.items.len() >= 2);
    search.partition = Some(at.clone());
    measure.of("list of one partition", store.list(&search)).await.unwrap();
    measure.of("events of a partition", store.events(&at, 0, 100)).await.unwrap();
    measure.of("relay with nothing to do", relay_events(world.desk())).await.unwrap();
    let claim = poa_operations::ports::store::Item::plain(
        "key:cost",
        poa_operations::ports::store::ItemKind("key"),
        serde_json::json!({ "body_hash": "0".repeat(64), "partition": at.as_str() }),
    );
    measure.of("claim of a key", store.claim(&Partition::system("cost"), claim)).await.unwrap();
    println!("{}", measure.print());
    let commits = |what: &str| {
        let row = measure.rows.iter().find(|row| row.what == what).unwrap();
        row.requests.iter().filter(|sort| **sort == Sort::Batch).count()
    };
    assert_eq!(commits("request of a tokenization"), 1);
}
