//! The formatter: spaces, line breaks and indentation; words and remarks stay as they are.

mod line;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::sink::{Layer, Sink, Span};
use crate::syntax::ast::{File, Kind, Setting};
use crate::syntax::lexer::{Token, TokenKind, tokens};
use crate::syntax::parser::parse;

use line::{Piece, aligned, joined};

/// How far what continues a declaration is set in.
const INDENT: &str = "  ";

/// A source in the form that every other source has.
///
/// Each declaration begins a line, what continues it is set in by two blanks, rows of a table
/// stand below each other, and there is at most one empty line between declarations. Where a
/// declaration breaks its lines is left to its author. A source that cannot be read is refused.
///
/// Formatting twice changes nothing more, and never what the source means.
pub fn format_source(source: &str) -> Result<String, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let file = parse(source, Layer::Product, &mut sink);
    let (Some(file), false) = (file, sink.has_errors()) else {
        return Err(sink.into_list().into_iter().map(|(_, diagnostic)| diagnostic).collect());
    };
    let lines = lines(source, &tokens(source, Layer::Product, &mut sink));
    Ok(Layout::new(&file).format(&lines))
}

/// A line of source: its words and signs, and the remark at its end.
struct SourceLine {
    pieces: Vec<Piece>,
    remark: Option<String>,
}

/// What a line of the result is, before rows are aligned.
struct OutputLine {
    pieces: Vec<Piece>,
    remark: Option<String>,
    /// Whether it begins a declaration.
    begins: bool,
    /// Whether it begins a row of a table.
    row: bool,
}

struct Layout {
    /// Where declarations and rows begin: line and column.
    declarations: BTreeSet<(u32, u32)>,
    rows: BTreeSet<(u32, u32)>,
}

impl Layout {
    fn new(file: &File) -> Self {
        let place = |span: Span| (span.line, span.column);
        let declarations = file.declarations.iter().map(|found| place(found.span)).collect();
        let rows = file.declarations.iter().flat_map(|found| rows(&found.kind)).map(place);
        let rows = rows.collect();
        Self { declarations, rows }
    }

    fn format(&self, lines: &[SourceLine]) -> String {
        let mut output: Vec<Option<OutputLine>> = Vec::new();
        for line in lines {
            if line.pieces.is_empty() && line.remark.is_none() {
                output.push(None);
                continue;
            }
            output.extend(self.split(line).into_iter().map(Some));
        }
        written(&output)
    }

    /// A line of source cut where declarations and rows begin; the remark stays at the last piece.
    fn split(&self, line: &SourceLine) -> Vec<OutputLine> {
        let mut list: Vec<OutputLine> = Vec::new();
        for piece in &line.pieces {
            let place = (piece.line, piece.column);
            let (begins, row) = (self.declarations.contains(&place), self.rows.contains(&place));
            match list.last_mut() {
                Some(open) if !begins && !row => open.pieces.push(piece.clone()),
                Some(_) | None => {
                    let pieces = vec![piece.clone()];
                    let begins = begins || (list.is_empty() && piece.first);
                    list.push(OutputLine { pieces, remark: None, begins, row });
                }
            }
        }
        match list.last_mut() {
            Some(open) => open.remark.clone_from(&line.remark),
            None => list.push(OutputLine {
                pieces: Vec::new(),
                remark: line.remark.clone(),
                begins: false,
                row: false,
            }),
        }
        list
    }
}

/// Where the rows of a declaration begin.
fn rows(kind: &Kind) -> Vec<Span> {
    if let Kind::Table(table) = kind {
        return table.rows.iter().map(|row| row.span).collect();
    }
    if let Kind::Rates { entries, .. } | Kind::Set { value: Setting::Rates(entries), .. } = kind {
        return entries.iter().map(|entry| entry.span).collect();
    }
    Vec::new()
}

/// The lines put together: rows that follow each other aligned, empty lines at most one.
fn written(lines: &[Option<OutputLine>]) -> String {
    let rows = aligned_rows(lines);
    let mut text = String::new();
    let mut empty = false;
    for (index, line) in lines.iter().enumerate() {
        let Some(line) = line else {
            empty = !text.is_empty();
            continue;
        };
        if std::mem::take(&mut empty) {
            text.push('\n');
        }
        let body = rows.get(&index).cloned().unwrap_or_else(|| joined(&line.pieces));
        let next = lines.iter().skip(index.saturating_add(1)).flatten();
        let mut next = next.skip_while(|line| line.pieces.is_empty());
        // A remark of its own belongs to what follows it.
        let outermost =
            if line.pieces.is_empty() { next.next().is_none_or(|l| l.begins) } else { line.begins };
        let indent = if outermost { "" } else { INDENT };
        let remark = line.remark.as_deref().unwrap_or_default();
        let gap = if body.is_empty() || remark.is_empty() { "" } else { "  " };
        text.push_str(format!("{indent}{body}{gap}{remark}").trim_end());
        text.push('\n');
    }
    text
}

/// The text of every row of a table that stands on one line, by its place among the lines.
fn aligned_rows(lines: &[Option<OutputLine>]) -> BTreeMap<usize, String> {
    let mut rows = BTreeMap::new();
    let mut group: Vec<(usize, &[Piece])> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(line) = line else { continue };
        if line.row && line.pieces.iter().any(Piece::is_arrow) {
            group.push((index, &line.pieces));
        } else if line.begins {
            rows.extend(aligned(&std::mem::take(&mut group)));
        }
    }
    rows.extend(aligned(&group));
    rows
}

/// The lines of a source with their tokens and remarks.
fn lines(source: &str, tokens: &[Token]) -> Vec<SourceLine> {
    let mut lines = Vec::new();
    for (number, text) in source.lines().enumerate() {
        let number = u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX);
        let characters: Vec<char> = text.chars().collect();
        let mut end = 0_usize;
        let mut pieces = Vec::new();
        for token in on_line(tokens, number) {
            let start = usize::try_from(token.span.column.saturating_sub(1)).unwrap_or(usize::MAX);
            let length = usize::try_from(token.span.length).unwrap_or_default();
            let after = start.saturating_add(length);
            let text = characters.get(start..after).unwrap_or_default().iter().collect();
            pieces.push(Piece {
                text,
                sign: matches!(token.kind, TokenKind::Sign(_)),
                glued: start == end && start > 0,
                first: number == tokens.first().map_or(0, |first| first.span.line),
                line: number,
                column: token.span.column,
            });
            end = after;
        }
        let rest: String = characters.get(end..).unwrap_or_default().iter().collect();
        let remark = rest.find('#').and_then(|at| rest.get(at..));
        let remark = remark.map(|remark| remark.trim_end().to_owned());
        lines.push(SourceLine { pieces, remark });
    }
    lines
}

/// The tokens of a line; tokens come in the order of their place.
fn on_line(tokens: &[Token], number: u32) -> impl Iterator<Item = &Token> {
    let from = tokens.partition_point(|token| token.span.line < number);
    let list = tokens.get(from..).unwrap_or_default().iter();
    list.take_while(move |token| token.span.line == number && token.kind != TokenKind::End)
}
