//! What every client of an Azure service is made with: time limits, retries, transport.

use azure_core::{
    error::ErrorKind,
    http::{
        ClientOptions, Context, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
        Transport, UserAgentOptions,
        policies::{Policy, PolicyResult},
    },
};
use patience::{PerCall, PerTry};
use poa_protocol::limits;
use std::{sync::Arc, time::Duration};

mod counted;
mod patience;

pub(crate) use counted::Counted;

/// Names this program in the `User-Agent` of its requests, so that a service's own logs tell who
/// asked.
pub const APPLICATION_ID: &str = "proof-of-asset";
/// Characters of what a service said that a fault repeats.
const WORDS_MAX: usize = 600;

// INVARIANT: a dead service is told of within 15 seconds, whatever hangs.
const _: () = assert!(limits::AZURE_CALL_SECS_MAX < 15);
// The answer to a request names the part that was silent.
const _: () = assert!(limits::AZURE_CALL_SECS_MAX < limits::ANSWER_SECS_MAX);
const _: () = assert!(limits::ACCESS_TOKEN_SECS_MAX + 1 < limits::AZURE_CALL_SECS_MAX);

/// How long a request to a service may take, and how often it is tried again. Retried are faults of
/// the connection and the answers 408, 429, 500, 502, 503 and 504.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// One try, from its first byte to the last byte of the answer (of a streamed answer: to its
    /// headers).
    pub per_try: Duration,
    /// All tries, with the waits between them and with the access token.
    pub per_call: Duration,
    /// How often it is tried again.
    pub retries: u32,
    /// The wait before the first retry; each one after it waits twice as long.
    pub first_wait: Duration,
    /// The longest wait that a service may ask for by `Retry-After`.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            per_try: Duration::from_secs(limits::AZURE_TRY_SECS_MAX),
            per_call: Duration::from_secs(limits::AZURE_CALL_SECS_MAX),
            retries: limits::AZURE_RETRIES_MAX,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(limits::AZURE_RETRY_AFTER_SECS_MAX),
        }
    }
}

/// One HTTP client with its pool of connections for all services, and the patience of all.
#[derive(Debug, Clone)]
pub struct Client {
    http: Arc<dyn HttpClient>,
    patience: Patience,
}

impl Client {
    /// A client with the limits of `limits.rs`.
    ///
    /// # Errors
    /// Where the machine has no TLS roots that can be read.
    pub fn new() -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(limits::AZURE_CONNECT_SECS_MAX))
            .read_timeout(Duration::from_secs(limits::AZURE_TRY_SECS_MAX))
            // Azure's balancers drop a silent connection after four minutes without a word.
            .pool_idle_timeout(Duration::from_secs(90))
            .redirect(reqwest::redirect::Policy::none())
            // Bytes arrive as they are stored: documents are known by their hash.
            .no_gzip()
            .no_deflate()
            .no_brotli()
            .no_zstd()
            .build()?;
        Ok(Self::over(Arc::new(http)))
    }

    /// A client over another transport.
    #[must_use]
    pub fn over(http: Arc<dyn HttpClient>) -> Self {
        Self { http, patience: Patience::default() }
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_patience(&self, patience: Patience) -> Self {
        Self { patience, ..self.clone() }
    }

    /// Its patience.
    #[must_use]
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// What the SDK's clients are made with. The limit of a call lies around retries and access
    /// token, the limit of a try around the transport alone.
    #[must_use]
    pub fn options(&self) -> ClientOptions {
        let patience = self.patience;
        let retry = ExponentialRetryOptions {
            initial_delay: patience.first_wait.try_into().unwrap_or_default(),
            max_retries: patience.retries,
            max_total_elapsed: azure_core::time::Duration::seconds(
                limits::AZURE_RETRY_SECS_MAX.into(),
            ),
            max_delay: patience.longest_wait.try_into().unwrap_or_default(),
        };
        ClientOptions {
            per_call_policies: vec![Arc::new(PerCall(patience.per_call))],
            per_try_policies: vec![Arc::new(PerTry {
                limit: patience.per_try,
                longest_wait: patience.longest_wait,
            })],
            retry: RetryOptions::exponential(retry),
            transport: Some(Transport::new(Arc::clone(&self.http))),
            user_agent: UserAgentOptions { application_id: Some(APPLICATION_ID.to_owned()) },
            ..ClientOptions::default()
        }
    }
}

/// Goes on with the policies that follow.
async fn pass(ctx: &Context<'_>, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
    match next.split_first() {
        Some((first, rest)) => first.send(ctx, request, rest).await,
        None => Err(azure_core::Error::with_message(ErrorKind::Other, "there is no transport")),
    }
}

/// What went wrong, on one line: status and code of the service where it answered, then the causes.
#[must_use]
pub fn plain(error: &azure_core::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    if let ErrorKind::HttpResponse { status, error_code, .. } = error.kind() {
        let status = u16::from(*status).to_string();
        let code = error_code.as_deref().filter(|code| *code != status);
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        words.push(format!("answered {status}{code}"));
    }
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
        cause = error.source();
    }
    words.join(": ").chars().take(WORDS_MAX).collect()
}
