//! Processes that are killed while they write: nothing acknowledged is lost, no number is missing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use poa_embedded::Embedded;
use poa_operations::ports::{
    bus::{Bus, Message},
    store::{Commit, CommitFault, Etag, HEAD, Item, ItemKind, Store},
};
use poa_protocol::{
    event::{Event, NewEvent, Wing},
    partition::Partition,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

const KILLS: u32 = 24;
const WRITERS: usize = 4;
const KIND: ItemKind = ItemKind("sample");
/// The child looks for this file, so that it does nothing when it is started by hand.
const MARK: &str = "crash-test";
const CHILD: &str = "a_child_that_writes_until_it_is_killed";

fn at() -> Partition {
    Partition::system("crash")
}

/// The tag of the head and its number.
async fn head(store: &dyn Store) -> (Option<Etag>, u64) {
    match store.read(&at(), &[HEAD]).await.unwrap().pop().unwrap() {
        None => (None, 0),
        Some(head) => (Some(head.etag), head.body.as_u64().unwrap()),
    }
}

/// Commits one event, and publishes that; says each as soon as it is acknowledged.
async fn write_one(embedded: &Embedded) {
    let nonce = embedded.ids.salt();
    let (expected, last) = head(&*embedded.store).await;
    let sequence = last.saturating_add(1);
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: "sample".to_owned(),
        data: json!(nonce),
        wake: None,
    };
    let commit = Commit {
        partition: at(),
        expected,
        head: Item::plain(HEAD, KIND, json!(sequence)),
        items: vec![Item::plain(format!("item-{sequence}"), KIND, json!(nonce))],
        events: vec![Event::number(new, &at(), sequence, embedded.clock.now(), None)],
        record: None,
    };
    match embedded.store.commit(commit).await {
        Ok(_) => say(&format!("acked {sequence} {nonce}")),
        Err(fault) => {
            assert!(matches!(fault, CommitFault::Raced), "{fault:?}");
            return;
        }
    }
    let message = Message {
        message_id: sequence.to_string(),
        session_id: nonce,
        wing: Wing::Bank,
        body: "{}".to_owned(),
    };
    embedded.bus.publish(&[message]).await.unwrap();
    say(&format!("sent {sequence}"));
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the crash test"]
async fn a_child_that_writes_until_it_is_killed() {
    if !Path::new(MARK).exists() {
        return;
    }
    say("");
    let embedded = poa_embedded::open(Path::new(".")).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let embedded = embedded.clone();
        writers.spawn(async move {
            loop {
                write_one(&embedded).await;
            }
        });
    }
    writers.join_all().await;
}

/// What children have said.
#[derive(Debug, Default)]
struct Said {
    acked: BTreeMap<u64, String>,
    sent: BTreeSet<String>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["acked", sequence, nonce] => {
                let before = self.acked.insert(sequence.parse().unwrap(), (*nonce).to_owned());
                assert_eq!(before, None, "a number was acknowledged twice");
            }
            ["sent", sequence] => {
                self.sent.insert((*sequence).to_owned());
            }
            _ => {}
        }
    }
}

fn start(folder: &Path, lines: mpsc::Sender<String>) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        let mut line = String::new();
        // A line without its end was cut off by the kill.
        while out.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
            lines.send(line.trim().to_owned()).unwrap();
            line.clear();
        }
    });
    child
}

/// Lets two processes write, and kills both at some moment after the first acknowledgement.
fn write_and_kill(folder: &Path, said: &mut Said) {
    let (lines, heard) = mpsc::channel();
    let mut children = [start(folder, lines.clone()), start(folder, lines)];
    loop {
        let line = heard.recv_timeout(Duration::from_mins(2)).unwrap();
        said.hear(&line);
        if line.starts_with("acked") {
            break;
        }
    }
    let mut chance = [0];
    aws_lc_rs::rand::fill(&mut chance).unwrap();
    std::thread::sleep(Duration::from_micros(u64::from(chance[0]) * 300));
    for child in &mut children {
        assert_eq!(child.try_wait().unwrap(), None, "a child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Ends when both have closed their end.
    for line in heard {
        said.hear(&line);
    }
}

/// Whether everything acknowledged is there, and every number once.
async fn check(embedded: &Embedded, said: &Said) {
    let store = &embedded.store;
    let (_, last) = head(&**store).await;
    let events = store.events(&at(), 0, usize::MAX).await.unwrap();
    let numbers: Vec<u64> = events.iter().map(|event| event.sequence.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<_>>());
    assert_eq!(store.changes(None, usize::MAX).await.unwrap().events, events);
    let nonces: BTreeMap<u64, &Value> =
        numbers.iter().copied().zip(events.iter().map(|event| &event.data)).collect();
    for (sequence, nonce) in &said.acked {
        assert_eq!(nonces.get(sequence), Some(&&json!(nonce)), "event {sequence}");
    }
    for (sequence, nonce) in nonces {
        let id = format!("item-{sequence}");
        let item = store.read(&at(), &[&id]).await.unwrap().pop().unwrap().unwrap();
        assert_eq!(&item.body, nonce, "the item and the event are of one commit");
    }
}

async fn published(embedded: &Embedded) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let some = embedded.bus.receive("bank", 100, Duration::from_hours(1)).await.unwrap();
        if some.is_empty() {
            return found;
        }
        for message in some {
            assert!(found.insert(message.message_id), "a message is there once");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_processes_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(MARK), "").unwrap();
    let mut said = Said::default();
    for _ in 0..KILLS {
        write_and_kill(folder.path(), &mut said);
        let embedded = poa_embedded::open(folder.path()).unwrap();
        check(&embedded, &said).await;
    }
    assert!(said.acked.len() >= usize::try_from(KILLS).unwrap());
    let published = published(&poa_embedded::open(folder.path()).unwrap()).await;
    let lost: Vec<_> = said.sent.difference(&published).collect();
    assert!(lost.is_empty(), "{lost:?}");
    println!("{} commits and {} messages", said.acked.len(), said.sent.len());
}
