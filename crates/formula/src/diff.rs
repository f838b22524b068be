//! What two programs have in common and where they differ, in words that a lawyer reads.

mod parts;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::program::Program;
use parts::{Item, items};

/// The differences between two programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// Hash of the program that is compared.
    pub before: String,
    /// Hash of the program that it is compared with.
    pub after: String,
    /// Every difference: what is gone and what is changed in the order of the first program, then
    /// what is new in the order of the second.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Whether it is new, gone or changed.
    pub kind: ChangeKind,
    /// What is declared, such as `param`, `rule` or `table`.
    pub subject: String,
    /// Its name or code.
    pub name: String,
    /// Which part of it, such as `value`, `range` or `exception where occupancy != owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What it was, in the words of the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is, in the words of the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The difference in a line for people.
    pub text: String,
}

/// Whether something is new, gone or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the second program has it.
    Added,
    /// Only the first program has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
}

impl Program {
    /// Compares two programs, declaration by declaration and part by part.
    ///
    /// Two programs of one hash have no differences. The order of declarations, remarks and
    /// layout make none.
    #[must_use]
    pub fn diff(&self, after: &Self) -> Diff {
        let (old, new) = (items(self), items(after));
        let by_key = |list: &[Item]| -> BTreeMap<(&'static str, String), Item> {
            list.iter().map(|item| ((item.subject, item.name.clone()), item.clone())).collect()
        };
        let (old_keys, new_keys) = (by_key(&old), by_key(&new));
        let mut changes = Vec::new();
        for item in &old {
            match new_keys.get(&(item.subject, item.name.clone())) {
                Some(other) => changes.extend(changed(item, other)),
                None => changes.push(whole(ChangeKind::Removed, item)),
            }
        }
        let fresh = |item: &&Item| !old_keys.contains_key(&(item.subject, item.name.clone()));
        let fresh = new.iter().filter(fresh);
        changes.extend(fresh.map(|item| whole(ChangeKind::Added, item)));
        let hash = |program: &Self| program.formula_hash().to_owned();
        Diff { before: hash(self), after: hash(after), changes }
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(formatter, "{}", change.text)?;
        }
        Ok(())
    }
}

fn whole(kind: ChangeKind, item: &Item) -> Change {
    let source = Some(item.source.clone());
    let (mark, before, after) = match kind {
        ChangeKind::Added => ("new", None, source),
        ChangeKind::Removed | ChangeKind::Changed => ("gone", source, None),
    };
    Change {
        kind,
        subject: item.subject.to_owned(),
        name: item.name.clone(),
        part: None,
        before,
        after,
        text: format!("{mark}: {}", item.source.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// The parts in which two declarations of one name differ.
fn changed(old: &Item, new: &Item) -> Vec<Change> {
    let find = |item: &Item, part: &str| {
        item.parts.iter().find(|known| known.name == part).map(|known| known.text.clone())
    };
    let listed = |part: &str| {
        let parts = old.parts.iter().chain(&new.parts);
        parts.clone().any(|known| known.name == part && known.listed)
    };
    let mut names: Vec<&str> = old.parts.iter().map(|part| part.name.as_str()).collect();
    names.extend(new.parts.iter().map(|part| part.name.as_str()));
    let mut seen: Vec<&str> = Vec::new();
    let mut changes = Vec::new();
    for name in names {
        let (before, after) = (find(old, name), find(new, name));
        if seen.contains(&name) || before == after {
            continue;
        }
        seen.push(name);
        let kind = match (&before, &after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            (Some(_), Some(_)) => ChangeKind::Changed,
        };
        let values = (before.as_deref(), after.as_deref());
        let text = if listed(name) {
            list_line(&new.title, name, values)
        } else {
            line(&new.title, name, values)
        };
        let (subject, part) = (new.subject.to_owned(), Some(name.to_owned()));
        changes.push(Change { kind, subject, name: new.name.clone(), part, before, after, text });
    }
    changes
}

/// `Rate resets: added 2027-01-01 3.5%`
fn list_line(title: &str, part: &str, values: (Option<&str>, Option<&str>)) -> String {
    let (word, value) = match values {
        (None, Some(after)) => ("added", after),
        (Some(before), None) => ("removed", before),
        (_, _) => return line(title, part, values),
    };
    format!("{title}: {word} {part} {value}").trim_end().to_owned()
}

/// `Maximum loan-to-value: 80% → 75%`
fn line(title: &str, part: &str, values: (Option<&str>, Option<&str>)) -> String {
    let what = if part == parts::VALUE { title.to_owned() } else { format!("{title}, {part}") };
    match values {
        (Some(before), Some(after)) => format!("{what}: {before} → {after}"),
        (None, Some(after)) => format!("{what}: {after}"),
        (Some(before), None) => format!("{what}: no longer {before}"),
        (None, None) => what,
    }
}
