//! Every bound of the host, by name.

use std::time::Duration;

/// Largest request body, in bytes; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` changes it.
pub const REQUEST_BODY_BYTES_MAX: u64 = 104_857_600;
/// Largest body of an invocation by hand, in bytes.
pub const INPUT_BYTES_MAX: u64 = 1_048_576;
/// How long a refused body is read and dropped: a client that is cut off while it sends does not
/// see the refusal.
pub const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);
/// Largest answer of the handler to an invocation, in bytes.
pub const ANSWER_BYTES_MAX: usize = 104_857_600;
/// Deepest nesting of an answer to an invocation, as the host's JSON reader allows.
pub const ANSWER_DEPTH_MAX: usize = 256;
/// Longest line of the handler's output that is logged whole, in bytes; longer ones are split.
pub const LINE_BYTES_MAX: u64 = 65_536;
/// Largest `host.json`, `function.json` or `local.settings.json`, in bytes.
pub const SETTINGS_FILE_BYTES_MAX: u64 = 1_048_576;
/// Most functions of one app.
pub const FUNCTIONS_MAX: usize = 512;
/// Longest name of a function or of a binding, in characters.
pub const NAME_CHARS_MAX: usize = 128;
/// Tries of a proxied request while no connection to the handler can be made.
pub const CONNECT_TRIES_MAX: u32 = 10;
/// Shortest wait between two such tries.
pub const CONNECT_WAIT_MIN: Duration = Duration::from_millis(50);
/// Longest wait between two such tries.
pub const CONNECT_WAIT_MAX: Duration = Duration::from_millis(250);
/// How long the host waits for the end of a handler whose connection broke.
pub const DYING_TIME_MAX: Duration = Duration::from_millis(250);
/// How long one attempt to connect to the handler may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one readiness probe may take.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// Most messages a queue function takes at once (`extensions.queues.batchSize`).
pub const QUEUE_BATCH_MAX: u32 = 32;
/// Longest name of a storage queue, in characters; a longer poison name means no poison queue.
pub const QUEUE_NAME_CHARS_MAX: usize = 63;
/// Most concurrent calls of one Service Bus function (`extensions.serviceBus.maxConcurrentCalls`).
pub const BUS_CALLS_MAX: u32 = 10_000;
