//! The store does what every store must do.

use poa_operations::{
    behaviour::store::Stores,
    ports::store::{Claim, Item, ItemKind, Search, Store},
};
use poa_protocol::{partition::Partition, timestamp::Timestamp};
use poa_test_cloud::emulator::{Emulator, Sort};
use serde_json::json;
use std::sync::Arc;

/// Two clients of one account, as two processes have them.
async fn two_clients() -> Stores {
    let emulator = Emulator::start().await;
    let [one, other] = [(); 2].map(|()| Arc::new(emulator.store()));
    Stores { one, other, keep: Box::new(emulator) }
}

mod of_two_clients {
    poa_operations::store_behaviour!(super::two_clients().await);
}

/// Two clients of an account that refuses for want of request units again and again.
async fn throttled() -> Stores {
    let emulator = Emulator::throttled(UNITS).await;
    let [one, other] = [(); 2].map(|()| Arc::new(emulator.store()));
    Stores { one, other, keep: Box::new(emulator) }
}

/// Request units per second, over four physical partitions.
const UNITS: u64 = 2_000;

/// Without the limits: the emulator charges an item of 2 MB with more than it has in a second, and
/// so refuses it for ever.
mod while_throttled {
    poa_operations::store_commits_behaviour!(super::throttled().await);
    poa_operations::store_feed_behaviour!(super::throttled().await);
    poa_operations::store_lists_behaviour!(super::throttled().await);
}

#[tokio::test]
async fn what_the_account_has_no_units_for_is_sent_again() {
    // Enough for a dozen claims in one partition and one second.
    let emulator = Emulator::throttled(400).await;
    let store = emulator.store();
    let at = Partition::system("hot");
    for number in 0..40 {
        let item = Item::plain(number.to_string(), ItemKind("sample"), json!(number));
        assert_eq!(store.claim(&at, item).await.unwrap(), Claim::Made);
    }
    let sent = emulator.seen().len();
    assert!(sent > 40, "{sent} requests for 40 claims");
}

#[tokio::test]
async fn what_must_see_the_writes_of_every_process_asks_for_the_latest() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let at = Partition::system("place");
    let search = Search {
        kind: ItemKind("sample"),
        partition: None,
        owner: None,
        tags: Vec::new(),
        text: None,
        after: None,
        limit: 10,
    };
    let sample = Item::plain("name", ItemKind("sample"), json!(1));
    store.claim(&at, sample.clone()).await.unwrap();
    emulator.asked();
    let (single, query, all) = ((Sort::Read, true), (Sort::Query, true), [(Sort::Query, true); 4]);
    store.read(&at, &["name"]).await.unwrap();
    assert_eq!(emulator.asked(), [single]);
    store.read(&at, &["name", "other"]).await.unwrap();
    assert_eq!(emulator.asked(), [query]);
    assert!(matches!(store.claim(&at, sample).await.unwrap(), Claim::Held(_)));
    assert_eq!(emulator.asked(), [(Sort::Create, false), single], "who holds it");
    store.events(&at, 0, 10).await.unwrap();
    assert_eq!(emulator.asked(), [query]);
    store.list(&Search { partition: Some(at), ..search.clone() }).await.unwrap();
    assert_eq!(emulator.asked(), [query]);
    store.list(&search).await.unwrap();
    assert_eq!(emulator.asked(), all, "in every range");
    store.due(ItemKind("sample"), Timestamp::from_millis(0), 10).await.unwrap();
    assert_eq!(emulator.asked(), [(Sort::Query, false); 4], "the next tick asks again");
    let end = store.changes(None, 100).await.unwrap().position;
    emulator.asked();
    store.changes(Some(&end), 100).await.unwrap();
    assert_eq!(emulator.asked(), [(Sort::Feed, false); 4], "the next pass asks again");
}
