//! Decimal numbers of 34 significant digits: IEEE 754 decimal128 results, or an error.

mod annuity;
mod arithmetic;
mod division;
mod finish;
mod packed;
mod power;
mod powers;
mod rounding;
mod text;
mod wide;

use std::cmp::Ordering;
use std::fmt;

pub(crate) use packed::{Details, Packed};
pub use rounding::Rounding;

use powers::{power_up_to_19, power_up_to_38};

/// The most significant digits a number may hold.
pub const DIGITS_MAX: u32 = 34;

/// The most digits behind the decimal point.
pub const SCALE_MAX: u32 = 96;

/// The largest exponent, in either direction, that `**` accepts.
pub const EXPONENT_MAX: i128 = 100_000;

const SCALE_BITS: u32 = 8;
const SCALE_MASK: i128 = 0xff;

/// A decimal number: up to 34 significant digits, at most 96 of them behind the point.
///
/// Results are those of IEEE 754 decimal128 with ties to even; a result that this format cannot
/// hold with all its 34 digits is an error, never an infinity, a NaN or a silent loss.
///
/// INVARIANT: the coefficient has at most 34 digits, the scale is the smallest that can express
/// the value (no trailing zeros behind the point) and zero has scale 0. Equal values therefore
/// have equal bits, which is what makes derived equality and hashing correct.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dec(i128);

/// Why a calculation or a conversion has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecFault {
    /// The integer part needs more than 34 digits.
    Overflow,
    /// The result is too close to zero to be held with all its digits.
    Underflow,
    /// A division by zero.
    DivisionByZero,
    /// Zero to the power of zero, or an exponent out of range.
    Undefined,
    /// An integer was asked for and the number has digits behind the point.
    NotInteger,
    /// The text is not of the form `-?digits(.digits)?`.
    Syntax,
    /// The text has more significant digits than a number can hold.
    TooManyDigits,
}

impl Dec {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// One.
    pub const ONE: Self = Self(1 << SCALE_BITS);

    /// Makes a number from an integer; more than 34 digits are an overflow.
    pub fn from_i128(value: i128) -> Result<Self, DecFault> {
        Self::from_parts(value.is_negative(), value.unsigned_abs(), 0)
    }

    /// The number as an integer, if it is one.
    pub const fn to_i128(self) -> Result<i128, DecFault> {
        if self.is_integer() { Ok(self.0 >> SCALE_BITS) } else { Err(DecFault::NotInteger) }
    }

    /// Makes a number from its digits and how many of them stand behind the point:
    /// `from_scaled(1250, 2)` is 12.50, an amount in cents.
    pub fn from_scaled(unscaled: i128, scale: u32) -> Result<Self, DecFault> {
        Self::from_parts(unscaled.is_negative(), unscaled.unsigned_abs(), scale)
    }

    /// The digits of the number without its point: 125 for 12.50, whose `scale` is 1.
    #[must_use]
    pub const fn unscaled(self) -> i128 {
        self.0 >> SCALE_BITS
    }

    /// True when there are no digits behind the decimal point.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        self.0 & SCALE_MASK == 0
    }

    /// True below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// True for zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// How many digits stand behind the decimal point, without trailing zeros.
    #[must_use]
    #[inline]
    pub fn scale(self) -> u32 {
        let [scale, ..] = self.0.to_le_bytes();
        scale.into()
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { self.negated() } else { self }
    }

    /// The number with the opposite sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::packed(self.unscaled().wrapping_neg(), self.scale())
    }

    /// The coefficient without its sign.
    const fn magnitude(self) -> u128 {
        (self.0 >> SCALE_BITS).unsigned_abs()
    }

    /// Puts together parts that already satisfy the invariant.
    #[inline]
    fn pack(negative: bool, magnitude: u128, scale: u32) -> Self {
        // INVARIANT: 34 digits are less than 2^113, so neither the conversion nor the shift can
        // lose a bit.
        let coefficient = magnitude.cast_signed();
        Self::packed(if negative { coefficient.wrapping_neg() } else { coefficient }, scale)
    }

    /// The same with the sign in the coefficient.
    #[inline]
    fn packed(coefficient: i128, scale: u32) -> Self {
        Self((coefficient << SCALE_BITS) | i128::from(scale))
    }
}

impl Ord for Dec {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale() == other.scale() {
            self.0.cmp(&other.0)
        } else {
            compare_scaled(*self, *other)
        }
    }
}

impl PartialOrd for Dec {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares numbers of different scales.
#[inline(never)]
fn compare_scaled(left: Dec, right: Dec) -> Ordering {
    let (a, b) = (left.unscaled(), right.unscaled());
    let shift = left.scale().abs_diff(right.scale());
    if left.scale() < right.scale() {
        // What cannot be lifted has more digits than the other number can have.
        lifted(a, shift).map_or(a.cmp(&0), |a| a.cmp(&b))
    } else {
        lifted(b, shift).map_or(0.cmp(&b), |b| a.cmp(&b))
    }
}

/// coefficient × 10^shift, where it certainly fits in 126 bits; where that is not certain, it has
/// at least 125.
#[inline]
fn lifted(coefficient: i128, shift: u32) -> Option<i128> {
    if let (Ok(limb), Some(power)) = (i64::try_from(coefficient), power_up_to_19(shift)) {
        // INVARIANT: 10^19 has 64 bits, so the product has at most 127 with its sign.
        return Some(i128::from(limb).wrapping_mul(power.into()));
    }
    if coefficient == 0 {
        return Some(0);
    }
    let power = power_up_to_38(shift)?;
    let free = coefficient.unsigned_abs().leading_zeros().wrapping_add(power.leading_zeros());
    // INVARIANT: factors of x and y bits have a product of at most x + y bits.
    let bits = (2 * u128::BITS).wrapping_sub(free);
    if bits <= 126 { Some(coefficient.wrapping_mul(power.cast_signed())) } else { None }
}

impl fmt::Display for DecFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Overflow => "the result has more than 34 digits before the decimal point",
            Self::Underflow => "the result is too close to zero to be held exactly enough",
            Self::DivisionByZero => "a division by zero",
            Self::Undefined => "a power that is not defined",
            Self::NotInteger => "the number is not an integer",
            Self::Syntax => "a decimal number is written as digits with an optional point",
            Self::TooManyDigits => "a decimal number has at most 34 significant digits",
        })
    }
}

impl std::error::Error for DecFault {}

impl fmt::Debug for Dec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<u32> for Dec {
    fn from(value: u32) -> Self {
        Self::pack(false, u128::from(value), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_takes_sixteen_bytes() {
        assert_eq!(size_of::<Dec>(), 16);
    }

    #[test]
    fn equal_values_have_one_form() {
        assert_eq!(dec("1.500"), dec("1.5"));
        assert_eq!(dec("-0.0"), Dec::ZERO);
        assert_eq!(dec("100.00").scale(), 0);
        assert_eq!(dec("007"), dec("7"));
    }

    #[test]
    fn order_is_by_value() {
        let sorted = ["-10", "-9.99", "-0.1", "0", "0.09", "0.1", "0.11", "1", "9.99", "10"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(dec(a).cmp(&dec(b)), i.cmp(&j), "{a} against {b}");
            }
        }
    }

    #[test]
    fn integers_come_and_go_at_both_edges() {
        let most = 10_i128.pow(DIGITS_MAX) - 1;
        assert_eq!(Dec::from_i128(most).unwrap().to_i128(), Ok(most));
        assert_eq!(Dec::from_i128(-most).unwrap().to_i128(), Ok(-most));
        assert_eq!(Dec::from_i128(most + 1), Err(DecFault::Overflow));
        assert_eq!(Dec::from_i128(i128::MIN), Err(DecFault::Overflow));
        assert_eq!(dec("0.5").to_i128(), Err(DecFault::NotInteger));
    }
}
