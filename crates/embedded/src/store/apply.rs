//! One job inside the open transaction: look whether it holds, then write it whole.

use crate::{
    sqlite::Fault,
    store::{
        prepare::{EventRow, FoundBy, Prepared, Row, When},
        read,
        writer::Outcome,
    },
};
use poa_operations::ports::store::HEAD;
use poa_protocol::{partition::Partition, timestamp::Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Writes a commit or a claim, or says why not.
pub(super) fn write(
    file: &Connection,
    prepared: &Prepared,
    etag: String,
) -> Result<Outcome, Fault> {
    let Prepared { partition, when, rows, events } = prepared;
    // INVARIANT: everything is looked at before anything is written, so a job that loses its race
    // leaves no trace in the transaction of its group.
    match when {
        When::Head { expected, record } => {
            if !head_is(file, partition, expected.as_deref())?
                || !is_free(file, partition, record.as_deref())?
                || !numbers_are_free(file, partition, events)?
            {
                return Ok(Outcome::Raced);
            }
        }
        When::Absent => {
            for row in rows {
                if let Some(held) = read::item(file, partition, &row.id)? {
                    return Ok(Outcome::Held(held));
                }
            }
        }
    }
    for row in rows {
        put(file, partition, row, &etag)?;
    }
    for event in events {
        append(file, partition, event)?;
    }
    Ok(Outcome::Written(etag))
}

/// Forgets some items whose time was over before `now`; returns how many.
pub(super) fn forget(file: &Connection, now: Timestamp, at_most: u64) -> Result<u64, Fault> {
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut rows = file
        .prepare_cached("SELECT row FROM items WHERE forget_after < ?1 LIMIT ?2")?
        .query_map(params![now.millis(), limit], |row| row.get::<_, i64>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    rows.sort_unstable();
    let mut forgotten: u64 = 0;
    for row in rows {
        file.prepare_cached("DELETE FROM tags WHERE item = ?1")?.execute([row])?;
        file.prepare_cached("DELETE FROM items WHERE row = ?1")?.execute([row])?;
        forgotten = forgotten.saturating_add(1);
    }
    Ok(forgotten)
}

fn head_is(
    file: &Connection,
    partition: &Partition,
    expected: Option<&str>,
) -> Result<bool, Fault> {
    let etag: Option<String> = file
        .prepare_cached("SELECT etag FROM items WHERE partition = ?1 AND id = ?2")?
        .query_row([partition.as_str(), HEAD], |row| row.get(0))
        .optional()?;
    Ok(etag.as_deref() == expected)
}

fn is_free(file: &Connection, partition: &Partition, id: Option<&str>) -> Result<bool, Fault> {
    let Some(id) = id else { return Ok(true) };
    let taken = file
        .prepare_cached("SELECT 1 FROM items WHERE partition = ?1 AND id = ?2")?
        .exists([partition.as_str(), id])?;
    Ok(!taken)
}

fn numbers_are_free(
    file: &Connection,
    partition: &Partition,
    events: &[EventRow],
) -> Result<bool, Fault> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(true) };
    let taken = file
        .prepare_cached("SELECT 1 FROM events WHERE partition = ?1 AND sequence BETWEEN ?2 AND ?3")?
        .exists(params![partition.as_str(), first.sequence, last.sequence])?;
    Ok(!taken)
}

fn append(file: &Connection, partition: &Partition, event: &EventRow) -> Result<(), Fault> {
    file.prepare_cached("INSERT INTO events (partition, sequence, body) VALUES (?1, ?2, ?3)")?
        .execute(params![partition.as_str(), event.sequence, event.body])?;
    Ok(())
}

fn put(file: &Connection, partition: &Partition, row: &Row, etag: &str) -> Result<(), Fault> {
    let there = file
        .prepare_cached(
            "SELECT row, kind, owner, tags, text, due, forget_after FROM items
             WHERE partition = ?1 AND id = ?2",
        )?
        .query_row([partition.as_str(), &row.id], |there| {
            let found_by = FoundBy {
                kind: there.get(1)?,
                owner: there.get(2)?,
                tags: there.get(3)?,
                text: there.get(4)?,
                due: there.get(5)?,
                forget_after: there.get(6)?,
            };
            Ok((there.get::<_, i64>(0)?, found_by))
        })
        .optional()?;
    match there {
        None => insert(file, partition, row, etag),
        // Most writes change only the body: then no index is touched.
        Some((at, found_by)) if found_by == row.found_by => {
            file.prepare_cached("UPDATE items SET body = ?2, etag = ?3 WHERE row = ?1")?
                .execute(params![at, row.body, etag])?;
            Ok(())
        }
        Some((at, _)) => replace(file, at, row, etag),
    }
}

fn insert(file: &Connection, partition: &Partition, row: &Row, etag: &str) -> Result<(), Fault> {
    let found_by = &row.found_by;
    file.prepare_cached(
        "INSERT INTO items
             (partition, id, kind, body, etag, owner, tags, text, due, forget_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        partition.as_str(),
        row.id,
        found_by.kind,
        row.body,
        etag,
        found_by.owner,
        found_by.tags,
        found_by.text,
        found_by.due,
        found_by.forget_after,
    ])?;
    add_tags(file, file.last_insert_rowid(), row)
}

fn replace(file: &Connection, at: i64, row: &Row, etag: &str) -> Result<(), Fault> {
    let found_by = &row.found_by;
    file.prepare_cached(
        "UPDATE items SET kind = ?2, body = ?3, etag = ?4, owner = ?5, tags = ?6, text = ?7,
             due = ?8, forget_after = ?9
         WHERE row = ?1",
    )?
    .execute(params![
        at,
        found_by.kind,
        row.body,
        etag,
        found_by.owner,
        found_by.tags,
        found_by.text,
        found_by.due,
        found_by.forget_after,
    ])?;
    file.prepare_cached("DELETE FROM tags WHERE item = ?1")?.execute([at])?;
    add_tags(file, at, row)
}

fn add_tags(file: &Connection, at: i64, row: &Row) -> Result<(), Fault> {
    let Row { id, found_by: FoundBy { kind, tags, .. }, .. } = row;
    if tags != "[]" {
        file.prepare_cached(
            "INSERT INTO tags (kind, tag, id, item)
             SELECT ?1, value, ?2, ?3 FROM json_each(?4)",
        )?
        .execute(params![kind, id, at, tags])?;
    }
    Ok(())
}
