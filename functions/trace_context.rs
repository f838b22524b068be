//! W3C Trace Context: whose request this one continues. What is not well-formed counts as absent.

use opentelemetry::trace::TraceState;
use std::{fmt, str::FromStr as _};
use warp::http::{HeaderMap, HeaderName, HeaderValue};

static TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
static TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");
/// Bytes of `tracestate` that W3C asks everybody to carry.
const TRACE_STATE_BYTES_MAX: usize = 512;

/// Where a request stands in a trace (W3C Trace Context level 1, §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The whole trace.
    pub trace: TraceId,
    /// The span of the caller.
    pub parent: SpanId,
    /// Whether the caller records the trace.
    pub sampled: bool,
    /// What other systems have added.
    pub state: Option<HeaderValue>,
}

/// 16 bytes, never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(pub u128);

/// 8 bytes, never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(pub u64);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl TraceContext {
    /// The context that these headers carry.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = only(headers, &TRACE_PARENT)?.to_str().ok()?;
        let (trace, parent, sampled) = parsed(text)?;
        let state = only(headers, &TRACE_STATE).filter(|value| {
            value.len() <= TRACE_STATE_BYTES_MAX
                && value.to_str().is_ok_and(|text| TraceState::from_str(text).is_ok())
        });
        Some(Self { trace, parent, sampled, state: state.cloned() })
    }
}

/// The one header of this name: which of two was meant, nobody knows.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut sent = headers.get_all(name).iter();
    sent.next().filter(|_| sent.next().is_none())
}

fn parsed(text: &str) -> Option<(TraceId, SpanId, bool)> {
    let mut parts = text.splitn(5, '-');
    let version = hex::<2>(parts.next()?)?;
    let trace = hex::<32>(parts.next()?).filter(|trace| *trace != 0)?;
    let parent = hex::<16>(parts.next()?).filter(|parent| *parent != 0)?;
    let flags = hex::<2>(parts.next()?)?;
    // Later versions may say more behind another hyphen; version 255 is none.
    if version == 0xff || (version == 0 && parts.next().is_some()) {
        return None;
    }
    Some((TraceId(trace), SpanId(u64::try_from(parent).ok()?), flags & 1 == 1))
}

/// So many hexadecimal digits in lower case.
fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() == DIGITS && digits { u128::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{TRACE_STATE_BYTES_MAX, TraceContext};
    use proptest::prelude::{ProptestConfig, proptest};
    use warp::http::{HeaderMap, HeaderName, HeaderValue};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn read(sent: &[(&'static str, &str)]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
            headers.append(HeaderName::from_static(name), value);
        }
        TraceContext::of(&headers)
    }

    #[test]
    fn a_well_formed_parent_is_read() {
        for (version, flags, more, sampled) in
            [("00", "01", "", true), ("00", "00", "", false), ("cc", "03", "-later", true)]
        {
            let parent = format!("{version}-{TRACE}-{PARENT}-{flags}{more}");
            let context = read(&[("traceparent", &parent)]).unwrap();
            assert_eq!(context.trace.to_string(), TRACE);
            assert_eq!(context.parent.to_string(), PARENT);
            assert_eq!(context.sampled, sampled);
        }
    }

    #[test]
    fn whatever_else_is_sent_counts_as_nothing() {
        let zeros = "0".repeat(32);
        for hostile in [
            String::new(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-"),
            format!("00-{TRACE}-{PARENT}-1"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{zeros}-{PARENT}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}0-{PARENT}-01"),
            format!("+0-{TRACE}-{PARENT}-01"),
            format!("00-{TRACE}-{PARENT}-01\t"),
            format!("00-\u{e9}{}-{PARENT}-01", "0".repeat(30)),
            "x".repeat(100_000),
        ] {
            assert_eq!(read(&[("traceparent", &hostile)]), None, "{hostile:.80}");
        }
        let fine = format!("00-{TRACE}-{PARENT}-01");
        assert_eq!(read(&[("traceparent", &fine), ("traceparent", &fine)]), None);
    }

    #[test]
    fn a_state_of_others_is_carried_only_where_it_is_well_formed() {
        let fine = format!("00-{TRACE}-{PARENT}-01");
        let long = |last: usize| format!("a={},b={}", "x".repeat(252), "x".repeat(last));
        assert_eq!(long(255).len(), TRACE_STATE_BYTES_MAX);
        for (state, kept) in [
            ("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7", true),
            (&long(255), true),
            (&long(256), false),
            ("no value", false),
            ("a=b=c", false),
        ] {
            let context = read(&[("traceparent", &fine), ("tracestate", state)]).unwrap();
            assert_eq!(context.state.is_some(), kept, "{state:.80}");
        }
        assert_eq!(read(&[("tracestate", "a=b")]), None, "a state without a parent");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..<_>::default() })]
        #[test]
        fn any_text_is_read_or_ignored(text in "\\PC{0,80}") {
            let _ = read(&[("traceparent", &text), ("tracestate", &text)]);
        }
    }
}
