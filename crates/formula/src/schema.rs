//! JSON Schema of the data that a program asks for.

use serde_json::{Map, Value as Json, json};

use crate::ir::{Attribute, Ir, Ty};
use crate::limits::{SET_MEMBERS_MAX, TEXT_BYTES_MAX};

/// JSON Schema (2020-12) of the data object. Ranges of decimals, which are strings, cannot be
/// said in JSON Schema; they are in the descriptions.
pub(crate) fn of_attributes(ir: &Ir) -> Json {
    let asked = || {
        let slots = ir.asked().iter().enumerate();
        slots.filter(|(slot, _)| Some(*slot) != ir.as_of).map(|(_, attribute)| attribute)
    };
    let properties: Map<String, Json> =
        asked().map(|attribute| (attribute.name.clone(), of_attribute(ir, attribute))).collect();
    let required: Vec<&str> = asked()
        .filter(|attribute| !attribute.may_be_missing())
        .map(|attribute| attribute.name.as_str())
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": ir.title,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn of_attribute(ir: &Ir, attribute: &Attribute) -> Json {
    let mut schema = of_type(ir, attribute.ty);
    let range = attribute.range.map(|range| format!(" {range}")).unwrap_or_default();
    if let Json::Object(object) = &mut schema {
        let label = attribute.label.as_ref().map(|label| format!("{label}: "));
        let side = attribute.side.map(|side| format!(", only from the {}", side.name()));
        let description = format!(
            "{}{}{range}{}",
            label.unwrap_or_default(),
            ir.type_text(attribute.ty),
            side.unwrap_or_default()
        );
        object.insert("description".to_owned(), json!(description));
    }
    schema
}

fn of_type(ir: &Ir, ty: Ty) -> Json {
    let decimal = || json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" });
    match ty {
        Ty::Integer => json!({
            "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^-?[0-9]+$" }]
        }),
        Ty::Decimal | Ty::Percent => decimal(),
        Ty::Boolean => json!({ "type": "boolean" }),
        Ty::Text => json!({ "type": "string", "maxLength": TEXT_BYTES_MAX }),
        Ty::Date => json!({ "type": "string", "format": "date" }),
        Ty::Country => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        Ty::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Ty::Codes(list) => json!({ "enum": ir.list(list).map(|(_, codes)| codes) }),
        Ty::Set(element) => json!({
            "type": "array",
            "items": of_type(ir, element.ty()),
            "uniqueItems": true,
            "maxItems": SET_MEMBERS_MAX,
        }),
        Ty::Money { currency, .. } => json!({
            "type": "object",
            "properties": { "amount": decimal(), "currency": currency_schema(ir, currency) },
            "required": ["amount", "currency"],
            "additionalProperties": false,
        }),
        Ty::Fx(from, to) => json!({
            "type": "object",
            "properties": {
                "from": currency_schema(ir, from),
                "to": currency_schema(ir, to),
                "rate": decimal(),
            },
            "required": ["from", "to", "rate"],
            "additionalProperties": false,
        }),
    }
}

fn currency_schema(ir: &Ir, currency: crate::ir::Ccy) -> Json {
    ir.bound(currency).map_or_else(
        || json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        |bound| json!({ "const": bound }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_asks_for_everything_but_the_date_of_the_decision() {
        let source = "product p 1.0.0 \"P\"\ncurrency home = EUR\nattribute as_of : date\n\
                      attribute a : money home > 0\nattribute n : integer in 1 .. 5\n\
                      rule R \"r\" require n > 2\n";
        let schema = crate::compile_product(source).unwrap().attributes_json_schema();
        assert_eq!(schema["required"], json!(["a", "n"]));
        assert_eq!(schema["properties"]["a"]["properties"]["currency"]["const"], "EUR");
        assert_eq!(schema["properties"]["n"]["description"], "integer 1 .. 5");
    }
}
