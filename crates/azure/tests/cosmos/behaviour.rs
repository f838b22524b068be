//! The store does what every store must do.

use poa_operations::{
    behaviour::store::Stores,
    ports::store::{Claim, Item, ItemKind, Store},
};
use poa_protocol::partition::Partition;
use poa_test_cloud::emulator::Emulator;
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
