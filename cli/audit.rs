//! `poa audit`: re-checks a data folder, from its events alone.

use crate::{
    ending::{Ending, Stop},
    print, runtime,
};
use poa_operations::audit_store::{AuditReport, audit_store};
use serde_json::json;
use std::path::PathBuf;

/// Which data folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the store.
    #[arg(long, value_name = "DIR", default_value = ".poa")]
    data: PathBuf,
}

/// Audits. The app may go on serving meanwhile.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let data = &arguments.data;
    // Opening a folder makes it, and an empty store holds: neither is what was asked for.
    if !data.join("store.db").is_file() {
        return Err(Stop::missing(data.display(), "no store here; `poa start` makes one"));
    }
    let embedded = poa_embedded::open(data).map_err(|why| Stop::missing(data.display(), why))?;
    let report = runtime::block_on(async {
        let audited = audit_store(&embedded.desk()).await;
        audited.map_err(|failure| Stop::missing(data.display(), format_args!("{failure:?}")))
    })?;
    if json {
        print::object(&json!(report));
    } else {
        tell(&report);
    }
    Ok(if report.holds() { Ending::Done } else { Ending::Faults })
}

fn tell(report: &AuditReport) {
    for fault in &report.faults {
        print::line(format_args!("{}: {}", fault.partition, fault.what));
    }
    print::line(format_args!(
        "{} partitions, {} events, {} ledger entries, {} smart assets, {} accounts, {} transfers, \
         locks and redemptions, {} idempotency records",
        report.partitions,
        report.events,
        report.entries,
        report.smart_assets,
        report.accounts,
        report.movements,
        report.records,
    ));
    match report.fault_count {
        0 => print::line("everything holds"),
        1 => print::line("1 fault"),
        count => print::line(format_args!("{count} faults")),
    }
}
