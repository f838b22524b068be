//! `host.json` with its overrides, as .NET configuration sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::error::Faults;
use crate::{limits, timespan};

/// Settings by path, lower case, parts joined with `:`; list items have their index as a part.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    file: PathBuf,
    values: BTreeMap<String, String>,
    /// Which environment variable set a value, to name it in a fault.
    overridden: BTreeMap<String, String>,
}

/// Overrides of `host.json` in the environment start with this.
const OVERRIDE_PREFIX: &str = "azurefunctionsjobhost__";

impl Settings {
    /// Reads `host.json` and applies the overrides of the environment.
    pub(crate) fn read(
        script_root: &Path,
        env: &BTreeMap<String, String>,
        faults: &mut Faults,
    ) -> Self {
        let file = script_root.join("host.json");
        let mut settings = Self { file, ..Self::default() };
        if let Some(document) = read_json(&settings.file, faults) {
            if document.is_object() {
                flatten("", &document, &mut settings.values);
            } else {
                faults.add(&settings.file, "must hold a JSON object");
            }
            if settings.text("version") != Some("2.0") {
                faults.add(&settings.file, "`version` must be \"2.0\"");
            }
        }
        for (name, value) in env {
            if let Some(path) = name.to_lowercase().strip_prefix(OVERRIDE_PREFIX) {
                settings.set(name, &path.replace("__", ":"), value);
            }
        }
        settings
    }

    fn set(&mut self, name: &str, path: &str, value: &str) {
        let below = format!("{path}:");
        match serde_json::from_str::<Value>(value) {
            // A list is given as a JSON array and replaces the old one.
            Ok(list) if list.is_array() => {
                self.values.retain(|key, _| !key.starts_with(&below));
                flatten(path, &list, &mut self.values);
            }
            Ok(_) | Err(_) => {
                self.values.insert(path.to_owned(), value.to_owned());
            }
        }
        self.overridden.insert(path.to_owned(), name.to_owned());
    }

    /// Where a value comes from.
    pub(crate) fn place(&self, path: &str) -> PathBuf {
        self.overridden.get(path).map_or_else(|| self.file.clone(), PathBuf::from)
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.values.get(path).map(String::as_str)
    }

    /// Whether anything is set at or below a path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let below = format!("{path}:");
        self.values.contains_key(path) || self.values.keys().any(|key| key.starts_with(&below))
    }

    pub(crate) fn list(&self, path: &str) -> Vec<String> {
        let below = format!("{path}:");
        let mut items: Vec<(usize, &String)> = self
            .values
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(&below)?.parse().ok()?, value)))
            .collect();
        items.sort_by_key(|(index, _)| *index);
        items.into_iter().map(|(_, value)| value.clone()).collect()
    }

    pub(crate) fn flag(&self, path: &str, faults: &mut Faults) -> bool {
        match self.text(path).map(str::to_lowercase).as_deref() {
            Some("true") => true,
            None | Some("false") => false,
            Some(other) => {
                let reason = format!("`{path}` is `{other}`, it must be true or false");
                faults.add(self.place(path), reason);
                false
            }
        }
    }

    /// A whole number within `min..=max`.
    pub(crate) fn number(
        &self,
        path: &str,
        bounds: (u32, u32),
        faults: &mut Faults,
    ) -> Option<u32> {
        let text = self.text(path)?;
        let (min, max) = bounds;
        match text.parse::<u32>() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            Ok(_) | Err(_) => {
                let reason = format!("`{path}` is `{text}`, it must be between {min} and {max}");
                faults.add(self.place(path), reason);
                None
            }
        }
    }

    pub(crate) fn span(&self, path: &str, faults: &mut Faults) -> Option<Duration> {
        let text = self.text(path)?;
        let span = timespan::parse(text);
        if span.is_none() {
            let reason = format!("`{path}` is `{text}`, it must be a time span like `00:05:00`");
            faults.add(self.place(path), reason);
        }
        span
    }
}

/// Reads a JSON file; `None` after a fault.
pub(crate) fn read_json(file: &Path, faults: &mut Faults) -> Option<Value> {
    let too_long = |length: u64| length > limits::SETTINGS_FILE_BYTES_MAX;
    match std::fs::metadata(file) {
        Ok(data) if too_long(data.len()) => {
            let max = limits::SETTINGS_FILE_BYTES_MAX;
            faults.add(file, format!("is longer than {max} bytes"));
            return None;
        }
        Ok(_) => {}
        Err(error) => {
            faults.add(file, format!("cannot be read: {error}"));
            return None;
        }
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            faults.add(file, format!("cannot be read: {error}"));
            return None;
        }
    };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(value) => Some(value),
        Err(error) => {
            faults.add(file, format!("is not JSON: {error}"));
            None
        }
    }
}

/// A JSON scalar as configuration text; `None` for lists, objects and null.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    (value.is_boolean() || value.is_number()).then(|| value.to_string())
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    let below = |part: &str| {
        let part = part.to_lowercase();
        if path.is_empty() { part } else { format!("{path}:{part}") }
    };
    if let Some(object) = value.as_object() {
        object.iter().for_each(|(key, value)| flatten(&below(key), value, into));
    } else if let Some(list) = value.as_array() {
        let numbered = list.iter().enumerate();
        numbered.for_each(|(index, value)| flatten(&below(&index.to_string()), value, into));
    } else if let Some(text) = scalar(value) {
        into.insert(path.to_owned(), text);
    }
}
