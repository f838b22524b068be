//! Messages that cannot be handled, on the host as it runs: they are tried ten times, kept with
//! their reason, and hold up nobody else.

use crate::{app::App, client::Client, publish};
use poa_embedded::bus::{DELIVERIES_MAX, DeadLetter};
use poa_operations::{
    ports::{
        bus::{Bus as _, Message},
        store::{Commit, HEAD, Item, Store as _},
    },
    tokenizations::{TOKENIZATION, partition},
};
use poa_protocol::{event::Wing, ids::TokenizationId};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};

/// Writes something else over a tokenization, behind the back of every rule; what was there.
async fn overwrite(folder: &Path, id: &TokenizationId, with: Value) -> Value {
    let embedded = poa_embedded::open(folder).unwrap();
    let (store, partition) = (&embedded.store, partition(id));
    let mut read = store.read(&partition, &[HEAD, id.as_str()]).await.unwrap();
    let (was, head) = (read.pop().unwrap().unwrap(), read.pop().unwrap().unwrap());
    let commit = Commit {
        partition,
        expected: Some(head.etag),
        head: Item::plain(HEAD, poa_operations::commit::HEAD_KIND, head.body),
        items: vec![Item::plain(id.as_str(), TOKENIZATION, with)],
        events: Vec::new(),
        record: None,
    };
    store.commit(commit).await.unwrap();
    was.body
}

/// Sends a message to the subscription of the parties that are no banks.
async fn send(folder: &Path, (message, session): (&str, &str), body: &str) {
    let message = Message {
        message_id: message.to_owned(),
        session_id: session.to_owned(),
        wing: Wing::NonBank,
        body: body.to_owned(),
    };
    poa_embedded::open(folder).unwrap().bus.publish(&[message]).await.unwrap();
}

/// Waits until so many messages have been given up.
async fn given_up(folder: &Path, count: usize) -> Vec<DeadLetter> {
    let embedded = poa_embedded::open(folder).unwrap();
    for _ in 0..600 {
        let dead = embedded.bus.dead_letters("non-bank", 0, 10).await.unwrap();
        if dead.len() >= count {
            return dead;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("fewer than {count} messages were given up");
}

struct Live {
    client: Client,
    stage: publish::Stage,
}

impl Live {
    async fn bring(&self, number: usize, request: &Value) -> TokenizationId {
        let key = format!("poison-{number}");
        let made = self.client.persist(&self.stage.trader, "tokenizations", &key, request).await;
        made["id"].as_str().unwrap().parse().unwrap()
    }

    async fn comes_to(&self, id: &TokenizationId, state: &str) {
        let path = format!("tokenizations/{id}");
        self.client.until(&self.stage.trader, &path, |record| record["state"] == state).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_handled_is_given_up_with_its_reason_and_the_next_event_wakes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let app = Arc::new(App::start(folder.path()));
    let client = Client::new(&app);
    let stage = publish::everything(&client).await;
    let live = Live { client, stage };
    let mut request = live.stage.request(1);
    let late = request["evidence"].as_array_mut().unwrap().pop().unwrap();
    let sick = live.bring(1, &request).await;
    live.comes_to(&sick, "awaiting_evidence").await;
    let session = partition(&sick).to_string();
    let was = overwrite(folder.path(), &sick, json!({ "what": "nobody can read" })).await;
    let wake = json!({ "tokenization": sick }).to_string();
    send(folder.path(), ("sick", &session), &wake).await;
    send(folder.path(), ("poison", "another session"), "no json at all").await;
    // Others go on meanwhile.
    let healthy = live.bring(2, &live.stage.request(2)).await;
    live.comes_to(&healthy, "issued").await;
    let mut dead = given_up(folder.path(), 2).await;
    dead.sort_by(|one, other| one.message_id.cmp(&other.message_id));
    for (letter, (id, body)) in
        dead.iter().zip([("poison", "no json at all"), ("sick", wake.as_str())])
    {
        assert_eq!((letter.message_id.as_str(), letter.body.as_str()), (id, body));
        assert_eq!(letter.delivery_count, DELIVERIES_MAX);
        assert!(letter.reason.contains("500"), "{}", letter.reason);
    }
    overwrite(folder.path(), &sick, was).await;
    let path = format!("tokenizations/{sick}/evidence");
    let more = json!({ "evidence": [late] });
    live.client.persist(&live.stage.trader, &path, "late", &more).await;
    live.comes_to(&sick, "issued").await;
    assert_eq!(given_up(folder.path(), 2).await.len(), 2, "nothing else was given up");
}
