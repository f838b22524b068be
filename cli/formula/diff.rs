//! `poa formula diff`: what two programs have in common and where they differ, in words.

use super::source::Files;
use crate::{
    ending::{Ending, Stop},
    print,
};
use poa_formula::Program;
use serde_json::json;

/// Which programs.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Two products, a product and its instance, or two instances with their products.
    #[command(flatten)]
    files: Files,
}

/// Compares them.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let sources = arguments.files.read()?;
    let pair = sources.pair()?;
    let mut programs: Vec<Program> = Vec::new();
    for unit in &pair {
        match unit.compile() {
            Ok(program) => programs.push(program),
            Err(diagnostics) if json => {
                print::object(&json!({ "file": unit.path(), "diagnostics": diagnostics }));
                return Ok(Ending::Faults);
            }
            Err(diagnostics) => {
                unit.show(&diagnostics);
                return Ok(Ending::Faults);
            }
        }
    }
    if let [before, after] = programs.as_slice() {
        let diff = before.diff(after);
        if json {
            print::object(&json!(diff));
        } else {
            print::raw(&diff.to_string());
        }
    }
    Ok(Ending::Done)
}
