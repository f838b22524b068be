//! The people of a catalog, and the way of a product to an active instance over HTTP.

use crate::{Heard, TestApp, Who, guid};
use poa_protocol::role::Role;
use serde_json::{Value, json};

/// Who makes, checks and certifies, each at a party that may act.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Makes the products of the owner.
    pub maker: Who,
    /// A second person of the owner.
    pub checker: Who,
    /// A certifier of another party.
    pub certifier: Who,
    /// The party of the certifier.
    pub certifiers: String,
}

/// The answer, if it has this status.
#[track_caller]
#[expect(clippy::must_use_candidate, reason = "it is called for what it demands")]
pub fn must(heard: Heard, status: u16) -> Heard {
    assert_eq!(heard.status, status, "{}", heard.json);
    heard
}

/// Registers a party that is no bank, verifies and activates it; returns its id.
pub async fn admit(app: &TestApp, lei: &str, tenant: &str) -> String {
    let order = json!({
        "lei": lei, "name": format!("Party {lei}"), "country": "DE", "kind": "non_bank",
        "tenants": [tenant],
    });
    enrol(app, &order).await
}

/// Registers a party, verifies and activates it; returns its id.
pub async fn enrol(app: &TestApp, order: &Value) -> String {
    let operator = Who::operator("Ada").with(&[Role::Administrator, Role::Compliance]);
    let made = must(app.post(&operator, "parties", order).await, 201);
    let id = made.text("/id").to_owned();
    let kyc = json!({ "state": "verified", "valid_until": "2027-11-22T00:00:00Z" });
    let path = format!("parties/{id}");
    step(app, &operator, (&path, "kyc"), &kyc).await;
    step(app, &operator, (&path, "state"), &json!({ "state": "active" })).await;
    id
}

/// Does the next step on a resource with the `ETag` that it has now.
pub async fn step(app: &TestApp, who: &Who, (resource, verb): (&str, &str), body: &Value) -> Heard {
    let seen = must(app.get(who, resource).await, 200);
    must(app.revise(who, &format!("{resource}/{verb}"), seen.etag(), body).await, 200)
}

impl Shelf {
    /// Admits the owner and the certifier.
    pub async fn open(app: &TestApp) -> Self {
        let (ours, theirs) = (guid("owner"), guid("certifier"));
        admit(app, "529900POATEST0000158", &ours).await;
        let certifiers = admit(app, "5299000000POA0000270", &theirs).await;
        Self {
            maker: Who::of(&ours, "Mo").with(&[Role::ProductOwner]),
            checker: Who::of(&ours, "Cleo").with(&[Role::ProductOwner]),
            certifier: Who::of(&theirs, "Tess").with(&[Role::Certifier]),
            certifiers,
        }
    }

    /// Drafts, submits and certifies version 1.0.0 of a product that is listed; the certified one
    /// is the answer.
    pub async fn certify(&self, app: &TestApp, (code, class): (&str, &str), source: &str) -> Heard {
        let product = json!({ "code": code, "name": code, "asset_class": class, "cfi": "D*****" });
        self.certify_as(app, (code, &product), source).await
    }

    /// The same up to the publication, for a product that says more of itself.
    pub async fn publish(&self, app: &TestApp, (code, product): (&str, &Value), source: &str) {
        self.certify_as(app, (code, product), source).await;
        let version = format!("products/{code}/versions/1.0.0");
        step(app, &self.checker, (&version, "publication"), &json!({})).await;
    }

    async fn certify_as(
        &self,
        app: &TestApp,
        (code, product): (&str, &Value),
        source: &str,
    ) -> Heard {
        must(app.post(&self.maker, "products", product).await, 201);
        let listed = json!({ "state": "listed" });
        step(app, &self.maker, (&format!("products/{code}"), "state"), &listed).await;
        let drafts = format!("products/{code}/versions");
        must(app.post(&self.maker, &drafts, &json!({ "source": source })).await, 201);
        let version = format!("{drafts}/1.0.0");
        let submitted = step(app, &self.maker, (&version, "submission"), &json!({})).await;
        let hash = submitted.text("/content/content_hash").to_owned();
        let certificate = json!({ "content_hash": hash, "decision": "certified" });
        step(app, &self.certifier, (&version, "certification"), &certificate).await
    }

    /// Makes, approves and activates an instance; returns its id.
    pub async fn activate(&self, app: &TestApp, code: &str, order: &Value) -> String {
        let made = app.post(&self.maker, &format!("products/{code}/instances"), order).await;
        let id = must(made, 201).text("/id").to_owned();
        let resource = format!("instances/{id}");
        step(app, &self.checker, (&resource, "approval"), &json!({})).await;
        step(app, &self.maker, (&resource, "activation"), &json!({})).await;
        id
    }
}
