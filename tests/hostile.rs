//! Somebody who means harm: twice at once, after the end, with what belongs to others.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

use poa::trigger::{Access, Body, Http, Method as Verb, On, table};
use poa_operations::audit_store::audit_store;
use poa_protocol::role::Role;
use poa_test_support::{
    Heard, TestApp, Who, guid, hear,
    market::{DOCUMENT, Market, evidence, pump},
    shelf::{admit, must},
};
use reqwest::Method;
use serde_json::{Value, json};

const ROUNDS: usize = 4;

fn officer(name: &str) -> Who {
    Who::operator(name).with(&[Role::Compliance])
}

/// A market, and one smart asset after the other.
struct Scene {
    app: TestApp,
    market: Market,
}

/// A smart asset with all its units at the trader.
struct Issued {
    tokenization: String,
    evidence: String,
    asset: String,
    units: Value,
}

impl Scene {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let market = Market::open(&app).await;
        Self { app, market }
    }

    async fn issue(&self, reference: &str) -> Issued {
        let record = self.market.issue(&self.app, reference).await;
        let text = |pointer: &str| record.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        Issued {
            tokenization: text("/id"),
            evidence: text("/evidence/0/id"),
            asset: text("/issued/asset"),
            units: record["issued"]["units"].clone(),
        }
    }

    /// The trader does something with a smart asset.
    async fn hold(&self, asset: &str, what: &str, body: &Value) -> Heard {
        let path = format!("smart-assets/{asset}/{what}");
        must(self.app.post(&self.market.trader, &path, body).await, 201)
    }

    async fn order(&self, asset: &str, order: &Value) -> Heard {
        let path = format!("smart-assets/{asset}/measures");
        let body = json!({ "order": order, "because": "a court" });
        must(self.app.post(&officer("Cora"), &path, &body).await, 201)
    }

    async fn decide(&self, by: &str, measure: &Heard) -> Heard {
        let path = format!("measures/{}/decision", measure.text("/id"));
        let body = json!({ "decision": "carry_out" });
        self.app.revise(&officer(by), &path, measure.etag(), &body).await
    }

    /// Everything that is kept agrees with itself.
    async fn is_sound(&self) {
        let report = audit_store(&self.app.desk.desk).await.unwrap();
        assert!(report.holds(), "{report:?}");
    }

    /// The same by two callers at once; one wins, and the other hears of a conflict.
    async fn race(&self, [one, other]: [&Who; 2], path: &str, body: &Value) {
        let (one, other) =
            tokio::join!(self.app.post(one, path, body), self.app.post(other, path, body));
        one_wins(path, [one, other]);
    }
}

fn one_wins(what: &str, mut heard: [Heard; 2]) {
    heard.sort_by_key(|one| one.status);
    let told = heard.each_ref().map(|one| (one.status, one.json.to_string()));
    assert!((200..300).contains(&heard[0].status), "{what}: {told:?}");
    assert!([409, 412].contains(&heard[1].status), "{what}: {told:?}");
}

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

/// The private things of the trader: the noun before the parameter, and the id.
type Things = Vec<(&'static str, String)>;

async fn things(scene: &Scene) -> Things {
    let one = scene.issue("PRIVATE-1").await;
    let offer = json!({ "to": scene.market.fund_id, "units": "1", "mode": "pending" });
    let pending = scene.hold(&one.asset, "transfers", &offer).await;
    let pledge = json!({ "units": "1", "reason": "a pledge" });
    let lock = scene.hold(&one.asset, "locks", &pledge).await;
    let redemption = scene.hold(&one.asset, "redemptions", &json!({ "units": "1" })).await;
    let burn = json!({ "kind": "burn", "from": scene.market.trader_id, "units": "1" });
    let measure = scene.order(&one.asset, &burn).await;
    vec![
        ("tokenizations", one.tokenization),
        ("evidence", one.evidence),
        ("smart-assets", one.asset),
        ("transfers", pending.text("/id").to_owned()),
        ("locks", lock.text("/id").to_owned()),
        ("redemptions", redemption.text("/id").to_owned()),
        ("measures", measure.text("/id").to_owned()),
        ("documents", DOCUMENT.1.to_owned()),
    ]
}

/// The same names of nothing: as long, and of the same thing.
fn absent(things: &Things) -> Things {
    let nothing = |(noun, id): &(&'static str, String)| match id.split_once('_') {
        Some((prefix, rest)) => (*noun, format!("{prefix}_{}{}", "0".repeat(26), &rest[26..])),
        None => (*noun, "0".repeat(id.len())),
    };
    things.iter().map(nothing).collect()
}

/// The path of a function for these things, where all that it names is among them.
fn path(http: &Http, things: &Things) -> Option<String> {
    let mut before = "";
    let mut path = Vec::new();
    for segment in http.route.split('/') {
        let named = segment.starts_with('{');
        let known = things.iter().find(|(noun, _)| *noun == before);
        path.push(if named { known?.1.as_str() } else { segment });
        before = segment;
    }
    http.route.contains('{').then(|| path.join("/"))
}

/// A body in which nothing is wrong in itself.
fn body(name: &str, market: &Market) -> Value {
    let hash = "0".repeat(64);
    match name {
        "redeem-units" => json!({ "units": "1" }),
        "lock-units" => json!({ "units": "1", "reason": "a pledge" }),
        "transfer-units" => json!({ "units": "1", "to": market.fund_id }),
        "post-transfer"
        | "void-transfer"
        | "release-lock"
        | "cancel-tokenization"
        | "retry-tokenization" => json!({}),
        "order-measure" => json!({ "order": { "kind": "freeze" }, "because": "a court" }),
        "decide-measure" => json!({ "decision": "carry_out" }),
        "add-evidence" => json!({ "evidence": [evidence("invoice_pdf")] }),
        "change-data" => json!({ "data": market.request("PRIVATE-1")["data"] }),
        "approve-proposal" => json!({ "decision": "approve", "data_hash": hash }),
        "review-contour" => json!({ "decision": "pass", "because": "x", "data_hash": hash }),
        "attest-check" => json!({ "check": "X", "satisfied": true, "data_hash": hash }),
        "sign-off-document" => json!({ "document": "X", "sha256": hash, "data_hash": hash }),
        "revoke-statement" => json!({ "statement": format!("att_{}", "0".repeat(46)) }),
        other => panic!("`{other}` has no body here"),
    }
}

/// What somebody hears, without the names in it.
async fn told(scene: &Scene, who: &Who, (name, http): (&str, &Http), things: &Things) -> String {
    let path = path(http, things).unwrap();
    let mut request = match http.method {
        Verb::Get => scene.app.request(Method::GET, &path),
        Verb::Post => scene.app.request(Method::POST, &path),
        Verb::Put => scene.app.request(Method::PUT, &path),
    };
    request = request.bearer_auth(scene.app.token(who)).header("if-match", "\"1\"");
    request = request.header("idempotency-key", scene.app.fresh_key());
    if matches!(http.body, Body::Json(_)) {
        request = request.json(&body(name, &scene.market));
    }
    let heard = hear(request).await;
    assert!(heard.status >= 400, "{name} {path}: {}", heard.json);
    let told = format!("{} {}", heard.status, heard.json);
    things.iter().fold(told, |told, (noun, id)| told.replace(id.as_str(), noun))
}

#[tokio::test]
async fn what_belongs_to_others_looks_like_what_is_not_there() {
    let scene = Scene::open().await;
    let there = things(&scene).await;
    let nowhere = absent(&there);
    admit(&scene.app, "984500MERLIONMERCH34", &guid("stranger")).await;
    let stranger = Who::of(&guid("stranger"), "Sly");
    let mut asked = 0;
    for trigger in table() {
        let On::Http(http) = &trigger.on else { continue };
        // What is put under a hash is one's own.
        if http.method == Verb::Put || path(http, &there).is_none() {
            continue;
        }
        let roles = match http.access {
            Access::Public => continue,
            Access::SignedIn => Role::ALL,
            Access::Roles(roles) => roles,
        };
        for role in roles {
            let who = stranger.with(&[*role]);
            let who = if role.is_for_programs() { who.program() } else { who };
            let one = told(&scene, &who, (trigger.name, http), &there).await;
            let other = told(&scene, &who, (trigger.name, http), &nowhere).await;
            assert_eq!(one, other, "{} as {role:?}", trigger.name);
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
    scene.is_sound().await;
}
