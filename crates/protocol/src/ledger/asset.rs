//! Smart assets: how they come into being, and what their outstanding units are worth.

use super::{Account, Bucket, Entry, EntryKind, LedgerRefusal, Leg, Posting, Units};
use crate::{
    ids::{AssetId, InstanceId, PartyId, TokenizationId},
    limits,
    side::Side,
    timestamp::Timestamp,
};
use poa_formula::{Dec, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Issues a smart asset: all its units go from its issuance account to the party that brought it.
pub fn issue(new: NewAsset) -> Result<Issued, LedgerRefusal> {
    if new.decimals > limits::UNIT_DECIMALS_MAX {
        let (decimals, limit) = (new.decimals, limits::UNIT_DECIMALS_MAX);
        return Err(LedgerRefusal::TooManyDecimals { decimals, limit });
    }
    if new.value.amount <= Dec::ZERO {
        return Err(LedgerRefusal::NoValue { value: new.value.to_string() });
    }
    let posting = Posting::new(Leg::ISSUANCE, Leg::of(&new.party, Bucket::Available), new.units)?;
    let account = Account::empty(&new.id, &new.party).after(&posting)?;
    let entry = Entry {
        kind: EntryKind::Issue,
        asset: new.id.clone(),
        about: new.tokenization.to_string(),
        cause: None,
        postings: vec![posting],
    };
    Ok(Issued { asset: new.into(), account, entry })
}

/// A smart asset as the pipeline asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsset {
    /// Its id.
    pub id: AssetId,
    /// Who brought it: the first holder of all units.
    pub party: PartyId,
    /// The instance that it was tokenized under.
    pub instance: InstanceId,
    /// The tokenization that proved it.
    pub tokenization: TokenizationId,
    /// Hash of the effective program that ran, as `sha256:…`.
    pub effective_hash: String,
    /// The side that it stands on.
    pub side: Side,
    /// How many decimals a unit count has: 2 means that 100 units are one whole.
    pub decimals: u8,
    /// Units to issue, above zero.
    pub units: Units,
    /// The proven value that they are issued on, above zero.
    pub value: Money,
    /// When.
    pub at: Timestamp,
}

/// What an issue leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The smart asset.
    pub asset: Asset,
    /// The account of the party that brought it, with all units available.
    pub account: Account,
    /// The entry.
    pub entry: Entry,
}

/// A smart asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// Who brought it.
    pub party: PartyId,
    /// The instance that it was tokenized under.
    pub instance: InstanceId,
    /// The tokenization that proved it.
    pub tokenization: TokenizationId,
    /// Hash of the effective program that ran, as `sha256:…`.
    pub effective_hash: String,
    /// The side that it stands on.
    pub side: Side,
    /// How many decimals a unit count has: 2 means that 100 units are one whole.
    pub decimals: u8,
    /// Units that were issued.
    pub issued: Units,
    /// Units that were redeemed or burnt.
    pub redeemed: Units,
    /// The proven value that the units were issued on.
    pub value: Money,
    /// Its state.
    pub state: AssetState,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Number of the first event of the last change; 0 before it is kept.
    pub revision: u64,
}

/// State of a smart asset.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AssetState {
    /// Its units move freely.
    Active,
    /// Its units do not move.
    Frozen,
    /// It has no units any more.
    Redeemed,
}

impl AssetState {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Redeemed => "redeemed",
        }
    }
}

impl std::str::FromStr for AssetState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let states = [Self::Active, Self::Frozen, Self::Redeemed];
        states.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}

impl From<NewAsset> for Asset {
    fn from(new: NewAsset) -> Self {
        Self {
            id: new.id,
            party: new.party,
            instance: new.instance,
            tokenization: new.tokenization,
            effective_hash: new.effective_hash,
            side: new.side,
            decimals: new.decimals,
            issued: new.units,
            redeemed: Units::ZERO,
            value: new.value,
            state: AssetState::Active,
            issued_at: new.at,
            revision: 0,
        }
    }
}

impl Asset {
    /// Units that somebody holds: issued less redeemed.
    pub fn outstanding(&self) -> Result<Units, LedgerRefusal> {
        self.issued.checked_sub(self.redeemed).ok_or(LedgerRefusal::Overflow)
    }

    /// The value of the outstanding units: the value at issue in proportion, rounded up to the
    /// minor unit of its currency, so that a guard that adds such values up errs on the safe side.
    /// It is always taken from the value at issue, so that many small redemptions round no further
    /// than one large one.
    pub fn outstanding_value(&self) -> Result<Money, LedgerRefusal> {
        let (part, whole) = (self.outstanding()?.count(), self.issued.count());
        let overflow = |_| LedgerRefusal::Overflow;
        let grid = Dec::from_i128(10_i128.saturating_pow(self.value.currency.minor_units()))
            .map_err(overflow)?;
        let minor = self.value.amount.checked_mul(grid).and_then(Dec::to_i128).map_err(overflow)?;
        let left = share_rounded_up(minor, part, whole).ok_or(LedgerRefusal::Overflow)?;
        let amount =
            Dec::from_i128(left).and_then(|left| left.checked_div(grid)).map_err(overflow)?;
        Ok(Money { amount, currency: self.value.currency })
    }

    /// Refuses what an asset that is not active does not allow.
    pub(super) fn must_move(&self) -> Result<(), LedgerRefusal> {
        match self.state {
            AssetState::Active => Ok(()),
            AssetState::Frozen => Err(LedgerRefusal::Frozen { asset: self.id.to_string() }),
            AssetState::Redeemed => Err(LedgerRefusal::Redeemed { asset: self.id.to_string() }),
        }
    }

    /// Refuses an account of another smart asset.
    pub(super) fn must_own(&self, account: &Account) -> Result<(), LedgerRefusal> {
        if account.asset == self.id { Ok(()) } else { Err(LedgerRefusal::OtherAccount) }
    }
}

/// `amount × part ÷ whole` rounded up, without a product that overflows: long multiplication,
/// binary digit by digit, that keeps only quotient and remainder. `None` where an argument is below
/// zero or the part exceeds the whole.
fn share_rounded_up(amount: i128, part: i128, whole: i128) -> Option<i128> {
    let (amount, part, whole) =
        (u128::try_from(amount).ok()?, u128::try_from(part).ok()?, u128::try_from(whole).ok()?);
    if part > whole || whole == 0 {
        return None;
    }
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for digit in (0..u128::BITS).rev() {
        // INVARIANT: remainder < whole < 2^127, so neither doubling nor adding the part reaches
        // 2^128.
        quotient = quotient.checked_mul(2)?;
        remainder = remainder.checked_mul(2)?;
        for addend in [0, (amount >> digit & 1).checked_mul(part)?] {
            remainder = remainder.checked_add(addend)?;
            if remainder >= whole {
                remainder = remainder.checked_sub(whole)?;
                quotient = quotient.checked_add(1)?;
            }
        }
    }
    let rounded = quotient.checked_add(u128::from(remainder > 0))?;
    i128::try_from(rounded).ok()
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "the plain arithmetic to compare with")]
mod tests {
    use super::share_rounded_up;
    use proptest::prelude::*;

    #[test]
    fn a_share_is_exact_or_rounded_up_and_never_above_the_whole() {
        let max = i128::MAX;
        for (amount, part, whole, expected) in [
            (100, 50, 100, Some(50)),
            (100, 1, 3, Some(34)),
            (100, 0, 3, Some(0)),
            (0, 2, 3, Some(0)),
            (max, max, max, Some(max)),
            (max, 1, max, Some(1)),
            (max, max - 1, max, Some(max - 1)),
            (max - 1, max - 1, max, Some(max - 1)),
            (1, 4, 3, None),
            (1, 0, 0, None),
            (-1, 1, 2, None),
            (1, -1, 2, None),
        ] {
            assert_eq!(share_rounded_up(amount, part, whole), expected, "{amount} {part} {whole}");
        }
    }

    proptest! {
        #[test]
        fn a_share_agrees_with_plain_arithmetic(
            amount in 0..=i128::from(u32::MAX),
            whole in 1..=i128::from(u64::MAX),
            portion in 0..=1_000_000_i128,
        ) {
            let part = whole * portion / 1_000_000;
            let product = amount * part;
            let expected = product / whole + i128::from(product % whole > 0);
            prop_assert_eq!(share_rounded_up(amount, part, whole), Some(expected));
        }
    }
}
