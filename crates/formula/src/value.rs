//! Values on the wire: what a request brings and an evaluation gives back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Dec;
use crate::money::{Currency, Money};

/// A value in its JSON form.
///
/// Numbers, dates, codes, countries, currencies and texts are strings; a percentage is a fraction
/// (`"0.80"` is 80 %).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// An amount of money.
    Money(Money),
    /// An exchange rate.
    Fx(Fx),
    /// The members of a set.
    List(Vec<String>),
    /// Everything else.
    Text(String),
}

/// How many units of `to` one unit of `from` costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fx {
    /// The currency that is converted.
    pub from: Currency,
    /// The currency that it is converted to.
    pub to: Currency,
    /// The rate.
    pub rate: Dec,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_survives_the_round_trip() {
        for text in [
            "true",
            r#"{"amount":"1.50","currency":"EUR"}"#,
            r#"{"from":"EUR","to":"USD","rate":"1.0842"}"#,
            r#"["DE","SG"]"#,
            r#""2026-11-22""#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }
}
