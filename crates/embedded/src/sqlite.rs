//! What both SQLite files share: how they are opened, read and explained when they fail.

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// How a file is laid out: its schema and the number of that schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// What the file is, in field words.
    pub(crate) what: &'static str,
    /// The number of the schema, kept in `user_version`.
    pub(crate) version: i64,
    /// The statements that make an empty file into one of ours.
    pub(crate) schema: &'static str,
}

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    /// A commit survives a loss of power.
    Full,
    /// A commit survives the death of the process; a loss of power may take the last ones back,
    /// never out of order.
    Normal,
}

/// A fault of a file, as text for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

impl From<rusqlite::Error> for Fault {
    fn from(fault: rusqlite::Error) -> Self {
        Self(describe(&fault))
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

/// Opens a file for writing and makes its schema where it is new.
pub(crate) fn open(path: &Path, layout: Layout, sync: Sync) -> Result<Connection, Fault> {
    let mut tries = 0;
    loop {
        match prepare(path, layout, sync) {
            // Switching a new file to the write-ahead log does not wait for the lock by itself.
            Err(Obstacle::Locked(_)) if wait_for_lock(tries) => tries = tries.saturating_add(1),
            Err(Obstacle::Locked(fault) | Obstacle::Lasting(fault)) => {
                let (what, path) = (layout.what, path.display());
                return Err(Fault(format!("{what} `{path}`: {}", fault.0)));
            }
            Ok(connection) => return Ok(connection),
        }
    }
}

/// Why a file did not open.
#[derive(Debug)]
enum Obstacle {
    /// Another process holds a lock.
    Locked(Fault),
    /// Something that does not pass.
    Lasting(Fault),
}

impl From<rusqlite::Error> for Obstacle {
    fn from(fault: rusqlite::Error) -> Self {
        match fault.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(fault.into()),
            _ => Self::Lasting(fault.into()),
        }
    }
}

fn prepare(path: &Path, layout: Layout, sync: Sync) -> Result<Connection, Obstacle> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    let level = match sync {
        Sync::Full => "FULL",
        Sync::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", level)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > layout.version {
        return Err(Obstacle::Lasting(Fault(format!(
            "it was written by a newer program (schema {version}, this program knows {}): use \
             that program, or a copy of the file from before",
            layout.version
        ))));
    }
    if version == 0 {
        transaction.execute_batch(layout.schema)?;
        transaction.pragma_update(None, "user_version", layout.version)?;
    }
    transaction.commit()?;
    Ok(connection)
}

fn connect(path: &Path, more: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    connection.pragma_update(None, "foreign_keys", false)?;
    Ok(connection)
}

/// Waits for another process that holds the lock: about five seconds in all, in steps that are
/// short at first.
fn wait_for_lock(tries: i32) -> bool {
    let pause = if tries < 50 { Duration::from_micros(200) } else { Duration::from_millis(2) };
    std::thread::sleep(pause);
    tries < LOCK_TRIES_MAX
}

/// How often a lock is tried for: 2,500 times two milliseconds.
const LOCK_TRIES_MAX: i32 = 2_500;
/// Connections that read at the same time.
const READERS_MAX: usize = 4;
/// Statements that a connection keeps prepared.
const STATEMENTS_CACHED: usize = 64;
/// Bytes of the write-ahead log that stay on the disk when it is empty.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// A few connections that only read, used off the threads of the async runtime.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    /// Readers of a file that exists.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(READERS_MAX),
        }
    }

    /// Runs a short `read` right here where a connection is idle: a change of threads would cost
    /// more than the read. Readers of a write-ahead log wait for no writer.
    pub(crate) async fn run_short<T, F>(&self, read: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(connection) = idle else { return self.run(read).await };
        let result = read(&connection);
        // A connection that failed is not used again: the next one looks at the file anew.
        if result.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        result
    }

    /// Runs `read` with one of the connections, on a thread that may block.
    pub(crate) async fn run<T, F>(&self, read: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let _permit = self.permits.acquire().await.map_err(|_| closed())?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let path = self.path.clone();
        let done = tokio::task::spawn_blocking(move || {
            let connection = idle.map_or_else(|| open_reader(&path), Ok)?;
            let result = read(&connection);
            Ok::<_, Fault>((connection, result))
        });
        let (connection, result) = done.await.map_err(|_| closed())??;
        // A connection that failed is not used again: the next one looks at the file anew.
        if result.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        result
    }

    /// Whether the file is still there.
    pub(crate) fn present(&self) -> Result<(), Fault> {
        match std::fs::metadata(&self.path) {
            Ok(_) => Ok(()),
            Err(fault) => Err(Fault(format!("`{}` is gone: {fault}", self.path.display()))),
        }
    }
}

fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let connection = connect(path, OpenFlags::empty())?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// The thread that did the work is gone.
pub(crate) fn closed() -> Fault {
    Fault("it is being closed".to_owned())
}

/// What a failure of SQLite means to the people who run it.
fn describe(fault: &rusqlite::Error) -> String {
    let hint = match fault.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process holds the lock for too long"
        }
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged, restore it from a backup",
        Some(ErrorCode::NotADatabase) => "the file is no SQLite database",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::CannotOpen) => "the file cannot be opened, look at its folder and rights",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the file may not be written",
        Some(ErrorCode::SystemIoFailure) => "the disk failed",
        _ => return fault.to_string(),
    };
    format!("{hint} ({fault})")
}
