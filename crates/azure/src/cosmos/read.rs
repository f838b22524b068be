//! Reads of items and events, and lists.

use crate::cosmos::{
    connection::{Connection, count_failed, latest},
    document::Found,
    fault::Fault,
    spent,
};
use azure_data_cosmos::{
    ContainerClient, FeedScope, Query,
    options::{ItemReadOptions, MaxItemCountHint, QueryOptions},
};
use futures_util::StreamExt;
use poa_operations::ports::{
    measure::EVENT_NUMBER_MAX,
    store::{HEAD, ItemKind, Page, Search, Stored},
};
use poa_protocol::{event::Event, limits, partition::Partition, timestamp::Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeSet;

/// How often items of one moment are looked for while others write.
const MOMENTS_MAX: usize = 3;

/// Items of one partition by id, in the order asked.
pub(super) async fn items(
    connection: &Connection,
    partition: &Partition,
    ids: &[&str],
) -> Result<Vec<Option<Stored>>, Fault> {
    let found = match ids {
        [] => return Ok(Vec::new()),
        [id] => item(connection, partition, id).await?.into_iter().collect(),
        _ => found(connection, partition, ids).await?,
    };
    let of = |id: &&str| found.iter().find(|one| one.id == **id).cloned().map(Stored::from);
    Ok(ids.iter().map(of).collect())
}

/// One document by a point read, the cheapest operation that there is.
pub(super) async fn item(
    connection: &Connection,
    partition: &Partition,
    id: &str,
) -> Result<Option<Found>, Fault> {
    let container = connection.container().await?;
    let options = ItemReadOptions::default().with_operation_options(latest());
    let pk = partition.as_str().to_owned();
    match Box::pin(container.read_item(pk, id, Some(options))).await.inspect_err(count_failed) {
        Ok(response) => {
            spent::count(&response.diagnostics());
            Ok(Some(response.into_model()?))
        }
        Err(error) if error.status().is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Documents by one query of one partition, all of one moment where the head is among them.
pub(super) async fn found(
    connection: &Connection,
    partition: &Partition,
    ids: &[&str],
) -> Result<Vec<Found>, Fault> {
    let ids: BTreeSet<&&str> = ids.iter().collect();
    for _ in 0..MOMENTS_MAX {
        let mut question = Question::new("SELECT * FROM c WHERE c.id IN (");
        for (at, id) in ids.iter().enumerate() {
            question.add(if at == 0 { "" } else { ", " }, "", id)?;
        }
        question.text(")");
        let scope = FeedScope::partition(partition.as_str().to_owned());
        let answer = question.ask::<Found>(connection, scope, true).await?;
        // One page is of one moment. Where there are more, nobody may have written meanwhile.
        if answer.pages <= 1 || !ids.contains(&HEAD) {
            return Ok(answer.found);
        }
        let before = answer.found.iter().find(|found| found.id == HEAD).map(Found::etag);
        let after = item(connection, partition, HEAD).await?.map(|head| head.etag());
        if before == after {
            return Ok(answer.found);
        }
    }
    Err(Fault::Unavailable(format!("`{partition}` is written faster than it can be read")))
}

/// The events of one partition with numbers above the first and up to the second.
pub(super) async fn events(
    connection: &Connection,
    partition: &Partition,
    (after, to): (u64, u64),
    limit: usize,
) -> Result<Vec<Event>, Fault> {
    if after >= EVENT_NUMBER_MAX || limit == 0 {
        return Ok(Vec::new());
    }
    let mut question = Question::new(&format!("SELECT TOP {limit} c.body FROM c WHERE c.id > "));
    question.add("", "", Event::item_id(after))?;
    question.add(" AND c.id <= ", "", Event::item_id(to.min(EVENT_NUMBER_MAX)))?;
    question.text(" ORDER BY c.id");
    let scope = FeedScope::partition(partition.as_str().to_owned());
    let answer = question.ask::<Kept>(connection, scope, true).await?;
    Ok(answer.found.into_iter().map(|kept| kept.body).collect())
}

#[derive(Debug, Deserialize)]
struct Kept {
    body: Event,
}

/// One page of a list.
pub(super) async fn page(connection: &Connection, search: &Search) -> Result<Page, Fault> {
    let limit = search.limit.clamp(1, limits::PAGE_MAX);
    // One more than asked for tells whether there is a next page.
    let top = limit.saturating_add(1);
    let mut question = Question::new(&format!("SELECT TOP {top} * FROM c WHERE c.kind = "));
    question.add("", "", search.kind.0)?;
    if let Some(after) = &search.after {
        question.add(" AND c.id > ", "", after)?;
    }
    if let Some(owner) = &search.owner {
        question.add(" AND c.owner = ", "", owner.as_str())?;
    }
    for tag in &search.tags {
        question.add(" AND ARRAY_CONTAINS(c.tags, ", ")", tag)?;
    }
    if let Some(text) = &search.text {
        question.add(" AND CONTAINS(c.text, ", ")", text.to_lowercase())?;
    }
    question.text(" ORDER BY c.id");
    let scope = match &search.partition {
        Some(partition) => FeedScope::partition(partition.as_str().to_owned()),
        None => FeedScope::full_container(),
    };
    let mut found = question.ask::<Found>(connection, scope, true).await?.found;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Page { items: found.into_iter().map(Stored::from).collect(), next })
}

/// Items that are due, the earliest first. The next tick asks again: the latest need not be among
/// them.
pub(super) async fn due(
    connection: &Connection,
    kind: ItemKind,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Stored>, Fault> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut question = Question::new(&format!("SELECT TOP {limit} * FROM c WHERE c.kind = "));
    question.add("", "", kind.0)?;
    question.add(" AND c.due <= ", "", now.millis())?;
    question.text(" ORDER BY c.due");
    let answer = question.ask::<Found>(connection, FeedScope::full_container(), false).await?;
    Ok(answer.found.into_iter().map(Stored::from).collect())
}

/// A query in the making: what callers say goes into parameters only.
struct Question {
    text: String,
    parameters: Vec<serde_json::Value>,
}

/// What a query found, and in how many pages.
struct Answer<T> {
    found: Vec<T>,
    pages: usize,
}

impl Question {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), parameters: Vec::new() }
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a parameter between two texts.
    fn add(
        &mut self,
        before: &str,
        after: &str,
        value: impl serde::Serialize,
    ) -> Result<(), Fault> {
        let value = serde_json::to_value(value)
            .map_err(|fault| Fault::Unavailable(format!("a query: {fault}")))?;
        let at = self.parameters.len();
        self.text.extend([before, &format!("@p{at}"), after]);
        self.parameters.push(value);
        Ok(())
    }

    async fn ask<T: DeserializeOwned + Send + 'static>(
        self,
        connection: &Connection,
        scope: FeedScope,
        fresh: bool,
    ) -> Result<Answer<T>, Fault> {
        let container = connection.container().await?;
        let mut query = Query::from(self.text);
        for (at, value) in self.parameters.into_iter().enumerate() {
            query = query.with_parameter(format!("@p{at}"), value)?;
        }
        let mut options =
            QueryOptions::default().with_max_item_count(MaxItemCountHint::ServerDecides);
        if fresh {
            options = options.with_operation_options(latest());
        }
        run(container, query, scope, options).await
    }
}

async fn run<T: DeserializeOwned + Send + 'static>(
    container: &ContainerClient,
    query: Query,
    scope: FeedScope,
    options: QueryOptions,
) -> Result<Answer<T>, Fault> {
    let asked = Box::pin(container.query_items::<T>(query, scope, Some(options))).await;
    let mut pages = Box::pin(asked.inspect_err(count_failed)?.into_pages());
    let mut answer = Answer { found: Vec::new(), pages: 0 };
    while let Some(page) = pages.next().await {
        let page = page.inspect_err(count_failed)?;
        spent::count(&page.diagnostics());
        answer.pages = answer.pages.saturating_add(1);
        answer.found.extend(page.into_items());
    }
    Ok(answer)
}
