//! A faithful stand-in for the Azure Functions v4 host that runs a custom handler.
//!
//! It reads `host.json` and one `function.json` per direct subfolder of the script root, starts
//! the handler as a child process, serves HTTP in front of it and drives its timer, Service Bus
//! and Storage queue functions with the envelopes of the real host, its unpleasant parts included.
//!
//! **No orphans.** The host keeps the write end of a pipe open as the handler's standard input
//! and says so with `POA_PARENT_PIPE=1`. When the host ends, even by SIGKILL, the operating system
//! closes that pipe; a handler that sees the end of its standard input must exit at once.
//! [`RunningHost::stop`] kills the handler with SIGKILL, as the real host does.
//!
//! **Where it departs from the real host**, always with a loud line in the log:
//! - an empty answer (no body, 204, `null`) fails the invocation at once; the real host hangs until
//!   the function timeout;
//! - output bindings other than `http` are refused at start, and input bindings always arrive as
//!   missing (`"null"`);
//! - `blobTrigger`, `cosmosDBTrigger` and `eventGridTrigger` have no feed: they run when invoked by
//!   hand; Service Bus queues, sessions and retry policies are refused at start;
//! - an invocation that cannot connect to a handler that is on its way down is tried again, as the
//!   real host does for proxied requests only;
//! - the function timeout of a proxied request ends with the head of its answer; the body has the
//!   proxy's own limit of silence;
//! - redirects of an invocation are not followed; function keys are not checked.

mod activity;
mod admin;
mod answer;
mod app;
mod binding;
mod body;
mod bus;
mod bus_metadata;
mod by_hand;
mod constraint;
mod envelope;
mod error;
mod front;
mod function;
mod handler;
mod host;
mod http_envelope;
mod idle;
mod invoke;
mod journal;
mod limits;
mod options;
mod process;
mod proxy;
mod queue;
mod route;
mod schedule;
mod settings;
mod source;
mod supervisor;
mod time_source;
mod timer;
mod timespan;
mod upstream;

pub use error::{Fault, HostError, InvokeError};
pub use host::{Host, RunningHost};
pub use journal::{HostEvent, Level, LogLine, LogSink, Origin};
pub use limits::*;
pub use options::{HandlerCommand, HostOptions, RestartRule, Timing};
pub use source::{BusSource, LockedMessage, QueueSource, QueuedMessage, SourceError};
