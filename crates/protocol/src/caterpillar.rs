//! The caterpillar rule: five links in one unbroken chain, and how much of a valuation they prove.
//!
//! `authenticity rate` = product over all checks of 1 where satisfied, 1 − weight where optional
//! and not satisfied, 0 where mandatory and not satisfied; every legal document is mandatory.
//! `proven value` = valuation × rate, rounded down to the minor unit; units are rounded down too.
//! The rate has at most [`RATE_PLACES`] decimal places, rounded down after each check, so that
//! rounding never proves more than the chain does.

use poa_formula::{Dec, DecFault, Money, Rounding};

/// Decimal places of an authenticity rate and of a share.
pub const RATE_PLACES: u32 = 18;

/// 10^18: a rate is so many parts of it.
const PARTS: i128 = 1_000_000_000_000_000_000;

/// One check as the rule sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighed {
    /// What the value loses where the check is optional and not satisfied: 0 to 1.
    pub weight: Dec,
    /// Whether the whole value is lost where it is not satisfied.
    pub mandatory: bool,
    /// Whether it is satisfied now: attested on the present data, not expired, not revoked.
    pub satisfied: bool,
}

impl Weighed {
    /// A legal document: always mandatory.
    #[must_use]
    pub fn legal(satisfied: bool) -> Self {
        Self { weight: Dec::ONE, mandatory: true, satisfied }
    }

    /// What the check leaves of the value: 0 to 1.
    pub fn factor(self) -> Result<Dec, DecFault> {
        if self.satisfied {
            Ok(Dec::ONE)
        } else if self.mandatory || self.weight >= Dec::ONE {
            Ok(Dec::ZERO)
        } else if self.weight.is_negative() {
            // A negative weight would reward what is missing.
            Ok(Dec::ONE)
        } else {
            Dec::ONE.checked_sub(self.weight)
        }
    }
}

/// The authenticity rate of a chain: 0 to 1.
///
/// INVARIANT: satisfying a check never lowers it; a mandatory check that is not satisfied makes it
/// 0.
pub fn authenticity_rate(checks: impl IntoIterator<Item = Weighed>) -> Result<Dec, DecFault> {
    checks.into_iter().try_fold(Dec::ONE, |rate, check| {
        rate.checked_mul(check.factor()?)?.round(RATE_PLACES, Rounding::Down)
    })
}

/// A part of an amount of money, rounded down to the minor unit. `fraction` is 0 to 1 with at most
/// [`RATE_PLACES`] places.
pub fn part_of_money(whole: Money, fraction: Dec) -> Result<Money, DecFault> {
    let minor = Dec::from_i128(10_i128.pow(whole.currency.minor_units()))?;
    let part = part_of_units(whole.amount.checked_mul(minor)?.to_i128()?, fraction)?;
    let amount = Dec::from_i128(part)?.checked_div(minor)?;
    Money::new(amount, whole.currency).map_err(|_| DecFault::Undefined)
}

/// A part of a number of units, rounded down. `fraction` is 0 to 1 with at most [`RATE_PLACES`]
/// places.
pub fn part_of_units(whole: i128, fraction: Dec) -> Result<i128, DecFault> {
    if whole.is_negative() || fraction.is_negative() || fraction > Dec::ONE {
        return Err(DecFault::Undefined);
    }
    let parts = fraction.checked_mul(Dec::from_i128(PARTS)?)?.to_i128()?;
    // whole × parts / PARTS without leaving i128: full multiples of PARTS and the rest, each on its
    // own.
    let multiples = (whole / PARTS).checked_mul(parts);
    let rest = (whole % PARTS).checked_mul(parts).map(|rest| rest / PARTS);
    let sum = multiples.zip(rest).and_then(|(multiples, rest)| multiples.checked_add(rest));
    sum.ok_or(DecFault::Overflow)
}

#[cfg(test)]
mod tests {
    use super::{Weighed, authenticity_rate, part_of_money, part_of_units};
    use poa_formula::{Dec, Money};
    use proptest::prelude::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    fn check(weight: &str, mandatory: bool, satisfied: bool) -> Weighed {
        Weighed { weight: dec(weight), mandatory, satisfied }
    }

    #[test]
    fn the_rate_follows_the_rule() {
        for (checks, expected) in [
            (vec![], "1"),
            (vec![check("0.2", false, true)], "1"),
            (vec![check("0.2", false, false)], "0.8"),
            (vec![check("0.2", false, false), check("0.25", false, false)], "0.6"),
            (vec![check("0.2", true, false)], "0"),
            (vec![check("0", true, false)], "0"),
            (vec![check("0.2", true, true), Weighed::legal(true)], "1"),
            (vec![check("0.2", false, true), Weighed::legal(false)], "0"),
            (vec![check("1", false, false)], "0"),
            (vec![check("0.333333333333333333", false, false); 2], "0.444444444444444444"),
        ] {
            assert_eq!(authenticity_rate(checks.clone()).unwrap(), dec(expected), "{checks:?}");
        }
    }

    #[test]
    fn parts_are_rounded_down() {
        let eur = |text: &str| Money::parse(text, "EUR").unwrap();
        for (whole, fraction, expected) in [
            ("100.00", "1", "100.00"),
            ("100.00", "0", "0.00"),
            ("0.01", "0.999999999999999999", "0.00"),
            ("268999.96", "0.8", "215199.96"),
            (
                "99999999999999999999999999999999.99",
                "0.999999999999999999",
                "99999999999999999899999999999999.99",
            ),
        ] {
            assert_eq!(part_of_money(eur(whole), dec(fraction)).unwrap(), eur(expected));
        }
        let yen = Money::parse("101", "JPY").unwrap();
        assert_eq!(part_of_money(yen, dec("0.5")).unwrap(), Money::parse("50", "JPY").unwrap());
        assert_eq!(part_of_units(i128::MAX, dec("1")).unwrap(), i128::MAX);
        assert_eq!(part_of_units(3, dec("0.5")).unwrap(), 1);
        assert!(part_of_units(3, dec("1.1")).is_err());
        assert!(part_of_units(-3, dec("0.5")).is_err());
        assert!(part_of_units(3, dec("0.0000000000000000001")).is_err());
    }

    fn any_check() -> impl Strategy<Value = Weighed> {
        (0_u32..=10_000, any::<bool>(), any::<bool>()).prop_map(|(weight, mandatory, satisfied)| {
            let weight = Dec::from(weight).checked_div(Dec::from(10_000)).unwrap();
            Weighed { weight, mandatory, satisfied }
        })
    }

    proptest! {
        #[test]
        fn a_rate_is_from_0_to_1(checks in proptest::collection::vec(any_check(), 0..40)) {
            let rate = authenticity_rate(checks).unwrap();
            prop_assert!(Dec::ZERO <= rate && rate <= Dec::ONE);
        }

        #[test]
        fn satisfying_a_check_never_lowers_the_rate(
            checks in proptest::collection::vec(any_check(), 1..40),
            chosen in any::<prop::sample::Index>(),
        ) {
            let mut better = checks.clone();
            chosen.get_mut(&mut better).satisfied = true;
            prop_assert!(authenticity_rate(checks).unwrap() <= authenticity_rate(better).unwrap());
        }

        #[test]
        fn any_broken_mandatory_check_makes_the_value_zero(
            checks in proptest::collection::vec(any_check(), 1..40),
            chosen in any::<prop::sample::Index>(),
        ) {
            let mut broken = checks;
            let one = chosen.get_mut(&mut broken);
            one.mandatory = true;
            one.satisfied = false;
            prop_assert_eq!(authenticity_rate(broken).unwrap(), Dec::ZERO);
        }

        #[test]
        fn a_part_is_the_largest_that_is_not_more_than_the_product(
            whole in 0_i128..1_000_000_000_000_000_000,
            parts in 0_i128..=1_000_000,
        ) {
            let fraction =
                Dec::from_i128(parts).unwrap().checked_div(Dec::from(1_000_000)).unwrap();
            let part = part_of_units(whole, fraction).unwrap();
            let product = whole.checked_mul(parts).unwrap();
            prop_assert_eq!(part, product.div_euclid(1_000_000));
        }
    }
}
