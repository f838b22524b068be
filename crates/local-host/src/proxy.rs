//! Hands an HTTP request through to the handler and streams the answer back.

use bytes::Bytes;
use futures_util::Stream;
use uuid::Uuid;
use warp::Reply;
use warp::http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use warp::http::response::Parts;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::activity::{Activity, watched};
use crate::body::{BoxError, Chunks, Parcel, drain};
use crate::function::Function;
use crate::handler::{Live, Unready};
use crate::invoke::{Engine, HOST_VERSION, INVOCATION_ID, Tries, VERSION};
use crate::upstream::{Head, SendError, empty};
use crate::{Level, LogLine, Origin};

/// A request as it came in.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    /// The raw path.
    pub(crate) path: String,
    /// The raw query, without its question mark.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Chunks,
}

impl Incoming {
    pub(crate) fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// Whether the client announced a body.
    pub(crate) fn has_body(&self) -> bool {
        self.headers.contains_key(CONTENT_LENGTH) || self.headers.contains_key(TRANSFER_ENCODING)
    }

    /// The announced length of the body.
    pub(crate) fn length(&self) -> Option<u64> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }
}

/// Why there is no answer of the handler.
struct Failure {
    status: StatusCode,
    reason: String,
}

const MS_INVOCATION_ID: HeaderName = HeaderName::from_static("x-ms-invocation-id");

/// Hands a request through.
pub(crate) async fn forward(
    engine: &Engine,
    function: &Function,
    mut incoming: Incoming,
) -> Response {
    if incoming.length().is_some_and(|length| length > engine.rules.body_bytes_max) {
        drain(&mut incoming.body).await;
        return too_large(engine);
    }
    let invocation = Uuid::new_v4().to_string();
    let activity = Activity::start();
    let (target, has_body) = (incoming.target(), incoming.has_body());
    let headers = onward_headers(incoming.headers, &invocation);
    let head = Head { method: incoming.method, target, headers };
    let body_max = engine.rules.body_bytes_max;
    let parcel = has_body.then(|| Parcel::new(incoming.body, body_max, activity.clone()));
    let limit = engine.timing.proxy_activity;
    let answered = tokio::select! {
        answered = send(engine, function, head, parcel.as_ref()) => answered,
        () = activity.silence(limit) => Err(Failure {
            status: StatusCode::GATEWAY_TIMEOUT,
            reason: format!("nothing moved for {limit:?}"),
        }),
    };
    match answered {
        Ok((parts, body)) => onward_response(parts, watched(body, limit)),
        Err(_) if parcel.is_some_and(|parcel| parcel.is_oversize()) => too_large(engine),
        Err(failure) => {
            engine.journal.write(&LogLine {
                level: Level::Error,
                origin: Origin::Host,
                function: Some(function.name.clone()),
                invocation: Some(invocation),
                message: failure.reason.clone(),
            });
            refusal(failure.status, &failure.reason)
        }
    }
}

/// Tries until a connection is made; a request that may have reached the handler is not repeated.
async fn send(
    engine: &Engine,
    function: &Function,
    head: Head,
    parcel: Option<&Parcel>,
) -> Result<
    (Parts, impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync + Unpin + use<>),
    Failure,
> {
    let mut tries = Tries::new();
    loop {
        let live = engine.handler.ready().await.map_err(|unready| unanswered(&unready))?;
        let error = match attempt(engine, function, live, (head.clone(), parcel)).await {
            None => {
                let reason = "the function timeout passed".to_owned();
                return Err(Failure { status: StatusCode::BAD_GATEWAY, reason });
            }
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => error,
        };
        let whole = parcel.is_none_or(Parcel::is_whole);
        match error {
            SendError::Connect(_) if whole && tries.wait().await => {}
            SendError::Connect(why) | SendError::Broken(why) => {
                engine.handler.let_die(live.pid).await;
                let reason = format!("the handler did not answer: {why}");
                return Err(Failure { status: StatusCode::BAD_GATEWAY, reason });
            }
        }
    }
}

/// One try; `None` when the function timeout passed.
async fn attempt(
    engine: &Engine,
    function: &Function,
    live: Live,
    (head, parcel): (Head, Option<&Parcel>),
) -> Option<
    Result<
        (Parts, impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync + Unpin + use<>),
        SendError,
    >,
> {
    use http_body_util::Either;
    let body = match parcel {
        Some(parcel) => Either::Left(parcel.body()),
        None => Either::Right(empty()),
    };
    engine.in_time(live, function, engine.upstream.send(live.port, head, body)).await
}

fn unanswered(unready: &Unready) -> Failure {
    let status = match unready {
        Unready::Gone(_) => StatusCode::BAD_GATEWAY,
        Unready::Stopped(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    Failure { status, reason: unready.reason().to_owned() }
}

fn onward_headers(mut headers: HeaderMap, invocation: &str) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    headers.remove(EXPECT);
    headers.insert(VERSION, HeaderValue::from_static(HOST_VERSION));
    if let Ok(id) = HeaderValue::from_str(invocation) {
        headers.insert(INVOCATION_ID, id.clone());
        headers.insert(MS_INVOCATION_ID, id);
    }
    headers
}

fn onward_response(
    mut parts: Parts,
    body: impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync + 'static,
) -> Response {
    drop_hop_by_hop(&mut parts.headers);
    let mut response = warp::reply::stream(body).into_response();
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    response
}

/// Drops what concerns one connection only (RFC 9110 §7.6.1).
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(|name| name.trim().to_lowercase()))
        .collect();
    for name in &listed {
        headers.remove(name.as_str());
    }
    for name in [CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
}

fn too_large(engine: &Engine) -> Response {
    let max = engine.rules.body_bytes_max;
    let reason = format!("the request body is larger than {max} bytes");
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &reason)
}

/// An answer of the host itself.
pub(crate) fn refusal(status: StatusCode, reason: &str) -> Response {
    warp::reply::with_status(format!("{reason}\n"), status).into_response()
}
