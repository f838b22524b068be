//! How soon the handler answers after it was spawned, and how much memory it holds when idle.

use crate::{
    prepared::{free_port, handler_with, prepared},
    table::Row,
};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Child,
    time::{Duration, Instant},
};

const STARTS: u32 = 15;
const IDLE: Duration = Duration::from_secs(3);

/// Everything in Azure: services that are not there, since a start asks none of them.
const AZURE: [(&str, &str); 12] = [
    ("STORE", "cosmos"),
    ("COSMOS_ENDPOINT", "https://bench.documents.azure.com"),
    ("COSMOS_DATABASE", "poa"),
    ("COSMOS_REGION", "West Europe"),
    ("BUS", "service-bus"),
    ("ServiceBus__fullyQualifiedNamespace", "bench.servicebus.windows.net"),
    ("DOCUMENTS", "blob"),
    ("STORAGE_BLOB_URL", "https://bench.blob.core.windows.net"),
    ("SIGNER", "key-vault"),
    ("KEY_VAULT_URL", "https://bench.vault.azure.net"),
    ("KEY_VAULT_KEY", "log"),
    ("AUTHORITY", "https://login.microsoftonline.com"),
];

/// Runs the benchmark.
pub(crate) fn run() -> Vec<Row> {
    // The demo comes before the stopwatch.
    prepared();
    let embedded: &Start = &|port| prepared().handler(port, free_port());
    let mut rows = measured("start", embedded, ("<= 50 ms", 50.0), ("<= 40 MB", 40.0));
    let azure: &Start = &|port| handler_with(port, &AZURE);
    rows.extend(measured(
        "start with the adapters for Azure",
        azure,
        ("<= 80 ms", 80.0),
        ("<= 60 MB", 60.0),
    ));
    rows
}

/// Starts a handler on a port.
type Start = dyn Fn(u16) -> Child;

fn measured(
    what: &str,
    start: &Start,
    (soon, millis_max): (&'static str, f64),
    (small, megabytes_max): (&'static str, f64),
) -> Vec<Row> {
    let mut millis: Vec<f64> = (0..STARTS).map(|_| first_answer(start)).collect();
    millis.sort_by(f64::total_cmp);
    let median = millis[millis.len() / 2];
    let idle = idle_mib(start);
    vec![
        Row {
            what: format!("{what}: spawn to first answer of `GET /api/health`, median of {STARTS}"),
            ours: format!("{median:.1} ms"),
            reference: "-".to_owned(),
            ratio: format!("{:.1} to {:.1} ms", millis[0], millis[millis.len() - 1]),
            goal: soon,
            reached: median <= millis_max,
        },
        Row {
            what: format!("{what}: resident memory when idle"),
            ours: format!("{idle:.1} MiB"),
            reference: "-".to_owned(),
            ratio: "-".to_owned(),
            goal: small,
            reached: idle * 1.048_576 <= megabytes_max,
        },
    ]
}

fn first_answer(handler: &Start) -> f64 {
    let port = free_port();
    let start = Instant::now();
    let mut handler = handler(port);
    while !healthy(port) {
        assert!(start.elapsed() < Duration::from_secs(10), "the handler does not answer");
        std::thread::sleep(Duration::from_micros(500));
    }
    let millis = start.elapsed().as_secs_f64() * 1e3;
    handler.kill().unwrap();
    handler.wait().unwrap();
    millis
}

fn healthy(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    let mut answer = [0_u8; 12];
    stream.write_all(request).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.ends_with(b"200")
}

fn idle_mib(handler: &Start) -> f64 {
    let port = free_port();
    let mut handler = handler(port);
    while !healthy(port) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(IDLE);
    let status = std::fs::read_to_string(format!("/proc/{}/status", handler.id())).unwrap();
    handler.kill().unwrap();
    handler.wait().unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}
