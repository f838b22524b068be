//! The store on Azure Cosmos DB: one container, one transactional batch per commit.

use crate::cosmos::{connection::Connection, document::Prepared, fault::Fault};
use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use poa_operations::ports::{
    clock::Clock,
    ids::Ids,
    store::{
        Changes, Claim, Commit, CommitFault, Etag, Item, ItemKind, Page, Position, Search, Store,
        StoreFault, Stored,
    },
};
use poa_protocol::{event::Event, partition::Partition, timestamp::Timestamp};
use std::sync::Arc;

mod connection;
mod diagnose;
mod document;
mod fault;
mod feed;
mod read;
mod shape;
mod spent;
mod write;

/// The container that holds everything.
pub const CONTAINER: &str = "ledger";
/// The path of its partition key: large keys (version 2), since names have up to 2 KB.
pub const PARTITION_KEY: &str = "/pk";

/// Where the store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosmosSettings {
    /// `https://<account>.documents.azure.com:443/`; plain http only on this machine.
    pub endpoint: String,
    /// The name of the database.
    pub database: String,
    /// The region that the program runs in, for example `westeurope`: the nearest copy is asked.
    pub region: String,
}

/// The store of state in one container of Azure Cosmos DB.
#[derive(Debug)]
pub struct CosmosStore {
    connection: Connection,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl CosmosStore {
    /// Checks the settings. Nothing is asked yet: the first operation connects, and connects again
    /// where that failed.
    pub fn open(
        settings: CosmosSettings,
        credential: Arc<dyn TokenCredential>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, StoreFault> {
        Ok(Self { connection: Connection::new(settings, credential)?, clock, ids })
    }
}

#[async_trait]
impl Store for CosmosStore {
    async fn read(
        &self,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Vec<Option<Stored>>, StoreFault> {
        Ok(self.connection.within(read::items(&self.connection, partition, ids)).await?)
    }

    async fn commit(&self, commit: Commit) -> Result<Etag, CommitFault> {
        let stamp = self.ids.salt();
        let prepared = Prepared::commit(commit, stamp, self.clock.now());
        let prepared = prepared.map_err(CommitFault::TooLarge)?;
        self.connection.within(write::commit(&self.connection, prepared)).await.map_err(Fault::into)
    }

    async fn claim(&self, partition: &Partition, item: Item) -> Result<Claim, CommitFault> {
        let stamp = self.ids.salt();
        let document = document::claim(partition, item, &stamp, self.clock.now());
        let document = document.map_err(CommitFault::TooLarge)?;
        self.connection.within(write::claim(&self.connection, document)).await.map_err(Fault::into)
    }

    async fn list(&self, search: &Search) -> Result<Page, StoreFault> {
        Ok(self.connection.within(read::page(&self.connection, search)).await?)
    }

    async fn due(
        &self,
        kind: ItemKind,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreFault> {
        Ok(self.connection.within(read::due(&self.connection, kind, now, limit)).await?)
    }

    async fn events(
        &self,
        partition: &Partition,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, StoreFault> {
        let events = read::events(&self.connection, partition, (after, u64::MAX), limit);
        Ok(self.connection.within(events).await?)
    }

    async fn changes(&self, after: Option<&Position>, limit: usize) -> Result<Changes, StoreFault> {
        // Every page has its own time limit: a long way through items that are no events is no
        // reason to give up.
        Ok(feed::changes(&self.connection, after, limit).await?)
    }

    async fn forget(&self, _now: Timestamp) -> Result<u64, StoreFault> {
        // Every item says itself how long it lives.
        Ok(0)
    }

    async fn ready(&self) -> Result<(), StoreFault> {
        Ok(self.connection.within(self.connection.ready()).await?)
    }
}
