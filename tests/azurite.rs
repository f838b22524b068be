//! The app over Azurite's queues and blobs: the staged folder as it is, the whole demo through it,
//! and what `poa doctor` says of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use poa_test_cloud::azurite::Azurite;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1/devstoreaccount1";

fn poa(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poa"));
    // The environment would win over the settings of a folder.
    for variable in ["STORE", "BUS", "DOCUMENTS", "SIGNER", "AUTHORITY", "POA_DATA"] {
        command.env_remove(variable);
    }
    command.arg("--json").args(arguments).output().unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {output:?}"))
}

/// A folder staged for Azurite at these places, whose data lies where the demo has its own.
fn staged(folder: &Path, blobs: &str, queues: &str) -> PathBuf {
    let to = folder.join("func-app");
    let data = folder.join("demo");
    let output = poa(&[
        "stage",
        "--profile",
        "azurite",
        "--to",
        to.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
        "--handler",
        env!("CARGO_BIN_EXE_handler"),
        "--blob-url",
        blobs,
        "--queue-url",
        queues,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    to
}

fn function(app: &Path, name: &str) -> Value {
    let text = fs::read_to_string(app.join(name).join("function.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_whole_demo_runs_from_the_staged_folder_over_queues_and_blobs() {
    let Some(azurite) = Azurite::start(None) else { return };
    let folder = tempfile::tempdir().unwrap();
    let app = staged(folder.path(), &azurite.blob, &azurite.queue);
    assert_eq!(function(&app, "advance-bank")["bindings"][0]["type"], "queueTrigger");
    let (root, data) = (app.to_str().unwrap(), folder.path().to_str().unwrap());
    let demo = ["demo", "--exit", "--script-root", root, "--data", data, "--port", "0"];
    let output = poa(&demo);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = object(&output);
    for wing in ["bank", "non_bank"] {
        assert!(report["states"][wing]["issued"].as_u64().unwrap() > 100, "{report}");
    }
    // Neither messages nor documents went through the data folder.
    let demo = folder.path().join("demo");
    assert!(demo.join("store.db").is_file());
    assert!(!demo.join("bus.db").exists() && !demo.join("documents").exists());
}

#[test]
fn a_folder_is_staged_now_and_served_over_azurite_too() {
    let Some(azurite) = Azurite::start(None) else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let places = ["--blob-url", &*azurite.blob, "--queue-url", &*azurite.queue];
    let mut started = Command::new(env!("CARGO_BIN_EXE_poa"))
        .args(["--json", "start", "--profile", "azurite", "--data", data, "--port", "0"])
        .args(places)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(started.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
    let greeting: Value = serde_json::from_str(&greeting).unwrap();
    let api = greeting["api"].as_str().unwrap();
    let port = api.trim_end_matches("/api").rsplit(':').next().unwrap();
    let health = poa(&["health", "--port", port]);
    // Whatever came of it, it is stopped.
    let _ = started.kill();
    let _ = started.wait();
    assert_eq!(object(&health)["ready"], true, "{health:?}");
    let staged = folder.path().join("app");
    assert_eq!(function(&staged, "advance-bank")["bindings"][0]["type"], "queueTrigger");
}

#[test]
fn an_azurite_that_does_not_run_is_told_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let start = ["start", "--profile", "azurite", "--data", data, "--port", "0"];
    let output = poa(&[&start[..], &["--blob-url", NOWHERE, "--queue-url", NOWHERE]].concat());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = object(&output)["error"].as_str().unwrap().to_owned();
    assert!(told.starts_with("Azurite does not answer") && told.contains("npx azurite"), "{told}");
}

#[test]
fn the_doctor_tells_what_is_sound_and_every_fault_at_once() {
    let Some(azurite) = Azurite::start(None) else { return };
    let folder = tempfile::tempdir().unwrap();
    let app = staged(folder.path(), &azurite.blob, NOWHERE);
    let settings = app.join("local.settings.json");
    let examine = ["doctor", "--settings", settings.to_str().unwrap()];
    let output = poa(&examine);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = object(&output);
    let parts = report["parts"].as_array().unwrap();
    let faulty = |part: &&Value| part["checks"].as_array().unwrap().iter().any(is_fault);
    let names: Vec<_> = parts.iter().filter(faulty).map(|part| &part["part"]).collect();
    // The issuer of the folder is not running.
    assert_eq!(names, ["bus", "token issuer"], "{report}");
    let documents = parts.iter().find(|part| part["part"] == "document storage").unwrap();
    let checks = documents["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 6, "written, read and, where it may be, removed: {report}");
    let checks_of_documents = documents["checks"].clone();
    let again = object(&poa(&examine));
    assert_eq!(again["faults"], report["faults"], "an examination leaves nothing behind");

    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("storage-queue", "rabbit")).unwrap();
    let report = object(&poa(&examine));
    let checks = report["parts"][0]["checks"].as_array().unwrap();
    let told: Vec<_> = checks.iter().map(|check| check["what"].as_str().unwrap()).collect();
    assert_eq!(told, ["setting `BUS`", "setting `STORAGE_QUEUE_URL`"], "{report}");
    // What is right is examined all the same.
    let parts = report["parts"].as_array().unwrap();
    let documents = parts.iter().find(|part| part["part"] == "document storage").unwrap();
    assert_eq!(documents["checks"], checks_of_documents, "{report}");
}

fn is_fault(check: &Value) -> bool {
    check["fault"].is_object()
}
