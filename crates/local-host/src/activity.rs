//! Notices when an exchange has been silent for too long.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::body::BoxError;

/// When something last moved in an exchange.
#[derive(Debug, Clone)]
pub(crate) struct Activity {
    last: Arc<Mutex<Instant>>,
}

impl Activity {
    pub(crate) fn start() -> Self {
        Self { last: Arc::new(Mutex::new(Instant::now())) }
    }

    pub(crate) fn touch(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Ends when nothing has moved for `limit`.
    pub(crate) async fn silence(&self, limit: Duration) {
        loop {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(deadline) = last.checked_add(limit) else {
                return std::future::pending().await;
            };
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

/// A response body that fails when its next chunk takes longer than `limit`.
pub(crate) fn watched<S>(
    chunks: S,
    limit: Duration,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync
where
    S: Stream<Item = Result<Bytes, BoxError>> + Send + Sync + Unpin,
{
    Watched { chunks, limit, alarm: None }
}

struct Watched<S> {
    chunks: S,
    limit: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S: Stream<Item = Result<Bytes, BoxError>> + Unpin> Stream for Watched<S> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(item) = self.chunks.poll_next_unpin(context) {
            self.alarm = None;
            return Poll::Ready(item);
        }
        let limit = self.limit;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(limit)));
        match alarm.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err("the handler fell silent".into()))),
            Poll::Pending => Poll::Pending,
        }
    }
}
