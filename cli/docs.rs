//! `poa docs`: prints what is generated from the code, for `cargo xtask docs`.

use crate::{ending::Ending, print};
use clap::ValueEnum;
use poa::openapi;
use poa_protocol::refusal_list;

/// Which document.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    document: Document,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    /// docs/refusals.md.
    Refusals,
    /// docs/openapi.json.
    Openapi,
}

/// Prints it.
pub(crate) fn run(arguments: &Arguments) -> Ending {
    match arguments.document {
        Document::Refusals => print::raw(&refusal_list::markdown()),
        Document::Openapi => print::raw(&format!("{:#}\n", openapi::document())),
    }
    Ending::Done
}
