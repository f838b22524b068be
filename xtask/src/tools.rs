//! Test tools in target/tools: independent Python libraries that check what the Rust code made.

use crate::{place::Place, run::Missing, summary};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
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

fn works(python: &Path) -> bool {
    Command::new(python).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn done(command: &mut Command, what: &str) -> Result<(), Missing> {
    let hint = format!("the cross-checks need {what}");
    let ended = command.status().map_err(|fault| Missing(format!("{hint}: {fault}")))?;
    if ended.success() { Ok(()) } else { Err(Missing(format!("{hint}: {ended}"))) }
}
