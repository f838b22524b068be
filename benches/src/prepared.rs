//! A data folder with the whole demo in it, made once by the real program.

use poa::{
    local_issuer::{LOCAL_ISSUER, LocalIssuer, TokenRequest},
    settings::SETTINGS,
};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::clock::Clock as _;
use poa_protocol::{caller::Person, role::Role};
use serde_json::Value;
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};
use tempfile::TempDir;

/// The folder and what the demo said.
pub(crate) struct Prepared {
    folder: TempDir,
    /// The report of the demo.
    pub(crate) report: Value,
}

/// The program beside this one.
pub(crate) fn poa() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("poa")
}

/// Runs the demo, the first time it is asked for.
pub(crate) fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let port = free_port().to_string();
        let ran = Command::new(poa())
            .args(["--json", "demo", "--exit", "--port", &port, "--data"])
            .arg(folder.path())
            .stderr(Stdio::inherit())
            .output()
            .expect("build the program first: cargo build --release --bin poa");
        let report = serde_json::from_slice(&ran.stdout).expect("the demo's report");
        Prepared { folder, report }
    })
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Prepared {
    /// The data folder of the demo.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    /// The development token issuer.
    pub(crate) fn issuer(&self) -> LocalIssuer {
        LocalIssuer::open(&self.data().join("issuer")).unwrap()
    }

    /// Starts the handler on a port, as the Functions host would.
    pub(crate) fn handler(&self, port: u16, issuer_port: u16) -> Child {
        let mut command = command(port);
        for setting in SETTINGS {
            if let Some(example) = setting.example {
                command.env(setting.name, example);
            }
        }
        command.env("POA_DATA", self.data()).env("AUTHORITY", authority(issuer_port));
        command.spawn().unwrap()
    }

    /// A token of a person of a tenant.
    pub(crate) fn token(&self, issuer_port: u16, tenant: &str, role: Role) -> String {
        let audience = SETTINGS.iter().find(|setting| setting.name == "API_CLIENT_ID");
        let request = TokenRequest {
            authority: authority(issuer_port),
            audience: audience.and_then(|setting| setting.example).unwrap().to_owned(),
            person: Person {
                tenant: tenant.to_owned(),
                object: "00000000-0000-4000-8000-000000000777".to_owned(),
            },
            name: "bench".to_owned(),
            roles: vec![role],
            program: false,
            begins: SystemClock.now(),
            lifetime_secs: 3600,
        };
        self.issuer().mint(&request).unwrap()
    }
}

/// Starts the handler on a port with these settings and the ids of the examples.
pub(crate) fn handler_with(port: u16, settings: &[(&str, &str)]) -> Child {
    let mut command = command(port);
    for setting in SETTINGS.iter().filter(|setting| setting.name.ends_with("_ID")) {
        // An identity for Azure has no example.
        if let Some(example) = setting.example {
            command.env(setting.name, example);
        }
    }
    command.envs(settings.iter().copied()).spawn().unwrap()
}

fn command(port: u16) -> Command {
    let mut command = Command::new(poa());
    command
        .arg("handler")
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .stdout(Stdio::null());
    command
}

/// Base URL of the issuer on a port.
pub(crate) fn authority(port: u16) -> String {
    format!("http://127.0.0.1:{port}/{LOCAL_ISSUER}")
}
