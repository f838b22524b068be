//! A custom handler for the tests of the host: records what it gets and misbehaves on demand.
//!
//! `ECHO_DIR` names a folder. `requests.ndjson` in it receives one line per request. A file
//! `plan/<FunctionName>` holds what to do when that function is invoked, `plan/boot` what to do at
//! start; `once:` in front removes the file first. HTTP requests carry it as the query `do=`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test program: it reads its environment, prints, and may die of surprise"
)]

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::Arc;
use std::thread::{sleep, spawn};
use std::time::Duration;

use serde_json::{Value, json};

fn main() {
    let folder = Arc::new(PathBuf::from(std::env::var("ECHO_DIR").unwrap()));
    let env: BTreeMap<String, String> = std::env::vars().collect();
    std::fs::write(folder.join("env.json"), json!(env).to_string()).unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    std::fs::write(folder.join("args.json"), json!(arguments).to_string()).unwrap();
    if std::env::var("POA_PARENT_PIPE").as_deref() == Ok("1") {
        spawn(|| {
            let mut rest = Vec::new();
            std::io::stdin().read_to_end(&mut rest).ok();
            exit(0);
        });
    }
    println!("the handler starts");
    eprintln!("a line of standard error");
    eprintln!("a Warning on standard error");
    boot(&plan(&folder, "boot"));
    let port: u16 = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let listener = pause(&folder, listener);
    for stream in listener.incoming() {
        let folder = Arc::clone(&folder);
        spawn(move || serve(&folder, &stream.unwrap()));
    }
}

fn boot(action: &str) {
    match action.split_once(':').unwrap_or((action, "")) {
        ("exit", code) => exit(code.parse().unwrap()),
        ("sleep", millis) => sleep(Duration::from_millis(millis.parse().unwrap())),
        _ => {}
    }
}

/// `plan/pause`: answers the first probe and is not reachable for so many milliseconds.
fn pause(folder: &Path, listener: TcpListener) -> TcpListener {
    let Ok(millis) = plan(folder, "pause").parse() else { return listener };
    let (stream, _) = listener.accept().unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let head = read_request(&mut BufReader::new(&stream));
    assert!(head.is_some(), "the probe is a request");
    (&stream).write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
    drop(stream);
    sleep(Duration::from_millis(millis));
    TcpListener::bind(address).unwrap()
}

/// What to do; a plan that starts with `once:` is used up.
fn plan(folder: &Path, name: &str) -> String {
    let file = folder.join("plan").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    match text.strip_prefix("once:") {
        Some(action) => {
            std::fs::remove_file(&file).ok();
            action.to_owned()
        }
        None => text,
    }
}

/// One request as it came over the wire.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    chunked: bool,
    body: Vec<u8>,
}

fn serve(folder: &Path, stream: &TcpStream) {
    stream.set_nodelay(true).ok();
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        if request.target == "/" {
            respond(stream, "404 Not Found", "text/plain", "no such page");
            continue;
        }
        let record = record(&request);
        let mut log =
            OpenOptions::new().create(true).append(true).open(folder.join("requests.ndjson"));
        log.as_mut().unwrap().write_all(format!("{record}\n").as_bytes()).unwrap();
        let action = action(folder, &request.target);
        let done = act(stream, &action, &record);
        if !done {
            return;
        }
    }
}

fn action(folder: &Path, target: &str) -> String {
    if let Some((_, query)) = target.split_once("do=") {
        return query.split('&').next().unwrap_or_default().to_owned();
    }
    let name = target.trim_start_matches('/');
    if name.contains(['/', '?', '%', '.']) {
        return "echo".to_owned();
    }
    plan(folder, name)
}

/// Answers; false when the connection is over.
fn act(mut stream: &TcpStream, action: &str, record: &Value) -> bool {
    let json = "application/json";
    match action.split_once(':').unwrap_or((action, "")) {
        ("crash", _) => exit(3),
        ("exit", code) => exit(code.parse().unwrap()),
        ("sleep", millis) => {
            sleep(Duration::from_millis(millis.parse().unwrap()));
            respond(stream, "200 OK", json, "{}");
        }
        ("empty", _) => respond(stream, "200 OK", json, ""),
        ("nocontent", _) => {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok();
        }
        ("status", rest) => {
            let (status, body) = rest.split_once(':').unwrap_or((rest, "the reason"));
            respond(stream, status, "text/plain", body);
        }
        ("text", body) => respond(stream, "200 OK", "text/plain", body),
        ("problem", body) => respond(stream, "200 OK", "application/problem+json", body),
        ("json", body) => respond(stream, "200 OK", json, body),
        ("echo", _) => respond(stream, "200 OK", json, &record.to_string()),
        ("padded", length) => {
            respond(
                stream,
                "200 OK",
                json,
                &format!("{{{}}}", " ".repeat(length.parse::<usize>().unwrap() - 2)),
            );
        }
        ("print", length) => {
            println!("{}", "x".repeat(length.parse().unwrap()));
            respond(stream, "200 OK", json, "{}");
        }
        (name, argument) => return act_by_hand(stream, name, argument),
    }
    true
}

/// Answers that are written byte by byte; false when the connection is over.
fn act_by_hand(mut stream: &TcpStream, action: &str, argument: &str) -> bool {
    match (action, argument) {
        ("hang", _) => sleep(Duration::from_mins(10)),
        ("head", _) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").ok();
        }
        ("stream", count) => return stream_chunks(stream, count.parse().unwrap()),
        ("silent", _) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").ok();
            sleep(Duration::from_mins(10));
        }
        ("break", _) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").ok();
            stream.shutdown(std::net::Shutdown::Both).ok();
            return false;
        }
        _ => respond(stream, "200 OK", "application/json", "{}"),
    }
    true
}

fn respond(mut stream: &TcpStream, status: &str, media_type: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\
         Connection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\n\
         X-Echo: 1\r\nLocation: /elsewhere\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok();
    stream.write_all(body.as_bytes()).ok();
}

fn stream_chunks(mut stream: &TcpStream, count: usize) -> bool {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut sent = stream.write_all(head).is_ok();
    for number in 0..count {
        sleep(Duration::from_millis(50));
        let line = format!("event {number}\n");
        let chunk = format!("{:x}\r\n{line}\r\n", line.len());
        sent = sent && stream.write_all(chunk.as_bytes()).is_ok();
    }
    sent && stream.write_all(b"0\r\n\r\n").is_ok()
}

fn record(request: &Request) -> Value {
    // Long bodies are only counted.
    let shown = request.body.get(..65_536).unwrap_or(&request.body);
    json!({
        "pid": std::process::id(),
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "chunked": request.chunked,
        "length": request.body.len(),
        "body": String::from_utf8_lossy(shown),
    })
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let find = |wanted: &str| {
        headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let chunked = find("transfer-encoding").is_some();
    let body = if chunked {
        read_chunks(reader)?
    } else {
        let length = find("content-length").unwrap_or_default().parse().unwrap_or(0);
        read_exactly(reader, length)?
    };
    Some(Request { method, target, headers, chunked, body })
}

fn read_line(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_chunks(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&read_line(reader)?, 16).ok()?;
        body.append(&mut read_exactly(reader, length)?);
        read_line(reader)?;
        if length == 0 {
            return Some(body);
        }
    }
}

fn read_exactly(reader: &mut BufReader<&TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
