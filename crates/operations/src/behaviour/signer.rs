//! What every signer does. Signatures are checked as an outsider would: with nothing but the key
//! set.

use crate::{commit::hex, ports::signer::Signer};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{any::Any, collections::BTreeSet, sync::Arc};

/// One test per case of the signer. The expression makes a [`SignerUnderTest`].
#[macro_export]
macro_rules! signer_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, signer:
            the_thumbprint_is_that_of_a_published_key
            a_signature_holds_under_the_published_key
            a_signature_does_not_hold_for_another_message
            a_key_that_is_not_there_signs_nothing
            the_key_set_has_public_parts_only
        }
    };
}

/// A signer.
#[derive(Debug)]
pub struct SignerUnderTest {
    /// It.
    pub signer: Arc<dyn Signer>,
    /// What has to live as long.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// The published key with this thumbprint.
async fn key(signer: &dyn Signer, kid: &str) -> Value {
    let set = signer.keys().await.unwrap();
    let keys = set.get("keys").and_then(Value::as_array).unwrap();
    let of_kid = |key: &&Value| key.get("kid").and_then(Value::as_str) == Some(kid);
    let mut found = keys.iter().filter(of_kid);
    let key = found.next().unwrap().clone();
    assert!(found.next().is_none(), "a thumbprint names one key");
    key
}

fn member<'a>(key: &'a Value, name: &str) -> &'a str {
    key.get(name).and_then(Value::as_str).unwrap()
}

/// Whether the signature holds under the published key.
async fn holds(signer: &dyn Signer, kid: &str, message: &[u8], signature: &[u8]) -> bool {
    let key = key(signer, kid).await;
    let [x, y] = ["x", "y"].map(|name| URL_SAFE_NO_PAD.decode(member(&key, name)).unwrap());
    assert_eq!((x.len(), y.len()), (32, 32), "RFC 7518 §6.2.1.2: full length");
    let point = [vec![4], x, y].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
}

pub async fn the_thumbprint_is_that_of_a_published_key(under: &SignerUnderTest) {
    let kid = under.signer.kid().await.unwrap();
    let key = key(&*under.signer, &kid).await;
    for (name, value) in [("kty", "EC"), ("crv", "P-256"), ("alg", "ES256"), ("use", "sig")] {
        assert_eq!(member(&key, name), value);
    }
    // RFC 7638 §3.2: the required members in lexicographic order.
    let (x, y) = (member(&key, "x"), member(&key, "y"));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)), kid);
}

pub async fn a_signature_holds_under_the_published_key(under: &SignerUnderTest) {
    let kid = under.signer.kid().await.unwrap();
    let long = vec![7; 100_000];
    for message in [&b""[..], b"checkpoint", &long] {
        let signature = under.signer.sign(&kid, message).await.unwrap();
        assert_eq!((signature.kid.as_str(), signature.bytes.len()), (kid.as_str(), 64));
        assert!(holds(&*under.signer, &kid, message, &signature.bytes).await);
    }
}

pub async fn a_signature_does_not_hold_for_another_message(under: &SignerUnderTest) {
    let kid = under.signer.kid().await.unwrap();
    let signature = under.signer.sign(&kid, b"one").await.unwrap().bytes;
    assert!(!holds(&*under.signer, &kid, b"another", &signature).await);
    for at in [0, 31, 32, 63] {
        let mut bent = signature.clone();
        *bent.get_mut(at).unwrap() ^= 1;
        assert!(!holds(&*under.signer, &kid, b"one", &bent).await, "{}", hex(&bent));
    }
}

pub async fn a_key_that_is_not_there_signs_nothing(under: &SignerUnderTest) {
    for kid in ["", "absent", "../current", "current"] {
        under.signer.sign(kid, b"one").await.unwrap_err();
    }
}

pub async fn the_key_set_has_public_parts_only(under: &SignerUnderTest) {
    let public = BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    let set = under.signer.keys().await.unwrap();
    for key in set.get("keys").and_then(Value::as_array).unwrap() {
        let names: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, public);
    }
}
