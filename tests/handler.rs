//! The handler as a process: the host's probe, settings that are wrong, a parent that is gone.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails; it measures real time"
)]

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const HANDLER: &str = env!("CARGO_BIN_EXE_handler");
const SOON: Duration = Duration::from_secs(20);

/// A handler that goes away with the test.
struct Handler(Child);

impl Drop for Handler {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn handler(port: u16, data: &Path) -> Command {
    let mut command = Command::new(HANDLER);
    command
        .env_clear()
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env("POA_DATA", data)
        .env("AUTHORITY", "http://127.0.0.1:9/local-issuer")
        .env("API_CLIENT_ID", "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10")
        .env("OPERATOR_TENANT_ID", "0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01")
        .env("POA_DEVELOPMENT", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

async fn answers(url: &str) -> serde_json::Value {
    let started = Instant::now();
    loop {
        let client = reqwest::Client::builder().timeout(SOON).build().unwrap();
        match client.get(url).send().await {
            Ok(response) => return response.json().await.unwrap(),
            Err(_) if started.elapsed() < SOON => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(fault) => panic!("no answer: {fault}"),
        }
    }
}

fn ended(handler: &mut Handler) -> i32 {
    let started = Instant::now();
    while started.elapsed() < SOON {
        if let Some(status) = handler.0.try_wait().unwrap() {
            return status.code().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the handler does not end")
}

#[tokio::test]
async fn the_handler_answers_the_probe_and_then_requests() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let _handler = Handler(handler(port, data.path()).spawn().unwrap());
    let probe = answers(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(probe["status"], "alive");
    let ready = answers(&format!("http://127.0.0.1:{port}/api/health/ready")).await;
    assert_eq!(ready["status"], "ready", "{ready}");
}

#[tokio::test]
async fn the_handler_ends_with_its_parent_where_it_was_told_so() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut command = handler(port, data.path());
    let mut handler = Handler(command.env("POA_PARENT_PIPE", "1").spawn().unwrap());
    answers(&format!("http://127.0.0.1:{port}/api/health")).await;
    assert!(handler.0.try_wait().unwrap().is_none(), "it lives while the pipe is open");
    drop(handler.0.stdin.take());
    assert_eq!(ended(&mut handler), 0);
}

#[test]
fn wrong_settings_are_told_on_standard_output_and_the_host_may_start_again() {
    let data = tempfile::tempdir().unwrap();
    let mut command = handler(1, data.path());
    let command = command.env("API_CLIENT_ID", "x").env("LOG_LEVEL", "loud");
    let mut handler = Handler(command.spawn().unwrap());
    // 0 would tell the host never to start it again.
    assert_eq!(ended(&mut handler), 1);
    let mut told = String::new();
    handler.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    for name in ["API_CLIENT_ID", "LOG_LEVEL"] {
        assert!(told.contains(name), "{told}");
    }
}

#[test]
fn a_data_folder_that_cannot_be_opened_is_told() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let mut handler = Handler(handler(free_port(), &file).spawn().unwrap());
    assert_eq!(ended(&mut handler), 1);
    let mut told = String::new();
    handler.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("set-up failed"), "{told}");
}
