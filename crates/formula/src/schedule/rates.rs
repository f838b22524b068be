//! The interest of a period, and the payment of an annuity.

use super::day_count::DayCount;
use super::fault::ScheduleFault;
use crate::date::Date;
use crate::decimal::Dec;

/// Periods of one cycle have few lengths (28 to 31 days, 89 to 92): their last three bits differ.
const SLOTS: usize = 8;

/// An interest rate and the interest of the periods that were met last, per unit of principal.
pub(super) struct Rates {
    rate: Dec,
    convention: DayCount,
    known: [Option<(i64, Dec)>; SLOTS],
}

impl Rates {
    pub(super) const fn new(rate: Dec, convention: DayCount) -> Self {
        Self { rate, convention, known: [None; SLOTS] }
    }

    pub(super) const fn rate(&self) -> Dec {
        self.rate
    }

    /// The interest on one unit of principal between two dates.
    pub(super) fn period(&mut self, from: Date, to: Date) -> Result<Dec, ScheduleFault> {
        // The denominator depends on the convention alone, so the numerator tells periods apart.
        let (numerator, denominator) = self.convention.ratio(from, to);
        let slot = usize::try_from(numerator.rem_euclid(8)).unwrap_or_default();
        let known = self.known.get(slot).copied().flatten();
        if let Some((_, interest)) = known.filter(|(of, _)| *of == numerator) {
            return Ok(interest);
        }
        let year = self.rate.checked_mul(Dec::from_i128(numerator.into())?)?;
        let interest = year.checked_div(Dec::from_i128(denominator.into())?)?;
        if let Some(place) = self.known.get_mut(slot) {
            *place = Some((numerator, interest));
        }
        Ok(interest)
    }

    /// The equal payment that redeems the notional and what has accrued, from `now` on and on the
    /// given dates: function A of ACTUS, as one pass of products, so that a payment needs neither
    /// a power nor a division.
    pub(super) fn annuity(
        &mut self,
        notional: Dec,
        accrued: Dec,
        (now, payments): (Date, &[Date]),
    ) -> Result<Dec, ScheduleFault> {
        let debt = notional.checked_add(accrued)?;
        let Some((first, others)) = payments.split_first() else { return Ok(debt) };
        let (mut growth, mut annuities, mut last) = (Dec::ONE, Dec::ONE, *first);
        for date in others {
            let factor = Dec::ONE.checked_add(self.period(last, *date)?)?;
            growth = growth.checked_mul(factor)?;
            annuities = annuities.checked_mul(factor)?.checked_add(Dec::ONE)?;
            last = *date;
        }
        let due = debt.checked_add(notional.checked_mul(self.period(now, *first)?)?)?;
        Ok(due.checked_mul(growth)?.checked_div(annuities)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_period_is_that_of_its_length() {
        let start: Date = "2024-01-01".parse().unwrap();
        for convention in DayCount::ALL {
            let mut rates = Rates::new("0.08".parse().unwrap(), convention);
            for days in (0..800).chain((0..800).rev()) {
                let end = start.plus_days(days).unwrap();
                let fresh = Rates::new(rates.rate(), convention).period(start, end).unwrap();
                assert_eq!(rates.period(start, end).unwrap(), fresh, "{convention} {days}");
            }
        }
    }
}
