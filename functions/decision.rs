//! Decisions: every request, message and tick ends in one line of the log, one span where traces
//! are exported, and one account of what it cost.
//!
//! A line has names, codes and numbers. It never has a token, a body, a query, or a message of a
//! refusal, because those repeat what the caller sent.

use crate::{
    settings::is_guid,
    telemetry,
    trace_context::{SpanId, TraceContext, TraceId},
};
use poa_operations::{
    cost::{Cost, Meter},
    failure::Failure,
};
use std::{fmt, time::Duration};
// Only how long something took is told; nothing is decided by it.
use tokio::time::Instant;
use warp::http::{HeaderMap, HeaderValue, StatusCode};

/// The header with which the Functions host numbers requests.
pub const INVOCATION: &str = "x-azure-functions-invocationid";

/// One request, message or tick while it is decided. Where it is dropped before it has ended,
/// whoever asked is gone, and the line says so.
#[derive(Debug)]
pub struct Decision {
    /// Name of the function, empty where no function was found.
    pub function: &'static str,
    /// The number that the host gave it, as it was sent.
    pub invocation: Option<HeaderValue>,
    /// What it has cost so far.
    pub meter: Meter,
    trace: Option<TraceContext>,
    begun: Instant,
    told: bool,
}

/// How a decision ended.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// Well, in this way.
    Well(&'static str),
    /// Not well.
    Failed(&'a Failure),
}

/// What a decision has taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Since it began.
    pub time: Duration,
    /// In the services behind the ports.
    pub cost: Cost,
}

/// Everything that is told about one decision.
#[derive(Debug)]
pub struct Told<'a> {
    /// Name of the function.
    pub function: &'static str,
    /// `created`, `accepted`, `done`, `refused`, `unavailable`, `broken` or `gone`.
    pub outcome: &'static str,
    /// Code of the refusal.
    pub code: Option<&'static str>,
    /// The status code that was sent; none for the work that nobody waits for.
    pub status: Option<u16>,
    /// The number that the host gave it, where it is a GUID.
    pub invocation: Option<&'a str>,
    /// Whose request it continues.
    pub trace: Option<&'a TraceContext>,
    /// What it took.
    pub spent: Spent,
}

impl Decision {
    /// Begins with what came with a request.
    #[must_use]
    pub fn begin(function: &'static str, headers: &HeaderMap) -> Self {
        let mut decision = Self::unasked(function);
        decision.invocation = headers.get(INVOCATION).cloned();
        decision.trace = TraceContext::of(headers);
        decision
    }

    /// Begins with what the handler does by itself.
    #[must_use]
    pub fn unasked(function: &'static str) -> Self {
        Self {
            function,
            invocation: None,
            meter: Meter::default(),
            trace: None,
            begun: Instant::now(),
            told: false,
        }
    }

    /// The number that the host gave it, where it is a GUID.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.invocation.as_ref()?.to_str().ok().filter(|text| is_guid(text))
    }

    /// What it has taken so far.
    #[must_use]
    pub fn spent(&self) -> Spent {
        Spent { time: self.begun.elapsed(), cost: self.meter.cost() }
    }

    /// Ends.
    pub fn end(mut self, status: Option<StatusCode>, verdict: &Verdict<'_>) {
        self.told = true;
        self.tell(status, Some(verdict));
    }

    fn tell(&self, status: Option<StatusCode>, verdict: Option<&Verdict<'_>>) {
        let (outcome, code) = match verdict {
            None => ("gone", None),
            Some(Verdict::Well(outcome)) => (*outcome, None),
            Some(Verdict::Failed(Failure::Refused(refusal))) => ("refused", Some(refusal.code)),
            Some(Verdict::Failed(Failure::Unavailable { .. })) => ("unavailable", None),
            Some(Verdict::Failed(Failure::Broken { .. })) => ("broken", None),
        };
        let told = Told {
            function: self.function,
            outcome,
            code,
            status: status.map(|status| status.as_u16()),
            invocation: self.number(),
            trace: self.trace.as_ref(),
            spent: self.spent(),
        };
        let trace = match telemetry::record(&told) {
            Some(trace) => Some(trace),
            None => told.trace.map(|context| context.trace),
        };
        match verdict {
            Some(Verdict::Failed(Failure::Unavailable { part, cause })) => {
                failed(&told, trace, Some(part), cause);
            }
            Some(Verdict::Failed(Failure::Broken { cause })) => failed(&told, trace, None, cause),
            Some(Verdict::Failed(Failure::Refused(_)) | Verdict::Well(_)) | None => {
                decided(&told, trace);
            }
        }
    }
}

impl Drop for Decision {
    fn drop(&mut self) {
        if !self.told {
            self.tell(None, None);
        }
    }
}

/// One event with the fields that every decision has.
macro_rules! line {
    ($level:ident, $told:ident, $trace:ident $(, $name:ident = $value:expr)*) => {{
        let Spent { time, cost } = $told.spent;
        tracing::$level!(
            function = $told.function,
            outcome = $told.outcome,
            code = $told.code,
            status = $told.status,
            invocation = $told.invocation,
            trace_id = $trace.map(tracing::field::display::<TraceId>),
            parent_id = $told.trace.map(|trace| tracing::field::display::<SpanId>(trace.parent)),
            duration_us = micros(time),
            request_units = %Hundredths(cost.request_units_hundredths),
            store_operations = cost.store_operations,
            bus_operations = cost.bus_operations,
            key_operations = cost.key_operations,
            document_bytes = cost.document_bytes,
            $($name = $value,)*
            "decided"
        );
    }};
}

fn decided(told: &Told<'_>, trace: Option<TraceId>) {
    line!(info, told, trace);
}

fn failed(told: &Told<'_>, trace: Option<TraceId>, part: Option<&str>, cause: &str) {
    line!(error, told, trace, part = part, cause = cause);
}

/// Whole microseconds.
#[must_use]
pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A number of hundredths as a decimal.
#[derive(Debug, Clone, Copy)]
pub struct Hundredths(pub u64);

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// As the value of the header `Server-Timing` (W3C Server Timing).
impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = micros(self.time);
        let cost = self.cost;
        write!(
            f,
            "total;dur={}.{:03}, ru;desc=\"{}\", store;desc=\"{}\", bus;desc=\"{}\", \
             key;desc=\"{}\", bytes;desc=\"{}\"",
            micros / 1000,
            micros % 1000,
            Hundredths(cost.request_units_hundredths),
            cost.store_operations,
            cost.bus_operations,
            cost.key_operations,
            cost.document_bytes,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Spent;
    use poa_operations::cost::Cost;
    use std::time::Duration;

    #[test]
    fn what_was_spent_reads_as_a_server_timing_header() {
        let cost = Cost {
            request_units_hundredths: 1205,
            store_operations: 2,
            bus_operations: 1,
            key_operations: 3,
            document_bytes: 4096,
        };
        let spent = Spent { time: Duration::from_micros(3_021), cost };
        assert_eq!(
            spent.to_string(),
            "total;dur=3.021, ru;desc=\"12.05\", store;desc=\"2\", bus;desc=\"1\", \
             key;desc=\"3\", bytes;desc=\"4096\""
        );
        let nothing = Spent { time: Duration::ZERO, cost: Cost::default() };
        assert!(nothing.to_string().starts_with("total;dur=0.000, ru;desc=\"0.00\", "));
    }
}
