//! The handler as a process: how it is spawned and how its output is read.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use uuid::Uuid;

use crate::app::Command as HandlerLine;
use crate::journal::Journal;
use crate::{HostError, Level, LogLine, Origin, limits};

/// How to spawn the handler, again and again.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) command: HandlerLine,
    pub(crate) script_root: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) fixed_port: Option<u16>,
}

/// A handler process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) pid: u32,
    pub(crate) port: u16,
    // INVARIANT: held as long as the process is wanted; its end tells the handler that the host
    // is gone, however the host ended.
    _parent_pipe: Option<ChildStdin>,
}

impl Launch {
    /// Spawns the handler. It keeps `last_port` while that is free, as the real host does.
    pub(crate) fn spawn(
        &self,
        last_port: Option<u16>,
        journal: &Journal,
    ) -> Result<Process, HostError> {
        let failed = |source| HostError::Spawn { program: self.command.program.clone(), source };
        let port = match self.fixed_port {
            Some(port) => port,
            None => free_port(last_port).map_err(failed)?,
        };
        let worker = Uuid::new_v4().to_string();
        let mut command = Command::new(&self.command.program);
        command
            .args(&self.command.args)
            .current_dir(&self.command.folder)
            .envs(&self.env)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker)
            .env("FUNCTIONS_APP_ROOT_PATH", &self.script_root)
            .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
            .env("FUNCTIONS_HTTPWORKER_ID", &worker)
            .env("POA_PARENT_PIPE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(log_lines(output, journal.clone(), |_| Level::Information));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(log_lines(output, journal.clone(), error_level));
        }
        let pid = child.id().unwrap_or_default();
        let parent_pipe = child.stdin.take();
        Ok(Process { child, pid, port, _parent_pipe: parent_pipe })
    }
}

/// Ports below the ranges from which operating systems serve outgoing connections: one of those
/// could take the handler's port while it restarts.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_TRIES: usize = 200;

fn free_port(last: Option<u16>) -> std::io::Result<u16> {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    if let Some(port) = last.filter(|port| free(*port)) {
        return Ok(port);
    }
    let span = PORTS.end.saturating_sub(PORTS.start);
    let candidate = |_| {
        let (random, _, _, _) = Uuid::new_v4().as_fields();
        let offset = random.checked_rem(u32::from(span)).unwrap_or_default();
        PORTS.start.saturating_add(u16::try_from(offset).unwrap_or_default())
    };
    match (0..PORT_TRIES).map(candidate).find(|port| free(*port)) {
        Some(port) => Ok(port),
        None => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()),
    }
}

/// A line of standard error is an error, or a warning if it says so.
fn error_level(line: &str) -> Level {
    if line.to_lowercase().contains("warn") { Level::Warning } else { Level::Error }
}

async fn log_lines(
    output: impl AsyncRead + Unpin,
    journal: Journal,
    level: impl Fn(&str) -> Level,
) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut piece = (&mut reader).take(limits::LINE_BYTES_MAX);
        match piece.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            continue;
        }
        journal.write(&LogLine {
            level: level(text),
            origin: Origin::Handler,
            function: None,
            invocation: None,
            message: text.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_standard_error_are_errors_unless_they_warn() {
        assert_eq!(error_level("boom"), Level::Error);
        assert_eq!(error_level("WARNING: low"), Level::Warning);
    }

    #[test]
    fn a_free_port_is_kept_and_a_taken_one_is_left() {
        let first = free_port(None).unwrap();
        assert_eq!(free_port(Some(first)).unwrap(), first);
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
        assert_ne!(free_port(Some(first)).unwrap(), first);
    }
}
