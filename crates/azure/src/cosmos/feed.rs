//! The feed of all events: the change feed of the container, pulled.
//!
//! The change feed gives documents in the order of writes within each range of partitions. A
//! commit is given whole, in the order of its numbers, where its first event comes by; its other
//! events are passed over. So it does not matter where a page ends, nor in which order the feed
//! lists the documents of one batch.

use crate::cosmos::{
    connection::{Connection, count_failed},
    document::Fed,
    fault::Fault,
    read, spent,
};
use azure_data_cosmos::{
    FeedScope,
    feed::ContinuationToken,
    options::{ChangeFeedOptions, ChangeFeedStartFrom, MaxItemCountHint},
};
use futures_util::StreamExt;
use poa_operations::ports::store::{Changes, Position, followers};
use poa_protocol::{event::Event, partition::Partition};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroU32,
};

/// A place in the feed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Where the change feed goes on; none is its beginning.
    token: Option<String>,
    /// How many ranges the container has.
    ranges: usize,
    /// How many places of ranges the token has at most.
    places: usize,
    /// What the change feed has given and this feed has not yet.
    rest: VecDeque<Run>,
}

/// Events of one partition without gaps.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    partition: String,
    first: u64,
    last: u64,
}

/// Events that came with the change feed, by partition and number.
type AtHand = BTreeMap<(String, u64), Event>;

/// The events after a position; none only where the feed is at its end. One copy is asked: what it
/// does not have yet comes with a later page.
pub(super) async fn changes(
    connection: &Connection,
    after: Option<&Position>,
    limit: usize,
) -> Result<Changes, Fault> {
    let mut place = after.map_or_else(|| Ok(Place::default()), Place::parse)?;
    let mut at_hand = AtHand::new();
    while place.rest.is_empty() {
        if !place.pull(connection, limit, &mut at_hand).await? {
            break;
        }
    }
    let events = place.give(connection, limit, at_hand).await?;
    Ok(Changes { events, position: place.position()? })
}

impl Place {
    fn parse(position: &Position) -> Result<Self, Fault> {
        serde_json::from_str(&position.0).map_err(|fault| {
            Fault::Unavailable(format!("position `{}` is none of this store: {fault}", position.0))
        })
    }

    fn position(&self) -> Result<Position, Fault> {
        let text = serde_json::to_string(self);
        text.map(Position).map_err(|fault| Fault::Unavailable(format!("a position: {fault}")))
    }

    /// Pulls one page of every range; `false` where there is nothing more.
    ///
    /// A follower's own note of its position passes through the change feed too. A page with
    /// nothing else, and room for more, is as good as an empty one: without this whoever has
    /// nothing to do would ask every range twice.
    async fn pull(
        &mut self,
        connection: &Connection,
        limit: usize,
        at_hand: &mut AtHand,
    ) -> Result<bool, Fault> {
        let container = connection.within(connection.container()).await?;
        let ranges =
            connection.within(async { Ok(container.read_feed_ranges(None).await?) }).await?;
        self.count(ranges.len());
        let items = u32::try_from(limit.checked_div(self.places).unwrap_or(1)).unwrap_or(u32::MAX);
        let items = NonZeroU32::new(items).unwrap_or(NonZeroU32::MIN);
        let most = usize::try_from(items.get()).unwrap_or(usize::MAX);
        let mut options =
            ChangeFeedOptions::default().with_max_item_count(MaxItemCountHint::Limit(items));
        if let Some(token) = self.token.take() {
            options = options.with_continuation_token(ContinuationToken::from_string(token));
        }
        let (scope, start) = (FeedScope::full_container(), ChangeFeedStartFrom::Beginning);
        let asked = container.query_change_feed::<Fed>(scope, start, Some(options));
        let mut pages = connection.within(async { Ok(Box::pin(asked).await?) }).await?;
        let (own, mut any) = (followers(), false);
        // The change feed takes the ranges in turn.
        for _ in 0..self.places {
            let next = async { Ok(pages.next().await.transpose().inspect_err(count_failed)?) };
            let Some(page) = connection.within(next).await? else { break };
            spent::count(&page.diagnostics());
            let full = page.items().len() >= most;
            for change in page.items().iter().filter_map(|item| item.current()) {
                any = any || full || change.pk != own.as_str();
                self.meet(change, at_hand)?;
            }
        }
        self.token = Some(pages.to_continuation_token()?.as_str().to_owned());
        Ok(any)
    }

    /// INVARIANT: a turn asks every place that the token has. A range that splits makes one place
    /// more; ranges that merge keep theirs.
    fn count(&mut self, ranges: usize) {
        let more = ranges.saturating_sub(self.ranges);
        self.places = self.places.saturating_add(more).max(1);
        self.ranges = ranges;
    }

    /// Takes what one document of the change feed says.
    fn meet(&mut self, change: &Fed, at_hand: &mut AtHand) -> Result<(), Fault> {
        let Some([first, last]) = change.span else { return Ok(()) };
        let event: Event = serde_json::from_value(change.body.clone()).map_err(|fault| {
            Fault::Unavailable(format!("an event of `{}` does not read: {fault}", change.pk))
        })?;
        let number = event.sequence.parse::<u64>().unwrap_or_default();
        at_hand.insert((change.pk.clone(), number), event);
        if number == first {
            self.rest.push_back(Run { partition: change.pk.clone(), first, last });
        }
        Ok(())
    }

    /// Gives what waits, at most so many.
    async fn give(
        &mut self,
        connection: &Connection,
        limit: usize,
        mut at_hand: AtHand,
    ) -> Result<Vec<Event>, Fault> {
        let mut events: Vec<Event> = Vec::new();
        while let Some(mut run) = self.rest.pop_front() {
            let room = limit.max(1).saturating_sub(events.len());
            let room = u64::try_from(room).unwrap_or(u64::MAX);
            if room == 0 {
                self.rest.push_front(run);
                break;
            }
            let to = run.last.min(run.first.saturating_add(room.saturating_sub(1)));
            events.extend(run.events(connection, to, &mut at_hand).await?);
            run.first = to.saturating_add(1);
            if run.first <= run.last {
                self.rest.push_front(run);
            }
        }
        Ok(events)
    }
}

impl Run {
    /// Its events up to a number: from the hand, or read again where one is not there.
    async fn events(
        &self,
        connection: &Connection,
        to: u64,
        at_hand: &mut AtHand,
    ) -> Result<Vec<Event>, Fault> {
        let numbers = self.first..=to;
        let there = numbers.clone().map(|number| at_hand.remove(&(self.partition.clone(), number)));
        if let Some(events) = there.collect::<Option<Vec<Event>>>() {
            return Ok(events);
        }
        let partition = Partition::kept(self.partition.clone());
        let count = numbers.count();
        let span = (self.first.saturating_sub(1), to);
        let read = read::events(connection, &partition, span, count);
        let events = connection.within(read).await?;
        if events.len() == count {
            Ok(events)
        } else {
            let (first, found) = (self.first, events.len());
            Err(Fault::Unavailable(format!(
                "of events {first} to {to} of `{partition}` only {found} are there"
            )))
        }
    }
}
