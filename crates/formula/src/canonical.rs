//! The canonical JSON of a program, and the hash over it.

mod nodes;

use serde_json::{Map, Value as Json, json};

use crate::ir::{Body, Cell, Entry, Ir, Named, Part, Table};
use crate::overlay::sha256;

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

/// Everything that decides what the program does; nothing about how it was written.
pub(crate) fn json(ir: &Ir) -> Json {
    json!({
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
        "attributes": ir.attributes.iter().map(|known| attribute(ir, known)).collect::<Vec<_>>(),
        "evidence": ir.evidence,
        "params": ir.params.iter().map(|known| (known.name.clone(), param(ir, known)))
            .collect::<Map<_, _>>(),
        "definitions": ir.named.iter().map(|known| (known.name.clone(), definition(ir, known)))
            .collect::<Map<_, _>>(),
        "outputs": ir.named.iter().filter_map(|known| {
            Some(json!({ "name": known.name, "kind": known.output? }))
        }).collect::<Vec<_>>(),
        "rules": ir.rules.iter().map(|known| rule(ir, known)).collect::<Vec<_>>(),
        "checks": ir.checks.iter().zip(&ir.conditions)
            .map(|(known, condition)| check(ir, known, *condition)).collect::<Vec<_>>(),
        "legal": ir.legal,
    })
}

fn attribute(ir: &Ir, attribute: &crate::ir::Attribute) -> Json {
    json!({
        "name": attribute.name,
        "type": ir.type_text(attribute.ty),
        "range": attribute.range.map(|range| range.to_string()),
    })
}

fn param(ir: &Ir, param: &crate::ir::Param) -> Json {
    json!({
        "type": ir.type_text(param.ty),
        "range": param.range.map(|range| range.to_string()),
        "value": ir.wire(param.ty, param.value, &|currency| ir.bound(currency), &[]),
        "locked": param.locked,
    })
}

fn rule(ir: &Ir, rule: &crate::ir::Rule) -> Json {
    json!({
        "code": rule.code,
        "message": message(ir, &rule.message),
        "require": ir.bool_json(rule.require),
        "when": rule.when.map(|when| ir.bool_json(when)),
        "locked": rule.locked,
    })
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
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(ir.type_text(named.ty)));
    match &named.body {
        Body::Expression(code) => object.insert("is".to_owned(), ir.code_json(*code)),
        Body::Table(table) => object.insert("table".to_owned(), table_json(ir, table)),
    };
    Json::Object(object)
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
    pub(crate) fn entry_json(&self, entry: Entry) -> Json {
        let kind = match entry {
            Entry::Attribute(_) => "attribute",
            Entry::Param(_) => "param",
            Entry::Currency(_) | Entry::Codes(_) | Entry::Evidence(_) | Entry::Named(_) => "name",
        };
        json!([kind, self.entry_name(entry)])
    }
}
