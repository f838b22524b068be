//! Parties, products, versions, instances: twice at once, and what a refusal leaves behind.

use crate::{Scene, one_wins};
use poa_protocol::role::Role;
use poa_test_support::{Heard, TestApp, Who, guid, shelf::must};
use serde_json::{Value, json};

const INSTANCE: &str = include_str!("../../examples/products/invoice_us.formula");
const LEIS: [&str; 4] = [
    "984500LIONSURVEYOR84",
    "984500NORTHGATEAUD02",
    "984500KANZLEIAMDOM22",
    "984500RAFFLESQUAY145",
];

fn admin() -> Who {
    Who::operator("Ada").with(&[Role::Administrator])
}

fn party(lei: &str, tenants: &[String]) -> Value {
    json!({
        "lei": lei, "name": format!("Party {lei}"), "country": "DE", "kind": "non_bank",
        "tenants": tenants,
    })
}

async fn register(app: &TestApp, lei: &str, tenants: &[String]) -> Heard {
    app.post(&admin(), "parties", &party(lei, tenants)).await
}

#[tokio::test]
async fn a_tenant_belongs_to_one_party_however_many_want_it_at_once() {
    let app = TestApp::start().await;
    let contested = [guid("contested")];
    let all = LEIS.map(|lei| register(&app, lei, &contested));
    let heard = futures_util::future::join_all(all).await;
    let (won, lost): (Vec<_>, Vec<_>) = heard.into_iter().partition(|one| one.status == 201);
    assert_eq!((won.len(), lost.len()), (1, LEIS.len() - 1));
    for one in &lost {
        assert_eq!((one.status, one.code()), (409, "party.tenant-taken"), "{}", one.json);
    }
    let listed = must(app.get(&admin(), "parties").await, 200);
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 1, "who lost is not registered");
    // Two parties that are there want another one.
    let winner = won[0].text("/lei").to_owned();
    let mut others = LEIS.iter().filter(|lei| **lei != winner);
    let mut made = Vec::new();
    for name in ["first", "second"] {
        made.push(must(register(&app, others.next().unwrap(), &[guid(name)]).await, 201));
    }
    let more = json!({ "tenants": [guid("late")] });
    let add = async |party: &Heard| {
        let path = format!("parties/{}/tenants", party.text("/id"));
        app.revise(&admin(), &path, party.etag(), &more).await
    };
    let both = tokio::join!(add(&made[0]), add(&made[1]));
    one_wins("a tenant that two add", both.into());
}

#[tokio::test]
async fn a_refused_party_leaves_its_tenants_to_others() {
    let app = TestApp::start().await;
    let [taken, free, late] = ["taken", "free", "late"].map(guid);
    let first = must(register(&app, LEIS[0], std::slice::from_ref(&taken)).await, 201);
    let refused = register(&app, LEIS[1], &[free.clone(), taken.clone()]).await;
    assert_eq!((refused.status, refused.code()), (409, "party.tenant-taken"));
    let second = must(register(&app, LEIS[2], std::slice::from_ref(&free)).await, 201);
    let path = format!("parties/{}/tenants", second.text("/id"));
    let more = json!({ "tenants": [late, taken] });
    let refused = app.revise(&admin(), &path, second.etag(), &more).await;
    assert_eq!((refused.status, refused.code()), (409, "party.tenant-taken"));
    let path = format!("parties/{}/tenants", first.text("/id"));
    let more = json!({ "tenants": [late] });
    must(app.revise(&admin(), &path, first.etag(), &more).await, 200);
}

#[tokio::test]
async fn each_step_to_an_active_instance_happens_once() {
    let scene = Scene::open().await;
    let (app, shelf) = (&scene.app, &scene.market.shelf);
    let none = json!({});
    for (round, lei) in LEIS.into_iter().enumerate() {
        let lei = party(lei, &[guid(lei)]);
        scene.race([&admin(), &admin()], "parties", &lei).await;
        let code = format!("product_{round}");
        let product = json!({
            "code": code, "name": code, "asset_class": "loan", "cfi": "D*****",
        });
        scene.race([&shelf.maker, &shelf.checker], "products", &product).await;
        let order = json!({
            "version": "1.0.0", "source": INSTANCE, "jurisdiction": "US",
            "regime": "US-RegD-506c", "currency": "USD", "sides": ["originator"],
        });
        let made = app.post(&shelf.maker, "products/trade_invoice/instances", &order).await;
        let mut tag = must(made, 201);
        let path = format!("instances/{}", tag.text("/id"));
        for (who, verb) in [
            (&shelf.checker, "approval"),
            (&shelf.maker, "activation"),
            (&shelf.maker, "suspension"),
            (&shelf.maker, "activation"),
            (&shelf.maker, "retirement"),
        ] {
            let url = format!("{path}/{verb}");
            let both = tokio::join!(
                app.revise(who, &url, tag.etag(), &none),
                app.revise(who, &url, tag.etag(), &none)
            );
            one_wins(&url, both.into());
            tag = must(app.get(&shelf.maker, &path).await, 200);
        }
        assert_eq!(tag.text("/state"), "retired", "{}", tag.json);
        for verb in ["approval", "activation", "suspension", "retirement"] {
            let url = format!("{path}/{verb}");
            let heard = app.revise(&shelf.maker, &url, tag.etag(), &none).await;
            assert!([403, 409].contains(&heard.status), "{verb}: {}", heard.json);
        }
    }
    scene.is_sound().await;
}
