//! Tests of the doctor.

use super::{Examined, Patient, Report, examine, examined};
use crate::{
    settings::{Draft, Parts},
    wiring::{OpenFault, Wiring},
};
use poa_operations::diagnosis::{Check, Diagnose};
use std::{path::Path, sync::Arc, time::Duration};

/// Settings of a development machine with this data folder, and with these changes.
fn draft(data: &Path, changes: &[(&str, &str)]) -> Draft {
    let base = [
        // Nothing listens on the port of discarding.
        ("AUTHORITY", "http://127.0.0.1:9/local-issuer"),
        ("API_CLIENT_ID", "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10"),
        ("OPERATOR_TENANT_ID", "0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01"),
        ("POA_DEVELOPMENT", "true"),
        ("POA_DATA", data.to_str().unwrap()),
    ];
    let variables = base.iter().chain(changes);
    let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Parts::draft(&variables.collect())
}

fn sound(report: &Report) -> Vec<&str> {
    let holds = |part: &&Examined| part.checks.iter().all(Check::holds);
    report.parts.iter().filter(holds).map(|part| part.part).collect()
}

#[tokio::test]
async fn a_sound_folder_and_an_issuer_that_is_away_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let report = examine(&draft(folder.path(), &[])).await;
    assert_eq!(sound(&report), ["store", "bus", "document storage", "key vault"]);
    assert_eq!(report.faults(), 1, "{report:?}");
    let issuer = report.parts.last().unwrap();
    let fault = issuer.checks[0].fault.as_ref().unwrap();
    assert!(fault.remedy.contains("AUTHORITY"), "{fault:?}");
}

#[tokio::test]
async fn every_part_that_cannot_be_opened_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    let report = examine(&draft(&file, &[])).await;
    assert!(sound(&report).is_empty(), "{report:?}");
    assert_eq!(report.faults(), 5);
}

#[tokio::test]
async fn a_part_that_never_answers_is_given_up() {
    #[derive(Debug)]
    struct Silent;
    #[async_trait::async_trait]
    impl Diagnose for Silent {
        fn name(&self) -> String {
            "a wall".to_owned()
        }
        async fn diagnose(&self) -> Vec<Check> {
            std::future::pending().await
        }
    }
    let found = examined("store", Patient::Open(Arc::new(Silent)), Duration::ZERO).await;
    assert_eq!(found.service, "a wall");
    assert!(found.checks[0].fault.as_ref().unwrap().wrong.contains("no answer within"));
    let closed = Patient::Closed(OpenFault("broken".to_owned()));
    let found = examined("store", closed, Duration::ZERO).await;
    assert_eq!(found.checks[0].fault.as_ref().unwrap().wrong, "broken");
}

#[tokio::test]
async fn with_wrong_settings_the_parts_whose_own_are_right_are_examined() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [("BUS", "rabbit"), ("KEY_VAULT_KEY", "receipts"), ("OPERATOR_TENANT_ID", "we")];
    let report = examine(&draft(folder.path(), &wrong)).await;
    let settings: Vec<&str> =
        report.parts[0].checks.iter().map(|check| check.what.as_str()).collect();
    let told = ["OPERATOR_TENANT_ID", "BUS", "KEY_VAULT_KEY"];
    assert_eq!(settings, told.map(|name| format!("setting `{name}`")), "{report:?}");
    assert_eq!(report.faults(), told.len(), "{report:?}");
    let examined = |part: &&Examined| !part.checks.is_empty();
    let names = report.parts.iter().filter(examined).map(|part| part.part);
    assert_eq!(names.collect::<Vec<_>>(), ["settings", "store", "document storage"]);
    for part in report.parts.iter().filter(|part| part.checks.is_empty()) {
        assert!(part.service.contains("its settings are wrong"), "{part:?}");
    }
    assert!(!folder.path().join("bus.db").exists(), "nothing is opened that nobody meant");
}

#[test]
fn the_word_about_the_malware_scan_reaches_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    for (word, expected) in [("if-present", "true"), ("required", "false")] {
        let blobs = [
            ("DOCUMENTS", "blob"),
            ("STORAGE_BLOB_URL", "http://127.0.0.1:10000/devstoreaccount1"),
            ("DOCUMENT_SCAN", word),
        ];
        let draft = draft(folder.path(), &blobs);
        assert_eq!(draft.faults.0, Vec::<String>::new());
        let documents = format!("{:?}", Wiring::of(&draft.parts).documents().unwrap());
        let accepted = format!("unscanned_accepted: {expected}");
        assert!(documents.contains(&accepted), "{documents}");
    }
}
