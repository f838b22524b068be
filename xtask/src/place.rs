//! Where the workspace and its target folder are, as Cargo says.

use crate::run::Missing;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folders that the commands work in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The workspace.
    pub root: PathBuf,
    /// Where Cargo builds.
    pub target: PathBuf,
}

impl Place {
    /// Asks Cargo.
    pub(crate) fn find() -> Result<Self, Missing> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let output = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
            .arg(&manifest)
            .output()
            .map_err(|fault| Missing(format!("cargo does not start: {fault}")))?;
        let known: Value = serde_json::from_slice(&output.stdout).map_err(|_| {
            Missing(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()))
        })?;
        let folder = |name: &str| {
            known.get(name).and_then(Value::as_str).map(PathBuf::from).ok_or_else(|| {
                Missing(format!("cargo metadata does not name `{name}`; is cargo up to date?"))
            })
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// Where tests leave what the cross-checks read.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.target.join("test-artifacts")
    }
}
