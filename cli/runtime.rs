//! The runtime of commands that wait for something.

use crate::ending::Stop;

/// Runs to the end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|fault| Stop::missing("threads", fault))?
        .block_on(work)
}
