//! `poa formula impact`: a candidate program over the live smart assets of an instance in a data
//! folder.

use super::source::text;
use crate::{
    ending::{Ending, Stop},
    print, runtime,
};
use poa_formula::{Date, Dec};
use poa_operations::{
    desk::Desk,
    failure::Failure,
    measure_impact::{ImpactRequest, Looked, Trial},
};
use poa_protocol::{
    ids::InstanceId,
    impact::{AssetImpact, ImpactBound, ImpactTotals, Verdict},
};
use serde_json::json;
use std::path::PathBuf;

/// The instance, the candidate, and what it may change at most.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The instance in force, `ins_…`.
    #[arg(long, value_name = "ID")]
    instance: InstanceId,
    /// Another instance of its product, for example a draft.
    #[arg(long, value_name = "ID", conflicts_with_all = ["source", "overlay"])]
    candidate: Option<InstanceId>,
    /// Another version of the product.
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
    /// Another overlay.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["candidate", "source"])]
    overlay: Option<PathBuf>,
    /// The date of the decision; the day of its issue for each asset where it is not given.
    #[arg(long, value_name = "DATE", value_parser = super::run::date)]
    as_of: Option<Date>,
    /// At most so many assets may get another outcome.
    #[arg(long, value_name = "COUNT")]
    most_state_changes: Option<u64>,
    /// In each currency the value may change by at most this fraction, 0 to 1.
    #[arg(long, value_name = "FRACTION")]
    most_value_change: Option<Dec>,
    /// Folder of the store.
    #[arg(long, value_name = "DIR", default_value = ".poa")]
    data: PathBuf,
}

/// Runs it: one line per asset that changes, then the sums. Beyond a bound it ends with faults.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let data = &arguments.data;
    if !data.join("store.db").is_file() {
        return Err(Stop::missing(data.display(), "no store here; `poa start` makes one"));
    }
    let embedded = poa_embedded::open(data).map_err(|why| Stop::missing(data.display(), why))?;
    let (totals, changed) = runtime::block_on(looked(json, &embedded.desk(), arguments))?;
    let bound = ImpactBound {
        state_changes: arguments.most_state_changes,
        value_change: arguments.most_value_change,
    };
    let exceeded = bound.holds(&totals).err().map(|refusal| refusal.to_string());
    if json {
        print::object(&json!({ "changed": changed, "totals": totals, "exceeded": exceeded }));
    } else {
        tell(&totals);
        if let Some(what) = &exceeded {
            print::line(what);
        }
    }
    Ok(if exceeded.is_some() { Ending::Faults } else { Ending::Done })
}

/// Looks at page after page. People read each asset that changes as soon as it is known, programs
/// get all of them at the end.
async fn looked(
    json: bool,
    desk: &Desk,
    arguments: &Arguments,
) -> Result<(ImpactTotals, Vec<AssetImpact>), Stop> {
    let file = |path: &Option<PathBuf>| path.as_deref().map(text).transpose();
    let request = ImpactRequest {
        instance: arguments.candidate.clone(),
        source: file(&arguments.source)?,
        overlay: file(&arguments.overlay)?,
        as_of: arguments.as_of,
        ..ImpactRequest::default()
    };
    let trial = Trial::open(desk, &arguments.instance, &request).await.map_err(stopped)?;
    let counter = print::Counter::start("live smart assets", json);
    let mut changed = Vec::new();
    let told = |looked: &Looked| {
        if json {
            changed.extend(looked.changed.iter().cloned());
        } else {
            looked.changed.iter().for_each(|impact| counter.line(&line(impact)));
        }
        counter.reach(looked.totals.assets);
    };
    let totals = trial.all(ImpactTotals::default(), told).await.map_err(stopped)?;
    counter.end();
    Ok((totals, changed))
}

fn stopped(failure: Failure) -> Stop {
    let refusal = failure.refusal();
    Stop::usage(format!("{}: {}", refusal.code, refusal.message))
}

fn line(impact: &AssetImpact) -> String {
    let words = |verdict: &Verdict| {
        let value = verdict.value.map(|value| value.to_string()).unwrap_or_default();
        let reasons = verdict.reasons.join(" ");
        let outcome = json!(verdict.outcome);
        let outcome = outcome.as_str().unwrap_or_default();
        [outcome, &value, &reasons].map(str::trim).join(" ").trim().to_owned()
    };
    format!("{}: {} → {}", impact.asset, words(&impact.before), words(&impact.after))
}

fn tell(totals: &ImpactTotals) {
    print::line(format_args!(
        "{} live smart assets, {} with another outcome, {} with another value",
        totals.assets, totals.state_changed, totals.value_changed
    ));
    for (code, total) in &totals.currencies {
        print::line(format_args!(
            "  {code}: {} → {} ({})",
            total.before, total.after, total.change
        ));
    }
    if totals.unsummed > 0 {
        print::line(format_args!("  {} could not be summed", totals.unsummed));
    }
}
