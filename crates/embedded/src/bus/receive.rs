//! The receiving side of the bus: locks, completion, dead letters.

use crate::{
    bus::{DELIVERIES_MAX, SqliteBus, wing_of},
    ids::token,
    sqlite::Fault,
};
use poa_operations::ports::bus::BusFault;
use poa_protocol::timestamp::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::{collections::BTreeMap, time::Duration};

/// One message that is delivered, locked for its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The number that the bus gave it: it rises with every message.
    pub sequence_number: i64,
    /// The id that its sender gave it.
    pub message_id: String,
    /// The stream that it belongs to.
    pub session_id: String,
    /// JSON.
    pub body: String,
    /// How often it has been delivered, this time included.
    pub delivery_count: u32,
    /// When it was published.
    pub enqueued_at: Timestamp,
    /// Until when nobody else gets it.
    pub locked_until: Timestamp,
    /// What completes, renews or abandons it.
    pub lock_token: String,
    /// Application properties.
    pub properties: BTreeMap<String, String>,
}

/// One message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The number that the bus gave it.
    pub sequence_number: i64,
    /// The id that its sender gave it.
    pub message_id: String,
    /// The stream that it belongs to.
    pub session_id: String,
    /// JSON.
    pub body: String,
    /// How often it was delivered.
    pub delivery_count: u32,
    /// When it was published.
    pub enqueued_at: Timestamp,
    /// When it was given up.
    pub dead_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What became of a request about a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was done.
    Done,
    /// The lock had run out or was settled before: the message may be with somebody else. Nothing
    /// was changed.
    LockLost,
}

impl SqliteBus {
    /// Locks up to `max` messages of a subscription. A session has at most one message out at a
    /// time, so its messages arrive in order.
    ///
    /// A message that is neither completed nor abandoned comes back after `lock` with a higher
    /// count. What was delivered [`DELIVERIES_MAX`] times goes to the dead letters instead.
    pub async fn receive(
        &self,
        subscription: &str,
        max: usize,
        lock: Duration,
    ) -> Result<Vec<Received>, BusFault> {
        let wing = wing_of(subscription)?.subscription();
        // Most looks at the bus find nothing: they take no lock.
        if !self.file.look(move |file, now| anything(file, now, wing)).await? {
            return Ok(Vec::new());
        }
        Ok(self.file.note(move |file, now| receive(file, now, wing, (max, lock))).await?)
    }

    /// Keeps a lock for `lock` from now.
    pub async fn renew(&self, lock_token: &str, lock: Duration) -> Result<Settled, BusFault> {
        let lock_token = lock_token.to_owned();
        let renew = move |file: &Transaction<'_>, now: Timestamp| {
            let sql = "UPDATE messages SET locked_until = ?3 WHERE lock_token = ?1
                       AND locked_until > ?2";
            let until = after(now, lock).millis();
            Ok(settle(file.prepare_cached(sql)?.execute(params![
                lock_token,
                now.millis(),
                until
            ])?))
        };
        Ok(self.file.note(renew).await?)
    }

    /// The message is done: it does not come back.
    pub async fn complete(&self, lock_token: &str) -> Result<Settled, BusFault> {
        let lock_token = lock_token.to_owned();
        let complete = move |file: &Transaction<'_>, now: Timestamp| {
            let sql = "DELETE FROM messages WHERE lock_token = ?1 AND locked_until > ?2";
            Ok(settle(file.prepare_cached(sql)?.execute(params![lock_token, now.millis()])?))
        };
        Ok(self.file.note(complete).await?)
    }

    /// The message failed: it comes back at once, or goes to the dead letters with this reason
    /// where it was delivered [`DELIVERIES_MAX`] times.
    pub async fn abandon(&self, lock_token: &str, reason: &str) -> Result<Settled, BusFault> {
        let (lock_token, reason) = (lock_token.to_owned(), reason.to_owned());
        let abandon = move |file: &Transaction<'_>, now: Timestamp| {
            let sql = "UPDATE messages
                       SET locked_until = 0, lock_token = NULL, reason = ?3,
                           dead = CASE WHEN deliveries >= ?4 THEN ?2 END
                       WHERE lock_token = ?1 AND locked_until > ?2";
            let values = params![lock_token, now.millis(), reason, DELIVERIES_MAX];
            Ok(settle(file.prepare_cached(sql)?.execute(values)?))
        };
        Ok(self.file.keep(abandon).await?)
    }

    /// Messages that were given up, the oldest first, from above a sequence number.
    pub async fn dead_letters(
        &self,
        subscription: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, BusFault> {
        let wing = wing_of(subscription)?.subscription();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let letters = move |file: &Connection, _: Timestamp| {
            let mut query = file.prepare_cached(
                "SELECT sequence, message_id, session_id, body, deliveries, enqueued, dead, reason
                 FROM messages
                 WHERE subscription = ?1 AND sequence > ?2 AND dead IS NOT NULL
                 ORDER BY sequence LIMIT ?3",
            )?;
            let letters = query.query_map(params![wing, after, limit], dead_letter)?;
            Ok(letters.collect::<Result<Vec<_>, _>>()?)
        };
        Ok(self.file.look(letters).await?)
    }

    /// Sends a dead letter again as if it were new. `false` where there is none with this number.
    pub async fn resubmit(
        &self,
        subscription: &str,
        sequence_number: i64,
    ) -> Result<bool, BusFault> {
        let wing = wing_of(subscription)?.subscription();
        let resubmit = move |file: &Transaction<'_>, now: Timestamp| {
            let sql = "INSERT INTO messages (subscription, message_id, session_id, body, enqueued)
                       SELECT subscription, message_id, session_id, body, ?3 FROM messages
                       WHERE subscription = ?1 AND sequence = ?2 AND dead IS NOT NULL";
            let new =
                file.prepare_cached(sql)?.execute(params![wing, sequence_number, now.millis()])?;
            if new > 0 {
                file.prepare_cached("DELETE FROM messages WHERE sequence = ?1")?
                    .execute([sequence_number])?;
            }
            Ok(new > 0)
        };
        Ok(self.file.keep(resubmit).await?)
    }
}

fn settle(rows: usize) -> Settled {
    if rows > 0 { Settled::Done } else { Settled::LockLost }
}

fn after(now: Timestamp, span: Duration) -> Timestamp {
    let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.millis().saturating_add(millis))
}

/// The first message of every session that nobody has locked.
const WAITING: &str = "FROM messages m
    WHERE subscription = ?1 AND dead IS NULL AND locked_until <= ?2
      AND NOT EXISTS (SELECT 1 FROM messages e
          WHERE e.subscription = m.subscription AND e.session_id = m.session_id
            AND e.sequence < m.sequence AND e.dead IS NULL)";

fn anything(file: &Connection, now: Timestamp, wing: &str) -> Result<bool, Fault> {
    let sql = format!("SELECT 1 {WAITING} LIMIT 1");
    Ok(file.prepare_cached(&sql)?.exists(params![wing, now.millis()])?)
}

fn receive(
    file: &Transaction<'_>,
    now: Timestamp,
    wing: &'static str,
    (max, lock): (usize, Duration),
) -> Result<Vec<Received>, Fault> {
    bury(file, now, wing)?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let sql = format!("SELECT sequence {WAITING} ORDER BY sequence LIMIT ?3");
    let waiting = file
        .prepare_cached(&sql)?
        .query_map(params![wing, now.millis(), max], |row| row.get::<_, i64>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    let until = after(now, lock);
    let mut received = Vec::with_capacity(waiting.len());
    for sequence in waiting {
        let lock_token = token();
        let row = file
            .prepare_cached(
                "UPDATE messages
                 SET locked_until = ?2, lock_token = ?3, deliveries = deliveries + 1
                 WHERE sequence = ?1
                 RETURNING sequence, message_id, session_id, body, deliveries, enqueued",
            )?
            .query_row(params![sequence, until.millis(), lock_token], |row| {
                delivered(row, wing, (until, &lock_token))
            })
            .optional()?;
        received.extend(row);
    }
    Ok(received)
}

/// Gives up what was delivered as often as is allowed and let its lock run out.
fn bury(file: &Transaction<'_>, now: Timestamp, wing: &str) -> Result<(), Fault> {
    file.prepare_cached(
        "UPDATE messages SET dead = ?2, lock_token = NULL,
             reason = coalesce(reason, 'its lock ran out every time it was delivered')
         WHERE subscription = ?1 AND dead IS NULL AND locked_until <= ?2 AND deliveries >= ?3",
    )?
    .execute(params![wing, now.millis(), DELIVERIES_MAX])?;
    Ok(())
}

fn delivered(
    row: &Row<'_>,
    wing: &str,
    (locked_until, lock_token): (Timestamp, &str),
) -> rusqlite::Result<Received> {
    Ok(Received {
        sequence_number: row.get(0)?,
        message_id: row.get(1)?,
        session_id: row.get(2)?,
        body: row.get(3)?,
        delivery_count: row.get(4)?,
        enqueued_at: Timestamp::from_millis(row.get(5)?),
        locked_until,
        lock_token: lock_token.to_owned(),
        properties: BTreeMap::from([("wing".to_owned(), wing.to_owned())]),
    })
}

fn dead_letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        sequence_number: row.get(0)?,
        message_id: row.get(1)?,
        session_id: row.get(2)?,
        body: row.get(3)?,
        delivery_count: row.get(4)?,
        enqueued_at: Timestamp::from_millis(row.get(5)?),
        dead_at: Timestamp::from_millis(row.get(6)?),
        reason: row.get(7)?,
    })
}
