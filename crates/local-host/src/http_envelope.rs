//! HTTP functions that are not handed through: the request goes in an envelope.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use warp::Reply;
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::Level;
use crate::answer::{Answer, decode_like_dot_net};
use crate::body::collect;
use crate::envelope::{Envelope, Metadata, Wire};
use crate::function::Function;
use crate::invoke::Engine;
use crate::proxy::{Incoming, refusal};
use crate::route::Params;

/// Invokes an HTTP function with an envelope and turns its output into a response.
pub(crate) async fn answer(
    engine: &Engine,
    function: &Function,
    mut incoming: Incoming,
    params: Params,
) -> Response {
    let body = match collect(&mut incoming.body, engine.rules.body_bytes_max).await {
        Ok(body) => body,
        Err(status) => return refusal(status, "the request body cannot be taken"),
    };
    if incoming.has_body() && incoming.length().is_none() {
        let warning = "the request came in chunks: the functions host drops its body, because \
                       this function is not proxied";
        engine.journal.function(Level::Warning, &function.name, warning);
    }
    match engine.invoke(function, envelope(function, &incoming, &params, &body)).await {
        Ok(answer) => response(function, answer).unwrap_or_else(|reason| {
            engine.journal.function(Level::Error, &function.name, &*reason);
            refusal(StatusCode::INTERNAL_SERVER_ERROR, &reason)
        }),
        Err(reason) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &reason),
    }
}

/// The envelope of one request.
pub(crate) fn envelope(
    function: &Function,
    incoming: &Incoming,
    params: &Params,
    body: &[u8],
) -> Envelope {
    let host = incoming.headers.get(HOST).and_then(|value| value.to_str().ok());
    let url = format!("http://{}{}", host.unwrap_or("localhost"), incoming.target());
    let (query, headers) = (query(&incoming.query), headers(&incoming.headers));
    let mut request = Map::from_iter([
        ("Url".to_owned(), Value::String(url)),
        ("Method".to_owned(), json!(incoming.method.as_str())),
        ("Query".to_owned(), Value::Object(query.clone())),
        ("Headers".to_owned(), Value::Object(headers.clone())),
        ("Params".to_owned(), json!(params)),
        ("Identities".to_owned(), json!([anonymous()])),
    ]);
    // Without a length the host does not look for a body.
    if incoming.length().is_some_and(|length| length > 0) {
        request.insert("Body".to_owned(), Value::String(body_text(&incoming.headers, body)));
    }
    let mut metadata = Metadata::default();
    metadata.set("Query", Wire::Object(query));
    metadata.set("Headers", Wire::Object(headers));
    for (name, value) in params {
        metadata.set(name, Wire::text(value.as_str()));
    }
    Envelope::new(function, Wire::Object(request), metadata)
}

fn body_text(headers: &HeaderMap, body: &[u8]) -> String {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_lowercase();
    if media_type.contains("octet-stream") || media_type.starts_with("multipart/") {
        STANDARD.encode(body)
    } else {
        String::from_utf8_lossy(body).into_owned()
    }
}

/// Values of a repeated name are joined with commas.
fn query(raw: &str) -> Map<String, Value> {
    let mut all: Vec<(String, String)> = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (unescape(name), unescape(value));
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = format!("{known},{value}"),
            None => all.push((name, value)),
        }
    }
    all.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

fn unescape(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name: &HeaderName| {
        let all = headers.get_all(name).iter();
        all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
    };
    headers.keys().map(|name| (title_case(name.as_str()), json!(values(name)))).collect()
}

/// Header names as they are usually written, which is how the host knows the common ones.
fn title_case(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

fn anonymous() -> Value {
    json!({
        "AuthenticationType": null,
        "IsAuthenticated": false,
        "Actor": null,
        "BootstrapContext": null,
        "Claims": [],
        "Label": null,
        "Name": null,
        "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    })
}

/// The response that an answer asks for.
pub(crate) fn response(function: &Function, answer: Answer) -> Result<Response, String> {
    let Some(name) = &function.http_output else {
        // A function without an output answers with nothing.
        return Ok(bodiless(StatusCode::NO_CONTENT));
    };
    let Answer { mut outputs, return_value, .. } = answer;
    let output = if name == "$return" && !return_value.is_null() {
        return_value
    } else {
        let merged = return_value.as_object().and_then(|values| values.get(name)).cloned();
        outputs.remove(name).or(merged).unwrap_or(Value::Null)
    };
    match output {
        Value::Null => Ok(bodiless(StatusCode::OK)),
        Value::String(text) => bare(&text, name),
        Value::Object(fields) => described(&fields, name),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(format!("the http output `{name}` must be an object"))
        }
    }
}

fn bodiless(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// A bare string: bytes if it looks like base64, JSON otherwise, as on the real host.
fn bare(text: &str, name: &str) -> Result<Response, String> {
    if let Some(bytes) = decode_like_dot_net(text) {
        let reply = warp::reply::with_header(bytes, CONTENT_TYPE, "application/octet-stream");
        return Ok(reply.into_response());
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => described(&fields, name),
        Ok(_) | Err(_) => Err(format!("the http output `{name}` is text that is not JSON")),
    }
}

fn described(fields: &Map<String, Value>, name: &str) -> Result<Response, String> {
    let field = |wanted: &str| {
        fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let status = match field("statusCode").or_else(|| field("status")) {
        None | Some(Value::Null) => StatusCode::OK,
        Some(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let status = text.parse().ok().and_then(|code: u16| StatusCode::from_u16(code).ok());
            status.ok_or_else(|| format!("`{text}` of `{name}` is not a status code"))?
        }
    };
    let (body, media_type) = match field("body") {
        None | Some(Value::Null) => (String::new(), None),
        Some(Value::String(text)) => (text.clone(), Some("text/plain; charset=utf-8")),
        Some(value) => (value.to_string(), Some("application/json; charset=utf-8")),
    };
    let mut response = warp::reply::with_status(body, status).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    if let Some(media_type) = media_type {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Some(Value::Object(headers)) = field("headers") {
        for (key, value) in headers {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let pair = HeaderName::from_bytes(key.as_bytes()).ok();
            let pair = pair.zip(HeaderValue::from_str(&text).ok());
            let (key, value) = pair.ok_or_else(|| format!("`{key}` is not a valid header"))?;
            // The length follows from the body.
            if key != CONTENT_LENGTH {
                response.headers_mut().insert(key, value);
            }
        }
    }
    Ok(response)
}
