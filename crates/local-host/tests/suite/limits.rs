//! Every bound that no other test reaches, at both edges.

use poa_local_host as host;
use serde_json::{Value, json};

use crate::client;
use crate::stage::Stage;

fn timer() -> Value {
    json!([{ "type": "timerTrigger", "direction": "in", "name": "t", "schedule": "0 0 0 1 1 *" }])
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

#[tokio::test]
async fn an_app_has_a_largest_number_of_functions() {
    let max = host::FUNCTIONS_MAX;
    let mut stage = Stage::new();
    for number in 0..max {
        stage = stage.function(&format!("f{number}"), &timer());
    }
    let running = stage.start().await;
    let list = client::get(running.address(), "/admin/functions").await.json();
    assert_eq!(list.as_array().unwrap().len(), max);
    running.stop().await;
    let faults = stage.function("more", &timer()).faults().await;
    assert_eq!(faults, [": holds 513 functions, 512 at most"]);
}

#[tokio::test]
async fn names_have_a_longest_length() {
    let longest = "n".repeat(host::NAME_CHARS_MAX);
    let longer = format!("{longest}n");
    let binding = |name: &str| json!([{ "type": "blobTrigger", "name": name, "path": "x" }]);
    let stage = Stage::new().function(&longest, &binding(&longest));
    stage.start().await.stop().await;
    let stage = stage.function(&longer, &binding("x")).function("Fn", &binding(&longer));
    let faults = stage.faults().await;
    let bad = format!("Fn/function.json: `{longer}` is not a valid name of a binding");
    assert_eq!((faults.len(), &faults[0]), (2, &bad));
    assert!(faults[1].contains("is not the name of a function"), "{faults:?}");
}

#[tokio::test]
async fn numbers_in_host_json_have_bounds() {
    for (path, min, max) in [
        ("queues:batchSize", 1, host::QUEUE_BATCH_MAX),
        ("serviceBus:maxConcurrentCalls", 1, host::BUS_CALLS_MAX),
        ("serviceBus:maxMessageBatchSize", 1, host::BUS_CALLS_MAX),
    ] {
        let path = format!("AzureFunctionsJobHost:extensions:{path}").replace(':', "__");
        for (value, valid) in [
            (i64::from(min), true),
            (i64::from(max), true),
            (i64::from(min).saturating_sub(1), false),
            (i64::from(max).saturating_add(1), false),
        ] {
            let mut stage = Stage::new();
            stage.options.env.insert(path.clone(), value.to_string());
            let started = host::Host::start(stage.options.clone()).await;
            assert_eq!(started.is_ok(), valid, "{path} = {value}");
        }
    }
}

#[tokio::test]
async fn answers_have_a_largest_size() {
    let stage = Stage::new().function("Fn", &json!([{ "type": "blobTrigger", "name": "b" }]));
    let running = stage.start().await;
    let max = host::ANSWER_BYTES_MAX;
    stage.plan("Fn", &format!("padded:{max}"));
    running.invoke("Fn", None).await.unwrap();
    stage.plan("Fn", &format!("padded:{}", max.saturating_add(1)));
    let error = running.invoke("Fn", None).await.unwrap_err().to_string();
    assert!(error.ends_with("the answer is longer than 104857600 bytes"), "{error}");
    running.stop().await;
}

#[tokio::test]
async fn inputs_by_hand_have_a_largest_size() {
    let stage = Stage::new().function("Fn", &json!([{ "type": "blobTrigger", "name": "b" }]));
    let running = stage.start().await;
    let max = size(host::INPUT_BYTES_MAX);
    for (length, status) in [(max, 202), (max.saturating_add(1), 413)] {
        let body = format!("{{}}{}", " ".repeat(length.saturating_sub(2)));
        let reply = client::send(running.address(), "POST", "/admin/functions/Fn", &body).await;
        assert_eq!(reply.status, status);
    }
    running.stop().await;
}

#[tokio::test]
async fn long_lines_of_the_handler_are_split() {
    let stage = Stage::new().http("Echo", "echo");
    let running = stage.start().await;
    // The end of the line counts.
    let max = size(host::LINE_BYTES_MAX).saturating_sub(1);
    for (length, pieces) in
        [(max, vec![max]), (max.saturating_add(2), vec![max.saturating_add(1), 1])]
    {
        let before = stage.lines().len();
        client::get(running.address(), &format!("/api/echo?do=print:{length}")).await;
        client::get(running.address(), "/api/echo?do=print:3").await;
        stage.line("xxx").await;
        let lengths = crate::stage::until("the lines", || {
            let lines = stage.lines().split_off(before);
            let lengths: Vec<usize> = lines.iter().map(|line| line.message.len()).collect();
            (lengths.last() == Some(&3)).then_some(lengths)
        })
        .await;
        assert_eq!(lengths[..lengths.len().saturating_sub(1)], pieces);
    }
    running.stop().await;
}
