//! What the checker has to say about a source: data first, with a text form for terminals.

pub mod codes;
pub(crate) mod sink;

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

/// One remark about a source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// A stable code such as `formula.unknown-name`; see [`codes::ALL`].
    pub code: &'static str,
    /// Whether the source is refused because of it.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// How many characters are meant.
    pub length: u32,
    /// What could be done about it; never empty.
    pub help: String,
    /// Text that could stand in place of the characters that are meant.
    pub replacement: Option<String>,
}

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The source is refused.
    Error,
    /// The source is accepted; somebody should look at this.
    Warning,
}

impl Diagnostic {
    /// The diagnostic as text with the line of source and a caret under what is meant.
    #[must_use]
    pub fn render(&self, file: &str, source: &str) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut text = format!("{severity}[{}]: {}\n", self.code, self.message);
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        push_line(&mut text, &format!("{margin}--> {file}:{}:{}", self.line, self.column));
        let index = usize::try_from(self.line.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(line) = source.lines().nth(index) {
            let before = usize::try_from(self.column.saturating_sub(1)).unwrap_or_default();
            let indent: String =
                line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let room = line.chars().count().saturating_sub(before).max(1);
            let width = usize::try_from(self.length).unwrap_or(room).clamp(1, room);
            push_line(&mut text, &format!("{margin} |"));
            push_line(&mut text, &format!("{number} | {line}"));
            push_line(&mut text, &format!("{margin} | {indent}{}", "^".repeat(width)));
        }
        push_line(&mut text, &format!("{margin} = help: {}", self.help));
        text
    }

    /// True when the source is refused because of it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self.severity, Severity::Error)
    }
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_points_at_what_is_meant() {
        let diagnostic = Diagnostic {
            code: codes::UNKNOWN_NAME,
            severity: Severity::Error,
            message: "nothing is called `max_ltvv`".to_owned(),
            line: 2,
            column: 5,
            length: 8,
            help: "did you mean `max_ltv`?".to_owned(),
            replacement: Some("max_ltv".to_owned()),
        };
        let expected = "error[formula.unknown-name]: nothing is called `max_ltvv`\n \
                        --> a.formula:2:5\n  |\n2 | set max_ltvv = 75%\n  |     ^^^^^^^^\n  \
                        = help: did you mean `max_ltv`?\n";
        assert_eq!(diagnostic.render("a.formula", "x\nset max_ltvv = 75%\n"), expected);
    }

    #[test]
    fn the_text_form_survives_a_place_outside_the_source() {
        let diagnostic = Diagnostic {
            code: codes::SYNTAX,
            severity: Severity::Warning,
            message: "m".to_owned(),
            line: 9,
            column: u32::MAX,
            length: u32::MAX,
            help: "h".to_owned(),
            replacement: None,
        };
        assert!(diagnostic.render("a", "").contains("a:9:"));
        let diagnostic = Diagnostic { line: 1, ..diagnostic };
        assert!(diagnostic.render("a", "one line").contains("^\n"));
    }
}
