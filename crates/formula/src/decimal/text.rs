//! The text form of a number, `-?digits(.digits)?`, which is also its JSON form.

use std::fmt::{self, Write};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::powers::{digits, power_of_ten};
use super::{DIGITS_MAX, Dec, DecFault, SCALE_MAX};

/// The longest text of a number: sign, point, and every digit place written out.
const TEXT_MAX: usize = 192;

impl FromStr for Dec {
    type Err = DecFault;

    fn from_str(text: &str) -> Result<Self, DecFault> {
        if text.len() > TEXT_MAX {
            return Err(DecFault::TooManyDigits);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(DecFault::Syntax),
            None => (unsigned, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(DecFault::Syntax);
        }
        read_digits(negative, whole, fraction.trim_end_matches('0'))
    }
}

fn read_digits(negative: bool, whole: &str, fraction: &str) -> Result<Dec, DecFault> {
    let mut value = 0_u128;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if value >= power_of_ten(DIGITS_MAX.wrapping_sub(1)) {
            return Err(DecFault::TooManyDigits);
        }
        let digit = u128::from(byte.wrapping_sub(b'0'));
        value = value.wrapping_mul(10).wrapping_add(digit);
    }
    let scale = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if scale > SCALE_MAX {
        return Err(DecFault::TooManyDigits);
    }
    Dec::from_parts(negative, value, scale)
}

impl fmt::Display for Dec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            formatter.write_char('-')?;
        }
        let (value, scale) = (self.magnitude(), self.scale());
        if scale == 0 {
            return write!(formatter, "{value}");
        }
        let count = digits(value);
        if count <= scale {
            formatter.write_str("0.")?;
            for _ in count..scale {
                formatter.write_char('0')?;
            }
            return write!(formatter, "{value}");
        }
        // Here the scale is below 34, for the coefficient has more digits than that.
        let unit = power_of_ten(scale);
        let whole = value.checked_div(unit).unwrap_or_default();
        let part = value.checked_rem(unit).unwrap_or_default();
        let width = usize::try_from(scale).unwrap_or_default();
        write!(formatter, "{whole}.{part:0width$}")
    }
}

impl Serialize for Dec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecVisitor)
    }
}

struct DecVisitor;

impl Visitor<'_> for DecVisitor {
    type Value = Dec;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a decimal number as a JSON string, such as \"1250.00\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Dec, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for Dec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
            "maxLength": TEXT_MAX,
            "description": "A decimal number of at most 34 significant digits",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_strict_form_is_read() {
        for text in
            ["", "-", "+1", ".5", "1.", "1_000", "1e5", " 1", "1 ", "--1", "0x1", "1.2.3", "١"]
        {
            assert_eq!(text.parse::<Dec>(), Err(DecFault::Syntax), "{text}");
        }
    }

    #[test]
    fn digits_are_counted_at_both_edges() {
        assert!("9".repeat(34).parse::<Dec>().is_ok());
        assert_eq!("9".repeat(35).parse::<Dec>(), Err(DecFault::TooManyDigits));
        let small = |zeros: usize| format!("0.{}1", "0".repeat(zeros)).parse::<Dec>();
        assert!(small(95).is_ok());
        assert_eq!(small(96), Err(DecFault::TooManyDigits));
        assert!(format!("{}1", "0".repeat(TEXT_MAX - 1)).parse::<Dec>().is_ok());
        assert_eq!("0".repeat(TEXT_MAX + 1).parse::<Dec>(), Err(DecFault::TooManyDigits));
    }

    #[test]
    fn printing_and_reading_are_inverse() {
        for text in ["0", "-1", "0.05", "-0.05", "123.456", "1000", "0.1", "99.99"] {
            assert_eq!(text.parse::<Dec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn json_numbers_are_refused() {
        assert_eq!(serde_json::from_str::<Dec>("\"1.50\"").unwrap().to_string(), "1.5");
        assert!(serde_json::from_str::<Dec>("1.5").is_err());
        assert!(serde_json::from_str::<Dec>("15").is_err());
        assert_eq!(serde_json::to_string(&Dec::ONE).unwrap(), "\"1\"");
    }
}
