//! What a product is called and how it is classified.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// The code of a product: its name in formulas and paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProductCode(String);

/// An ISO 10962 classification of financial instruments, with `*` where any letter fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CfiPattern(String);

/// What kind of thing a product tokenizes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    /// Land and buildings, and shares of them.
    RealEstate,
    /// Loans and other debt, mortgages among them.
    Loan,
    /// Claims from deliveries and services, invoices among them.
    Receivable,
    /// Goods in store, precious metals among them.
    Commodity,
    /// Shares of companies.
    Equity,
    /// Units of funds.
    Fund,
    /// Machines, vehicles and other movable things.
    Equipment,
    /// Energy, and certificates about it.
    Energy,
    /// Emission rights and carbon credits.
    Carbon,
    /// Patents, trademarks, music and other rights.
    IntellectualProperty,
    /// Art and collectibles.
    Collectible,
    /// Money that looks for use: what a supplier brings.
    Capital,
    /// Work and services.
    Service,
    /// Nothing: its versions are rule sets of a legal regime, which instances of other products
    /// name.
    Regulation,
}

/// A text that does not have the shape that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShapeFault(&'static str);

const CODE_FAULT: ShapeFault =
    ShapeFault("a product code is a small letter and 2 to 63 small letters, digits or `_`");
const CFI_FAULT: ShapeFault =
    ShapeFault("a classification is an ISO 10962 category or `*`, then five capitals or `*`");

/// The categories of ISO 10962: equities, collective investment, debt, entitlements, listed
/// options, futures, swaps, non-listed options, spot, forwards, strategies, financing, referential
/// instruments, others.
const CATEGORIES: &[u8] = b"ECDROFSHIJKLTM";

impl AssetClass {
    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::RealEstate,
        Self::Loan,
        Self::Receivable,
        Self::Commodity,
        Self::Equity,
        Self::Fund,
        Self::Equipment,
        Self::Energy,
        Self::Carbon,
        Self::IntellectualProperty,
        Self::Collectible,
        Self::Capital,
        Self::Service,
        Self::Regulation,
    ];

    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RealEstate => "real_estate",
            Self::Loan => "loan",
            Self::Receivable => "receivable",
            Self::Commodity => "commodity",
            Self::Equity => "equity",
            Self::Fund => "fund",
            Self::Equipment => "equipment",
            Self::Energy => "energy",
            Self::Carbon => "carbon",
            Self::IntellectualProperty => "intellectual_property",
            Self::Collectible => "collectible",
            Self::Capital => "capital",
            Self::Service => "service",
            Self::Regulation => "regulation",
        }
    }
}

impl std::str::FromStr for AssetClass {
    type Err = ShapeFault;

    fn from_str(text: &str) -> Result<Self, ShapeFault> {
        let found = Self::ALL.iter().copied().find(|class| class.as_str() == text);
        found.ok_or(ShapeFault("no asset class has this name"))
    }
}

impl ProductCode {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for ProductCode {
    type Err = ShapeFault;

    fn from_str(text: &str) -> Result<Self, ShapeFault> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if first && (3..=64).contains(&text.len()) && bytes.all(inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CODE_FAULT)
        }
    }
}

impl std::str::FromStr for CfiPattern {
    type Err = ShapeFault;

    fn from_str(text: &str) -> Result<Self, ShapeFault> {
        let mut bytes = text.bytes();
        let category = bytes.next().is_some_and(|byte| byte == b'*' || CATEGORIES.contains(&byte));
        let letters = bytes.all(|byte| byte == b'*' || byte.is_ascii_uppercase());
        if category && letters && text.len() == 6 {
            Ok(Self(text.to_owned()))
        } else {
            Err(CFI_FAULT)
        }
    }
}

impl std::fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ShapeFault {}

macro_rules! texts {
    ($($name:ident, $pattern:literal, $description:literal;)+) => {
        $(
            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(&self.0)
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({
                        "type": "string", "pattern": $pattern, "description": $description,
                    })
                }
            }
        )+
    };
}

texts! {
    ProductCode, "^[a-z][a-z0-9_]{2,63}$", "The code of a product";
    CfiPattern, "^[ECDROFSHIJKLTM*][A-Z*]{5}$", "ISO 10962, with `*` for any letter";
}

#[cfg(test)]
mod tests {
    use super::{AssetClass, CfiPattern, ProductCode};

    #[test]
    fn a_code_has_three_to_sixty_four_small_characters() {
        let longest = format!("a{}", "0".repeat(63));
        for code in ["abc", "trade_invoice", "a_1", &longest] {
            assert!(code.parse::<ProductCode>().is_ok(), "{code}");
        }
        for code in ["", "ab", "1bc", "_bc", "Abc", "a-b", "abä", &format!("{longest}0")] {
            assert!(code.parse::<ProductCode>().is_err(), "{code}");
        }
    }

    #[test]
    fn a_classification_starts_with_a_category_of_iso_10962() {
        for cfi in ["DBFXFR", "D*****", "******", "TCXXXX"] {
            assert!(cfi.parse::<CfiPattern>().is_ok(), "{cfi}");
        }
        for cfi in ["", "DBFXF", "DBFXFRX", "dbfxfr", "ABFXFR", "DBFX1R", "DBFXÄ"] {
            assert!(cfi.parse::<CfiPattern>().is_err(), "{cfi}");
        }
    }

    #[test]
    fn every_asset_class_reads_back_as_it_is_written() {
        for class in AssetClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(*class));
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
    }
}
