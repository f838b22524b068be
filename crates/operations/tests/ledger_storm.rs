//! Much at once, over a store that loses answers: afterwards the audit holds, and every request was
//! done at most once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{BRINGER, BUYER, Market, OTHER, id, order, pending, units};
use poa_embedded::testing::Flaw;
use poa_operations::{
    answer::{Answer, Asked},
    audit_store::audit_store,
    desk::Desk,
    failure::Failure,
    lock_units::{LockOrder, lock_units},
    nothing::Nothing,
    redeem_units::{RedemptionOrder, redeem_units},
    release_lock::release_lock,
    resolve_transfer::{expire_transfers, post_transfer, void_transfer},
    transfer_units::{TransferOrder, transfer_units},
};
use poa_protocol::{
    ids::{AssetId, LockId, TransferId},
    limits,
    refusal::Kind,
};
use proptest::prelude::*;
use std::sync::atomic::{AtomicI64, Ordering};

/// What one party asks for next.
#[derive(Debug, Clone)]
enum Wish {
    Send { to: u32, count: i128 },
    Offer { to: u32, count: i128, accept: bool },
    Lock { count: i128, release: bool },
    Redeem { count: i128 },
}

fn wish() -> impl Strategy<Value = (u32, Wish)> {
    let (party, count) = (BRINGER..=OTHER, 1..40_i128);
    let wish =
        prop_oneof![
            (party.clone(), count.clone()).prop_map(|(to, count)| Wish::Send { to, count }),
            (party.clone(), count.clone(), any::<bool>())
                .prop_map(|(to, count, accept)| Wish::Offer { to, count, accept }),
            (count.clone(), any::<bool>())
                .prop_map(|(count, release)| Wish::Lock { count, release }),
            count.prop_map(|count| Wish::Redeem { count }),
        ];
    (party, wish)
}

fn flaws() -> impl Strategy<Value = Vec<Flaw>> {
    let flaw = prop_oneof![
        4 => Just(Flaw::None),
        2 => Just(Flaw::AnswerLost),
        1 => Just(Flaw::Unavailable),
        1 => Just(Flaw::Raced),
    ];
    proptest::collection::vec(flaw, 0..80)
}

struct Storm {
    market: Market,
    desk: Desk,
    asset: AssetId,
    redeemed: AtomicI64,
}

impl Storm {
    async fn meet(&self, number: u32, wish: Wish) {
        match wish {
            Wish::Send { to, count } => {
                self.send(number, order(to, count)).await;
            }
            Wish::Offer { to, count, accept } => {
                let Some(answer) = self.send(number, pending(to, count)).await else { return };
                let transfer: TransferId = id(&answer);
                let asked = self.market.asked(to, Nothing {});
                if accept {
                    insist(async || post_transfer(&self.desk, asked.clone(), &transfer).await)
                        .await;
                } else if count % 2 == 0 {
                    insist(async || void_transfer(&self.desk, asked.clone(), &transfer).await)
                        .await;
                }
            }
            Wish::Lock { count, release } => {
                let order = LockOrder { units: units(count), reason: "a deal".to_owned() };
                let asked = self.market.asked(number, order);
                let locked =
                    insist(async || lock_units(&self.desk, asked.clone(), &self.asset).await);
                let Some(answer) = locked.await.filter(|_| release) else { return };
                let (lock, asked) = (id::<LockId>(&answer), self.market.asked(number, Nothing {}));
                insist(async || release_lock(&self.desk, asked.clone(), &lock).await).await;
            }
            Wish::Redeem { count } => {
                let asked = self.market.asked(number, RedemptionOrder { units: units(count) });
                let redeemed =
                    insist(async || redeem_units(&self.desk, asked.clone(), &self.asset).await);
                if redeemed.await.is_some() {
                    self.redeemed.fetch_add(count.try_into().unwrap(), Ordering::SeqCst);
                }
            }
        }
    }

    async fn send(&self, number: u32, order: TransferOrder) -> Option<Answer> {
        let asked: Asked<TransferOrder> = self.market.asked(number, order);
        insist(async || transfer_units(&self.desk, asked.clone(), &self.asset).await).await
    }

    async fn total(&self) -> i128 {
        let mut total = 0;
        for number in [BRINGER, BUYER, OTHER] {
            let held = self.market.held(&self.asset, number).await.unwrap_or_default();
            total += held.0 + held.1 + held.2;
        }
        total
    }
}

/// Repeats the same request until it is answered or refused for good.
async fn insist(ask: impl AsyncFn() -> Result<Answer, Failure>) -> Option<Answer> {
    loop {
        match ask().await {
            Ok(answer) => return Some(answer),
            Err(Failure::Broken { cause }) => panic!("{cause}"),
            Err(failure) => {
                let refusal = failure.refusal();
                if refusal.kind != Kind::Unavailable && refusal.code != "request.raced" {
                    assert!(!refusal.retryable, "{refusal}");
                    return None;
                }
            }
        }
    }
}

async fn storm(wishes: Vec<(u32, Wish)>, flaws: Vec<Flaw>) {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 200, "50.00").await;
    let (desk, flaky) = market.test.flaky();
    flaky.on_commit(&flaws);
    let storm = Storm { market, desk, asset, redeemed: AtomicI64::new(0) };
    let all = wishes.into_iter().map(|(number, wish)| storm.meet(number, wish));
    futures_util::future::join_all(all).await;
    let redeemed = i128::from(storm.redeemed.load(Ordering::SeqCst));
    assert_eq!(storm.total().await, 200 - redeemed, "what was answered was done, once");
    let report = audit_store(&storm.market.test.desk).await.unwrap();
    assert_eq!(report.faults, []);
    storm.market.test.clock.advance_days(limits::PENDING_TRANSFER_DAYS_MAX);
    expire_transfers(&storm.market.test.desk).await.unwrap();
    for number in [BRINGER, BUYER, OTHER] {
        let held = storm.market.held(&storm.asset, number).await.unwrap_or_default();
        assert_eq!(held.2, 0, "nothing pends for ever");
    }
    let report = audit_store(&storm.market.test.desk).await.unwrap();
    assert_eq!(report.faults, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_a_storm_the_audit_holds(
        wishes in proptest::collection::vec(wish(), 1..25),
        flaws in flaws(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(storm(wishes, flaws));
    }
}
