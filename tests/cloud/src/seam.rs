//! The HTTP-client seam of the SDK, answered by a function: what is asked is remembered, and any
//! fault can be played.

use async_trait::async_trait;
use azure_core::{
    Error,
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode, Url, headers::Headers},
    time::{Duration, OffsetDateTime},
};
use bytes::Bytes;
use poa_azure::client::{Client, Patience};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One request as it leaves.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In capitals.
    pub method: String,
    /// Whole.
    pub url: Url,
    /// By name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it is.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        let text = String::from_utf8(self.body.clone()).unwrap();
        let url = Url::parse(&format!("https://form/?{text}")).unwrap();
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub enum Answer {
    /// An answer.
    Reply {
        /// Status code.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// As it is.
        body: Bytes,
    },
    /// The connection breaks.
    Broken,
    /// Nothing ever comes.
    Silence,
}

impl Answer {
    /// A status and a body.
    pub fn of(status: u16, body: &impl ToString) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.to_string().into() }
    }

    /// A status and a JSON document.
    pub fn json(status: u16, document: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::Reply { status, headers, body: document.to_string().into() }
    }

    /// A status and a header.
    pub fn with(status: u16, name: &str, value: &str) -> Self {
        let headers = vec![(name.to_owned(), value.to_owned())];
        Self::Reply { status, headers, body: Bytes::new() }
    }
}

type Answers = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A transport that a function answers.
pub struct Seam {
    answers: Box<Answers>,
    asked: Mutex<Vec<Asked>>,
}

impl fmt::Debug for Seam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seam").finish_non_exhaustive()
    }
}

impl Seam {
    /// A transport that this function answers.
    pub fn new(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { answers: Box::new(answers), asked: Mutex::default() })
    }

    /// A client over it, with the limits of the product but hardly a wait between the tries.
    pub fn client(self: &Arc<Self>) -> Client {
        let client = Client::over(Arc::<Self>::clone(self));
        let first_wait = std::time::Duration::from_millis(1);
        client.with_patience(Patience { first_wait, ..client.patience() })
    }

    /// Everything that was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl HttpClient for Seam {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body().clone() else { panic!("a streamed body") };
        let headers = request.headers().iter();
        let asked = Asked {
            method: request.method().to_string(),
            url: request.url().clone(),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()))
                .collect(),
            body: body.to_vec(),
        };
        self.asked.lock().unwrap().push(asked.clone());
        match (self.answers)(&asked) {
            Answer::Reply { status, headers, body } => {
                let mut kept = Headers::new();
                for (name, value) in headers {
                    kept.insert(name, value);
                }
                Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), kept, body))
            }
            Answer::Broken => Err(Error::with_message(ErrorKind::Io, "the connection broke")),
            Answer::Silence => std::future::pending().await,
        }
    }
}

/// A credential whose tokens are numbered.
#[derive(Debug, Default)]
pub struct NumberedTokens(AtomicUsize);

impl NumberedTokens {
    /// How many were given.
    pub fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenCredential for NumberedTokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let token = format!("{}#{number}", scopes.join(" "));
        Ok(AccessToken::new(token, OffsetDateTime::now_utc().saturating_add(Duration::hours(1))))
    }
}
