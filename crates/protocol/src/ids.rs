//! Typed, sortable ids.
//! An id names the partition that it lives in, so that one point read finds it.
//!
//! Shape: prefix, `_`, a ULID (26 characters, time first), then the 20 characters of its [`Home`].
//! A party is its own partition and has no home part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID_LENGTH: usize = 26;
const HOME_LENGTH: usize = 20;

/// The part of an id that names its partition: 100 bits of a SHA-256, in Crockford's base 32.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Home(String);

impl Home {
    /// The home of what these parts name together. Each part is measured, so `ab`+`c` is not
    /// `a`+`bc`.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(base32(parts, HOME_LENGTH))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Digits of the SHA-256 over the measured parts, in Crockford's base 32.
fn base32(parts: &[&str], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(length);
    let mut bits: u32 = 0;
    let mut held: u32 = 0;
    for byte in hash.finalize() {
        held = ((held & 0xFF) << 8) | u32::from(byte);
        bits = bits.saturating_add(8);
        while bits >= 5 && text.len() < length {
            bits = bits.saturating_sub(5);
            let digit = usize::try_from((held >> bits) & 31).unwrap_or(0);
            text.push(char::from(CROCKFORD.get(digit).copied().unwrap_or(b'0')));
        }
    }
    text
}

/// An id that is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdFault {
    /// What the id should have started with.
    pub prefix: &'static str,
}

impl std::fmt::Display for IdFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an id here starts with `{}_`", self.prefix)
    }
}

impl std::error::Error for IdFault {}

fn crockford(text: &str) -> bool {
    // The digits and letters of CROCKFORD.
    let one = |byte: u8| {
        matches!(byte, b'0'..=b'9' | b'A'..=b'H' | b'J' | b'K' | b'M' | b'N')
            || matches!(byte, b'P'..=b'T' | b'V'..=b'Z')
    };
    text.bytes().all(one)
}

fn split(text: &str, prefix: &'static str, tail: usize) -> Result<(), IdFault> {
    let fault = IdFault { prefix };
    let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    let Some(rest) = rest else { return Err(fault) };
    let starts_low = rest.bytes().next().is_some_and(|first| first <= b'7');
    if rest.len() == ULID_LENGTH.saturating_add(tail) && crockford(rest) && starts_low {
        Ok(())
    } else {
        Err(fault)
    }
}

macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident, $prefix:literal, $tail:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every such id starts with, before the `_`.
            pub const PREFIX: &'static str = $prefix;

            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdFault;

            fn from_str(text: &str) -> Result<Self, IdFault> {
                split(text, $prefix, $tail)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                split(&text, $prefix, $tail).map_err(serde::de::Error::custom)?;
                Ok(Self(text))
            }
        }
    };
}

macro_rules! homed_ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {
        $(
            id_type!($(#[$meta])* $name, $prefix, HOME_LENGTH);

            impl $name {
                /// A new id in this home.
                #[must_use]
                pub fn new(ulid: Ulid, home: &Home) -> Self {
                    Self(format!(concat!($prefix, "_{}{}"), ulid, home.as_str()))
                }

                /// The home that this id names.
                #[must_use]
                pub fn home(&self) -> Home {
                    let start = self.0.len().saturating_sub(HOME_LENGTH);
                    Home(self.0.get(start..).unwrap_or_default().to_owned())
                }
            }
        )+
    };
}

id_type!(
    /// A party.
    PartyId,
    "pty",
    0
);

impl PartyId {
    /// The id of the party with this Legal Entity Identifier. Derived, so that one legal entity is
    /// one party without a second look.
    #[must_use]
    pub fn of_lei(lei: &str) -> Self {
        // 25 digits of 5 bits behind a leading 0 are the 26 digits of a ULID.
        Self(format!("pty_0{}", base32(&["party", lei], ULID_LENGTH.saturating_sub(1))))
    }
}

homed_ids! {
    /// A product.
    ProductId = "prd";
    /// A version of a product.
    VersionId = "ver";
    /// An instance of a version.
    InstanceId = "ins";
    /// A tokenization.
    TokenizationId = "tok";
    /// A smart asset.
    AssetId = "ast";
    /// A piece of evidence.
    EvidenceId = "evd";
    /// An attestation.
    AttestationId = "att";
    /// A transfer.
    TransferId = "trf";
    /// A redemption.
    RedemptionId = "red";
    /// A lock on units.
    LockId = "lck";
}

#[cfg(test)]
mod tests {
    use super::{Home, PartyId, TokenizationId};
    use ulid::Ulid;

    #[test]
    fn an_id_carries_its_home_and_reads_back() {
        let home = Home::of(&["pty_1", "INV-7"]);
        let id = TokenizationId::new(Ulid::from_parts(1_700_000_000_000, 42), &home);
        assert_eq!(id.home(), home);
        assert_eq!(id.as_str().len(), "tok_".len() + 26 + 20);
        assert_eq!(id.to_string().parse::<TokenizationId>().unwrap(), id);
    }

    #[test]
    fn the_digits_are_those_of_crockford_and_no_others() {
        for byte in 0..=127_u8 {
            let text = char::from(byte).to_string();
            assert_eq!(super::crockford(&text), super::CROCKFORD.contains(&byte), "{text}");
        }
    }

    #[test]
    fn parts_are_measured() {
        assert_ne!(Home::of(&["ab", "c"]), Home::of(&["a", "bc"]));
        assert_eq!(Home::of(&["a"]).as_str().len(), 20);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        let party = PartyId::of_lei("529900T8BM49AURSDO55").to_string();
        assert!(party.parse::<PartyId>().is_ok());
        for text in [
            "",
            "pty_",
            "tok_01",
            &party.to_lowercase(),
            &format!("{party}0"),
            party.trim_start_matches('p'),
        ] {
            assert!(text.parse::<PartyId>().is_err(), "{text}");
        }
        assert!(
            "pty_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<PartyId>().is_err(),
            "a ULID has 128 bits"
        );
    }
}
