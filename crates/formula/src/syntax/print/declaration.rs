//! Declarations as they are written, one to a line; rows of tables on lines of their own.

use super::{expression, interval, quoted};
use crate::syntax::ast::{
    Cell, CellKind, Cells, Check, DatedRate, Days, Declaration, Example, Except, Expect, Expr,
    Kind, Name, Rule, Schedule, Setting, Table, Type, TypeKind,
};

/// A declaration as it is written.
pub(crate) fn declaration(declaration: &Declaration) -> String {
    let label = declaration.label.as_ref().map(|label| format!(" {}", quoted(label)));
    let label = label.unwrap_or_default();
    let locked = if declaration.locked { " locked" } else { "" };
    let body = match &declaration.kind {
        Kind::Currency { name, code } => format!("currency {} = {}", name.text, code.text),
        Kind::Codes { name, codes } => format!("codes {} = [{}]", name.text, names(codes)),
        Kind::Attribute { name, ty, optional, side } => {
            let optional = if *optional { " optional" } else { "" };
            let side = side.map(|side| format!(" for {}", side.name())).unwrap_or_default();
            format!("attribute {}{label} : {}{optional}{side}", name.text, type_text(ty))
        }
        Kind::Evidence { name, max_age_days } => {
            format!("evidence {}{}", name.text, age(*max_age_days))
        }
        Kind::Param { name, ty, value } => {
            let (ty, value) = (type_text(ty), expression(value));
            format!("param {}{label} : {ty} = {value}{locked}", name.text)
        }
        Kind::Let { name, ty, value } => {
            let ty = ty.as_ref().map(|ty| format!(" : {}", type_text(ty))).unwrap_or_default();
            format!("let {}{label}{ty} = {}{locked}", name.text, expression(value))
        }
        Kind::Rule(found) => format!("rule {}{locked}", rule(found)),
        Kind::TransferRule(found) => format!("transfer rule {}{locked}", rule(found)),
        Kind::Check(found) => check(found),
        Kind::Legal { code, text, max_age_days } => {
            format!("legal {} {}{}", code.text, quoted(text), age(*max_age_days))
        }
        Kind::Table(found) => table(found, &label, locked),
        Kind::Output { kind, name, ty, value } => {
            let (ty, value) = (type_text(ty), expression(value));
            format!("{} {}{label} : {ty} = {value}{locked}", kind.name(), name.text)
        }
        Kind::Rank { value, .. } => format!("rank = {}{locked}", expression(value)),
        Kind::Calendar { name, days: found } => {
            format!("calendar {}{label} = {}{locked}", name.text, days(found))
        }
        Kind::Rates { name, entries } => {
            format!("rates {}{label}{locked}{}", name.text, dated_rates(entries))
        }
        Kind::Schedule(found) => schedule(found, &label),
        Kind::Example(found) => example(found),
        Kind::Set { name, value } => format!("set {} ={}", name.text, setting(value)),
        Kind::Except { name, except: found } => except(&name.text, found),
        Kind::Waive { code, because: why } => waive(code, why),
    };
    if declaration.added { format!("add {body}") } else { body }
}

/// A type with its range.
pub(crate) fn type_text(ty: &Type) -> String {
    let percent = matches!(ty.kind, TypeKind::Percent);
    let range = ty.range.as_ref().map(|(range, _)| {
        let word = if range.low.is_some() && range.high.is_some() { "in " } else { "" };
        format!(" {word}{}", interval(range, percent))
    });
    format!("{}{}", type_kind(&ty.kind), range.unwrap_or_default())
}

/// A cell of a table; `percent` tells how to write its numbers.
pub(crate) fn cell(cell: &Cell, percent: bool) -> String {
    match &cell.kind {
        CellKind::Any => "-".to_owned(),
        CellKind::Interval(range) => interval(range, percent),
        CellKind::OneOf(values) => expressions(values),
    }
}

fn type_kind(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Integer => "integer".to_owned(),
        TypeKind::Decimal => "decimal".to_owned(),
        TypeKind::Percent => "percent".to_owned(),
        TypeKind::Boolean => "boolean".to_owned(),
        TypeKind::Text => "text".to_owned(),
        TypeKind::Date => "date".to_owned(),
        TypeKind::Country => "country".to_owned(),
        TypeKind::Currency => "currency".to_owned(),
        TypeKind::Named(name) => name.text.clone(),
        TypeKind::SetOf(inner) => format!("set of {}", type_kind(inner)),
        TypeKind::Money(currency) => format!("money {}", currency.text),
        TypeKind::Fx(from, to) => format!("fx {} -> {}", from.text, to.text),
    }
}

fn rule(rule: &Rule) -> String {
    let when = rule.when.as_ref().map(|when| format!(" when {}", expression(when)));
    let review = if rule.review.is_some() { " review" } else { "" };
    let (code, text) = (&rule.code.text, quoted(&rule.text.text));
    let require = expression(&rule.require);
    format!("{code} {text} require {require}{}{review}", when.unwrap_or_default())
}

fn check(check: &Check) -> String {
    let mandatory = if check.mandatory { " mandatory" } else { "" };
    let require = check.require.as_ref().map(|found| format!(" require {}", expression(found)));
    format!(
        "check {} {} by {} weight {}{mandatory}{}{}",
        check.code.text,
        quoted(&check.text),
        check.by.name(),
        expression(&check.weight),
        age(check.max_age_days),
        require.unwrap_or_default()
    )
}

fn table(table: &Table, label: &str, locked: &str) -> String {
    let (name, columns) = (&table.name.text, names(&table.columns));
    let mut text = format!("table {name}{label}({columns}) : {}{locked}", type_text(&table.ty));
    for row in &table.rows {
        let cells = match &row.cells {
            Cells::Otherwise => "otherwise".to_owned(),
            Cells::Each(cells) => {
                cells.iter().map(|found| cell(found, false)).collect::<Vec<_>>().join(" | ")
            }
        };
        text.push_str("\n  | ");
        text.push_str(&cells);
        text.push_str(" -> ");
        text.push_str(&expression(&row.value));
    }
    text
}

fn waive(code: &Name, because: &Name) -> String {
    format!("waive {} because {}", code.text, quoted(&because.text))
}

fn except(name: &str, except: &Except) -> String {
    let label = except.label.as_ref().map(|label| format!(" {}", quoted(label)));
    let (when, value) = (expression(&except.when), expression(&except.value));
    format!("except {name}{} when ({when}) = {value}", label.unwrap_or_default())
}

fn setting(value: &Setting) -> String {
    match value {
        Setting::Plain(value) => format!(" {}", expression(value)),
        Setting::Calendar(found) => format!(" {}", days(found)),
        Setting::Rates(entries) => dated_rates(entries),
    }
}

fn days(days: &Days) -> String {
    let weekend = format!("weekend [{}]", names(&days.weekend));
    if days.holidays.is_empty() {
        return weekend;
    }
    let dates: Vec<String> = days.holidays.iter().map(|(date, _)| date.to_string()).collect();
    format!("{weekend} holidays [{}]", dates.join(", "))
}

fn dated_rates(entries: &[DatedRate]) -> String {
    entries.iter().fold(String::new(), |text, row| {
        format!("{text}\n  | {} -> {}", expression(&row.date), expression(&row.rate))
    })
}

fn schedule(schedule: &Schedule, label: &str) -> String {
    let terms = schedule.terms.iter();
    let terms = terms.map(|(name, value)| format!("{}: {}", name.text, expression(value)));
    let terms: Vec<String> = terms.collect();
    let (name, contract) = (&schedule.name.text, &schedule.contract.text);
    format!("schedule {name}{label} = {contract}({})", terms.join(", "))
}

fn example(example: &Example) -> String {
    let given = example.given.iter();
    let given: Vec<String> =
        given.map(|(name, value)| format!("{} = {}", name.text, expression(value))).collect();
    let expect = example.expect.iter().map(|expect| match expect {
        Expect::Outcome(word) => word.text.clone(),
        Expect::Reject(word, codes) => {
            let codes: Vec<&str> = codes.iter().map(|code| code.text.as_str()).collect();
            format!("{} {}", word.text, codes.join(" "))
        }
        Expect::Value(name, value) => format!("{} = {}", name.text, expression(value)),
    });
    let expect: Vec<String> = expect.collect();
    let text = quoted(&example.text.text);
    format!("example {text} given {}\n  expect {}", given.join(", "), expect.join(", "))
}

fn names(list: &[Name]) -> String {
    list.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(", ")
}

fn expressions(list: &[Expr]) -> String {
    list.iter().map(expression).collect::<Vec<_>>().join(", ")
}

fn age(days: Option<u32>) -> String {
    days.map(|days| format!(" max age {days} days")).unwrap_or_default()
}
