//! Places in a source, and the list that diagnostics are collected in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Diagnostic, Severity};
use crate::limits::DIAGNOSTICS_MAX;

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
}

impl Span {
    /// The layer and the line.
    pub(crate) const fn place(self) -> (Layer, u32) {
        (self.layer, self.line)
    }

    /// From the start of this stretch to the end of the other, if both are on one line.
    pub(crate) fn to(self, end: Self) -> Self {
        if end.line != self.line || end.column < self.column {
            return self;
        }
        let length = end.column.saturating_add(end.length).saturating_sub(self.column);
        Self { length, ..self }
    }
}

/// Collects diagnostics, at most so many.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    list: Vec<(Layer, Diagnostic)>,
    errors: usize,
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
            if let Some((_, last)) = self.list.last_mut() {
                last.replacement = Some(nearest.to_owned());
            }
        }
    }

    /// Adds advice to the diagnostic reported last.
    pub(crate) fn help(&mut self, help: &str) {
        if let Some((_, last)) = self.list.last_mut() {
            last.help = Some(help.to_owned());
        }
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
        if self.list.len() >= DIAGNOSTICS_MAX.saturating_mul(10) {
            return;
        }
        let Span { layer, line, column, length } = span;
        let diagnostic = Diagnostic {
            code,
            severity,
            message,
            line,
            column,
            length,
            help: None,
            replacement: None,
        };
        self.list.push((layer, diagnostic));
    }
}

/// The candidate most like the name, if any is like it at all.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| distance.saturating_mul(3) <= candidate.len().max(3))
        .min()
        .map(|(_, candidate)| candidate)
}
