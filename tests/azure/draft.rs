//! More versions of the product, up to their certificates: what the vault signs.

use crate::{
    app::Heard,
    client::Client,
    publish::{PRODUCT, tenant},
};
use poa_protocol::role::Role;
use serde_json::json;

/// A version that waits for its certificate.
pub(crate) struct Draft {
    path: String,
    hash: String,
    tag: String,
}

impl Draft {
    /// Writes and submits this number.
    pub(crate) async fn submit(client: &Client, number: &str) -> Self {
        let maker = client.token(&tenant("owner"), 1, Role::ProductOwner);
        let source = PRODUCT.replace("trade_invoice 1.0.0", &format!("trade_invoice {number}"));
        let path = "products/trade_invoice/versions";
        let body = json!({ "source": source });
        let (_, tag) = client.revise(&maker, path, number, (&body, None)).await;
        let path = format!("{path}/{number}");
        let (verb, key) = (format!("{path}/submission"), format!("submit-{number}"));
        let (version, tag) = client.revise(&maker, &verb, &key, (&json!({}), tag.as_deref())).await;
        let hash = version["content"]["content_hash"].as_str().unwrap().to_owned();
        Self { path, hash, tag: tag.unwrap() }
    }

    /// Asks once for the certificate.
    pub(crate) async fn certify(&self, client: &Client) -> Heard {
        let certifier = client.token(&tenant("certifier"), 1, Role::Certifier);
        let opinion = json!({ "content_hash": self.hash, "decision": "certified" });
        let path = format!("{}/certification", self.path);
        let request = client.app.request(reqwest::Method::POST, &path).bearer_auth(certifier);
        let request = request.header("idempotency-key", format!("certify-{}", self.hash));
        crate::app::hear(request.header("if-match", &self.tag).json(&opinion)).await
    }

    /// Asks for the certificate until it is there; the id of the key that signed it.
    pub(crate) async fn certified(&self, client: &Client) -> String {
        for _ in 0..100 {
            let heard = self.certify(client).await;
            if heard.status < 300 {
                let jws = heard.json["certificate"]["jws"].as_str().unwrap();
                return jsonwebtoken::decode_header(jws).unwrap().kid.unwrap();
            }
            assert!(heard.status >= 500, "{heard:?}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("no certificate");
    }
}
