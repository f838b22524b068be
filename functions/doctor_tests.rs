//! Tests of the doctor.

use super::{Examined, Report, examine, examined, examined_within};
use crate::{
    settings::{
        BusChoice, DocumentsChoice, Issuer, Parts, Services, SettingsFaults, SignerChoice,
        StoreChoice,
    },
    wiring::OpenFault,
};
use poa_operations::diagnosis::{Check, Diagnose};
use std::{path::Path, sync::Arc, time::Duration};

fn parts(data: &Path) -> Parts {
    let data = data.to_owned();
    Parts {
        issuer: Issuer {
            // Nothing listens on the port of discarding.
            authority: "http://127.0.0.1:9/local-issuer".to_owned(),
            audience: "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10".to_owned(),
            operator_tenant: "0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01".to_owned(),
        },
        services: Services {
            store: StoreChoice::Sqlite { data: data.clone() },
            bus: BusChoice::Sqlite { data: data.clone() },
            documents: DocumentsChoice::Folder { data: data.clone() },
            signer: SignerChoice::Software { data },
            credential: None,
        },
    }
}

fn sound(report: &Report) -> Vec<&str> {
    let holds = |part: &&Examined| part.checks.iter().all(Check::holds);
    report.parts.iter().filter(holds).map(|part| part.part).collect()
}

#[tokio::test]
async fn a_sound_folder_and_an_issuer_that_is_away_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let report = examine(&parts(folder.path())).await;
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
    let report = examine(&parts(&file)).await;
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
    let found = examined_within("store", Ok(Arc::new(Silent)), Duration::ZERO).await;
    assert_eq!(found.service, "a wall");
    assert!(found.checks[0].fault.as_ref().unwrap().wrong.contains("no answer within"));
    let found = examined("store", Err(OpenFault("broken".to_owned()))).await;
    assert_eq!(found.checks[0].fault.as_ref().unwrap().wrong, "broken");
}

#[test]
fn every_fault_of_the_settings_is_a_check() {
    let faults = SettingsFaults(vec!["`A` is not set".to_owned(), "`B` is `x`".to_owned()]);
    let report = Report::of_settings(&faults);
    assert_eq!(report.faults(), 2);
    let what: Vec<&str> = report.checks().map(|check| check.what.as_str()).collect();
    assert_eq!(what, ["setting `A`", "setting `B`"]);
}
