//! What the app on this machine is made of: a folder that is staged now, or one that was staged
//! before; and what brings messages to its functions.

use crate::{
    bus_source::EmbeddedBus,
    development::{Place, absolute},
    ending::Stop,
    local_values,
    queue_source::AzuriteQueues,
};
use poa::{
    function_json::{self, Profile, Staging},
    local_settings::{Backing, local_settings},
    settings::{AZURITE_BLOBS, AZURITE_QUEUES, BusChoice, Parts, StorageChoice},
    wiring::Wiring,
};
use poa_embedded::clock::SystemClock;
use poa_local_host::{HandlerCommand, HostOptions};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What is run.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// What keeps messages and documents.
    #[arg(long, value_enum, default_value_t = Keeper::Embedded)]
    profile: Keeper,
    #[command(flatten)]
    azurite: AzuriteUrls,
    /// Runs a folder that `poa stage` wrote, as it is, with its handler and its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["profile", "blob_url", "queue_url"])]
    script_root: Option<PathBuf>,
}

/// Where Azurite is.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct AzuriteUrls {
    /// With `azurite`: URL of its blobs.
    #[arg(long, value_name = "URL", default_value = AZURITE_BLOBS)]
    blob_url: String,
    /// With `azurite`: URL of its queues.
    #[arg(long, value_name = "URL", default_value = AZURITE_QUEUES)]
    queue_url: String,
}

impl AzuriteUrls {
    pub(crate) fn backing(&self) -> Backing {
        Backing::Azurite { blobs: self.blob_url.clone(), queues: self.queue_url.clone() }
    }
}

/// What keeps messages and documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Keeper {
    /// The data folder, like everything else.
    Embedded,
    /// Azurite, over its queues and blobs.
    Azurite,
}

/// How the local host is to run the app.
pub(crate) async fn options(arguments: &Arguments, place: &Place) -> Result<HostOptions, Stop> {
    let (mut options, parts) = match &arguments.script_root {
        Some(folder) => staged(folder, place)?,
        None => fresh(arguments, place)?,
    };
    match &parts.services.bus {
        BusChoice::Sqlite { data } => {
            let bus = poa_embedded::open_bus(data, Arc::new(SystemClock))
                .map_err(|fault| Stop::missing(data.display(), fault))?;
            options.bus = Some(Arc::new(EmbeddedBus(bus)));
        }
        BusChoice::StorageQueue(StorageChoice::Azurite { url }) => {
            azurite_answers(&parts).await?;
            let queues = AzuriteQueues::open(url).map_err(|fault| Stop::missing(url, fault))?;
            options.queues = Some(Arc::new(queues));
        }
        BusChoice::ServiceBus { .. } | BusChoice::StorageQueue(StorageChoice::Azure { .. }) => {
            return Err(Stop::usage(
                "the local host reads messages from SQLite and from Azurite only; for services \
                 of Azure use `func start`",
            ));
        }
    }
    Ok(options)
}

/// A folder that was staged before: everything is read from it but who issues tokens.
fn staged(folder: &Path, place: &Place) -> Result<(HostOptions, Parts), Stop> {
    let mut settings = local_values::read(&folder.join("local.settings.json"))?;
    let authority = BTreeMap::from([("AUTHORITY".to_owned(), place.authority())]);
    settings.extend(authority.clone());
    let mut options = HostOptions::new(absolute(folder));
    options.env = authority;
    Ok((options, read(&settings)?))
}

/// A folder that is staged now, below the data; its handler is this program.
fn fresh(arguments: &Arguments, place: &Place) -> Result<(HostOptions, Parts), Stop> {
    let (profile, backing) = match arguments.profile {
        Keeper::Embedded => (Profile::Azure, Backing::Folder),
        Keeper::Azurite => (Profile::Azurite, arguments.azurite.backing()),
    };
    let app = place.data.join("app");
    function_json::stage(&app, Staging { profile, handler: None, settings: None })
        .map_err(|fault| Stop::missing(app.display(), fault))?;
    let program = std::env::current_exe().map_err(|fault| Stop::missing("poa itself", fault))?;
    let mut options = HostOptions::new(&app);
    options.handler = HandlerCommand::new(program).arg("handler");
    options.env = local_settings(&backing, &absolute(&place.data), &place.authority());
    let parts = read(&options.env)?;
    Ok((options, parts))
}

fn read(settings: &BTreeMap<String, String>) -> Result<Parts, Stop> {
    Parts::read(settings).map_err(|faults| Stop::usage(faults.to_string()))
}

/// Makes the queues and containers of Azurite, or tells that it is not there.
async fn azurite_answers(parts: &Parts) -> Result<(), Stop> {
    let wiring = Wiring::of(parts);
    let bus = wiring.bus().map_err(|fault| Stop::missing("queues", fault))?;
    let documents = wiring.documents().map_err(|fault| Stop::missing("documents", fault))?;
    let told = |fault: &dyn std::fmt::Display| {
        let hint = "start it with `npx azurite@3.37.0 --silent`, or say with `--blob-url` and \
                    `--queue-url` where it is";
        Stop::missing("Azurite does not answer", format_args!("{fault}; {hint}"))
    };
    bus.port.ready().await.map_err(|fault| told(&fault))?;
    documents.port.ready().await.map_err(|fault| told(&fault))
}
