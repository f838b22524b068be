//! What the requests need: parties, one product, one active instance, documents.

use crate::{app::App, client::Client};
use aws_lc_rs::digest::{SHA256, digest};
use poa_operations::{commit::hex, ports::clock::Clock as _};
use poa_protocol::{role::Role, timestamp::Timestamp};
use serde_json::{Value, json};

const PARTIES: &str = include_str!("../../examples/demo/parties.json");
pub(crate) const PRODUCT: &str = include_str!("../../examples/products/trade_invoice.formula");
pub(crate) const INSTANCE: &str = include_str!("../../examples/products/invoice_us.formula");

/// The document that every request brings.
pub(crate) const DOCUMENT: &[u8] = b"an invoice";

/// Everything that a request names.
pub(crate) struct Stage {
    pub(crate) trader: String,
    pub(crate) trader_id: String,
    pub(crate) fund_id: String,
    pub(crate) owner_id: String,
    pub(crate) instance: String,
    pub(crate) sha256: String,
    began: Timestamp,
}

impl Stage {
    /// Request number `number`: eligible, and a thing of its own.
    pub(crate) fn request(&self, number: usize) -> Value {
        let day = |days: i64| self.began.plus_days(days).to_string()[..10].to_owned();
        let proof = |name: &str| {
            json!({
                "name": name, "sha256": self.sha256, "media_type": "text/plain",
                "issued_at": format!("{}T00:00:00Z", day(-3)), "issuer": "test",
            })
        };
        json!({
            "instance": self.instance, "side": "originator", "reference": format!("INV-{number}"),
            "data": {
                "due": day(60), "debtor_rating": "A", "invoice_ccy": "USD",
                "face": { "amount": format!("{}.00", 20_000 + number), "currency": "USD" },
                "fx_rate": { "from": "USD", "to": "USD", "rate": "1" },
                "accepted": true, "financing_statement_filed": true,
            },
            "evidence": [proof("invoice_pdf"), proof("bill_of_lading")],
        })
    }
}

/// Registers, publishes, activates, uploads.
pub(crate) async fn everything(client: &Client) -> Stage {
    let began = poa_embedded::clock::SystemClock.now();
    let parties: Vec<Value> = serde_json::from_str(PARTIES).unwrap();
    let mut ids = std::collections::BTreeMap::new();
    for key in ["owner", "certifier", "trader", "fund"] {
        let party = parties.iter().find(|party| party["key"] == key).unwrap();
        ids.insert(key, register(client, party, began).await);
    }
    let maker = client.token(&tenant("owner"), 1, Role::ProductOwner);
    let checker = client.token(&tenant("owner"), 2, Role::ProductOwner);
    let certifier = client.token(&tenant("certifier"), 1, Role::Certifier);
    version(client, &maker, &checker, &certifier).await;
    let instance = instance(client, &maker, &checker, began).await;
    let trader = client.token(&tenant("trader"), 1, Role::Originator);
    let sha256 = hex(digest(&SHA256, DOCUMENT).as_ref());
    let url = format!("{}documents/{sha256}", client.app.base());
    let put = reqwest::Client::builder().build().unwrap().put(url).bearer_auth(&trader);
    let put = put.header("content-type", "text/plain").body(DOCUMENT);
    assert!(put.send().await.unwrap().status().is_success());
    let id = |key: &str| ids[key].clone();
    let (fund_id, owner_id) = (id("fund"), id("owner"));
    Stage { trader, trader_id: id("trader"), fund_id, owner_id, instance, sha256, began }
}

/// The tenant of a party of the demo.
pub(crate) fn tenant(key: &str) -> String {
    let parties: Vec<Value> = serde_json::from_str(PARTIES).unwrap();
    let party = parties.iter().find(|party| party["key"] == key).unwrap();
    party["tenant"].as_str().unwrap().to_owned()
}

/// Registers a party, verifies who it is, and lets it act; its id.
pub(crate) async fn register(client: &Client, party: &Value, began: Timestamp) -> String {
    let admin = client.token(&App::operator(), 1, Role::Administrator);
    let body = json!({
        "lei": party["lei"], "name": party["name"], "country": party["country"],
        "kind": party["kind"], "tenants": [party["tenant"]], "licence": party["licence"],
    });
    let key = party["key"].as_str().unwrap();
    let (made, tag) = client.revise(&admin, "parties", key, (&body, None)).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let kyc = json!({ "state": "verified", "valid_until": began.plus_days(30).to_string() });
    let (path, about) = (format!("parties/{id}/kyc"), format!("kyc-{key}"));
    let (_, tag) = client.revise(&admin, &path, &about, (&kyc, tag.as_deref())).await;
    let (path, about) = (format!("parties/{id}/state"), format!("state-{key}"));
    client.revise(&admin, &path, &about, (&json!({ "state": "active" }), tag.as_deref())).await;
    id
}

async fn version(client: &Client, maker: &str, checker: &str, certifier: &str) {
    let body = json!({
        "code": "trade_invoice", "name": "Invoices", "asset_class": "receivable",
        "cfi": "DMXXXX",
    });
    client.persist(maker, "products", "product", &body).await;
    let base = "products/trade_invoice/versions";
    let (draft, tag) =
        client.revise(maker, base, "version", (&json!({ "source": PRODUCT }), None)).await;
    let base = format!("{base}/{}", draft["number"].as_str().unwrap());
    let act = async |token: &str, verb: &str, body: Value, tag: Option<String>| {
        client.revise(token, &format!("{base}/{verb}"), verb, (&body, tag.as_deref())).await
    };
    let (submitted, tag) = act(maker, "submission", json!({}), tag).await;
    let opinion =
        json!({ "content_hash": submitted["content"]["content_hash"], "decision": "certified" });
    let (_, tag) = act(certifier, "certification", opinion, tag).await;
    act(checker, "publication", json!({}), tag).await;
    let (_, tag) = client.get(maker, "products/trade_invoice").await;
    let listed = json!({ "state": "listed" });
    let path = "products/trade_invoice/state";
    client.revise(maker, path, "list", (&listed, tag.as_deref())).await;
}

async fn instance(client: &Client, maker: &str, checker: &str, began: Timestamp) -> String {
    let body = json!({
        "version": "1.0.0", "source": INSTANCE, "jurisdiction": "US",
        "regime": "US-RegD-506c", "currency": "USD", "approvals_required": 0,
        "sides": ["originator"],
        "effective_from": began.plus_days(-1).to_string(),
        "attestors": { "verifier": [], "auditor": [] },
    });
    let path = "products/trade_invoice/instances";
    let (draft, tag) = client.revise(maker, path, "instance", (&body, None)).await;
    let id = draft["id"].as_str().unwrap().to_owned();
    let none = json!({});
    let path = format!("instances/{id}/approval");
    let (_, tag) = client.revise(checker, &path, "approve", (&none, tag.as_deref())).await;
    let path = format!("instances/{id}/activation");
    client.revise(maker, &path, "activate", (&none, tag.as_deref())).await;
    id
}
