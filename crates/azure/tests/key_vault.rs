//! The signer in Azure Key Vault against a stand-in with real ES256 keys; the SDK's check of the
//! challenge is left on.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]

use poa_azure::{
    client::Client,
    key_vault::{KeyVaultSettings, KeyVaultSigner},
};
use poa_operations::{
    behaviour::signer::SignerUnderTest,
    cost::Meter,
    ports::signer::{SignFault, Signer},
};
use poa_test_cloud::seam::{Answer, Asked, NumberedTokens, Seam};
use poa_test_cloud::vault::{VAULT, Vault};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

fn signer_of(client: &Client, version: Option<&str>) -> KeyVaultSigner {
    let settings = KeyVaultSettings {
        url: VAULT.to_owned(),
        key: "receipts".to_owned(),
        version: version.map(str::to_owned),
    };
    KeyVaultSigner::open(&settings, Arc::new(NumberedTokens::default()), client).unwrap()
}

fn under_test(versions: usize, pinned: Option<&str>) -> SignerUnderTest {
    let (vault, seam) = Vault::new();
    for _ in 1..versions {
        vault.rotate();
    }
    let signer = Arc::new(signer_of(&seam.client(), pinned));
    SignerUnderTest { signer, keep: Box::new(vault) }
}

mod behaviour {
    poa_operations::signer_behaviour!(super::under_test(1, None));

    mod after_rotations {
        poa_operations::signer_behaviour!(super::super::under_test(5, None));
    }

    mod of_an_older_version {
        poa_operations::signer_behaviour!(super::super::under_test(5, Some("v2")));
    }
}

async fn kids(signer: &KeyVaultSigner) -> Vec<String> {
    let set = signer.keys().await.unwrap();
    let keys = set["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn words<T: std::fmt::Debug>(told: Result<T, SignFault>) -> String {
    told.unwrap_err().0
}

/// The paths that were asked, without the vault's challenges.
fn paths(seam: &Seam) -> Vec<String> {
    let asked = seam.asked();
    let asked = asked.iter().filter(|asked| asked.headers.contains_key("authorization"));
    asked.map(|asked| format!("{} {}", asked.method, asked.url.path())).collect()
}

#[tokio::test]
async fn the_vault_gets_a_digest_for_a_version_and_nothing_before_it_has_proven_its_name() {
    let (_, seam) = Vault::new();
    let signer = signer_of(&seam.client(), Some("v1"));
    assert_eq!(seam.asked().len(), 0, "nothing is asked before a key is needed");
    let kid = signer.kid().await.unwrap();
    signer.sign(&kid, b"secret statement").await.unwrap();
    signer.sign(&kid, b"another").await.unwrap();
    let sign = "POST /keys/receipts/v1/sign";
    assert_eq!(paths(&seam), ["GET /keys/receipts/v1", sign, sign]);
    let asked = seam.asked();
    assert_eq!(asked.len(), 4, "one challenge for the life of the client");
    let body: Value = serde_json::from_slice(&asked[2].body).unwrap();
    assert_eq!(body["alg"], "ES256");
    assert_eq!(body["value"].as_str().unwrap().len(), 43, "32 bytes, not the statement");
    assert!(asked.iter().all(|asked| !asked.url.path().contains("//")));
}

#[tokio::test]
async fn without_a_setting_the_newest_usable_version_signs_for_the_life_of_the_process() {
    let (vault, seam) = Vault::new();
    vault.rotate();
    let disabled = vault.rotate();
    vault.enable(&disabled, false);
    vault.add("P-256", json!({ "nbf": 4_000_000_000_u64 }));
    vault.add("P-256", json!({ "exp": 1_000_000_000_u64 }));
    let signer = signer_of(&seam.client(), None);
    let kid = signer.kid().await.unwrap();
    assert!(paths(&seam).contains(&"GET /keys/receipts/v2".to_owned()), "{:?}", paths(&seam));
    vault.rotate();
    assert_eq!(signer.kid().await.unwrap(), kid, "pinned");
    let after_a_start = signer_of(&seam.client(), None);
    let new = after_a_start.kid().await.unwrap();
    assert_ne!(new, kid);
    assert!(paths(&seam).contains(&"GET /keys/receipts/v6".to_owned()));
    // What was signed before the rotation is verified after it.
    let published = kids(&after_a_start).await;
    assert!(published.contains(&kid) && published.contains(&new));
    assert_eq!(published.len(), 6, "the disabled one too, since what it signed stays verifiable");
}

#[tokio::test]
async fn a_version_that_the_setting_names_signs_whatever_is_newer() {
    let (vault, seam) = Vault::new();
    let second = vault.rotate();
    let [one, two] =
        [signer_of(&seam.client(), Some("v1")), signer_of(&seam.client(), Some(&second))];
    let [first_kid, second_kid] = [one.kid().await.unwrap(), two.kid().await.unwrap()];
    assert_ne!(first_kid, second_kid);
    // The other version is known to both, and signs where it is asked for by its id.
    assert_eq!(one.sign(&second_kid, b"m").await.unwrap().kid, second_kid);
    assert_eq!(paths(&seam).last().unwrap(), "POST /keys/receipts/v2/sign");
    assert_eq!(kids(&one).await, kids(&two).await);
}

#[tokio::test]
async fn a_key_that_is_rotated_between_choice_and_signature_signs_with_what_was_chosen() {
    let (vault, seam) = Vault::new();
    let signer = signer_of(&seam.client(), None);
    let kid = signer.kid().await.unwrap();
    vault.rotate();
    let signature = signer.sign(&kid, b"statement").await.unwrap();
    assert_eq!((signature.kid, signature.bytes.len()), (kid, 64));
    assert_eq!(paths(&seam).last().unwrap(), "POST /keys/receipts/v1/sign");
}

#[tokio::test]
async fn a_disabled_version_is_told_in_plain_words() {
    let (vault, seam) = Vault::new();
    let signer = signer_of(&seam.client(), Some("v1"));
    let kid = signer.kid().await.unwrap();
    vault.rotate();
    vault.enable("v1", false);
    let fault = words(signer.sign(&kid, b"m").await);
    assert!(fault.starts_with("key `receipts` of `poa.vault.azure.net`: "), "{fault}");
    assert!(fault.contains("version `v1` is disabled: enable it, or name another one"), "{fault}");
    assert!(kids(&signer).await.contains(&kid), "what it signed stays verifiable");
    let fault = words(signer_of(&seam.client(), Some("v1")).kid().await);
    assert!(fault.contains("version `v1` is disabled"), "{fault}");
    let after_a_start = signer_of(&seam.client(), Some("v2"));
    assert!(kids(&after_a_start).await.contains(&kid), "also by processes that start later");
}

#[tokio::test]
async fn a_retired_version_that_cannot_be_read_keeps_nobody_from_the_others() {
    let (vault, seam) = Vault::new();
    vault.rotate();
    vault.enable("v1", false);
    let hidden = |asked: &Asked| asked.url.path() == "/keys/receipts/v1";
    let refused = |code| Answer::of(403, &json!({ "error": { "code": code } }));
    vault.instead(move |asked| hidden(asked).then(|| refused("Forbidden")));
    assert_eq!(kids(&signer_of(&seam.client(), Some("v2"))).await.len(), 1);
    vault.enable("v1", true);
    let fault = words(signer_of(&seam.client(), Some("v2")).keys().await);
    assert!(fault.contains("the role Key Vault Crypto User"), "an enabled one is missed: {fault}");
}

#[tokio::test]
async fn settings_that_fit_no_key_say_so() {
    let (vault, seam) = Vault::new();
    let fault = words(signer_of(&seam.client(), Some("v9")).kid().await);
    assert!(fault.contains("there is no version `v9` of it in this vault"), "{fault}");
    let other = vault.add("P-384", json!({}));
    let fault = words(signer_of(&seam.client(), Some(&other)).kid().await);
    assert!(fault.contains("version `v2` is no P-256 key"), "{fault}");
    assert_eq!(kids(&signer_of(&seam.client(), Some("v1"))).await.len(), 1);
    vault.enable("v1", false);
    vault.enable("v2", false);
    let fault = words(signer_of(&seam.client(), None).kid().await);
    assert!(fault.contains("no version that is enabled"), "{fault}");
    for (url, key, version) in [
        ("http://poa.vault.azure.net", "receipts", None),
        ("https://poa.vault.azure.net/keys/receipts", "receipts", None),
        ("poa", "receipts", None),
        (VAULT, "", None),
        (VAULT, "a/b", None),
        (VAULT, "receipts", Some("../v1")),
        (VAULT, "receipts", Some("")),
    ] {
        let version = version.map(str::to_owned);
        let settings = KeyVaultSettings { url: url.to_owned(), key: key.to_owned(), version };
        let credential = Arc::new(NumberedTokens::default());
        KeyVaultSigner::open(&settings, credential, &seam.client()).unwrap_err();
    }
}

#[tokio::test]
async fn throttling_is_waited_out_within_the_budget_and_then_told() {
    let (vault, seam) = Vault::new();
    let signer = signer_of(&seam.client(), None);
    let kid = signer.kid().await.unwrap();
    let throttled = |code: &'static str, wait: &'static str| {
        let left = AtomicUsize::new(2);
        move |asked: &Asked| {
            let one_less = left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
            let throttles =
                asked.url.path().ends_with("/sign") && (code == "ever" || one_less.is_ok());
            throttles.then(|| Answer::with(429, "retry-after", wait))
        }
    };
    vault.instead(throttled("twice", "0"));
    signer.sign(&kid, b"m").await.unwrap();
    for wait in ["0", "30"] {
        vault.instead(throttled("ever", wait));
        let fault = words(signer.sign(&kid, b"m").await);
        assert!(fault.contains("the vault is throttled; come back later"), "{fault}");
    }
    vault.heal();
    signer.sign(&kid, b"m").await.unwrap();
}

#[tokio::test]
async fn an_identity_that_may_not_sign_hears_which_role_it_needs() {
    let (vault, seam) = Vault::new();
    let signer = signer_of(&seam.client(), None);
    let kid = signer.kid().await.unwrap();
    vault.instead(|asked| {
        let body = json!({ "error": { "code": "Forbidden", "message": "ForbiddenByRbac" } });
        asked.url.path().ends_with("/sign").then(|| Answer::of(403, &body))
    });
    let fault = words(signer.sign(&kid, b"m").await);
    assert!(fault.contains("it needs the role Key Vault Crypto User"), "{fault}");
    assert_eq!(words(signer.ready().await), fault);
    vault.heal();
    signer.ready().await.unwrap();
}

#[tokio::test]
async fn a_challenge_for_another_resource_gets_no_token() {
    let (vault, seam) = Vault::new();
    vault.challenge("https://vault.evil.example");
    let credential = Arc::new(NumberedTokens::default());
    let settings =
        KeyVaultSettings { url: VAULT.to_owned(), key: "receipts".to_owned(), version: None };
    let tokens = Arc::<NumberedTokens>::clone(&credential);
    let signer = KeyVaultSigner::open(&settings, tokens, &seam.client()).unwrap();
    let fault = words(signer.kid().await);
    assert!(fault.contains("doesn't match the requested domain"), "{fault}");
    assert_eq!(credential.asked(), 0);
    assert_eq!(seam.asked().len(), 1);
}

#[tokio::test]
async fn what_the_vault_returns_is_verified_before_it_is_handed_on() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (vault, seam) = Vault::new();
    let signer = signer_of(&seam.client(), Some("v1"));
    let kid = signer.kid().await.unwrap();
    let forged = URL_SAFE_NO_PAD.encode([7; 64]);
    for (version, value, expected) in [
        ("v1", forged.as_str(), "the signature of version `v1` does not hold"),
        ("v1", "", "the signature of version `v1` does not hold"),
        ("v2", forged.as_str(), "another version than `v1` has signed"),
    ] {
        let body = json!({ "kid": format!("{VAULT}/keys/receipts/{version}"), "value": value });
        vault.instead(move |asked| {
            asked.url.path().ends_with("/sign").then(|| Answer::of(200, &body))
        });
        let fault = words(signer.sign(&kid, b"m").await);
        assert!(fault.contains(expected), "{fault}");
    }
}

#[tokio::test]
async fn public_keys_are_read_once_and_served_while_the_vault_is_away() {
    let (vault, seam) = Vault::new();
    vault.rotate();
    vault.rotate();
    let signer = signer_of(&seam.client(), None);
    assert_eq!(kids(&signer).await.len(), 3);
    let asked = seam.asked().len();
    vault.instead(|_| Some(Answer::Broken));
    for _ in 0..3 {
        assert_eq!(kids(&signer).await.len(), 3);
    }
    assert_eq!(seam.asked().len(), asked);
}

#[tokio::test]
async fn a_vault_that_is_silent_is_told_of_within_fifteen_seconds() {
    let signer = signer_of(&Client::over(Seam::new(|_| Answer::Silence)), None);
    let told = tokio::time::timeout(Duration::from_secs(15), async {
        tokio::join!(signer.kid(), signer.keys(), signer.sign("kid", b"m"))
    });
    let (kid, keys, sign) = told.await.unwrap();
    for fault in [words(kid), words(keys), words(sign)] {
        assert!(fault.contains("within"), "{fault}");
    }
}

#[tokio::test]
async fn every_round_trip_is_counted() {
    let (_, seam) = Vault::new();
    let signer = signer_of(&seam.client(), None);
    let meter = Meter::default();
    let kid = meter.around(signer.kid()).await.unwrap();
    assert_eq!(meter.cost().key_operations, 3, "challenge, versions, version");
    meter.around(signer.sign(&kid, b"m")).await.unwrap();
    assert_eq!(meter.cost().key_operations, 4);
    let asked = u64::try_from(seam.asked().len()).unwrap();
    assert_eq!(meter.cost().key_operations, asked);
}
