//! `poa stage`: writes the folder that the Functions host runs and that a deployment takes.

use crate::{
    development::{ISSUER_PORT, Place, absolute},
    ending::{Ending, Stop},
    print,
};
use poa::{
    function_json::{self, Profile, Staging},
    local_settings::{Backing, local_settings},
};
use serde_json::json;
use std::path::PathBuf;

/// What and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder; it is made where it is not there yet.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The handler's executable; the one beside this program where it is not given.
    #[arg(long, value_name = "FILE")]
    handler: Option<PathBuf>,
    /// What brings messages to the functions.
    #[arg(long, value_enum, default_value_t = Bringer::Azure)]
    profile: Bringer,
    /// With `azurite`: folder of the store and the keys, written into `local.settings.json`.
    #[arg(long, value_name = "DIR", default_value = ".poa")]
    data: PathBuf,
}

/// What brings messages to the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Bringer {
    /// Service Bus triggers: what is deployed.
    Azure,
    /// Storage queue triggers, and a `local.settings.json` for Core Tools with Azurite.
    Azurite,
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
    let issuer = Place { data: absolute(&arguments.data), port: ISSUER_PORT };
    let settings = local_settings(&Backing::azurite(), &issuer.data, &issuer.authority());
    let (profile, settings) = match arguments.profile {
        Bringer::Azure => (Profile::Azure, None),
        Bringer::Azurite => (Profile::Azurite, Some(&settings)),
    };
    let staging = Staging { profile, handler: Some(&handler), settings };
    function_json::stage(&arguments.to, staging)
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
