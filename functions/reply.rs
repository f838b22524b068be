//! Replies: results and refusals become responses. The only status codes in the code.

use crate::{
    decision::{Decision, INVOCATION, Verdict},
    trigger::Reply,
};
use futures_util::{Stream, StreamExt as _};
use poa_operations::{
    answer::{Answer, Outcome},
    failure::Failure,
    ports::documents::{ByteStream, Content, DocumentFault},
};
use poa_protocol::{
    caller::CallerRefusal,
    limits,
    refusal::{Fault, Kind, Refusal},
    request::RequestRefusal,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{self, Poll},
};
use warp::{
    Reply as _,
    http::{
        HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderName, LOCATION,
            RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
    reply::Response,
};

/// The header that tells whether an answer is the first one given again.
pub const REPLAYED: &str = "Idempotency-Replayed";
/// The header that tells what an answer has cost (W3C Server Timing).
pub const COST: &str = "server-timing";
const PROBLEM: &str = "application/problem+json";

/// A refusal as it is sent (RFC 9457).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Problem {
    /// Where the refusal is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of refusal it is, in words.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// What was wrong with this request.
    pub detail: String,
    /// The number of this request, as a URN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Stable code, `module.what`.
    pub code: String,
    /// Whether the very same request may succeed later.
    pub retryable: bool,
    /// What to do about it.
    pub help: String,
    /// Faults per field.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<Fault>,
    /// Further structured facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// The status code of a success.
#[must_use]
pub fn status_of(outcome: Outcome) -> StatusCode {
    match outcome {
        Outcome::Created => StatusCode::CREATED,
        Outcome::Accepted => StatusCode::ACCEPTED,
        Outcome::Done => StatusCode::OK,
    }
}

/// The status code and the title of a refusal.
#[must_use]
pub fn status_of_refusal(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::Malformed => (StatusCode::BAD_REQUEST, "the request cannot be read"),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, "nobody valid is asking"),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "this is not yours to do"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "there is no such thing"),
        Kind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "no such method here"),
        Kind::Conflict => (StatusCode::CONFLICT, "the present state does not allow it"),
        Kind::Stale => (StatusCode::PRECONDITION_FAILED, "the resource has changed"),
        Kind::PreconditionMissing => {
            (StatusCode::PRECONDITION_REQUIRED, "the request must name a revision")
        }
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"),
        Kind::UnsupportedMedia => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unread media type"),
        Kind::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "the request breaks a rule"),
        Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "a limit of rate or amount is reached"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "a part does not answer now"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "an internal fault"),
    }
}

/// The response to what a recipe gave.
#[must_use]
pub fn respond(result: Result<Reply, Failure>, decision: Decision) -> Response {
    let made = match result {
        Ok(Reply::Answer(answer)) => answered(answer),
        Ok(Reply::Json(body)) => Ok(json(StatusCode::OK, body)),
        Ok(Reply::Bytes(content)) => return streamed(content, decision),
        Err(failure) => Err(failure),
    };
    match made {
        Ok(response) => finished(response, decision, None),
        Err(failure) => refuse(&failure, decision),
    }
}

/// The response to a failure.
#[must_use]
pub fn refuse(failure: &Failure, decision: Decision) -> Response {
    refused(failure, None, decision)
}

/// The response to a method that a path does not have.
#[must_use]
pub fn no_such_method(method: &str, allow: &str, decision: Decision) -> Response {
    let refusal = RequestRefusal::NoSuchMethod { method: method.to_owned() };
    let mut response = refuse(&refusal.into(), decision);
    insert(&mut response, ALLOW, allow);
    response
}

/// The response to `OPTIONS`: which methods a path has.
#[must_use]
pub fn options(allow: &str, decision: Decision) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    insert(&mut response, ALLOW, allow);
    finished(response, decision, None)
}

/// The response to the probe of the Functions host.
#[must_use]
pub fn alive() -> Response {
    json(StatusCode::OK, "{\"status\":\"alive\"}".to_owned())
}

/// The response to a message or tick: never empty, because the host would wait for ever for more.
#[must_use]
pub fn worked(result: Result<(), Failure>, decision: Decision) -> Response {
    match result {
        Ok(()) => {
            let body = "{\"Outputs\":{},\"Logs\":[],\"ReturnValue\":null}".to_owned();
            finished(json(StatusCode::OK, body), decision, None)
        }
        // The host only looks at the status, drops the body, and delivers again.
        Err(failure) => refused(&failure, Some(StatusCode::INTERNAL_SERVER_ERROR), decision),
    }
}

fn refused(failure: &Failure, sent: Option<StatusCode>, decision: Decision) -> Response {
    let refusal = failure.clone().refusal();
    let (status, title) = status_of_refusal(refusal.kind);
    let mut response = Response::new(problem(&refusal, status, title, &decision).into());
    *response.status_mut() = sent.unwrap_or(status);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    if let Some(challenge) = challenge(refusal.code) {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if refusal.retryable && matches!(refusal.kind, Kind::Unavailable | Kind::TooMany) {
        headers.insert(RETRY_AFTER, HeaderValue::from(limits::RETRY_AFTER_SECS));
    }
    finished(response, decision, Some(failure))
}

fn answered(answer: Answer) -> Result<Response, Failure> {
    let mut response = json(status_of(answer.outcome), answer.body);
    let headers = response.headers_mut();
    if let Some(location) = answer.location {
        let location =
            HeaderValue::from_str(&format!("/api/{location}")).map_err(Failure::broken)?;
        headers.insert(LOCATION, location);
    }
    if let Some(revision) = answer.revision {
        let tag = HeaderValue::from_str(&format!("\"{revision}\"")).map_err(Failure::broken)?;
        headers.insert(ETAG, tag);
    }
    if answer.replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The decision ends with the last byte: what reading them costs belongs to it.
fn streamed(content: Content, decision: Decision) -> Response {
    let Content { media_type, bytes } = content;
    let mut response = Response::default();
    insert(&mut response, CONTENT_TYPE, media_type.handed_out().as_str());
    // What somebody else has put there is never shown by a browser.
    insert(&mut response, CONTENT_DISPOSITION, "attachment");
    dress(&mut response, &decision);
    let decision = Some(decision);
    let bytes = Shared(Mutex::new(Streaming { bytes, decision, fault: None }));
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, warp::reply::stream(bytes).into_response().into_body())
}

/// The last hand on a response; the decision ends here.
fn finished(mut response: Response, decision: Decision, failure: Option<&Failure>) -> Response {
    dress(&mut response, &decision);
    let status = response.status();
    let verdict = match failure {
        Some(failure) => Verdict::Failed(failure),
        None if status == StatusCode::CREATED => Verdict::Well("created"),
        None if status == StatusCode::ACCEPTED => Verdict::Well("accepted"),
        None => Verdict::Well("done"),
    };
    decision.end(Some(status), &verdict);
    response
}

/// The headers that every response has.
fn dress(response: &mut Response, decision: &Decision) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Ok(cost) = HeaderValue::try_from(decision.spent().to_string()) {
        headers.insert(COST, cost);
    }
    if let Some(invocation) = &decision.invocation {
        headers.insert(INVOCATION, invocation.clone());
    }
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The challenge of RFC 6750 §3.
fn challenge(code: &str) -> Option<&'static str> {
    if code == CallerRefusal::TokenMissing.code() {
        Some("Bearer")
    } else if code == (CallerRefusal::TokenInvalid { what: String::new() }).code() {
        Some("Bearer error=\"invalid_token\"")
    } else if code == CallerRefusal::ScopeMissing.code() {
        Some("Bearer error=\"insufficient_scope\", scope=\"access_as_user\"")
    } else {
        None
    }
}

fn problem(refusal: &Refusal, status: StatusCode, title: &str, decision: &Decision) -> String {
    let problem = Problem {
        // The heading of the code, as Markdown renderers name it.
        kind: format!("/docs/refusals.md#{}", refusal.code.replace('.', "")),
        title: title.to_owned(),
        status: status.as_u16(),
        detail: refusal.message.clone(),
        instance: decision.number().map(|number| format!("urn:uuid:{number}")),
        code: refusal.code.to_owned(),
        retryable: refusal.retryable,
        help: refusal.help.to_owned(),
        errors: refusal.faults.clone(),
        details: refusal.details.clone(),
    };
    // A problem is made of text and JSON only: it always can be written.
    serde_json::to_string(&problem).unwrap_or_else(|_| "{}".to_owned())
}

/// A stream that may be shared, as warp demands; only its one owner ever polls it.
struct Shared(Mutex<Streaming>);

/// The bytes of a document on their way.
struct Streaming {
    bytes: ByteStream,
    decision: Option<Decision>,
    fault: Option<Failure>,
}

impl Stream for Shared {
    type Item = Result<bytes::Bytes, DocumentFault>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        task: &mut task::Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        let streaming = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Streaming { bytes, decision, fault } = streaming;
        let polled = match decision {
            Some(decision) => decision.meter.during(|| bytes.poll_next_unpin(task)),
            None => bytes.poll_next_unpin(task),
        };
        if let Poll::Ready(Some(Err(broken))) = &polled {
            *fault = Some(broken.clone().into());
        }
        polled
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        if let Some(decision) = self.decision.take() {
            let verdict = self.fault.as_ref().map_or(Verdict::Well("done"), Verdict::Failed);
            decision.end(Some(StatusCode::OK), &verdict);
        }
    }
}
