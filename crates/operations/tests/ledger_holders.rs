//! Locks, redemptions, and who sees what of a smart asset.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure fails the test")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]
#![expect(unreachable_pub, dead_code, reason = "parts for several tests")]

#[path = "ledger_market/market.rs"]
mod market;

use market::{
    BRINGER, BUYER, Market, OTHER, auditor, auditor_elsewhere, body, code, id, nobody, order,
    party, pending, person_of, units,
};
use poa_operations::{
    commit::open,
    list_entries::list_entries,
    list_holdings::{list_asset_holdings, list_own_holdings},
    lock_units::{LockOrder, lock_units},
    nothing::Nothing,
    pages::PageWanted,
    read_lock::{list_locks, read_lock, read_redemption},
    read_smart_asset::{SmartAssetFilter, list_smart_assets, read_smart_asset},
    read_transfer::{list_transfers, read_transfer},
    redeem_units::{RedemptionOrder, redeem_units},
    release_lock::release_lock,
    transfer_units::transfer_units,
};
use poa_protocol::{
    caller::Caller,
    ids::{AssetId, LockId, RedemptionId, TransferId},
    ledger::AssetState,
    limits,
    partition::Partition,
    thing::Thing,
};
use serde_json::{Value, json};

const ALL: PageWanted = PageWanted { after: None, limit: limits::PAGE_MAX };

fn lock_of(count: i128) -> LockOrder {
    LockOrder { units: units(count), reason: "a deal".to_owned() }
}

async fn give(market: &Market, asset: &AssetId, to: u32, count: i128) {
    let asked = market.asked(BRINGER, order(to, count));
    transfer_units(market.desk(), asked, asset).await.unwrap();
}

async fn redeem(
    market: &Market,
    asset: &AssetId,
    number: u32,
    count: i128,
) -> Result<Value, String> {
    let asked = market.asked(number, RedemptionOrder { units: units(count) });
    let outcome = redeem_units(market.desk(), asked, asset).await;
    outcome.map(|answer| body(&answer)).map_err(|failure| failure.refusal().code.to_owned())
}

async fn live_value(market: &Market, asset: &AssetId) -> Option<String> {
    let opened = open(market.desk(), &Partition::thing(&asset.home())).await.unwrap();
    let thing: Thing = opened.state().unwrap().unwrap();
    thing.live.get(asset).map(|live| live.value.to_string())
}

#[tokio::test]
async fn a_lock_holds_units_and_its_holder_releases_it_once() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let locked = lock_units(market.desk(), market.asked(BRINGER, lock_of(40)), &asset).await;
    let locked = locked.unwrap();
    let lock: LockId = id(&locked);
    assert_eq!(
        (body(&locked)["state"].as_str(), body(&locked)["reason"].as_str()),
        (Some("held"), Some("a deal"))
    );
    let too_many = market.asked(BRINGER, order(BUYER, 61));
    assert_eq!(code(transfer_units(market.desk(), too_many, &asset).await), "ledger.overdraft");
    let release =
        async |number| release_lock(market.desk(), market.asked(number, Nothing {}), &lock).await;
    assert_eq!(code(release(BUYER).await), "request.not-found");
    assert_eq!(body(&release(BRINGER).await.unwrap())["state"], "released");
    assert_eq!(code(release(BRINGER).await), "ledger.lock-released");
    assert_eq!(market.held(&asset, BRINGER).await, Some((100, 0, 0)));
    let read = read_lock(market.desk(), &person_of(BRINGER), &lock).await.unwrap();
    assert_eq!(body(&read)["state"], "released");
    assert_eq!(code(read_lock(market.desk(), &person_of(BUYER), &lock).await), "request.not-found");
    assert!(read_lock(market.desk(), &auditor(), &lock).await.is_ok());
    let mine = list_locks(market.desk(), &person_of(BRINGER), ALL).await.unwrap();
    assert_eq!(body(&mine)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_reason_of_a_lock_has_its_limits() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let long = |bytes| "x".repeat(bytes);
    for (reason, expected) in [
        (String::new(), Err("request.invalid")),
        (long(1), Ok(())),
        (long(limits::TEXT_BYTES_MAX), Ok(())),
        (long(limits::TEXT_BYTES_MAX + 1), Err("request.invalid")),
        ("two\nlines".to_owned(), Err("request.invalid")),
    ] {
        let asked = market.asked(BRINGER, LockOrder { units: units(1), reason });
        let outcome = lock_units(market.desk(), asked, &asset).await;
        assert_eq!(outcome.map(drop).map_err(|failure| failure.refusal().code), expected);
    }
}

#[tokio::test]
async fn a_redemption_lowers_the_live_value_and_the_last_one_ends_it() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 3, "1.00").await;
    give(&market, &asset, BUYER, 1).await;
    assert_eq!(live_value(&market, &asset).await.as_deref(), Some("EUR 1.00"));
    let redeemed = redeem(&market, &asset, BUYER, 1).await.unwrap();
    assert_eq!(
        (redeemed["units"].as_str(), redeemed["owner"].as_str()),
        (Some("1"), Some(party(BUYER).as_str()))
    );
    assert_eq!(live_value(&market, &asset).await.as_deref(), Some("EUR 0.67"), "rounded up");
    assert_eq!(redeem(&market, &asset, BUYER, 1).await, Err("ledger.overdraft".to_owned()));
    assert_eq!(redeem(&market, &asset, OTHER, 1).await, Err("request.not-found".to_owned()));
    redeem(&market, &asset, BRINGER, 2).await.unwrap();
    assert_eq!(live_value(&market, &asset).await, None);
    assert_eq!(redeem(&market, &asset, BRINGER, 1).await, Err("ledger.redeemed".to_owned()));
    let view = read_smart_asset(market.desk(), &person_of(BRINGER), &asset).await.unwrap();
    let view = body(&view);
    assert_eq!(view["state"], "redeemed");
    assert_eq!(
        (&view["issued"], &view["redeemed"], &view["outstanding"]),
        (&json!("3"), &json!("3"), &json!("0"))
    );
    let zero = json!({ "amount": "0.00", "currency": "EUR" });
    assert_eq!((&view["value"]["amount"], &view["outstanding_value"]), (&json!("1.00"), &zero));
    let id: RedemptionId = redeemed["id"].as_str().unwrap().parse().unwrap();
    assert!(read_redemption(market.desk(), &person_of(BUYER), &id).await.is_ok());
    let other = read_redemption(market.desk(), &person_of(OTHER), &id).await;
    assert_eq!(code(other), "request.not-found");
}

#[tokio::test]
async fn a_smart_asset_is_seen_by_who_brought_it_who_holds_it_and_auditors() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    let read = async |caller: Caller| {
        let answer = read_smart_asset(market.desk(), &caller, &asset).await;
        answer
            .map(|answer| body(&answer)["outstanding"].clone())
            .map_err(|failure| failure.refusal().code)
    };
    assert_eq!(read(person_of(BRINGER)).await, Ok(json!("100")));
    assert_eq!(read(auditor()).await, Ok(json!("100")));
    for stranger in [person_of(BUYER), nobody()] {
        assert_eq!(read(stranger).await, Err("request.not-found"));
    }
    let asked = market.asked(BRINGER, pending(BUYER, 1));
    let transfer = transfer_units(market.desk(), asked, &asset).await.unwrap();
    assert_eq!(read(person_of(BUYER)).await, Ok(json!("100")), "it must know what is offered");
    let transfer: TransferId = id(&transfer);
    for (caller, sees) in [
        (person_of(BRINGER), true),
        (person_of(BUYER), true),
        (person_of(OTHER), false),
        (nobody(), false),
        (auditor(), true),
        (auditor_elsewhere(), false),
    ] {
        let seen = read_transfer(market.desk(), &caller, &transfer).await;
        assert_eq!(seen.is_ok(), sees);
    }
    let (buyer, pending) = (person_of(BUYER), Some("pending".parse().unwrap()));
    let offered = list_transfers(market.desk(), &buyer, pending, ALL).await.unwrap();
    assert_eq!(body(&offered)["items"][0]["id"], transfer.as_str());
}

#[tokio::test]
async fn lists_show_what_is_ones_own_page_by_page() {
    let market = Market::open().await;
    let first = market.issue("INV-1", 100, "50.00").await;
    let second = market.issue("INV-2", 100, "50.00").await;
    give(&market, &first, BUYER, 1).await;
    redeem(&market, &second, BRINGER, 100).await.unwrap();
    let list = async |caller: Caller, state: Option<AssetState>, page: PageWanted| {
        let filter = SmartAssetFilter { state, ..SmartAssetFilter::default() };
        body(&list_smart_assets(market.desk(), &caller, filter, page).await.unwrap())
    };
    let ids = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mine = person_of(BRINGER);
    assert_eq!(ids(&list(mine.clone(), None, ALL).await).len(), 2);
    assert_eq!(ids(&list(auditor(), None, ALL).await).len(), 2);
    assert!(ids(&list(person_of(BUYER), None, ALL).await).is_empty(), "it brought nothing");
    assert!(ids(&list(nobody(), None, ALL).await).is_empty());
    let redeemed = list(mine.clone(), Some(AssetState::Redeemed), ALL).await;
    assert_eq!(ids(&redeemed), [second.as_str()]);
    let page = list(mine.clone(), None, PageWanted { after: None, limit: 1 }).await;
    let next = PageWanted::read(page["continuation"].as_str(), 1).unwrap();
    let mut both = ids(&page);
    both.extend(ids(&list(mine, None, next).await));
    assert_eq!(both, [first.as_str(), second.as_str()]);
}

#[tokio::test]
async fn holdings_are_for_who_brought_the_asset_and_ones_own_for_everybody() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    give(&market, &asset, BUYER, 30).await;
    let all = list_asset_holdings(market.desk(), &person_of(BRINGER), &asset, ALL).await.unwrap();
    let mut totals: Vec<_> = body(&all)["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|holding| (holding["owner"].as_str().unwrap().to_owned(), holding["total"].clone()))
        .collect();
    totals.sort_by_key(|(owner, _)| owner.clone());
    let mut expected =
        vec![(party(BRINGER).to_string(), json!("70")), (party(BUYER).to_string(), json!("30"))];
    expected.sort_by_key(|(owner, _)| owner.clone());
    assert_eq!(totals, expected);
    assert!(list_asset_holdings(market.desk(), &auditor(), &asset, ALL).await.is_ok());
    let buyer = list_asset_holdings(market.desk(), &person_of(BUYER), &asset, ALL).await;
    assert_eq!(code(buyer), "request.not-found");
    let own = list_own_holdings(market.desk(), &person_of(BUYER), ALL).await.unwrap();
    assert_eq!(body(&own)["items"][0]["total"], "30");
    let none = list_own_holdings(market.desk(), &person_of(OTHER), ALL).await.unwrap();
    assert!(body(&none)["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn entries_come_in_order_and_show_each_party_its_own() {
    let market = Market::open().await;
    let asset = market.issue("INV-1", 100, "50.00").await;
    market.issue("INV-1", 5, "1.00").await;
    give(&market, &asset, BUYER, 30).await;
    give(&market, &asset, OTHER, 20).await;
    redeem(&market, &asset, BUYER, 10).await.unwrap();
    let kinds = async |caller: &Caller, after, limit| {
        let page = list_entries(market.desk(), caller, &asset, after, limit).await.unwrap();
        let page = body(&page);
        let kinds = page["items"].as_array().unwrap().iter();
        let kinds: Vec<_> = kinds.map(|event| event["data"]["kind"].clone()).collect();
        (kinds, page["continuation"].as_str().map(str::to_owned))
    };
    let bringer = person_of(BRINGER);
    let (all, end) = kinds(&bringer, 0, 200).await;
    assert_eq!(
        (all, end),
        (vec![json!("issue"), json!("transfer"), json!("transfer"), json!("redeem")], None)
    );
    let (first, next) = kinds(&bringer, 0, 2).await;
    assert_eq!(first, ["issue", "transfer"]);
    let (rest, end) = kinds(&bringer, next.unwrap().parse().unwrap(), 2).await;
    assert_eq!((rest, end), (vec![json!("transfer"), json!("redeem")], None));
    assert_eq!(kinds(&person_of(BUYER), 0, 200).await.0, ["transfer", "redeem"]);
    assert_eq!(kinds(&auditor(), 0, 200).await.0.len(), 4);
    let page = list_entries(market.desk(), &bringer, &asset, 0, 200).await.unwrap();
    let page = body(&page);
    let actors = page["items"].as_array().unwrap().iter();
    let actors: Vec<_> = actors.map(|event| event["actor"]["tenant"].clone()).collect();
    let own = json!(market::tenant(BRINGER));
    assert_eq!(
        actors,
        [Value::Null, own.clone(), own, Value::Null],
        "others' people are not named"
    );
    let stranger = list_entries(market.desk(), &nobody(), &asset, 0, 1).await;
    assert_eq!(code(stranger), "request.not-found");
}
