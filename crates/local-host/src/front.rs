//! The HTTP front: which function answers, and by which way.

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{ALLOW, HeaderValue};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::function::{Function, Trigger};
use crate::invoke::Engine;
use crate::proxy::{Incoming, forward, refusal};
use crate::route::Params;
use crate::{admin, body, http_envelope};

/// Everything that the host serves.
pub(crate) fn routes(
    engine: Arc<Engine>,
    extra: Option<BoxedFilter<(Response,)>>,
) -> BoxedFilter<(Response,)> {
    let table = Arc::new(Table::new(&engine));
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let functions = warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method, path: warp::path::FullPath, query, headers, chunks| {
            let (engine, table) = (Arc::clone(&engine), Arc::clone(&table));
            let path = path.as_str().to_owned();
            let body = body::chunks(chunks);
            let incoming = Incoming { method, path, query, headers, body };
            async move { answer(&engine, &table, incoming).await }
        });
    match extra {
        Some(extra) => extra.or(functions).unify().boxed(),
        None => functions.boxed(),
    }
}

/// The HTTP functions, the most specific route first.
struct Table(Vec<Arc<Function>>);

enum Found {
    Function(Arc<Function>, Params),
    OtherMethods(Vec<Method>),
    Nothing,
}

impl Table {
    fn new(engine: &Engine) -> Self {
        let http = |function: &&Arc<Function>| {
            matches!(function.trigger, Trigger::Http { .. }) && !function.disabled
        };
        let mut functions: Vec<_> = engine.functions.iter().filter(http).cloned().collect();
        functions.sort_by(|one, two| match (&one.trigger, &two.trigger) {
            (Trigger::Http { template: one, .. }, Trigger::Http { template: two, .. }) => {
                one.precedence(two)
            }
            (_, _) => std::cmp::Ordering::Equal,
        });
        Self(functions)
    }

    fn find(&self, method: &Method, path: &str) -> Found {
        let mut others = Vec::new();
        for function in &self.0 {
            let Trigger::Http { template, methods } = &function.trigger else { continue };
            let Some(params) = template.matches(path) else { continue };
            match methods {
                Some(methods) if !methods.contains(method) => others.extend(methods.clone()),
                Some(_) | None => return Found::Function(Arc::clone(function), params),
            }
        }
        if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others) }
    }
}

async fn answer(engine: &Arc<Engine>, table: &Table, mut incoming: Incoming) -> Response {
    if let Some(response) = admin::answer(engine, &mut incoming).await {
        return response;
    }
    match table.find(&incoming.method, &incoming.path) {
        Found::Function(function, _) if engine.rules.proxying && function.only_http() => {
            forward(engine, &function, incoming).await
        }
        Found::Function(function, params) => {
            http_envelope::answer(engine, &function, incoming, params).await
        }
        Found::OtherMethods(methods) => not_allowed(&methods),
        Found::Nothing if incoming.path == "/" && incoming.method == Method::GET => {
            refusal(StatusCode::OK, "the functions host is up and running")
        }
        Found::Nothing => refusal(StatusCode::NOT_FOUND, "no function answers this path"),
    }
}

fn not_allowed(methods: &[Method]) -> Response {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let reason = "no function answers this path with this method";
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, reason);
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
