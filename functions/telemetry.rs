//! OpenTelemetry: one span and a few numbers per decision, sent to a collector with OTLP over HTTP.
//!
//! Off until it is started; then nothing here waits for the collector. Spans stand in a bounded
//! queue that a thread of its own empties every second, because the host kills without a word.
//! A full queue drops what comes, and a collector that is down costs nothing but its spans.

use crate::{
    decision::{Told, micros},
    settings::Collector,
    trace_context::{TraceContext, TraceId},
};
use opentelemetry::{
    Context, KeyValue,
    metrics::{Counter, Histogram, MeterProvider as _},
    trace::{
        Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState,
        Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    resource::EnvResourceDetector,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider},
};
use std::{
    str::FromStr as _,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

const NAME: &str = "poa";
/// Spans that wait to be sent.
const QUEUE_SPANS_MAX: usize = 4096;
/// How often spans are sent.
const SPANS_EVERY: Duration = Duration::from_secs(1);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The exporter of this process, as there is one log of this process.
static EXPORTER: OnceLock<Exporter> = OnceLock::new();

/// Sends to one collector.
#[derive(Debug)]
struct Exporter {
    tracer: SdkTracer,
    decisions: Counter<u64>,
    micros: Histogram<u64>,
    request_units: Counter<u64>,
    // Both end what they do when they are dropped.
    _traces: SdkTracerProvider,
    _numbers: SdkMeterProvider,
}

/// Starts to export, for as long as the process lives.
pub fn start(collector: &Collector) -> Result<(), String> {
    let exporter = Exporter::to(collector).map_err(|fault| fault.to_string())?;
    EXPORTER.set(exporter).map_err(|_| "traces are exported already".to_owned())
}

/// Tells the collector, where there is one, of a decision; returns its trace.
#[must_use]
pub fn record(told: &Told<'_>) -> Option<TraceId> {
    EXPORTER.get().map(|exporter| exporter.record(told))
}

impl Exporter {
    fn to(collector: &Collector) -> Result<Self, opentelemetry_otlp::ExporterBuildError> {
        let endpoint = &collector.endpoint;
        let spans = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(PATIENCE)
            .build()?;
        let numbers = MetricExporter::builder()
            .with_http()
            .with_endpoint(format!("{endpoint}/v1/metrics"))
            .with_timeout(PATIENCE)
            .build()?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_SPANS_MAX)
            .with_scheduled_delay(SPANS_EVERY)
            .build();
        let spans = BatchSpanProcessor::builder(spans).with_batch_config(batches).build();
        let traces = SdkTracerProvider::builder()
            .with_span_processor(spans)
            .with_resource(resource(collector))
            .build();
        let reader = PeriodicReader::builder(numbers).build();
        let numbers = SdkMeterProvider::builder()
            .with_reader(reader)
            .with_resource(resource(collector))
            .build();
        let meter = numbers.meter(NAME);
        Ok(Self {
            tracer: traces.tracer(NAME),
            decisions: meter.u64_counter("poa.decisions").build(),
            micros: meter.u64_histogram("poa.decision.duration").with_unit("us").build(),
            request_units: meter.u64_counter("poa.request_units").with_unit("{RU/100}").build(),
            _traces: traces,
            _numbers: numbers,
        })
    }

    fn record(&self, told: &Told<'_>) -> TraceId {
        #[expect(clippy::disallowed_methods, reason = "spans carry the time of this machine")]
        let end = SystemTime::now();
        let begin = end.checked_sub(told.spent.time).unwrap_or(end);
        let parent = told.trace.map_or_else(Context::new, parent);
        let kind = if told.status.is_some() { SpanKind::Server } else { SpanKind::Internal };
        let mut span = self
            .tracer
            .span_builder(if told.function.is_empty() { "nowhere" } else { told.function })
            .with_kind(kind)
            .with_start_time(begin)
            .with_attributes(attributes(told))
            .start_with_context(&self.tracer, &parent);
        if matches!(told.outcome, "unavailable" | "broken") {
            span.set_status(Status::error(told.outcome));
        }
        let trace = span.span_context().trace_id();
        span.end_with_timestamp(end);
        self.count(told);
        TraceId(u128::from_be_bytes(trace.to_bytes()))
    }

    fn count(&self, told: &Told<'_>) {
        let labels = [
            KeyValue::new("function", told.function),
            KeyValue::new("outcome", told.code.unwrap_or(told.outcome)),
        ];
        self.decisions.add(1, &labels);
        self.micros.record(micros(told.spent.time), &labels);
        self.request_units.add(told.spent.cost.request_units_hundredths, &labels);
    }
}

/// Who sends. `OTEL_RESOURCE_ATTRIBUTES` says more, and is read by the SDK.
fn resource(collector: &Collector) -> Resource {
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_service_name(collector.service.clone())
        .build()
}

/// The span of the caller, as the parent of ours.
fn parent(context: &TraceContext) -> Context {
    let state =
        context.state.as_ref().and_then(|state| TraceState::from_str(state.to_str().ok()?).ok());
    let flags = if context.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    Context::new().with_remote_span_context(SpanContext::new(
        context.trace.0.into(),
        context.parent.0.into(),
        flags,
        true,
        state.unwrap_or_default(),
    ))
}

/// The same names and numbers as in the log.
fn attributes(told: &Told<'_>) -> Vec<KeyValue> {
    let cost = told.spent.cost;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut attributes = vec![
        KeyValue::new("faas.name", told.function),
        KeyValue::new("poa.outcome", told.outcome),
        KeyValue::new("poa.request_units.hundredths", number(cost.request_units_hundredths)),
        KeyValue::new("poa.store_operations", number(cost.store_operations)),
        KeyValue::new("poa.bus_operations", number(cost.bus_operations)),
        KeyValue::new("poa.key_operations", number(cost.key_operations)),
        KeyValue::new("poa.document_bytes", number(cost.document_bytes)),
    ];
    if let Some(code) = told.code {
        attributes.push(KeyValue::new("poa.code", code));
    }
    if let Some(status) = told.status {
        attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
    }
    if let Some(invocation) = told.invocation {
        attributes.push(KeyValue::new("faas.invocation_id", invocation.to_owned()));
    }
    attributes
}
