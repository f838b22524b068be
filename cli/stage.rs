//! `poa stage`: writes the folder that the Functions host runs and that a deployment takes.

use crate::{
    ending::{Ending, Stop},
    print,
};
use poa::function_json;
use serde_json::json;
use std::path::PathBuf;

/// Where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder; it is made where it is not there yet.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The handler's executable; the one beside this program where it is not given.
    #[arg(long, value_name = "FILE")]
    handler: Option<PathBuf>,
}

/// Writes it.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let handler = match &arguments.handler {
        Some(handler) => handler.clone(),
        None => std::env::current_exe()
            .map_err(|fault| Stop::missing("poa itself", fault))?
            .with_file_name(format!("handler{}", std::env::consts::EXE_SUFFIX)),
    };
    if !handler.is_file() {
        let hint = "no such file; build it with `cargo build --release --bin handler`";
        return Err(Stop::missing(handler.display(), hint));
    }
    function_json::stage(&arguments.to, Some(&handler))
        .map_err(|fault| Stop::missing(arguments.to.display(), fault))?;
    let functions = poa::trigger::table().count();
    if json {
        print::object(&json!({ "folder": arguments.to, "functions": functions }));
    } else {
        let folder = arguments.to.display();
        print::line(format_args!("{functions} functions in {folder}"));
    }
    Ok(Ending::Done)
}
