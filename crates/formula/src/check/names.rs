//! Which names a definition mentions, the order in which to check them, and circles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use super::collect::defined_name;
use crate::diagnostic::codes;
use crate::ir::Entry;
use crate::syntax::ast::{Declaration, Expr, ExprKind, Kind, Name};

/// A `let`, table or output with the index of its slot.
#[derive(Clone, Copy)]
pub(super) struct Definition<'a> {
    pub(super) index: usize,
    pub(super) name: &'a Name,
    pub(super) declaration: &'a Declaration,
}

impl Checker<'_> {
    /// All definitions so that each comes after those it mentions; circles are reported and
    /// left out.
    pub(super) fn in_order<'a>(&mut self, declarations: &'a [Declaration]) -> Vec<Definition<'a>> {
        let definitions: Vec<Definition<'a>> = declarations
            .iter()
            .filter_map(|declaration| Some((defined_name(declaration)?, declaration)))
            .enumerate()
            .map(|(index, (name, declaration))| Definition { index, name, declaration })
            .collect();
        let mut waiting: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut users: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut ready: Vec<usize> = Vec::new();
        for definition in &definitions {
            let needs = self.needs(definition.declaration);
            for need in &needs {
                users.entry(*need).or_default().push(definition.index);
            }
            if needs.is_empty() {
                ready.push(definition.index);
            } else {
                waiting.insert(definition.index, needs);
            }
        }
        let mut order = Vec::new();
        while let Some(index) = ready.pop() {
            order.extend(definitions.get(index).copied());
            for user in users.remove(&index).unwrap_or_default() {
                let Some(needs) = waiting.get_mut(&user) else { continue };
                needs.remove(&index);
                if needs.is_empty() {
                    waiting.remove(&user);
                    ready.push(user);
                }
            }
        }
        self.report_circles(&definitions, &waiting);
        order
    }

    fn report_circles(
        &mut self,
        definitions: &[Definition<'_>],
        waiting: &BTreeMap<usize, BTreeSet<usize>>,
    ) {
        let mut told: BTreeSet<usize> = BTreeSet::new();
        for start in waiting.keys() {
            if told.contains(start) {
                continue;
            }
            // From a name that waits, going from need to need must come back to some name.
            let mut path = vec![*start];
            let circle = loop {
                let next = path
                    .last()
                    .and_then(|last| waiting.get(last))
                    .and_then(|needs| needs.iter().find(|need| waiting.contains_key(need)));
                let Some(next) = next else { break Vec::new() };
                if let Some(at) = path.iter().position(|seen| seen == next) {
                    break path.split_off(at);
                }
                path.push(*next);
            };
            let fresh = circle.iter().all(|index| !told.contains(index));
            told.extend(path.iter().chain(&circle));
            if fresh && !circle.is_empty() {
                self.report_circle(definitions, &circle);
            }
        }
    }

    fn report_circle(&mut self, definitions: &[Definition<'_>], circle: &[usize]) {
        let names: Vec<&Name> = circle
            .iter()
            .chain(circle.first())
            .filter_map(|index| definitions.get(*index))
            .map(|definition| definition.name)
            .collect();
        let Some(first) = names.first() else { return };
        let chain: Vec<String> =
            names.iter().take(20).map(|name| format!("`{}`", name.text)).collect();
        let message = format!("the definition goes round in a circle: {}", chain.join(" -> "));
        self.sink.error(first.span, codes::CYCLE, message);
    }

    /// The slots of the definitions that a definition mentions.
    fn needs(&self, declaration: &Declaration) -> BTreeSet<usize> {
        let entries = self.entries(&words(declaration)).into_iter();
        entries.filter_map(|entry| self.slot(entry)).collect()
    }

    /// The slot in which the value of a name is calculated, if it is.
    pub(super) fn slot(&self, entry: Entry) -> Option<usize> {
        match entry {
            Entry::Named(index) => Some(index),
            Entry::Param(index) => self.ir.params.get(index)?.named,
            Entry::Currency(_)
            | Entry::Codes(_)
            | Entry::Attribute(_)
            | Entry::Evidence(_)
            | Entry::Calendar(_)
            | Entry::Rates(_) => None,
        }
    }

    /// The entries, and all that they lead to through definitions.
    pub(super) fn reached(
        &self,
        direct: &BTreeSet<Entry>,
        bodies: &[&Declaration],
    ) -> BTreeSet<Entry> {
        let mut seen = direct.clone();
        let mut waiting: Vec<Entry> = direct.iter().copied().collect();
        while let Some(entry) = waiting.pop() {
            let Some(body) = self.slot(entry).and_then(|slot| bodies.get(slot)) else { continue };
            for next in self.entries(&words(body)) {
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        seen
    }

    /// What the words stand for, as far as they stand for anything.
    pub(super) fn entries(&self, names: &BTreeSet<&str>) -> BTreeSet<Entry> {
        names.iter().filter_map(|name| self.scope.get(*name)).map(|(entry, _)| *entry).collect()
    }
}

/// The declarations of all definitions, by slot.
pub(super) fn bodies(declarations: &[Declaration]) -> Vec<&Declaration> {
    declarations.iter().filter(|declaration| defined_name(declaration).is_some()).collect()
}

/// Collects all words that could be names of values.
pub(super) fn mentioned<'a>(expr: &'a Expr, names: &mut BTreeSet<&'a str>) {
    match &expr.kind {
        ExprKind::Number { .. } | ExprKind::Text(_) | ExprKind::Date(_) | ExprKind::Boolean(_) => {}
        ExprKind::Name(name) => {
            names.insert(name);
        }
        ExprKind::Set(parts) | ExprKind::Call(_, parts) => {
            for part in parts {
                mentioned(part, names);
            }
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => mentioned(inner, names),
        ExprKind::Binary(_, left, right)
        | ExprKind::Within(left, right)
        | ExprKind::Otherwise(left, right) => {
            mentioned(left, names);
            mentioned(right, names);
        }
        ExprKind::If(condition, then, otherwise) => {
            mentioned(condition, names);
            mentioned(then, names);
            mentioned(otherwise, names);
        }
        ExprKind::Between(value, ends) => {
            mentioned(value, names);
            mentioned(&ends.low, names);
            mentioned(&ends.high, names);
        }
        ExprKind::Sum(sum) => {
            mentioned(&sum.low, names);
            mentioned(&sum.high, names);
            mentioned(&sum.body, names);
        }
    }
}

/// All words that a definition mentions, its exceptions included.
pub(super) fn words(declaration: &Declaration) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    match &declaration.kind {
        Kind::Let { value, .. } | Kind::Output { value, .. } | Kind::Rank { value, .. } => {
            mentioned(value, &mut names);
        }
        Kind::Table(table) => {
            names.extend(table.columns.iter().map(|column| column.text.as_str()));
            for row in &table.rows {
                mentioned(&row.value, &mut names);
            }
        }
        Kind::Currency { .. }
        | Kind::Codes { .. }
        | Kind::Attribute { .. }
        | Kind::Evidence { .. }
        | Kind::Param { .. }
        | Kind::Rule(_)
        | Kind::TransferRule(_)
        | Kind::Calendar { .. }
        | Kind::Rates { .. }
        | Kind::Schedule(_)
        | Kind::Check(_)
        | Kind::Legal { .. }
        | Kind::Example(_)
        | Kind::Set { .. }
        | Kind::Except { .. }
        | Kind::Waive { .. } => {}
    }
    for exception in &declaration.exceptions {
        mentioned(&exception.when, &mut names);
        mentioned(&exception.value, &mut names);
    }
    names
}
