//! The tables of the store.

use crate::sqlite::Layout;

/// Version 1.
///
/// `events.lsn` is given out under the write lock, so that its order is the order of commits.
/// `tags` repeats kind and id of its item, so that one index walks a list in order.
pub(super) const LAYOUT: Layout = Layout {
    what: "store",
    version: 1,
    schema: "
        CREATE TABLE items (
            row INTEGER PRIMARY KEY,
            partition TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            etag TEXT NOT NULL,
            owner TEXT,
            tags TEXT NOT NULL,
            text TEXT,
            due INTEGER,
            forget_after INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX items_at ON items (partition, id);
        CREATE INDEX items_of_kind ON items (kind, id);
        CREATE INDEX items_of_owner ON items (kind, owner, id) WHERE owner IS NOT NULL;
        CREATE INDEX items_due ON items (kind, due, id) WHERE due IS NOT NULL;
        CREATE INDEX items_to_forget ON items (forget_after) WHERE forget_after IS NOT NULL;
        CREATE TABLE tags (
            kind TEXT NOT NULL,
            tag TEXT NOT NULL,
            id TEXT NOT NULL,
            item INTEGER NOT NULL,
            PRIMARY KEY (kind, tag, id, item)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tags_of_item ON tags (item, tag);
        CREATE TABLE events (
            lsn INTEGER PRIMARY KEY AUTOINCREMENT,
            partition TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (partition, sequence)
        ) STRICT;
    ",
};
