//! Shared Key signatures (Azure Storage, "Authorize with Shared Key"), for Azurite only.

use async_trait::async_trait;
use azure_core::{
    Result,
    credentials::Secret,
    hmac::hmac_sha256,
    http::{
        Context, Request,
        headers::HeaderName,
        policies::{Policy, PolicyResult},
    },
    time::{OffsetDateTime, to_rfc7231},
};
use std::{collections::BTreeMap, sync::Arc};

/// The account of Azurite, as its documentation publishes it.
const AZURITE_ACCOUNT: &str = "devstoreaccount1";
/// The key of that account, as the documentation publishes it. It is no secret.
pub const AZURITE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/// The standard headers whose values are signed, in this order, between verb and own headers.
const SIGNED: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// Signs each try of a request.
#[derive(Debug)]
pub(super) struct SharedKey {
    account: &'static str,
    key: Secret,
}

impl SharedKey {
    /// The account of Azurite.
    pub(super) fn of_azurite() -> Self {
        Self { account: AZURITE_ACCOUNT, key: Secret::new(AZURITE_KEY) }
    }

    fn sign(&self, request: &mut Request) -> Result<()> {
        request.insert_header("x-ms-date", to_rfc7231(&OffsetDateTime::now_utc()));
        if let Some(length) = request.body().len() {
            request.insert_header("content-length", length.to_string());
        }
        let signature = hmac_sha256(&text(self.account, request), &self.key)?;
        let value = format!("SharedKey {}:{signature}", self.account);
        request.insert_header("authorization", value);
        Ok(())
    }
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        self.sign(request)?;
        match next.split_first() {
            Some((policy, rest)) => policy.send(context, request, rest).await,
            None => Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Other,
                "a policy without a transport after it",
            )),
        }
    }
}

/// The text that is signed.
fn text(account: &str, request: &Request) -> String {
    let headers = request.headers();
    let mut lines = vec![request.method().as_ref().to_owned()];
    for name in SIGNED {
        let value = headers.get_optional_string(&HeaderName::from_static(name));
        // A length of nothing is signed as none.
        let value = value.filter(|value| name != "content-length" || value != "0");
        lines.push(value.unwrap_or_default());
    }
    let own: BTreeMap<&str, &str> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| name.starts_with("x-ms-"))
        .collect();
    lines.extend(own.iter().map(|(name, value)| format!("{name}:{}", value.trim())));
    lines.push(format!("/{account}{}", request.url().path()));
    let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.url().query_pairs() {
        query.entry(name.to_lowercase()).or_default().push(value.into_owned());
    }
    for (name, mut values) in query {
        values.sort();
        lines.push(format!("{name}:{}", values.join(",")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{SharedKey, text};
    use azure_core::http::{Method, Request, Url};

    #[test]
    fn the_signed_text_has_every_part_in_its_place() {
        let url = "http://127.0.0.1:1/acct/box/a%20b?comp=block&BlockId=QQ%3D%3D";
        let mut request = Request::new(Url::parse(url).unwrap(), Method::Put);
        request.insert_header("x-ms-version", "2026-04-06");
        request.insert_header("x-ms-date", "now");
        request.insert_header("content-type", "text/plain");
        request.insert_header("if-none-match", "*");
        request.insert_header("content-length", "3");
        let expected = "PUT\n\n\n3\n\ntext/plain\n\n\n\n*\n\n\nx-ms-date:now\n\
            x-ms-version:2026-04-06\n/acct/acct/box/a%20b\nblockid:QQ==\ncomp:block";
        assert_eq!(text("acct", &request), expected);
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", SharedKey::of_azurite()).contains("Eby8"));
    }
}
