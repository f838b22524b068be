//! How the handler is started, watched, restarted and killed.

use std::time::Duration;

use poa_local_host::{HandlerCommand, HostEvent, Level, Origin, RestartRule, RunningHost};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::client;
use crate::stage::{Stage, event, example, is_alive, kill, until};

fn stage() -> Stage {
    Stage::new().http("Echo", "echo/{*rest}")
}

fn json_file(stage: &Stage, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(stage.records().join(name)).unwrap()).unwrap()
}

/// Waits until another process is the handler.
async fn another(host: &RunningHost, pid: u32) {
    until("another process", || host.handler_pid().filter(|other| *other != pid)).await;
}

fn ready(event: &HostEvent) -> bool {
    matches!(event, HostEvent::HandlerReady { .. })
}

#[tokio::test]
async fn the_handler_gets_its_variables_and_the_real_environment_wins() {
    let mut stage = stage();
    stage.file("local.settings.json", r#"{"Values":{"ONE":"file","TWO":"file","THREE":3}}"#);
    stage.options.env.insert("TWO".to_owned(), "environment".to_owned());
    stage.options.env.insert("FOUR".to_owned(), "environment".to_owned());
    stage.options.handler = stage.options.handler.clone().env("FOUR", "command").arg("handler");
    let host = stage.start().await;
    let env = json_file(&stage, "env.json");
    let get = |name: &str| env[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        [get("ONE"), get("TWO"), get("THREE"), get("FOUR")],
        ["file", "environment", "3", "command"]
    );
    assert_eq!(get("FUNCTIONS_APP_ROOT_PATH"), stage.root().to_string_lossy());
    assert_eq!(get("FUNCTIONS_CUSTOMHANDLER_PORT"), get("FUNCTIONS_HTTPWORKER_PORT"));
    assert_eq!(get("FUNCTIONS_CUSTOMHANDLER_WORKER_ID"), get("FUNCTIONS_HTTPWORKER_ID"));
    assert_eq!(get("FUNCTIONS_CUSTOMHANDLER_WORKER_ID").len(), 36);
    assert_eq!(get("POA_PARENT_PIPE"), "1");
    assert_eq!(json_file(&stage, "args.json"), json!(["handler"]));
    host.stop().await;
}

#[tokio::test]
async fn the_command_comes_from_host_json_and_its_overrides() {
    let host = json!({
        "Version": "2.0",
        "CustomHandler": {
            "Description": { "DefaultExecutablePath": "missing", "arguments": ["old", "two", "x"] },
            "enableForwardingHttpRequest": true,
        },
    });
    let mut stage = Stage::with_host(&host).http("Echo", "echo");
    let records = stage.records().to_string_lossy().into_owned();
    std::fs::copy(example("echo_handler"), stage.root().join("handler")).unwrap();
    let prefix = "AzureFunctionsJobHost__customHandler__description__";
    stage.options.handler = HandlerCommand::default();
    stage.options.env.extend([
        ("ECHO_DIR".to_owned(), records),
        ("WHO".to_owned(), "a b".to_owned()),
        (format!("{prefix}defaultExecutablePath"), "handler".to_owned()),
        (format!("{prefix}arguments"), r#"["--who=%WHO%", "%NOBODY%"]"#.to_owned()),
    ]);
    let host = stage.start().await;
    // Joined with spaces and not quoted, as on the real host.
    assert_eq!(json_file(&stage, "args.json"), json!(["--who=a", "b"]));
    let warning = stage.line("only `enableForwardingHttpRequest` is set").await;
    assert_eq!(warning.level, Level::Warning);
    assert_eq!(client::get(host.address(), "/api/echo").await.status, 200);
    host.stop().await;
}

#[tokio::test]
async fn output_lines_have_the_level_of_their_stream_and_no_prefix() {
    let stage = stage();
    let host = stage.start().await;
    for (line, level) in [
        ("the handler starts", Level::Information),
        ("a line of standard error", Level::Error),
        ("a Warning on standard error", Level::Warning),
    ] {
        let found = stage.line(line).await;
        assert_eq!((&*found.message, found.level, found.origin), (line, level, Origin::Handler));
    }
    host.stop().await;
}

#[tokio::test]
async fn any_answer_to_the_probe_counts_as_ready_and_requests_wait_for_it() {
    let stage = stage();
    stage.plan("boot", "sleep:300");
    let host = poa_local_host::Host::start(stage.options.clone()).await.unwrap();
    let status = client::get(host.address(), "/admin/host/status").await;
    assert_eq!(status.json()["state"], "Initialized");
    // The handler answers the probe with 404, and this request waits until it does.
    assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 200);
    let status = client::get(host.address(), "/admin/host/status").await;
    assert_eq!(status.json()["state"], "Running");
    host.stop().await;
}

#[tokio::test]
async fn a_killed_handler_is_restarted_and_the_request_in_flight_fails() {
    let stage = stage();
    let host = stage.start().await;
    let mut events = host.events();
    let first = host.handler_pid().unwrap();
    let address = host.address();
    let hanging = tokio::spawn(async move { client::get(address, "/api/echo?do=hang").await });
    stage.requests_arrive("/api/echo?do=hang", 1).await;
    kill(first);
    assert_eq!(hanging.await.unwrap().status, 502);
    // A request waits for the next handler, once it is known that the first one is gone.
    another(&host, first).await;
    assert_eq!(client::get(address, "/api/echo/x").await.status, 200);
    let exited = event(&mut events, |one| matches!(one, HostEvent::HandlerExited { .. })).await;
    assert_eq!(exited, HostEvent::HandlerExited { pid: first, code: None });
    event(&mut events, ready).await;
    assert_ne!(host.handler_pid().unwrap(), first);
    stage.error("crash 1 of 1000, starting it again").await;
    host.stop().await;
}

#[tokio::test]
async fn a_handler_that_is_killed_again_and_again_comes_back_on_the_same_port() {
    let stage = stage();
    let host = stage.start().await;
    let port = json_file(&stage, "env.json")["FUNCTIONS_CUSTOMHANDLER_PORT"].clone();
    for round in 0..50 {
        let pid = host.handler_pid().unwrap();
        kill(pid);
        another(&host, pid).await;
        let reply = client::get(host.address(), "/api/echo/x").await;
        assert_eq!(reply.status, 200, "round {round}: {}", reply.text());
    }
    assert_eq!(json_file(&stage, "env.json")["FUNCTIONS_CUSTOMHANDLER_PORT"], port);
    host.stop().await;
}

#[tokio::test]
async fn exit_code_0_is_never_restarted_and_later_requests_fail() {
    let stage = stage();
    let host = stage.start().await;
    assert_eq!(client::get(host.address(), "/api/echo?do=exit:0").await.status, 502);
    stage.error("exited with code 0, which the host never restarts").await;
    let reply = client::get(host.address(), "/api/echo/x").await;
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains("exited with code 0"), "{}", reply.text());
    assert_eq!(host.handler_pid(), None);
    assert!(host.ready().await.is_err());
    let status = client::get(host.address(), "/admin/host/status").await;
    assert_eq!(status.json()["state"], "Error");
    host.stop().await;
}

#[tokio::test]
async fn exit_code_200_is_restarted_and_not_counted() {
    let mut stage = stage();
    stage.options.restarts = RestartRule { crashes_max: 1, ..RestartRule::default() };
    let host = stage.start().await;
    for _ in 0..3 {
        let pid = host.handler_pid().unwrap();
        client::get(host.address(), "/api/echo?do=exit:200").await;
        another(&host, pid).await;
        assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 200);
    }
    host.stop().await;
}

#[tokio::test]
async fn the_third_crash_in_the_window_stops_the_host() {
    let mut stage = stage();
    stage.options.restarts = RestartRule::default();
    let host = stage.start().await;
    for _ in 0..2 {
        let pid = host.handler_pid().unwrap();
        assert_eq!(client::get(host.address(), "/api/echo?do=crash").await.status, 502);
        another(&host, pid).await;
        assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 200);
    }
    client::get(host.address(), "/api/echo?do=crash").await;
    let reason = timeout(Duration::from_secs(10), host.stopped()).await.unwrap();
    assert!(reason.contains("crash 3 of 3"), "{reason}");
    assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 503);
    let error = host.ready().await.unwrap_err().to_string();
    assert!(error.starts_with("the host has stopped: "), "{error}");
    host.stop().await;
}

#[tokio::test]
async fn crashes_outside_the_window_do_not_count() {
    let mut stage = stage();
    stage.options.restarts = RestartRule { crashes_max: 2, window: Duration::from_millis(1) };
    let host = stage.start().await;
    for _ in 0..3 {
        let pid = host.handler_pid().unwrap();
        client::get(host.address(), "/api/echo?do=crash").await;
        another(&host, pid).await;
        assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 200);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_handler_that_crashes_at_start_stops_the_host() {
    let mut stage = stage();
    stage.options.restarts = RestartRule::default();
    stage.plan("boot", "exit:3");
    let host = poa_local_host::Host::start(stage.options.clone()).await.unwrap();
    let error = host.ready().await.unwrap_err().to_string();
    assert!(error.contains("exit status: 3; crash 3 of 3"), "{error}");
    host.stop().await;
}

#[tokio::test]
async fn a_handler_that_never_answers_stops_the_host() {
    let mut stage = stage();
    let name = "AzureFunctionsJobHost__customHandler__initializationTimeout";
    stage.options.env.insert(name.to_owned(), "00:00:00.3".to_owned());
    stage.plan("boot", "sleep:60000");
    let host = poa_local_host::Host::start(stage.options.clone()).await.unwrap();
    let pid = host.handler_pid().unwrap();
    let error = host.ready().await.unwrap_err().to_string();
    assert!(error.contains("did not answer within 300ms"), "{error}");
    assert!(!is_alive(pid));
    host.stop().await;
}

#[tokio::test]
async fn the_function_timeout_kills_the_handler_and_fails_everything_in_flight() {
    let mut stage = stage();
    stage
        .options
        .env
        .insert("AzureFunctionsJobHost__functionTimeout".to_owned(), "00:00:01".to_owned());
    stage.options.restarts = RestartRule { crashes_max: 1, ..RestartRule::default() };
    let host = stage.start().await;
    let first = host.handler_pid().unwrap();
    let (address, start) = (host.address(), Instant::now());
    let one = tokio::spawn(async move { client::get(address, "/api/echo?do=hang").await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let two = tokio::spawn(async move { client::get(address, "/api/echo?do=hang&n=2").await });
    assert_eq!(one.await.unwrap().status, 502);
    assert_eq!(two.await.unwrap().status, 502);
    assert!(start.elapsed() < Duration::from_millis(1450), "the second one did not fail early");
    stage.error("function `Echo` ran longer than 1s").await;
    assert_eq!(client::get(address, "/api/echo/x").await.status, 200);
    assert_ne!(host.handler_pid().unwrap(), first);
    host.stop().await;
}

#[tokio::test]
async fn stopping_kills_the_handler_and_frees_the_address() {
    let mut stage = stage();
    // An address that no other test listens on.
    stage.options.listen = "127.0.0.2:0".parse().unwrap();
    let host = stage.start().await;
    let (pid, address) = (host.handler_pid().unwrap(), host.address());
    host.stop().await;
    assert!(!is_alive(pid));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn dropping_a_host_kills_the_handler() {
    let stage = stage();
    let host = stage.start().await;
    let pid = host.handler_pid().unwrap();
    drop(host);
    until("the end of the handler", || (!is_alive(pid)).then_some(())).await;
}

#[tokio::test]
async fn a_fixed_port_is_used() {
    let mut stage = stage();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let name = "AzureFunctionsJobHost__customHandler__port";
    stage.options.env.insert(name.to_owned(), free.to_string());
    let host = stage.start().await;
    let port = json_file(&stage, "env.json")["FUNCTIONS_CUSTOMHANDLER_PORT"].clone();
    assert_eq!(port, free.to_string());
    host.stop().await;
}

#[tokio::test]
async fn a_function_timeout_of_minus_one_means_none() {
    let mut stage = stage();
    let name = "AzureFunctionsJobHost__functionTimeout".to_owned();
    stage.options.env.insert(name, "-1".to_owned());
    let host = stage.start().await;
    assert_eq!(client::get(host.address(), "/api/echo?do=sleep:100").await.status, 200);
    host.stop().await;
}
