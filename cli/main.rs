//! `poa`: the command line of Proof-of-Asset.

mod audit;
mod backing;
mod bus_source;
mod demo;
mod development;
mod docs;
mod ending;
mod formula;
mod health;
mod issuer;
mod log;
mod print;
mod runtime;
mod serving;
mod stage;
mod start;
mod token;

use clap::{Parser, Subcommand};
use ending::Ending;
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
    /// Serves the whole app on this machine until Ctrl+C.
    #[command(after_help = ending::HELP)]
    Start(start::Arguments),
    /// Tells the whole story through HTTP on this machine, then keeps serving.
    #[command(after_help = ending::HELP)]
    Demo(demo::Arguments),
    /// Makes a development token for a person or a program.
    #[command(after_help = ending::HELP)]
    Token(token::Arguments),
    /// Serves the development token issuer alone, for an app on the real Functions host.
    #[command(after_help = ending::HELP)]
    Issuer(issuer::Arguments),
    /// Checks, runs and tests programs of the formula language.
    #[command(subcommand, after_help = ending::HELP)]
    Formula(formula::Command),
    /// Asks the running app whether every part answers.
    #[command(after_help = ending::HELP)]
    Health(health::Arguments),
    /// Re-checks a data folder from its events: ledger, numbers, records.
    #[command(after_help = ending::HELP)]
    Audit(audit::Arguments),
    /// Writes the folder that the Functions host runs.
    #[command(after_help = ending::HELP)]
    Stage(stage::Arguments),
    /// The handler that the local host starts.
    #[command(hide = true)]
    Handler,
    /// Prints a generated document.
    #[command(hide = true)]
    Docs(docs::Arguments),
}

fn main() -> ExitCode {
    let Arguments { json, command } = Arguments::parse();
    let ended = match command {
        Command::Start(arguments) => start::run(json, &arguments),
        Command::Demo(arguments) => demo::run(json, &arguments),
        Command::Token(arguments) => token::run(json, &arguments),
        Command::Issuer(arguments) => issuer::run(json, &arguments),
        Command::Formula(command) => formula::run(json, &command),
        Command::Health(arguments) => health::run(json, &arguments),
        Command::Audit(arguments) => audit::run(json, &arguments),
        Command::Stage(arguments) => stage::run(json, &arguments),
        Command::Handler => return poa::serve::main(),
        Command::Docs(arguments) => Ok(docs::run(&arguments)),
    };
    match ended {
        Ok(ending) => ending.into(),
        Err(stop) => {
            print::complain(json, &stop);
            Ending::into(stop.ending)
        }
    }
}
