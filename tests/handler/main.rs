//! The handler as a process: the host's probe, settings that are wrong, a parent that is gone; what
//! it logs and what it exports.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails; it measures real time"
)]

mod export;
mod log;

use poa::local_issuer::{LOCAL_ISSUER, LocalIssuer, TokenRequest};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::clock::Clock as _;
use poa_test_support::{AUDIENCE, OPERATOR_TENANT, Who, listen};
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
        .env("API_CLIENT_ID", AUDIENCE)
        .env("OPERATOR_TENANT_ID", OPERATOR_TENANT)
        .env("POA_DEVELOPMENT", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A token issuer beside the handler.
struct Issuer {
    local: LocalIssuer,
    authority: String,
}

impl Issuer {
    async fn start(folder: &Path) -> Self {
        let local = LocalIssuer::open(&folder.join("issuer")).unwrap();
        let (listener, url) = listen().await;
        let authority = format!("{url}/{LOCAL_ISSUER}");
        tokio::spawn(warp::serve(local.routes(&authority)).incoming(listener).run());
        Self { local, authority }
    }

    fn token(&self, who: &Who) -> String {
        let request = TokenRequest {
            authority: self.authority.clone(),
            audience: AUDIENCE.to_owned(),
            person: who.person.clone(),
            name: "Somebody Private".to_owned(),
            roles: who.roles.clone(),
            program: who.program,
            begins: SystemClock.now(),
            lifetime_secs: 600,
        };
        self.local.mint(&request).unwrap()
    }
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
    let issuer = Issuer::start(data.path()).await;
    let mut command = handler(port, data.path());
    let _handler = Handler(command.env("AUTHORITY", &issuer.authority).spawn().unwrap());
    let probe = answers(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(probe["status"], "alive");
    let ready = answers(&format!("http://127.0.0.1:{port}/api/health/ready")).await;
    assert_eq!(ready["status"], "ready", "{ready}");
}

#[tokio::test]
async fn a_handler_without_its_token_issuer_runs_and_is_not_ready() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let _handler = Handler(handler(port, data.path()).spawn().unwrap());
    let alive = answers(&format!("http://127.0.0.1:{port}/api/health")).await;
    assert_eq!(alive["status"], "alive");
    let ready = answers(&format!("http://127.0.0.1:{port}/api/health/ready")).await;
    assert_eq!(ready["status"], 503, "{ready}");
    let parts = ready["details"]["parts"].as_array().unwrap();
    let down: Vec<_> = parts.iter().filter(|part| part["ready"] == false).collect();
    assert_eq!(down.len(), 1, "{ready}");
    assert_eq!(down[0]["name"], "token issuer");
    assert_eq!(down[0]["fault"], "it answers with a fault");
    assert!(!ready.to_string().contains("127.0.0.1"), "no addresses: {ready}");
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
