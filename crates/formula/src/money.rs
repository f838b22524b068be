//! Currencies of ISO 4217 and amounts of money on the grid of their minor unit.

use std::fmt::{self, Write};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::decimal::{Dec, DecFault};

/// A currency of ISO 4217 that has a minor unit (so neither gold nor the test code).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

/// An amount in a currency, on the grid of the currency's minor unit.
///
/// JSON form: `{"amount":"1250.00","currency":"EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in whole units of the currency.
    pub amount: Dec,
    /// The currency.
    pub currency: Currency,
}

/// Why something is no amount of money, or two amounts do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyFault {
    /// The code is not in ISO 4217, or its currency has no minor unit.
    UnknownCurrency,
    /// The amount is no decimal number, or the result cannot be held.
    Number(DecFault),
    /// The amount has more decimal places than the currency.
    OffGrid,
    /// The two amounts are in different currencies.
    CurrencyMix,
}

impl Currency {
    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal places an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn minor_units(self) -> u32 {
        self.0.exponent().unwrap_or_default().into()
    }

    /// The code as a number, for slots that hold only numbers.
    pub(crate) fn key(self) -> i64 {
        self.code().bytes().fold(0, |key, byte| (key << 8) | i64::from(byte))
    }

    /// The currency whose `key` this is.
    pub(crate) fn from_key(key: i64) -> Option<Self> {
        let [.., a, b, c] = key.to_be_bytes();
        std::str::from_utf8(&[a, b, c]).ok()?.parse().ok()
    }
}

impl Money {
    /// An amount, checked against the grid of the currency's minor unit.
    pub fn new(amount: Dec, currency: Currency) -> Result<Self, MoneyFault> {
        if amount.scale() > currency.minor_units() {
            return Err(MoneyFault::OffGrid);
        }
        Ok(Self { amount, currency })
    }

    /// Reads an amount and a currency code.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, MoneyFault> {
        let currency = currency.parse()?;
        Self::new(amount.parse().map_err(MoneyFault::Number)?, currency)
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyFault> {
        let amount = self.with(other)?.checked_add(other.amount).map_err(MoneyFault::Number)?;
        Ok(Self { amount, currency: self.currency })
    }

    /// The difference of two amounts of one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyFault> {
        let amount = self.with(other)?.checked_sub(other.amount).map_err(MoneyFault::Number)?;
        Ok(Self { amount, currency: self.currency })
    }

    /// The amount with all the decimal places of its currency: `1250.00`.
    #[must_use]
    pub fn amount_text(&self) -> String {
        padded(self.amount, self.currency.minor_units())
    }

    fn with(self, other: Self) -> Result<Dec, MoneyFault> {
        if self.currency == other.currency { Ok(self.amount) } else { Err(MoneyFault::CurrencyMix) }
    }
}

/// A number with at least so many digits behind the point.
pub(crate) fn padded(amount: Dec, places: u32) -> String {
    let mut text = amount.to_string();
    if amount.scale() == 0 && places > 0 {
        text.push('.');
    }
    for _ in amount.scale()..places {
        text.push('0');
    }
    text
}

impl FromStr for Currency {
    type Err = MoneyFault;

    fn from_str(code: &str) -> Result<Self, MoneyFault> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or(MoneyFault::UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.currency.code())?;
        formatter.write_char(' ')?;
        formatter.write_str(&self.amount_text())
    }
}

impl fmt::Display for MoneyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCurrency => {
                formatter.write_str("the currency is not in ISO 4217 or has no minor unit")
            }
            Self::Number(fault) => fault.fmt(formatter),
            Self::OffGrid => {
                formatter.write_str("the amount has more decimal places than its currency")
            }
            Self::CurrencyMix => formatter.write_str("the amounts are in different currencies"),
        }
    }
}

impl std::error::Error for MoneyFault {}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        code.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "description": "A currency code of ISO 4217",
        })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Money", 2)?;
        object.serialize_field("amount", &self.amount_text())?;
        object.serialize_field("currency", &self.currency)?;
        object.end()
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMoney {
    amount: Dec,
    currency: Currency,
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = WireMoney::deserialize(deserializer)?;
        Self::new(wire.amount, wire.currency).map_err(D::Error::custom)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "amount": generator.subschema_for::<Dec>(),
                "currency": generator.subschema_for::<Currency>(),
            },
            "required": ["amount", "currency"],
            "additionalProperties": false,
            "description": "An amount on the grid of its currency's minor unit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_lie_on_the_grid_of_their_currency() {
        let cases = [
            ("1250.00", "EUR", Ok("EUR 1250.00")),
            ("1250", "JPY", Ok("JPY 1250")),
            ("-0.5", "USD", Ok("USD -0.50")),
            ("1.125", "KWD", Ok("KWD 1.125")),
            ("0.001", "EUR", Err(MoneyFault::OffGrid)),
            ("0.1", "JPY", Err(MoneyFault::OffGrid)),
            ("1", "XAU", Err(MoneyFault::UnknownCurrency)),
            ("1", "eur", Err(MoneyFault::UnknownCurrency)),
            ("1e3", "EUR", Err(MoneyFault::Number(DecFault::Syntax))),
        ];
        for (amount, currency, expected) in cases {
            let text = Money::parse(amount, currency).map(|money| money.to_string());
            assert_eq!(text.as_deref().map_err(|fault| *fault), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn only_amounts_of_one_currency_add_up() {
        let (a, b) = (Money::parse("1.10", "EUR").unwrap(), Money::parse("2.2", "EUR").unwrap());
        assert_eq!(a.checked_add(b).unwrap().to_string(), "EUR 3.30");
        assert_eq!(a.checked_sub(b).unwrap().to_string(), "EUR -1.10");
        let other = Money::parse("1", "USD").unwrap();
        assert_eq!(a.checked_add(other), Err(MoneyFault::CurrencyMix));
        assert_eq!(a.checked_sub(other), Err(MoneyFault::CurrencyMix));
    }

    #[test]
    fn the_json_form_is_strict() {
        let text = r#"{"amount":"1250.00","currency":"EUR"}"#;
        let money: Money = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), text);
        for wrong in [
            r#"{"amount":1250,"currency":"EUR"}"#,
            r#"{"amount":"1250.001","currency":"EUR"}"#,
            r#"{"amount":"1250","currency":"EUR","x":1}"#,
            r#"{"amount":"1250"}"#,
            r#"{"amount":"1","amount":"2","currency":"EUR"}"#,
        ] {
            assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_stands_for_its_currency() {
        let euro: Currency = "EUR".parse().unwrap();
        assert_eq!(Currency::from_key(euro.key()), Some(euro));
        assert_eq!(Currency::from_key(0), None);
    }
}
