//! Places in a source, and the list that diagnostics are collected in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Diagnostic, Severity};
use crate::limits::{DIAGNOSTICS_MAX, SUGGESTION_WORK_MAX};

/// Which of the two sources something comes from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The product.
    Product,
    /// The instance, laid over the product.
    Instance,
}

/// A stretch of characters on one line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) layer: Layer,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) length: u32,
    /// Whether what is meant goes on over further lines.
    pub(crate) cut: bool,
}

impl Span {
    /// The layer and the line.
    pub(crate) const fn place(self) -> (Layer, u32) {
        (self.layer, self.line)
    }

    /// From the start of this stretch to the end of the other, if both are on one line.
    pub(crate) fn to(self, end: Self) -> Self {
        if end.line != self.line || end.column < self.column {
            return Self { cut: true, ..self };
        }
        let length = end.column.saturating_add(end.length).saturating_sub(self.column);
        Self { length, cut: self.cut || end.cut, ..self }
    }
}

/// Collects diagnostics, at most so many.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    list: Vec<(Layer, Diagnostic)>,
    errors: usize,
    /// Whether the last one was beyond the bound: advice about it belongs to none that is kept.
    dropped: bool,
}

impl Sink {
    pub(crate) fn error(&mut self, span: Span, code: &'static str, message: String) {
        self.errors = self.errors.saturating_add(1);
        self.push(span, Severity::Error, code, message);
    }

    pub(crate) fn warning(&mut self, span: Span, code: &'static str, message: String) {
        self.push(span, Severity::Warning, code, message);
    }

    /// An error with advice.
    pub(crate) fn advise(&mut self, span: Span, code: &'static str, message: String, help: &str) {
        self.error(span, code, message);
        self.help(help);
    }

    /// An error about a name, with the nearest name that would fit.
    pub(crate) fn suggest(
        &mut self,
        span: Span,
        code: &'static str,
        message: String,
        nearest: Option<&str>,
    ) {
        self.error(span, code, message);
        if let Some(nearest) = nearest {
            self.help(&format!("did you mean `{nearest}`?"));
            self.replacement(nearest);
        }
    }

    /// Says what could stand in place of what the diagnostic reported last is about.
    pub(crate) fn replacement(&mut self, text: &str) {
        if let Some(last) = self.last() {
            last.replacement = Some(text.to_owned());
        }
    }

    /// Gives the diagnostic reported last more particular advice.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some(last) = self.last() {
            help.clone_into(&mut last.help);
        }
    }

    fn last(&mut self) -> Option<&mut Diagnostic> {
        self.list.last_mut().filter(|_| !self.dropped).map(|(_, last)| last)
    }

    pub(crate) const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub(crate) const fn error_count(&self) -> usize {
        self.errors
    }

    /// All diagnostics in the order of their place, with the layer that each belongs to.
    pub(crate) fn into_list(mut self) -> Vec<(Layer, Diagnostic)> {
        self.list.sort_by_key(|(layer, d)| (*layer, d.line, d.column, d.severity));
        self.list.dedup();
        self.list.truncate(DIAGNOSTICS_MAX);
        self.list
    }

    fn push(&mut self, span: Span, severity: Severity, code: &'static str, message: String) {
        // Errors beyond the bound are counted but not kept; ten times the bound is kept so that
        // sorting by place still shows the first ones.
        self.dropped = self.list.len() >= DIAGNOSTICS_MAX.saturating_mul(10);
        if self.dropped {
            return;
        }
        let Span { layer, line, column, length, .. } = span;
        let diagnostic = Diagnostic {
            code,
            severity,
            message,
            line,
            column,
            length,
            help: super::codes::help(code).to_owned(),
            replacement: None,
        };
        self.list.push((layer, diagnostic));
    }
}

/// The candidate most like the name, if any is like it at all.
///
/// A source can hold a thousand wrong names beside a thousand right ones, so that the work for one
/// name is bounded: letters are compared first, and spelling only until the bound is reached.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let own = letters(name);
    let mut left = SUGGESTION_WORK_MAX;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let allowed = candidate.len().max(3).checked_div(3).unwrap_or(1);
        // A change of spelling changes at most one letter into another.
        let changed = (own ^ letters(candidate)).count_ones().div_ceil(2);
        let alike = usize::try_from(changed).is_ok_and(|changed| changed <= allowed);
        if !alike || name.len().abs_diff(candidate.len()) > allowed {
            continue;
        }
        let Some(rest) = left.checked_sub(name.len().saturating_mul(candidate.len())) else {
            break;
        };
        left = rest;
        let distance = strsim::osa_distance(name, candidate);
        if distance <= allowed && best.is_none_or(|best| (distance, candidate) < best) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Which bytes a name consists of, as a set of 64.
fn letters(name: &str) -> u64 {
    name.bytes().fold(0, |set, byte| set | 1_u64.wrapping_shl(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_goes_with_its_own_diagnostic_at_both_edges_of_what_is_kept() {
        let mut sink = Sink::default();
        let at = |line| Span { layer: Layer::Product, line, column: 1, length: 1, cut: false };
        let most = DIAGNOSTICS_MAX * 10;
        for line in 1..=most {
            let line = u32::try_from(line).unwrap();
            sink.advise(at(line), "formula.syntax", line.to_string(), &line.to_string());
        }
        let beyond = at(u32::try_from(most + 1).unwrap());
        sink.suggest(beyond, "formula.unknown-name", "beyond".to_owned(), Some("beyond"));
        assert_eq!((sink.list.len(), sink.error_count()), (most, most + 1));
        let (_, last) = sink.list.last().unwrap();
        assert_eq!((&last.help, &last.replacement), (&last.message, &None));
    }

    #[test]
    fn the_name_most_like_it_is_found() {
        let known = ["max_ltv", "max_term", "markets", "loan_amount", "é_rate"];
        for (name, expected) in [
            ("max_ltvv", Some("max_ltv")),
            ("mxa_term", Some("max_term")),
            ("market", Some("markets")),
            ("loan-amount", Some("loan_amount")),
            ("e_rate", Some("é_rate")),
            ("something_else", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }

    #[test]
    fn the_search_for_a_name_has_an_end() {
        let name = "a".repeat(40);
        let other = format!("{name}b");
        let most = SUGGESTION_WORK_MAX / (name.len() * other.len());
        // Names that are compared but not like it come before the one that is.
        let far = format!("{}{}", "a".repeat(20), "b".repeat(20));
        let before = |count: usize| std::iter::repeat_n(far.as_str(), count);
        let found = |count| nearest(&name, before(count).chain([other.as_str()]));
        assert_eq!(found(0), Some(other.as_str()));
        assert_eq!(found(most), None);
    }
}
