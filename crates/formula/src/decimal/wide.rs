//! Unsigned integers of 256 bits: just enough for the product of two coefficients.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "limb arithmetic: every carry is handled, every index is bounded by its table"
)]

use super::powers::{GUARD, Reciprocal, digits, power_of_ten};

const WIDE_POWERS: [Wide; 78] = wide_powers();
const LOW: u128 = u64::MAX as u128;

/// The largest power of ten that one 64-bit limb can hold.
const CHUNK: u32 = 19;

/// An unsigned integer of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    pub(super) high: u128,
    pub(super) low: u128,
}

/// What was cut off below the last digit kept, compared with one half of that digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    Exact,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Tail {
    /// What a remainder is of its divisor, which is even.
    fn of(remainder: u128, divisor: u128, sticky: bool) -> Self {
        match remainder.cmp(&(divisor / 2)) {
            std::cmp::Ordering::Greater => Self::AboveHalf,
            std::cmp::Ordering::Equal if sticky => Self::AboveHalf,
            std::cmp::Ordering::Equal => Self::Half,
            std::cmp::Ordering::Less if remainder == 0 && !sticky => Self::Exact,
            std::cmp::Ordering::Less => Self::BelowHalf,
        }
    }
}

impl Wide {
    pub(super) const fn from_low(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The full product of two 128-bit integers. The parts are products of 64-bit integers, so
    /// that nothing can wrap but the carries that are handled; a check on each would cost more
    /// than the product.
    pub(super) const fn product(a: u128, b: u128) -> Self {
        let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
        let low = a0.wrapping_mul(b0);
        let (middle, carry) = a1.wrapping_mul(b0).overflowing_add(a0.wrapping_mul(b1));
        let (low, low_carry) = low.overflowing_add(middle << 64);
        let carries = ((carry as u128) << 64) | low_carry as u128;
        let high = a1.wrapping_mul(b1).wrapping_add(middle >> 64).wrapping_add(carries);
        Self { high, low }
    }

    /// How many decimal digits the value has.
    pub(super) fn digits(self) -> u32 {
        if self.high == 0 {
            return digits(self.low);
        }
        let bits = 256 - self.high.leading_zeros();
        let estimate = (bits * 1233) >> 12;
        if self.at_least(WIDE_POWERS[estimate as usize]) { estimate + 1 } else { estimate }
    }

    const fn at_least(self, other: Self) -> bool {
        self.high > other.high || (self.high == other.high && self.low >= other.low)
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + carry as u128, low }
    }

    /// The difference; the other value must not be larger.
    pub(super) const fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - borrow as u128, low }
    }

    pub(super) fn is_below(self, other: Self) -> bool {
        !self.at_least(other)
    }

    /// value × 10^shift; value and result must fit (together at most 76 digits).
    pub(super) fn shifted(value: u128, shift: u32) -> Self {
        if shift < 39 {
            return Self::product(value, power_of_ten(shift));
        }
        let power = WIDE_POWERS[shift as usize];
        let low = Self::product(value, power.low);
        Self { high: low.high + value * power.high, low: low.low }
    }

    /// Cuts off the last `count` digits and tells what they were; `sticky` stands for a part
    /// below them that was lost before and was not zero.
    pub(super) fn without(self, count: u32, sticky: bool) -> (Self, Tail) {
        let (mut value, mut sticky, mut rest) = (self, sticky, count);
        loop {
            if rest == 0 {
                return (value, if sticky { Tail::BelowHalf } else { Tail::Exact });
            }
            if let Some((quotient, remainder)) = value.divided_by_ten_to(rest) {
                let tail = Tail::of(remainder, power_of_ten(rest), sticky);
                return (Self::from_low(quotient), tail);
            }
            let step = rest.min(CHUNK);
            let divisor = power_of_ten(step) as u64;
            let (quotient, remainder) = value.divided_by_limb(divisor);
            if step == rest {
                return (quotient, Tail::of(remainder.into(), divisor.into(), sticky));
            }
            (value, sticky, rest) = (quotient, sticky || remainder != 0, rest - step);
        }
    }

    /// Quotient and remainder by 10^exponent without a division, where the exponent is at most 37
    /// and the value is small enough for its reciprocal.
    fn divided_by_ten_to(self, exponent: u32) -> Option<(u128, u128)> {
        let Reciprocal { divisor, shift, inverse, .. } = *Reciprocal::of_ten_to(exponent)?;
        if self.high.wrapping_shr(shift) != 0 {
            return None;
        }
        // The parts cut off from value, reciprocal and product make the quotient at most two too
        // small, and three divisors still fit in 128 bits.
        let above = (self.high << 1).wrapping_shl(127_u32.wrapping_sub(shift));
        let top = self.low.wrapping_shr(shift) | above;
        let mut quotient = Self::product(top, inverse).high;
        let mut remainder = self.low.wrapping_sub(quotient.wrapping_mul(divisor));
        while remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient = quotient.wrapping_add(1);
        }
        Some((quotient, remainder))
    }

    /// Quotient and remainder by 10^count without a division, where the count is at most 37 and
    /// the quotient has at most 34 digits.
    #[inline]
    pub(super) fn cut(self, count: u32) -> Option<(u128, u128)> {
        let Reciprocal { divisor, inverse, right, left, .. } = *Reciprocal::of_ten_to(count)?;
        // INVARIANT: a quotient of 34 digits leaves `GUARD` bits free above it, so that the value
        // fits in 128 bits with as many bits more than the divisor has.
        let above = (self.high << 1).wrapping_shl(127_u32.wrapping_sub(right));
        let top = (self.low.wrapping_shr(right) | above).wrapping_shl(left);
        let quotient = Self::product(top, inverse).high >> GUARD;
        let remainder = self.low.wrapping_sub(quotient.wrapping_mul(divisor));
        // The parts cut off from value, reciprocal and product are less than 2^-12 of one, so that
        // the quotient is hardly ever one too small, and never more.
        if remainder >= divisor {
            return Some((quotient.wrapping_add(1), remainder.wrapping_sub(divisor)));
        }
        Some((quotient, remainder))
    }

    /// Quotient and remainder by one limb, as on paper.
    pub(super) fn divided_by_limb(self, divisor: u64) -> (Self, u64) {
        let wide = u128::from(divisor);
        let limbs = [self.high >> 64, self.high & LOW, self.low >> 64, self.low & LOW];
        let mut quotient = [0_u128; 4];
        let mut remainder = 0_u128;
        for (limb, out) in limbs.into_iter().zip(&mut quotient) {
            let part = (remainder << 64) | limb;
            // The leading limbs are mostly zero, and a division costs ten multiplications.
            if part >= wide {
                *out = part / wide;
                remainder = part.wrapping_sub(out.wrapping_mul(wide));
            } else {
                remainder = part;
            }
        }
        let [q3, q2, q1, q0] = quotient;
        (Self { high: (q3 << 64) | q2, low: (q1 << 64) | q0 }, remainder as u64)
    }

    /// Quotient and remainder; the quotient must fit in 128 bits, that is
    /// `self.high < divisor` (Knuth, algorithm D, with 64-bit digits).
    pub(super) fn divided_by(self, divisor: u128) -> (u128, u128) {
        if self.high == 0 {
            return (self.low / divisor, self.low % divisor);
        }
        let shift = divisor.leading_zeros();
        let d = divisor << shift;
        let top =
            if shift == 0 { self.high } else { (self.high << shift) | (self.low >> (128 - shift)) };
        let low = self.low << shift;
        let (q1, rest) = quotient_digit(top, low >> 64, d);
        let (q0, rest) = quotient_digit(rest, low & LOW, d);
        ((q1 << 64) | q0, rest >> shift)
    }
}

/// One 64-bit digit of a quotient and the remainder that goes on to the next.
fn quotient_digit(top: u128, next: u128, divisor: u128) -> (u128, u128) {
    let (d1, d0) = (divisor >> 64, divisor & LOW);
    let mut digit = top / d1;
    let mut rest = top - digit * d1;
    while digit > LOW || digit * d0 > ((rest << 64) | next) {
        digit -= 1;
        rest += d1;
        if rest > LOW {
            break;
        }
    }
    let remainder = (top << 64).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, remainder)
}

const fn wide_powers() -> [Wide; 78] {
    let mut table = [Wide { high: 0, low: 1 }; 78];
    let mut i = 1;
    while i < table.len() {
        let low = Wide::product(table[i - 1].low, 10);
        table[i] = Wide { high: low.high + table[i - 1].high * 10, low: low.low };
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_at_each_power_of_ten() {
        for exponent in 1..77_u32 {
            let power = WIDE_POWERS[exponent as usize];
            assert_eq!(power.digits(), exponent + 1);
            assert_eq!(power.minus(Wide::from_low(1)).digits(), exponent);
        }
        assert_eq!((digits(0), digits(1), digits(9), digits(u128::MAX)), (1, 1, 1, 39));
        for exponent in 1..39 {
            assert_eq!(digits(power_of_ten(exponent)), exponent + 1);
            assert_eq!(digits(power_of_ten(exponent) - 1), exponent);
        }
    }

    #[test]
    fn dividing_by_a_power_of_ten_is_dividing() {
        let edges = [0, 1, 9, 10, LOW - 1, LOW, LOW + 1, u128::MAX - 1, u128::MAX];
        let mut wide = 0;
        for exponent in 1..=37 {
            let power = power_of_ten(exponent);
            for value in edges.into_iter().chain([power - 1, power, power + 1, power * 7 / 2]) {
                let divided = Wide::from_low(value).divided_by_ten_to(exponent);
                assert_eq!(divided, Some((value / power, value % power)), "{value} / {power}");
                for factor in [power - 1, power, power + 1, u128::MAX / 11, u128::MAX] {
                    let product = Wide::product(value, factor);
                    let Some((quotient, rest)) = product.divided_by_ten_to(exponent) else {
                        continue;
                    };
                    let back = Wide::product(quotient, power).plus(Wide::from_low(rest));
                    assert_eq!(back, product);
                    assert!(rest < power);
                    wide += u32::from(product.high != 0);
                }
            }
        }
        assert!(wide > 500, "{wide} products of more than 128 bits");
    }

    #[test]
    fn cutting_off_digits_is_dividing() {
        let most = power_of_ten(34) - 1;
        for count in 1..=37 {
            let power = power_of_ten(count);
            for kept in [0, 1, 9, 10, LOW, LOW + 1, most / 2, most - 1, most] {
                for rest in [0, 1, power / 2 - 1, power / 2, power - 1] {
                    let value = Wide::product(kept, power).plus(Wide::from_low(rest));
                    assert_eq!(value.cut(count), Some((kept, rest)), "{kept} and {rest} / {power}");
                }
            }
        }
        assert_eq!(Wide::from_low(1).cut(38), None);
    }

    #[test]
    fn a_product_divided_by_a_factor_gives_the_other() {
        let (a, b) = (u128::MAX / 7, u128::MAX / 3);
        assert_eq!(Wide::product(a, b).divided_by(b), (a, 0));
        assert_eq!(Wide::product(a, b).plus(Wide::from_low(1)).divided_by(b), (a, 1));
    }

    #[test]
    fn what_is_cut_off_is_compared_with_one_half() {
        let value = |text: &str| Wide::from_low(text.parse().unwrap());
        let cases = [
            ("12500000000000000000000", 21, false, "12", Tail::Half),
            ("12500000000000000000000", 21, true, "12", Tail::AboveHalf),
            ("12499999999999999999999", 21, true, "12", Tail::BelowHalf),
            ("12000000000000000000000", 21, false, "12", Tail::Exact),
            ("12000000000000000000000", 21, true, "12", Tail::BelowHalf),
            ("12500000000000000000001", 21, false, "12", Tail::AboveHalf),
            ("5", 1, false, "0", Tail::Half),
            ("7", 60, false, "0", Tail::BelowHalf),
        ];
        for (text, count, sticky, kept, tail) in cases {
            assert_eq!(value(text).without(count, sticky), (value(kept), tail), "{text}");
        }
    }
}
