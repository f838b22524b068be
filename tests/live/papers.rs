//! Documents are put and read while the program is killed.

use crate::{client::Client, publish::Stage};
use aws_lc_rs::digest::{SHA256, digest};
use poa_operations::commit::hex;
use serde_json::Value;
use std::time::Duration;

const TRIES_MAX: u32 = 400;
const PAUSE: Duration = Duration::from_millis(100);

/// A document of the trader.
pub(crate) struct Paper {
    text: String,
    sha256: String,
}

impl Paper {
    pub(crate) fn on(asset: &str) -> Self {
        let text = format!("what `{asset}` is");
        let sha256 = hex(digest(&SHA256, text.as_bytes()).as_ref());
        Self { text, sha256 }
    }

    /// Puts it, twice.
    pub(crate) async fn put(&self, client: &Client, stage: &Stage) {
        for _ in 0..2 {
            let text = self.text.clone();
            let told = self.send(client, stage, |http, url| http.put(url).body(text.clone())).await;
            let told: Value = serde_json::from_str(&told).unwrap();
            assert_eq!(told["sha256"], self.sha256, "{told}");
            assert_eq!(told["bytes"], self.text.len(), "{told}");
        }
    }

    /// It is there, whole.
    pub(crate) async fn is_there(&self, client: &Client, stage: &Stage) {
        let read = self.send(client, stage, |http, url| http.get(url)).await;
        assert_eq!(read, self.text);
    }

    /// Sends until a whole answer comes.
    async fn send(
        &self,
        client: &Client,
        stage: &Stage,
        make: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> String {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        let url = format!("{}documents/{}", client.app.base(), self.sha256);
        for _ in 0..TRIES_MAX {
            let sent = make(&http, &url).bearer_auth(&stage.trader).send().await;
            if let Ok(response) = sent
                && response.status().is_success()
                && let Ok(text) = response.text().await
            {
                return text;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no answer about document `{}`", self.sha256);
    }
}
