//! A small HTTP client that sends exactly the bytes it is given.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A response, its chunks joined.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends a request with a few headers and a body, length announced.
pub(crate) async fn send(address: SocketAddr, method: &str, target: &str, body: &str) -> Reply {
    let length = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Length: {}\r\nContent-Type: application/json\r\n", body.len())
    };
    let head = format!("{method} {target} HTTP/1.1\r\nHost: local.test\r\n{length}");
    raw(address, format!("{head}Connection: close\r\n\r\n{body}").as_bytes()).await
}

pub(crate) async fn get(address: SocketAddr, target: &str) -> Reply {
    send(address, "GET", target, "").await
}

/// Sends bytes and reads one response.
pub(crate) async fn raw(address: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The host may answer and close before it has read everything.
    stream.write_all(request).await.ok();
    timeout(Duration::from_secs(30), read_reply(&mut stream)).await.unwrap()
}

/// Reads one response, to its announced end or to the end of the connection.
pub(crate) async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    while !is_complete(&bytes) {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    parse(&bytes)
}

fn is_complete(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let (head, body) = bytes.split_at(end.saturating_add(4));
    let head = String::from_utf8_lossy(head).to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    match length {
        Some(length) => body.len() >= length.parse().unwrap(),
        None if head.contains("transfer-encoding: chunked") => body.ends_with(b"0\r\n\r\n"),
        None => head.starts_with("http/1.1 204"),
    }
}

pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let body = &bytes[end.saturating_add(4)..];
    let chunked = headers.iter().any(|(name, _)| name == "transfer-encoding");
    let body = if chunked { dechunk(body) } else { body.to_vec() };
    Reply { status, headers, body }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = String::from_utf8_lossy(&rest[..end]).into_owned();
        let length = usize::from_str_radix(&length, 16).unwrap();
        let start = end.saturating_add(2);
        let stop = start.saturating_add(length);
        if length == 0 || stop > rest.len() {
            break;
        }
        body.extend_from_slice(&rest[start..stop]);
        rest = &rest[stop.saturating_add(2)..];
    }
    body
}
