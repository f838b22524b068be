//! What is wrong with an app is said at once, all of it, with file and reason.

use poa_local_host::{Host, HostError, Level};
use serde_json::{Value, json};

use crate::stage::Stage;

fn timer(schedule: &str) -> Value {
    json!([{ "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": schedule }])
}

fn http(route: &str) -> Value {
    json!([
        { "type": "httpTrigger", "direction": "in", "name": "req", "route": route },
        { "type": "http", "direction": "out", "name": "res" },
    ])
}

/// The faults of an app with one function, without the name of its file.
async fn faults_of(bindings: Value) -> Vec<String> {
    let faults = Stage::new().function("Fn", &bindings).faults().await;
    let without = |fault: &String| fault.replace("Fn/function.json: ", "");
    faults.iter().map(without).collect()
}

#[tokio::test]
async fn all_faults_come_at_once_with_file_and_reason() {
    let host = json!({
        "version": "1.0",
        "functionTimeout": "soon",
        "customHandler": { "http": { "routes": [{ "route": "{*all}" }] } },
        "extensions": { "queues": { "batchSize": 33, "messageEncoding": "rot13" } },
    });
    let mut stage = Stage::with_host(&host)
        .function("one", &timer("often"))
        .function("2two", &timer("0 * * * * *"));
    stage.file("three/function.json", "{");
    stage.options.handler.program = None;
    stage.options.env.insert(
        "AzureFunctionsJobHost__customHandler__initializationTimeout".to_owned(),
        "never".to_owned(),
    );
    let faults = stage.faults().await;
    let expected = [
        "2two: `2two` is not the name of a function: a letter, then letters, digits, `-` and `_`, \
         128 at most, not `host`",
        "host.json: `customHandler.description.defaultExecutablePath` is missing",
        "host.json: `customHandler.http.routes` cannot be combined with function.json files",
        "host.json: `extensions:queues:batchsize` is `33`, it must be between 1 and 32",
        "host.json: `functiontimeout` is `soon`, it must be a time span like `00:05:00`",
        "host.json: `messageEncoding` is `rot13`, it must be base64 or none",
        "host.json: `version` must be \"2.0\"",
        "one/function.json: schedule `often` is not `second minute hour day month weekday`: it has \
         1 fields",
        "three/function.json: is not JSON: EOF while parsing an object at line 1 column 1",
        "AzureFunctionsJobHost__customHandler__initializationTimeout: \
         `customhandler:initializationtimeout` is `never`, it must be a time span like `00:05:00`",
    ];
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn bindings_are_refused_with_a_reason() {
    for (bindings, reason) in [
        (json!({}), "`bindings` must be a list; no binding is a trigger"),
        (json!([]), "no binding is a trigger"),
        (json!([1]), "`bindings[0]` must be an object; no binding is a trigger"),
        (
            json!([{ "type": "kafkaTrigger", "name": "x" }]),
            "trigger type `kafkaTrigger` is not known to the local host",
        ),
        (
            json!([{ "type": "blobTrigger", "name": "a" }, { "type": "blobTrigger", "name": "b" }]),
            "more than one binding is a trigger",
        ),
        (
            json!([{ "type": "blobTrigger", "name": "a" }, { "type": "blob", "name": "A" }]),
            "two bindings are named `A`",
        ),
        (json!([{ "type": "blobTrigger", "name": "1a" }]), "`1a` is not a valid name of a binding"),
        (json!([{ "type": "blobTrigger" }]), "`` is not a valid name of a binding"),
        (
            json!([{ "type": "blobTrigger", "name": "a", "direction": "out" }]),
            "a trigger must have the direction `in`",
        ),
        (
            json!([{ "type": "blobTrigger", "name": "a", "dataType": "stream" }]),
            "`dataType` is `stream`, it must be string or binary",
        ),
        (
            json!([{ "type": "blobTrigger", "name": "a" },
                   { "type": "queue", "name": "q", "direction": "out" }]),
            "output binding `q` of type `queue` is not supported by the local host",
        ),
        (
            json!([{ "type": "blobTrigger", "name": "a" },
                   { "type": "blob", "name": "q", "direction": "inout" }]),
            "direction `inout` of `q` must be in or out",
        ),
    ] {
        assert_eq!(faults_of(bindings).await.join("; "), reason);
    }
}

#[tokio::test]
async fn triggers_are_refused_with_a_reason() {
    for (bindings, reason) in [
        (
            json!([{ "type": "serviceBusTrigger", "name": "m", "queueName": "q" }]),
            "service bus queues are not supported by the local host",
        ),
        (
            json!([{ "type": "serviceBusTrigger", "name": "m", "topicName": "t",
                     "isSessionsEnabled": true, "cardinality": "few" }]),
            "`cardinality` is `few`, it must be one or many; `isSessionsEnabled` is not supported \
             by the local host; `subscriptionName` is missing",
        ),
        (
            json!([{ "type": "queueTrigger", "name": "m", "queueName": "%Nope%" }]),
            "`queueName`: `%Nope%` does not resolve: there is no setting `Nope`",
        ),
        (
            json!([{ "type": "queueTrigger", "name": "m", "queueName": "q" }]),
            "`queueTrigger` needs queues, and the host was given none",
        ),
        (
            json!([{ "type": "serviceBusTrigger", "name": "m", "topicName": "t",
                     "subscriptionName": "s" }]),
            "`serviceBusTrigger` needs a bus, and the host was given none",
        ),
        (
            json!([{ "type": "httpTrigger", "name": "r", "authLevel": "root", "route": "/x",
                     "methods": ["get", 1] }]),
            "`authLevel` is `root`, it must be anonymous, function or admin; `methods` must be a \
             list of strings; route `/x` must not start with `/` or `~`",
        ),
    ] {
        assert_eq!(faults_of(bindings).await.join("; "), reason);
    }
}

#[tokio::test]
async fn functions_that_do_not_fit_together_are_refused() {
    let faults = Stage::new()
        .function("alpha", &http("things/{id}"))
        .function("Alpha", &http("other"))
        .function("beta", &http("Things/{name}"))
        .faults()
        .await;
    let expected = [
        "alpha/function.json: `Alpha` differs only in case",
        "beta/function.json: `alpha` answers the same route and method",
    ];
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn routes_of_the_host_itself_are_refused() {
    let host = json!({ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } });
    let stage =
        Stage::with_host(&host).function("one", &http("admin/x")).function("two", &http("{*rest}"));
    let conflict = "one/function.json: its route conflicts with the host's own routes";
    assert_eq!(stage.faults().await, [conflict]);
}

#[tokio::test]
async fn retry_policies_and_missing_scripts_are_refused() {
    let stage = Stage::new();
    let function = json!({ "retry": {}, "scriptFile": "run.sh", "bindings": timer("0 * * * * *") });
    stage.file("Fn/function.json", &function.to_string());
    let expected = [
        "Fn/function.json: `retry` is not supported by the local host",
        "Fn/function.json: `scriptFile` names `run.sh`, which does not exist",
    ];
    assert_eq!(stage.faults().await, expected);
}

#[tokio::test]
async fn a_folder_that_is_no_app_is_refused() {
    let stage = Stage::new();
    std::fs::remove_file(stage.root().join("host.json")).unwrap();
    let faults = stage.faults().await;
    assert_eq!(faults, ["host.json: cannot be read: No such file or directory (os error 2)"]);
}

#[tokio::test]
async fn files_have_a_longest_length() {
    let max = usize::try_from(poa_local_host::SETTINGS_FILE_BYTES_MAX).unwrap();
    let stage = Stage::new();
    let text = r#"{"version":"2.0"}"#;
    let padded = |length: usize| format!("{text}{}", " ".repeat(length.saturating_sub(text.len())));
    stage.file("host.json", &padded(max));
    let host = Host::start(stage.options.clone()).await.unwrap();
    host.stop().await;
    stage.file("host.json", &padded(max.saturating_add(1)));
    assert_eq!(stage.faults().await, ["host.json: is longer than 1048576 bytes"]);
}

#[tokio::test]
async fn encrypted_local_settings_are_refused_and_values_must_be_text() {
    let stage = Stage::new();
    stage.file("local.settings.json", r#"{"IsEncrypted":true,"Values":{}}"#);
    let encrypted = "local.settings.json: is encrypted: run `func settings decrypt` first";
    assert_eq!(stage.faults().await, [encrypted]);
    stage.file("local.settings.json", r#"{"Values":{"A":["x"]}}"#);
    let wrong = "local.settings.json: `Values.A` must be a string";
    assert_eq!(stage.faults().await, [wrong]);
}

#[tokio::test]
async fn a_taken_address_and_a_missing_program_are_named() {
    let mut stage = Stage::new().function("Fn", &timer("0 0 0 1 1 *"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = stage.options.listen;
    stage.options.listen = taken.local_addr().unwrap();
    let error = Host::start(stage.options.clone()).await.unwrap_err();
    assert!(matches!(error, HostError::Listen { .. }), "{error}");
    stage.options.listen = free;
    stage.options.handler.program = Some("no-such-program-anywhere".into());
    let error = Host::start(stage.options.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot start the handler `no-such-program-anywhere`");
}

#[tokio::test]
async fn an_app_without_functions_runs_without_a_handler_and_says_so() {
    let stage = Stage::new();
    // One level too deep: the host looks at direct subfolders only.
    stage.file("functions/deep/function.json", &json!({ "bindings": [] }).to_string());
    let host = stage.start().await;
    assert_eq!(host.handler_pid(), None);
    assert_eq!(stage.line("no functions were found").await.level, Level::Warning);
    let reply = crate::client::get(host.address(), "/admin/host/status").await;
    assert_eq!(reply.json()["state"], "Running");
    host.stop().await;
}
