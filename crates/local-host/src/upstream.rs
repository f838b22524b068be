//! The HTTP client that talks to the handler. Paths go out exactly as they are written.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;
use warp::http::response::Parts;
use warp::http::{HeaderMap, Method, Request, Uri};

use crate::body::BoxError;
use crate::limits;

/// A request to the handler, without its address.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) method: Method,
    /// Path and query, raw.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
}

/// Why a request has no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// No connection was made: the handler has not seen the request.
    Connect(String),
    /// The connection broke: the handler may have seen the request.
    Broken(String),
}

/// The client.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    client: Client<HttpConnector, UnsyncBoxBody<Bytes, BoxError>>,
}

/// How long an idle connection to the handler is kept.
const CONNECTION_IDLE_MAX: Duration = Duration::from_mins(1);

impl Upstream {
    pub(crate) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(limits::CONNECT_TIMEOUT));
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(CONNECTION_IDLE_MAX)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { client }
    }

    /// Sends a request and returns the response as soon as its head is here.
    pub(crate) async fn send<B>(
        &self,
        port: u16,
        head: Head,
        body: B,
    ) -> Result<
        (Parts, impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync + Unpin + use<B>),
        SendError,
    >
    where
        B: Body<Data = Bytes, Error = BoxError> + Send + 'static,
    {
        let address = format!("http://127.0.0.1:{port}{}", head.target);
        let uri: Uri = address
            .parse()
            .map_err(|_| SendError::Broken(format!("`{}` is not a request target", head.target)))?;
        let mut request = Request::new(body.boxed_unsync());
        *request.method_mut() = head.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = head.headers;
        let response = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = response.into_parts();
        Ok((parts, body.into_data_stream().map_err(BoxError::from)))
    }

    /// Whether anything at all answers on the port.
    pub(crate) async fn probe(&self, port: u16) -> bool {
        let head = Head { method: Method::GET, target: "/".to_owned(), headers: HeaderMap::new() };
        timeout(limits::PROBE_TIMEOUT, self.send(port, head, empty()))
            .await
            .is_ok_and(|answer| answer.is_ok())
    }
}

/// No body.
pub(crate) fn empty() -> impl Body<Data = Bytes, Error = BoxError> + Send + 'static {
    Empty::new().map_err(|never| match never {})
}

fn failed(error: &Error) -> SendError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    if error.is_connect() { SendError::Connect(text) } else { SendError::Broken(text) }
}
