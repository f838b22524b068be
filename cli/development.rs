//! What a development machine uses where a deployment has its own: settings, people, tokens.

use crate::ending::Stop;
use aws_lc_rs::digest::{SHA256, digest};
use poa::{
    local_issuer::{LOCAL_ISSUER, LocalIssuer, TokenRequest},
    settings::{SETTINGS, is_guid},
};
use poa_embedded::clock::SystemClock;
use poa_operations::{commit::hex, ports::clock::Clock};
use poa_protocol::{caller::Person, role::Role, timestamp::Timestamp};
use std::path::{Path, PathBuf};

/// Where the app of this machine is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// Folder of the store, the bus, the documents and the keys.
    #[arg(long, value_name = "DIR", default_value = ".poa")]
    pub data: PathBuf,
    /// Port on 127.0.0.1.
    #[arg(long, default_value_t = 7071)]
    pub port: u16,
}

impl Place {
    /// URL of the app, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// URL of the development token issuer.
    pub(crate) fn authority(&self) -> String {
        format!("{}/{LOCAL_ISSUER}", self.url())
    }

    /// The development token issuer.
    pub(crate) fn issuer(&self) -> Result<LocalIssuer, Stop> {
        LocalIssuer::open(&self.data.join("issuer"))
            .map_err(|fault| Stop::missing(self.data.display(), fault))
    }
}

/// Port of the development token issuer where the real Functions host serves the app.
pub(crate) const ISSUER_PORT: u16 = 7072;

/// A path that means the same in every folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The harmless value of a setting.
fn example(name: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    setting.and_then(|setting| setting.example).unwrap_or_default().to_owned()
}

/// The operator's tenant on a development machine.
pub(crate) fn operator_tenant() -> String {
    example("OPERATOR_TENANT_ID")
}

/// A GUID as it is; any other word becomes the GUID of that word, always the same one (RFC 9562
/// version 8 over its SHA-256).
pub(crate) fn guid(word: &str) -> String {
    if is_guid(word) {
        return word.to_ascii_lowercase();
    }
    let digits: Vec<char> = hex(digest(&SHA256, word.as_bytes()).as_ref()).chars().collect();
    let mut text = String::with_capacity(36);
    for (at, digit) in digits.into_iter().take(32).enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(match at {
            12 => '8',
            16 => 'a',
            _ => digit,
        });
    }
    text
}

/// Who gets a token.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// The person or program.
    pub person: Person,
    /// For people to read.
    pub name: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Whether it is a program.
    pub program: bool,
}

/// A token and when it ends.
#[derive(Debug)]
pub(crate) struct Token {
    /// The JWT.
    pub text: String,
    /// When it ends.
    pub ends: Timestamp,
}

/// A token of the development issuer.
pub(crate) fn mint(
    issuer: &LocalIssuer,
    place: &Place,
    holder: Holder,
    lifetime_secs: i64,
) -> Result<Token, Stop> {
    let begins = SystemClock.now();
    let Holder { person, name, roles, program } = holder;
    let request = TokenRequest {
        authority: place.authority(),
        audience: example("API_CLIENT_ID"),
        person,
        name,
        roles,
        program,
        begins,
        lifetime_secs,
    };
    let text = issuer.mint(&request).map_err(|fault| Stop::missing("token", fault))?;
    Ok(Token { text, ends: begins.plus_secs(lifetime_secs) })
}

#[cfg(test)]
mod tests {
    use super::guid;
    use poa::settings::is_guid;

    #[test]
    fn a_word_is_always_the_same_guid() {
        let alice = guid("alice");
        assert!(is_guid(&alice), "{alice}");
        assert_eq!(alice, guid("alice"));
        assert_ne!(alice, guid("bob"));
        assert_eq!(guid("0E7A4F0A-3C1D-4B7E-8D55-6A1F9C2B7E01"), super::operator_tenant());
    }
}
