//! The store under examination: the container's shape, and whether items can be written and read.

use crate::{
    cosmos::{CONTAINER, CosmosStore, PARTITION_KEY, shape},
    remedy::remedy,
};
use async_trait::async_trait;
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::store::{CommitFault, Item, ItemKind, Store as _, StoreFault},
};
use poa_protocol::partition::Partition;
use serde_json::json;

/// Seconds after which Cosmos DB forgets the item of a probe.
const PROBE_SECS: i64 = 60;

#[async_trait]
impl Diagnose for CosmosStore {
    fn name(&self) -> String {
        let settings = self.connection.settings();
        format!("Azure Cosmos DB, {}, database `{}`", settings.endpoint, settings.database)
    }

    async fn diagnose(&self) -> Vec<Check> {
        let what = format!(
            "container `{CONTAINER}` is there, is partitioned by `{PARTITION_KEY}`, forgets what \
             may be forgotten and indexes what lists look for"
        );
        let shape = Check::of(what, self.ready().await, cure);
        if !shape.holds() {
            return vec![shape];
        }
        let (partition, id) = (Partition::system("doctor"), self.ids.ulid().to_string());
        let mut item = Item::plain(id.clone(), ItemKind("probe"), json!({}));
        item.forget_after = Some(self.clock.now().plus_secs(PROBE_SECS));
        let written = self.claim(&partition, item).await.map_err(told);
        let written = Check::of("an item can be written", written, cure);
        let read = match self.read(&partition, &[&id]).await {
            Ok(found) if written.holds() && found.iter().all(Option::is_none) => {
                Err(StoreFault("what was just written is not found".to_owned()))
            }
            other => other.map(drop),
        };
        vec![shape, written, Check::of("an item can be read", read, cure)]
    }
}

fn told(fault: CommitFault) -> StoreFault {
    match fault {
        CommitFault::Unavailable(fault) => fault,
        CommitFault::TooLarge(what) => StoreFault(what),
        CommitFault::Raced => StoreFault("somebody else wrote the probe".to_owned()),
    }
}

fn cure(wrong: &str) -> String {
    let missing = format!(
        "make the database and its container `{CONTAINER}` as `infra/ledger-container.json` says"
    );
    // The shape is told by the store itself, not by an answer of the service.
    let by_shape = shape::cure(wrong);
    by_shape.unwrap_or_else(|| remedy(wrong, "Cosmos DB Built-in Data Contributor", &missing))
}
