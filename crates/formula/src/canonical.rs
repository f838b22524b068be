//! The canonical JSON of a program, and the hash over it.

mod nodes;

use serde_json::{Map, Value as Json, json};

use crate::ir::{Body, Cell, Code, DatedRates, Entry, Ir, Named, NamedCalendar, Part, Table, Term};
use crate::overlay::sha256;
use crate::schedule::{Cycle, EndOfMonth, InterestBase, Weekday};

/// The language, so that a later one cannot give an old hash a new meaning.
const LANGUAGE: &str = "saf/1";

/// The number kernel, for the same reason.
const NUMBERS: &str = "dec34/1";

/// SHA-256 over the RFC 8785 form of the program's JSON.
pub(crate) fn formula_hash(ir: &Ir) -> String {
    // Serialising a JSON value that consists of strings, booleans and small integers cannot fail.
    let text = serde_jcs::to_string(&json(ir)).unwrap_or_default();
    sha256(text.as_bytes())
}

/// Everything that decides what the program does; nothing about how it was written. What a program
/// does not have leaves no trace, so that a newer word of the language changes no older hash.
pub(crate) fn json(ir: &Ir) -> Json {
    let mut json = json!({
        "language": LANGUAGE,
        "numbers": NUMBERS,
        "product": ir.product,
        "version": ir.version,
        "title": ir.title,
        "instance": ir.instance,
        "currencies": ir.currencies.iter().map(|(name, code)| (name.clone(), json!(code)))
            .collect::<Map<_, _>>(),
        "codes": ir.code_lists.iter().map(|(name, list)| (name.clone(), json!(list)))
            .collect::<Map<_, _>>(),
        "attributes": ir.asked().iter().map(|known| attribute(ir, known)).collect::<Vec<_>>(),
        "evidence": ir.evidence,
        "params": ir.params.iter().map(|known| (known.name.clone(), param(ir, known)))
            .collect::<Map<_, _>>(),
        "definitions": ir.named.iter().filter(|known| !is_param(ir, known))
            .map(|known| (known.name.clone(), definition(ir, known))).collect::<Map<_, _>>(),
        "outputs": ir.named.iter().filter_map(|known| {
            Some(json!({ "name": known.name, "kind": known.output? }))
        }).collect::<Vec<_>>(),
        "rules": ir.rules.iter().map(|known| rule(ir, known)).collect::<Vec<_>>(),
        "checks": ir.checks.iter().zip(&ir.conditions)
            .map(|(known, condition)| check(ir, known, *condition)).collect::<Vec<_>>(),
        "legal": ir.legal,
    });
    let transfers = ir.transfer_rules.iter().map(|known| rule(ir, known));
    let transfers = (!ir.transfer_rules.is_empty()).then(|| transfers.collect());
    put(&mut json, "transfer_rules", transfers);
    let calendars = ir.calendars.iter().map(|known| (known.name.clone(), calendar(known)));
    put(&mut json, "calendars", object(calendars.collect()));
    let lists = ir.rates.iter().map(|known| (known.name.clone(), rates(ir, known)));
    put(&mut json, "rates", object(lists.collect()));
    let schedules = ir.schedules.iter().map(|known| schedule(ir, known));
    put(&mut json, "schedules", (!ir.schedules.is_empty()).then(|| schedules.collect()));
    put(&mut json, "regime", flag(ir.regime));
    let mut waivers: Vec<Json> = ir.waivers.iter().map(|known| json!(known)).collect();
    waivers.sort_by_key(Json::to_string);
    put(&mut json, "waivers", (!waivers.is_empty()).then_some(Json::Array(waivers)));
    json
}

/// Adds a member, if there is anything to add.
fn put(json: &mut Json, name: &str, value: Option<Json>) {
    if let (Json::Object(object), Some(value)) = (json, value) {
        object.insert(name.to_owned(), value);
    }
}

/// An object, if it has a member.
fn object(members: Map<String, Json>) -> Option<Json> {
    (!members.is_empty()).then_some(Json::Object(members))
}

fn flag(set: bool) -> Option<Json> {
    set.then_some(Json::Bool(true))
}

fn is_param(ir: &Ir, named: &Named) -> bool {
    ir.params.iter().any(|param| param.name == named.name)
}

fn attribute(ir: &Ir, attribute: &crate::ir::Attribute) -> Json {
    let mut json = json!({
        "name": attribute.name,
        "type": ir.type_text(attribute.ty),
        "range": attribute.range.map(|range| range.to_string()),
    });
    put(&mut json, "label", attribute.label.as_ref().map(|label| json!(label)));
    put(&mut json, "optional", flag(attribute.optional));
    put(&mut json, "side", attribute.side.map(|side| json!(side)));
    json
}

fn param(ir: &Ir, param: &crate::ir::Param) -> Json {
    let mut json = json!({
        "type": ir.type_text(param.ty),
        "range": param.range.map(|range| range.to_string()),
        "value": ir.wire(param.ty, param.value, &|currency| ir.bound(currency), &[]),
        "locked": param.locked,
    });
    put(&mut json, "label", param.label.as_ref().map(|label| json!(label)));
    let named = param.named.and_then(|slot| ir.named.get(slot));
    put(&mut json, "exceptions", named.and_then(|named| exceptions(ir, named)));
    json
}

fn exceptions(ir: &Ir, named: &Named) -> Option<Json> {
    let list = named.exceptions.iter().map(|exception| {
        let mut json = json!({
            "when": ir.bool_json(exception.when),
            "is": ir.code_json(exception.value),
        });
        put(&mut json, "label", exception.label.as_ref().map(|label| json!(label)));
        json
    });
    let mut list: Vec<Json> = list.collect();
    // Which of them stands first means nothing.
    list.sort_by_key(Json::to_string);
    (!list.is_empty()).then_some(Json::Array(list))
}

fn rule(ir: &Ir, rule: &crate::ir::Rule) -> Json {
    let mut json = json!({
        "code": rule.code,
        "message": message(ir, &rule.message),
        "require": ir.bool_json(rule.require),
        "when": rule.when.map(|when| ir.bool_json(when)),
        "locked": rule.locked,
    });
    put(&mut json, "review", flag(rule.review));
    json
}

fn schedule(ir: &Ir, schedule: &crate::ir::Schedule) -> Json {
    let constants = &schedule.constants;
    let mut json = json!({
        "name": schedule.name,
        "contract": schedule.contract_name(),
        "currency": ir.currency_name(schedule.currency),
        "day_count": constants.day_count.name(),
        "end_of_month": constants.end_of_month == EndOfMonth::EndOfMonth,
    });
    put(&mut json, "label", schedule.label.as_ref().map(|label| json!(label)));
    for (term, code) in &schedule.calculated.0 {
        put(&mut json, term.name(), Some(ir.code_json(*code)));
    }
    let text = |cycle: Option<Cycle>| cycle.map(|cycle| json!(cycle.to_string()));
    put(&mut json, Term::Cycle.name(), text(constants.cycle));
    put(&mut json, Term::InterestCycle.name(), text(constants.interest_cycle));
    let initial = constants.interest_base == InterestBase::Initial;
    put(&mut json, Term::InterestBase.name(), initial.then(|| json!("NTIED")));
    let business_day = constants.business_day;
    let shifts = business_day.shifts().then(|| json!(business_day.to_string()));
    put(&mut json, Term::BusinessDay.name(), shifts);
    let calendar = constants.calendar.map(|index| json!(ir.entry_name(Entry::Calendar(index))));
    put(&mut json, Term::Calendar.name(), calendar);
    put(&mut json, Term::ResetCycle.name(), text(constants.reset.map(|(cycle, _)| cycle)));
    let rates = constants.reset.map(|(_, index)| json!(ir.entry_name(Entry::Rates(index))));
    put(&mut json, Term::Rates.name(), rates);
    json
}

fn calendar(known: &NamedCalendar) -> Json {
    let weekend: Vec<&str> = known.calendar.weekend().map(Weekday::name).collect();
    let holidays: Vec<String> = known.calendar.holidays().map(|date| date.to_string()).collect();
    let mut json = json!({ "weekend": weekend, "holidays": holidays });
    put(&mut json, "label", known.label.as_ref().map(|label| json!(label)));
    put(&mut json, "locked", flag(known.locked));
    json
}

fn rates(ir: &Ir, known: &DatedRates) -> Json {
    let entries = known.entries.iter();
    let entries: Vec<Json> = entries
        .map(|(date, rate)| json!([ir.code_json(Code::Key(*date)), ir.code_json(Code::Num(*rate))]))
        .collect();
    let mut json = json!({ "entries": entries });
    put(&mut json, "label", known.label.as_ref().map(|label| json!(label)));
    put(&mut json, "locked", flag(known.locked));
    json
}

fn check(ir: &Ir, check: &crate::program::Check, condition: Option<usize>) -> Json {
    json!({
        "code": check.code,
        "text": check.text,
        "by": check.by,
        "weight": check.weight,
        "mandatory": check.mandatory,
        "max_age_days": check.max_age_days,
        "require": condition.map(|condition| ir.bool_json(condition)),
    })
}

fn definition(ir: &Ir, named: &Named) -> Json {
    let mut json = json!({ "type": ir.type_text(named.ty) });
    match &named.body {
        Body::Expression(code) => put(&mut json, "is", Some(ir.code_json(*code))),
        Body::Table(table) => put(&mut json, "table", Some(table_json(ir, table))),
    }
    put(&mut json, "label", named.label.as_ref().map(|label| json!(label)));
    put(&mut json, "locked", flag(named.locked));
    put(&mut json, "exceptions", exceptions(ir, named));
    json
}

fn table_json(ir: &Ir, table: &Table) -> Json {
    let columns: Vec<Json> = table.columns.iter().map(|column| ir.code_json(*column)).collect();
    let rows: Vec<Json> = table
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<Json> = row
                .cells
                .iter()
                .zip(&table.columns)
                .map(|(cell, column)| cell_json(ir, cell, ir.code_type(*column)))
                .collect();
            json!({ "cells": cells, "value": ir.code_json(row.value) })
        })
        .collect();
    json!({ "columns": columns, "rows": rows })
}

fn cell_json(ir: &Ir, cell: &Cell, ty: Option<crate::ir::Ty>) -> Json {
    match cell {
        Cell::Any => json!("-"),
        Cell::Interval(interval) => json!(interval.to_string()),
        Cell::Numbers(list) => json!(list),
        Cell::Booleans(list) => json!(list),
        Cell::Keys(list) => {
            let text = |key: &i64| ty.map(|ty| ir.key_text(ty, *key)).unwrap_or_default();
            json!(list.iter().map(text).collect::<Vec<_>>())
        }
    }
}

fn message(ir: &Ir, parts: &[Part]) -> Json {
    let parts = parts.iter().filter_map(|part| match part {
        Part::Text(text) if text.is_empty() => None,
        Part::Text(text) => Some(json!(text)),
        Part::Value(entry) => Some(json!({ "name": ir.entry_name(*entry) })),
    });
    parts.collect()
}

impl Ir {
    /// The name of a calculated value. While it is being checked, its slot stands for it.
    pub(crate) fn named_json(&self, slot: usize) -> Json {
        let Some(named) = self.named.get(slot) else { return json!(["slot", slot]) };
        let kind = if is_param(self, named) { "param" } else { "name" };
        json!([kind, named.name])
    }

    pub(crate) fn entry_json(&self, entry: Entry) -> Json {
        let kind = match entry {
            Entry::Attribute(_) => "attribute",
            Entry::Param(_) => "param",
            Entry::Currency(_)
            | Entry::Codes(_)
            | Entry::Evidence(_)
            | Entry::Named(_)
            | Entry::Calendar(_)
            | Entry::Rates(_) => "name",
        };
        json!([kind, self.entry_name(entry)])
    }
}
