//! Application settings and the `%NAME%` references of bindings to them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Faults;
use crate::settings::{read_json, scalar};

/// The settings of the application: `Values` of `local.settings.json` under the environment.
#[derive(Debug, Default)]
pub(crate) struct AppSettings {
    /// What the handler receives.
    pub(crate) all: BTreeMap<String, String>,
    /// For look-ups: names are not case-sensitive, and `__` is the same as `:`.
    folded: BTreeMap<String, String>,
}

impl AppSettings {
    pub(crate) fn read(
        script_root: &Path,
        env: &BTreeMap<String, String>,
        faults: &mut Faults,
    ) -> Self {
        let mut all = local_values(&script_root.join("local.settings.json"), faults);
        // The real environment wins.
        all.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
        let folded = all.iter().map(|(name, value)| (fold(name), value.clone())).collect();
        Self { all, folded }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.folded.get(&fold(name)).map(String::as_str)
    }

    /// Replaces every `%NAME%`; the error names the first one that has no setting.
    pub(crate) fn resolve(&self, text: &str) -> Result<String, String> {
        replace(text, |name| {
            self.get(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("`%{name}%` does not resolve: there is no setting `{name}`"))
        })
    }

    /// Replaces every `%NAME%`; those without a setting vanish.
    pub(crate) fn expand(&self, text: &str) -> String {
        replace(text, |name| Ok(self.get(name).unwrap_or_default().to_owned())).unwrap_or_default()
    }
}

fn replace(text: &str, value: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('%') else {
            out.push('%');
            rest = after;
            break;
        };
        out.push_str(&value(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace("__", ":")
}

fn local_values(file: &Path, faults: &mut Faults) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    if !file.exists() {
        return values;
    }
    let Some(document) = read_json(file, faults) else { return values };
    let field = |name: &str| {
        let object = document.as_object()?;
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    if field("IsEncrypted").and_then(serde_json::Value::as_bool) == Some(true) {
        faults.add(file, "is encrypted: run `func settings decrypt` first");
        return values;
    }
    let Some(object) = field("Values").and_then(serde_json::Value::as_object) else {
        return values;
    };
    for (name, value) in object {
        match scalar(value) {
            Some(text) => {
                values.insert(name.clone(), text);
            }
            None => faults.add(file, format!("`Values.{name}` must be a string")),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> AppSettings {
        let env = BTreeMap::from([
            ("Topic".to_owned(), "tokenization".to_owned()),
            ("Bus__Name".to_owned(), "local".to_owned()),
        ]);
        AppSettings::read(Path::new("/nowhere"), &env, &mut Faults::default())
    }

    #[test]
    fn references_resolve_whatever_their_case_and_separator() {
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("%Topic%", Ok("tokenization")),
            ("a-%TOPIC%-%Bus:Name%", Ok("a-tokenization-local")),
            ("100%", Ok("100%")),
            ("%Nope%", Err("`%Nope%` does not resolve: there is no setting `Nope`")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(settings().resolve(text), expected);
        }
    }

    #[test]
    fn an_unknown_reference_vanishes_from_a_command_line() {
        assert_eq!(settings().expand("x%Nope%y %Topic%"), "xy tokenization");
    }
}
