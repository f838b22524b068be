//! Request bodies on their way to the handler.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt, stream};
use http_body::{Body, Frame};
use tokio::time::timeout;
use warp::http::StatusCode;

use crate::activity::Activity;
use crate::limits;

/// Whatever went wrong below.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The chunks of a request as they arrive.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// Turns the server's chunks into ours.
pub(crate) fn chunks<S, B, E>(stream: S) -> Chunks
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Buf,
    E: Into<BoxError>,
{
    Box::pin(stream.map(|item| match item {
        Ok(mut chunk) => Ok(chunk.copy_to_bytes(chunk.remaining())),
        Err(error) => Err(error.into()),
    }))
}

/// Reads a whole body; the error is the status that refuses it.
pub(crate) async fn collect(chunks: &mut Chunks, bytes_max: u64) -> Result<Vec<u8>, StatusCode> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(|_| StatusCode::BAD_REQUEST)?);
        if u64::try_from(body.len()).is_ok_and(|length| length > bytes_max) {
            drain(chunks).await;
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
    }
    Ok(body)
}

/// Reads and drops what is left of a refused body, for a while.
pub(crate) async fn drain(chunks: &mut Chunks) {
    let rest = async { while let Some(Ok(_)) = chunks.next().await {} };
    // A client that is slower does not see why it is cut off.
    timeout(limits::DRAIN_TIME_MAX, rest).await.ok();
}

fn length(chunk: &Bytes) -> u64 {
    u64::try_from(chunk.len()).unwrap_or(u64::MAX)
}

/// A body that several tries of one request share. It leaves the first try that reads from it, so
/// a try that never reached the handler costs nothing.
#[derive(Clone)]
pub(crate) struct Parcel {
    slot: Arc<Mutex<Option<Chunks>>>,
    oversize: Arc<AtomicBool>,
}

impl Parcel {
    pub(crate) fn new(chunks: Chunks, bytes_max: u64, activity: Activity) -> Self {
        let oversize = Arc::new(AtomicBool::new(false));
        let capped = Capped { chunks, bytes_max, oversize: Arc::clone(&oversize), activity };
        let chunks: Chunks = Box::pin(capped.stream());
        Self { slot: Arc::new(Mutex::new(Some(chunks))), oversize }
    }

    /// The body of one try.
    pub(crate) fn body(&self) -> ParcelBody {
        ParcelBody { slot: Arc::clone(&self.slot), taken: None }
    }

    /// Whether no try has read from the body yet.
    pub(crate) fn is_whole(&self) -> bool {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether the client sent more than the limit.
    pub(crate) fn is_oversize(&self) -> bool {
        self.oversize.load(Ordering::Relaxed)
    }
}

/// The body of one try of a request.
pub(crate) struct ParcelBody {
    slot: Arc<Mutex<Option<Chunks>>>,
    taken: Option<Chunks>,
}

impl Body for ParcelBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.taken.is_none() {
            let chunks = self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.taken = chunks;
        }
        let Some(chunks) = self.taken.as_mut() else {
            return Poll::Ready(Some(Err("the body was already sent".into())));
        };
        let item = ready!(chunks.poll_next_unpin(context));
        Poll::Ready(item.map(|item| item.map(Frame::data)))
    }
}

struct Capped {
    chunks: Chunks,
    bytes_max: u64,
    oversize: Arc<AtomicBool>,
    activity: Activity,
}

impl Capped {
    /// The chunks, as long as they stay within the limit.
    fn stream(self) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
        let left = self.bytes_max;
        stream::unfold(Some((self, left)), |state| async move {
            let (mut this, left) = state?;
            let item = this.chunks.next().await?;
            this.activity.touch();
            let Ok(chunk) = item else { return Some((item, None)) };
            let Some(left) = left.checked_sub(length(&chunk)) else {
                this.oversize.store(true, Ordering::Relaxed);
                drain(&mut this.chunks).await;
                return Some((Err("the request body is too large".into()), None));
            };
            Some((Ok(chunk), Some((this, left))))
        })
    }
}
