//! The bus on SQLite: a copy of every message for the subscription that its wing chooses, at least
//! once, in the order of its session.

use crate::sqlite::{self, Fault, Layout, Sync, closed};
use async_trait::async_trait;
use poa_operations::{
    cost::{Cost, spend},
    ports::{
        bus::{Bus, BusFault, Message},
        clock::Clock,
    },
};
use poa_protocol::{event::Wing, limits, timestamp::Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

mod receive;

pub use receive::{DeadLetter, Received, Settled};

/// How often a message is delivered before it goes to the dead letters.
pub const DELIVERIES_MAX: u32 = 10;
/// Days within which a message with the same id is dropped.
pub const DUPLICATES_DAYS: i64 = 1;
/// Bytes of the body of a message (Azure Service Bus, standard tier: 256 KB with properties).
pub const MESSAGE_BODY_BYTES_MAX: usize = 192 * 1024;

/// The bus in one SQLite file, shared with the queues.
#[derive(Debug)]
pub struct SqliteBus {
    file: Arc<BusFile>,
}

impl SqliteBus {
    /// The bus in this file.
    #[must_use]
    pub fn new(file: Arc<BusFile>) -> Self {
        Self { file }
    }
}

#[async_trait]
impl Bus for SqliteBus {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        for message in messages {
            check(message)?;
        }
        if messages.is_empty() {
            return Ok(());
        }
        spend(Cost::bus());
        let messages = messages.to_vec();
        Ok(self.file.keep(move |file, now| publish(file, now, &messages)).await?)
    }

    async fn ready(&self) -> Result<(), BusFault> {
        Ok(self.file.ready().await?)
    }
}

fn publish(file: &Transaction<'_>, now: Timestamp, messages: &[Message]) -> Result<(), Fault> {
    file.prepare_cached("DELETE FROM seen WHERE at < ?1")?
        .execute([now.plus_days(0_i64.saturating_sub(DUPLICATES_DAYS)).millis()])?;
    let mut see =
        file.prepare_cached("INSERT OR IGNORE INTO seen (message_id, at) VALUES (?1, ?2)")?;
    let mut put = file.prepare_cached(
        "INSERT INTO messages (subscription, message_id, session_id, body, enqueued)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for message in messages {
        let Message { message_id, session_id, wing, body } = message;
        if see.execute(params![message_id, now.millis()])? > 0 {
            let subscription = wing.subscription();
            put.execute(params![subscription, message_id, session_id, body, now.millis()])?;
        }
    }
    Ok(())
}

fn check(message: &Message) -> Result<(), BusFault> {
    for (what, id) in [("message", &message.message_id), ("session", &message.session_id)] {
        let chars = id.chars().count();
        if !(1..=limits::BUS_ID_CHARS_MAX).contains(&chars) {
            return Err(BusFault(format!(
                "{what} id `{id}` has {chars} characters, not 1 to {}",
                limits::BUS_ID_CHARS_MAX
            )));
        }
    }
    let bytes = message.body.len();
    if bytes > MESSAGE_BODY_BYTES_MAX {
        return Err(BusFault(format!(
            "message `{}` has {bytes} bytes, more than {MESSAGE_BODY_BYTES_MAX}",
            message.message_id
        )));
    }
    Ok(())
}

/// The wing whose subscription has this name.
pub(crate) fn wing_of(subscription: &str) -> Result<Wing, Fault> {
    let wing = [Wing::Bank, Wing::NonBank].into_iter().find(|w| w.subscription() == subscription);
    wing.ok_or_else(|| {
        Fault(format!("there is no subscription `{subscription}`, only `bank` and `non-bank`"))
    })
}

/// The file of bus and queues: one connection whose commits wait for the disk, and one for what may
/// be repeated after a loss of power.
#[derive(Debug)]
pub struct BusFile {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    durable: Arc<Mutex<Connection>>,
    light: Arc<Mutex<Connection>>,
}

impl BusFile {
    /// Opens the file, and makes it where it is not there yet. Locks and delays are measured by
    /// this clock.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, BusFault> {
        let durable = sqlite::open(path, LAYOUT, Sync::Full)?;
        let light = sqlite::open(path, LAYOUT, Sync::Normal)?;
        Ok(Self {
            path: path.to_owned(),
            clock,
            durable: Arc::new(Mutex::new(durable)),
            light: Arc::new(Mutex::new(light)),
        })
    }

    /// Writes what must survive a loss of power.
    pub(crate) async fn keep<T, F>(&self, write: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, Timestamp) -> Result<T, Fault> + Send + 'static,
    {
        self.write(&self.durable, write).await
    }

    /// Writes what is repeated where it is lost: locks, and that something is done.
    pub(crate) async fn note<T, F>(&self, write: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, Timestamp) -> Result<T, Fault> + Send + 'static,
    {
        self.write(&self.light, write).await
    }

    /// Reads.
    pub(crate) async fn look<T, F>(&self, read: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, Timestamp) -> Result<T, Fault> + Send + 'static,
    {
        let now = self.clock.now();
        let connection = Arc::clone(&self.light);
        off_thread(move || read(&connection.lock().unwrap_or_else(PoisonError::into_inner), now))
            .await
    }

    /// Whether the file is there and answers.
    pub(crate) async fn ready(&self) -> Result<(), Fault> {
        if let Err(fault) = std::fs::metadata(&self.path) {
            return Err(Fault(format!("`{}` is gone: {fault}", self.path.display())));
        }
        self.look(|file, _| {
            file.prepare_cached("SELECT 1 FROM messages LIMIT 1")?.exists([])?;
            Ok(())
        })
        .await
    }

    async fn write<T, F>(&self, connection: &Arc<Mutex<Connection>>, write: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, Timestamp) -> Result<T, Fault> + Send + 'static,
    {
        let now = self.clock.now();
        let connection = Arc::clone(connection);
        off_thread(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = write(&transaction, now)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }
}

async fn off_thread<T, F>(work: F) -> Result<T, Fault>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Fault> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(|_| closed())?
}

impl From<Fault> for BusFault {
    fn from(fault: Fault) -> Self {
        Self(fault.0)
    }
}

/// Version 1. A message that is done is deleted; one that is given up stays, with `dead` and its
/// reason.
const LAYOUT: Layout = Layout {
    what: "bus",
    version: 1,
    schema: "
        CREATE TABLE seen (message_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX seen_at ON seen (at);
        CREATE TABLE messages (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            subscription TEXT NOT NULL,
            message_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            body TEXT NOT NULL,
            enqueued INTEGER NOT NULL,
            locked_until INTEGER NOT NULL DEFAULT 0,
            lock_token TEXT,
            deliveries INTEGER NOT NULL DEFAULT 0,
            dead INTEGER,
            reason TEXT
        ) STRICT;
        CREATE INDEX messages_waiting ON messages (subscription, sequence) WHERE dead IS NULL;
        CREATE INDEX messages_of_session ON messages (subscription, session_id, sequence)
            WHERE dead IS NULL;
        CREATE INDEX messages_locked ON messages (lock_token) WHERE lock_token IS NOT NULL;
        CREATE INDEX messages_dead ON messages (subscription, sequence) WHERE dead IS NOT NULL;
        CREATE TABLE queued (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL,
            id TEXT NOT NULL,
            body TEXT NOT NULL,
            inserted INTEGER NOT NULL,
            visible INTEGER NOT NULL,
            receipt TEXT,
            dequeues INTEGER NOT NULL DEFAULT 0,
            reason TEXT,
            UNIQUE (queue, id)
        ) STRICT;
        CREATE INDEX queued_visible ON queued (queue, visible, sequence);
    ",
};
