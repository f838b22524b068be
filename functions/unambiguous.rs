//! JSON that every reader reads the same: no object names a member twice (RFC 8259 §4, RFC 7493
//! §2.3). Maps of the data would take the last one, and whoever checked the first was deceived.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::{collections::BTreeSet, fmt};

/// That some JSON is so; what it holds is not kept.
#[derive(Debug)]
pub struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Self>()?;
            if let Some(twice) = seen.replace(name) {
                return Err(Error::custom(format_args!("`{twice}` was sent twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Unambiguous;

    fn fault(json: &str) -> Option<String> {
        serde_json::from_str::<Unambiguous>(json).err().map(|fault| fault.to_string())
    }

    #[test]
    fn a_member_that_comes_twice_is_refused_wherever_it_is() {
        for json in [
            "{}",
            "[]",
            "{\"a\":{\"a\":[1,-1,1.5,null,true,\"a\",{\"a\":1},{\"a\":1}]},\"A\":1,\"\":2}",
        ] {
            assert_eq!(fault(json), None, "{json}");
        }
        for json in [
            "{\"a\":1,\"a\":1}",
            "{\"b\":1,\"a\":1,\"c\":{},\"\\u0061\":2}",
            "[{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}]",
        ] {
            assert!(
                fault(json).is_some_and(|fault| fault.contains("`a` was sent twice")),
                "{json}"
            );
        }
    }
}
