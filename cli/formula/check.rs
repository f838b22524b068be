//! `poa formula check`: every fault of products and instances, with line, column and help.

use super::source::{Files, Unit};
use crate::{
    ending::{Ending, Stop},
    print,
};
use poa_formula::Diagnostic;
use serde_json::{Value, json};

/// Which files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
}

/// Checks them.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let sources = arguments.files.read()?;
    let mut answers = Vec::new();
    let mut wrong: usize = 0;
    for unit in sources.units()? {
        let (hash, diagnostics) = match unit.compile() {
            Ok(program) => (Some(program.formula_hash().to_owned()), program.warnings().to_vec()),
            Err(diagnostics) => (None, diagnostics),
        };
        wrong = wrong.saturating_add(usize::from(hash.is_none()));
        if json {
            answers.push(answer(&unit, hash.as_deref(), &diagnostics));
        } else {
            show(&unit, hash.as_deref(), &diagnostics);
        }
    }
    if json {
        print::object(&json!({ "faulty": wrong, "files": answers }));
    }
    Ok(if wrong == 0 { Ending::Done } else { Ending::Faults })
}

fn answer(unit: &Unit<'_>, hash: Option<&str>, diagnostics: &[Diagnostic]) -> Value {
    json!({
        "file": unit.path(),
        "ok": hash.is_some(),
        "formula_hash": hash,
        "diagnostics": diagnostics,
    })
}

fn show(unit: &Unit<'_>, hash: Option<&str>, diagnostics: &[Diagnostic]) {
    unit.show(diagnostics);
    match hash {
        Some(hash) => print::line(format_args!("ok      {}  {hash}", unit.path())),
        None => print::line(format_args!("faulty  {}", unit.path())),
    }
}
