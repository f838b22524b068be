//! What happens when answers are lost, requests are repeated and several ask at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{BRINGER, BUYER, Market, OTHER, body, code, id, order, pending, refusal, units};
use poa_embedded::testing::Flaw;
use poa_operations::{
    failure::Failure,
    lock_units::{LockOrder, lock_units},
    nothing::Nothing,
    redeem_units::{RedemptionOrder, redeem_units},
    resolve_transfer::{expire_transfers, post_transfer, void_transfer},
    transfer_units::transfer_units,
};
use poa_protocol::{ids::TransferId, limits};

#[tokio::test]
async fn a_lost_answer_is_given_again_and_nothing_moves_twice() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let (desk, flaky) = market.test.flaky();
    let asked = market.asked(BRINGER, order(BUYER, 30));
    flaky.on_commit(&[Flaw::AnswerLost]);
    let lost = transfer_units(&desk, asked.clone(), &asset).await;
    assert!(matches!(lost, Err(Failure::Unavailable { .. })));
    let first = transfer_units(&desk, asked.clone(), &asset).await.unwrap();
    let again = transfer_units(&desk, asked.clone(), &asset).await.unwrap();
    assert!(first.replayed && again.replayed);
    assert_eq!(first.body, again.body, "byte for byte");
    assert_eq!(market.held(&asset, BUYER).await, Some((30, 0, 0)));
    let mut other = asked;
    other.body_hash = "another body".to_owned();
    assert_eq!(code(transfer_units(&desk, other, &asset).await), "request.idempotency-key-reused");
}

#[tokio::test]
async fn every_step_survives_a_lost_answer() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let (desk, flaky) = market.test.flaky();
    for flaw in [Flaw::AnswerLost, Flaw::Unavailable, Flaw::Raced] {
        let lock = market.asked(BRINGER, LockOrder { units: units(10), reason: "a deal".into() });
        let redeem = market.asked(BRINGER, RedemptionOrder { units: units(5) });
        flaky.on_commit(&[flaw]);
        let first = lock_units(&desk, lock.clone(), &asset).await;
        assert_eq!(first.is_ok(), flaw == Flaw::Raced, "a lost race is decided again");
        lock_units(&desk, lock, &asset).await.unwrap();
        flaky.on_commit(&[flaw]);
        let first = redeem_units(&desk, redeem.clone(), &asset).await;
        assert_eq!(first.is_ok(), flaw == Flaw::Raced);
        redeem_units(&desk, redeem, &asset).await.unwrap();
    }
    assert_eq!(market.held(&asset, BRINGER).await, Some((55, 30, 0)));
}

#[tokio::test]
async fn of_two_transfers_of_the_same_units_one_wins() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let (one, two) = tokio::join!(
        transfer_units(market.desk(), market.asked(BRINGER, order(BUYER, 70)), &asset),
        transfer_units(market.desk(), market.asked(BRINGER, order(OTHER, 70)), &asset),
    );
    assert_ne!(one.is_ok(), two.is_ok(), "exactly one wins");
    let refused = refusal(if one.is_ok() { two } else { one });
    assert_eq!(refused.code, "ledger.overdraft");
    assert!(refused.message.contains("`30` are available"), "{}", refused.message);
    let bought = market.held(&asset, BUYER).await.unwrap_or_default().0;
    let other = market.held(&asset, OTHER).await.unwrap_or_default().0;
    assert_eq!((bought + other, market.held(&asset, BRINGER).await), (70, Some((30, 0, 0))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_transfers_at_once_are_all_answered_and_none_is_lost() {
    let market = std::sync::Arc::new(Market::open().await);
    let asset = market.issue("INV-1", 100, "50.00").await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (market, asset) = (market.clone(), asset.clone());
        running.spawn(async move {
            let asked = market.asked(BRINGER, order(BUYER, 1));
            loop {
                match transfer_units(market.desk(), asked.clone(), &asset).await {
                    Ok(answer) => return answer,
                    Err(failure) => assert_eq!(failure.refusal().code, "request.raced"),
                }
            }
        });
    }
    let answers = running.join_all().await;
    let ids: std::collections::BTreeSet<TransferId> = answers.iter().map(id).collect();
    assert_eq!(ids.len(), 12);
    assert_eq!(market.held(&asset, BUYER).await, Some((12, 0, 0)));
}

#[tokio::test]
async fn a_transfer_that_is_posted_and_voided_at_once_resolves_once() {
    let market = Market::open().await;
    for round in 0..20 {
        let asset = market.issue(&format!("INV-{round}"), 100, "50.00").await;
        let asked = market.asked(BRINGER, pending(BUYER, 30));
        let transfer: TransferId = id(&transfer_units(market.desk(), asked, &asset).await.unwrap());
        let post = post_transfer(market.desk(), market.asked(BUYER, Nothing {}), &transfer);
        let void = void_transfer(market.desk(), market.asked(BRINGER, Nothing {}), &transfer);
        // Whoever is polled first may win.
        let (posted, voided) = if round % 2 == 0 {
            tokio::join!(post, void)
        } else {
            let (voided, posted) = tokio::join!(void, post);
            (posted, voided)
        };
        assert_ne!(posted.is_ok(), voided.is_ok());
        let bought = if posted.is_ok() { 30 } else { 0 };
        assert_eq!(market.held(&asset, BUYER).await, Some((bought, 0, 0)));
        assert_eq!(market.held(&asset, BRINGER).await, Some((100 - bought, 0, 0)));
        let lost = refusal(if posted.is_ok() { voided } else { posted });
        assert_eq!(lost.code, "ledger.already-resolved");
    }
}

#[tokio::test]
async fn a_post_that_was_decided_in_time_and_an_expiry_resolve_once() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let asked = market.asked(BRINGER, pending(BUYER, 30));
    let transfer: TransferId = id(&transfer_units(market.desk(), asked, &asset).await.unwrap());
    market.test.clock.advance_millis(limits::PENDING_TRANSFER_DAYS_MAX * 86_400_000 - 1);
    // The post loses its first race; meanwhile the time is over and the transfer expires.
    let (desk, flaky) = market.test.flaky();
    flaky.on_commit(&[Flaw::AnswerLost]);
    let post = market.asked(BUYER, Nothing {});
    assert!(post_transfer(&desk, post.clone(), &transfer).await.is_err(), "its answer is lost");
    market.test.clock.advance_millis(1);
    assert_eq!(expire_transfers(market.desk()).await.unwrap(), 0, "it was posted in time");
    let answer = post_transfer(&desk, post, &transfer).await.unwrap();
    assert_eq!((answer.replayed, body(&answer)["state"].as_str()), (true, Some("posted")));
    assert_eq!(market.held(&asset, BUYER).await, Some((30, 0, 0)));
}

#[tokio::test]
async fn two_expiry_rounds_at_once_give_units_back_once() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    for _ in 0..5 {
        let asked = market.asked(BRINGER, pending(BUYER, 10));
        transfer_units(market.desk(), asked, &asset).await.unwrap();
    }
    market.test.clock.advance_days(limits::PENDING_TRANSFER_DAYS_MAX);
    let (one, two) = tokio::join!(expire_transfers(market.desk()), expire_transfers(market.desk()));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)));
}
