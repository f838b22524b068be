//! What level payments are worth: a sum of powers in as many steps as the number has bits.

use super::{Dec, DecFault, EXPONENT_MAX};

impl Dec {
    /// The sum of `(1 + rate) ** -k` for k from 1 to `periods`: what payments of 1 at the end of
    /// each period are worth at the beginning of the first.
    ///
    /// With `v = 1 / (1 + rate)`, `a(2m) = a(m) * (1 + v ** m)` and
    /// `a(m + 1) = a(m) + v ** (m + 1)`; each step is rounded half-even at digit 34. All terms have
    /// one sign, so nothing is lost where the rate is small, and a rate of zero gives `periods`
    /// exactly. The rate is above -1, and there are 1 to 100 000 periods.
    pub fn annuity_factor(rate: Self, periods: Self) -> Result<Self, DecFault> {
        let count = periods.to_i128()?;
        let base = Self::ONE.checked_add(rate)?;
        if !(1..=EXPONENT_MAX).contains(&count) || base.is_zero() || base.is_negative() {
            return Err(DecFault::Undefined);
        }
        let discount = Self::ONE.checked_div(base)?;
        let (mut sum, mut power) = (discount, discount);
        let below_highest = 127_u32.saturating_sub(count.leading_zeros());
        for bit in (0..below_highest).rev() {
            sum = sum.checked_mul(Self::ONE.checked_add(power)?)?;
            power = vanishing(power.checked_mul(power))?;
            if (count >> bit) & 1 == 1 {
                power = vanishing(power.checked_mul(discount))?;
                sum = sum.checked_add(power)?;
            }
        }
        Ok(sum)
    }
}

/// A power too small to be held adds nothing to a sum of 34 digits.
fn vanishing(power: Result<Dec, DecFault>) -> Result<Dec, DecFault> {
    if power == Err(DecFault::Underflow) { Ok(Dec::ZERO) } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn the_sum_is_that_of_its_terms() {
        for rate in ["0.0045", "0.3", "-0.01", "0.000000001", "2"] {
            let base = Dec::ONE.checked_add(dec(rate)).unwrap();
            let mut sum = Dec::ZERO;
            for period in 1..=130_i128 {
                sum = sum.checked_add(base.checked_pow(-period).unwrap()).unwrap();
                let factor =
                    Dec::annuity_factor(dec(rate), Dec::from_i128(period).unwrap()).unwrap();
                let off = factor.checked_sub(sum).unwrap().abs();
                let allowed = sum.checked_mul(dec("0.00000000000000000000000000000001")).unwrap();
                assert!(off <= allowed, "{rate} {period}: {factor} {sum}");
            }
        }
    }

    #[test]
    fn without_interest_every_payment_is_worth_itself() {
        for count in ["1", "2", "3", "360", "99999", "100000"] {
            assert_eq!(Dec::annuity_factor(Dec::ZERO, dec(count)), Ok(dec(count)));
        }
    }

    #[test]
    fn what_has_no_meaning_is_a_fault() {
        for (rate, periods) in [("0.1", "0"), ("0.1", "-1"), ("0.1", "100001"), ("-1", "2")] {
            let factor = Dec::annuity_factor(dec(rate), dec(periods));
            assert_eq!(factor, Err(DecFault::Undefined), "{rate} {periods}");
        }
        assert_eq!(Dec::annuity_factor(dec("0.1"), dec("1.5")), Err(DecFault::NotInteger));
        // Far beyond what a power can hold, the sum is that of endless payments.
        let endless = Dec::annuity_factor(dec("1"), dec("100000")).unwrap();
        assert_eq!(endless.round(32, crate::Rounding::HalfEven), Ok(Dec::ONE));
    }
}
