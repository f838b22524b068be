//! What the doctor says of a container, well and ill.

use async_trait::async_trait;
use azure_core::{
    Error,
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
};
use poa_azure::cosmos::{CosmosSettings, CosmosStore};
use poa_embedded::{clock::SystemClock, ids::SystemIds};
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::store::Store,
};
use poa_test_cloud::emulator::{Emulator, Flaw};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_container_that_takes_and_gives_items_is_sound() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let checks = store.diagnose().await;
    assert!(checks.len() == 3 && checks.iter().all(Check::holds), "{checks:?}");
    assert!(store.name().contains("Cosmos DB"), "{}", store.name());
}

#[tokio::test]
async fn a_container_of_another_shape_is_told_and_nothing_is_written_to_it() {
    let deployed: Value =
        serde_json::from_str(include_str!("../../../../infra/ledger-container.json")).unwrap();
    for (at, value, wrong, remedy) in [
        ("/partitionKey/paths/0", json!("/kind"), "is partitioned by", "make the container"),
        ("/partitionKey/version", json!(1), "short partition keys", "version 2"),
        ("/defaultTtl", json!(60), "`defaultTtl` is not -1", "set `defaultTtl`"),
        ("/indexingPolicy/includedPaths/2/path", json!("/x/?"), "`/tags/[]/?`", "`indexingPolicy`"),
        ("/indexingPolicy/includedPaths/4/path", json!("/x/?"), "`/due/?`", "`indexingPolicy`"),
    ] {
        let mut container = deployed.clone();
        *container.pointer_mut(at).unwrap() = value;
        let emulator = Emulator::shaped(&container.to_string()).await;
        let store = emulator.store();
        assert!(store.ready().await.is_err(), "{at}");
        let checks = store.diagnose().await;
        let [Check { fault: Some(fault), .. }] = checks.as_slice() else { panic!("{checks:?}") };
        assert!(fault.wrong.contains(wrong) && fault.remedy.contains(remedy), "{fault:?}");
        assert!(emulator.seen().is_empty());
    }
}

#[tokio::test]
async fn an_identity_without_its_role_is_told_for_each_thing_that_it_cannot_do() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    emulator.always(Some(Flaw::Answer(403, 0)));
    let checks = store.diagnose().await;
    let ill: Vec<_> = checks.iter().filter_map(|check| check.fault.as_ref()).collect();
    assert_eq!(ill.len(), 2, "{checks:?}");
    for fault in ill {
        assert!(fault.remedy.contains("Cosmos DB Built-in Data Contributor"), "{fault:?}");
    }
}

#[derive(Debug)]
struct NoTokens;

#[async_trait]
impl TokenCredential for NoTokens {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let words = "no token from credential `managed`; is the identity assigned to this app?";
        Err(Error::with_message(ErrorKind::Credential, words))
    }
}

#[tokio::test]
async fn without_a_token_the_account_is_not_blamed() {
    let emulator = Emulator::start().await;
    let settings = CosmosSettings {
        endpoint: emulator.endpoint.clone(),
        database: "poa".to_owned(),
        region: "eastus".to_owned(),
    };
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(SystemIds::new(clock.clone()));
    let store = CosmosStore::open(settings, Arc::new(NoTokens), clock, ids).unwrap();
    let checks = store.diagnose().await;
    let fault = checks[0].fault.as_ref().unwrap();
    assert!(fault.wrong.starts_with("Cosmos DB: no token from credential"), "{fault:?}");
    assert!(fault.remedy.contains("the check of the credential"), "{fault:?}");
}
