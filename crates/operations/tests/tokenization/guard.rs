//! Over-tokenization: the live value of a thing never exceeds what it is proven to be worth.

use crate::support::{World, ask, bringer, read};
use poa_formula::Money;
use poa_operations::{redeem_units::redeem_units, tokenizations};
use poa_protocol::{
    event::Wing,
    thing::Thing,
    tokenization::{State, Tokenization},
};
use serde_json::json;

fn reason(of: &Tokenization) -> &str {
    &of.exit.as_ref().unwrap().reasons[0].code
}

#[tokio::test]
async fn a_thing_is_issued_once_until_it_is_redeemed() {
    let world = World::open(Wing::NonBank).await;
    let first = world.bring(world.invoice("INV-1", "120000.00")).await;
    assert_eq!(first.state, State::Issued);
    let twice = world.bring(world.invoice("INV-1", "120000.00")).await;
    assert_eq!((twice.state, reason(&twice)), (State::Rejected, "thing.over-tokenized"));
    let issued = first.issued.unwrap();
    let all = ask(&bringer(), read(json!({ "units": issued.units })));
    redeem_units(world.desk(), all, &issued.asset).await.unwrap();
    let again = world.bring(world.invoice("INV-1", "120000.00")).await;
    assert_eq!(again.state, State::Issued);
}

#[tokio::test]
async fn shares_of_a_thing_fill_it_and_not_more() {
    let world = World::open(Wing::NonBank).await;
    let share = |part: &str| {
        let mut request = world.invoice("INV-2", "120000.00");
        request["share"] = json!(part);
        request
    };
    for (part, value) in [("0.6", "EUR 60486.00"), ("0.4", "EUR 40324.00")] {
        let issued = world.bring(share(part)).await.issued.unwrap();
        assert_eq!(issued.value.to_string(), value);
    }
    let more = world.bring(share("0.01")).await;
    assert_eq!(reason(&more), "thing.over-tokenized");
}

#[tokio::test]
async fn two_pipelines_on_one_thing_issue_it_once() {
    let world = World::open(Wing::NonBank).await;
    for _ in 0..4 {
        world.send(world.invoice("INV-3", "120000.00")).await.unwrap();
    }
    poa_operations::relay_events::relay_events(world.desk()).await.unwrap();
    let bodies = world.messages(Wing::NonBank).await;
    let runs = bodies.iter().map(|body| {
        let desk = world.desk().clone();
        async move {
            let heard = poa_operations::advance_tokenization::hear_wake(
                &desk,
                Wing::NonBank,
                body.as_bytes(),
            );
            heard.await.unwrap();
        }
    });
    futures_util::future::join_all(runs).await;
    let first: poa_operations::advance_tokenization::WakeMessage =
        serde_json::from_str(&bodies[0]).unwrap();
    let partition = tokenizations::partition(&first.tokenization);
    let opened = poa_operations::commit::open(world.desk(), &partition).await.unwrap();
    let thing: Thing = opened.state().unwrap().unwrap();
    assert_eq!((thing.tokenizations.len(), thing.live.len()), (4, 1));
    assert!(thing.tokenizations.values().all(|ended| *ended));
    let live: Vec<Money> = thing.live.values().map(|live| live.value).collect();
    assert_eq!(live[0].to_string(), "EUR 100810.00");
}
