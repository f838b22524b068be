//! One function: its `function.json`, read and checked.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use warp::http::Method;

use crate::binding::AppSettings;
use crate::error::Faults;
use crate::limits;
use crate::route::Template;
use crate::schedule::Schedule;
use crate::settings::{read_json, scalar};

/// A function of the app.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// The name of the trigger's binding.
    pub(crate) trigger_name: String,
    pub(crate) trigger: Trigger,
    /// The names of the other input bindings.
    pub(crate) inputs: Vec<String>,
    /// The name of the `http` output binding.
    pub(crate) http_output: Option<String>,
    pub(crate) disabled: bool,
}

/// What runs a function.
#[derive(Debug, Clone)]
pub(crate) enum Trigger {
    Http { template: Template, methods: Option<Vec<Method>> },
    Queue { queue: String, data_type: DataType },
    Bus { topic: String, subscription: String, many: bool, data_type: DataType },
    Timer { schedule: Schedule, run_on_startup: bool, use_monitor: bool },
    Blob { data_type: DataType },
    Cosmos,
    EventGrid,
}

/// `dataType` of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataType {
    Unset,
    Text,
    Binary,
}

impl Function {
    /// Reads one `function.json`; `None` after a fault.
    pub(crate) fn read(
        folder: &Path,
        name: &str,
        app: &AppSettings,
        faults: &mut Faults,
    ) -> Option<Self> {
        let file = folder.join("function.json");
        let document = read_json(&file, faults)?;
        match parse(name, &file, &document, app) {
            Ok(function) => Some(function),
            Err(reasons) => {
                for reason in reasons {
                    faults.add(&file, reason);
                }
                None
            }
        }
    }

    /// Whether the host may hand HTTP through: one HTTP input, one HTTP output, nothing else.
    pub(crate) fn only_http(&self) -> bool {
        self.inputs.is_empty() && self.http_output.is_some()
    }
}

/// Names of folders that may hold a function.
pub(crate) fn is_function_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|first| first.is_ascii_alphabetic());
    let rest = chars.all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '-');
    first && rest && name.len() <= limits::NAME_CHARS_MAX && !name.eq_ignore_ascii_case("host")
}

fn is_binding_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|first| first.is_ascii_alphabetic());
    let rest = chars.all(|char| char.is_ascii_alphanumeric() || char == '_');
    name == "$return" || (first && rest && name.len() <= limits::NAME_CHARS_MAX)
}

/// The properties of one binding, names in lower case.
struct Binding<'a> {
    fields: Map<String, Value>,
    app: &'a AppSettings,
}

fn parse(
    name: &str,
    file: &Path,
    document: &Value,
    app: &AppSettings,
) -> Result<Function, Vec<String>> {
    let root = folded(document).ok_or_else(|| vec!["must hold a JSON object".to_owned()])?;
    let mut reasons = Vec::new();
    if root.contains_key("retry") {
        reasons.push("`retry` is not supported by the local host".to_owned());
    }
    let script = root.get("scriptfile").and_then(Value::as_str);
    if let Some(script) = script.filter(|script| !file.with_file_name(script).exists()) {
        reasons.push(format!("`scriptFile` names `{script}`, which does not exist"));
    }
    let mut bindings = Vec::new();
    match root.get("bindings").and_then(Value::as_array) {
        Some(list) => {
            for (index, item) in list.iter().enumerate() {
                match folded(item) {
                    Some(fields) => bindings.push(Binding { fields, app }),
                    None => reasons.push(format!("`bindings[{index}]` must be an object")),
                }
            }
        }
        None => reasons.push("`bindings` must be a list".to_owned()),
    }
    check_names(&bindings, &mut reasons);
    let trigger = the_trigger(&bindings, &mut reasons);
    let (inputs, http_output) = other_bindings(&bindings, &mut reasons);
    let read = trigger.and_then(|binding| match binding.trigger(name) {
        Ok(trigger) => Some((binding.text("name"), trigger)),
        Err(mut more) => {
            reasons.append(&mut more);
            None
        }
    });
    let Some((trigger_name, trigger)) = read.filter(|_| reasons.is_empty()) else {
        return Err(reasons);
    };
    let switched_off = app.get(&format!("AzureWebJobs.{name}.Disabled"));
    let disabled = root.get("disabled").and_then(Value::as_bool) == Some(true)
        || switched_off.is_some_and(|text| text == "1" || text.eq_ignore_ascii_case("true"));
    let (name, file) = (name.to_owned(), file.to_owned());
    Ok(Function { name, file, trigger_name, trigger, inputs, http_output, disabled })
}

fn folded(value: &Value) -> Option<Map<String, Value>> {
    let object = value.as_object()?;
    Some(object.iter().map(|(key, value)| (key.to_lowercase(), value.clone())).collect())
}

fn check_names(bindings: &[Binding<'_>], reasons: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    for name in bindings.iter().map(|binding| binding.text("name")) {
        if !is_binding_name(&name) {
            reasons.push(format!("`{name}` is not a valid name of a binding"));
        } else if seen.contains(&name.to_lowercase()) {
            reasons.push(format!("two bindings are named `{name}`"));
        }
        seen.push(name.to_lowercase());
    }
}

fn the_trigger<'a, 'b>(
    bindings: &'b [Binding<'a>],
    reasons: &mut Vec<String>,
) -> Option<&'b Binding<'a>> {
    let mut triggers = bindings.iter().filter(|binding| binding.is_trigger());
    let first = triggers.next();
    if first.is_none() {
        reasons.push("no binding is a trigger".to_owned());
    }
    if triggers.next().is_some() {
        reasons.push("more than one binding is a trigger".to_owned());
    }
    first
}

fn other_bindings(
    bindings: &[Binding<'_>],
    reasons: &mut Vec<String>,
) -> (Vec<String>, Option<String>) {
    let (mut inputs, mut http_output) = (Vec::new(), None);
    for binding in bindings.iter().filter(|binding| !binding.is_trigger()) {
        let (kind, name) = (binding.text("type"), binding.text("name"));
        match binding.text("direction").to_lowercase().as_str() {
            "in" | "" => inputs.push(name),
            "out" if kind.eq_ignore_ascii_case("http") && http_output.is_none() => {
                http_output = Some(name);
            }
            "out" if kind.eq_ignore_ascii_case("http") => {
                reasons.push("more than one output binding is `http`".to_owned());
            }
            "out" => reasons.push(format!(
                "output binding `{name}` of type `{kind}` is not supported by the local host"
            )),
            other => reasons.push(format!("direction `{other}` of `{name}` must be in or out")),
        }
    }
    (inputs, http_output)
}

impl Binding<'_> {
    fn text(&self, field: &str) -> String {
        self.fields.get(field).and_then(scalar).unwrap_or_default()
    }

    fn is_trigger(&self) -> bool {
        self.text("type").to_lowercase().ends_with("trigger")
    }

    fn flag(&self, field: &str, default: bool) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A property that must be there, with its references resolved.
    fn required(&self, field: &str, shown: &str, reasons: &mut Vec<String>) -> String {
        let text = self.text(field);
        if text.is_empty() {
            reasons.push(format!("`{shown}` is missing"));
        }
        self.app.resolve(&text).unwrap_or_else(|reason| {
            reasons.push(format!("`{shown}`: {reason}"));
            String::new()
        })
    }

    fn trigger(&self, function: &str) -> Result<Trigger, Vec<String>> {
        let mut reasons = Vec::new();
        if self.text("direction").eq_ignore_ascii_case("out") {
            reasons.push("a trigger must have the direction `in`".to_owned());
        }
        let data_type = self.data_type(&mut reasons);
        let kind = self.text("type");
        let trigger = match kind.to_lowercase().as_str() {
            "httptrigger" => self.http(function, &mut reasons),
            "queuetrigger" => {
                let queue = self.required("queuename", "queueName", &mut reasons);
                Some(Trigger::Queue { queue: queue.to_lowercase(), data_type })
            }
            "servicebustrigger" => self.bus(data_type, &mut reasons),
            "timertrigger" => self.timer(&mut reasons),
            "blobtrigger" => Some(Trigger::Blob { data_type }),
            "cosmosdbtrigger" => Some(Trigger::Cosmos),
            "eventgridtrigger" => Some(Trigger::EventGrid),
            _ => {
                reasons.push(format!("trigger type `{kind}` is not known to the local host"));
                None
            }
        };
        trigger.filter(|_| reasons.is_empty()).ok_or(reasons)
    }

    fn data_type(&self, reasons: &mut Vec<String>) -> DataType {
        match self.text("datatype").to_lowercase().as_str() {
            "" | "undefined" => DataType::Unset,
            "string" => DataType::Text,
            "binary" => DataType::Binary,
            other => {
                reasons.push(format!("`dataType` is `{other}`, it must be string or binary"));
                DataType::Unset
            }
        }
    }

    fn http(&self, function: &str, reasons: &mut Vec<String>) -> Option<Trigger> {
        let level = self.text("authlevel").to_lowercase();
        if !["", "anonymous", "function", "admin"].contains(&level.as_str()) {
            let known = "it must be anonymous, function or admin";
            reasons.push(format!("`authLevel` is `{level}`, {known}"));
        }
        let route = self.fields.get("route").and_then(Value::as_str).unwrap_or(function);
        let methods = match self.fields.get("methods") {
            None | Some(Value::Null) => None,
            Some(list) => match methods(list) {
                Ok(methods) => methods,
                Err(reason) => {
                    reasons.push(reason);
                    None
                }
            },
        };
        match Template::parse(route) {
            Ok(template) => Some(Trigger::Http { template, methods }),
            Err(reason) => {
                reasons.push(reason);
                None
            }
        }
    }

    fn bus(&self, data_type: DataType, reasons: &mut Vec<String>) -> Option<Trigger> {
        if self.fields.contains_key("queuename") {
            reasons.push("service bus queues are not supported by the local host".to_owned());
            return None;
        }
        if self.flag("issessionsenabled", false) {
            reasons.push("`isSessionsEnabled` is not supported by the local host".to_owned());
        }
        let many = match self.text("cardinality").to_lowercase().as_str() {
            "" | "one" => false,
            "many" => true,
            other => {
                reasons.push(format!("`cardinality` is `{other}`, it must be one or many"));
                false
            }
        };
        let topic = self.required("topicname", "topicName", reasons);
        let subscription = self.required("subscriptionname", "subscriptionName", reasons);
        Some(Trigger::Bus { topic, subscription, many, data_type })
    }

    fn timer(&self, reasons: &mut Vec<String>) -> Option<Trigger> {
        let text = self.required("schedule", "schedule", reasons);
        if text.is_empty() {
            return None;
        }
        match Schedule::parse(&text) {
            Ok(schedule) => Some(Trigger::Timer {
                run_on_startup: self.flag("runonstartup", false),
                // Times are only kept for schedules of a minute or more.
                use_monitor: self.flag("usemonitor", true) && !schedule.is_under_a_minute(),
                schedule,
            }),
            Err(reason) => {
                reasons.push(reason);
                None
            }
        }
    }
}

fn methods(list: &Value) -> Result<Option<Vec<Method>>, String> {
    let items = list.as_array().ok_or("`methods` must be a list of strings")?;
    let method = |item: &Value| {
        let text = item.as_str().ok_or("`methods` must be a list of strings")?;
        Method::from_bytes(text.to_uppercase().as_bytes())
            .map_err(|_| format!("`{text}` is not an http method"))
    };
    let methods = items.iter().map(method).collect::<Result<Vec<_>, _>>()?;
    // An empty list means every method, as an absent one does.
    Ok((!methods.is_empty()).then_some(methods))
}
