//! The host's own routes below `/admin`.

use std::sync::Arc;

use serde_json::{Value, json};
use warp::Reply;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::body::collect;
use crate::handler::State;
use crate::invoke::{Engine, HOST_VERSION};
use crate::proxy::{Incoming, refusal};
use crate::{InvokeError, limits};

/// Answers a request below `/admin`; `None` for every other one.
pub(crate) async fn answer(engine: &Arc<Engine>, incoming: &mut Incoming) -> Option<Response> {
    let path = incoming.path.trim_end_matches('/').to_lowercase();
    let inside = path.strip_prefix("/admin/")?.to_owned();
    let get = incoming.method == Method::GET;
    let response = match inside.split('/').collect::<Vec<_>>().as_slice() {
        ["host", "status"] if get => status(engine),
        ["host", "ping"] if get => refusal(StatusCode::OK, "pong"),
        ["functions"] if get => list(engine),
        ["functions", name] if get => {
            match engine.functions.iter().find(|function| function.name.eq_ignore_ascii_case(name))
            {
                Some(function) => warp::reply::json(&describe(function)).into_response(),
                None => refusal(StatusCode::NOT_FOUND, "there is no such function"),
            }
        }
        ["functions", name] if incoming.method == Method::POST => run(engine, name, incoming).await,
        ["host", "status" | "ping"] | ["functions"] | ["functions", _] => {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "this method does not work here")
        }
        _ => refusal(StatusCode::NOT_FOUND, "the host has nothing here"),
    };
    Some(response)
}

fn status(engine: &Engine) -> Response {
    let (state, errors) = match &*engine.handler.state.borrow() {
        State::Absent | State::Ready(_) => ("Running", Vec::new()),
        State::Starting { .. } => ("Initialized", Vec::new()),
        State::Gone(reason) => ("Error", vec![reason.to_string()]),
        State::Stopped(reason) => ("Stopped", vec![reason.to_string()]),
    };
    warp::reply::json(&json!({
        "id": "local-host",
        "state": state,
        "version": HOST_VERSION,
        "versionDetails": HOST_VERSION,
        "errors": errors,
        "processId": engine.handler.pid(),
    }))
    .into_response()
}

fn list(engine: &Engine) -> Response {
    let all: Vec<Value> = engine.functions.iter().map(|function| describe(function)).collect();
    warp::reply::json(&all).into_response()
}

fn describe(function: &crate::function::Function) -> Value {
    json!({ "name": function.name, "isDisabled": function.disabled })
}

async fn run(engine: &Arc<Engine>, name: &str, incoming: &mut Incoming) -> Response {
    let bytes = match collect(&mut incoming.body, limits::INPUT_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(status) => return refusal(status, "the body cannot be taken"),
    };
    let input = match input(&bytes) {
        Ok(input) => input,
        Err(reason) => return refusal(StatusCode::BAD_REQUEST, reason),
    };
    let function = match engine.by_hand(name) {
        Ok(function) => function,
        Err(unknown @ InvokeError::Unknown(_)) => {
            return refusal(StatusCode::NOT_FOUND, &unknown.to_string());
        }
        Err(other) => return refusal(StatusCode::BAD_REQUEST, &other.to_string()),
    };
    // The answer does not wait for the function; how it went is in the log.
    let engine = Arc::clone(engine);
    tokio::spawn(async move { engine.invoke_by_hand(&function, input.as_deref()).await });
    refusal(StatusCode::ACCEPTED, "accepted")
}

fn input(body: &[u8]) -> Result<Option<String>, &'static str> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let expected = "the body must be JSON like `{\"input\": \"text\"}`";
    let document: Value = serde_json::from_slice(body).map_err(|_| expected)?;
    let object = document.as_object().ok_or(expected)?;
    match object.get("input") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err("`input` must be a string"),
    }
}
