//! A handler never outlives its host, however the host ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use crate::stage::{Stage, example, is_alive, kill, until};

#[tokio::test]
async fn a_host_that_is_killed_leaves_no_handler_behind() {
    let stage = Stage::new().http("Echo", "echo");
    let mut host = Command::new(example("host_process"))
        .args([stage.root(), example("echo_handler"), stage.records()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let handler: u32 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(is_alive(handler));
    let killed = Instant::now();
    kill(host.id());
    host.wait().unwrap();
    until("the end of the handler", || (!is_alive(handler)).then_some(())).await;
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
}
