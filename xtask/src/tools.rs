//! Test tools in target/tools: independent Python libraries that check what the Rust code made, and
//! Azurite, against which the Rust code runs.

use crate::{place::Place, run::Missing, summary};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// One cross-check: a script in tests/tools and the file that it reads.
#[derive(Debug)]
pub(crate) struct Check {
    /// Name in the summary.
    pub name: &'static str,
    /// File name in tests/tools.
    pub script: &'static str,
    /// What it reads.
    pub reads: Reads,
}

/// Where a cross-check's input comes from.
#[derive(Debug)]
pub(crate) enum Reads {
    /// A file that is committed.
    Committed(&'static str),
    /// A file that a Rust test has just written.
    Artifact(&'static str),
}

/// Every cross-check.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "OpenAPI document (openapi-spec-validator)",
        script: "check_openapi.py",
        reads: Reads::Committed("docs/openapi.json"),
    },
    Check {
        name: "LEI check digits (python-stdnum)",
        script: "check_lei.py",
        reads: Reads::Committed("tests/golden/lei.json"),
    },
    Check {
        name: "certification signature (PyJWT)",
        script: "check_jws.py",
        reads: Reads::Artifact("certification.json"),
    },
];

impl Check {
    /// Path of the file that it reads.
    pub(crate) fn reads(&self, place: &Place) -> String {
        let path = match self.reads {
            Reads::Committed(path) => place.root.join(path),
            Reads::Artifact(name) => place.artifacts().join(name),
        };
        path.to_string_lossy().into_owned()
    }
}

/// What Azurite is installed and started with.
const AZURITE: [&str; 3] = ["package.json", "package-lock.json", "run.js"];

/// A Python that has the pinned libraries. Installed once, and again when the pins change.
pub(crate) fn python(place: &Place) -> Result<PathBuf, Missing> {
    let wanted = place.root.join("tests/tools/requirements.txt");
    let pins = fs::read_to_string(&wanted)
        .map_err(|fault| Missing(format!("`{}`: {fault}", wanted.display())))?;
    let folder = place.target.join("tools/python");
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == pins) && works(&python) {
        return Ok(python);
    }
    summary::announce("test tools", &["python3 -m venv", &folder.to_string_lossy()]);
    let _ = fs::remove_dir_all(&folder);
    done(Command::new("python3").args(["-m", "venv"]).arg(&folder), "python3 with venv")?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    done(Command::new(&python).args(pip).arg(&wanted), "pip and a package index")?;
    fs::write(&stamp, pins).map_err(|fault| Missing(format!("`{}`: {fault}", stamp.display())))?;
    Ok(python)
}

/// Azurite, at its pinned version, in target/tools/azurite, where the tests look for it. Installed
/// once, and again when the pins change.
pub(crate) fn azurite(place: &Place) -> Result<(), Missing> {
    let wanted = place.root.join("tests/tools/azurite");
    let folder = place.target.join("tools/azurite");
    let stamp = folder.join("installed.txt");
    let mut pins = String::new();
    for name in AZURITE {
        let path = wanted.join(name);
        let text = fs::read_to_string(&path)
            .map_err(|fault| Missing(format!("`{}`: {fault}", path.display())))?;
        pins.push_str(&text);
    }
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == pins) {
        return done(Command::new("node").arg("--version").stdout(Stdio::null()), "node");
    }
    summary::announce("test tools", &["npm ci", &folder.to_string_lossy()]);
    let _ = fs::remove_dir_all(&folder);
    let at = |fault| Missing(format!("`{}`: {fault}", folder.display()));
    fs::create_dir_all(&folder).map_err(at)?;
    for name in AZURITE {
        fs::copy(wanted.join(name), folder.join(name)).map_err(at)?;
    }
    let npm = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"];
    let what = "npm (Node.js 20 or newer) and a package registry";
    done(Command::new("npm").args(npm).current_dir(&folder), what)?;
    fs::write(&stamp, pins).map_err(at)
}

fn works(python: &Path) -> bool {
    Command::new(python).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn done(command: &mut Command, what: &str) -> Result<(), Missing> {
    let hint = format!("the tests need {what}");
    let ended = command.status().map_err(|fault| Missing(format!("{hint}: {fault}")))?;
    if ended.success() { Ok(()) } else { Err(Missing(format!("{hint}: {ended}"))) }
}
