//! Policies of the SDK's pipeline that give up in time.

use async_trait::async_trait;
use azure_core::{
    Error,
    error::ErrorKind,
    http::{
        Context, Request, StatusCode,
        headers::{HeaderName, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS},
        policies::{Policy, PolicyResult, get_retry_after},
    },
    time::OffsetDateTime,
};
use std::{sync::Arc, time::Duration};

/// Where a service says how long to wait, in the order in which the SDK's retries read it.
const WAITS: [HeaderName; 3] = [X_MS_RETRY_AFTER_MS, RETRY_AFTER_MS, RETRY_AFTER];

/// The limit of all tries together. It lies outside the retries.
#[derive(Debug)]
pub(super) struct PerCall(pub(super) Duration);

#[async_trait]
impl Policy for PerCall {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        within(self.0, "no good answer", ctx, request, next).await
    }
}

/// The limit of one try, and of the wait that a service may ask for. It lies inside the retries.
#[derive(Debug)]
pub(super) struct PerTry {
    pub(super) limit: Duration,
    pub(super) longest_wait: Duration,
}

#[async_trait]
impl Policy for PerTry {
    async fn send(
        &self,
        ctx: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let response = within(self.limit, "no answer", ctx, request, next).await?;
        let status = response.status();
        if !matches!(status, StatusCode::TooManyRequests | StatusCode::ServiceUnavailable) {
            return Ok(response);
        }
        let wait = get_retry_after(response.headers(), OffsetDateTime::now_utc, &WAITS);
        match wait.and_then(|wait| Duration::try_from(wait).ok()) {
            // This kind of error is not retried: the wait would outlast the call.
            Some(wait) if wait > self.longest_wait => Err(Error::with_message(
                ErrorKind::HttpResponse { status, error_code: None, raw_response: None },
                format!("too busy; it asks to come back in {} s", wait.as_secs()),
            )),
            _ => Ok(response),
        }
    }
}

async fn within(
    limit: Duration,
    what: &str,
    ctx: &Context<'_>,
    request: &mut Request,
    next: &[Arc<dyn Policy>],
) -> PolicyResult {
    let host = request.url().host_str().unwrap_or_default().to_owned();
    match tokio::time::timeout(limit, super::pass(ctx, request, next)).await {
        Ok(result) => result,
        Err(_) => Err(Error::with_message(
            ErrorKind::Io,
            format!("{what} from `{host}` within {} ms", limit.as_millis()),
        )),
    }
}
