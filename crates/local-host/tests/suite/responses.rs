//! What the host makes of the answers to invocations.

use poa_local_host::{InvokeError, Level, Origin, RunningHost};
use serde_json::json;

use crate::client;
use crate::stage::Stage;

fn stage() -> Stage {
    Stage::new().function(
        "Fn",
        &json!([{ "type": "blobTrigger", "direction": "in", "name": "blob", "path": "x" }]),
    )
}

async fn outcome(stage: &Stage, host: &RunningHost, action: &str) -> Result<(), String> {
    stage.plan("Fn", action);
    host.invoke("Fn", Some("x")).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn answers_that_succeed_succeed() {
    let stage = stage();
    let host = stage.start().await;
    for action in [
        "json:{}",
        "json:{\"outputs\":null,\"LOGS\":null,\"returnValue\":null}",
        "json:{\"Outputs\":{\"q\":[\"test\"]},\"Logs\":[\"a line of the log\"],\"ReturnValue\":3}",
        "json:\u{feff}{}",
    ] {
        assert_eq!(outcome(&stage, &host, action).await, Ok(()), "{action}");
    }
    let line = stage.line("a line of the log").await;
    assert_eq!((line.level, line.origin), (Level::Information, Origin::Handler));
    assert_eq!(line.function.as_deref(), Some("Fn"));
    assert_eq!(line.invocation.unwrap().len(), 36);
    host.stop().await;
}

#[tokio::test]
async fn answers_that_hang_or_fail_on_azure_fail_loudly() {
    let stage = stage();
    let host = stage.start().await;
    let hang = "on the functions host this invocation would hang until the function timeout";
    for (action, words) in [
        ("empty", hang),
        ("nocontent", hang),
        ("json:null", hang),
        (
            "status:500 Oops:the true reason",
            "discards the body of such an answer: `the true reason`",
        ),
        ("status:404 Not Found:", "the handler answered 404 Not Found"),
        ("status:307 Temporary Redirect:", "follows redirects of an invocation"),
        ("text:{}", "the content type `text/plain`, it must be application/json"),
        ("problem:{}", "the content type `application/problem+json`"),
        ("json:{", "the answer is not JSON"),
        ("json:{} {}", "the answer is not JSON"),
        ("json:[]", "the answer must be a JSON object"),
        ("json:\"done\"", "the answer must be a JSON object"),
        ("json:{\"Outputs\":[]}", "`Outputs` must be an object"),
        ("json:{\"Logs\":[1]}", "`Logs` must be a list of strings"),
        ("break", "the handler broke the connection"),
        ("crash", "the handler broke the connection"),
    ] {
        let reason = outcome(&stage, &host, action).await.unwrap_err();
        assert!(reason.contains(words), "{action}: {reason}");
        stage.error(&reason).await;
    }
    assert_eq!(outcome(&stage, &host, "json:{}").await, Ok(()));
    host.stop().await;
}

#[tokio::test]
async fn an_invocation_that_runs_too_long_fails_and_the_handler_is_restarted() {
    let mut stage = stage();
    stage
        .options
        .env
        .insert("AzureFunctionsJobHost__functionTimeout".to_owned(), "00:00:01".to_owned());
    let host = stage.start().await;
    let pid = host.handler_pid();
    assert_eq!(outcome(&stage, &host, "sleep:100").await, Ok(()));
    let reason = outcome(&stage, &host, "hang").await.unwrap_err();
    assert_eq!(reason, "the function timeout passed");
    assert_eq!(outcome(&stage, &host, "json:{}").await, Ok(()));
    assert_ne!(host.handler_pid(), pid);
    host.stop().await;
}

#[tokio::test]
async fn nesting_has_a_deepest_level() {
    let stage = stage();
    let host = stage.start().await;
    let max = poa_local_host::ANSWER_DEPTH_MAX;
    // One level is the answer's own object.
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("json:{{\"ReturnValue\":{open}\"]}}\\\"[\"{close}}}")
    };
    assert_eq!(outcome(&stage, &host, &nested(max.saturating_sub(1))).await, Ok(()));
    let reason = outcome(&stage, &host, &nested(max)).await.unwrap_err();
    assert_eq!(reason, "the answer is nested 257 deep, 256 at most");
    host.stop().await;
}

#[tokio::test]
async fn bare_strings_that_look_like_base64_are_reported() {
    for (value, mangled) in [
        ("\"test\"", true),
        ("\"\"", true),
        ("\"dGVzdA==\"", true),
        ("\"te st\"", true),
        ("\"d41d8cd98f00b204e9800998ecf8427e\"", true),
        ("\"hello\"", false),
        ("\"a-b_\"", false),
        ("[\"test\"]", false),
        ("{\"a\":\"test\"}", false),
    ] {
        let stage = stage();
        let host = stage.start().await;
        let action = format!("json:{{\"Outputs\":{{\"q\":{value}}},\"ReturnValue\":{value}}}");
        assert_eq!(outcome(&stage, &host, &action).await, Ok(()));
        let lines = stage.lines();
        for name in ["`Outputs.q`", "`ReturnValue`"] {
            let found = lines.iter().find(|line| {
                line.message.starts_with(name) && line.message.contains("is also valid base64")
            });
            assert_eq!(found.map(|line| line.level), mangled.then_some(Level::Error), "{value}");
        }
        host.stop().await;
    }
}

#[tokio::test]
async fn functions_are_invoked_by_hand_through_the_admin_route() {
    let stage = stage().http("Web", "web");
    let host = stage.start().await;
    for (method, target, body, status) in [
        ("POST", "/admin/functions/fn", "{\"input\":\"by hand\"}", 202),
        ("POST", "/admin/functions/Fn", "", 202),
        ("POST", "/admin/functions/Fn", "{\"input\":null}", 202),
        ("POST", "/admin/functions/Fn", "{\"input\":1}", 400),
        ("POST", "/admin/functions/Fn", "x", 400),
        ("POST", "/admin/functions/Web", "", 400),
        ("POST", "/admin/functions/Nope", "", 404),
        ("GET", "/admin/functions/Nope", "", 404),
        ("GET", "/admin/functions/Fn", "", 200),
        ("DELETE", "/admin/functions/Fn", "", 405),
        ("GET", "/admin/nothing", "", 404),
        ("GET", "/admin/host/ping", "", 200),
    ] {
        let reply = client::send(host.address(), method, target, body).await;
        assert_eq!(reply.status, status, "{method} {target} {body}: {}", reply.text());
    }
    let bodies: Vec<String> = stage
        .requests_arrive("/Fn", 3)
        .await
        .iter()
        .map(|record| record["body"].as_str().unwrap().to_owned())
        .collect();
    assert!(bodies.iter().any(|body| body.contains("YnkgaGFuZA==")), "{bodies:?}");
    let list = client::get(host.address(), "/admin/functions").await.json();
    assert_eq!(
        list,
        json!([{ "name": "Fn", "isDisabled": false }, { "name": "Web", "isDisabled": false }])
    );
    let unknown = host.invoke("Nope", None).await.unwrap_err();
    assert_eq!(unknown, InvokeError::Unknown("Nope".to_owned()));
    assert!(matches!(host.invoke("Web", None).await, Err(InvokeError::HttpFunction(_))));
    stage.line("nothing feeds this trigger locally").await;
    host.stop().await;
}
