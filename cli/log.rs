//! Log lines of the host and the handler, for people who watch.

use crate::print;
use poa_local_host::{Level, LogLine, LogSink, Origin};
use serde_json::{Map, Value};
use std::{io::IsTerminal, sync::Arc};

/// Fields of the handler's log lines that people can do without.
const LEFT_OUT: [&str; 4] = ["timestamp", "level", "message", "target"];

/// Writes to standard error: warnings and errors, or everything.
pub(crate) fn sink(verbose: bool) -> LogSink {
    let colours = std::io::stderr().is_terminal();
    Arc::new(move |line: &LogLine| {
        let (level, message) = read(line);
        if verbose || level > Level::Information {
            let function = line.function.as_deref();
            print::aside(shown(level, function, &message, colours));
        }
    })
}

/// The handler writes JSON lines to standard output, which the host takes for information.
fn read(line: &LogLine) -> (Level, String) {
    let said = match line.origin {
        Origin::Handler => serde_json::from_str::<Map<String, Value>>(&line.message).ok(),
        Origin::Host => None,
    };
    let Some(said) = said else { return (line.level, line.message.clone()) };
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = match text("level") {
        "ERROR" => Level::Error,
        "WARN" => Level::Warning,
        _ => line.level,
    };
    let mut message = text("message").to_owned();
    for (name, value) in said.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        message = format!("{message} {name}={value}");
    }
    (level, message)
}

fn shown(level: Level, function: Option<&str>, message: &str, colours: bool) -> String {
    let (word, colour) = match level {
        Level::Information => ("info", None),
        Level::Warning => ("warn", Some(33)),
        Level::Error => ("error", Some(31)),
    };
    let word = match colour.filter(|_| colours) {
        Some(colour) => format!("\u{1b}[{colour}m{word}\u{1b}[0m"),
        None => word.to_owned(),
    };
    let function = function.map(|name| format!(" {name}")).unwrap_or_default();
    format!("{word}{function}: {message}")
}

#[cfg(test)]
mod tests {
    use super::{read, shown};
    use poa_local_host::{Level, LogLine, Origin};

    fn line(origin: Origin, message: &str) -> LogLine {
        let message = message.to_owned();
        LogLine { level: Level::Information, origin, function: None, invocation: None, message }
    }

    #[test]
    fn a_line_of_the_handler_has_its_own_level() {
        let said = r#"{"timestamp":"now","level":"WARN","message":"slow","took":7,"part":"bus"}"#;
        let (level, message) = read(&line(Origin::Handler, said));
        assert_eq!((level, message.as_str()), (Level::Warning, "slow part=bus took=7"));
        assert_eq!(read(&line(Origin::Host, said)).0, Level::Information);
        assert_eq!(read(&line(Origin::Handler, "plain")).1, "plain");
    }

    #[test]
    fn a_line_names_its_function_and_has_colours_on_a_terminal() {
        let plain = shown(Level::Warning, Some("expire"), "slow", false);
        assert_eq!(plain, "warn expire: slow");
        let coloured = shown(Level::Error, None, "slow", true);
        assert_eq!(coloured, "\u{1b}[31merror\u{1b}[0m: slow");
        assert_eq!(shown(Level::Information, None, "served", true), "info: served");
    }
}
