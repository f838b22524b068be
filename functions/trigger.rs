//! The table: one row per function.
//! It builds the routes, every function.json and the OpenAPI document.

use crate::{call::Call, rows_catalog, rows_ledger, rows_system, rows_tokenization};
use futures_util::future::BoxFuture;
use poa_operations::{
    answer::{Answer, Outcome},
    desk::Desk,
    failure::Failure,
    ports::documents::Content,
};
use poa_protocol::{event::Wing, limits, role::Role};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::fmt;

/// One function.
#[derive(Debug, Clone, Copy)]
pub struct Trigger {
    /// Name of the function and of its folder, in kebab case.
    pub name: &'static str,
    /// What calls it.
    pub on: On,
}

/// What calls a function.
#[derive(Debug, Clone, Copy)]
pub enum On {
    /// An HTTP request.
    Http(Http),
    /// A message on topic `tokenization`, subscription of this wing.
    Bus(Wing, fn(Desk, Vec<u8>) -> Worked),
    /// A schedule: NCRONTAB with seconds, in UTC.
    Timer(&'static str, fn(Desk) -> Worked),
}

/// The work of one HTTP request.
pub type Served = BoxFuture<'static, Result<Reply, Failure>>;
/// The work of one message or tick.
pub type Worked = BoxFuture<'static, Result<(), Failure>>;

/// What an HTTP function gives back.
pub enum Reply {
    /// The answer of an operation, as JSON.
    Answer(Answer),
    /// Bytes of a document, streamed.
    Bytes(Content),
    /// A fixed JSON document, for example the OpenAPI document.
    Json(String),
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => f.debug_tuple("Answer").field(answer).finish(),
            Self::Bytes(_) => f.write_str("Bytes"),
            Self::Json(_) => f.write_str("Json"),
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// Who may call an HTTP function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a token.
    Public,
    /// Everybody whose token is valid.
    SignedIn,
    /// Who has one of these roles.
    Roles(&'static [Role]),
}

/// What body an HTTP function reads.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// None.
    None,
    /// JSON of this schema, at most `limits::REQUEST_BODY_BYTES_MAX`.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Raw bytes of any media type, streamed, at most `limits::DOCUMENT_BYTES_MAX`.
    Stream,
}

/// What an HTTP function gives back when it succeeds.
#[derive(Debug, Clone, Copy)]
pub enum Gives {
    /// JSON of this schema.
    Json(Outcome, fn(&mut SchemaGenerator) -> Schema),
    /// Raw bytes.
    Bytes,
}

/// The methods that functions have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Puts bytes in their place.
    Put,
}

impl Method {
    /// As in a request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// An HTTP function.
#[derive(Debug, Clone, Copy)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// The route below `/api/`, with `{name}` for parameters.
    pub route: &'static str,
    /// One sentence for the OpenAPI document.
    pub summary: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether it creates something and so needs an `Idempotency-Key`.
    pub creates: bool,
    /// Whether it changes a resource and so needs `If-Match`.
    pub revises: bool,
    /// What it reads.
    pub body: Body,
    /// Query parameters: name and what it means.
    pub query: &'static [(&'static str, &'static str)],
    /// What it gives back.
    pub gives: Gives,
    /// Seconds that it may wait for parts, from the token to the answer.
    pub secs_max: u64,
    /// The recipe.
    pub serve: fn(Desk, Call) -> Served,
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Http {
    /// A function that reads: `GET`, JSON back.
    #[must_use]
    pub const fn get<T: JsonSchema>(
        route: &'static str,
        summary: &'static str,
        serve: fn(Desk, Call) -> Served,
    ) -> Self {
        Self {
            method: Method::Get,
            route,
            summary,
            access: Access::SignedIn,
            creates: false,
            revises: false,
            body: Body::None,
            query: &[],
            gives: Gives::Json(Outcome::Done, schema::<T>),
            secs_max: limits::ANSWER_SECS_MAX,
            serve,
        }
    }

    /// A function that creates something: `POST` with an `Idempotency-Key`, JSON in, JSON back.
    #[must_use]
    pub const fn create<I: JsonSchema, O: JsonSchema>(
        route: &'static str,
        summary: &'static str,
        serve: fn(Desk, Call) -> Served,
    ) -> Self {
        Self { creates: true, ..Self::ask::<I, O>(route, summary, serve) }
            .answers::<O>(Outcome::Created)
    }

    /// A function that computes and keeps nothing: `POST`, JSON in, JSON back.
    #[must_use]
    pub const fn ask<I: JsonSchema, O: JsonSchema>(
        route: &'static str,
        summary: &'static str,
        serve: fn(Desk, Call) -> Served,
    ) -> Self {
        Self {
            method: Method::Post,
            body: Body::Json(schema::<I>),
            ..Self::get::<O>(route, summary, serve)
        }
    }

    /// Only for these roles.
    #[must_use]
    pub const fn roles(self, roles: &'static [Role]) -> Self {
        Self { access: Access::Roles(roles), ..self }
    }

    /// For everybody, without a token.
    #[must_use]
    pub const fn public(self) -> Self {
        Self { access: Access::Public, ..self }
    }

    /// Changes a resource that others may change too: needs `If-Match`.
    #[must_use]
    pub const fn revises(self) -> Self {
        Self { revises: true, ..self }
    }

    /// Reads so much, or so many bytes pass through it, that it may take long.
    #[must_use]
    pub const fn long(self) -> Self {
        Self { secs_max: limits::REQUEST_SECS_MAX, ..self }
    }

    /// Reads these query parameters.
    #[must_use]
    pub const fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// Succeeds with another outcome or shape.
    #[must_use]
    pub const fn answers<O: JsonSchema>(self, outcome: Outcome) -> Self {
        Self { gives: Gives::Json(outcome, schema::<O>), ..self }
    }

    /// As a row.
    #[must_use]
    pub const fn row(self, name: &'static str) -> Trigger {
        Trigger { name, on: On::Http(self) }
    }
}

/// The rows of each area of the system.
const AREAS: &[&[Trigger]] =
    &[rows_catalog::ROWS, rows_tokenization::ROWS, rows_ledger::ROWS, rows_system::ROWS];

/// Every function.
pub fn table() -> impl Iterator<Item = &'static Trigger> + Clone {
    AREAS.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::{Body, Http, On, Trigger, limits, table};
    use std::collections::BTreeSet;

    fn https() -> impl Iterator<Item = &'static Http> {
        table().filter_map(|trigger| match &trigger.on {
            On::Http(http) => Some(http),
            On::Bus(..) | On::Timer(..) => None,
        })
    }

    #[test]
    fn every_function_has_a_name_of_its_own_that_the_host_takes() {
        let mut names = BTreeSet::new();
        for trigger in table() {
            let name = trigger.name;
            assert!(names.insert(name), "`{name}` is there twice");
            assert!(name.starts_with(|first: char| first.is_ascii_lowercase()), "{name}");
            let kebab = |letter: char| letter.is_ascii_lowercase() || letter == '-';
            assert!(name.len() <= 128 && name.chars().all(kebab) && name != "host", "{name}");
        }
    }

    #[test]
    fn no_two_functions_have_the_same_method_and_path() {
        let mut places = BTreeSet::new();
        for http in https() {
            let plain: Vec<_> = http
                .route
                .split('/')
                .map(|segment| if segment.starts_with('{') { "{}" } else { segment })
                .collect();
            assert!(places.insert((http.method, plain)), "{} is there twice", http.route);
        }
    }

    #[test]
    fn every_route_is_one_that_the_host_and_the_router_read_alike() {
        for http in https() {
            let mut names = BTreeSet::new();
            for segment in http.route.split('/') {
                let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                let word = name.unwrap_or(segment);
                let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
                assert!(!word.is_empty() && word.chars().all(plain), "{}", http.route);
                assert!(name.is_none_or(|name| names.insert(name)), "{}", http.route);
            }
        }
    }

    #[test]
    fn only_what_moves_bytes_or_reads_much_may_take_long() {
        let secs = |trigger: &Trigger| match &trigger.on {
            On::Http(http) => http.secs_max,
            On::Bus(..) | On::Timer(..) => limits::ANSWER_SECS_MAX,
        };
        let (short, long): (Vec<_>, Vec<_>) =
            table().partition(|trigger| secs(trigger) == limits::ANSWER_SECS_MAX);
        assert!(short.len() > long.len());
        assert!(long.iter().all(|trigger| secs(trigger) == limits::REQUEST_SECS_MAX));
        let names: BTreeSet<_> = long.iter().map(|trigger| trigger.name).collect();
        let bytes = ["complete-upload", "put-document"];
        let many = ["activate-instance", "measure-impact", "publish-version"];
        assert_eq!(names, bytes.into_iter().chain(many).collect());
    }

    #[test]
    fn what_creates_or_revises_has_a_body_and_a_key() {
        for http in https() {
            let reads = matches!(http.body, Body::Json(_));
            assert!(reads || !http.creates, "{} creates without a body", http.route);
            assert!(http.creates || !http.revises, "{} revises without a key", http.route);
        }
    }
}
