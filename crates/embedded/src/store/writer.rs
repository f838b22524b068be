//! The one thread that writes: it takes what has queued up, commits all of it at once, and then
//! answers.

use crate::{
    sqlite::{Fault, closed},
    store::{apply, prepare::Prepared},
};
use poa_operations::ports::store::Stored;
use poa_protocol::timestamp::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Where an answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, Fault>>;

/// Something to write.
#[derive(Debug)]
pub(super) enum Job {
    /// A commit or a claim.
    Write { prepared: Prepared, answer: Answer<Outcome> },
    /// Some of the items whose time is over.
    Forget { now: Timestamp, answer: Answer<u64> },
}

/// What became of a commit or a claim.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// It was written; the tag of what was written.
    Written(String),
    /// What has to hold does not.
    Raced,
    /// What was to be claimed is there.
    Held(Stored),
}

/// Commits that share one wait for the disk.
const GROUP_MAX: usize = 256;
/// Commits that may wait for the writer before callers have to wait to queue.
const QUEUE_MAX: usize = 4096;
/// Items that are forgotten in one go.
pub(super) const FORGOTTEN_AT_ONCE_MAX: u64 = 500;

/// The handle of the writing thread. Dropping it lets the thread finish what is queued.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Result<Self, Fault> {
        let mut nonce = [0_u8; 8];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| Fault("no randomness".to_owned()))?;
        let etags = Etags { process: u64::from_be_bytes(nonce), count: 0 };
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(connection, queue, etags))
            .map_err(|fault| Fault(format!("the writing thread did not start: {fault}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Queues a job and waits for its answer.
    pub(super) async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(job(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Whether nothing can be written any more.
    pub(super) fn stopped(&self) -> bool {
        self.jobs.as_ref().is_none_or(mpsc::Sender::is_closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to finish.
            let _ = thread.join();
        }
    }
}

/// Tags that no other write of any process gets.
#[derive(Debug)]
struct Etags {
    process: u64,
    count: u64,
}

impl Etags {
    fn next(&mut self) -> String {
        self.count = self.count.wrapping_add(1);
        format!("\"{:016x}-{:x}\"", self.process, self.count)
    }
}

/// An answer that waits for the commit.
#[derive(Debug)]
enum Ready {
    Write(Answer<Outcome>, Outcome),
    Forget(Answer<u64>, u64),
}

fn work(mut connection: Connection, mut queue: mpsc::Receiver<Job>, mut etags: Etags) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while queue.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let mut ready = Vec::with_capacity(group.len());
        let mut jobs = group.drain(..);
        let written = write_group(&mut connection, &mut jobs, &mut ready, &mut etags);
        for answer in ready {
            give(answer, &written);
        }
        // Jobs that were not reached because the group failed.
        for job in jobs {
            refuse(job, &written);
        }
    }
}

/// Writes a group in one transaction. Every job is checked against all that was written before it,
/// its neighbours in the group included, and is written whole or not at all. Nothing may be
/// answered before this has returned.
fn write_group(
    connection: &mut Connection,
    jobs: &mut impl Iterator<Item = Job>,
    ready: &mut Vec<Ready>,
    etags: &mut Etags,
) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        // A fault returns with the transaction open: dropping it takes the whole group back.
        match job {
            Job::Write { prepared, answer } => {
                match apply::write(&transaction, &prepared, etags.next()) {
                    Ok(outcome) => ready.push(Ready::Write(answer, outcome)),
                    Err(fault) => return refuse_one(answer, fault),
                }
            }
            Job::Forget { now, answer } => {
                match apply::forget(&transaction, now, FORGOTTEN_AT_ONCE_MAX) {
                    Ok(count) => ready.push(Ready::Forget(answer, count)),
                    Err(fault) => return refuse_one(answer, fault),
                }
            }
        }
    }
    // INVARIANT: what is acknowledged is on the disk: this waits for it (`synchronous = FULL`).
    Ok(transaction.commit()?)
}

fn give(ready: Ready, written: &Result<(), Fault>) {
    // A caller that went away wants no answer.
    match ready {
        Ready::Write(answer, outcome) => {
            let _ = answer.send(written.clone().map(|()| outcome));
        }
        Ready::Forget(answer, count) => {
            let _ = answer.send(written.clone().map(|()| count));
        }
    }
}

/// Answers the job that failed; the others hear of the same fault.
fn refuse_one<T>(answer: Answer<T>, fault: Fault) -> Result<(), Fault> {
    let _ = answer.send(Err(fault.clone()));
    Err(fault)
}

fn refuse(job: Job, written: &Result<(), Fault>) {
    match job {
        Job::Write { answer, .. } => give(Ready::Write(answer, Outcome::Raced), written),
        Job::Forget { answer, .. } => give(Ready::Forget(answer, 0), written),
    }
}
