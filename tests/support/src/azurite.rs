//! Azurite as a child of a test: over http, on free ports, in memory.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A running Azurite. It ends with the test, since its input closes then.
#[derive(Debug)]
pub struct Azurite {
    /// URL of its blobs, with the account.
    pub blobs: String,
    /// URL of its queues, with the account.
    pub queues: String,
    child: Child,
}

impl Azurite {
    /// Starts one. `tmpdir` is `CARGO_TARGET_TMPDIR`, beside which `cargo xtask test` installs it;
    /// `None`, and a line that it is absent, where it did not.
    #[must_use]
    pub fn start(tmpdir: &str) -> Option<Self> {
        let at = Path::new(tmpdir).with_file_name("tools").join("azurite");
        if !at.join("installed.txt").exists() {
            // Past the capture of the test harness.
            let said = "absent: Azurite (`cargo xtask test` installs it into target/tools)\n";
            let _ = std::io::stderr().write_all(said.as_bytes());
            return None;
        }
        let mut command = Command::new("node");
        command.arg(at.join("run.js"));
        command.args(["--inMemoryPersistence", "--disableTelemetry", "--silent"]);
        for service in ["blob", "queue", "table"] {
            command.args([format!("--{service}Host"), "127.0.0.1".to_owned()]);
            command.args([format!("--{service}Port"), "0".to_owned()]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("what is installed runs, and node with it");
        let said = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(said).lines();
        let mut listening = |service: &str| {
            let said = format!("Azurite {service} service is successfully listening at ");
            let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
                line.strip_prefix(&said).map(|url| format!("{url}/devstoreaccount1"))
            });
            url.expect("it says where each service listens")
        };
        let (blobs, queues) = (listening("Blob"), listening("Queue"));
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { blobs, queues, child })
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
