//! `GET /api/openapi.json`: the OpenAPI document, from memory.

use crate::{
    call::Call,
    openapi,
    trigger::{Http, Reply, Served, Trigger},
};
use poa_operations::desk::Desk;
use schemars::JsonSchema;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<Document>("openapi.json", "This document.", serve).public().row("read-openapi");

static TEXT: LazyLock<String> = LazyLock::new(|| openapi::document().to_string());

/// An OpenAPI 3.1 document.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: the document itself is made as JSON")]
struct Document {
    /// Version of the OpenAPI Specification.
    openapi: String,
    /// About the service.
    info: Map<String, Value>,
    /// The paths.
    paths: Map<String, Value>,
    /// Shared parts.
    components: Map<String, Value>,
}

fn serve(_: Desk, _: Call) -> Served {
    Box::pin(async { Ok(Reply::Json(TEXT.clone())) })
}
