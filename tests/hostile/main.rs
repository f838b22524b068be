//! Somebody who means harm: twice at once, after the end, with what belongs to others.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod catalog;
mod foreign;
mod ledger;

use poa_operations::audit_store::audit_store;
use poa_protocol::role::Role;
use poa_test_support::{Heard, TestApp, Who, market::Market, shelf::must};
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
