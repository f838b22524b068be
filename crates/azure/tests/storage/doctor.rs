//! What the doctor says of blobs and queues, well and ill.

use crate::behaviour::or_absent;
use poa_azure::{blob::BlobSettings, storage_queue::StorageQueueBus};
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::bus::queue_of,
};
use poa_protocol::event::Wing;
use poa_test_cloud::{
    azurite::{self, fresh},
    tokens::Tokens,
};
use std::time::Duration;

fn sound(checks: &[Check]) -> bool {
    !checks.is_empty() && checks.iter().all(Check::holds)
}

fn remedies(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter_map(|check| Some(check.fault.as_ref()?.remedy.as_str())).collect()
}

#[tokio::test]
async fn containers_are_sound_with_tokens_and_with_the_published_key() {
    for azurite in [or_absent!(azurite::https()), or_absent!(azurite::http())] {
        let documents = azurite.documents().await;
        for _ in 0..2 {
            let checks = documents.diagnose().await;
            assert!(sound(&checks), "{checks:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_container_is_told_with_its_remedy() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    azurite.make("blob", &settings.container).await;
    let settings = BlobSettings { incoming: fresh("nowhere"), ..settings };
    let checks = azurite.open(settings, Tokens::lasting()).diagnose().await;
    let told = remedies(&checks);
    assert!(told.len() == 1 && told[0].starts_with("make the containers"), "{checks:?}");
}

#[tokio::test]
async fn queues_are_sound_and_nobody_receives_the_probe() {
    let azurite = or_absent!(azurite::http());
    let checks = StorageQueueBus::new(azurite.queues()).diagnose().await;
    assert!(sound(&checks) && checks.len() == 4, "{checks:?}");
    let wing = queue_of(Wing::Bank);
    let heard = azurite.queues().receive(&wing, 32, Duration::from_secs(1)).await.unwrap();
    assert!(heard.iter().all(|message| message.text != "probe"), "{heard:?}");
}
