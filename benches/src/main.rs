//! Benchmarks of the project. Every figure is a ratio against a reference that ran in the same
//! minute on the same machine.
#![expect(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark prints, reads the stopwatch, and may stop at the first surprise"
)]

mod formula;
mod formula_schedule;
mod formula_sources;
mod http;
mod prepared;
mod raw;
mod start;
mod table;
mod tokenize;

use clap::{Parser, Subcommand};
use table::Row;

#[derive(Debug, Parser)]
struct Arguments {
    /// Which benchmark; all of them where none is named.
    #[command(subcommand)]
    which: Option<Which>,
}

#[derive(Debug, Clone, Subcommand)]
enum Which {
    /// The rule of a loan, against zen-expression, cel and plain Rust; schedules; checking.
    Formula,
    /// Tokenizations, against the same commits written straight to SQLite.
    Tokenize,
    /// Reads over HTTP, against a bare route with the same bytes.
    Http,
    /// First answer and idle memory of the handler.
    Start,
    /// The bare route; a benchmark starts it as a process of its own.
    #[command(hide = true)]
    Bare {
        /// Where to listen.
        port: u16,
        /// A file with the bytes to answer.
        body: std::path::PathBuf,
    },
}

fn main() {
    let rows: Vec<Row> = match Arguments::parse().which {
        Some(Which::Formula) => all_of_formula(),
        Some(Which::Tokenize) => tokenize::run(),
        Some(Which::Http) => http::run(),
        Some(Which::Start) => start::run(),
        Some(Which::Bare { port, body }) => return http::bare(port, &body),
        None => {
            let all = [all_of_formula, tokenize::run, http::run, start::run];
            all.into_iter().flat_map(|bench| bench()).collect()
        }
    };
    table::print(&rows);
    if rows.iter().any(|row| !row.reached) {
        std::process::exit(1);
    }
}

fn all_of_formula() -> Vec<Row> {
    let benches = [formula::run, formula_schedule::run, formula_sources::run];
    benches.into_iter().flat_map(|bench| bench()).collect()
}
