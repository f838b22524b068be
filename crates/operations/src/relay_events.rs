//! The relay: turns events into messages on the bus, at least once and in order.
//!
//! It remembers how far it has come in one item and holds a lease on it while it works. The cursor
//! moves only after the bus has taken the messages, so a crash sends some of them again, and the
//! bus drops what it has seen. Two relays at once are harmless: the second one finds the lease, or
//! loses the race for the cursor and stops.

use crate::{
    advance_tokenization::WakeMessage,
    commit::HEAD_KIND,
    desk::Desk,
    failure::Failure,
    ports::{
        bus::Message,
        store::{Changes, Commit, CommitFault, Etag, HEAD, Item, Position, followers},
    },
};
use poa_protocol::{event::Event, limits, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How far the relay has come, and who works.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    position: Option<String>,
    lease: Option<Lease>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Lease {
    owner: String,
    until: Timestamp,
}

/// Sends everything that waits to be sent. Returns how many messages the bus has taken.
pub async fn relay_events(desk: &Desk) -> Result<u64, Failure> {
    let Some(mut relay) = Relay::begin(desk).await? else { return Ok(0) };
    let mut sent: u64 = 0;
    loop {
        let changes = desk.store.changes(relay.position().as_ref(), limits::PAGE_MAX).await?;
        if changes.events.is_empty() {
            relay.release(desk).await?;
            return Ok(sent);
        }
        if !relay.hold(desk).await? {
            return Ok(sent);
        }
        let messages = messages(&changes)?;
        if !messages.is_empty()
            && let Err(fault) = desk.bus.publish(&messages).await
        {
            // The next one need not wait until the lease is over.
            relay.release(desk).await?;
            return Err(fault.into());
        }
        sent = sent.saturating_add(u64::try_from(messages.len()).unwrap_or(u64::MAX));
        if !relay.moved(desk, changes.position).await? {
            return Ok(sent);
        }
    }
}

/// One run of the relay.
struct Relay {
    owner: String,
    cursor: Cursor,
    etag: Option<Etag>,
}

impl Relay {
    /// Reads the cursor; `None` while another relay works.
    async fn begin(desk: &Desk) -> Result<Option<Self>, Failure> {
        let stored = desk.store.read(&followers(), &[HEAD]).await?.into_iter().next().flatten();
        let owner = desk.ids.salt();
        let Some(stored) = stored else {
            return Ok(Some(Self { owner, cursor: Cursor::default(), etag: None }));
        };
        let etag = Some(stored.etag.clone());
        let cursor: Cursor = crate::commit::read_body(stored)?;
        let now = desk.clock.now();
        let taken = cursor.lease.as_ref().is_some_and(|lease| now < lease.until);
        Ok((!taken).then_some(Self { owner, cursor, etag }))
    }

    fn position(&self) -> Option<Position> {
        self.cursor.position.clone().map(Position)
    }

    /// Takes the lease, if it is not ours yet. `false` where another relay was first.
    async fn hold(&mut self, desk: &Desk) -> Result<bool, Failure> {
        let ours = self.cursor.lease.as_ref().is_some_and(|lease| lease.owner == self.owner);
        if ours { Ok(true) } else { self.keep(desk, true).await }
    }

    /// Remembers how far it has come, and renews the lease.
    async fn moved(&mut self, desk: &Desk, position: Position) -> Result<bool, Failure> {
        self.cursor.position = Some(position.0);
        self.keep(desk, true).await
    }

    /// Gives the lease back, if it is ours.
    async fn release(&mut self, desk: &Desk) -> Result<(), Failure> {
        let ours = self.cursor.lease.as_ref().is_some_and(|lease| lease.owner == self.owner);
        if ours {
            self.keep(desk, false).await?;
        }
        Ok(())
    }

    /// INVARIANT: the cursor is written only over what this relay has read or written itself.
    async fn keep(&mut self, desk: &Desk, working: bool) -> Result<bool, Failure> {
        let until = desk.clock.now().plus_secs(limits::RELAY_LEASE_SECS);
        self.cursor.lease = working.then(|| Lease { owner: self.owner.clone(), until });
        let body = serde_json::to_value(&self.cursor).map_err(Failure::broken)?;
        let commit = Commit {
            partition: followers(),
            expected: self.etag.clone(),
            head: Item::plain(HEAD, HEAD_KIND, body),
            items: Vec::new(),
            events: Vec::new(),
            record: None,
        };
        match desk.store.commit(commit).await {
            Ok(etag) => {
                self.etag = Some(etag);
                Ok(true)
            }
            Err(CommitFault::Raced) => Ok(false),
            Err(CommitFault::TooLarge(cause)) => Err(Failure::broken(cause)),
            Err(CommitFault::Unavailable(fault)) => Err(fault.into()),
        }
    }
}

fn messages(changes: &Changes) -> Result<Vec<Message>, Failure> {
    let waking = changes.events.iter().filter_map(|event| Some((event, event.wake.as_ref()?)));
    waking.map(|(event, wake)| message(event, wake)).collect()
}

fn message(event: &Event, wake: &poa_protocol::event::Wake) -> Result<Message, Failure> {
    let body = json!(WakeMessage { tokenization: wake.tokenization.clone() });
    Ok(Message {
        message_id: event.id.clone(),
        session_id: event.partitionkey.clone(),
        wing: wake.wing,
        body: serde_json::to_string(&body).map_err(Failure::broken)?,
    })
}
