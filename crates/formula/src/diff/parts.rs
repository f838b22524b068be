//! A program taken apart: declarations with their parts, each in the words of the language.

use crate::check::declared_name;
use crate::ir::{Ir, Ty};
use crate::program::Program;
use crate::syntax::ast::{Cells, Check, Days, Declaration, Except, Kind, Rule, Schedule, Table};
use crate::syntax::print::{cell, declaration, expression, quoted, type_text};

/// The part that a declaration is about.
pub(super) const VALUE: &str = "value";

/// A declaration.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) subject: &'static str,
    /// Its name or code.
    pub(super) name: String,
    /// What people call it.
    pub(super) title: String,
    /// As it is written.
    pub(super) source: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) text: String,
    /// Whether it is one of a list, which is added to it or removed from it.
    pub(super) listed: bool,
}

/// Every declaration of the flattened program but its examples, and its header.
pub(super) fn items(program: &Program) -> Vec<Item> {
    let mut list = vec![header(program)];
    list.extend(program.declarations.iter().filter_map(|found| item(found, &program.ir)));
    list
}

fn header(program: &Program) -> Item {
    let mut parts = vec![part("version", program.version()), part("title", program.title())];
    parts.push(part("product", program.product()));
    if let Some(instance) = program.instance() {
        parts.push(part("instance", &instance.name));
        parts.push(part("jurisdiction", &instance.jurisdiction));
    }
    let title = "program".to_owned();
    Item { subject: "program", name: String::new(), title, source: String::new(), parts }
}

fn item(found: &Declaration, ir: &Ir) -> Option<Item> {
    let (subject, name) = subject(&found.kind)?;
    let plain = matches!(
        found.kind,
        Kind::Rule(_) | Kind::TransferRule(_) | Kind::Check(_) | Kind::Legal { .. }
    );
    let title = match &found.label {
        Some(label) => label.clone(),
        None if plain || matches!(found.kind, Kind::Calendar { .. } | Kind::Rates { .. }) => {
            format!("{subject} {name}")
        }
        None => name.replace('_', " "),
    };
    let mut parts = parts(&found.kind, ir);
    if found.locked {
        parts.push(part("lock", "locked"));
    }
    if let Some(label) = &found.label {
        parts.push(part("label", &quoted(label)));
    }
    parts.extend(found.exceptions.iter().map(exception));
    let source = declaration(&Declaration { added: false, ..found.clone() });
    Some(Item { subject, name, title, source, parts })
}

/// What is declared and its name; nothing for examples and what is already laid over others.
fn subject(kind: &Kind) -> Option<(&'static str, String)> {
    let subject = match kind {
        Kind::Currency { .. } => "currency",
        Kind::Codes { .. } => "codes",
        Kind::Attribute { .. } => "attribute",
        Kind::Evidence { .. } => "evidence",
        Kind::Param { .. } => "param",
        Kind::Let { .. } => "let",
        Kind::Rule(rule) => return Some(("rule", rule.code.text.clone())),
        Kind::TransferRule(rule) => return Some(("transfer rule", rule.code.text.clone())),
        Kind::Check(check) => return Some(("check", check.code.text.clone())),
        Kind::Legal { code, .. } => return Some(("legal", code.text.clone())),
        Kind::Waive { code, .. } => return Some(("waive", code.text.clone())),
        Kind::Table(_) => "table",
        Kind::Output { kind, .. } => kind.name(),
        Kind::Rank { .. } => "rank",
        Kind::Calendar { .. } => "calendar",
        Kind::Rates { .. } => "rates",
        Kind::Schedule(_) => "schedule",
        Kind::Example(_) | Kind::Set { .. } | Kind::Except { .. } => return None,
    };
    Some((subject, declared_name(kind)?.text.clone()))
}

fn parts(kind: &Kind, ir: &Ir) -> Vec<Part> {
    match kind {
        Kind::Currency { code, .. } => vec![part(VALUE, &code.text)],
        Kind::Codes { codes, .. } => {
            let codes: Vec<&str> = codes.iter().map(|code| code.text.as_str()).collect();
            vec![part(VALUE, &codes.join(", "))]
        }
        Kind::Attribute { ty, optional, side, .. } => {
            let mut parts = vec![part("type", &type_text(ty))];
            parts.extend(optional.then(|| part("presence", "optional")));
            parts.extend(side.map(|side| part("side", side.name())));
            parts
        }
        Kind::Evidence { max_age_days, .. } => age(*max_age_days).into_iter().collect(),
        Kind::Param { ty, value, .. } | Kind::Output { ty, value, .. } => {
            vec![part(VALUE, &expression(value)), part("type", &type_text(ty))]
        }
        Kind::Let { ty, value, .. } => {
            let mut parts = vec![part(VALUE, &expression(value))];
            parts.extend(ty.as_ref().map(|ty| part("type", &type_text(ty))));
            parts
        }
        Kind::Rank { value, .. } => vec![part(VALUE, &expression(value))],
        Kind::Rule(found) | Kind::TransferRule(found) => rule(found),
        Kind::Check(found) => check(found),
        Kind::Legal { text, max_age_days, .. } => {
            let mut parts = vec![part("text", &quoted(text))];
            parts.extend(age(*max_age_days));
            parts
        }
        Kind::Table(found) => table(found, ir),
        Kind::Schedule(found) => schedule(found),
        Kind::Calendar { days, .. } => calendar(days),
        Kind::Rates { entries, .. } => {
            let rows = entries.iter();
            rows.map(|row| entry(&expression(&row.date), &expression(&row.rate))).collect()
        }
        Kind::Waive { because, .. } => vec![part("reason", &quoted(&because.text))],
        Kind::Example(_) | Kind::Set { .. } | Kind::Except { .. } => Vec::new(),
    }
}

fn schedule(schedule: &Schedule) -> Vec<Part> {
    let mut parts = vec![part("contract", &schedule.contract.text)];
    let words = |name: &str| name.replace('_', " ");
    let terms = schedule.terms.iter();
    parts.extend(terms.map(|(name, value)| part(&words(&name.text), &expression(value))));
    parts
}

fn calendar(days: &Days) -> Vec<Part> {
    let weekend: Vec<&str> = days.weekend.iter().map(|day| day.text.as_str()).collect();
    let mut parts = vec![part("weekend", &weekend.join(", "))];
    let holidays = days.holidays.iter();
    parts.extend(holidays.map(|(date, _)| entry(&format!("holiday {date}"), "")));
    parts
}

fn rule(rule: &Rule) -> Vec<Part> {
    let mut parts = vec![part("demand", &expression(&rule.require))];
    parts.extend(rule.when.as_ref().map(|when| part("condition", &expression(when))));
    parts.push(part("text", &quoted(&rule.text.text)));
    parts.extend(rule.review.map(|_| part("review", "by a person")));
    parts
}

fn check(check: &Check) -> Vec<Part> {
    let mut parts = vec![
        part("text", &quoted(&check.text)),
        part("by", check.by.name()),
        part("weight", &expression(&check.weight)),
    ];
    parts.extend(check.mandatory.then(|| part("force", "mandatory")));
    parts.extend(age(check.max_age_days));
    parts.extend(check.require.as_ref().map(|found| part("demand", &expression(found))));
    parts
}

/// One part for each row, named by its cells.
fn table(table: &Table, ir: &Ir) -> Vec<Part> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.text.as_str()).collect();
    let percent = |column: &str| shown_as_percent(ir, column);
    let mut parts = vec![part("columns", &columns.join(", ")), part("type", &type_text(&table.ty))];
    for row in &table.rows {
        let name = match &row.cells {
            Cells::Otherwise => "otherwise".to_owned(),
            Cells::Each(cells) => {
                let cells = cells.iter().zip(&columns);
                let cells = cells.map(|(found, column)| cell(found, percent(column)));
                cells.collect::<Vec<_>>().join(" | ")
            }
        };
        parts.push(part(&name, &expression(&row.value)));
    }
    parts
}

fn shown_as_percent(ir: &Ir, name: &str) -> bool {
    let attributes = ir.attributes.iter().map(|known| (&known.name, known.ty));
    let named = ir.named.iter().map(|known| (&known.name, known.ty));
    let params = ir.params.iter().map(|known| (&known.name, known.ty));
    attributes.chain(named).chain(params).any(|(known, ty)| known == name && ty == Ty::Percent)
}

fn exception(except: &Except) -> Part {
    let condition = format!("where {}", expression(&except.when));
    let name =
        except.label.as_ref().map_or(condition.clone(), |label| format!("{label} ({condition})"));
    part(&name, &expression(&except.value))
}

fn age(days: Option<u32>) -> Option<Part> {
    days.map(|days| part("greatest age", &format!("{days} days")))
}

fn part(name: &str, text: &str) -> Part {
    Part { name: name.to_owned(), text: text.to_owned(), listed: false }
}

fn entry(name: &str, text: &str) -> Part {
    Part { listed: true, ..part(name, text) }
}
