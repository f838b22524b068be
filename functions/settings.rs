//! The settings: the only reader of environment variables. All faults are reported at once.

use poa_protocol::limits;
use std::{collections::BTreeMap, fmt, path::PathBuf, str::FromStr};

/// The settings of one handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Port on 127.0.0.1 that the Functions host talks to.
    pub port: u16,
    /// Folder of the embedded store, bus, documents and key.
    pub data: PathBuf,
    /// Who issues tokens, and for whom.
    pub issuer: Issuer,
    /// How much is done at the same time.
    pub at_once: AtOnce,
    /// What is logged.
    pub log_level: LogLevel,
    /// Where traces are exported to.
    pub collector: Option<Collector>,
    /// Whether the handler ends when its standard input ends.
    pub parent_pipe: bool,
}

/// An OpenTelemetry collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// Base URL, without a slash at the end.
    pub endpoint: String,
    /// The name of this service there.
    pub service: String,
}

/// Who issues tokens, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Base URL of the token issuer, without a slash at the end.
    pub authority: String,
    /// Client id of this service: the audience of every token, a GUID in lower case.
    pub audience: String,
    /// Tenant of the operator, a GUID in lower case.
    pub operator_tenant: String,
}

/// How much is done at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOnce {
    /// HTTP requests.
    pub requests: usize,
    /// Messages and ticks.
    pub work: usize,
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// Only what needs a person.
    Error,
    /// Also what went wrong and was handled.
    Warn,
    /// Also what an operator wants to see.
    #[default]
    Info,
    /// Also every request.
    Debug,
}

/// One setting as it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingDoc {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What it expects.
    pub expects: &'static str,
    /// A harmless value; `None` where the host sets it by itself.
    pub example: Option<&'static str>,
}

const PORT: SettingDoc = SettingDoc {
    name: "FUNCTIONS_CUSTOMHANDLER_PORT",
    expects: "a port, 1 to 65535; the Functions host sets it",
    example: None,
};
const DATA: SettingDoc = SettingDoc {
    name: "POA_DATA",
    expects: "a folder for store, bus, documents and key; `.poa` where it is not set",
    example: Some(".poa"),
};
const AUTHORITY: SettingDoc = SettingDoc {
    name: "AUTHORITY",
    expects: "the base URL of the token issuer: `https://login.microsoftonline.com` or its twin in \
              another cloud; any other only together with `POA_DEVELOPMENT=true`",
    example: Some("http://127.0.0.1:7071/local-issuer"),
};
const API_CLIENT_ID: SettingDoc = SettingDoc {
    name: "API_CLIENT_ID",
    expects: "the client id of this service at the token issuer, a GUID",
    example: Some("5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10"),
};
const OPERATOR_TENANT_ID: SettingDoc = SettingDoc {
    name: "OPERATOR_TENANT_ID",
    expects: "the tenant id of the operator, a GUID",
    example: Some("0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01"),
};
const DEVELOPMENT: SettingDoc = SettingDoc {
    name: "POA_DEVELOPMENT",
    expects: "`true` or `false`; `true` allows a token issuer that is not Microsoft's, and is \
              refused on Azure",
    example: Some("true"),
};
const LOG_LEVEL: SettingDoc = SettingDoc {
    name: "LOG_LEVEL",
    expects: "`error`, `warn`, `info` or `debug`; `info` where it is not set",
    example: Some("info"),
};
const OTLP_ENDPOINT: SettingDoc = SettingDoc {
    name: "OTEL_EXPORTER_OTLP_ENDPOINT",
    expects: "the base URL of an OpenTelemetry collector that takes OTLP over HTTP in protobuf; \
              nothing is exported where it is not set",
    example: Some(""),
};
const SERVICE_NAME: SettingDoc = SettingDoc {
    name: "OTEL_SERVICE_NAME",
    expects: "the name of this service at the collector; `proof-of-asset` where it is not set",
    example: Some("proof-of-asset"),
};
const REQUESTS_AT_ONCE: SettingDoc = SettingDoc {
    name: "REQUESTS_AT_ONCE",
    expects: "how many HTTP requests are served at the same time, 1 to 10000",
    example: Some("256"),
};
const WORK_AT_ONCE: SettingDoc = SettingDoc {
    name: "WORK_AT_ONCE",
    expects: "how many messages and ticks are worked on at the same time, 1 to 10000",
    example: Some("64"),
};
const PARENT_PIPE: SettingDoc = SettingDoc {
    name: "POA_PARENT_PIPE",
    expects: "`1` where the handler ends when its standard input ends; the local host sets it",
    example: None,
};

/// Every setting.
pub const SETTINGS: &[SettingDoc] = &[
    PORT,
    DATA,
    AUTHORITY,
    API_CLIENT_ID,
    OPERATOR_TENANT_ID,
    DEVELOPMENT,
    LOG_LEVEL,
    OTLP_ENDPOINT,
    SERVICE_NAME,
    REQUESTS_AT_ONCE,
    WORK_AT_ONCE,
    PARENT_PIPE,
];

/// Variables that exist only where Azure runs the program.
const AZURE_MARKS: [&str; 3] = ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "CONTAINER_APP_NAME"];

/// Hosts of Microsoft's token issuers, in every cloud.
const MICROSOFT: [&str; 4] = [
    "https://login.microsoftonline.com",
    "https://login.microsoftonline.us",
    "https://login.partner.microsoftonline.cn",
    "https://login.chinacloudapi.cn",
];

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFaults(pub Vec<String>);

impl fmt::Display for SettingsFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} setting(s) are wrong", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for SettingsFaults {}

impl Settings {
    /// The settings of this process.
    pub fn from_env() -> Result<Self, SettingsFaults> {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::read(&variables)
    }

    /// The settings in these variables.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, SettingsFaults> {
        let mut reader = Reader { variables, faults: Vec::new() };
        let settings = Self {
            port: reader.port(),
            data: reader.text(DATA).unwrap_or(".poa").into(),
            issuer: Issuer {
                authority: reader.authority(),
                audience: reader.guid(API_CLIENT_ID),
                operator_tenant: reader.guid(OPERATOR_TENANT_ID),
            },
            at_once: AtOnce {
                requests: reader.count(REQUESTS_AT_ONCE, limits::REQUESTS_AT_ONCE_DEFAULT),
                work: reader.count(WORK_AT_ONCE, limits::WORK_AT_ONCE_DEFAULT),
            },
            log_level: reader.log_level(),
            collector: reader.collector(),
            parent_pipe: reader.parent_pipe(),
        };
        if reader.faults.is_empty() { Ok(settings) } else { Err(SettingsFaults(reader.faults)) }
    }
}

impl LogLevel {
    /// As a directive of the log filter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Whether the text is a GUID as identity providers write it: 8-4-4-4-12 hexadecimal digits.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the text is a URL that paths can be put behind.
fn is_base_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.contains(['?', '#', '@']) && rest.is_ascii()
    })
}

struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    /// The value of a setting; an empty one counts as not set.
    fn text(&self, doc: SettingDoc) -> Option<&str> {
        self.variables.get(doc.name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    fn fault(&mut self, doc: SettingDoc) {
        let found = match self.text(doc) {
            Some(text) => format!("is `{text}`"),
            None => "is not set".to_owned(),
        };
        self.faults.push(format!("`{}` {found}; it expects {}", doc.name, doc.expects));
    }

    fn parsed<T: FromStr>(&mut self, doc: SettingDoc, allowed: impl Fn(&T) -> bool) -> Option<T> {
        let value = self.text(doc)?.parse().ok().filter(allowed);
        if value.is_none() {
            self.fault(doc);
        }
        value
    }

    fn port(&mut self) -> u16 {
        if self.text(PORT).is_none() {
            self.fault(PORT);
        }
        self.parsed(PORT, |port: &u16| *port > 0).unwrap_or_default()
    }

    fn count(&mut self, doc: SettingDoc, default: usize) -> usize {
        self.parsed(doc, |count: &usize| (1..=limits::AT_ONCE_MAX).contains(count))
            .unwrap_or(default)
    }

    fn guid(&mut self, doc: SettingDoc) -> String {
        let guid = self.text(doc).filter(|text| is_guid(text)).map(str::to_ascii_lowercase);
        if guid.is_none() {
            self.fault(doc);
        }
        guid.unwrap_or_default()
    }

    fn flag(&mut self, doc: SettingDoc, yes: &str, no: &str) -> bool {
        match self.text(doc) {
            None => false,
            Some(text) if text == yes => true,
            Some(text) if text == no => false,
            Some(_) => {
                self.fault(doc);
                false
            }
        }
    }

    fn parent_pipe(&mut self) -> bool {
        self.flag(PARENT_PIPE, "1", "0")
    }

    fn development(&mut self) -> bool {
        let development = self.flag(DEVELOPMENT, "true", "false");
        if development
            && let Some(mark) = AZURE_MARKS.iter().find(|mark| self.variables.contains_key(**mark))
        {
            self.faults.push(format!(
                "`{}` is `true` although `{mark}` says that this is Azure; it must be `false`",
                DEVELOPMENT.name
            ));
        }
        development
    }

    fn authority(&mut self) -> String {
        let development = self.development();
        let authority = self.text(AUTHORITY).map(|text| text.trim_end_matches('/').to_owned());
        let Some(authority) = authority else {
            self.fault(AUTHORITY);
            return String::new();
        };
        if !is_base_url(&authority) || !(development || MICROSOFT.contains(&authority.as_str())) {
            self.fault(AUTHORITY);
        }
        authority
    }

    fn collector(&mut self) -> Option<Collector> {
        let endpoint = self.text(OTLP_ENDPOINT)?.trim_end_matches('/').to_owned();
        let service = self.text(SERVICE_NAME).unwrap_or("proof-of-asset").to_owned();
        if !is_base_url(&endpoint) {
            self.fault(OTLP_ENDPOINT);
        }
        Some(Collector { endpoint, service })
    }

    fn log_level(&mut self) -> LogLevel {
        match self.text(LOG_LEVEL) {
            None | Some("info") => LogLevel::Info,
            Some("error") => LogLevel::Error,
            Some("warn") => LogLevel::Warn,
            Some("debug") => LogLevel::Debug,
            Some(_) => {
                self.fault(LOG_LEVEL);
                LogLevel::Info
            }
        }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
