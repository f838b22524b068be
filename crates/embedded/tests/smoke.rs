//! The test desk as other tests use it.

use poa_operations::{
    answer::{Answer, Asked, Outcome},
    commit::{Change, Decision, commit},
    ports::{
        bus::Message,
        store::{Item, ItemKind, Search},
    },
};
use poa_protocol::{
    caller::{Caller, Person},
    event::{NewEvent, Wing},
    partition::Partition,
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer_and_leaves_one_event() {
    let test = poa_embedded::testing::desk();
    let partition = Partition::system("smoke");
    let person = Person { tenant: "t".into(), object: "o".into() };
    let caller =
        Caller { person, program: false, roles: BTreeSet::new(), party: None, operator: true };
    let asked = Asked {
        caller: Some(caller),
        body: (),
        key: Some("k".into()),
        body_hash: "h".into(),
        if_match: None,
    };
    for replayed in [false, true] {
        let answer = commit(&test.desk, &asked, &partition, |opened| async move {
            let mut item = Item::plain("thing", ItemKind("thing"), json!({"n": opened.revision()}));
            item.tags = vec!["state:new".to_owned()];
            Ok(Decision::Keep(Box::new(Change {
                state: json!({}),
                items: vec![item],
                events: vec![NewEvent {
                    event_type: "poa.thing.made.v1",
                    subject: "thing".into(),
                    data: json!({}),
                    wake: None,
                }],
                answer: Answer::new(Outcome::Created, &opened.revision())?,
            })))
        })
        .await
        .unwrap();
        assert_eq!((answer.body.as_str(), answer.replayed), ("1", replayed));
    }
    let changes = test.desk.store.changes(None, 10).await.unwrap();
    assert_eq!(changes.events.len(), 1);
    assert_eq!(test.desk.store.events(&partition, 0, 10).await.unwrap(), changes.events);
    let search = Search {
        kind: ItemKind("thing"),
        partition: None,
        owner: None,
        tags: vec!["state:new".into()],
        text: None,
        after: None,
        limit: 10,
    };
    assert_eq!(test.desk.store.list(&search).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_published_message_reaches_the_subscription_of_its_wing() {
    let test = poa_embedded::testing::desk();
    let message = Message {
        message_id: "m".into(),
        session_id: "s".into(),
        wing: Wing::Bank,
        body: "{}".into(),
    };
    test.desk.bus.publish(&[message]).await.unwrap();
    let lock = Duration::from_secs(30);
    assert!(test.bus.receive("non-bank", 10, lock).await.unwrap().is_empty());
    let received = test.bus.receive("bank", 10, lock).await.unwrap();
    assert_eq!(received.len(), 1);
}
