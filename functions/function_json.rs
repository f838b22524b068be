//! What the Functions host reads: `function.json` of every row, and the staged folder with them.

use crate::{
    envelope,
    trigger::{Method, On, Trigger, table},
};
use poa_operations::ports::bus::{TOPIC, queue_of};
use poa_protocol::event::Wing;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// The settings of the Functions host, staged as they are.
pub const HOST_JSON: &str = include_str!("../host.json");
/// Name of the setting that holds the connection to the bus.
pub const BUS_CONNECTION: &str = "ServiceBus";
/// Name of the setting that holds the connection to the queues: the Functions host's own storage.
pub const QUEUE_CONNECTION: &str = "AzureWebJobsStorage";
/// The settings of a folder that runs on a development machine; never part of a deployment.
const LOCAL_SETTINGS: &str = "local.settings.json";

/// What brings messages to the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Subscriptions of Azure Service Bus.
    Azure,
    /// Azure Storage queues, as Azurite has them.
    Azurite,
}

/// The `function.json` of one function.
#[must_use]
pub fn function_json(trigger: &Trigger, profile: Profile) -> Value {
    match &trigger.on {
        // INVARIANT: exactly one input and one output, or the host would not pass requests through.
        On::Http(http) => json!({ "bindings": [
            {
                "type": "httpTrigger",
                "direction": "in",
                "name": "req",
                "authLevel": "anonymous",
                "methods": methods(http.method),
                "route": http.route,
            },
            { "type": "http", "direction": "out", "name": "res" },
        ]}),
        On::Bus(wing, _) => json!({ "bindings": [message(*wing, profile)] }),
        On::Timer(schedule, _) => json!({ "bindings": [{
            "type": "timerTrigger",
            "direction": "in",
            "name": envelope::TICK,
            "schedule": schedule,
            "runOnStartup": false,
            "useMonitor": false,
        }]}),
    }
}

/// A message comes as exact bytes, or the host would put its body into the metadata.
fn message(wing: Wing, profile: Profile) -> Value {
    match profile {
        Profile::Azure => json!({
            "type": "serviceBusTrigger",
            "direction": "in",
            "name": envelope::MESSAGE,
            "topicName": TOPIC,
            "subscriptionName": wing.subscription(),
            "connection": BUS_CONNECTION,
            "cardinality": "one",
            "dataType": "binary",
        }),
        Profile::Azurite => json!({
            "type": "queueTrigger",
            "direction": "in",
            "name": envelope::MESSAGE,
            "queueName": queue_of(wing),
            "connection": QUEUE_CONNECTION,
            "dataType": "binary",
        }),
    }
}

fn methods(method: Method) -> &'static [&'static str] {
    match method {
        Method::Get => &["get", "head"],
        Method::Post => &["post"],
        Method::Put => &["put"],
    }
}

/// What is written into a staged folder beside `host.json` and the functions.
#[derive(Debug, Clone, Copy)]
pub struct Staging<'a> {
    /// What brings messages.
    pub profile: Profile,
    /// The handler's executable.
    pub handler: Option<&'a Path>,
    /// The settings of a development machine.
    pub settings: Option<&'a BTreeMap<String, String>>,
}

/// Writes the folder that `func start --script-root` and a deployment take: `host.json`, one folder
/// per function, and the handler and `local.settings.json` where they are given. What is there of
/// an earlier staging and belongs to this one no more goes away; each file appears whole or not at
/// all.
pub fn stage(folder: &Path, staging: Staging<'_>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut names = BTreeSet::new();
    for trigger in table() {
        names.insert(trigger.name);
        let place = folder.join(trigger.name);
        fs::create_dir_all(&place)?;
        let text = format!("{:#}\n", function_json(trigger, staging.profile));
        write_whole(&place.join("function.json"), text.as_bytes())?;
    }
    remove_stale(folder, &names)?;
    if let Some(handler) = staging.handler {
        let place = folder.join("handler");
        let draft = draft(&place);
        // Keeps the permission to execute.
        fs::copy(handler, &draft)?;
        fs::rename(draft, place)?;
    }
    let settings = folder.join(LOCAL_SETTINGS);
    match staging.settings {
        Some(values) => write_whole(&settings, local_settings(values).as_bytes())?,
        None if settings.exists() => fs::remove_file(settings)?,
        None => {}
    }
    // The host watches this file: it comes last, when everything that it tells of is there.
    write_whole(&folder.join("host.json"), HOST_JSON.as_bytes())
}

/// A `local.settings.json` with these values.
#[must_use]
pub fn local_settings(values: &BTreeMap<String, String>) -> String {
    format!("{:#}\n", json!({ "IsEncrypted": false, "Values": values }))
}

/// Removes the folders of functions that are no more. Without a `function.json` it is not ours.
fn remove_stale(folder: &Path, names: &BTreeSet<&str>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let known = entry.file_name().to_str().is_some_and(|name| names.contains(name));
        if !known && entry.path().join("function.json").is_file() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(file).is_ok_and(|present| present == bytes) {
        // Untouched files do not make the host start again.
        return Ok(());
    }
    let draft = draft(file);
    fs::write(&draft, bytes)?;
    fs::rename(draft, file)
}

fn draft(file: &Path) -> PathBuf {
    file.with_extension(format!("{}.draft", std::process::id()))
}

#[cfg(test)]
#[path = "function_json_tests.rs"]
mod tests;
