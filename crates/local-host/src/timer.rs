//! Drives the timer functions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::envelope::{Envelope, Metadata, Wire};
use crate::function::Function;
use crate::invoke::Engine;
use crate::schedule::Schedule;
use crate::{Level, time_source};

/// One function and its schedule.
pub(crate) struct Timer {
    pub(crate) engine: Arc<Engine>,
    pub(crate) function: Arc<Function>,
    pub(crate) schedule: Schedule,
    pub(crate) run_on_startup: bool,
    pub(crate) use_monitor: bool,
}

/// Longest sleep, so that a machine that was suspended notices soon what is due.
const NAP_MAX: Duration = Duration::from_secs(30);

impl Timer {
    /// Runs the function whenever it is due, one invocation at a time, until the host stops.
    pub(crate) async fn feed(self) {
        if self.engine.handler.ready().await.is_err() {
            return;
        }
        let mut last = self.read_state();
        let mut next = self.schedule.next(time_source::now());
        let missed = last.and_then(|last| self.schedule.next(last));
        let past_due = missed.is_some_and(|due| due <= time_source::now());
        if past_due || self.run_on_startup {
            self.invoke(&mut last, next, past_due).await;
            next = self.schedule.next(time_source::now());
        } else if last.is_none() {
            // A first start counts as a run, or the first one could not be missed.
            last = Some(time_source::now());
            self.write_state(last, next);
        }
        while let Some(due) = next {
            sleep_until(due).await;
            self.invoke(&mut last, self.schedule.next(due), false).await;
            // What fell due meanwhile is skipped: one invocation at a time.
            next = self.schedule.next(time_source::now().max(due));
        }
        self.log(Level::Warning, "the schedule has no further time".to_owned());
    }

    async fn invoke(
        &self,
        last: &mut Option<DateTime<Utc>>,
        next: Option<DateTime<Utc>>,
        is_past_due: bool,
    ) {
        let status = self.use_monitor.then_some(Status { last: *last, next });
        let info = TimerInfo { cron: self.schedule.is_cron(), status, is_past_due };
        let started = time_source::now();
        let envelope = Envelope::new(&self.function, info.wire(), Metadata::default());
        // A failure is logged by the invocation; the next time comes by the schedule.
        self.engine.invoke(&self.function, envelope).await.ok();
        *last = Some(started);
        self.write_state(*last, next);
    }

    fn state_file(&self) -> Option<PathBuf> {
        let folder = self.engine.timer_state.as_ref().filter(|_| self.use_monitor)?;
        Some(folder.join(format!("{}.json", self.function.name)))
    }

    /// When the function last ran, as far as that is known.
    fn read_state(&self) -> Option<DateTime<Utc>> {
        let text = std::fs::read_to_string(self.state_file()?).ok()?;
        let state: Value = serde_json::from_str(&text).ok()?;
        time_source::parse(state.get("Last")?.as_str()?)
    }

    fn write_state(&self, last: Option<DateTime<Utc>>, next: Option<DateTime<Utc>>) {
        let Some(file) = self.state_file() else { return };
        let state = Status { last, next }.json().to_string();
        let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        if let Err(error) = folder.and_then(|()| std::fs::write(&file, state)) {
            self.log(Level::Warning, format!("cannot keep the time of its run: {error}"));
        }
    }

    fn log(&self, level: Level, message: String) {
        self.engine.journal.function(level, &self.function.name, message);
    }
}

/// What a timer function receives.
#[derive(Debug, Clone)]
pub(crate) struct TimerInfo {
    pub(crate) cron: bool,
    pub(crate) status: Option<Status>,
    pub(crate) is_past_due: bool,
}

/// When the function ran and when it will run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Status {
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) next: Option<DateTime<Utc>>,
}

/// .NET's first moment stands for "never".
const NEVER: &str = "0001-01-01T00:00:00+00:00";

impl Status {
    fn json(self) -> Value {
        let text = |time: Option<DateTime<Utc>>| {
            time.map_or_else(|| NEVER.to_owned(), time_source::offset_text)
        };
        json!({ "Last": text(self.last), "Next": text(self.next), "LastUpdated": text(self.last) })
    }
}

impl TimerInfo {
    /// An invocation by hand knows no status.
    pub(crate) fn by_hand(schedule: &Schedule) -> Self {
        Self { cron: schedule.is_cron(), status: None, is_past_due: false }
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire::of(json!({
            "Schedule": { "AdjustForDST": self.cron },
            "ScheduleStatus": self.status.map(Status::json),
            "IsPastDue": self.is_past_due,
        }))
    }
}

async fn sleep_until(due: DateTime<Utc>) {
    loop {
        let left = due.signed_duration_since(time_source::now()).to_std().unwrap_or_default();
        if left.is_zero() {
            return;
        }
        sleep(left.min(NAP_MAX)).await;
    }
}
