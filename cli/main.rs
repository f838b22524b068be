//! `poa`: the command line of Proof-of-Asset.

mod docs;
mod ending;
mod print;

use clap::{Parser, Subcommand};
use ending::{Ending, Missing};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "poa", version, about = "Proof-of-Asset: tokenization on your own machine")]
#[command(after_help = ending::HELP, arg_required_else_help = true)]
struct Arguments {
    /// One JSON object on standard output in place of text for people.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints a generated document.
    #[command(hide = true)]
    Docs(docs::Arguments),
}

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let ended: Result<Ending, Missing> = match command {
        Command::Docs(arguments) => Ok(docs::run(&arguments)),
    };
    match ended {
        Ok(ending) => ending.into(),
        Err(missing) => {
            print::complain(json, &missing);
            Ending::Missing.into()
        }
    }
}
