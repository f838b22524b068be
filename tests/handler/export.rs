//! What a real handler exports over OTLP, and that a collector that is down harms nobody.

use crate::{Handler, Issuer, answers, free_port, handler};
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use poa_operations::commit::hex;
use poa_protocol::role::Role;
use poa_test_support::{Who, listen};
use prost::Message as _;
use reqwest::{Client, Method};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use warp::Filter as _;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const SOON: Duration = Duration::from_secs(30);

/// What a collector was sent: where, and the bytes.
type Sent = UnboundedReceiver<(String, Vec<u8>)>;

async fn collector() -> (String, Sent) {
    let (told, heard) = unbounded_channel();
    let (listener, url) = listen().await;
    let take = warp::post().and(warp::path::full()).and(warp::body::bytes()).map(
        move |path: warp::path::FullPath, bytes: bytes::Bytes| {
            // The test may have seen enough.
            let _ = told.send((path.as_str().to_owned(), bytes.to_vec()));
            warp::reply()
        },
    );
    tokio::spawn(warp::serve(take).incoming(listener).run());
    (url, heard)
}

fn exporting(port: u16, data: &Path, issuer: &Issuer, collector: &str) -> Command {
    let mut command = handler(port, data);
    command
        .env("AUTHORITY", &issuer.authority)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
        .env("OTEL_METRIC_EXPORT_INTERVAL", "200");
    command
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    let value = found.value.as_ref()?.value.as_ref()?;
    if let Value::StringValue(text) = value {
        return Some(text.clone());
    }
    if let Value::IntValue(number) = value { Some(number.to_string()) } else { None }
}

/// The next span of this function, and the name of who sends it.
async fn span(sent: &mut Sent, function: &str) -> (Span, String) {
    loop {
        let (path, bytes) = tokio::time::timeout(SOON, sent.recv()).await.unwrap().unwrap();
        if path != "/v1/traces" {
            continue;
        }
        let request = ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap();
        for resource in request.resource_spans {
            let service = text(&resource.resource.unwrap().attributes, "service.name").unwrap();
            let mut spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            if let Some(found) = spans.find(|span| span.name == function) {
                return (found, service);
            }
        }
    }
}

#[tokio::test]
async fn a_request_is_a_span_that_continues_the_trace_of_its_caller() {
    let data = tempfile::tempdir().unwrap();
    let issuer = Issuer::start(data.path()).await;
    let (url, mut sent) = collector().await;
    let port = free_port();
    let mut command = exporting(port, data.path(), &issuer, &url);
    let _handler = Handler(command.env("OTEL_SERVICE_NAME", "bank-7").spawn().unwrap());
    answers(&format!("http://127.0.0.1:{port}/")).await;
    let client = Client::builder().timeout(SOON).build().unwrap();
    let get = |path: &str| client.request(Method::GET, format!("http://127.0.0.1:{port}/{path}"));
    let token = issuer.token(&Who::operator("Ada").with(&[Role::Administrator]));
    let response = get("api/parties")
        .bearer_auth(token)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("tracestate", "congo=t61rcWkgMzE")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let (span, service) = span(&mut sent, "list-parties").await;
    assert_eq!(service, "bank-7");
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.into(), PARENT.into()));
    assert_eq!(span.trace_state, "congo=t61rcWkgMzE");
    assert!(span.start_time_unix_nano < span.end_time_unix_nano);
    assert_eq!(text(&span.attributes, "poa.outcome").as_deref(), Some("done"));
    assert_eq!(text(&span.attributes, "http.response.status_code").as_deref(), Some("200"));
    let store = text(&span.attributes, "poa.store_operations").unwrap();
    assert!(store.parse::<u64>().unwrap() > 0, "{store}");
}

#[tokio::test]
async fn a_request_without_a_trace_begins_one_and_numbers_are_counted() {
    let data = tempfile::tempdir().unwrap();
    let issuer = Issuer::start(data.path()).await;
    let (url, mut sent) = collector().await;
    let port = free_port();
    let _handler = Handler(exporting(port, data.path(), &issuer, &url).spawn().unwrap());
    answers(&format!("http://127.0.0.1:{port}/api/health")).await;
    let (span, service) = span(&mut sent, "read-health").await;
    assert_eq!(service, "proof-of-asset");
    assert_eq!((span.trace_id.len(), span.parent_span_id.len()), (16, 0));
    loop {
        let (path, bytes) = tokio::time::timeout(SOON, sent.recv()).await.unwrap().unwrap();
        if path == "/v1/metrics" {
            let request = ExportMetricsServiceRequest::decode(bytes.as_slice()).unwrap();
            let scopes = request.resource_metrics.iter().flat_map(|sent| &sent.scope_metrics);
            let mut names: Vec<_> = scopes
                .flat_map(|scope| &scope.metrics)
                .map(|metric| metric.name.as_str())
                .collect();
            names.sort_unstable();
            let expected = ["poa.decision.duration", "poa.decisions", "poa.request_units"];
            assert_eq!(names, expected);
            return;
        }
    }
}

#[tokio::test]
async fn a_collector_that_is_down_or_silent_harms_no_request() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for collector in ["http://127.0.0.1:9", &silent] {
        let data = tempfile::tempdir().unwrap();
        let issuer = Issuer::start(data.path()).await;
        let port = free_port();
        let mut command = exporting(port, data.path(), &issuer, collector);
        // Nobody reads the log here.
        let _handler = Handler(command.stdout(Stdio::null()).spawn().unwrap());
        for _ in 0..300 {
            let alive = answers(&format!("http://127.0.0.1:{port}/api/health")).await;
            assert_eq!(alive["status"], "alive");
        }
    }
}
