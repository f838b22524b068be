//! Units: the indivisible parts of a smart asset, counted in whole numbers.

use crate::limits;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr};

/// A number of units, 0 to 2^127 - 1. In JSON it is a string of digits, because JSON numbers lose
/// digits on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Units(i128);

/// A text or number that is no number of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitsFault;

impl Units {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The most.
    pub const MAX: Self = Self(limits::UNITS_MAX);

    /// So many units.
    pub fn new(count: i128) -> Result<Self, UnitsFault> {
        if (0..=limits::UNITS_MAX).contains(&count) { Ok(Self(count)) } else { Err(UnitsFault) }
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> i128 {
        self.0
    }

    /// Whether it is none.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` above the most.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference; `None` below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(|rest| Self::new(rest).ok())
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for UnitsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "units are a string of digits without sign or leading zero, at most `{}`",
            limits::UNITS_MAX
        )
    }
}

impl std::error::Error for UnitsFault {}

impl FromStr for Units {
    type Err = UnitsFault;

    fn from_str(text: &str) -> Result<Self, UnitsFault> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || (text.len() > 1 && text.starts_with('0')) {
            return Err(UnitsFault);
        }
        text.parse().map_err(|_| UnitsFault).and_then(Self::new)
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Units {
    fn schema_name() -> Cow<'static, str> {
        "Units".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(0|[1-9][0-9]{0,38})$",
            "description": "A whole number of units, 0 to 2^127 - 1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Units, UnitsFault};

    #[test]
    fn both_edges_read_back_and_what_lies_beyond_is_refused() {
        for text in ["0", "1", "170141183460469231731687303715884105727"] {
            let units: Units = text.parse().unwrap();
            assert_eq!(units.to_string(), text);
            let json = serde_json::to_string(&units).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Units>(&json).unwrap(), units);
        }
        for text in [
            "170141183460469231731687303715884105728",
            "999999999999999999999999999999999999999999",
            "-1",
            "+1",
            "01",
            "1.0",
            "1e3",
            "1_000",
            " 1",
            "",
            "٣",
        ] {
            assert_eq!(text.parse::<Units>(), Err(UnitsFault), "{text}");
        }
        assert!(serde_json::from_str::<Units>("5").is_err(), "a JSON number loses digits");
        assert_eq!(Units::new(-1), Err(UnitsFault));
    }

    #[test]
    fn sums_stop_at_the_edges() {
        let one = Units::new(1).unwrap();
        assert_eq!(Units::MAX.checked_add(one), None);
        assert_eq!(Units::MAX.checked_sub(one).unwrap().checked_add(one), Some(Units::MAX));
        assert_eq!(Units::ZERO.checked_sub(one), None);
        assert_eq!(one.checked_sub(one), Some(Units::ZERO));
    }
}
