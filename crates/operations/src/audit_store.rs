//! Checks the whole store again, as an auditor would: nothing is taken from what the program
//! believes, everything is told anew from the events.
//!
//! What is checked: the events of every partition are numbered from 1 without gaps, and the feed of
//! all partitions carries every one of them; the entries of every smart asset balance, and replayed
//! from zero they give exactly the accounts, transfers, locks, redemptions and totals that are
//! kept;
//! a tokenization issues once; the live value of a thing stays within its proven value; idempotency
//! records point at what exists.

mod events;
mod ledger;
mod records;
mod things;

use crate::{
    commit::{Opened, open, read_body},
    desk::Desk,
    failure::Failure,
    ports::store::{ItemKind, Position, Search},
};
use poa_protocol::{event::Event, limits, partition::Partition, request::RequestRefusal};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

/// Faults that a report names; the others are counted.
const NAMED_FAULTS_MAX: usize = 1000;

/// Checks every partition that has events.
///
/// The store may be in use meanwhile: each partition is checked as it is at one moment.
pub async fn audit_store(desk: &Desk) -> Result<AuditReport, Failure> {
    let mut report = AuditReport::default();
    let mut feed = Feed::default();
    feed.walk(desk, &mut report).await?;
    let mut counted = BTreeMap::new();
    for (partition, last) in feed.last.clone() {
        let audited = audit_partition(desk, &partition, last).await?;
        counted.insert(partition.clone(), audited.counts.events);
        report.add(&partition, audited);
    }
    // What was written meanwhile must have come into the feed too, which may be a moment behind.
    for _ in 0..limits::RACES_MAX {
        feed.walk(desk, &mut report).await?;
        if counted.iter().all(|(partition, events)| feed.reached(partition) >= *events) {
            break;
        }
    }
    for (partition, events) in counted {
        let reached = feed.reached(&partition);
        if reached < events {
            report.fault(&partition, format!("{events} events are there, {reached} are fed"));
        }
    }
    Ok(report)
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditReport {
    /// Partitions that have events.
    pub partitions: u64,
    /// Events in them.
    pub events: u64,
    /// Events that carry ledger entries.
    pub entries: u64,
    /// Smart assets.
    pub smart_assets: u64,
    /// Accounts.
    pub accounts: u64,
    /// Transfers, locks and redemptions.
    pub movements: u64,
    /// Idempotency records.
    pub records: u64,
    /// How many faults were found.
    pub fault_count: u64,
    /// The first 1,000 of them.
    pub faults: Vec<AuditFault>,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditFault {
    /// In which partition.
    pub partition: String,
    /// What does not hold.
    pub what: String,
}

impl AuditReport {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.fault_count == 0
    }

    fn add(&mut self, partition: &Partition, audited: Audited) {
        let Audited { counts, faults } = audited;
        for (total, count) in [
            (&mut self.partitions, 1),
            (&mut self.events, counts.events),
            (&mut self.entries, counts.entries),
            (&mut self.smart_assets, counts.smart_assets),
            (&mut self.accounts, counts.accounts),
            (&mut self.movements, counts.movements),
            (&mut self.records, counts.records),
        ] {
            *total = total.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        for what in faults {
            self.fault(partition, what);
        }
    }

    fn fault(&mut self, partition: &Partition, what: String) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < NAMED_FAULTS_MAX {
            self.faults.push(AuditFault { partition: partition.to_string(), what });
        }
    }
}

/// What the audit of one partition found.
#[derive(Debug, Default)]
struct Audited {
    counts: Counts,
    faults: Vec<String>,
}

#[derive(Debug, Default)]
struct Counts {
    events: usize,
    entries: usize,
    smart_assets: usize,
    accounts: usize,
    movements: usize,
    records: usize,
}

impl Audited {
    /// Notes a fault unless the condition holds.
    fn demand(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(what());
        }
    }
}

/// How far the feed was read: the number of the last event of every partition. Within a partition
/// the feed keeps the order and leaves nothing out.
#[derive(Debug, Default)]
struct Feed {
    position: Option<Position>,
    last: BTreeMap<Partition, u64>,
}

impl Feed {
    /// How many events of a partition it has given.
    fn reached(&self, partition: &Partition) -> usize {
        let last = self.last.get(partition).copied().unwrap_or_default();
        usize::try_from(last).unwrap_or(usize::MAX)
    }

    async fn walk(&mut self, desk: &Desk, report: &mut AuditReport) -> Result<(), Failure> {
        loop {
            let changes = desk.store.changes(self.position.as_ref(), limits::PAGE_MAX).await?;
            if changes.events.is_empty() {
                return Ok(());
            }
            for event in changes.events {
                let partition = Partition::kept(event.partitionkey.clone());
                let last = self.last.entry(partition.clone()).or_default();
                let next = last.saturating_add(1);
                if event.sequence != next.to_string() {
                    let what = format!("the feed has event {} after {last}", event.sequence);
                    report.fault(&partition, what);
                }
                *last = event.sequence.parse().unwrap_or(next);
            }
            self.position = Some(changes.position);
        }
    }
}

/// Audits a partition as it is at one moment: where its head has moved meanwhile, again.
async fn audit_partition(desk: &Desk, partition: &Partition, fed: u64) -> Result<Audited, Failure> {
    for _ in 0..limits::RACES_MAX {
        let opened = open(desk, partition).await?;
        let events = events::all(desk, partition).await?;
        let audited = audit_moment(desk, &opened, &events, fed).await?;
        if open(desk, partition).await?.sequence == opened.sequence {
            return Ok(audited);
        }
    }
    Err(RequestRefusal::Raced.into())
}

async fn audit_moment(
    desk: &Desk,
    opened: &Opened,
    events: &[Event],
    fed: u64,
) -> Result<Audited, Failure> {
    let mut audited = Audited::default();
    events::check(opened, events, fed, &mut audited);
    if opened.partition.as_str().starts_with("thing/") {
        let books = ledger::check(desk, opened, events, &mut audited).await?;
        things::check(opened, &books, &mut audited)?;
    }
    records::check(desk, opened, &mut audited).await?;
    Ok(audited)
}

/// Every item of a kind in a partition.
async fn items<T: DeserializeOwned>(
    desk: &Desk,
    partition: &Partition,
    kind: ItemKind,
) -> Result<Vec<T>, Failure> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let search = Search {
            kind,
            partition: Some(partition.clone()),
            owner: None,
            tags: Vec::new(),
            text: None,
            after,
            limit: limits::PAGE_MAX,
        };
        let page = desk.store.list(&search).await?;
        for stored in page.items {
            found.push(read_body(stored)?);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}
