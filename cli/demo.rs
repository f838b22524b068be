//! `poa demo`: the whole story on this machine, through HTTP, and then it keeps serving.

mod api;
mod cast;
mod report;
mod requests;
mod shelf;
mod story;

use crate::{
    backing,
    development::Place,
    ending::{Ending, Stop},
    log, print, runtime,
    serving::{self, Serving},
    start,
};
use api::{Api, Fault};
use cast::{Cast, Issuing};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::clock::Clock as _;
use report::Report;
use requests::Stage;
use shelf::Published;
use std::{fs, io::IsTerminal as _, path::Path};

/// How the demo runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    backing: backing::Arguments,
    /// Ends when the story is told, and does not keep serving.
    #[arg(long)]
    exit: bool,
}

/// Runs the demo.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    runtime::block_on(play(json, arguments))
}

async fn play(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    // The demo begins with an empty folder of its own, beside the data of `poa start`.
    let place = Place { data: arguments.place.data.join("demo"), ..arguments.place.clone() };
    empty(&place.data)?;
    let waiting = print::Waiting::start("starting the local host and the handler", json);
    let serving = serving::start(&place, &arguments.backing.backing(), log::sink(false)).await?;
    waiting.end();
    let told = tell(json, &serving).await;
    let report = match told {
        Ok(report) => report,
        Err(fault) => {
            serving.stop().await;
            return Err(Stop { ending: Ending::Faults, message: fault.0 });
        }
    };
    if json {
        print::object(&report.json());
    } else {
        print::line(report.text());
    }
    if !arguments.exit {
        if !json {
            print::line(format_args!("still serving {}/api; stop with Ctrl+C", place.url()));
        }
        start::asked_to_stop().await;
    }
    serving.stop().await;
    Ok(Ending::Done)
}

fn empty(folder: &Path) -> Result<(), Stop> {
    match fs::remove_dir_all(folder) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => {
            Err(Stop::missing(folder.display(), fault))
        }
        _ => Ok(()),
    }
}

/// Tells the story; the report counts what happened.
async fn tell(json: bool, serving: &Serving) -> Result<Report, Fault> {
    let clock = SystemClock;
    let began = clock.now();
    let place = serving.place.clone();
    let api = Api::new(&place.url(), &format!("demo-{}", began.millis()))?;
    let mut cast = Cast::read(Issuing { issuer: serving.issuer.clone(), place, began })?;
    let steps = Steps { quiet: json };
    let parties = cast.register(&api).await?;
    steps.done(format_args!("{parties} parties registered, KYC verified, active"));
    let bar = steps.bar(16, "publishing");
    let Published { products, rule_sets, active } =
        shelf::publish(&api, &cast, |_| bar.inc(1)).await?;
    bar.finish_and_clear();
    let instances = active.len();
    steps.done(format_args!(
        "{products} products and {rule_sets} rule set published, {instances} instances active"
    ));
    let rows = requests::rows()?;
    let hashes = requests::upload(&api, &cast, &rows).await?;
    let stage = Stage { api: &api, cast: &cast, active: &active, hashes: &hashes };
    let bar = steps.bar(u64::try_from(rows.len()).unwrap_or(u64::MAX), "tokenizing");
    let (sent, started) = (api.requests(), clock.now());
    let followed = requests::run(&stage, rows, || bar.inc(1)).await?;
    bar.finish_and_clear();
    let tokenizing = report::Pace::between(started, clock.now(), api.requests(), sent);
    steps.done(format_args!("{} requests followed to their end", followed.len()));
    let told = story::tell(&stage).await?;
    let whole = report::Pace::between(began, clock.now(), api.requests(), 0);
    Ok(Report { parties, products, rule_sets, instances, followed, told, tokenizing, whole })
}

/// Progress for people; nothing for programs.
struct Steps {
    quiet: bool,
}

impl Steps {
    fn bar(&self, length: u64, what: &'static str) -> ProgressBar {
        let bar = ProgressBar::new(length).with_message(what);
        if self.quiet || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
            if !self.quiet {
                print::line(format_args!("{what} …"));
            }
        } else if let Ok(style) = ProgressStyle::with_template("{msg:12} {bar:40} {pos}/{len}") {
            bar.set_style(style);
        }
        bar
    }

    fn done(&self, what: std::fmt::Arguments<'_>) {
        if !self.quiet {
            print::line(format_args!("done: {what}"));
        }
    }
}
