//! Reads one variable after the other and remembers every fault.

use super::{Part, is_guid, names::SettingDoc};
use reqwest::Url;
use std::{collections::BTreeMap, str::FromStr};

/// Variables that exist only where Azure runs the program: App Service with Functions, and
/// Container Apps. `WEBSITE_HOSTNAME` is none of them, since Core Tools set it too; neither is
/// `IDENTITY_ENDPOINT`, which never comes alone there and which a stand-in of the identity
/// service and Azure Arc set as well.
pub(super) const AZURE_MARKS: [&str; 3] =
    ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "CONTAINER_APP_NAME"];

/// The variables, and what is wrong with them so far.
pub(super) struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    pub(super) faults: Vec<String>,
    /// The parts whose own settings are wrong.
    pub(super) unsound: Vec<Part>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(variables: &'a BTreeMap<String, String>) -> Self {
        Self { variables, faults: Vec::new(), unsound: Vec::new() }
    }

    /// Reads what one part is; what is wrong there is wrong with that part.
    pub(super) fn of_part<T>(&mut self, part: Part, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.faults.len();
        let found = read(self);
        if self.faults.len() > before {
            self.unsound.push(part);
        }
        found
    }

    /// The value of a setting; an empty one counts as not set.
    pub(super) fn text(&self, doc: SettingDoc) -> Option<&'a str> {
        self.variables.get(doc.name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// The mark that Azure left, where Azure runs the program.
    pub(super) fn azure(&self) -> Option<&'static str> {
        AZURE_MARKS.into_iter().find(|mark| self.variables.contains_key(*mark))
    }

    pub(super) fn fault(&mut self, doc: SettingDoc) {
        let found = match self.text(doc) {
            Some(text) => format!("is `{text}`"),
            None => "is not set".to_owned(),
        };
        self.faults.push(format!("`{}` {found}; it expects {}", doc.name, doc.expects));
    }

    /// One of these words.
    pub(super) fn word<T: Copy>(&mut self, doc: SettingDoc, words: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(doc) else { return default };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.fault(doc);
        }
        found.unwrap_or(default)
    }

    pub(super) fn flag(&mut self, doc: SettingDoc, yes: &str, no: &str) -> bool {
        self.word(doc, &[(yes, true), (no, false)], false)
    }

    /// What can be parsed and is allowed, where it is set.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        doc: SettingDoc,
        allowed: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let value = self.text(doc)?.parse().ok().filter(allowed);
        if value.is_none() {
            self.fault(doc);
        }
        value
    }

    /// What must be set; an empty text after a fault.
    pub(super) fn required(
        &mut self,
        doc: SettingDoc,
        read: impl Fn(&str) -> Option<String>,
    ) -> String {
        let value = self.text(doc).and_then(read);
        if value.is_none() {
            self.fault(doc);
        }
        value.unwrap_or_default()
    }

    pub(super) fn guid(&mut self, doc: SettingDoc) -> String {
        self.required(doc, |text| is_guid(text).then(|| text.to_ascii_lowercase()))
    }

    /// Companions of a choice that is not taken must not be set: they would seem to be in use.
    pub(super) fn unused(&mut self, docs: &[SettingDoc], choice: SettingDoc, word: &str) {
        for doc in docs.iter().filter(|doc| self.text(**doc).is_some()).collect::<Vec<_>>() {
            let (name, choice) = (doc.name, choice.name);
            let fault = format!(
                "`{name}` is set although `{choice}` is not `{word}`; it must not be set, or \
                 `{choice}` must be `{word}`"
            );
            self.faults.push(fault);
        }
    }
}

/// A URL with nothing after its path and without a slash at its end.
pub(super) fn url(text: &str, schemes: &[&str]) -> Option<Url> {
    let url = Url::parse(text.trim_end_matches('/')).ok()?;
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (plain && url.has_host() && schemes.contains(&url.scheme())).then_some(url)
}

/// The root of an `https` server, without a slash at the end.
pub(super) fn https_root(text: &str) -> Option<String> {
    let url = url(text, &["https"]).filter(|url| url.path() == "/")?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// A host name of several parts, without anything around it.
pub(super) fn host_name(text: &str) -> Option<String> {
    let host = https_root(&format!("https://{text}"))?;
    let host = host.strip_prefix("https://")?;
    (host.contains('.') && host.eq_ignore_ascii_case(text)).then(|| host.to_owned())
}

/// A name as Azure's services take it: letters, digits, hyphens and underscores.
pub(super) fn name(text: &str) -> Option<String> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    (text.len() <= 127 && text.chars().all(letter)).then(|| text.to_owned())
}
