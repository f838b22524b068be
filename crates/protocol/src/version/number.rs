//! The number of a version, and the header of a source that carries it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Major, minor and patch of semantic versioning, without suffixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionNumber {
    major: u64,
    minor: u64,
    patch: u64,
}

/// A text that is no version number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFault;

/// What the first words of the source of a product or a rule set say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `product`, or `regime` for the rule set of a legal regime.
    pub kind: &'static str,
    /// The name of the product.
    pub product: String,
    /// The number of the version.
    pub number: VersionNumber,
}

/// Reads the header of a product's source; the rest of it may be anything, as in a draft.
#[must_use]
pub fn header(source: &str) -> Option<Header> {
    let mut words = words(source);
    let word = words.next()?.1;
    let kind = ["product", "regime"].into_iter().find(|kind| *kind == word)?;
    let product = words.next()?.1.to_owned();
    let number = words.next()?.1.split('"').next()?.parse().ok()?;
    Some(Header { kind, product, number })
}

/// An overlay, laid over another version of the same product: the number in its header is another
/// one. A source that has no such header stays as it is, for the checker to say so.
#[must_use]
pub fn rebased(overlay: &str, number: VersionNumber) -> String {
    // `instance NAME of PRODUCT NUMBER …`
    let found = words(overlay).nth(4).filter(|(_, word)| word.parse::<VersionNumber>().is_ok());
    let Some((start, old)) = found else { return overlay.to_owned() };
    let (before, rest) = overlay.split_at(start);
    let after = rest.strip_prefix(old).unwrap_or(rest);
    format!("{before}{number}{after}")
}

/// The words of a source outside of its remarks, and where each begins.
fn words(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = placed(source.split_inclusive('\n'));
    lines.flat_map(|(start, line)| {
        let code = line.split('#').next().unwrap_or_default();
        let words = placed(code.split_inclusive(char::is_whitespace));
        let words = words.map(move |(at, word)| (start.saturating_add(at), word.trim_end()));
        words.filter(|(_, word)| !word.is_empty())
    })
}

/// Parts that follow one another without gaps, and where each begins.
fn placed<'a>(parts: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (usize, &'a str)> {
    let mut next = 0_usize;
    parts.map(move |part| {
        let start = next;
        next = next.saturating_add(part.len());
        (start, part)
    })
}

impl std::str::FromStr for VersionNumber {
    type Err = NumberFault;

    fn from_str(text: &str) -> Result<Self, NumberFault> {
        let mut parts = text.split('.');
        let mut part = || -> Result<u64, NumberFault> {
            let text = parts.next().ok_or(NumberFault)?;
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let plain = digits && (text == "0" || !text.starts_with('0'));
            if plain { text.parse().map_err(|_| NumberFault) } else { Err(NumberFault) }
        };
        let number = Self { major: part()?, minor: part()?, patch: part()? };
        if parts.next().is_none() { Ok(number) } else { Err(NumberFault) }
    }
}

impl std::fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl std::fmt::Display for NumberFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a version number has three parts, for example `1.2.0`")
    }
}

impl std::error::Error for NumberFault {}

impl Serialize for VersionNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VersionNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for VersionNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "VersionNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$",
            "description": "Major, minor and patch of semantic versioning",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{VersionNumber, header, rebased};

    #[test]
    fn an_overlay_is_laid_over_another_number_and_nothing_else_of_it_changes() {
        let number: VersionNumber = "2.0.0".parse().unwrap();
        for (overlay, expected) in [
            (
                "instance a of b 1.0.0 jurisdiction SG \"1.0.0\"",
                "instance a of b 2.0.0 jurisdiction SG \"1.0.0\"",
            ),
            (
                "# 1.0.0\ninstance a # über\r\n of b\n\t1.0.0\n",
                "# 1.0.0\ninstance a # über\r\n of b\n\t2.0.0\n",
            ),
            ("instance a of b jurisdiction SG", "instance a of b jurisdiction SG"),
            ("", ""),
        ] {
            assert_eq!(rebased(overlay, number), expected);
        }
    }

    #[test]
    fn numbers_order_by_their_parts_and_not_as_texts() {
        let number = |text: &str| text.parse::<VersionNumber>().unwrap();
        assert!(number("1.10.0") > number("1.9.9"));
        assert!(number("2.0.0") > number("1.99.99"));
        assert_eq!(number("0.1.0").to_string(), "0.1.0");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let too_large = "1.0.18446744073709551616";
        for text in ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-a", "1..0", "+1.0.0", too_large] {
            assert!(text.parse::<VersionNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_is_read_past_comments_and_line_breaks() {
        for source in [
            "product gold 2.1.0 \"Gold\" currency",
            "# first\n\n  product gold # name\n 2.1.0\"Gold\"\nbroken ( after",
        ] {
            let header = header(source).unwrap();
            assert_eq!(
                (header.product.as_str(), header.number.to_string().as_str()),
                ("gold", "2.1.0")
            );
        }
        for source in
            ["", "# product gold 2.1.0", "instance x of y 1.0.0", "product gold", "product 1.0.0"]
        {
            assert_eq!(header(source), None, "{source}");
        }
    }
}
