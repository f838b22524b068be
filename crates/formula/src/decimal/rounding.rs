//! The seven ways of rounding a number to a place.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finish::narrow;
use super::powers::{limb_cut, power_of_ten};
use super::wide::{Tail, Wide};
use super::{Dec, DecFault, Packed};

/// How a number is rounded when digits are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a tie to the even digit ("banker's rounding").
    HalfEven,
    /// To the nearest; a tie away from zero.
    HalfUp,
    /// To the nearest; a tie towards zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards the smaller number.
    Floor,
    /// Towards the larger number.
    Ceiling,
}

impl Rounding {
    /// All modes, in the order of the language reference.
    pub const ALL: [Self; 7] = [
        Self::HalfEven,
        Self::HalfUp,
        Self::HalfDown,
        Self::Up,
        Self::Down,
        Self::Floor,
        Self::Ceiling,
    ];

    /// The word for this mode in formulas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HalfEven => "half_even",
            Self::HalfUp => "half_up",
            Self::HalfDown => "half_down",
            Self::Up => "up",
            Self::Down => "down",
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
        }
    }

    /// Whether the last digit kept grows by one, where `rest` of `whole` was cut off behind it.
    /// Halves are told without a branch, which would be guessed wrong every other time.
    #[inline]
    const fn grows_by(self, negative: bool, kept: u128, rest: u128, whole: u128) -> bool {
        let twice = rest.wrapping_shl(1);
        match self {
            Self::HalfEven => twice.wrapping_add(kept & 1) > whole,
            Self::HalfUp => twice >= whole,
            Self::HalfDown => twice > whole,
            Self::Up => rest != 0,
            Self::Down => false,
            Self::Floor => negative && rest != 0,
            Self::Ceiling => !negative && rest != 0,
        }
    }

    /// Whether the last digit kept grows by one.
    pub(super) const fn grows(self, negative: bool, odd: bool, tail: Tail) -> bool {
        match (self, tail) {
            (_, Tail::Exact)
            | (Self::Down, _)
            | (Self::HalfDown, Tail::Half)
            | (Self::HalfEven | Self::HalfUp | Self::HalfDown, Tail::BelowHalf) => false,
            (Self::Up, _)
            | (Self::HalfEven | Self::HalfUp | Self::HalfDown, Tail::AboveHalf)
            | (Self::HalfUp, Tail::Half) => true,
            (Self::HalfEven, Tail::Half) => odd,
            (Self::Floor, _) => negative,
            (Self::Ceiling, _) => !negative,
        }
    }
}

impl Dec {
    /// Rounds to `places` digits behind the decimal point.
    #[inline]
    pub fn round(self, places: u32, mode: Rounding) -> Result<Self, DecFault> {
        match self.scale().checked_sub(places) {
            Some(count) if count > 0 => shorten(self, count, places, mode).result(),
            Some(_) | None => Ok(self),
        }
    }
}

/// Cuts off the last `count` digits, which leaves `places` behind the point.
#[inline(never)]
fn shorten(value: Dec, count: u32, places: u32, mode: Rounding) -> Packed {
    let (negative, magnitude) = (value.is_negative(), value.magnitude());
    let small = u64::try_from(magnitude).ok().and_then(|limb| limb_cut(limb, count));
    let cut = match small {
        Some((kept, rest)) => Some((kept.into(), rest.into())),
        None => Wide::from_low(magnitude).cut(count),
    };
    // Beyond 37 digits lies less than half of one, but not nothing.
    let ((kept, rest), whole) = match cut {
        Some(parts) => (parts, power_of_ten(count)),
        None => ((0, magnitude), u128::MAX),
    };
    let grows = mode.grows_by(negative, kept, rest, whole);
    let coefficient = kept.wrapping_add(grows.into()).cast_signed();
    narrow(if negative { coefficient.wrapping_neg() } else { coefficient }, places)
}

impl fmt::Display for Rounding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Rounding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_rounds_as_its_name_says() {
        let table = [
            ("2.5", ["2", "3", "2", "3", "2", "2", "3"]),
            ("3.5", ["4", "4", "3", "4", "3", "3", "4"]),
            ("-2.5", ["-2", "-3", "-2", "-3", "-2", "-3", "-2"]),
            ("2.4", ["2", "2", "2", "3", "2", "2", "3"]),
            ("-2.6", ["-3", "-3", "-3", "-3", "-2", "-3", "-2"]),
            ("7", ["7"; 7]),
        ];
        for (text, expected) in table {
            for (mode, wanted) in Rounding::ALL.into_iter().zip(expected) {
                let rounded = text.parse::<Dec>().unwrap().round(0, mode).unwrap();
                assert_eq!(rounded.to_string(), wanted, "{text} {mode}");
            }
        }
    }

    #[test]
    fn each_mode_is_found_by_its_name() {
        for mode in Rounding::ALL {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert_eq!("half_odd".parse::<Rounding>(), Err(()));
    }
}
