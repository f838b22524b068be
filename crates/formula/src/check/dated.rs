//! Calendars of business days and lists of dated rates: the data that schedules name.

use std::collections::BTreeSet;

use super::Checker;
use crate::date::Date;
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::interval::{Bound, Interval};
use crate::ir::{DatedRates, Entry, NamedCalendar, Ty};
use crate::schedule::{Calendar, Weekday};
use crate::syntax::ast::{DatedRate, Days, Declaration, ExprKind, Kind, Name};

impl Checker<'_> {
    pub(super) fn collect_dated(&mut self, declarations: &[Declaration]) {
        let mut lists = 0_usize;
        for declaration in declarations {
            if let Kind::Calendar { name, days } = &declaration.kind {
                self.declare(name, Entry::Calendar(self.ir.calendars.len()));
                let calendar = self.calendar(name, days);
                self.ir.calendars.push(NamedCalendar {
                    name: name.text.clone(),
                    label: declaration.label.clone(),
                    locked: declaration.locked,
                    calendar,
                });
            } else if let Kind::Rates { name, .. } = &declaration.kind {
                self.declare(name, Entry::Rates(lists));
                lists = lists.saturating_add(1);
            }
        }
    }

    /// What was written, without what is faulty in it.
    fn calendar(&mut self, name: &Name, days: &Days) -> Calendar {
        let mut weekend: Vec<Weekday> = Vec::new();
        for day in &days.weekend {
            let Some(found) = Weekday::ALL.into_iter().find(|known| known.name() == day.text)
            else {
                let names = Weekday::ALL.map(Weekday::name);
                let candidate = nearest(&day.text, names.into_iter());
                let message = format!("`{}` is no day of the week", day.text);
                self.sink.suggest(day.span, codes::CALENDAR_FORM, message, candidate);
                if candidate.is_none() {
                    self.sink.help(&format!("the days are {}", names.join(", ")));
                }
                continue;
            };
            if weekend.contains(&found) {
                self.listed_twice(day.span, &day.text);
            }
            weekend.push(found);
        }
        let mut holidays: BTreeSet<Date> = BTreeSet::new();
        for (date, span) in &days.holidays {
            if !holidays.insert(*date) {
                self.listed_twice(*span, &date.to_string());
            }
        }
        Calendar::new(weekend, holidays).unwrap_or_else(|_| {
            let message = format!("the calendar `{}` has no business day", name.text);
            let help = "a weekend has at most six days";
            self.sink.advise(name.span, codes::CALENDAR_FORM, message, help);
            Calendar::default()
        })
    }

    fn listed_twice(&mut self, span: Span, what: &str) {
        let message = format!("`{what}` is listed twice");
        self.sink.advise(span, codes::CALENDAR_FORM, message, "list each day once");
    }

    /// The rates, which can be calculated: after everything that they calculate with.
    pub(super) fn check_rates(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            let Kind::Rates { name, entries } = &declaration.kind else { continue };
            let (mut checked, mut cost) = (Vec::new(), 0_u64);
            let mut before: Option<Date> = None;
            for entry in entries {
                before = self.in_order_of_dates(entry, before);
                if let Some((date, rate, steps)) = self.dated_rate(entry) {
                    checked.push((date, rate));
                    cost = cost.saturating_add(steps);
                }
            }
            self.ir.rates.push(DatedRates {
                name: name.text.clone(),
                label: declaration.label.clone(),
                locked: declaration.locked,
                entries: checked,
                cost,
            });
        }
    }

    /// Dates that are written out follow one another; the last of them is given back.
    fn in_order_of_dates(&mut self, entry: &DatedRate, before: Option<Date>) -> Option<Date> {
        let ExprKind::Date(date) = entry.date.kind else { return before };
        if before.is_some_and(|before| before >= date) {
            let message = format!("{date} does not lie after the date before it");
            let help = "list each date once, the earliest first";
            self.sink.advise(entry.date.span, codes::RATES_FORM, message, help);
        }
        Some(date)
    }

    fn dated_rate(&mut self, entry: &DatedRate) -> Option<(usize, usize, u64)> {
        let date = self.expr(&entry.date, Some(Ty::Date));
        let date = date.and_then(|date| self.assign(&date, Ty::Date, &entry.date).map(|()| date));
        let rate = self.numeric(&entry.rate)?;
        let date = date?;
        let minus_one = Bound { value: Dec::ONE.negated(), closed: true };
        let possible = Interval { low: Some(minus_one), high: None };
        if rate.interval.and(possible).is_empty() {
            let message = "a rate is not below -100 %".to_owned();
            let help = "write a percentage, such as 3.5%";
            self.sink.advise(entry.rate.span, codes::RANGE, message, help);
        }
        Some((date.key_code()?, rate.num_code()?, date.cost.saturating_add(rate.cost)))
    }
}
