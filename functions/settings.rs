//! The settings: the only reader of environment variables. All faults are reported at once.

mod names;
mod reader;
mod services;

pub use names::{SETTINGS, SettingDoc};
pub use services::{
    AZURITE_BLOBS, AZURITE_QUEUES, BusChoice, CredentialChoice, DocumentsChoice, Services,
    SignerChoice, StorageChoice, StoreChoice,
};

use names::{
    API_CLIENT_ID, AUTHORITY, DEVELOPMENT, LOG_LEVEL, OPERATOR_TENANT_ID, OTLP_ENDPOINT,
    PARENT_PIPE, PORT, REQUESTS_AT_ONCE, SERVICE_NAME, WORK_AT_ONCE,
};
use poa_protocol::limits;
use reader::Reader;
use std::{collections::BTreeMap, fmt};

/// The settings of one handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Port on 127.0.0.1 that the Functions host talks to.
    pub port: u16,
    /// What it works with.
    pub parts: Parts,
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

/// What the handler works with: everything that can be checked from outside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Who issues tokens, and for whom.
    pub issuer: Issuer,
    /// Which adapter stands behind each port.
    pub services: Services,
}

/// What can be examined from outside, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Who the service is for Azure.
    Credential,
    /// State.
    Store,
    /// What wakes functions.
    Bus,
    /// Evidence.
    Documents,
    /// The key.
    Signer,
    /// Who issues tokens.
    Issuer,
}

/// What the variables say, however much of it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The parts; those that are unsound are not what anybody meant.
    pub parts: Parts,
    /// The parts whose own settings are wrong.
    pub unsound: Vec<Part>,
    /// Everything that is wrong.
    pub faults: SettingsFaults,
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
    /// Also one line per request, message and tick.
    #[default]
    Info,
    /// Also what helps to find a fault.
    Debug,
}

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

/// The environment of this process.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    let variables = std::env::vars_os();
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl Settings {
    /// The settings in these variables.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, SettingsFaults> {
        let mut reader = Reader::of(variables);
        let settings = Self {
            port: port(&mut reader),
            parts: Parts::of(&mut reader),
            at_once: AtOnce {
                requests: count(&mut reader, REQUESTS_AT_ONCE, limits::REQUESTS_AT_ONCE_DEFAULT),
                work: count(&mut reader, WORK_AT_ONCE, limits::WORK_AT_ONCE_DEFAULT),
            },
            log_level: log_level(&mut reader),
            collector: collector(&mut reader),
            parent_pipe: reader.flag(PARENT_PIPE, "1", "0"),
        };
        if reader.faults.is_empty() { Ok(settings) } else { Err(SettingsFaults(reader.faults)) }
    }
}

impl Parts {
    /// What these variables say of the parts, without what only a running handler needs.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, SettingsFaults> {
        let Draft { parts, faults, .. } = Self::draft(variables);
        if faults.0.is_empty() { Ok(parts) } else { Err(faults) }
    }

    /// The same, part by part: what is wrong with one says nothing of another.
    #[must_use]
    pub fn draft(variables: &BTreeMap<String, String>) -> Draft {
        let mut reader = Reader::of(variables);
        let parts = Self::of(&mut reader);
        let Reader { faults, unsound, .. } = reader;
        Draft { parts, unsound, faults: SettingsFaults(faults) }
    }

    fn of(reader: &mut Reader<'_>) -> Self {
        let development = development(reader);
        let issuer = reader.of_part(Part::Issuer, |reader| Issuer {
            authority: authority(reader, development),
            audience: reader.guid(API_CLIENT_ID),
            operator_tenant: reader.guid(OPERATOR_TENANT_ID),
        });
        Self { issuer, services: Services::read(reader, development) }
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

fn port(reader: &mut Reader<'_>) -> u16 {
    if reader.text(PORT).is_none() {
        reader.fault(PORT);
    }
    reader.parsed(PORT, |port: &u16| *port > 0).unwrap_or_default()
}

fn count(reader: &mut Reader<'_>, doc: SettingDoc, default: usize) -> usize {
    let count = reader.parsed(doc, |count: &usize| (1..=limits::AT_ONCE_MAX).contains(count));
    count.unwrap_or(default)
}

fn log_level(reader: &mut Reader<'_>) -> LogLevel {
    let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];
    reader.word(LOG_LEVEL, &levels.map(|level| (level.as_str(), level)), LogLevel::Info)
}

fn collector(reader: &mut Reader<'_>) -> Option<Collector> {
    reader.text(OTLP_ENDPOINT)?;
    let endpoint = reader.required(OTLP_ENDPOINT, |text| {
        let url = reader::url(text, &["https", "http"])?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    });
    let service = reader.text(SERVICE_NAME).unwrap_or("proof-of-asset").to_owned();
    Some(Collector { endpoint, service })
}

fn development(reader: &mut Reader<'_>) -> bool {
    let development = reader.flag(DEVELOPMENT, "true", "false");
    if development && let Some(mark) = reader.azure() {
        reader.faults.push(format!(
            "`{}` is `true` although `{mark}` says that this is Azure; it must be `false`",
            DEVELOPMENT.name
        ));
    }
    development
}

fn authority(reader: &mut Reader<'_>, development: bool) -> String {
    reader.required(AUTHORITY, |text| {
        let authority = text.trim_end_matches('/');
        let allowed = development || MICROSOFT.contains(&authority);
        let url = reader::url(authority, &["https", "http"]).filter(|_| text.is_ascii());
        url.filter(|_| allowed).map(|_| authority.to_owned())
    })
}

#[cfg(test)]
mod tests;
