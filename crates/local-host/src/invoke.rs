//! Invoking a function of the handler with an envelope.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, pin_mut, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::time::{sleep, timeout};
use uuid::Uuid;
use warp::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use warp::http::{Method, StatusCode};

use crate::answer::{Answer, judge};
use crate::app::Rules;
use crate::body::BoxError;
use crate::envelope::Envelope;
use crate::function::Function;
use crate::handler::{Handler, Live};
use crate::journal::Journal;
use crate::upstream::{Head, SendError, Upstream};
use crate::{BusSource, HostEvent, Level, LogLine, Origin, QueueSource, Timing, limits};

/// The version of the host that this one stands in for.
pub(crate) const HOST_VERSION: &str = "4.1052.200";
const HOST_AGENT: &str = "Azure-Functions-Host/4.1052.200";

pub(crate) const INVOCATION_ID: HeaderName =
    HeaderName::from_static("x-azure-functions-invocationid");
pub(crate) const VERSION: HeaderName = HeaderName::from_static("x-azure-functions-hostversion");

/// What every part of a running host shares.
pub(crate) struct Engine {
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) rules: Rules,
    pub(crate) timing: Timing,
    pub(crate) handler: Handler,
    pub(crate) upstream: Upstream,
    pub(crate) journal: Journal,
    pub(crate) bus: Option<Arc<dyn BusSource>>,
    pub(crate) queues: Option<Arc<dyn QueueSource>>,
    pub(crate) timer_state: Option<PathBuf>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Engine").field("functions", &self.functions).finish_non_exhaustive()
    }
}

impl Engine {
    /// Invokes a function; the error is the reason, which is already logged.
    pub(crate) async fn invoke(
        &self,
        function: &Function,
        envelope: Envelope,
    ) -> Result<Answer, String> {
        let invocation = Uuid::new_v4().to_string();
        let outcome = self.attempt(function, &invocation, envelope).await;
        let log = |level, origin, message: &str| {
            self.journal.write(&LogLine {
                level,
                origin,
                function: Some(function.name.clone()),
                invocation: Some(invocation.clone()),
                message: message.to_owned(),
            });
        };
        match &outcome {
            Ok(answer) => {
                let lines = answer.logs.iter();
                lines.for_each(|line| log(Level::Information, Origin::Handler, line));
                answer.warnings.iter().for_each(|line| log(Level::Error, Origin::Host, line));
            }
            Err(reason) => log(Level::Error, Origin::Host, reason),
        }
        self.journal.happened(HostEvent::Invoked {
            function: function.name.clone(),
            invocation: invocation.clone(),
            succeeded: outcome.is_ok(),
        });
        outcome
    }

    async fn attempt(
        &self,
        function: &Function,
        invocation: &str,
        envelope: Envelope,
    ) -> Result<Answer, String> {
        let body = Bytes::from(envelope.encode());
        let mut tries = Tries::new();
        let (status, media_type, bytes) = loop {
            let live = self.handler.ready().await.map_err(|unready| unready.reason().to_owned())?;
            let exchange = self.exchange(live, function, invocation, body.clone());
            match self.in_time(live, function, exchange).await {
                Some(Ok(response)) => break response,
                // The handler has not seen it: it is on its way down, and back.
                Some(Err(SendError::Connect(_))) if tries.wait().await => {}
                Some(Err(SendError::Connect(why))) => {
                    return Err(format!("the handler cannot be reached: {why}"));
                }
                Some(Err(SendError::Broken(why))) => {
                    self.handler.let_die(live.pid).await;
                    return Err(format!("the handler broke the connection: {why}"));
                }
                None => return Err("the function timeout passed".to_owned()),
            }
        };
        judge(status, &media_type, &bytes)
    }

    async fn exchange(
        &self,
        live: Live,
        function: &Function,
        invocation: &str,
        body: Bytes,
    ) -> Result<(StatusCode, String, Vec<u8>), SendError> {
        let target = format!("/{}", function.name);
        let headers = invocation_headers(invocation);
        let head = Head { method: Method::POST, target, headers };
        // A body of unknown length goes out in chunks, as on Azure.
        let chunk = stream::once(async { Ok::<_, BoxError>(Frame::data(body)) });
        let (parts, body) = self.upstream.send(live.port, head, StreamBody::new(chunk)).await?;
        let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        pin_mut!(body);
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| SendError::Broken(error.to_string()))?;
            bytes.extend_from_slice(&chunk);
            if bytes.len() > limits::ANSWER_BYTES_MAX {
                let max = limits::ANSWER_BYTES_MAX;
                return Err(SendError::Broken(format!("the answer is longer than {max} bytes")));
            }
        }
        Ok((parts.status, media_type, bytes))
    }

    /// Runs an exchange within the function timeout; `None` when it passed. The handler is then
    /// killed and restarted, which fails everything else that is in flight.
    pub(crate) async fn in_time<T>(
        &self,
        live: Live,
        function: &Function,
        exchange: impl Future<Output = T>,
    ) -> Option<T> {
        let Some(limit) = self.rules.function_timeout else { return Some(exchange.await) };
        if let Ok(outcome) = timeout(limit, exchange).await {
            return Some(outcome);
        }
        let reason = format!("function `{}` ran longer than {limit:?}", function.name);
        self.handler.restart(live.pid, reason).await;
        None
    }
}

fn invocation_headers(invocation: &str) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (VERSION, HeaderValue::from_static(HOST_VERSION)),
        (USER_AGENT, HeaderValue::from_static(HOST_AGENT)),
    ]);
    if let Ok(id) = HeaderValue::from_str(invocation) {
        headers.insert(INVOCATION_ID, id);
    }
    headers
}

/// Tries of a request that does not reach the handler.
pub(crate) struct Tries {
    left: u32,
    wait: Duration,
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self { left: limits::CONNECT_TRIES_MAX, wait: limits::CONNECT_WAIT_MIN }
    }

    /// Waits before the next try; false when there is none.
    pub(crate) async fn wait(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return false;
        }
        sleep(self.wait).await;
        self.wait = self.wait.saturating_mul(2).min(limits::CONNECT_WAIT_MAX);
        true
    }
}
