//! The OpenAPI 3.1 document, made from the table and the types themselves.

use crate::{
    reply::{self, Problem},
    trigger::{Access, Body, Gives, Http, Method, On, table},
};
use poa_protocol::refusal::Kind;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document of the whole table.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<Problem>();
    let mut paths = Map::new();
    for trigger in table() {
        let On::Http(http) = &trigger.on else { continue };
        let path = paths.entry(format!("/api/{}", http.route)).or_insert_with(|| json!({}));
        let operation = operation(trigger.name, http, &mut schemas);
        if let Some(path) = path.as_object_mut() {
            path.insert(http.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "Problem": {
                "description": "A refusal (RFC 9457). docs/refusals.md explains each `code`.",
                "headers": { "Server-Timing": { "$ref": "#/components/headers/Server-Timing" } },
                "content": { "application/problem+json": { "schema": problem } },
            }},
            "parameters": shared_parameters(),
            "headers": shared_headers(),
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token of Microsoft Entra ID, version 2.0, for this service.",
            }},
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Proof-of-Asset",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Turns real assets into smart assets: catalog of products, tokenization \
            through the bank and the non-bank wing, ledger. Decimals are JSON strings, times are \
            RFC 3339 in UTC.",
    })
}

fn operation(name: &str, http: &Http, schemas: &mut SchemaGenerator) -> Value {
    let mut operation = Map::new();
    let mut say = |key: &str, value: Value| operation.insert(key.to_owned(), value);
    say("operationId", json!(name));
    say("summary", json!(http.summary));
    say("tags", json!([http.route.split('/').next().unwrap_or_default()]));
    say("description", json!(who(http.access)));
    say("security", security(http.access));
    let parameters = parameters(http);
    if !parameters.is_empty() {
        say("parameters", Value::Array(parameters));
    }
    if let Some(body) = request_body(http.body, schemas) {
        say("requestBody", body);
    }
    say("responses", responses(http, schemas));
    Value::Object(operation)
}

fn who(access: Access) -> String {
    match access {
        Access::Public => "For everybody, without a token.".to_owned(),
        Access::SignedIn => "For everybody with a valid token.".to_owned(),
        Access::Roles(roles) => {
            let names: Vec<_> = roles.iter().map(|role| format!("`{}`", role.as_str())).collect();
            format!("Needs one of the roles {}.", names.join(", "))
        }
    }
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::SignedIn => json!([{ "token": [] }]),
        Access::Roles(roles) => {
            let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
            json!([{ "token": names }])
        }
    }
}

fn parameters(http: &Http) -> Vec<Value> {
    let in_path = http
        .route
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        });
    let in_query = http.query.iter().map(|(name, meaning)| {
        let schema = json!({ "type": "string" });
        json!({ "name": name, "in": "query", "description": meaning, "schema": schema })
    });
    let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
    if http.creates {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    if http.revises {
        parameters.push(json!({ "$ref": "#/components/parameters/IfMatch" }));
    }
    parameters
}

fn request_body(body: Body, schemas: &mut SchemaGenerator) -> Option<Value> {
    let content = match body {
        Body::None => return None,
        Body::Json(schema) => json!({ "application/json": { "schema": schema(schemas) } }),
        // A document may be anything.
        Body::Stream => json!({ "*/*": {} }),
    };
    Some(json!({ "required": true, "content": content }))
}

fn responses(http: &Http, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, success) = success(http, schemas);
    if http.method == Method::Put {
        // The first time something is put it is new, afterwards it is there.
        responses.insert("201".to_owned(), success.clone());
    }
    responses.insert(status.to_string(), success);
    for kind in refusals(http) {
        let (status, _) = reply::status_of_refusal(kind);
        let problem = json!({ "$ref": "#/components/responses/Problem" });
        responses.insert(status.as_u16().to_string(), problem);
    }
    Value::Object(responses)
}

fn success(http: &Http, schemas: &mut SchemaGenerator) -> (u16, Value) {
    match http.gives {
        Gives::Bytes => {
            let content = json!({ "*/*": {} });
            let headers = json!({
                "Content-Disposition": { "$ref": "#/components/headers/Content-Disposition" },
                "Server-Timing": { "$ref": "#/components/headers/Server-Timing" },
            });
            let description = "The bytes, with the media type that they were put with; what a \
                browser would run (HTML, XML, SVG, JavaScript) as `application/octet-stream`.";
            (200, json!({ "description": description, "headers": headers, "content": content }))
        }
        Gives::Json(outcome, schema) => {
            let mut headers = json!({
                "ETag": { "$ref": "#/components/headers/ETag" },
                "Server-Timing": { "$ref": "#/components/headers/Server-Timing" },
            });
            if http.creates
                && let Some(headers) = headers.as_object_mut()
            {
                for name in ["Location", "Idempotency-Replayed"] {
                    let place = format!("#/components/headers/{name}");
                    headers.insert(name.to_owned(), json!({ "$ref": place }));
                }
            }
            let content = json!({ "application/json": { "schema": schema(schemas) } });
            let success =
                json!({ "description": "Success.", "headers": headers, "content": content });
            (reply::status_of(outcome).as_u16(), success)
        }
    }
}

/// The kinds of refusal that a function can answer with.
fn refusals(http: &Http) -> BTreeSet<Kind> {
    let mut kinds = BTreeSet::from([Kind::Malformed, Kind::Internal, Kind::Unavailable]);
    if http.access != Access::Public {
        kinds.extend([Kind::Unauthenticated, Kind::Forbidden]);
    }
    if http.route.contains('{') {
        kinds.insert(Kind::NotFound);
    }
    match http.body {
        Body::None => {}
        Body::Json(_) | Body::Stream => {
            kinds.extend([Kind::TooLarge, Kind::UnsupportedMedia, Kind::Unprocessable]);
        }
    }
    if http.method == Method::Post {
        kinds.insert(Kind::NotFound);
    }
    if http.creates {
        kinds.insert(Kind::Conflict);
    }
    if http.revises {
        kinds.extend([Kind::Stale, Kind::PreconditionMissing]);
    }
    kinds
}

fn shared_parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "A fresh random value per request, the same one when it is repeated.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The `ETag` of the revision that this request is based on.",
            "schema": { "type": "string", "pattern": "^\"[0-9]+\"$" },
        },
    })
}

fn shared_headers() -> Value {
    let text = || json!({ "type": "string" });
    json!({
        "ETag": { "description": "Revision of the resource, where it has one.", "schema": text() },
        "Content-Disposition": {
            "description": "`attachment`: a browser stores what comes and never shows it.",
            "schema": text(),
        },
        "Server-Timing": {
            "description": "What the answer took (W3C Server Timing): `total` in milliseconds, and \
                in `desc` the request units, the round trips to store, bus and key vault, and the \
                bytes of documents until the headers were sent.",
            "schema": text(),
        },
        "Location": { "description": "Where the resource is.", "schema": text() },
        "Idempotency-Replayed": {
            "description": "`true` where this is the first answer given again.",
            "schema": text(),
        },
    })
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;
