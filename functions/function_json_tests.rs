//! Tests of what the Functions host reads.

use super::{HOST_JSON, Profile, Staging, function_json, local_settings, stage};
use crate::{
    call::Call,
    trigger::{Http, On, Served, Trigger, Worked, table},
};
use poa_operations::{desk::Desk, failure::Failure, ports::bus::queue_of};
use poa_protocol::{event::Wing, limits};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

#[test]
fn an_http_function_has_one_input_and_one_output_and_no_key() {
    for trigger in table().filter(|trigger| matches!(trigger.on, On::Http(_))) {
        let json = function_json(trigger, Profile::Azure);
        assert_eq!(json, function_json(trigger, Profile::Azurite));
        let bindings = json["bindings"].as_array().unwrap();
        assert_eq!(bindings.len(), 2, "{}", trigger.name);
        assert_eq!(bindings[0]["type"], "httpTrigger");
        assert_eq!(bindings[0]["direction"], "in");
        assert_eq!(bindings[0]["authLevel"], "anonymous");
        assert_eq!(
            (&bindings[1]["type"], &bindings[1]["direction"]),
            (&"http".into(), &"out".into())
        );
    }
}

#[test]
fn messages_come_as_exact_bytes() {
    for trigger in table().filter(|trigger| matches!(trigger.on, On::Bus(..))) {
        let binding = &function_json(trigger, Profile::Azure)["bindings"][0];
        assert_eq!(binding["dataType"], "binary", "{}", trigger.name);
        assert_eq!(binding["topicName"], "tokenization");
        let wing = binding["subscriptionName"].as_str().unwrap();
        assert!(["bank", "non-bank"].contains(&wing));
        let binding = &function_json(trigger, Profile::Azurite)["bindings"][0];
        assert_eq!(binding["dataType"], "binary", "{}", trigger.name);
        assert_eq!(binding["queueName"], format!("tokenization-{wing}"));
    }
}

#[test]
fn a_staged_folder_has_one_folder_per_function_and_nothing_stale() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("func-app");
    fs::create_dir_all(root.join("gone")).unwrap();
    fs::write(root.join("gone/function.json"), "{}").unwrap();
    fs::create_dir_all(root.join("mine")).unwrap();
    let handler = folder.path().join("built");
    fs::write(&handler, "program").unwrap();
    let values = BTreeMap::from([("STORE".to_owned(), "sqlite".to_owned())]);
    for (profile, settings) in
        [(Profile::Azurite, Some(&values)), (Profile::Azure, None), (Profile::Azurite, None)]
    {
        let handler = settings.map(|_| handler.as_path());
        stage(&root, Staging { profile, handler, settings }).unwrap();
        let found: BTreeSet<String> = fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut expected: BTreeSet<String> =
            table().map(|trigger| trigger.name.to_owned()).collect();
        expected.extend(["handler", "host.json", "mine"].map(str::to_owned));
        if settings.is_some() {
            expected.insert("local.settings.json".to_owned());
            let text = fs::read_to_string(root.join("local.settings.json")).unwrap();
            assert_eq!(text, local_settings(&values));
        }
        assert_eq!(found, expected);
        for trigger in table() {
            let text = fs::read_to_string(root.join(trigger.name).join("function.json")).unwrap();
            let written: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(written, function_json(trigger, profile));
        }
    }
    assert_eq!(fs::read_to_string(root.join("host.json")).unwrap(), HOST_JSON);
}

#[test]
fn the_queues_of_the_wings_have_names_that_storage_takes() {
    for (wing, name) in
        [(Wing::Bank, "tokenization-bank"), (Wing::NonBank, "tokenization-non-bank")]
    {
        assert_eq!(queue_of(wing), name);
        // With `-poison` behind it too: at most 63 characters.
        assert!(name.len() <= 56);
    }
}

#[test]
fn the_host_settings_agree_with_ours() {
    let host: Value = serde_json::from_str(HOST_JSON).unwrap();
    assert_eq!(host["extensions"]["http"]["routePrefix"], "api");
    let handler = &host["customHandler"];
    // Without `./`, or a deployment loses the permission to execute.
    assert_eq!(handler["description"]["defaultExecutablePath"], "handler");
    assert_eq!(handler["enableProxyingHttpRequest"], true);
    assert_eq!(handler["enableForwardingHttpRequest"], true);
    assert_eq!(host["extensions"]["queues"]["messageEncoding"], "base64");
    assert!(host.get("retry").is_none(), "it would multiply with the retries of queues");
    let requests = limits::REQUESTS_AT_ONCE_DEFAULT;
    assert_eq!(host["extensions"]["http"]["maxConcurrentRequests"], requests);
    let calls = host["extensions"]["serviceBus"]["maxConcurrentCalls"].as_u64().unwrap();
    assert!(calls <= u64::try_from(limits::WORK_AT_ONCE_DEFAULT).unwrap());
    let timeout = host["functionTimeout"].as_str().unwrap();
    assert_eq!(timeout, "00:05:00");
    // Or the host would kill the whole handler.
    const { assert!(limits::WORK_SECS_MAX < 300 && limits::REQUEST_SECS_MAX < 300) };
}

#[test]
fn each_kind_of_trigger_is_described_in_the_words_of_the_host() {
    let http = Http::get::<()>("things/{id}", "", serve).row("read-thing");
    let bus = Trigger { name: "advance-bank", on: On::Bus(Wing::Bank, |_, _| done()) };
    let timer = Trigger { name: "expire", on: On::Timer("0 */5 * * * *", |_| done()) };
    let described = json!([
        function_json(&http, Profile::Azure),
        function_json(&bus, Profile::Azure),
        function_json(&timer, Profile::Azure),
        function_json(&bus, Profile::Azurite),
    ]);
    let expected = json!([
        { "bindings": [
            { "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous",
              "methods": ["get", "head"], "route": "things/{id}" },
            { "type": "http", "direction": "out", "name": "res" },
        ]},
        { "bindings": [
            { "type": "serviceBusTrigger", "direction": "in", "name": "message",
              "topicName": "tokenization", "subscriptionName": "bank",
              "connection": "ServiceBus", "cardinality": "one", "dataType": "binary" },
        ]},
        { "bindings": [
            { "type": "timerTrigger", "direction": "in", "name": "tick",
              "schedule": "0 */5 * * * *", "runOnStartup": false, "useMonitor": false },
        ]},
        { "bindings": [
            { "type": "queueTrigger", "direction": "in", "name": "message",
              "queueName": "tokenization-bank", "connection": "AzureWebJobsStorage",
              "dataType": "binary" },
        ]},
    ]);
    assert_eq!(described, expected);
}

fn serve(_: Desk, _: Call) -> Served {
    Box::pin(async { Err(Failure::broken("never served here")) })
}

fn done() -> Worked {
    Box::pin(async { Ok(()) })
}
