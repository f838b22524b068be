//! Storage queues on SQLite: at least once, with a visibility timeout, and a poison queue that
//! keeps the reason.

use crate::{bus::BusFile, ids::token, sqlite::Fault};
use poa_operations::ports::bus::BusFault;
use poa_protocol::{limits, timestamp::Timestamp};
use rusqlite::{Connection, Row, Transaction, params};
use std::{sync::Arc, time::Duration};

/// Bytes of a message.
pub const QUEUED_BYTES_MAX: usize = limits::QUEUE_MESSAGE_BYTES_MAX;
/// Messages that one call receives at most (Azure Queue Storage).
pub const RECEIVED_MAX: usize = 32;
/// What the name of a queue for poison messages ends with.
pub const POISON: &str = "-poison";

/// The queues in one SQLite file, shared with the bus.
#[derive(Debug)]
pub struct SqliteQueue {
    file: Arc<BusFile>,
}

/// One message of a queue, hidden from others until `visible_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its id, which it keeps in the poison queue.
    pub id: String,
    /// The text that was sent.
    pub body: String,
    /// How often it has been received, this time included.
    pub dequeue_count: u32,
    /// When it was sent.
    pub inserted_at: Timestamp,
    /// When others may receive it.
    pub visible_at: Timestamp,
    /// What deletes it or changes its visibility; a new one with every receipt and every change.
    pub pop_receipt: String,
    /// Why it is in a poison queue.
    pub reason: Option<String>,
}

impl SqliteQueue {
    /// The queues in this file.
    #[must_use]
    pub fn new(file: Arc<BusFile>) -> Self {
        Self { file }
    }

    /// Sends a message; returns its id. Durable when it returns. A queue is there as soon as
    /// something is sent to it.
    pub async fn send(&self, queue: &str, body: &str) -> Result<String, BusFault> {
        let (queue, body, id) = (name(queue)?, body.to_owned(), token());
        if body.len() > QUEUED_BYTES_MAX {
            return Err(BusFault(format!(
                "a message for queue `{queue}` has {} bytes, more than {QUEUED_BYTES_MAX}",
                body.len()
            )));
        }
        let send = move |file: &Transaction<'_>, now: Timestamp| {
            file.prepare_cached(
                "INSERT INTO queued (queue, id, body, inserted, visible)
                 VALUES (?1, ?2, ?3, ?4, ?4)",
            )?
            .execute(params![queue, id, body, now.millis()])?;
            Ok(id)
        };
        Ok(self.file.keep(send).await?)
    }

    /// Receives up to `max` messages (at most [`RECEIVED_MAX`]) and hides them for `visibility`.
    pub async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<Queued>, BusFault> {
        let queue = name(queue)?;
        let looked = queue.clone();
        // Most looks at a queue find nothing: they take no lock.
        if !self.file.look(move |file, now| anything(file, now, &looked)).await? {
            return Ok(Vec::new());
        }
        Ok(self.file.note(move |file, now| receive(file, now, &queue, (max, visibility))).await?)
    }

    /// Hides a message for `visibility` from now; returns its new receipt. `None` where the receipt
    /// is an old one.
    pub async fn update_visibility(
        &self,
        queue: &str,
        (id, pop_receipt): (&str, &str),
        visibility: Duration,
    ) -> Result<Option<String>, BusFault> {
        let (queue, id, old) = (name(queue)?, id.to_owned(), pop_receipt.to_owned());
        let update = move |file: &Transaction<'_>, now: Timestamp| {
            let new = token();
            let changed = file
                .prepare_cached(
                    "UPDATE queued SET visible = ?4, receipt = ?5
                     WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
                )?
                .execute(params![queue, id, old, after(now, visibility), new])?;
            Ok((changed > 0).then_some(new))
        };
        Ok(self.file.note(update).await?)
    }

    /// The message is done. `false` where the receipt is an old one: somebody else has it.
    pub async fn delete(&self, queue: &str, id: &str, pop_receipt: &str) -> Result<bool, BusFault> {
        let (queue, id, receipt) = (name(queue)?, id.to_owned(), pop_receipt.to_owned());
        let delete = move |file: &Transaction<'_>, _: Timestamp| {
            let sql = "DELETE FROM queued WHERE queue = ?1 AND id = ?2 AND receipt = ?3";
            Ok(file.prepare_cached(sql)?.execute(params![queue, id, receipt])? > 0)
        };
        Ok(self.file.note(delete).await?)
    }

    /// Moves a message to the queue `<queue>-poison`, with the reason. `false` where the receipt is
    /// an old one. Durable when it returns.
    pub async fn move_to_poison(
        &self,
        queue: &str,
        (id, pop_receipt): (&str, &str),
        reason: &str,
    ) -> Result<bool, BusFault> {
        let poison = name(&format!("{queue}{POISON}"))?;
        let (queue, id, receipt) = (name(queue)?, id.to_owned(), pop_receipt.to_owned());
        let reason = reason.to_owned();
        let bury = move |file: &Transaction<'_>, now: Timestamp| {
            // INVARIANT: one statement, so the message is always in exactly one of the two queues.
            let moved = file
                .prepare_cached(
                    "UPDATE queued SET queue = ?4, reason = ?5, visible = ?6, inserted = ?6,
                         receipt = NULL, dequeues = 0
                     WHERE queue = ?1 AND id = ?2 AND receipt = ?3",
                )?
                .execute(params![queue, id, receipt, poison, reason, now.millis()])?;
            Ok(moved > 0)
        };
        Ok(self.file.keep(bury).await?)
    }

    /// Looks at the messages of a queue, hidden ones too, the oldest first, without receiving them.
    pub async fn peek(&self, queue: &str, limit: usize) -> Result<Vec<Queued>, BusFault> {
        let queue = name(queue)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let peek = move |file: &Connection, _: Timestamp| {
            let mut query = file.prepare_cached(
                "SELECT id, body, dequeues, inserted, visible, '', reason FROM queued
                 WHERE queue = ?1 ORDER BY sequence LIMIT ?2",
            )?;
            let found = query.query_map(params![queue, limit], queued)?;
            Ok(found.collect::<Result<Vec<_>, _>>()?)
        };
        Ok(self.file.look(peek).await?)
    }
}

fn anything(file: &Connection, now: Timestamp, queue: &str) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM queued WHERE queue = ?1 AND visible <= ?2 LIMIT 1";
    Ok(file.prepare_cached(sql)?.exists(params![queue, now.millis()])?)
}

fn receive(
    file: &Transaction<'_>,
    now: Timestamp,
    queue: &str,
    (max, visibility): (usize, Duration),
) -> Result<Vec<Queued>, Fault> {
    let max = i64::try_from(max.min(RECEIVED_MAX)).unwrap_or(i64::MAX);
    let visible = file
        .prepare_cached(
            "SELECT sequence FROM queued WHERE queue = ?1 AND visible <= ?2
             ORDER BY visible, sequence LIMIT ?3",
        )?
        .query_map(params![queue, now.millis(), max], |row| row.get::<_, i64>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let until = after(now, visibility);
    let mut received = Vec::with_capacity(visible.len());
    for sequence in visible {
        let message = file
            .prepare_cached(
                "UPDATE queued SET visible = ?2, receipt = ?3, dequeues = dequeues + 1
                 WHERE sequence = ?1
                 RETURNING id, body, dequeues, inserted, visible, receipt, reason",
            )?
            .query_row(params![sequence, until, token()], queued)?;
        received.push(message);
    }
    Ok(received)
}

fn queued(row: &Row<'_>) -> rusqlite::Result<Queued> {
    Ok(Queued {
        id: row.get(0)?,
        body: row.get(1)?,
        dequeue_count: row.get(2)?,
        inserted_at: Timestamp::from_millis(row.get(3)?),
        visible_at: Timestamp::from_millis(row.get(4)?),
        pop_receipt: row.get(5)?,
        reason: row.get(6)?,
    })
}

fn after(now: Timestamp, span: Duration) -> i64 {
    now.millis().saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// The rules of Azure Queue Storage: 3 to 63 lower-case letters, digits and single hyphens.
fn name(queue: &str) -> Result<String, Fault> {
    let letters = queue.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let hyphens = !queue.starts_with('-') && !queue.ends_with('-') && !queue.contains("--");
    if (3..=63).contains(&queue.len()) && letters && hyphens {
        Ok(queue.to_owned())
    } else {
        Err(Fault(format!(
            "`{queue}` is no name of a queue: 3 to 63 lower-case letters, digits, single hyphens"
        )))
    }
}
