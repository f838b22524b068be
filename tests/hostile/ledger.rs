//! Units, measures and tokenizations: twice at once, and after the end.

use crate::{Issued, ROUNDS, Scene, one_wins};
use poa_test_support::{
    market::{Market, evidence, pump},
    shelf::must,
};
use serde_json::json;

#[tokio::test]
async fn units_that_are_asked_for_twice_at_once_go_once() {
    let scene = Scene::open().await;
    let Market { trader, fund, fund_id, .. } = &scene.market;
    for round in 0..ROUNDS {
        let Issued { asset, units, .. } = scene.issue(&format!("HOLD-{round}")).await;
        let path = |what: &str| format!("smart-assets/{asset}/{what}");
        let pledge = json!({ "units": units, "reason": "a pledge" });
        scene.race([trader, trader], &path("locks"), &pledge).await;
        let lock = must(scene.app.get(trader, "locks").await, 200);
        let locks = lock.json["items"].as_array().unwrap();
        let lock = locks.iter().find(|lock| lock["asset"] == json!(asset)).unwrap();
        let release = format!("locks/{}/release", lock["id"].as_str().unwrap());
        scene.race([trader, trader], &release, &json!({})).await;
        let offer = json!({ "to": fund_id, "units": units, "mode": "pending" });
        let pending = scene.hold(&asset, "transfers", &offer).await;
        let base = format!("transfers/{}", pending.text("/id"));
        scene.race([trader, fund], &format!("{base}/void"), &json!({})).await;
        let pending = scene.hold(&asset, "transfers", &offer).await;
        let base = format!("transfers/{}", pending.text("/id"));
        scene.race([fund, fund], &format!("{base}/post"), &json!({})).await;
        scene.race([fund, fund], &path("redemptions"), &json!({ "units": units })).await;
        let seen = must(scene.app.get(trader, &format!("smart-assets/{asset}")).await, 200);
        assert_eq!(seen.text("/outstanding"), "0", "{}", seen.json);
    }
    scene.is_sound().await;
}

#[tokio::test]
async fn what_compliance_takes_is_taken_once() {
    let scene = Scene::open().await;
    let Market { trader, trader_id, fund_id, .. } = &scene.market;
    for round in 0..ROUNDS {
        // One measure, two officers.
        let Issued { asset, units, .. } = scene.issue(&format!("BURN-{round}")).await;
        let burn = json!({ "kind": "burn", "from": trader_id, "units": "1" });
        let ordered = scene.order(&asset, &burn).await;
        let own = scene.decide("Cora", &ordered).await;
        assert_eq!(own.status, 403, "who ordered it does not carry it out: {}", own.json);
        let both = tokio::join!(scene.decide("Carl", &ordered), scene.decide("Cleo", &ordered));
        one_wins("one burn", both.into());
        let seen = must(scene.app.get(trader, &format!("smart-assets/{asset}")).await, 200);
        let left = units.as_str().unwrap().parse::<u128>().unwrap() - 1;
        assert_eq!(seen.text("/outstanding"), left.to_string(), "{}", seen.json);
        // Two measures and the holder, all after the same units.
        let left = json!(left.to_string());
        let (one, other) = (
            json!({ "kind": "burn", "from": trader_id, "units": left }),
            json!({ "kind": "transfer", "from": trader_id, "to": fund_id, "units": left }),
        );
        let (one, other) = (scene.order(&asset, &one).await, scene.order(&asset, &other).await);
        let path = format!("smart-assets/{asset}/redemptions");
        let redemption = json!({ "units": left });
        let (one, other, holder) = tokio::join!(
            scene.decide("Carl", &one),
            scene.decide("Cleo", &other),
            scene.app.post(trader, &path, &redemption)
        );
        let heard = [one, other, holder];
        let won = heard.iter().filter(|one| (200..300).contains(&one.status)).count();
        let refused = heard.iter().filter(|one| one.status == 409).count();
        assert_eq!((won, refused), (1, 2), "{:?}", heard.map(|one| one.json.to_string()));
    }
    scene.is_sound().await;
}

#[tokio::test]
async fn a_thing_that_is_brought_twice_at_once_is_issued_once_and_what_is_cancelled_never() {
    let scene = Scene::open().await;
    let (app, trader) = (&scene.app, &scene.market.trader);
    for round in 0..ROUNDS {
        let request = scene.market.request(&format!("TWICE-{round}"));
        let (one, other) = tokio::join!(
            app.post(trader, "tokenizations", &request),
            app.post(trader, "tokenizations", &request)
        );
        let made = must(
            app.post(trader, "tokenizations", &scene.market.request(&format!("CANCEL-{round}")))
                .await,
            202,
        );
        let cancel = format!("tokenizations/{}/cancellation", made.text("/id"));
        let none = json!({});
        let ((), heard) = tokio::join!(pump(app), app.post(trader, &cancel, &none));
        pump(app).await;
        let mut states = Vec::new();
        for heard in [one, other, made] {
            let path = format!("tokenizations/{}", must(heard, 202).text("/id"));
            let record = must(app.get(trader, &path).await, 200);
            let issued = record.json.get("issued").is_some();
            assert_eq!(issued, record.text("/state") == "issued", "{}", record.json);
            states.push(record.text("/state").to_owned());
        }
        let ending = if heard.status == 200 { "cancelled" } else { "issued" };
        assert_eq!(states.pop().unwrap(), ending, "{}", heard.json);
        states.sort();
        assert_eq!(states, ["issued", "rejected"]);
    }
    scene.is_sound().await;
}

#[tokio::test]
async fn after_the_end_nothing_more_happens() {
    let scene = Scene::open().await;
    let (app, trader) = (&scene.app, &scene.market.trader);
    let Issued { tokenization, asset, units, .. } = scene.issue("END-1").await;
    let path = format!("tokenizations/{tokenization}");
    let before = must(app.get(trader, &path).await, 200);
    let hash = before.json["data_hash"].clone();
    let data = scene.market.request("END-1")["data"].clone();
    for (verb, body) in [
        ("cancellation", json!({})),
        ("retry", json!({})),
        ("data", json!({ "data": data })),
        ("evidence", json!({ "evidence": [evidence("invoice_pdf")] })),
        ("approvals", json!({ "decision": "reject", "data_hash": hash })),
    ] {
        let heard = app.revise(trader, &format!("{path}/{verb}"), before.etag(), &body).await;
        assert!([403, 409].contains(&heard.status), "{verb}: {} {}", heard.status, heard.json);
    }
    pump(app).await;
    let after = must(app.get(trader, &path).await, 200);
    assert_eq!(
        (after.bytes, after.headers.get("etag")),
        (before.bytes, before.headers.get("etag"))
    );
    let burn = json!({ "kind": "burn", "from": scene.market.trader_id, "units": "1" });
    let late = scene.order(&asset, &burn).await;
    scene.hold(&asset, "redemptions", &json!({ "units": units })).await;
    for (what, body) in [
        ("redemptions", json!({ "units": "1" })),
        ("locks", json!({ "units": "1", "reason": "a pledge" })),
        ("transfers", json!({ "units": "1", "to": scene.market.fund_id })),
        ("transfers", json!({ "units": "1", "to": scene.market.fund_id, "mode": "pending" })),
    ] {
        let heard = app.post(trader, &format!("smart-assets/{asset}/{what}"), &body).await;
        assert_eq!(heard.status, 409, "{what}: {}", heard.json);
    }
    let heard = scene.decide("Carl", &late).await;
    assert_eq!(heard.status, 409, "{}", heard.json);
    scene.is_sound().await;
}
