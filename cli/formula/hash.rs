//! `poa formula hash`: the hashes that certify a program.

use super::source::Files;
use crate::{
    ending::{Ending, Stop},
    print,
};
use serde_json::json;

/// Which files.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The flattened program that the hash is about, too.
    #[arg(long)]
    ir: bool,
}

/// Tells the hashes.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let sources = arguments.files.read()?;
    let mut answers = Vec::new();
    let mut ending = Ending::Done;
    for unit in sources.units()? {
        let program = match unit.compile() {
            Ok(program) => program,
            Err(diagnostics) => {
                ending = Ending::Faults;
                answers.push(json!({ "file": unit.path(), "diagnostics": diagnostics }));
                if !json {
                    unit.show(&diagnostics);
                }
                continue;
            }
        };
        let mut answer = json!({
            "file": unit.path(),
            "formula_hash": program.formula_hash(),
            "source_hash": program.source_hash(),
        });
        if arguments.ir
            && let Some(object) = answer.as_object_mut()
        {
            object.insert("ir".to_owned(), program.ir());
        }
        if !json {
            print::line(format_args!("{}  {}", program.formula_hash(), unit.path()));
            if arguments.ir {
                print::line(program.ir());
            }
        }
        answers.push(answer);
    }
    if json {
        print::object(&json!({ "files": answers }));
    }
    Ok(ending)
}
