//! `poa formula`: checks, runs, tests, formats and compares programs of the formula language.

mod check;
mod diff;
mod fmt;
mod hash;
mod impact;
mod run;
mod source;
mod test;

use crate::ending::{Ending, Stop};
use clap::Subcommand;

/// What to do with formula files.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Checks products and instances; says line, column and help for each fault.
    Check(check::Arguments),
    /// Runs one program on data and explains the decision.
    Run(run::Arguments),
    /// Runs a candidate over the live smart assets of an instance: what would change.
    Impact(impact::Arguments),
    /// Runs the examples that products and instances bring along.
    Test(test::Arguments),
    /// Runs one program on data and tells everything: inputs, values, exceptions, origins, trace.
    Explain(run::Arguments),
    /// Puts sources in order.
    Fmt(fmt::Arguments),
    /// Tells in words where two programs differ.
    Diff(diff::Arguments),
    /// Tells the hashes that certify a program.
    Hash(hash::Arguments),
}

/// Does it.
pub(crate) fn run(json: bool, command: &Command) -> Result<Ending, Stop> {
    match command {
        Command::Check(arguments) => check::run(json, arguments),
        Command::Run(arguments) => run::run(json, arguments, run::Detail::Short),
        Command::Impact(arguments) => impact::run(json, arguments),
        Command::Test(arguments) => test::run(json, arguments),
        Command::Explain(arguments) => run::run(json, arguments, run::Detail::Full),
        Command::Fmt(arguments) => fmt::run(json, arguments),
        Command::Diff(arguments) => diff::run(json, arguments),
        Command::Hash(arguments) => hash::run(json, arguments),
    }
}
