//! Signatures of the system's own key as RFC 7515 JWS in compact form.

use crate::{desk::Desk, failure::Failure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

/// Signs a payload with ES256. The header names the key (`kid`, RFC 7638) and the kind of the
/// payload (`typ`), so that a signature over one kind never passes for another.
pub async fn sign(desk: &Desk, typ: &str, payload: &[u8]) -> Result<String, Failure> {
    let kid = desk.signer.kid().await?;
    let header = json!({ "alg": "ES256", "kid": kid, "typ": typ }).to_string();
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let input = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
    let signature = desk.signer.sign(&kid, input.as_bytes()).await?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.bytes)))
}
