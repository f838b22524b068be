//! From items and events to documents, before the service hears of them.

use azure_data_cosmos::{
    CosmosError, TransactionalBatch,
    options::{BatchReplaceOptions, Precondition},
};
use poa_operations::ports::{
    measure::{self, Measured, Numbered},
    store::{Commit, Etag, HEAD, Item, Stored},
};
use poa_protocol::{event::Event, partition::Partition, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Kind of the documents that keep events.
const EVENT_KIND: &str = "event";

/// One document as it is written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Document {
    pub(super) id: String,
    /// The name of the partition.
    pub(super) pk: String,
    kind: String,
    /// Which attempt wrote it: an answer that got lost is found again by this.
    pub(super) stamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<i64>,
    /// Seconds after the write; without it a document stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
    /// Of an event: the numbers of the first and the last event of its commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<[u64; 2]>,
    body: Value,
}

/// One document as it is read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    pub(super) id: String,
    pk: String,
    pub(super) stamp: String,
    body: Value,
    #[serde(rename = "_etag")]
    etag: String,
}

impl Found {
    /// The tag of its last write.
    pub(super) fn etag(&self) -> Etag {
        Etag(self.etag.clone())
    }
}

impl From<Found> for Stored {
    fn from(found: Found) -> Self {
        Self {
            partition: Partition::kept(found.pk),
            id: found.id,
            body: found.body,
            etag: Etag(found.etag),
        }
    }
}

/// One document as the feed gives it. Only events have a span.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Fed {
    pub(super) pk: String,
    #[serde(default)]
    pub(super) span: Option<[u64; 2]>,
    #[serde(default)]
    pub(super) body: Value,
}

/// A commit that keeps every limit.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) partition: Partition,
    /// The stamp of this attempt.
    pub(super) stamp: String,
    /// The document that this commit creates and nobody writes over, where there is one.
    pub(super) proof: Option<String>,
    expected: Option<Etag>,
    head: Document,
    items: Vec<Document>,
    created: Vec<Document>,
}

impl Prepared {
    /// Measures a commit and makes its documents. The fault says which limit it breaks.
    pub(super) fn commit(commit: Commit, stamp: String, now: Timestamp) -> Result<Self, String> {
        let Measured { partition, expected, head, items, events, record } =
            measure::commit(commit)?;
        let maker = Maker { partition: &partition, stamp: &stamp, now };
        let head = maker.item(head.item);
        let items = items.into_iter().map(|item| maker.item(item.item)).collect();
        let mut created = maker.events(&events)?;
        created.extend(record.map(|record| maker.item(record.item)));
        let proof = created.first().map(|document| document.id.clone());
        Ok(Self { partition, stamp, proof, expected, head, items, created })
    }

    /// The batch: the head comes first.
    pub(super) fn batch(&self) -> Result<TransactionalBatch, CosmosError> {
        let mut batch = TransactionalBatch::new(self.partition.as_str().to_owned());
        batch = match &self.expected {
            None => batch.create_item(&self.head)?,
            Some(tag) => {
                let same = Precondition::if_match(tag.0.clone());
                let options = BatchReplaceOptions::default().with_precondition(same);
                batch.replace_item(HEAD, &self.head, Some(options))?
            }
        };
        for item in &self.items {
            batch = batch.upsert_item(item, None)?;
        }
        for document in &self.created {
            batch = batch.create_item(document)?;
        }
        Ok(batch)
    }
}

/// Measures a claim and makes its document.
pub(super) fn claim(
    partition: &Partition,
    item: Item,
    stamp: &str,
    now: Timestamp,
) -> Result<Document, String> {
    let item = measure::claim(partition, item)?.item;
    Ok(Maker { partition, stamp, now }.item(item))
}

/// Makes documents.
struct Maker<'a> {
    partition: &'a Partition,
    stamp: &'a str,
    now: Timestamp,
}

impl Maker<'_> {
    fn item(&self, item: Item) -> Document {
        let tags: BTreeSet<String> = item.tags.into_iter().collect();
        Document {
            owner: item.owner.map(|owner| owner.to_string()),
            tags: tags.into_iter().collect(),
            text: item.text,
            due: item.due.map(Timestamp::millis),
            ttl: item.forget_after.map(|until| self.ttl(until)),
            ..self.document(item.id, item.kind.0, item.body)
        }
    }

    fn events(&self, events: &[Numbered]) -> Result<Vec<Document>, String> {
        let span = events.first().zip(events.last());
        let span = span.map(|(first, last)| [first.number, last.number]);
        let document = |one: &Numbered| {
            let body = serde_json::to_value(&one.event).map_err(|fault| fault.to_string())?;
            let id = Event::item_id(one.number);
            Ok(Document { span, ..self.document(id, EVENT_KIND, body) })
        };
        events.iter().map(document).collect()
    }

    fn document(&self, id: String, kind: &str, body: Value) -> Document {
        Document {
            id,
            pk: self.partition.as_str().to_owned(),
            kind: kind.to_owned(),
            stamp: self.stamp.to_owned(),
            owner: None,
            tags: Vec::new(),
            text: None,
            due: None,
            ttl: None,
            span: None,
            body,
        }
    }

    /// The service counts from the write and takes whole seconds from 1 on: never earlier than
    /// asked.
    fn ttl(&self, until: Timestamp) -> i64 {
        let millis = until.millis().saturating_sub(self.now.millis());
        millis.div_euclid(1000).saturating_add(1).clamp(1, i64::from(i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Prepared, claim};
    use poa_operations::ports::store::{Commit, Etag, HEAD, Item, ItemKind};
    use poa_protocol::{
        event::{Event, NewEvent},
        ids::PartyId,
        partition::Partition,
        timestamp::Timestamp,
    };
    use serde_json::json;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }

    #[test]
    fn nothing_is_forgotten_before_its_time() {
        for (until, seconds) in
            [(0, 1), (1_000_000, 1), (1_000_999, 1), (1_001_000, 2), (4_000_500, 3_001)]
        {
            let mut item = Item::plain("key:1", ItemKind("key"), json!({}));
            item.forget_after = Some(Timestamp::from_millis(until));
            let document = claim(&Partition::system("a"), item, "stamp", now()).unwrap();
            assert_eq!(document.ttl, Some(seconds), "{until} ms");
        }
    }

    #[test]
    fn a_document_has_only_what_it_is_found_by() {
        let at = Partition::system("a");
        let plain = Item::plain("i", ItemKind("sample"), json!({ "deep": [1] }));
        let document = claim(&at, plain.clone(), "stamp", now()).unwrap();
        let expected = json!({
            "id": "i", "pk": "system/a", "kind": "sample", "stamp": "stamp",
            "body": { "deep": [1] },
        });
        assert_eq!(serde_json::to_value(&document).unwrap(), expected);
        let owner = PartyId::of_lei("p");
        let found = Item {
            owner: Some(owner.clone()),
            tags: vec!["b:2".to_owned(), "a:1".to_owned(), "b:2".to_owned()],
            text: Some("words".to_owned()),
            due: Some(now()),
            ..plain
        };
        let document = serde_json::to_value(claim(&at, found, "stamp", now()).unwrap()).unwrap();
        let mut all = expected;
        all["owner"] = json!(owner.as_str());
        all["tags"] = json!(["a:1", "b:2"]);
        all["text"] = json!("words");
        all["due"] = json!(now().millis());
        assert_eq!(document, all);
    }

    #[test]
    fn an_event_says_with_which_others_it_was_committed() {
        let at = Partition::system("a");
        let event = |number| {
            let new = NewEvent {
                event_type: "poa.sample.changed.v1",
                subject: "sample".to_owned(),
                data: json!({}),
                wake: None,
            };
            Event::number(new, &at, number, now(), None)
        };
        let commit = Commit {
            partition: at.clone(),
            expected: Some(Etag("\"1\"".to_owned())),
            head: Item::plain(HEAD, ItemKind("head"), json!({})),
            items: Vec::new(),
            events: vec![event(4), event(5)],
            record: None,
        };
        let prepared = Prepared::commit(commit, "stamp".to_owned(), now()).unwrap();
        assert_eq!(prepared.proof.as_deref(), Some("e:000000000004"));
        for (document, number) in prepared.created.iter().zip(4..) {
            assert_eq!(document.id, Event::item_id(number));
            assert_eq!((document.kind.as_str(), document.span), ("event", Some([4, 5])));
        }
    }
}
