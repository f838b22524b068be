//! `poa doctor` of a deployment: all sound, or every fault at once in plain words.

use crate::{
    app::{issuer, settings},
    or_absent,
};
use poa_test_cloud::{
    azure::Azure, azurite::Azurite, broker::NAMESPACE, front::Fault, seam::Answer, tokens::Anchor,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What the doctor says of these settings, and how it ends.
async fn doctor(settings: BTreeMap<String, String>) -> (Option<i32>, Value) {
    let mut doctor = tokio::process::Command::new(env!("CARGO_BIN_EXE_poa"));
    doctor.args(["--json", "doctor"]).envs(settings);
    let output = doctor.output().await.unwrap();
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|fault| panic!("{fault}: {output:?}")))
}

/// The remedies by part.
fn remedies(report: &Value) -> BTreeMap<String, Vec<String>> {
    let mut remedies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in report["parts"].as_array().unwrap() {
        for check in part["checks"].as_array().unwrap() {
            if let Some(remedy) = check["fault"]["remedy"].as_str() {
                let name = part["part"].as_str().unwrap().to_owned();
                remedies.entry(name).or_default().push(remedy.to_owned());
            }
        }
    }
    remedies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_as_the_infrastructure_makes_it_is_sound() {
    let (_folder, issuer) = issuer();
    let azure = or_absent!(Azure::start(issuer.keys().clone()).await);
    let (code, report) = doctor(settings(&azure)).await;
    assert_eq!((code, &report["sound"]), (Some(0), &Value::Bool(true)), "{report:#}");
    let parts: Vec<&str> = report["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["part"].as_str().unwrap())
        .collect();
    let all = ["credential", "store", "bus", "document storage", "key vault", "token issuer"];
    assert_eq!(parts, all);
    assert!(azure.front.strangers().is_empty(), "{:?}", azure.front.strangers());
    assert_eq!(azure.broker.history(), [], "nobody hears of the examination");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_of_a_cluster_is_known_by_the_token_of_its_cluster_alone() {
    let (folder, issuer) = issuer();
    let azure = or_absent!(Azure::start(issuer.keys().clone()).await);
    let file = folder.path().join("token");
    std::fs::write(&file, "token-of-the-cluster").unwrap();
    let mut settings = settings(&azure);
    for name in ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "WEBSITE_INSTANCE_ID"] {
        settings.remove(name);
    }
    for (name, value) in [
        ("AZURE_CREDENTIAL_KIND", "workload"),
        ("AZURE_TENANT_ID", "0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01"),
        ("AZURE_CLIENT_ID", "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10"),
        ("AZURE_FEDERATED_TOKEN_FILE", file.to_str().unwrap()),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    let (code, report) = doctor(settings.clone()).await;
    assert_eq!(code, Some(1), "nobody trusts it yet: {report:#}");
    let told = remedies(&report);
    assert!(!told.contains_key("token issuer") && told["credential"].len() == 4, "{told:#?}");
    azure.entra.trust("token-of-the-cluster");
    let (code, report) = doctor(settings).await;
    assert_eq!((code, &report["sound"]), (Some(0), &Value::Bool(true)), "{report:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_deployment_is_told_at_once_with_its_remedy() {
    // Its containers are not made.
    let azurite = or_absent!(Azurite::start(Some(Arc::new(Anchor::fresh()))));
    let (_folder, issuer) = issuer();
    let azure = Azure::over(&azurite, issuer.keys().clone()).await;
    let refused = Answer::of(401, &"40100: Unauthorized");
    azure.front.fail(NAMESPACE, move |_, _| Some(Fault::Instead(refused.clone())));
    azure.vault.enable("v1", false);
    let (code, report) = doctor(settings(&azure)).await;
    assert_eq!((code, &report["sound"]), (Some(1), &Value::Bool(false)), "{report:#}");
    let told = remedies(&report);
    let parts: Vec<&str> = told.keys().map(String::as_str).collect();
    assert_eq!(parts, ["bus", "document storage", "key vault"], "{told:#?}");
    for (part, words) in [
        ("bus", "Azure Service Bus Data Sender"),
        ("document storage", "make the containers"),
        ("key vault", "enable a version"),
    ] {
        assert!(told[part][0].contains(words), "{told:#?}");
    }
}
