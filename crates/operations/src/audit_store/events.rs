//! The events of a partition: numbered from 1 without gaps, as many as the head counts, all fed.

use super::Audited;
use crate::{commit::Opened, desk::Desk, failure::Failure};
use poa_protocol::{event::Event, limits, partition::Partition};

/// Every event of a partition, in order.
pub(super) async fn all(desk: &Desk, partition: &Partition) -> Result<Vec<Event>, Failure> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(Ok(0), |event| event.sequence.parse::<u64>());
        let after = after.map_err(Failure::broken)?;
        let page = desk.store.events(partition, after, limits::PAGE_MAX).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// INVARIANT: sequence numbers have no gaps, and every event is in the feed.
pub(super) fn check(opened: &Opened, events: &[Event], fed: u64, audited: &mut Audited) {
    audited.counts.events = events.len();
    let mut last = 0_u64;
    for event in events {
        last = last.saturating_add(1);
        let id = format!("{}/{last}", opened.partition);
        audited.demand(event.id == id && event.sequence == last.to_string(), || {
            format!("event {last} calls itself `{}` with number {}", event.id, event.sequence)
        });
        audited.demand(event.partitionkey == opened.partition.as_str(), || {
            format!("event {last} belongs to `{}`", event.partitionkey)
        });
    }
    audited.demand(last == opened.sequence, || {
        format!("the head counts {} events and {last} are there", opened.sequence)
    });
    audited.demand(fed <= last, || format!("the feed has {fed} events and {last} are there"));
}
