//! Transfers between parties: at once, pending, resolved once, and between whom.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{
    BRINGER, BUYER, Market, OTHER, UNKNOWN_KYC, body, code, id, nobody, order, party, pending,
    refusal,
};
use poa_embedded::testing::Flaw;
use poa_operations::{
    answer::Outcome,
    nothing::Nothing,
    resolve_transfer::{expire_transfers, post_transfer, void_transfer},
    transfer_units::{TransferOrder, transfer_units},
};
use poa_protocol::{ids::TransferId, limits};

#[tokio::test]
async fn units_go_from_one_party_to_the_other() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let asked = market.asked(BRINGER, order(BUYER, 30));
    let answer = transfer_units(market.desk(), asked, &asset).await.unwrap();
    assert_eq!(answer.outcome, Outcome::Created);
    let view = body(&answer);
    assert_eq!(view["state"], "done");
    assert_eq!(view["units"], "30");
    assert_eq!(view["revision"].as_u64(), answer.revision);
    assert_eq!(market.held(&asset, BRINGER).await, Some((70, 0, 0)));
    assert_eq!(market.held(&asset, BUYER).await, Some((30, 0, 0)));
    let back = market.asked(BUYER, order(BRINGER, 30));
    transfer_units(market.desk(), back, &asset).await.unwrap();
    assert_eq!(market.held(&asset, BUYER).await, Some((0, 0, 0)), "an empty account stays");
}

#[tokio::test]
async fn only_parties_that_may_act_take_part() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let send = async |from: u32, order: TransferOrder| {
        transfer_units(market.desk(), market.asked(from, order), &asset).await
    };
    let told = refusal(send(BRINGER, order(UNKNOWN_KYC, 1)).await);
    assert_eq!(told.code, "ledger.may-not-hold");
    assert!(told.message.contains(party(UNKNOWN_KYC).as_str()));
    assert_eq!(code(send(BRINGER, order(99, 1)).await), "ledger.may-not-hold", "not registered");
    assert_eq!(code(send(BRINGER, order(BRINGER, 1)).await), "ledger.self-transfer");
    assert_eq!(code(send(BRINGER, order(BUYER, 0)).await), "ledger.no-units");
    assert_eq!(code(send(OTHER, order(BUYER, 1)).await), "request.not-found", "holds nothing");
    let stranger = market.asked_by(nobody(), order(BUYER, 1));
    assert_eq!(code(transfer_units(market.desk(), stranger, &asset).await), "request.not-found");
    market.suspend(BRINGER).await;
    assert_eq!(code(send(BRINGER, order(BUYER, 1)).await), "party.not-active");
    assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)), "nothing has moved");
}

#[tokio::test]
async fn a_party_whose_kyc_has_expired_neither_sends_nor_gets() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    market.test.clock.advance_days(365);
    let asked = market.asked(BRINGER, order(BUYER, 1));
    assert_eq!(code(transfer_units(market.desk(), asked, &asset).await), "party.kyc-expired");
}

#[tokio::test]
async fn a_pending_transfer_is_accepted_by_its_recipient_alone() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let asked = market.asked(BRINGER, pending(BUYER, 30));
    let pended = transfer_units(market.desk(), asked, &asset).await.unwrap();
    let transfer: TransferId = id(&pended);
    assert_eq!(body(&pended)["state"], "pending");
    assert_eq!(market.held(&asset, BRINGER).await, Some((70, 0, 30)));
    assert_eq!(market.held(&asset, BUYER).await, Some((0, 0, 0)), "it may see what is offered");
    let post = async |number: u32| {
        post_transfer(market.desk(), market.asked(number, Nothing {}), &transfer).await
    };
    assert_eq!(code(post(OTHER).await), "request.not-found");
    assert_eq!(code(post(BRINGER).await), "ledger.not-the-recipient");
    let posted = post(BUYER).await.unwrap();
    assert_eq!((body(&posted)["state"].as_str(), posted.outcome), (Some("posted"), Outcome::Done));
    assert_eq!(market.held(&asset, BRINGER).await, Some((70, 0, 0)));
    assert_eq!(market.held(&asset, BUYER).await, Some((30, 0, 0)));
    assert_eq!(code(post(BUYER).await), "ledger.already-resolved");
}

#[tokio::test]
async fn either_party_voids_and_a_third_finds_nothing() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    for (number, cause) in [(BRINGER, "withdrawn"), (BUYER, "declined")] {
        let asked = market.asked(BRINGER, pending(BUYER, 30));
        let transfer: TransferId = id(&transfer_units(market.desk(), asked, &asset).await.unwrap());
        let void = async |number: u32| {
            void_transfer(market.desk(), market.asked(number, Nothing {}), &transfer).await
        };
        assert_eq!(code(void(OTHER).await), "request.not-found");
        let voided = body(&void(number).await.unwrap());
        assert_eq!(
            (voided["state"].as_str(), voided["cause"].as_str()),
            (Some("voided"), Some(cause))
        );
        assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)));
    }
}

#[tokio::test]
async fn the_expiry_of_a_pending_transfer_lies_within_its_limits() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let now = market.desk().clock.now();
    let longest = now.plus_days(limits::PENDING_TRANSFER_DAYS_MAX);
    for (expires_at, expected) in [
        (now, Err("ledger.expiry-out-of-range")),
        (now.plus_secs(1), Ok(())),
        (longest, Ok(())),
        (longest.plus_secs(1), Err("ledger.expiry-out-of-range")),
    ] {
        let asked = TransferOrder { expires_at: Some(expires_at), ..pending(BUYER, 1) };
        let outcome = transfer_units(market.desk(), market.asked(BRINGER, asked), &asset).await;
        let found = outcome.map(drop).map_err(|failure| failure.refusal().code);
        assert_eq!(found, expected, "{expires_at}");
    }
    let default = transfer_units(market.desk(), market.asked(BRINGER, pending(BUYER, 1)), &asset);
    assert_eq!(body(&default.await.unwrap())["expires_at"], longest.to_string());
    let asked = TransferOrder { expires_at: Some(longest), ..order(BUYER, 1) };
    let immediate = transfer_units(market.desk(), market.asked(BRINGER, asked), &asset).await;
    assert_eq!(code(immediate), "ledger.expiry-not-pending");
}

#[tokio::test]
async fn what_nobody_resolves_expires_at_its_time_and_not_before() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let asked = market.asked(BRINGER, pending(BUYER, 30));
    let transfer: TransferId = id(&transfer_units(market.desk(), asked, &asset).await.unwrap());
    market.test.clock.advance_millis(limits::PENDING_TRANSFER_DAYS_MAX * 86_400_000 - 1);
    assert_eq!(expire_transfers(market.desk()).await.unwrap(), 0);
    market.test.clock.advance_millis(1);
    let late = post_transfer(market.desk(), market.asked(BUYER, Nothing {}), &transfer).await;
    assert_eq!(code(late), "ledger.transfer-expired");
    assert_eq!(expire_transfers(market.desk()).await.unwrap(), 1);
    assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)));
    assert_eq!(expire_transfers(market.desk()).await.unwrap(), 0, "it is not due any more");
    let late = post_transfer(market.desk(), market.asked(BUYER, Nothing {}), &transfer).await;
    assert_eq!(code(late), "ledger.already-resolved");
}

#[tokio::test]
async fn one_failing_expiry_does_not_hold_up_the_others() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    for _ in 0..3 {
        let asked = market.asked(BRINGER, pending(BUYER, 10));
        transfer_units(market.desk(), asked, &asset).await.unwrap();
    }
    market.test.clock.advance_days(limits::PENDING_TRANSFER_DAYS_MAX);
    let (desk, flaky) = market.test.flaky();
    flaky.on_commit(&[Flaw::None, Flaw::Unavailable, Flaw::None]);
    assert!(expire_transfers(&desk).await.is_err(), "it is told");
    assert_eq!(market.held(&asset, BRINGER).await, Some((90, 0, 10)));
    assert_eq!(expire_transfers(&desk).await.unwrap(), 1);
    assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)));
}
