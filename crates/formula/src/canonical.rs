//! The canonical JSON of a program, and the hash over it.

mod nodes;

use serde_json::{Map, Value as Json, json};

use crate::ir::{Body, Cell, Entry, Ir, Literal, Named, Part, Table};
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
    let names = |list: Vec<(String, Json)>| Json::Object(list.into_iter().collect());
    json!({
        "language": LANGUAGE,
        "numbers": NUMBERS,
        "product": ir.product,
        "version": ir.version,
        "title": ir.title,
        "instance": ir.instance,
        "currencies": names(
            ir.currencies.iter().map(|(name, code)| (name.clone(), json!(code))).collect()
        ),
        "codes": names(
            ir.code_lists.iter().map(|(name, list)| (name.clone(), json!(list))).collect()
        ),
        "attributes": ir.attributes.iter().map(|attribute| json!({
            "name": attribute.name,
            "type": ir.type_text(attribute.ty),
            "range": attribute.range.map(|range| range.to_string()),
        })).collect::<Vec<_>>(),
        "evidence": ir.evidence,
        "params": names(ir.params.iter().map(|param| (param.name.clone(), json!({
            "type": ir.type_text(param.ty),
            "range": param.range.map(|range| range.to_string()),
            "value": literal(ir, param.ty, param.value),
            "locked": param.locked,
        }))).collect()),
        "definitions": names(
            ir.named.iter()
                .map(|named| (named.name.clone(), definition(ir, named)))
                .collect()
        ),
        "outputs": ir.named.iter().filter_map(|named| Some(json!({
            "name": named.name,
            "kind": named.output?,
        }))).collect::<Vec<_>>(),
        "rules": ir.rules.iter().map(|rule| json!({
            "code": rule.code,
            "message": message(ir, &rule.message),
            "require": ir.bool_json(rule.require),
            "when": rule.when.map(|when| ir.bool_json(when)),
            "locked": rule.locked,
        })).collect::<Vec<_>>(),
        "checks": ir.checks.iter().zip(&ir.conditions).map(|(check, condition)| json!({
            "code": check.code,
            "text": check.text,
            "by": check.by,
            "weight": check.weight,
            "mandatory": check.mandatory,
            "max_age_days": check.max_age_days,
            "require": condition.map(|condition| ir.bool_json(condition)),
        })).collect::<Vec<_>>(),
        "legal": ir.legal,
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

/// A plain value.
fn literal(ir: &Ir, ty: crate::ir::Ty, value: Literal) -> Json {
    json!(ir.wire(ty, value, &|currency| ir.bound(currency), &[]))
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
