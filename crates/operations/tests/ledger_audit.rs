//! The audit of the whole store: it finds nothing where all is well, and what somebody has forged.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{BRINGER, BUYER, Market, id, order, party, pending, units};
use poa_operations::{
    answer::{Answer, Asked, Outcome},
    audit_store::{AuditReport, audit_store},
    commit::{Change, Decision, commit, item},
    ledger_items::{
        account_id, account_item, asset_item, entry_event, lock_item, redemption_item,
        transfer_item,
    },
    lock_units::{LockOrder, lock_units},
    nothing::Nothing,
    ports::store::{Commit, HEAD, Item},
    redeem_units::{RedemptionOrder, redeem_units},
    release_lock::release_lock,
    resolve_transfer::{post_transfer, void_transfer},
    transfer_units::transfer_units,
};
use poa_protocol::{
    event::{Event, NewEvent},
    ids::{AssetId, LockId, RedemptionId, TransferId},
    ledger::{
        Account, Asset, Bucket, Entry, EntryKind, Leg, Lock, LockState, Posting, Redemption,
        Transfer, TransferState, Units,
    },
    partition::Partition,
    thing::Thing,
};
use serde_json::Value;

/// A market after some trade, and what the trade left behind.
struct Traded {
    market: Market,
    asset: AssetId,
    pending: TransferId,
    lock: LockId,
    redemption: RedemptionId,
}

impl Traded {
    async fn begin() -> Self {
        let market = Market::open().await;
        let asset = market.issue("INV-1", 100, "50.00").await;
        market.issue("INV-1", 10, "7.00").await;
        market.issue("INV-2", 5, "1.00").await;
        let send = async |order| {
            let asked = market.asked(BRINGER, order);
            id::<TransferId>(&transfer_units(market.desk(), asked, &asset).await.unwrap())
        };
        send(order(BUYER, 30)).await;
        let (posted, voided) = (send(pending(BUYER, 5)).await, send(pending(BUYER, 6)).await);
        let asked = market.asked(BUYER, Nothing {});
        post_transfer(market.desk(), asked, &posted).await.unwrap();
        let asked = market.asked(BUYER, Nothing {});
        void_transfer(market.desk(), asked, &voided).await.unwrap();
        let waiting = send(pending(BUYER, 7)).await;
        let lock = async |count| {
            let order = LockOrder { units: units(count), reason: "a deal".to_owned() };
            let asked = market.asked(BRINGER, order);
            id::<LockId>(&lock_units(market.desk(), asked, &asset).await.unwrap())
        };
        let (released, held) = (lock(3).await, lock(4).await);
        let asked = market.asked(BRINGER, Nothing {});
        release_lock(market.desk(), asked, &released).await.unwrap();
        let asked = market.asked(BUYER, RedemptionOrder { units: units(10) });
        let redemption = id(&redeem_units(market.desk(), asked, &asset).await.unwrap());
        Self { asset, pending: waiting, lock: held, redemption, market }
    }

    fn partition(&self) -> Partition {
        Partition::thing(&self.asset.home())
    }

    async fn kept<T: serde::de::DeserializeOwned>(&self, id: &str) -> T {
        item(self.market.desk(), &self.partition(), id).await.unwrap().unwrap()
    }

    async fn account(&self) -> Account {
        self.kept(&account_id(&self.asset, &party(BRINGER))).await
    }

    /// Writes past the rules: these items, this event, and what `forge` makes of the head.
    async fn write(
        &self,
        items: Vec<Item>,
        event: NewEvent,
        forge: impl Fn(&mut Thing) + Send + Sync,
    ) {
        let (asked, items, event, forge) = (Asked::by_the_system(()), &items, &event, &forge);
        let partition = self.partition();
        let written = commit(self.market.desk(), &asked, &partition, |opened| async move {
            let mut thing: Thing = opened.state()?.unwrap();
            forge(&mut thing);
            let state = serde_json::to_value(thing).unwrap();
            let answer = Answer::new(Outcome::Done, &())?;
            let (items, events) = (items.clone(), vec![event.clone()]);
            Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
        });
        written.await.unwrap();
    }

    async fn forge(&self, item: Item) {
        self.write(vec![item], harmless(), |_| {}).await;
    }

    async fn audit(&self) -> AuditReport {
        audit_store(self.market.desk()).await.unwrap()
    }

    /// The audit finds a fault of these words.
    async fn finds(&self, words: &str) {
        let report = self.audit().await;
        assert!(!report.holds());
        let faults: Vec<_> = report.faults.iter().map(|fault| &fault.what).collect();
        assert!(faults.iter().any(|what| what.contains(words)), "`{words}` is not in {faults:#?}");
        let here = self.partition().to_string();
        assert!(report.faults.iter().all(|fault| fault.partition == here));
    }
}

fn harmless() -> NewEvent {
    let (subject, data) = ("x".to_owned(), Value::Null);
    NewEvent { event_type: "poa.test.happened.v1", subject, data, wake: None }
}

#[tokio::test]
async fn an_honest_store_holds_and_everything_is_counted() {
    let traded = Traded::begin().await;
    let report = traded.audit().await;
    assert_eq!(report.faults, []);
    assert!(report.holds());
    assert_eq!((report.smart_assets, report.accounts, report.movements), (3, 4, 7));
    assert_eq!(report.entries, 3 + 4 + 2 + 2 + 1 + 1);
    // Four registrations, three KYC decisions, three activations.
    assert_eq!((report.partitions, report.events), (2 + 4, report.entries + 10));
    assert_eq!(report.records, 10 + 4 + 2 + 2 + 1 + 1);
}

#[tokio::test]
async fn a_feed_that_is_a_moment_behind_is_no_fault_and_one_that_stays_behind_is() {
    let traded = Traded::begin().await;
    let audit = async |pages: &[usize]| {
        let (desk, store) = traded.market.test.flaky();
        store.on_feed(pages);
        audit_store(&desk).await.unwrap()
    };
    // It ends early, the events are read from the store, and then it goes on after a moment.
    let report = audit(&[3, 0, 0, 0]).await;
    assert!(report.partitions > 0 && report.faults.is_empty(), "{report:?}");
    let report = audit(&[[3].as_slice(), &[0; 20]].concat()).await;
    assert!(report.faults.iter().any(|fault| fault.what.contains("are fed")), "{report:?}");
}

#[tokio::test]
async fn an_empty_store_holds() {
    let test = poa_embedded::testing::desk();
    assert_eq!(audit_store(&test.desk).await.unwrap(), AuditReport::default());
}

#[tokio::test]
async fn forged_accounts_are_found() {
    let traded = Traded::begin().await;
    let account = traded.account().await;
    let richer = Account { available: units(account.available.count() + 1), ..account.clone() };
    traded.forge(account_item(&richer, 1).unwrap()).await;
    traded.finds("its entries say").await;
    let free = Account {
        available: units(account.available.count() + account.locked.count()),
        locked: Units::ZERO,
        ..account
    };
    traded.forge(account_item(&free, 1).unwrap()).await;
    traded.finds("not what its transfers and locks add up to").await;
}

#[tokio::test]
async fn forged_totals_are_found() {
    let traded = Traded::begin().await;
    let asset: Asset = traded.kept(traded.asset.as_str()).await;
    let more = Asset { issued: units(1000), ..asset.clone() };
    traded.forge(asset_item(&more, 1).unwrap()).await;
    traded.finds("1000 issued").await;
    let closed = Asset { state: poa_protocol::ledger::AssetState::Redeemed, ..asset.clone() };
    traded.forge(asset_item(&closed, 1).unwrap()).await;
    traded.finds("is redeemed with 90 units outstanding").await;
    traded.forge(asset_item(&asset, 1_000_000).unwrap()).await;
    traded.finds("has revision 1000000").await;
}

#[tokio::test]
async fn forged_records_are_found() {
    let traded = Traded::begin().await;
    let transfer: Transfer = traded.kept(traded.pending.as_str()).await;
    let done = Transfer { state: TransferState::Done, ..transfer.clone() };
    traded.forge(transfer_item(&done, 1).unwrap()).await;
    traded.finds("are not those that wait in the entries").await;
    let lock: Lock = traded.kept(traded.lock.as_str()).await;
    let released = Lock { state: LockState::Released { at: lock.created_at }, ..lock };
    traded.forge(lock_item(&released, 1).unwrap()).await;
    traded.finds("not what its transfers and locks add up to").await;
    let redemption: Redemption = traded.kept(traded.redemption.as_str()).await;
    let less = Redemption { units: units(1), ..redemption };
    traded.forge(redemption_item(&less, 1).unwrap()).await;
    traded.finds("add up to 1").await;
    let second = TransferId::new(traded.market.desk().ids.ulid(), &traded.asset.home());
    let invented = Transfer { id: second, ..transfer };
    traded.forge(transfer_item(&invented, 1).unwrap()).await;
    traded.finds("has a record or entries, and not both").await;
}

#[tokio::test]
async fn forged_entries_are_found() {
    let entry = |asset: &AssetId, kind, units, about: &str| {
        let credit = Leg::of(&party(BUYER), Bucket::Available);
        let debit = if kind == EntryKind::Issue {
            Leg::ISSUANCE
        } else {
            Leg::of(&party(BRINGER), Bucket::Available)
        };
        let postings = vec![Posting { debit, credit, units }];
        Entry { kind, asset: asset.clone(), about: about.to_owned(), cause: None, postings }
    };
    for (kind, count, words) in [
        (EntryKind::Issue, 1, "was issued 2 times"),
        (EntryKind::Transfer, 1, "its entries say"),
        (EntryKind::Transfer, 1_000, "takes more than the account holds"),
        (EntryKind::Transfer, 0, "moves nothing"),
        (EntryKind::Void, 1, "resolves what is not pending"),
    ] {
        let traded = Traded::begin().await;
        let forged = entry(&traded.asset, kind, units(count), "trf_forged");
        traded.write(Vec::new(), entry_event(&forged).unwrap(), |_| {}).await;
        traded.finds(words).await;
    }
    let traded = Traded::begin().await;
    let nothing = NewEvent { event_type: "poa.smart-asset.issued.v1", ..harmless() };
    traded.write(Vec::new(), nothing, |_| {}).await;
    traded.finds("is no entry").await;
    let forged = entry(&traded.asset, EntryKind::Transfer, units(1), "trf_forged");
    let named =
        NewEvent { event_type: "poa.smart-asset.issued.v1", ..entry_event(&forged).unwrap() };
    traded.write(Vec::new(), named, |_| {}).await;
    traded.finds("is named `poa.smart-asset.issued.v1`").await;
}

#[tokio::test]
async fn a_thing_beyond_its_proven_value_is_found() {
    let traded = Traded::begin().await;
    traded
        .write(Vec::new(), harmless(), |thing| {
            for live in thing.live.values_mut() {
                live.proven = poa_formula::Money::parse("10.00", "EUR").unwrap();
            }
        })
        .await;
    traded.finds("are live on the thing").await;
    let traded = Traded::begin().await;
    traded.write(Vec::new(), harmless(), |thing| thing.live.clear()).await;
    traded.finds("the thing says None").await;
    let traded = Traded::begin().await;
    traded.write(Vec::new(), harmless(), |thing| thing.tokenizations.clear()).await;
    traded.finds("not of the thing").await;
}

#[tokio::test]
async fn a_gap_in_the_numbers_is_found() {
    let traded = Traded::begin().await;
    let partition = traded.partition();
    let stored = traded.market.desk().store.read(&partition, &[HEAD]).await.unwrap();
    let head = stored.into_iter().next().flatten().unwrap();
    let last = head.body["sequence"].as_u64().unwrap();
    let mut body = head.body.clone();
    body["sequence"] = (last + 2).into();
    let now = traded.market.desk().clock.now();
    let commit = Commit {
        partition: partition.clone(),
        expected: Some(head.etag),
        head: Item::plain(HEAD, poa_operations::commit::HEAD_KIND, body),
        items: Vec::new(),
        events: vec![Event::number(harmless(), &partition, last + 2, now, None)],
        record: None,
    };
    traded.market.desk().store.commit(commit).await.unwrap();
    traded.finds(&format!("the feed has event {} after {last}", last + 2)).await;
    traded.finds(&format!("the head counts {} events and {} are there", last + 2, last + 1)).await;
}

#[tokio::test]
async fn a_record_that_answers_with_nothing_is_found() {
    let traded = Traded::begin().await;
    let missing = TransferId::new(traded.market.desk().ids.ulid(), &traded.asset.home());
    let partition = traded.partition();
    let asked = traded.market.asked(BRINGER, ());
    let missing = &missing;
    let written = commit(traded.market.desk(), &asked, &partition, |opened| async move {
        let answer = Answer::new(Outcome::Created, &())?
            .at(format!("transfers/{missing}"))
            .revised(opened.revision() + 7);
        let state = opened.state()?.unwrap();
        let events = vec![harmless()];
        Ok(Decision::Keep(Box::new(Change { state, items: Vec::new(), events, answer })))
    });
    written.await.unwrap();
    traded.finds("which is not there").await;
    traded.finds("a record answers with revision").await;
}
