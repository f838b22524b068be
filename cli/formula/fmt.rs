//! `poa formula fmt`: puts sources in order; words and remarks stay as they are.

use crate::{
    ending::{Ending, Stop},
    print,
};
use poa_formula::format_source;
use serde_json::json;
use std::{fs, path::PathBuf};

/// Which files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Products, instances and regimes.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only says which files are not in order; changes none.
    #[arg(long)]
    check: bool,
}

/// Formats them.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let mut answers = Vec::new();
    let mut ending = Ending::Done;
    for path in &arguments.files {
        let shown = path.display().to_string();
        let source =
            fs::read_to_string(path).map_err(|fault| Stop::missing(format!("`{shown}`"), fault))?;
        let (state, diagnostics) = match format_source(&source) {
            Ok(formatted) if formatted == source => ("in order", Vec::new()),
            Ok(_) if arguments.check => ("out of order", Vec::new()),
            Ok(formatted) => {
                fs::write(path, formatted)
                    .map_err(|fault| Stop::missing(format!("`{shown}`"), fault))?;
                ("formatted", Vec::new())
            }
            Err(diagnostics) => ("faulty", diagnostics),
        };
        if matches!(state, "out of order" | "faulty") {
            ending = Ending::Faults;
        }
        if !json {
            for diagnostic in &diagnostics {
                print::raw(&diagnostic.render(&shown, &source));
            }
            print::line(format_args!("{state:<12}  {shown}"));
        }
        answers.push(json!({ "file": shown, "state": state, "diagnostics": diagnostics }));
    }
    if json {
        print::object(&json!({ "files": answers }));
    }
    Ok(ending)
}
