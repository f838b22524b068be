//! What every client of an Azure service keeps to: limits of time, retries, waits.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use azure_core::{
    error::ErrorKind,
    http::{Context, Method, Pipeline, Request},
};
use poa_azure::client::{Client, Patience, plain};
use poa_test_cloud::seam::{Answer, Seam};
use std::time::Duration;

async fn ask(client: &Client) -> Result<u16, azure_core::Error> {
    let pipeline =
        Pipeline::new(Some("probe"), Some("0"), client.options(), Vec::new(), Vec::new(), None);
    let url = "https://service.example/thing?secret=1".parse().unwrap();
    let sent = pipeline.send(&Context::new(), &mut Request::new(url, Method::Post), None).await;
    sent.map(|response| u16::from(response.status()))
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let tries = |answer: Answer| async move {
        let seam = Seam::new(move |_| answer.clone());
        ask(&seam.client()).await.unwrap_err();
        seam.asked().len()
    };
    for status in [408, 429, 500, 502, 503, 504] {
        assert_eq!(tries(Answer::of(status, &"")).await, 4, "{status}");
    }
    assert_eq!(tries(Answer::Broken).await, 4);
    for status in [400, 401, 403, 404, 409, 410, 412, 501] {
        assert_eq!(tries(Answer::of(status, &"")).await, 1, "{status}");
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_refused_at_once() {
    for (name, wait) in [
        ("retry-after", "6"),
        ("retry-after-ms", "5001"),
        ("x-ms-retry-after-ms", "60000"),
        ("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT"),
    ] {
        let seam = Seam::new(move |_| Answer::with(429, name, wait));
        let words = plain(&ask(&seam.client()).await.unwrap_err());
        assert_eq!(seam.asked().len(), 1, "{name}: {wait}");
        assert!(words.contains("answered 429") && words.contains("come back in"), "{words}");
    }
}

#[tokio::test]
async fn a_wait_that_is_not_too_long_is_kept() {
    for (name, wait) in [("retry-after", "5"), ("retry-after-ms", "5000")] {
        let seam = Seam::new(move |_| Answer::with(503, name, wait));
        let client = seam.client();
        let per_call = Duration::from_millis(100);
        let words = ask(&client.with_patience(Patience { per_call, ..client.patience() })).await;
        let words = plain(&words.unwrap_err());
        assert_eq!(seam.asked().len(), 1, "it waits, where it would have tried four times");
        assert!(words.contains("within 100 ms"), "{words}");
    }
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let seam = Seam::new(move |_| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Answer::with(503, "retry-after-ms", "20"),
        _ => Answer::of(201, &""),
    });
    assert_eq!(ask(&seam.client()).await.unwrap(), 201);
}

#[tokio::test]
async fn silence_ends_each_try_and_then_the_call() {
    let seam = Seam::new(|_| Answer::Silence);
    let client = seam.client();
    let quick = |per_try, per_call| {
        let [per_try, per_call] = [per_try, per_call].map(Duration::from_millis);
        client.with_patience(Patience { per_try, per_call, ..client.patience() })
    };
    let fault = ask(&quick(20, 60_000)).await.unwrap_err();
    assert_eq!(seam.asked().len(), 4);
    assert!(plain(&fault).contains("no answer from `service.example` within 20 ms"), "{fault}");
    let fault = ask(&quick(60_000, 20)).await.unwrap_err();
    assert_eq!(seam.asked().len(), 5);
    assert!(plain(&fault).contains("no good answer from `service.example`"), "{fault}");
}

#[tokio::test]
async fn a_service_that_hears_and_never_answers_is_told_of_within_fifteen_seconds() {
    let client = Client::over(Seam::new(|_| Answer::Silence));
    let told = tokio::time::timeout(Duration::from_secs(15), ask(&client)).await;
    told.expect("the limits of the product end it").unwrap_err();
}

#[tokio::test]
async fn nobody_at_the_port_is_told_of_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::new().unwrap();
    let pipeline = Pipeline::new(None, None, client.options(), Vec::new(), Vec::new(), None);
    let url = format!("http://{address}/").parse().unwrap();
    let mut request = Request::new(url, Method::Get);
    let context = Context::new();
    let sent = pipeline.send(&context, &mut request, None);
    let told = tokio::time::timeout(Duration::from_secs(15), sent).await.unwrap();
    let fault = told.unwrap_err();
    assert_eq!(fault.kind(), &ErrorKind::Connection);
    assert!(plain(&fault).to_lowercase().contains("connection refused"), "{}", plain(&fault));
}

#[tokio::test]
async fn the_program_is_named_and_a_fault_says_status_code_and_cause_on_one_line() {
    let body = r#"{"error":{"code":"Throttled","message":"too  many"}}"#;
    let seam = Seam::new(move |_| Answer::of(404, &body));
    let fault = ask(&seam.client()).await.unwrap_err();
    let asked = seam.asked();
    assert!(asked.first().unwrap().header("user-agent").starts_with("proof-of-asset azsdk-rust"));
    let words = plain(&fault);
    assert!(words.starts_with("answered 404 (Throttled)") && words.contains("too many"), "{words}");
    assert!(!words.contains('\n') && !words.contains("secret"), "{words}");
}

#[test]
fn a_long_answer_is_cut() {
    let error = azure_core::Error::with_message(ErrorKind::Other, "é".repeat(5000));
    assert_eq!(plain(&error).chars().count(), 600);
}
