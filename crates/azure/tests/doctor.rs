//! What the doctor says of Service Bus, Key Vault and the credential, well and ill.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use poa_azure::{
    client::Client,
    credential::TokenPatient,
    key_vault::{KeyVaultSettings, KeyVaultSigner},
    service_bus::{ServiceBus, ServiceBusSettings},
};
use poa_operations::diagnosis::{Check, Diagnose};
use poa_test_cloud::broker::{Broker, Fault, NAMESPACE};
use poa_test_cloud::seam::{Answer, NumberedTokens, Seam};
use poa_test_cloud::vault::{VAULT, Vault};
use serde_json::json;
use std::sync::Arc;

fn bus(client: &Client) -> ServiceBus {
    let settings = ServiceBusSettings { namespace: NAMESPACE.to_owned() };
    ServiceBus::open(&settings, Arc::new(NumberedTokens::default()), client).unwrap()
}

fn signer(client: &Client, key: &str, version: Option<String>) -> KeyVaultSigner {
    let settings = KeyVaultSettings { url: VAULT.to_owned(), key: key.to_owned(), version };
    KeyVaultSigner::open(&settings, Arc::new(NumberedTokens::default()), client).unwrap()
}

/// What is wrong and what to do, of the first fault.
fn fault(checks: &[Check]) -> (String, String) {
    let fault = checks.iter().find_map(|check| check.fault.clone()).unwrap();
    (fault.wrong, fault.remedy)
}

fn sound(checks: &[Check]) -> bool {
    !checks.is_empty() && checks.iter().all(Check::holds)
}

#[tokio::test]
async fn a_topic_that_takes_messages_is_sound_and_nobody_hears_the_probe() {
    let (broker, seam) = Broker::new();
    let checks = bus(&seam.client()).diagnose().await;
    assert!(sound(&checks), "{checks:?}");
    assert!(broker.take("bank").is_empty() && broker.take("non-bank").is_empty());
}

#[tokio::test]
async fn a_topic_that_is_missing_or_forbidden_is_told_with_its_remedy() {
    for (status, remedy) in
        [(401, "the role `Azure Service Bus Data Sender`"), (404, "make the topic `tokenization`")]
    {
        let (broker, seam) = Broker::new();
        broker.fail(move |_| Some(Fault::Instead(Answer::of(status, &"no"))));
        let (wrong, told) = fault(&bus(&seam.client()).diagnose().await);
        assert!(told.contains(remedy), "{wrong}: {told}");
    }
    let seam = Seam::new(|_| Answer::Broken);
    let (_, told) = fault(&bus(&seam.client()).diagnose().await);
    assert!(told.contains("DNS"), "{told}");
}

#[tokio::test]
async fn a_key_that_signs_is_sound() {
    let (_vault, seam) = Vault::new();
    let signer = signer(&seam.client(), "receipts", None);
    let checks = signer.diagnose().await;
    assert!(sound(&checks) && checks.len() == 3, "{checks:?}");
    assert_eq!(signer.name(), format!("Azure Key Vault, {VAULT}, key `receipts`"));
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_told_with_its_remedy() {
    let (vault, seam) = Vault::new();
    let disabled = vault.rotate();
    vault.enable(&disabled, false);
    let checks = signer(&seam.client(), "receipts", Some(disabled)).diagnose().await;
    let (wrong, told) = fault(&checks);
    assert!(told.contains("enable the version"), "{wrong}: {told}");

    let other = vault.add("P-384", json!({ "enabled": true }));
    let checks = signer(&seam.client(), "receipts", Some(other)).diagnose().await;
    let (wrong, told) = fault(&checks);
    assert!(wrong.contains("P-256") && told.contains("EC on P-256"), "{wrong}: {told}");

    let nowhere = "0".repeat(32);
    let checks = signer(&seam.client(), "receipts", Some(nowhere)).diagnose().await;
    let (wrong, told) = fault(&checks);
    assert!(told.contains("make the key"), "{wrong}: {told}");
}

#[tokio::test]
async fn a_credential_is_asked_for_every_scope() {
    let scopes = || {
        vec![
            ("Storage", "https://storage.azure.com/.default".to_owned()),
            ("Key Vault", "v".to_owned()),
        ]
    };
    let credential = Arc::new(NumberedTokens::default());
    let patient =
        TokenPatient { kind: "managed", credential: credential.clone(), scopes: scopes() };
    let checks = patient.diagnose().await;
    assert!(sound(&checks) && checks.len() == 2, "{checks:?}");
    assert_eq!(credential.asked(), 2);
    assert_eq!(patient.name(), "credential `managed`");
}
