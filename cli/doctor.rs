//! `poa doctor`: examines everything that the settings name and says what is wrong and what to do.

use crate::{
    ending::{Ending, Stop},
    print, runtime,
};
use poa::{
    doctor::{self, Report},
    settings::{self, Parts},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Whose settings.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Reads the `Values` of this `local.settings.json` too; the environment wins, as on the host.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// Examines.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let mut variables = match &arguments.settings {
        Some(file) => values(file)?,
        None => BTreeMap::new(),
    };
    variables.extend(settings::environment());
    let report = match Parts::read(&variables) {
        Ok(parts) => {
            let waiting = print::Waiting::start("examining", json);
            let report = runtime::block_on(async { Ok(doctor::examine(&parts).await) })?;
            waiting.end();
            report
        }
        Err(faults) => Report::of_settings(&faults),
    };
    let faults = report.faults();
    if json {
        print::object(&json!({ "sound": faults == 0, "faults": faults, "parts": report.parts }));
    } else {
        tell(&report);
    }
    Ok(if faults == 0 { Ending::Done } else { Ending::Faults })
}

fn tell(report: &Report) {
    for part in &report.parts {
        print::line(format_args!("{}: {}", part.part, part.service));
        for check in &part.checks {
            match &check.fault {
                None => print::line(format_args!("  holds  {}", check.what)),
                Some(fault) => {
                    print::line(format_args!("  FAULT  {}", check.what));
                    print::line(format_args!("         {}", fault.wrong));
                    print::line(format_args!("         what to do: {}", fault.remedy));
                }
            }
        }
    }
    let checks = report.checks().count();
    let faults = report.faults();
    print::line(format_args!("{checks} checks, {faults} faults"));
}

/// The `Values` of a `local.settings.json`.
fn values(file: &Path) -> Result<BTreeMap<String, String>, Stop> {
    let wrong = |why: &str| Stop::missing(file.display(), why);
    let text = fs::read_to_string(file).map_err(|fault| wrong(&fault.to_string()))?;
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|fault| wrong(&format!("not JSON: {fault}")))?;
    if document.get("IsEncrypted").and_then(Value::as_bool) == Some(true) {
        return Err(wrong("it is encrypted; run `func settings decrypt` first"));
    }
    let values = document.get("Values").and_then(Value::as_object);
    let values = values.ok_or_else(|| wrong("it has no object `Values`"))?;
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(wrong(&format!("the value of `{name}` is not a text"))),
    };
    values.iter().map(text).collect()
}
