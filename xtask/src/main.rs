//! The project's own commands: `ci`, `test`, `docs`, `bench`, `stage`.

mod gates;
mod outcome;
mod place;
mod run;
mod summary;
mod tools;

use clap::{Parser, Subcommand};
use place::Place;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    about = "The project's own commands",
    after_help = "Exit codes: 0 everything passed, 1 something failed, 2 usage, \
                  3 a needed tool is not there"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Formatting, lints, documentation, then every test; stops at the first that fails.
    Ci,
    /// Every test: Rust, documentation, and the cross-checks with independent Python libraries.
    Test,
    /// Writes what is generated: docs/refusals.md and docs/openapi.json.
    Docs,
    /// The benchmarks, in release mode.
    Bench {
        /// Instead, ten million pairs per operation of the number kernel against libdecnumber.
        #[arg(long)]
        oracle: bool,
        /// Passed on to the benchmarks.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds in release mode and writes the folder that the Functions host runs.
    Stage {
        /// What brings messages: Service Bus, or Azurite's queues.
        #[arg(long, value_parser = ["azure", "azurite"], default_value = "azure")]
        profile: String,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let finished = Place::find().and_then(|place| match arguments.command {
        Command::Ci => gates::ci(&place),
        Command::Test => gates::test(&place),
        Command::Docs => gates::docs(&place),
        Command::Bench { oracle: true, .. } => gates::oracle(&place),
        Command::Bench { arguments, .. } => gates::bench(&place, &arguments),
        Command::Stage { profile } => gates::stage(&place, &profile),
    });
    match finished {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(missing) => {
            summary::complain(&missing);
            ExitCode::from(3)
        }
    }
}
