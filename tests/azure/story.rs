//! The same operations on Azure's services, by settings alone: from the parties to a transfer.

use crate::{
    app::{App, Heard, hear},
    client::Client,
    draft::Draft,
    or_absent,
    publish::{self, Stage},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::clock::Clock as _;
use poa_protocol::role::Role;
use poa_test_cloud::{
    azure::{COSMOS, COSMOS_REGION, KEY_VAULT},
    azurite::BLOB_HOST,
    broker::NAMESPACE,
    entra::AUTHORITY,
    front::METADATA,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The hash of the document `linked`.
const LINKED: &str = "2272bea616a05ae194c58b63752b39924a7beed67597c20dcb5586d1ee517290";
/// A bank of the demo.
const BANK: &str = "rheinbank";

/// The figures of the header `Server-Timing`.
fn spent(heard: &Heard, name: &str) -> f64 {
    let header = heard.headers["server-timing"].to_str().unwrap();
    let part = header.split(", ").find_map(|part| part.strip_prefix(&format!("{name};desc=\"")));
    part.and_then(|part| part.strip_suffix('"')).unwrap().parse().unwrap()
}

/// Registers the bank with its licence; its operator's token.
async fn bank(client: &Client) -> String {
    let parties: Vec<Value> =
        serde_json::from_str(include_str!("../../examples/demo/parties.json")).unwrap();
    let party = parties.iter().find(|party| party["key"] == BANK).unwrap();
    publish::register(client, party, SystemClock.now()).await;
    client.token(&publish::tenant(BANK), 1, Role::BankOperator)
}

/// Asks for a tokenization; the record at its end.
async fn tokenized(client: &Client, stage: &Stage, token: &str, number: usize) -> Value {
    let key = format!("story-{number}");
    let made = client.persist(token, "tokenizations", &key, &stage.request(number)).await;
    let path = format!("tokenizations/{}", made["id"].as_str().unwrap());
    client
        .until(token, &path, |record| {
            assert!(record["exit"].is_null(), "{record}");
            record["state"] == "issued"
        })
        .await
}

/// A document that goes to the blobs past the handler, and comes back so.
async fn by_links(app: &App, token: &str) {
    let path = format!("documents/{LINKED}");
    let ask = async |verb: &str| {
        let request = app.request(Method::POST, &format!("{path}/{verb}")).bearer_auth(token);
        hear(request).await
    };
    let link = ask("upload-link?media_type=text/csv").await.json;
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("https://{BLOB_HOST}/incoming/")), "{url}");
    let web = app.azure.web();
    let mut put = web.put(url).body("linked");
    for (name, value) in link["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    assert_eq!(put.send().await.unwrap().status(), 201);
    let kept = ask("completion").await;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(kept.json["media_type"], "text/csv");
    let link = ask("download-link").await.json;
    let read = web.get(link["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(read.headers()["content-type"], "text/csv");
    assert_eq!(read.text().await.unwrap(), "linked");
}

/// The signature of the certificate against the published keys, by another library.
async fn the_vault_has_signed(client: &Client) {
    let anybody = client.token(&publish::tenant("owner"), 1, Role::ProductOwner);
    let version = client.app.get(&anybody, "products/trade_invoice/versions/1.0.0").await;
    let jws = version.json["certificate"]["jws"].as_str().unwrap();
    let keys = client.app.request(Method::GET, "log/keys").send().await.unwrap();
    let keys: JwkSet = serde_json::from_slice(&keys.bytes().await.unwrap()).unwrap();
    let kid = jsonwebtoken::decode_header(jws).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_required_spec_claims::<&str>(&[]);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let signed = jsonwebtoken::decode::<Value>(jws, &key, &validation).unwrap();
    assert_eq!(signed.claims, version.json["certificate"]["statement"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_operations_run_on_the_services_of_azure_by_settings_alone() {
    let app = or_absent!(App::start().await);
    let client = Client::new(&app);
    let stage = publish::everything(&client).await;
    let banker = bank(&client).await;
    the_vault_has_signed(&client).await;
    let signed = Draft::submit(&client, "1.1.0").await.certify(&client).await;
    assert_eq!((signed.status, spent(&signed, "key")), (200, 1.0), "{signed:?}");
    let ready = app.get("", "health/ready").await;
    assert_eq!((ready.status, &ready.json["status"]), (200, &json!("ready")), "{ready:?}");
    let parts = ready.json["parts"].as_array().unwrap();
    assert!(parts.len() == 5 && parts.iter().all(|part| part["ready"] == true), "{ready:?}");
    for name in ["ru", "store", "bus"] {
        assert!(spent(&ready, name) > 0.0, "{name}: {ready:?}");
    }
    let record = tokenized(&client, &stage, &stage.trader, 1).await;
    let put = app.put(&banker, &stage.sha256, publish::DOCUMENT).await;
    assert_eq!((put.status, spent(&put, "bytes") > 0.0), (201, true), "{put:?}");
    let contoured = tokenized(&client, &stage, &banker, 2).await;
    assert!(record["links"]["contour"].is_null(), "{record}");
    assert_eq!(contoured["links"]["contour"]["outcome"], "pass", "{contoured}");
    let asset = record["issued"]["asset"].as_str().unwrap();
    let path = format!("smart-assets/{asset}/transfers");
    let body = json!({ "to": stage.fund_id, "units": "7", "mode": "immediate" });
    let moved = app.post(&stage.trader, &path, "transfer", &body).await;
    assert!((200..300).contains(&moved.status), "{moved:?}");
    assert!(spent(&moved, "ru") > 0.0, "{moved:?}");
    let holdings = client.list(&stage.trader, &format!("smart-assets/{asset}/holdings")).await;
    let fund = holdings.iter().find(|view| view["owner"] == json!(stage.fund_id)).unwrap();
    assert_eq!(fund["available"], "7");
    by_links(&app, &stage.trader).await;
    let named = [COSMOS, COSMOS_REGION, NAMESPACE, KEY_VAULT, AUTHORITY, BLOB_HOST];
    let mut called = app.azure.front.called();
    called.remove(METADATA);
    assert_eq!(called, named.map(str::to_owned).into());
    assert_eq!(app.azure.front.strangers(), BTreeSet::new(), "nobody else was called");
    assert_eq!((app.azure.broker.dead(), app.azure.broker.suppressed()), (vec![], 0));
}
