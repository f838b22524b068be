//! What the handler says to an invocation, judged by the host's rules.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use warp::http::StatusCode;

use crate::limits;

/// A successful answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) outputs: Map<String, Value>,
    pub(crate) logs: Vec<String>,
    pub(crate) return_value: Value,
    /// What the real host would do to this answer behind the handler's back.
    pub(crate) warnings: Vec<String>,
}

/// Judges an answer; the error is the reason why the invocation failed.
pub(crate) fn judge(status: StatusCode, media_type: &str, body: &[u8]) -> Result<Answer, String> {
    if status.is_redirection() {
        return Err(format!(
            "the handler answered {status}: the functions host follows redirects of an \
             invocation, the local host does not; answer 200 with `{{}}`"
        ));
    }
    if !status.is_success() {
        return Err(format!(
            "the handler answered {status}; the functions host discards the body of such an \
             answer{}",
            shown(body)
        ));
    }
    if status == StatusCode::NO_CONTENT || body.is_empty() {
        return Err(format!(
            "the handler answered {status} without a body: on the functions host this invocation \
             would hang until the function timeout and the handler would be killed; answer `{{}}`"
        ));
    }
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    if !["application/json", "text/json"].contains(&essence.as_str()) {
        return Err(format!(
            "the handler answered with the content type `{essence}`, it must be application/json"
        ));
    }
    let document = parse(body)?;
    if document.is_null() {
        return Err("the handler answered `null`: on the functions host this invocation would \
                    hang until the function timeout and the handler would be killed; answer `{}`"
            .to_owned());
    }
    read(document)
}

fn parse(body: &[u8]) -> Result<Value, String> {
    let depth = depth(body);
    if depth > limits::ANSWER_DEPTH_MAX {
        let max = limits::ANSWER_DEPTH_MAX;
        return Err(format!("the answer is nested {depth} deep, {max} at most"));
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let mut reader = serde_json::Deserializer::from_slice(body);
    // The depth was checked above, with the host's own limit.
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| format!("the answer is not JSON: {error}{}", shown(body)))
}

fn read(document: Value) -> Result<Answer, String> {
    let Value::Object(fields) = document else {
        return Err("the answer must be a JSON object with `Outputs`, `Logs`, `ReturnValue`, all \
                    optional"
            .to_owned());
    };
    let mut answer = Answer::default();
    for (name, value) in fields {
        match name.to_lowercase().as_str() {
            "outputs" => {
                let outputs: Option<Map<String, Value>> = serde_json::from_value(value)
                    .map_err(|_| "`Outputs` must be an object".to_owned())?;
                answer.outputs = outputs.unwrap_or_default();
            }
            "logs" => {
                let logs: Option<Vec<String>> = serde_json::from_value(value)
                    .map_err(|_| "`Logs` must be a list of strings".to_owned())?;
                answer.logs = logs.unwrap_or_default();
            }
            "returnvalue" => answer.return_value = value,
            _ => {}
        }
    }
    let mangled = |value: &Value| value.as_str().is_some_and(looks_like_base64);
    let outputs = answer.outputs.iter().filter(|(_, value)| mangled(value));
    let mut names: Vec<String> = outputs.map(|(name, _)| format!("Outputs.{name}")).collect();
    if mangled(&answer.return_value) {
        names.push("ReturnValue".to_owned());
    }
    answer.warnings = names.into_iter().map(|name| mangled_text(&name)).collect();
    Ok(answer)
}

fn mangled_text(name: &str) -> String {
    format!(
        "`{name}` is a bare string that is also valid base64: the functions host decodes it to \
         bytes; put it into a list or an object"
    )
}

/// Whether .NET takes a bare string for base64 and decodes it.
pub(crate) fn looks_like_base64(text: &str) -> bool {
    decode_like_dot_net(text).is_some()
}

/// `Convert.TryFromBase64String`: white space is skipped, padding is required.
pub(crate) fn decode_like_dot_net(text: &str) -> Option<Vec<u8>> {
    let dense: String =
        text.chars().filter(|char| ![' ', '\t', '\r', '\n'].contains(char)).collect();
    STANDARD.decode(dense).ok()
}

/// The deepest nesting of lists and objects, counted without building anything.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The start of a body, for the developer's eyes: on the real host it is lost.
fn shown(body: &[u8]) -> String {
    const SHOWN_CHARS: usize = 500;
    let text = String::from_utf8_lossy(body);
    let start: String = text.trim().chars().take(SHOWN_CHARS).collect();
    if start.is_empty() { String::new() } else { format!(": `{start}`") }
}
