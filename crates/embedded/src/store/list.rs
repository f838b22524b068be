//! Lists: pages in the order of ids, and what is due.

use crate::{
    sqlite::Fault,
    store::{
        page_limit,
        read::{raw, rows_max, stored},
    },
};
use poa_operations::ports::store::{ItemKind, Page, Search, Stored};
use poa_protocol::timestamp::Timestamp;
use rusqlite::{Connection, params, params_from_iter, types::Value};

/// One page.
pub(super) fn page(file: &Connection, search: &Search) -> Result<Page, Fault> {
    let limit = page_limit(search.limit);
    let mut query = Query::of(search);
    // One more than asked for tells whether there is a next page.
    query.values.push(Value::Integer(rows_max(limit.saturating_add(1))));
    let mut statement = file.prepare_cached(&query.text)?;
    let rows = statement.query_map(params_from_iter(query.values), raw)?;
    let mut items = rows.map(|row| stored(row?)).collect::<Result<Vec<Stored>, Fault>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Page { items, next })
}

/// Items that are due, the earliest first.
pub(super) fn due(
    file: &Connection,
    kind: ItemKind,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Stored>, Fault> {
    let mut query = file.prepare_cached(
        "SELECT partition, id, body, etag FROM items
         WHERE kind = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3",
    )?;
    let rows = query.query_map(params![kind.0, now.millis(), rows_max(limit)], raw)?;
    rows.map(|row| stored(row?)).collect()
}

/// The statement of one shape of search, and its values in order.
#[derive(Debug)]
struct Query {
    text: String,
    values: Vec<Value>,
}

impl Query {
    fn of(search: &Search) -> Self {
        let mut query = Self {
            text: "SELECT i.partition, i.id, i.body, i.etag FROM ".to_owned(),
            values: Vec::new(),
        };
        let after = search.after.clone().unwrap_or_default();
        let mut tags = search.tags.iter();
        // The narrowest index walks the list in its order: a partition's, then a tag's, then an
        // owner's or a kind's.
        match (&search.partition, tags.clone().next()) {
            (Some(partition), _) => {
                query.add("items i INDEXED BY items_at WHERE i.partition = ?", partition.as_str());
                query.add(" AND i.id > ?", after);
                query.add(" AND i.kind = ?", search.kind.0);
            }
            (None, Some(tag)) => {
                tags.next();
                query.add("tags d CROSS JOIN items i ON i.row = d.item WHERE d.tag = ?", &**tag);
                query.add(" AND d.id > ?", after);
                query.add(" AND d.kind = ?", search.kind.0);
            }
            (None, None) => {
                query.add("items i WHERE i.kind = ?", search.kind.0);
                query.add(" AND i.id > ?", after);
            }
        }
        if let Some(owner) = &search.owner {
            query.add(" AND i.owner = ?", owner.as_str());
        }
        for tag in tags {
            let there = " AND EXISTS (SELECT 1 FROM tags t WHERE t.item = i.row AND t.tag = ?)";
            query.add(there, &**tag);
        }
        if let Some(text) = &search.text {
            query.add(" AND instr(i.text, ?) > 0", text.to_lowercase());
        }
        let by_tag = search.partition.is_none() && !search.tags.is_empty();
        query.text.push_str(if by_tag {
            " ORDER BY d.id LIMIT ?"
        } else {
            " ORDER BY i.id LIMIT ?"
        });
        query
    }

    fn add(&mut self, text: &str, value: impl Into<String>) {
        self.text.push_str(text);
        self.values.push(Value::Text(value.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::store::schema::LAYOUT;
    use poa_operations::ports::store::{ItemKind, Search};
    use poa_protocol::{ids::PartyId, partition::Partition};
    use rusqlite::{Connection, params_from_iter, types::Value};

    fn plan(search: &Search) -> String {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(LAYOUT.schema).unwrap();
        let mut query = Query::of(search);
        query.values.push(Value::Integer(51));
        let mut statement = file.prepare(&format!("EXPLAIN QUERY PLAN {}", query.text)).unwrap();
        let steps = statement
            .query_map(params_from_iter(query.values), |row| row.get::<_, String>(3))
            .unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    #[test]
    fn every_shape_of_list_walks_an_index_in_order() {
        let tag = || vec!["state:new".to_owned(), "side:supplier".to_owned()];
        let (owner, place) = (Some(PartyId::of_lei("p")), Some(Partition::system("p")));
        let all = Search {
            kind: ItemKind("sample"),
            partition: None,
            owner: None,
            tags: Vec::new(),
            text: None,
            after: Some("a".to_owned()),
            limit: 50,
        };
        let shapes = [
            (all.clone(), "items_of_kind (kind=? AND id>?)"),
            (Search { owner: owner.clone(), ..all.clone() }, "items_of_owner (kind=? AND owner=?"),
            (Search { tags: tag(), ..all.clone() }, "PRIMARY KEY (kind=? AND tag=? AND id>?)"),
            (
                Search { owner, tags: tag(), ..all.clone() },
                "PRIMARY KEY (kind=? AND tag=? AND id>?)",
            ),
            (Search { partition: place, tags: tag(), ..all }, "items_at (partition=? AND id>?)"),
        ];
        for (search, index) in shapes {
            let plan = plan(&search);
            assert!(plan.contains(index), "{search:?}:\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "nothing is sorted: {plan}");
        }
    }
}
