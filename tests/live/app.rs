//! `poa start` as a child process, which can be killed and started again on the same folder.

use poa::{
    local_issuer::{LOCAL_ISSUER, LocalIssuer, TokenRequest},
    settings::SETTINGS,
};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::clock::Clock as _;
use poa_protocol::{caller::Person, role::Role};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};

/// The app.
pub(crate) struct App {
    folder: PathBuf,
    port: u16,
    host: Mutex<Option<Child>>,
}

impl App {
    pub(crate) fn start(folder: &Path) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let app = Self { folder: folder.to_owned(), port, host: Mutex::new(None) };
        app.ensure_running();
        app
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Base URL of its token issuer.
    pub(crate) fn authority(&self) -> String {
        format!("http://127.0.0.1:{}/{LOCAL_ISSUER}", self.port)
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}/api/", self.port)
    }

    /// Starts the host where it does not run; returns when it serves.
    pub(crate) fn ensure_running(&self) {
        let mut host = self.host.lock().unwrap();
        if let Some(child) = host.as_mut()
            && child.try_wait().unwrap().is_none()
        {
            return;
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_poa"))
            .args(["--json", "start", "--port", &self.port.to_string(), "--data"])
            .arg(&self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        *host = Some(child);
    }

    /// SIGKILL to the host.
    pub(crate) fn kill_host(&self) {
        if let Some(child) = self.host.lock().unwrap().as_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGKILL to the handler; `false` where there is none at this moment.
    pub(crate) fn kill_handler(&self) -> bool {
        let host = self.host.lock().unwrap().as_ref().map(Child::id);
        let Some(handler) = host.and_then(child_of) else { return false };
        Command::new("kill").args(["-9", &handler.to_string()]).status().unwrap().success()
    }

    pub(crate) fn stop(&self) {
        self.kill_host();
    }

    /// A token of person `number` of a tenant.
    pub(crate) fn token(&self, tenant: &str, number: u8, role: Role) -> String {
        let example = |name: &str| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            setting.and_then(|setting| setting.example).unwrap().to_owned()
        };
        let request = TokenRequest {
            authority: self.authority(),
            audience: example("API_CLIENT_ID"),
            person: Person {
                tenant: tenant.to_owned(),
                object: format!("00000000-0000-4000-8000-{number:012}"),
            },
            name: "somebody".to_owned(),
            roles: vec![role],
            program: false,
            begins: SystemClock.now(),
            lifetime_secs: 3600,
        };
        LocalIssuer::open(&self.folder.join("issuer")).unwrap().mint(&request).unwrap()
    }

    /// The operator's tenant on a development machine.
    pub(crate) fn operator() -> String {
        let setting = SETTINGS.iter().find(|setting| setting.name == "OPERATOR_TENANT_ID");
        setting.and_then(|setting| setting.example).unwrap().to_owned()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.kill_host();
    }
}

/// The process whose parent is `parent`.
fn child_of(parent: u32) -> Option<u32> {
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let after_name = stat.rsplit_once(')')?.1;
        let of: u32 = after_name.split_whitespace().nth(1)?.parse().ok()?;
        (of == parent).then_some(pid)
    })
}
