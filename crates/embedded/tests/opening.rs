//! Data folders: what is made, what is kept, and what is said when something is wrong.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use poa_embedded::{
    ids::{SeededIds, SystemIds},
    key::SoftwareKey,
    open,
    store::SqliteStore,
    testing,
};
use poa_operations::ports::{
    clock::Clock,
    ids::Ids,
    signer::Signer,
    store::{Claim, CommitFault, Item, ItemKind, Position, Store},
};
use poa_protocol::{partition::Partition, timestamp::Timestamp};
use rusqlite::Connection;
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Arc, Barrier},
    time::Duration,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn item(id: &str) -> Item {
    Item::plain(id, ItemKind("sample"), json!(id))
}

fn at() -> Partition {
    Partition::system("sample")
}

/// The only file with this ending.
fn file_ending(folder: &Path, ending: &str) -> std::path::PathBuf {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|is| is == ending))
        .collect();
    assert_eq!(found.len(), 1);
    found.pop().unwrap()
}

#[tokio::test]
async fn a_data_folder_is_made_for_its_owner_alone_and_opened_again() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("deep/data");
    let first = open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("keys")), 0o700);
    assert_eq!(mode(&file_ending(&folder.join("keys"), "p8")), 0o600);
    first.desk().store.claim(&at(), item("a")).await.unwrap();
    let second = open(&folder).unwrap();
    let held = second.desk().store.claim(&at(), item("a")).await.unwrap();
    assert!(matches!(held, Claim::Held(_)));
    assert_eq!(first.signer.kid().await.unwrap(), second.signer.kid().await.unwrap());
    drop((first, second));
    let third = open(&folder).unwrap();
    assert!(third.desk().store.read(&at(), &["a"]).await.unwrap().pop().unwrap().is_some());
    third.desk().store.ready().await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let test = testing::desk();
    let newer = tempfile::tempdir().unwrap();
    for name in ["store.db", "bus.db"] {
        let path = newer.path().join(name);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
        let fault = open(newer.path()).unwrap_err();
        assert!(fault.0.contains("newer program"), "{fault}");
        assert!(fault.0.contains(name), "{fault}");
        fs::remove_file(path).unwrap();
    }
    test.desk.store.ready().await.unwrap();
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["store.db", "bus.db"] {
        fs::write(folder.path().join(name), "not a database ".repeat(1000)).unwrap();
        let fault = open(folder.path()).unwrap_err();
        assert!(fault.0.contains(name) && fault.0.contains("no SQLite database"), "{fault}");
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let fault = open(&blocked.join("data")).unwrap_err();
    assert!(fault.0.contains("blocked/data"), "{fault}");
}

#[tokio::test]
async fn a_damaged_file_is_a_fault_and_not_an_absence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..200 {
        store.claim(&at(), item(&format!("item {number}"))).await.unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes.get_mut(4096..length).unwrap().fill(0x5A);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let fault = store.read(&at(), &["item 7"]).await.unwrap_err();
    assert!(fault.0.contains("damaged"), "{fault}");
    let fault = store.claim(&at(), item("new")).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Unavailable(fault) if fault.0.contains("damaged")));
    store.ready().await.unwrap_err();
}

#[tokio::test]
async fn a_body_that_does_not_read_is_a_fault_and_not_an_absence() {
    let test = testing::desk();
    test.store.claim(&at(), item("a")).await.unwrap();
    let file = Connection::open(test.folder.path().join("store.db")).unwrap();
    file.execute("UPDATE items SET body = '{'", []).unwrap();
    let fault = test.store.read(&at(), &["a"]).await.unwrap_err();
    assert!(fault.0.contains("`a`") && fault.0.contains("`system/sample`"), "{fault}");
}

#[tokio::test]
async fn a_file_that_is_taken_away_is_not_ready() {
    let test = testing::desk();
    fs::remove_file(test.folder.path().join("store.db")).unwrap();
    fs::remove_file(test.folder.path().join("bus.db")).unwrap();
    let store = test.desk.store.ready().await.unwrap_err();
    let bus = test.desk.bus.ready().await.unwrap_err();
    assert!(store.0.contains("store.db") && bus.0.contains("bus.db"), "{store} {bus}");
    fs::remove_dir_all(test.folder.path().join("documents")).unwrap();
    test.desk.documents.ready().await.unwrap_err();
}

#[tokio::test]
async fn a_lock_that_others_hold_is_waited_for_and_then_is_a_fault() {
    let test = testing::desk();
    let other = Connection::open(test.folder.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Arc::clone(&test.store);
    let waiting = tokio::spawn(async move { store.claim(&at(), item("a")).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(test.store.read(&at(), &["a"]).await.unwrap().pop().unwrap().is_none(), "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Claim::Made);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let fault = test.store.claim(&at(), item("b")).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Unavailable(fault) if fault.0.contains("lock")));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(test.store.claim(&at(), item("b")).await.unwrap(), Claim::Made);
}

#[tokio::test]
async fn a_position_after_the_last_event_tells_of_an_older_file() {
    let test = testing::desk();
    let fault = test.store.changes(Some(&Position("7".to_owned())), 10).await.unwrap_err();
    assert!(fault.0.contains("`7`"), "{fault}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    SoftwareKey::open(folder.path()).unwrap();
    let path = file_ending(folder.path(), "p8");
    for others in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(others)).unwrap();
        let fault = SoftwareKey::open(folder.path()).unwrap_err();
        assert!(fault.0.contains("chmod 600") && fault.0.contains(".p8"), "{fault}");
    }
    for mine in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mine)).unwrap();
        SoftwareKey::open(folder.path()).unwrap();
    }
}

#[test]
fn a_key_folder_that_does_not_fit_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    SoftwareKey::open(folder.path()).unwrap();
    let path = file_ending(folder.path(), "p8");
    let other = folder.path().join("another-name.p8");
    fs::rename(&path, &other).unwrap();
    let fault = SoftwareKey::open(folder.path()).unwrap_err();
    assert!(fault.0.contains("thumbprint"), "{fault}");
    fs::rename(&other, folder.path().join("kept-elsewhere")).unwrap();
    let fault = SoftwareKey::open(folder.path()).unwrap_err();
    assert!(fault.0.contains("there is no key file"), "{fault}");
    fs::write(&path, "nonsense").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let fault = SoftwareKey::open(folder.path()).unwrap_err();
    assert!(fault.0.contains("PKCS #8"), "{fault}");
}

#[tokio::test]
async fn a_retired_key_stays_published_and_the_new_one_signs() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) =
        (SoftwareKey::open(folder.path()).unwrap(), SoftwareKey::open(folder.path()).unwrap());
    let old = one.kid().await.unwrap();
    let new = one.rotate().unwrap();
    assert_ne!(old, new);
    assert_eq!(one.kid().await.unwrap(), new);
    for signer in [&one, &other] {
        let keys = signer.keys().await.unwrap().to_string();
        assert!(keys.contains(&old) && keys.contains(&new), "{keys}");
        signer.sign(&old, b"begun before the rotation").await.unwrap();
        signer.sign(&new, b"begun after it").await.unwrap();
    }
    drop((one, other));
    assert_eq!(SoftwareKey::open(folder.path()).unwrap().kid().await.unwrap(), new);
}

#[test]
fn processes_that_start_together_agree_on_the_first_key() {
    let folder = tempfile::tempdir().unwrap();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let path = folder.path().to_owned();
            std::thread::spawn(move || SoftwareKey::open(&path).unwrap())
        })
        .collect();
    let keys: Vec<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    let kids: Vec<_> =
        keys.iter().map(|key| futures_util::FutureExt::now_or_never(key.kid())).collect();
    assert!(kids.iter().all(|kid| kid.is_some() && kid == kids.first().unwrap()), "{kids:?}");
}

#[test]
fn processes_that_start_together_open_a_new_folder_all_the_same() {
    for _ in 0..4 {
        let above = tempfile::tempdir().unwrap();
        let begin = Arc::new(Barrier::new(8));
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let (folder, begin) = (above.path().join("data"), Arc::clone(&begin));
                std::thread::spawn(move || {
                    begin.wait();
                    open(&folder).map(drop)
                })
            })
            .collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
    }
}

#[test]
fn what_a_signer_shows_of_itself_has_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let signer = SoftwareKey::open(folder.path()).unwrap();
    let shown = format!("{signer:?}");
    assert!(shown.contains("current") && !shown.contains("EcdsaKeyPair"), "{shown}");
}

#[test]
fn ids_carry_the_time_of_their_clock_and_rise_when_it_goes_back() {
    let test = testing::desk();
    let clock: Arc<dyn Clock> = Arc::<poa_embedded::clock::FixedClock>::clone(&test.clock);
    let random: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&clock)));
    for ids in [random, Arc::new(SeededIds::new(clock, 1))] {
        let now = test.clock.advance_secs(1);
        let first = ids.ulid();
        assert_eq!(i64::try_from(first.timestamp_ms()).unwrap(), now.millis());
        test.clock.set(Timestamp::from_millis(0));
        assert!(ids.ulid() > first);
        test.clock.set(now);
    }
}
