//! The commands, as lists of steps.

use crate::{
    outcome::Step,
    place::Place,
    run::{Missing, Plan, run},
    summary, tools,
};
use std::{fs, path::PathBuf, process::Command};

/// Formatting, lints, documentation, then every test; stops at the first step that fails.
pub(crate) fn ci(place: &Place) -> Result<bool, Missing> {
    let gates = [
        Plan {
            name: "formatting",
            line: &["cargo", "fmt", "--all", "--check"],
            environment: &[],
            counts_tests: false,
        },
        Plan {
            name: "lints",
            line: &[
                "cargo",
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
            environment: &[],
            counts_tests: false,
        },
        Plan {
            name: "documentation",
            line: &["cargo", "doc", "--workspace", "--no-deps", "--locked"],
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
            counts_tests: false,
        },
    ];
    let mut steps = Vec::new();
    for gate in &gates {
        steps.push(run(&place.root, gate)?);
        if failed(&steps) {
            return Ok(summary::finish(&steps));
        }
    }
    tests(place, &mut steps)?;
    Ok(summary::finish(&steps))
}

/// Every test.
pub(crate) fn test(place: &Place) -> Result<bool, Missing> {
    let mut steps = Vec::new();
    tests(place, &mut steps)?;
    Ok(summary::finish(&steps))
}

fn failed(steps: &[Step]) -> bool {
    steps.iter().any(|step| step.count.failed > 0)
}

fn tests(place: &Place, steps: &mut Vec<Step>) -> Result<(), Missing> {
    let python = tools::python(place)?;
    tools::azurite(place)?;
    // What an earlier run left must not stand in for what this one did not make.
    let _ = fs::remove_dir_all(place.artifacts());
    // Without target flags Cargo also builds the examples, which some tests start.
    let rust = Plan {
        name: "Rust: unit, integration, documentation",
        line: &["cargo", "test", "--workspace", "--locked", "--no-fail-fast"],
        environment: &[],
        counts_tests: true,
    };
    steps.push(run(&place.root, &rust)?);
    for check in tools::CHECKS {
        let script = place.root.join("tests/tools").join(check.script);
        let line = [&*python.to_string_lossy(), &*script.to_string_lossy(), &*check.reads(place)];
        let plan = Plan {
            name: check.name,
            line: &line,
            environment: &[("PYTHONDONTWRITEBYTECODE", "1")],
            counts_tests: true,
        };
        steps.push(run(&place.root, &plan)?);
    }
    Ok(())
}

/// Writes what is generated.
pub(crate) fn docs(place: &Place) -> Result<bool, Missing> {
    for (what, to) in [("refusals", "docs/refusals.md"), ("openapi", "docs/openapi.json")] {
        let output = Command::new("cargo")
            .args(["run", "--quiet", "--bin", "poa", "--", "docs", what])
            .current_dir(&place.root)
            .stderr(std::process::Stdio::inherit())
            .output()
            .map_err(|fault| Missing(format!("cargo does not start: {fault}")))?;
        if !output.status.success() {
            return Ok(false);
        }
        let path: PathBuf = place.root.join(to);
        fs::write(&path, output.stdout)
            .map_err(|fault| Missing(format!("`{}`: {fault}", path.display())))?;
        summary::wrote(&path);
    }
    Ok(true)
}

/// The benchmarks.
pub(crate) fn bench(place: &Place, arguments: &[String]) -> Result<bool, Missing> {
    let mut line =
        vec!["run", "--release", "--package", "poa-bench", "--features", "engines", "--"];
    line.extend(arguments.iter().map(String::as_str));
    Ok(attached(place, &["build", "--release", "--bin", "poa"])? && attached(place, &line)?)
}

/// The long run of the number kernel against libdecnumber. Both are optimised in every profile.
pub(crate) fn oracle(place: &Place) -> Result<bool, Missing> {
    let test = ["test", "--package", "poa-formula", "--test", "oracle"];
    attached(place, &[&test[..], &["--", "--ignored", "--nocapture"]].concat())
}

/// The folder that the Functions host runs.
pub(crate) fn stage(place: &Place, profile: &str) -> Result<bool, Missing> {
    let to = place.target.join("func-app");
    let to = to.to_string_lossy();
    let run = ["run", "--release", "--bin", "poa", "--"];
    let line = [&run[..], &["stage", "--profile", profile, "--to", &*to]].concat();
    Ok(attached(place, &["build", "--release", "--bins"])? && attached(place, &line)?)
}

/// Runs Cargo on this terminal.
fn attached(place: &Place, line: &[&str]) -> Result<bool, Missing> {
    let ended = Command::new("cargo")
        .args(line)
        .current_dir(&place.root)
        .status()
        .map_err(|fault| Missing(format!("cargo does not start: {fault}")))?;
    Ok(ended.success())
}
