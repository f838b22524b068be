//! What the Functions host reads: `function.json` of every row, and the staged folder with them.

use crate::{
    envelope,
    trigger::{Method, On, Trigger, table},
};
use poa_operations::ports::bus::TOPIC;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The settings of the Functions host, staged as they are.
pub const HOST_JSON: &str = include_str!("../host.json");
/// Name of the setting that holds the connection to the bus.
pub const BUS_CONNECTION: &str = "ServiceBus";

/// The `function.json` of one function.
#[must_use]
pub fn function_json(trigger: &Trigger) -> Value {
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
        On::Bus(wing, _) => json!({ "bindings": [{
            "type": "serviceBusTrigger",
            "direction": "in",
            "name": envelope::MESSAGE,
            "topicName": TOPIC,
            "subscriptionName": wing.subscription(),
            "connection": BUS_CONNECTION,
            "cardinality": "one",
            "dataType": "binary",
        }]}),
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

fn methods(method: Method) -> &'static [&'static str] {
    match method {
        Method::Get => &["get", "head"],
        Method::Post => &["post"],
        Method::Put => &["put"],
    }
}

/// Writes the folder that `func start --script-root` and a deployment take: `host.json`, one folder
/// per function, and the handler where its executable is given. What is there of an earlier staging
/// and has no row any more goes away; each file appears whole or not at all.
pub fn stage(folder: &Path, handler: Option<&Path>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut names = BTreeSet::new();
    for trigger in table() {
        names.insert(trigger.name);
        let place = folder.join(trigger.name);
        fs::create_dir_all(&place)?;
        let text = format!("{:#}\n", function_json(trigger));
        write_whole(&place.join("function.json"), text.as_bytes())?;
    }
    remove_stale(folder, &names)?;
    if let Some(handler) = handler {
        let place = folder.join("handler");
        let draft = draft(&place);
        // Keeps the permission to execute.
        fs::copy(handler, &draft)?;
        fs::rename(draft, place)?;
    }
    // The host watches this file: it comes last, when everything that it tells of is there.
    write_whole(&folder.join("host.json"), HOST_JSON.as_bytes())
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
