//! What the doctor says of a container, well and ill.

use crate::emulator::{Emulator, Flaw};
use poa_operations::diagnosis::{Check, Diagnose};

#[tokio::test]
async fn a_container_that_takes_and_gives_items_is_sound() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let checks = store.diagnose().await;
    assert!(checks.len() == 3 && checks.iter().all(Check::holds), "{checks:?}");
    assert!(store.name().contains("Cosmos DB"), "{}", store.name());
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
