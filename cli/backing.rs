//! What keeps messages and documents on this machine: the data folder, or Azurite.

use crate::{bus_source::EmbeddedBus, ending::Stop};
use poa::{
    function_json::Profile,
    local_settings::Backing,
    settings::{AZURITE_BLOBS, AZURITE_QUEUES},
};
use poa_embedded::clock::SystemClock;
use poa_local_host::{BusSource, QueueSource};
use std::{path::Path, sync::Arc};

/// Which of the two.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// What keeps messages and documents.
    #[arg(long, value_enum, default_value_t = Keeper::Embedded)]
    profile: Keeper,
    /// With `azurite`: URL of its blobs.
    #[arg(long, value_name = "URL", default_value = AZURITE_BLOBS)]
    blob_url: String,
    /// With `azurite`: URL of its queues.
    #[arg(long, value_name = "URL", default_value = AZURITE_QUEUES)]
    queue_url: String,
}

/// What keeps messages and documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Keeper {
    /// The data folder, like everything else.
    Embedded,
    /// Azurite, over its queues and blobs.
    Azurite,
}

impl Arguments {
    pub(crate) fn backing(&self) -> Backing {
        match self.profile {
            Keeper::Embedded => Backing::Folder,
            Keeper::Azurite => {
                Backing::Azurite { blobs: self.blob_url.clone(), queues: self.queue_url.clone() }
            }
        }
    }
}

/// What brings messages to the functions.
pub(crate) struct Brought {
    pub profile: Profile,
    pub bus: Option<Arc<dyn BusSource>>,
    pub queues: Option<Arc<dyn QueueSource>>,
}

/// Opens what brings messages.
pub(crate) fn bring(backing: &Backing, data: &Path) -> Result<Brought, Stop> {
    match backing {
        Backing::Folder => {
            let bus = poa_embedded::open_bus(data, Arc::new(SystemClock))
                .map_err(|fault| Stop::missing(data.display(), fault))?;
            let bus: Arc<dyn BusSource> = Arc::new(EmbeddedBus(bus));
            Ok(Brought { profile: Profile::Azure, bus: Some(bus), queues: None })
        }
        Backing::Azurite { .. } => Err(Stop::usage("azurite is not wired yet")),
    }
}
