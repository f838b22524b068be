//! `poa formula test`: the examples that products and instances bring along.

use super::source::{Files, Unit};
use crate::{
    ending::{Ending, Stop},
    print,
};
use poa_formula::ExampleResult;
use serde_json::{Value, json};

/// Which files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
}

#[derive(Debug, Default)]
struct Count {
    passed: usize,
    failed: usize,
}

/// Runs the examples.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let sources = arguments.files.read()?;
    let mut count = Count::default();
    let mut answers: Vec<Value> = Vec::new();
    for unit in sources.units()? {
        match unit.compile() {
            Ok(program) => {
                let results = program.run_examples();
                let passed = results.iter().filter(|result| result.passed).count();
                count.passed = count.passed.saturating_add(passed);
                count.failed = count.failed.saturating_add(results.len().saturating_sub(passed));
                answers.push(json!({ "file": unit.path(), "examples": results }));
                if !json {
                    show(&unit, &results);
                }
            }
            Err(diagnostics) => {
                count.failed = count.failed.saturating_add(1);
                answers.push(json!({ "file": unit.path(), "diagnostics": diagnostics }));
                if !json {
                    unit.show(&diagnostics);
                }
            }
        }
    }
    let Count { passed, failed } = count;
    if json {
        print::object(&json!({ "passed": passed, "failed": failed, "files": answers }));
    } else {
        print::line(format_args!("{passed} passed, {failed} failed"));
    }
    Ok(if failed == 0 { Ending::Done } else { Ending::Faults })
}

fn show(unit: &Unit<'_>, results: &[ExampleResult]) {
    if results.is_empty() {
        print::line(format_args!("{}: no examples", unit.path()));
    }
    for result in results {
        let word = if result.passed { "ok  " } else { "FAIL" };
        print::line(format_args!("{word} {}:{} {}", unit.path(), result.line, result.text));
        for difference in &result.differences {
            print::line(format_args!("       {difference}"));
        }
    }
}
