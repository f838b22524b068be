//! The `Values` of a `local.settings.json`.

use crate::ending::Stop;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// Reads them.
pub(crate) fn read(file: &Path) -> Result<BTreeMap<String, String>, Stop> {
    let wrong = |why: &str| Stop::missing(file.display(), why);
    let text = fs::read_to_string(file).map_err(|fault| wrong(&fault.to_string()))?;
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|fault| wrong(&format!("not JSON: {fault}")))?;
    if document.get("IsEncrypted").and_then(Value::as_bool) == Some(true) {
        return Err(wrong("it is encrypted; run `func settings decrypt` first"));
    }
    let values = document.get("Values").and_then(Value::as_object);
    let values = values.ok_or_else(|| wrong("it has no object `Values`"))?;
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(wrong(&format!("the value of `{name}` is not a text"))),
    };
    values.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::fs;

    #[test]
    fn values_are_texts_in_an_object_that_is_not_encrypted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("local.settings.json");
        for (text, words) in [
            ("", "not JSON"),
            ("{}", "no object `Values`"),
            (r#"{"Values":{"A":1}}"#, "the value of `A`"),
            (r#"{"IsEncrypted":true,"Values":{}}"#, "func settings decrypt"),
        ] {
            fs::write(&file, text).unwrap();
            let stop = read(&file).unwrap_err();
            assert!(stop.message.contains(words), "{}", stop.message);
        }
        fs::write(&file, "\u{feff}{\"Values\":{\"A\":\"1\"}}").unwrap();
        assert_eq!(read(&file).unwrap()["A"], "1");
        assert!(read(&folder.path().join("none")).is_err());
    }
}
