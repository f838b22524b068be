//! `poa doctor`: examines everything that the settings name and says what is wrong and what to do.

use crate::{
    ending::{Ending, Stop},
    local_values, print, runtime,
};
use poa::{
    doctor::{self, Report},
    settings::{self, Parts},
};
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf};

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
        Some(file) => local_values::read(file)?,
        None => BTreeMap::new(),
    };
    variables.extend(settings::environment());
    let draft = Parts::draft(&variables);
    let waiting = print::Waiting::start("examining", json);
    let report = runtime::block_on(async { Ok(doctor::examine(&draft).await) })?;
    waiting.end();
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
