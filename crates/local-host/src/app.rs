//! The function app: what `host.json` and the function folders say, checked as a whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::binding::AppSettings;
use crate::error::Faults;
use crate::function::{Function, Trigger, is_function_name};
use crate::settings::Settings;
use crate::{HostError, HostOptions, limits};

/// A valid function app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) functions: Vec<Function>,
    pub(crate) settings: AppSettings,
    pub(crate) rules: Rules,
    pub(crate) command: Command,
}

/// What `host.json` rules.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) route_prefix: String,
    /// HTTP functions are handed through instead of being wrapped in an envelope.
    pub(crate) proxying: bool,
    /// Only the old flag is set.
    pub(crate) forwarding_only: bool,
    /// `None`: without limit.
    pub(crate) function_timeout: Option<Duration>,
    pub(crate) initialization_timeout: Duration,
    pub(crate) fixed_port: Option<u16>,
    pub(crate) body_bytes_max: u64,
    pub(crate) queue: QueueRules,
    pub(crate) bus: BusRules,
}

/// `extensions.queues`.
#[derive(Debug)]
pub(crate) struct QueueRules {
    pub(crate) batch_size: u32,
    pub(crate) new_batch_threshold: u32,
    pub(crate) dequeues_max: u32,
    pub(crate) visibility_timeout: Duration,
    pub(crate) polling_max: Option<Duration>,
    pub(crate) base64: bool,
}

/// `extensions.serviceBus`.
#[derive(Debug)]
pub(crate) struct BusRules {
    pub(crate) calls_max: u32,
    pub(crate) batch_max: u32,
    /// For how long the lock of one message is renewed.
    pub(crate) renew_for: Duration,
}

/// How the handler is started.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) folder: PathBuf,
}

const DESCRIPTION: &str = "customhandler:description";

impl App {
    /// Reads the app; the error holds every fault.
    pub(crate) fn read(options: &HostOptions) -> Result<Self, HostError> {
        let mut faults = Faults::default();
        let root = &options.script_root;
        let app = AppSettings::read(root, &options.env, &mut faults);
        let host = Settings::read(root, &app.all, &mut faults);
        refuse_unsupported(&host, &mut faults);
        let rules = Rules::read(&host, &app, &mut faults);
        let command = Command::read(&host, &app, options, &mut faults);
        let mut functions = read_functions(root, &app, &mut faults);
        check_together(&functions, &rules, options, &mut faults);
        for function in &mut functions {
            if let Trigger::Http { template, .. } = &mut function.trigger {
                *template = template.clone().under(&rules.route_prefix);
            }
        }
        faults.into_result()?;
        Ok(Self { functions, settings: app, rules, command })
    }
}

fn refuse_unsupported(host: &Settings, faults: &mut Faults) {
    for (path, reason) in [
        (
            "customhandler:http:routes",
            "`customHandler.http.routes` cannot be combined with function.json files",
        ),
        (
            "configurationprofile",
            "`configurationProfile` cannot be combined with function.json files",
        ),
        ("httpworker", "`httpWorker` is obsolete: use `customHandler`"),
        ("retry", "`retry` is not supported by the local host"),
    ] {
        if host.has(path) {
            faults.add(host.place(path), reason);
        }
    }
}

impl Rules {
    fn read(host: &Settings, app: &AppSettings, faults: &mut Faults) -> Self {
        let proxying = host.flag("customhandler:enableproxyinghttprequest", faults);
        let forwarding = host.flag("customhandler:enableforwardinghttprequest", faults);
        let unlimited = host.text("functiontimeout").is_some_and(|text| text.starts_with("-1"));
        let timeout = if unlimited { None } else { host.span("functiontimeout", faults) };
        let half_an_hour = Duration::from_mins(30);
        let port = host.number("customhandler:port", (1, u32::from(u16::MAX)), faults);
        Self {
            route_prefix: host.text("extensions:http:routeprefix").unwrap_or("api").to_owned(),
            proxying: proxying || forwarding,
            forwarding_only: forwarding && !proxying,
            function_timeout: (!unlimited).then(|| timeout.unwrap_or(half_an_hour)),
            initialization_timeout: host
                .span("customhandler:initializationtimeout", faults)
                .unwrap_or(Duration::from_secs(30)),
            fixed_port: port.and_then(|port| u16::try_from(port).ok()),
            body_bytes_max: body_limit(app, faults),
            queue: QueueRules::read(host, faults),
            bus: BusRules::read(host, faults),
        }
    }
}

fn body_limit(app: &AppSettings, faults: &mut Faults) -> u64 {
    const NAME: &str = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
    let Some(text) = app.get(NAME) else { return limits::REQUEST_BODY_BYTES_MAX };
    text.parse().unwrap_or_else(|_| {
        faults.add(NAME, format!("is `{text}`, it must be a number of bytes"));
        limits::REQUEST_BODY_BYTES_MAX
    })
}

impl QueueRules {
    fn read(host: &Settings, faults: &mut Faults) -> Self {
        let path = |name: &str| format!("extensions:queues:{name}");
        let batch_bounds = (1, limits::QUEUE_BATCH_MAX);
        let batch_size = host.number(&path("batchsize"), batch_bounds, faults).unwrap_or(16);
        let threshold = host.number(&path("newbatchthreshold"), (0, u32::MAX), faults);
        let encoding = host.text(&path("messageencoding")).unwrap_or("base64").to_lowercase();
        if !["base64", "none"].contains(&encoding.as_str()) {
            let reason = format!("`messageEncoding` is `{encoding}`, it must be base64 or none");
            faults.add(host.place(&path("messageencoding")), reason);
        }
        let half = batch_size.checked_div(2).unwrap_or(1);
        Self {
            batch_size,
            new_batch_threshold: threshold.unwrap_or(half.saturating_mul(cores())),
            dequeues_max: host.number(&path("maxdequeuecount"), (1, u32::MAX), faults).unwrap_or(5),
            visibility_timeout: host
                .span(&path("visibilitytimeout"), faults)
                .unwrap_or(Duration::ZERO),
            polling_max: host.span(&path("maxpollinginterval"), faults),
            base64: encoding == "base64",
        }
    }
}

impl BusRules {
    fn read(host: &Settings, faults: &mut Faults) -> Self {
        let path = |name: &str| format!("extensions:servicebus:{name}");
        let bounds = (1, limits::BUS_CALLS_MAX);
        let calls = host.number(&path("maxconcurrentcalls"), bounds, faults);
        let batch = host.number(&path("maxmessagebatchsize"), bounds, faults);
        Self {
            calls_max: calls.unwrap_or(16_u32.saturating_mul(cores())),
            batch_max: batch.unwrap_or(1000),
            renew_for: host
                .span(&path("maxautolockrenewalduration"), faults)
                .unwrap_or(Duration::from_mins(5)),
        }
    }
}

fn cores() -> u32 {
    let cores = std::thread::available_parallelism();
    cores.ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1)
}

impl Command {
    fn read(
        host: &Settings,
        app: &AppSettings,
        options: &HostOptions,
        faults: &mut Faults,
    ) -> Self {
        let root = &options.script_root;
        let folder = match host.text(&format!("{DESCRIPTION}:workingdirectory")) {
            Some(folder) => root.join(app.expand(folder)),
            None => root.clone(),
        };
        if let Some(program) = &options.handler.program {
            return Self { program: program.clone(), args: options.handler.args.clone(), folder };
        }
        let path = format!("{DESCRIPTION}:defaultexecutablepath");
        let program = app.expand(host.text(&path).unwrap_or_default());
        if program.is_empty() {
            let reason = "`customHandler.description.defaultExecutablePath` is missing";
            faults.add(host.place(&path), reason);
        }
        let beside = root.join(&program);
        let program = if beside.is_file() { beside } else { PathBuf::from(program) };
        let args = host.list(&format!("{DESCRIPTION}:arguments"));
        // The real host joins arguments with spaces and does not quote them.
        let joined = args.iter().map(|arg| app.expand(arg)).collect::<Vec<_>>().join(" ");
        Self { program, args: joined.split_whitespace().map(str::to_owned).collect(), folder }
    }
}

fn read_functions(root: &Path, app: &AppSettings, faults: &mut Faults) -> Vec<Function> {
    let entries = match std::fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) => {
            faults.add(root, format!("cannot be read: {error}"));
            return Vec::new();
        }
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.join("function.json").is_file());
    folders.sort();
    if folders.len() > limits::FUNCTIONS_MAX {
        let max = limits::FUNCTIONS_MAX;
        faults.add(root, format!("holds {} functions, {max} at most", folders.len()));
        return Vec::new();
    }
    let mut functions = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_function_name(&name) {
            functions.extend(Function::read(&folder, &name, app, faults));
        } else {
            let rule = "a letter, then letters, digits, `-` and `_`, 128 at most, not `host`";
            faults.add(&folder, format!("`{name}` is not the name of a function: {rule}"));
        }
    }
    functions
}

fn check_together(
    functions: &[Function],
    rules: &Rules,
    options: &HostOptions,
    faults: &mut Faults,
) {
    for (index, function) in functions.iter().enumerate() {
        let file = &function.file;
        let built_in = |template: &crate::route::Template| {
            template.starts_with("admin") || template.starts_with("runtime")
        };
        match &function.trigger {
            Trigger::Http { template, .. }
                if rules.route_prefix.is_empty() && built_in(template) =>
            {
                faults.add(file, "its route conflicts with the host's own routes");
            }
            Trigger::Bus { .. } if options.bus.is_none() && !function.disabled => {
                faults.add(file, "`serviceBusTrigger` needs a bus, and the host was given none");
            }
            Trigger::Queue { .. } if options.queues.is_none() && !function.disabled => {
                faults.add(file, "`queueTrigger` needs queues, and the host was given none");
            }
            Trigger::Http { .. }
            | Trigger::Bus { .. }
            | Trigger::Queue { .. }
            | Trigger::Timer { .. }
            | Trigger::Blob { .. }
            | Trigger::Cosmos
            | Trigger::EventGrid => {}
        }
        for other in functions.iter().take(index) {
            if other.name.eq_ignore_ascii_case(&function.name) {
                faults.add(file, format!("`{}` differs only in case", other.name));
            }
            if collide(function, other) {
                faults.add(file, format!("`{}` answers the same route and method", other.name));
            }
        }
    }
}

fn collide(one: &Function, two: &Function) -> bool {
    let (
        Trigger::Http { template: one, methods: first },
        Trigger::Http { template: two, methods: second },
    ) = (&one.trigger, &two.trigger)
    else {
        return false;
    };
    let overlap = match (first, second) {
        (Some(first), Some(second)) => first.iter().any(|method| second.contains(method)),
        (None, _) | (_, None) => true,
    };
    overlap && one.same_paths(two)
}
