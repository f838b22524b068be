//! Reads of items, events and the feed.

use crate::sqlite::Fault;
use poa_operations::ports::store::{Changes, Etag, Position, Stored};
use poa_protocol::{event::Event, partition::Partition};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

/// Items of one partition, all of one moment.
pub(super) fn items(
    file: &Connection,
    partition: &Partition,
    ids: &[String],
) -> Result<Vec<Option<Stored>>, Fault> {
    match ids {
        [] => Ok(Vec::new()),
        [id] => Ok(vec![item(file, partition, id)?]),
        [_, _] => few(file, partition, ids, TWO),
        [_, _, _] => few(file, partition, ids, THREE),
        _ => {
            let moment = file.unchecked_transaction()?;
            let found = ids.iter().map(|id| item(&moment, partition, id));
            let found = found.collect::<Result<_, _>>()?;
            moment.commit()?;
            Ok(found)
        }
    }
}

/// Reads one item.
const ONE: &str = "SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?2";
/// Reads two items. One look-up after the other: SQLite makes a table of its own for `IN`.
const TWO: &str = "SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?2
     UNION ALL SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?3";
/// Reads three items.
const THREE: &str = "SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?2
     UNION ALL SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?3
     UNION ALL SELECT partition, id, body, etag FROM items WHERE partition = ?1 AND id = ?4";

/// A few items with one statement, which sees one moment without a transaction around it.
fn few(
    file: &Connection,
    partition: &Partition,
    ids: &[String],
    statement: &str,
) -> Result<Vec<Option<Stored>>, Fault> {
    let mut query = file.prepare_cached(statement)?;
    let asked = std::iter::once(partition.as_str()).chain(ids.iter().map(String::as_str));
    let rows = query.query_map(params_from_iter(asked), raw)?;
    let mut found = rows.map(|row| stored(row?)).collect::<Result<Vec<Stored>, Fault>>()?;
    // An id that was asked twice is there twice.
    let taken = ids.iter().map(|id| {
        let at = found.iter().position(|one| one.id == *id)?;
        Some(found.swap_remove(at))
    });
    Ok(taken.collect())
}

/// One item.
pub(super) fn item(
    file: &Connection,
    partition: &Partition,
    id: &str,
) -> Result<Option<Stored>, Fault> {
    let asked = [partition.as_str(), id];
    let found = file.prepare_cached(ONE)?.query_row(asked, raw).optional()?;
    found.map(stored).transpose()
}

/// The events of one partition above a number.
pub(super) fn events(
    file: &Connection,
    partition: &Partition,
    after: u64,
    limit: usize,
) -> Result<Vec<Event>, Fault> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut query = file.prepare_cached(
        "SELECT body FROM events WHERE partition = ?1 AND sequence > ?2
         ORDER BY sequence LIMIT ?3",
    )?;
    let bodies = query.query_map(params![partition.as_str(), after, rows_max(limit)], |row| {
        row.get::<_, String>(0)
    })?;
    bodies.map(|body| event(&body?)).collect()
}

/// The events of all partitions after a position, in the order of commits.
pub(super) fn changes(
    file: &Connection,
    after: Option<&Position>,
    limit: usize,
) -> Result<Changes, Fault> {
    let mut at = after.map_or(Ok(0), lsn)?;
    let mut query =
        file.prepare_cached("SELECT lsn, body FROM events WHERE lsn > ?1 ORDER BY lsn LIMIT ?2")?;
    let rows = query.query_map(params![at, rows_max(limit)], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut events = Vec::new();
    for row in rows {
        let (lsn, body) = row?;
        events.push(event(&body)?);
        at = lsn;
    }
    if events.is_empty() {
        let last: Option<i64> =
            file.prepare_cached("SELECT max(lsn) FROM events")?.query_row([], |row| row.get(0))?;
        if at > last.unwrap_or(0) {
            return Err(Fault(format!(
                "position `{at}` lies after the last event: the file is older than the position"
            )));
        }
    }
    Ok(Changes { events, position: Position(at.to_string()) })
}

/// Looks whether the file answers.
pub(super) fn probe(file: &Connection) -> Result<(), Fault> {
    file.prepare_cached("SELECT 1 FROM items LIMIT 1")?.exists([])?;
    Ok(())
}

/// Columns partition, id, body and tag of an item.
pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<[String; 4]> {
    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
}

/// An item from its columns.
pub(super) fn stored([partition, id, body, etag]: [String; 4]) -> Result<Stored, Fault> {
    let body = serde_json::from_str(&body)
        .map_err(|fault| Fault(format!("item `{id}` of `{partition}` does not read: {fault}")))?;
    Ok(Stored { partition: Partition::kept(partition), id, body, etag: Etag(etag) })
}

/// A number of rows as SQLite counts.
pub(super) fn rows_max(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn event(body: &str) -> Result<Event, Fault> {
    serde_json::from_str(body).map_err(|fault| Fault(format!("an event does not read: {fault}")))
}

fn lsn(position: &Position) -> Result<i64, Fault> {
    let lsn = position.0.parse::<i64>().ok().filter(|lsn| *lsn >= 0);
    lsn.ok_or_else(|| Fault(format!("position `{}` is none of this store", position.0)))
}
