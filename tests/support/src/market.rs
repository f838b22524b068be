//! A market over HTTP: invoices that become smart assets, two parties that hold them, messages.

use crate::{
    Heard, TestApp, Who, guid, hear,
    shelf::{Shelf, admit, must},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use poa_protocol::{event::Wing, role::Role};
use serde_json::{Value, json};
use std::time::Duration;

const PRODUCT: &str = include_str!("../../../examples/products/trade_invoice.formula");
const INSTANCE: &str = include_str!("../../../examples/products/invoice_us.formula");
/// The document that proves everything, and its SHA-256 (FIPS 180-4, example of one block).
pub const DOCUMENT: (&[u8], &str) =
    (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

/// Two parties and what one of them brings.
#[derive(Debug, Clone)]
pub struct Market {
    /// Brings the invoices.
    pub trader: Who,
    /// Its party.
    pub trader_id: String,
    /// Buys units.
    pub fund: Who,
    /// Its party.
    pub fund_id: String,
    /// Under which the invoices are tokenized; nobody has to be waited for.
    pub instance: String,
    /// Who made the product.
    pub shelf: Shelf,
}

/// Evidence of this name that [`DOCUMENT`] proves.
#[must_use]
pub fn evidence(name: &str) -> Value {
    json!({
        "name": name, "sha256": DOCUMENT.1, "media_type": "text/plain",
        "issued_at": "2026-11-15T00:00:00Z", "issuer": "Issuer",
    })
}

impl Market {
    /// Admits the parties, publishes the product, uploads the document.
    pub async fn open(app: &TestApp) -> Self {
        let shelf = Shelf::open(app).await;
        let product = json!({
            "code": "trade_invoice", "name": "Invoices", "asset_class": "receivable",
            "cfi": "D*****",
        });
        shelf.publish(app, ("trade_invoice", &product), PRODUCT).await;
        let order = json!({
            "version": "1.0.0", "source": INSTANCE, "jurisdiction": "US",
            "regime": "US-RegD-506c", "currency": "USD", "sides": ["originator"],
        });
        let instance = shelf.activate(app, "trade_invoice", &order).await;
        let trader_id = admit(app, "984500HANSATRADING55", &guid("trader")).await;
        let fund_id = admit(app, "984500BLUEHARBOUR175", &guid("fund")).await;
        let trader = Who::of(&guid("trader"), "Tom").with(&[Role::Originator]);
        let fund = Who::of(&guid("fund"), "Fay").with(&[Role::Originator]);
        bring_document(app, &trader).await;
        Self { trader, trader_id, fund, fund_id, instance, shelf }
    }

    /// A request for an invoice of this reference that nothing speaks against.
    #[must_use]
    pub fn request(&self, reference: &str) -> Value {
        json!({
            "instance": self.instance, "side": "originator", "reference": reference,
            "data": {
                "due": "2027-01-21", "debtor_rating": "A", "invoice_ccy": "USD",
                "face": { "amount": "20000.00", "currency": "USD" },
                "fx_rate": { "from": "USD", "to": "USD", "rate": "1" },
                "accepted": true, "financing_statement_filed": true,
            },
            "evidence": [evidence("invoice_pdf"), evidence("bill_of_lading")],
        })
    }

    /// Tokenizes an invoice to its end; the record.
    pub async fn issue(&self, app: &TestApp, reference: &str) -> Value {
        let made = app.post(&self.trader, "tokenizations", &self.request(reference)).await;
        let path = format!("tokenizations/{}", must(made, 202).text("/id"));
        pump(app).await;
        let record = must(app.get(&self.trader, &path).await, 200);
        assert_eq!(record.text("/state"), "issued", "{}", record.json);
        record.json
    }
}

/// Uploads [`DOCUMENT`] for the party of somebody.
pub async fn bring_document(app: &TestApp, who: &Who) {
    let (bytes, sha256) = DOCUMENT;
    let put = app.put(who, &format!("documents/{sha256}"), bytes.to_vec()).await;
    must(put, 201);
}

/// What the host does: the tick of the relay, and all messages that come, of different sessions at
/// the same time, until nothing is left to hear.
pub async fn pump(app: &TestApp) {
    loop {
        let tick = json!({ "Data": { "tick": { "IsPastDue": false } }, "Metadata": {} });
        must(hear(app.invocation("relay-events", &tick)).await, 200);
        let bank = deliver(app, Wing::Bank).await;
        if deliver(app, Wing::NonBank).await == 0 && bank == 0 {
            return;
        }
    }
}

/// Hands over one message of every session; how many.
async fn deliver(app: &TestApp, wing: Wing) -> usize {
    let lock = Duration::from_mins(1);
    let received = app.desk.bus.receive(wing.subscription(), 50, lock).await;
    let received = received.expect("a subscription");
    let calls = received.iter().map(|message| wake(app, wing, message.body.as_bytes()));
    for heard in join_all(calls).await {
        must(heard, 200);
    }
    for message in &received {
        app.desk.bus.complete(&message.lock_token).await.expect("a lock");
    }
    received.len()
}

/// Hands a message to the function of a wing.
pub async fn wake(app: &TestApp, wing: Wing, message: &[u8]) -> Heard {
    let function = match wing {
        Wing::Bank => "advance-bank",
        Wing::NonBank => "advance-non-bank",
    };
    let data = json!({ "message": STANDARD.encode(message) });
    hear(app.invocation(function, &json!({ "Data": data, "Metadata": {} }))).await
}
