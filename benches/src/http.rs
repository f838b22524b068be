//! `GET /api/smart-assets/{id}` with a token, against a bare warp route with the same bytes. Both
//! are processes of their own.

use crate::{
    prepared::{authority, free_port, prepared},
    table::{Row, rate},
};
use poa_protocol::role::Role;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use warp::Filter as _;

const CONNECTIONS: usize = 8;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const STRAITS_TENANT: &str = "00000000-0000-4000-8000-000000000012";

/// Kills a child when it is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Two threads, as the machine has cores.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The bare route.
pub(crate) fn bare(port: u16, body: &Path) {
    let bytes = std::fs::read(body).unwrap();
    let route = warp::path!("api" / "smart-assets" / String).map(move |_| {
        warp::http::Response::builder()
            .header("content-type", "application/json")
            .body(bytes.clone())
            .unwrap()
    });
    runtime().block_on(warp::serve(route).run(([127, 0, 0, 1], port)));
}

async fn answers(client: &reqwest::Client, url: &str, token: &str) -> Vec<u8> {
    for _ in 0..200 {
        if let Ok(response) = client.get(url).bearer_auth(token).send().await
            && response.status().is_success()
        {
            return response.bytes().await.unwrap().to_vec();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("`{url}` does not answer")
}

/// Requests per second over one round.
async fn round(client: &reqwest::Client, url: &str, token: &str) -> f64 {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (client, url, token) = (client.clone(), url.to_owned(), token.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut count = 0_u32;
            while start.elapsed() < ROUND {
                let response = client.get(&url).bearer_auth(&token).send().await.unwrap();
                assert!(response.status().is_success());
                response.bytes().await.unwrap();
                count += 1;
            }
            count
        }));
    }
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Runs the benchmark.
pub(crate) fn run() -> Vec<Row> {
    runtime().block_on(measure())
}

async fn measure() -> Vec<Row> {
    let prepared = prepared();
    let (issuer_port, port, bare_port) = (free_port(), free_port(), free_port());
    let routes = prepared.issuer().routes(&authority(issuer_port));
    tokio::spawn(warp::serve(routes).run(([127, 0, 0, 1], issuer_port)));
    let _handler = Killed(prepared.handler(port, issuer_port));
    let token = prepared.token(issuer_port, STRAITS_TENANT, Role::Originator);
    let asset = prepared.report.pointer("/mortgage/smart_asset/id").unwrap().as_str().unwrap();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let url = format!("http://127.0.0.1:{port}/api/smart-assets/{asset}");
    let bytes = answers(&client, &url, &token).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let bare = Command::new(std::env::current_exe().unwrap())
        .args(["bare", &bare_port.to_string()])
        .arg(file.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let _bare = Killed(bare);
    let bare_url = format!("http://127.0.0.1:{bare_port}/api/smart-assets/{asset}");
    answers(&client, &bare_url, &token).await;
    let (mut ours, mut theirs) = (0_f64, 0_f64);
    for _ in 0..ROUNDS {
        ours = ours.max(round(&client, &url, &token).await);
        theirs = theirs.max(round(&client, &bare_url, &token).await);
    }
    vec![Row {
        what: format!("HTTP: read of a smart asset with a token ({} bytes)", bytes.len()),
        ours: rate(ours, "requests"),
        reference: rate(theirs, "requests"),
        ratio: format!("{:.2}", ours / theirs),
        goal: ">= 0.5 of a bare warp route",
        reached: ours / theirs >= 0.5,
    }]
}
