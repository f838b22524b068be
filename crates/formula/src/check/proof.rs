//! The proof that a table has exactly one row for every case.
//!
//! Each column is cut into elementary classes in which no cell changes its mind: single codes,
//! the ends of intervals, and the stretches between them. Every combination of classes (a box)
//! must be met by exactly one row.

use std::cmp::Ordering;
use std::iter;
use std::ops::Range;

use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::Sink;
use crate::interval::Interval;
use crate::ir::{Cell, Code, Ir, Row, Ty};
use crate::limits::TABLE_BOXES_MAX;
use crate::syntax::ast;

/// The most faults reported for one table.
const REPORTS_MAX: usize = 5;

/// A column as the proof sees it.
pub(super) struct Column {
    pub(super) ty: Ty,
    pub(super) code: Code,
    pub(super) domain: Domain,
    pub(super) depth: usize,
}

/// What can occur in a column.
pub(super) enum Domain {
    Numbers {
        within: Interval,
        whole: bool,
    },
    Codes(usize),
    Booleans,
    /// Countries, currencies, dates and texts: those that cells name, and any other.
    Open,
}

pub(super) struct Proof<'a> {
    pub(super) table: &'a ast::Table,
    pub(super) columns: &'a [Column],
    pub(super) rows: &'a [Row],
}

/// One stretch of a column with the rows that accept it, one bit each.
struct Class {
    label: String,
    rows: Vec<u64>,
}

/// A value that stands for its class.
enum Sample {
    Number(Dec),
    Key(Option<i64>),
    Boolean(bool),
}

struct Search<'a> {
    classes: &'a [Vec<Class>],
    gaps: Vec<Vec<&'a str>>,
    overlaps: Vec<(usize, usize, Vec<&'a str>)>,
    complete: bool,
    /// Sets of rows that are no longer needed, to be used again.
    spare: Vec<Vec<u64>>,
}

impl Proof<'_> {
    pub(super) fn check(&self, sink: &mut Sink, ir: &Ir) {
        let samples: Vec<Vec<(String, Sample)>> = (0..self.columns.len())
            .filter_map(|index| Some(self.samples(index, self.columns.get(index)?, ir)))
            .collect();
        let boxes =
            samples.iter().fold(1_usize, |product, list| product.saturating_mul(list.len()));
        if boxes > TABLE_BOXES_MAX {
            let message = format!(
                "the table has {boxes} cases to prove, which is more than {TABLE_BOXES_MAX}"
            );
            let help = "split it into two tables with fewer columns";
            sink.advise(self.table.name.span, codes::TABLE_TOO_LARGE, message, help);
            return;
        }
        let classes: Vec<Vec<Class>> = samples
            .into_iter()
            .enumerate()
            .map(|(index, list)| self.classes(index, list))
            .collect();
        let otherwise = self.rows.last().is_some_and(|row| row.cells.is_empty());
        let mut search = Search {
            classes: &classes,
            gaps: Vec::new(),
            overlaps: Vec::new(),
            complete: otherwise,
            spare: Vec::new(),
        };
        search.descend(0, &self.all_rows(), &mut Vec::new());
        for labels in &search.gaps {
            let message = format!("no row for {}", self.case(labels));
            let help = "add a row for it, or a last row `| otherwise -> …`";
            sink.advise(self.table.name.span, codes::TABLE_GAP, message, help);
        }
        for (first, second, labels) in &search.overlaps {
            let line = |index: usize| self.table.rows.get(index).map(|row| row.span);
            let (Some(first), Some(second)) = (line(*first), line(*second)) else { continue };
            let message = format!(
                "the rows on lines {} and {} both apply to {}",
                first.line,
                second.line,
                self.case(labels)
            );
            sink.error(second, codes::TABLE_OVERLAP, message);
        }
    }

    /// A bit for each row except `otherwise`.
    fn all_rows(&self) -> Vec<u64> {
        self.bits(|row| !row.cells.is_empty())
    }

    fn bits(&self, accepts: impl Fn(&Row) -> bool) -> Vec<u64> {
        self.rows
            .chunks(64)
            .map(|chunk| {
                chunk.iter().rev().fold(0_u64, |bits, row| (bits << 1) | u64::from(accepts(row)))
            })
            .collect()
    }

    fn case(&self, labels: &[&str]) -> String {
        let parts: Vec<String> = self
            .table
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| match labels.get(index) {
                Some(label) => format!("{} {label}", column.text),
                None => format!("any {}", column.text),
            })
            .collect();
        parts.join(", ")
    }

    /// A value from each class of a column. What rows accept them is a question for later: a table
    /// that is too large is refused before.
    fn samples(&self, index: usize, column: &Column, ir: &Ir) -> Vec<(String, Sample)> {
        let cells = || self.rows.iter().filter_map(move |row| row.cells.get(index));
        match column.domain {
            Domain::Numbers { within, whole } => number_samples(cells(), within, whole),
            Domain::Booleans => [true, false]
                .into_iter()
                .map(|value| (format!("= {value}"), Sample::Boolean(value)))
                .collect(),
            Domain::Codes(count) => (0..count)
                .filter_map(|code| i64::try_from(code).ok())
                .map(|key| (format!("= {}", ir.key_text(column.ty, key)), Sample::Key(Some(key))))
                .collect(),
            Domain::Open => key_samples(cells(), column.ty, ir),
        }
    }

    fn classes(&self, index: usize, samples: Vec<(String, Sample)>) -> Vec<Class> {
        let words = self.rows.len().div_ceil(64);
        let (labels, samples): (Vec<String>, Vec<Sample>) = samples.into_iter().unzip();
        let mut bits = vec![vec![0_u64; words]; samples.len()];
        for (number, row) in self.rows.iter().enumerate() {
            let Some(cell) = row.cells.get(index) else { continue };
            let (word, bit) = (number.wrapping_shr(6), 1_u64.wrapping_shl(low_bits(number)));
            for class in accepted(cell, &samples).into_iter().flatten() {
                if let Some(rows) = bits.get_mut(class).and_then(|rows| rows.get_mut(word)) {
                    *rows |= bit;
                }
            }
        }
        labels.into_iter().zip(bits).map(|(label, rows)| Class { label, rows }).collect()
    }
}

/// Which of 64 bits stands for a row.
fn low_bits(number: usize) -> u32 {
    u32::try_from(number % 64).unwrap_or_default()
}

impl<'a> Search<'a> {
    fn descend(&mut self, column: usize, rows: &[u64], labels: &mut Vec<&'a str>) {
        if self.has_seen_enough() {
            return;
        }
        let count: u32 = rows.iter().map(|bits| bits.count_ones()).sum();
        if count == 0 {
            if !self.complete && self.gaps.len() < REPORTS_MAX {
                self.gaps.push(labels.clone());
            }
            return;
        }
        let Some(classes) = self.classes.get(column) else {
            if count > 1 {
                self.overlap(rows, labels);
            }
            return;
        };
        for class in classes {
            let mut both = self.spare.pop().unwrap_or_default();
            both.clear();
            both.extend(rows.iter().zip(&class.rows).map(|(a, b)| a & b));
            labels.push(&class.label);
            self.descend(column.saturating_add(1), &both, labels);
            labels.pop();
            self.spare.push(both);
        }
    }

    /// Whether no further fault would be reported.
    fn has_seen_enough(&self) -> bool {
        let gaps = self.complete || self.gaps.len() >= REPORTS_MAX;
        gaps && self.overlaps.len() >= REPORTS_MAX
    }

    fn overlap(&mut self, rows: &[u64], labels: &[&'a str]) {
        let mut set = rows.iter().enumerate().flat_map(|(word, bits)| {
            (0..64_usize)
                .filter(move |bit| (bits >> bit) & 1 == 1)
                .map(move |bit| word.saturating_mul(64).saturating_add(bit))
        });
        let (Some(first), Some(second)) = (set.next(), set.next()) else { return };
        let known = self.overlaps.iter().any(|(a, b, _)| (*a, *b) == (first, second));
        if !known && self.overlaps.len() < REPORTS_MAX {
            self.overlaps.push((first, second, labels.to_vec()));
        }
    }
}

/// The classes that a cell accepts, as runs of their numbers. The samples of a column stand in
/// order, so that an interval accepts one run and its ends are found by halving.
fn accepted(cell: &Cell, samples: &[Sample]) -> Vec<Range<usize>> {
    let one = |found: Result<usize, usize>| found.ok().map(|at| at..at.saturating_add(1));
    match cell {
        Cell::Any => iter::once(0..samples.len()).collect(),
        Cell::Interval(interval) => {
            let low = samples.partition_point(|sample| sample.is_below(interval));
            let high = samples.partition_point(|sample| !sample.is_above(interval));
            iter::once(low..high.max(low)).collect()
        }
        Cell::Numbers(list) => {
            let find = |value: &Dec| samples.binary_search_by(|sample| sample.compare_to(*value));
            list.iter().filter_map(|value| one(find(value))).collect()
        }
        Cell::Keys(list) => {
            let find = |key: &i64| samples.binary_search_by(|sample| sample.compare_key(*key));
            list.iter().filter_map(|key| one(find(key))).collect()
        }
        Cell::Booleans(list) => {
            let is = |sample: &Sample| matches!(sample, Sample::Boolean(b) if list.contains(b));
            (0..samples.len())
                .filter(|at| samples.get(*at).is_some_and(is))
                .map(|at| at..at.saturating_add(1))
                .collect()
        }
    }
}

impl Sample {
    fn is_below(&self, interval: &Interval) -> bool {
        let Self::Number(value) = self else { return false };
        interval.low.is_some_and(|b| if b.closed { *value < b.value } else { *value <= b.value })
    }

    fn is_above(&self, interval: &Interval) -> bool {
        let Self::Number(value) = self else { return true };
        interval.high.is_some_and(|b| if b.closed { *value > b.value } else { *value >= b.value })
    }

    fn compare_to(&self, value: Dec) -> Ordering {
        if let Self::Number(own) = self { own.cmp(&value) } else { Ordering::Less }
    }

    /// The key that stands for all others comes last.
    fn compare_key(&self, key: i64) -> Ordering {
        match self {
            Self::Key(Some(own)) => own.cmp(&key),
            Self::Key(None) => Ordering::Greater,
            Self::Number(_) | Self::Boolean(_) => Ordering::Less,
        }
    }
}

/// The ends of all intervals, and a number from each stretch between them.
fn number_samples<'a>(
    cells: impl Iterator<Item = &'a Cell>,
    within: Interval,
    whole: bool,
) -> Vec<(String, Sample)> {
    let mut points: Vec<Dec> =
        [within.low, within.high].iter().flatten().map(|b| b.value).collect();
    for cell in cells {
        match cell {
            Cell::Interval(interval) => {
                points.extend([interval.low, interval.high].iter().flatten().map(|b| b.value));
            }
            Cell::Numbers(list) => points.extend(list),
            Cell::Any | Cell::Keys(_) | Cell::Booleans(_) => {}
        }
    }
    points.sort_unstable();
    points.dedup();
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
        return vec![("of any size".to_owned(), Sample::Number(Dec::ZERO))];
    };
    let mut samples = Vec::new();
    let mut add = |label: String, value: Option<Dec>| {
        if let Some(value) = value.filter(|value| within.contains(*value)) {
            samples.push((label, Sample::Number(value)));
        }
    };
    add(format!("below {first}"), below(first));
    let nexts = points.iter().copied().skip(1).map(Some).chain([None]);
    for (point, next) in points.iter().copied().zip(nexts) {
        if !whole || point.is_integer() {
            add(format!("= {point}"), Some(point));
        }
        if let Some(next) = next {
            add(format!("between {point} and {next}"), between(point, next, whole));
        }
    }
    add(format!("above {last}"), last.checked_add(Dec::ONE).ok());
    samples
}

fn below(first: Dec) -> Option<Dec> {
    first.checked_sub(Dec::ONE).ok()
}

fn between(low: Dec, high: Dec, whole: bool) -> Option<Dec> {
    let inside = |value: &Dec| *value > low && *value < high;
    if whole {
        let floor = low.round(0, crate::decimal::Rounding::Floor).ok()?;
        return floor.checked_add(Dec::ONE).ok().filter(inside);
    }
    let sum = low.checked_add(high).ok()?;
    sum.checked_div(Dec::from(2)).ok().filter(inside)
}

/// The keys that cells name, and one that stands for all others.
fn key_samples<'a>(
    cells: impl Iterator<Item = &'a Cell>,
    ty: Ty,
    ir: &Ir,
) -> Vec<(String, Sample)> {
    let mut keys: Vec<i64> = cells
        .filter_map(|cell| if let Cell::Keys(keys) = cell { Some(keys) } else { None })
        .flatten()
        .copied()
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let named =
        keys.into_iter().map(|key| (format!("= {}", ir.key_text(ty, key)), Sample::Key(Some(key))));
    named.chain([("of any other kind".to_owned(), Sample::Key(None))]).collect()
}
