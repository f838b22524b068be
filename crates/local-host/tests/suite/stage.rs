//! A function app in a temporary folder and a host that runs it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poa_local_host::{
    HandlerCommand, Host, HostError, HostEvent, HostOptions, Level, LogLine, Origin, RestartRule,
    RunningHost,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A function app and what its handler records.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    lines: Arc<Mutex<Vec<LogLine>>>,
    pub(crate) options: HostOptions,
}

impl Stage {
    /// An app that hands HTTP through, without functions yet.
    pub(crate) fn new() -> Self {
        let host = json!({
            "version": "2.0",
            "customHandler": {
                "description": { "defaultExecutablePath": "handler" },
                "enableProxyingHttpRequest": true,
            },
        });
        Self::with_host(&host)
    }

    /// An app with this `host.json`.
    pub(crate) fn with_host(host: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("app")).unwrap();
        std::fs::create_dir_all(folder.path().join("echo/plan")).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let mut options = HostOptions::new(folder.path().join("app"));
        options.listen = "127.0.0.1:0".parse().unwrap();
        options.handler = HandlerCommand::new(example("echo_handler"))
            .env("ECHO_DIR", folder.path().join("echo").to_str().unwrap());
        options.restarts = RestartRule { crashes_max: 1000, ..RestartRule::default() };
        let sink = Arc::clone(&lines);
        options.log = Some(Arc::new(move |line: &LogLine| sink.lock().unwrap().push(line.clone())));
        let stage = Self { folder, lines, options };
        stage.file("host.json", &host.to_string());
        stage
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.folder.path().join("echo")
    }

    /// Writes a file of the app.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let file = self.root().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Adds a function with these bindings.
    pub(crate) fn function(self, name: &str, bindings: &Value) -> Self {
        let text = json!({ "bindings": bindings }).to_string();
        self.file(&format!("{name}/function.json"), &text);
        self
    }

    /// Adds an HTTP function that is handed through.
    pub(crate) fn http(self, name: &str, route: &str) -> Self {
        self.function(
            name,
            &json!([
                { "type": "httpTrigger", "direction": "in", "name": "req", "route": route,
                  "authLevel": "anonymous" },
                { "type": "http", "direction": "out", "name": "res" },
            ]),
        )
    }

    /// Says what the handler shall do.
    pub(crate) fn plan(&self, name: &str, action: &str) {
        std::fs::write(self.records().join("plan").join(name), action).unwrap();
    }

    /// Starts the host and waits until the handler answers.
    pub(crate) async fn start(&self) -> RunningHost {
        let host = Host::start(self.options.clone()).await.unwrap();
        host.ready().await.unwrap();
        host
    }

    /// The faults with which a start is refused, paths relative to the app.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let error = Host::start(self.options.clone()).await.unwrap_err();
        let mut faults = Vec::new();
        if let HostError::Faults(all) = error {
            faults = all;
        }
        let root = self.root();
        let shown = |place: &Path| {
            place.strip_prefix(&root).unwrap_or(place).to_string_lossy().into_owned()
        };
        faults.iter().map(|fault| format!("{}: {}", shown(&fault.place), fault.reason)).collect()
    }

    /// What the handler got for a path or function so far.
    pub(crate) fn requests(&self, target: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.records().join("requests.ndjson"));
        let text = text.unwrap_or_default();
        let all = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        all.filter(|record| record["target"] == target).collect()
    }

    /// Waits until the handler got that many requests for a path or function.
    pub(crate) async fn requests_arrive(&self, target: &str, count: usize) -> Vec<Value> {
        let what = format!("{count} requests for {target}");
        until(&what, || Some(self.requests(target)).filter(|all| all.len() >= count)).await
    }

    /// Waits for a log line with these words.
    pub(crate) async fn line(&self, words: &str) -> LogLine {
        until(&format!("a line with `{words}`"), || {
            let lines = self.lines.lock().unwrap();
            lines.iter().find(|line| line.message.contains(words)).cloned()
        })
        .await
    }

    pub(crate) async fn error(&self, words: &str) -> LogLine {
        let line = self.line(words).await;
        assert_eq!((line.level, line.origin), (Level::Error, Origin::Host), "{line:?}");
        line
    }

    pub(crate) fn lines(&self) -> Vec<LogLine> {
        self.lines.lock().unwrap().clone()
    }
}

/// A program of this package's `examples`.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let file = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(file.is_file(), "{} is not built", file.display());
    file
}

/// Waits until something is there.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what} did not come");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits for an event.
pub(crate) async fn event(
    events: &mut tokio::sync::broadcast::Receiver<HostEvent>,
    wanted: impl Fn(&HostEvent) -> bool,
) -> HostEvent {
    timeout(PATIENCE, async {
        loop {
            let event = events.recv().await.unwrap();
            if wanted(&event) {
                return event;
            }
        }
    })
    .await
    .unwrap()
}

/// Kills a process with SIGKILL.
pub(crate) fn kill(pid: u32) {
    let killed = std::process::Command::new("kill").arg("-9").arg(pid.to_string()).status();
    assert!(killed.unwrap().success());
}

/// Whether a process runs (a zombie does not).
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start().chars().next());
    state.flatten().is_some_and(|state| state != 'Z')
}
