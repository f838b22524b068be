//! Impact of a candidate program: what becomes of live smart assets when it takes the place of the
//! program that they were issued under.

use crate::{fields::Fields, ids::AssetId, instance::InstanceRefusal, question::Question};
use poa_formula::{Dec, Evaluation, Money, Outcome, Program};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One live smart asset under both programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssetImpact {
    /// The smart asset.
    pub asset: AssetId,
    /// What the program in force says.
    pub before: Verdict,
    /// What the candidate says.
    pub after: Verdict,
}

/// What one program says about one asset. It holds no data of the party that brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The decision. `incomplete` where the program asks for data that were never given.
    pub outcome: Outcome,
    /// The valuation of the thing; only where the outcome is `eligible`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Codes of the rules that do not hold, of evidence, and of faults, each once, in order; for
    /// data that were never given the name of the attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// Sums over all assets of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImpactTotals {
    /// Live assets that were looked at.
    pub assets: u64,
    /// Those whose outcome is another.
    pub state_changed: u64,
    /// Those whose outcome is the same and whose value is another.
    pub value_changed: u64,
    /// Those that could not be summed: their values exceed what a number holds.
    pub unsummed: u64,
    /// Value per ISO 4217 code.
    pub currencies: BTreeMap<String, CurrencyTotal>,
}

/// Value in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrencyTotal {
    /// Under the program in force.
    pub before: Dec,
    /// Under the candidate.
    pub after: Dec,
    /// After less before.
    pub change: Dec,
}

/// What a change of programs may do to live assets at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpactBound {
    /// At most so many assets may get another outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_changes: Option<u64>,
    /// In each currency the value may change by at most this fraction of what it was, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_change: Option<Dec>,
}

impl Verdict {
    /// Asks a program.
    #[must_use]
    pub fn of(program: &Program, question: &Question<'_>) -> Self {
        match question.put(program).inputs {
            Ok(inputs) => program.evaluate(&inputs).into(),
            Err(faults) => {
                let name = |pointer: &str| pointer.trim_start_matches('/').to_owned();
                let reasons = faults.iter().map(|fault| name(&fault.pointer));
                Self { outcome: Outcome::Incomplete, value: None, reasons: each_once(reasons) }
            }
        }
    }
}

impl From<Evaluation> for Verdict {
    fn from(evaluation: Evaluation) -> Self {
        let eligible = evaluation.outcome == Outcome::Eligible;
        Self {
            outcome: evaluation.outcome,
            value: evaluation.money("valuation").filter(|_| eligible),
            reasons: each_once(evaluation.reasons.into_iter().map(|reason| reason.code)),
        }
    }
}

fn each_once(codes: impl Iterator<Item = String>) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for code in codes {
        if !reasons.contains(&code) {
            reasons.push(code);
        }
    }
    reasons
}

impl AssetImpact {
    /// Whether the candidate changes anything about the asset.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.before.outcome != self.after.outcome || self.before.value != self.after.value
    }
}

impl ImpactTotals {
    /// Counts one asset.
    pub fn add(&mut self, impact: &AssetImpact) {
        self.assets = self.assets.saturating_add(1);
        if impact.before.outcome != impact.after.outcome {
            self.state_changed = self.state_changed.saturating_add(1);
        } else if impact.changes() {
            self.value_changed = self.value_changed.saturating_add(1);
        }
        let mut sums = self.currencies.clone();
        match sum(&mut sums, impact) {
            Some(()) => self.currencies = sums,
            None => self.unsummed = self.unsummed.saturating_add(1),
        }
    }
}

fn sum(sums: &mut BTreeMap<String, CurrencyTotal>, impact: &AssetImpact) -> Option<()> {
    if let Some(value) = impact.before.value {
        let total = sums.entry(value.currency.code().to_owned()).or_default();
        total.before = total.before.checked_add(value.amount).ok()?;
    }
    if let Some(value) = impact.after.value {
        let total = sums.entry(value.currency.code().to_owned()).or_default();
        total.after = total.after.checked_add(value.amount).ok()?;
    }
    for total in sums.values_mut() {
        total.change = total.after.checked_sub(total.before).ok()?;
    }
    Some(())
}

impl ImpactBound {
    /// Names what is wrong with the bound itself.
    pub fn check(&self, pointer: &str, fields: &mut Fields) {
        let message = "`state_changes`, `value_change` or both are expected";
        let some = self.state_changes.is_some() || self.value_change.is_some();
        fields.demand(some, pointer, "instance.impact-bound", message);
        let within = |part: Dec| part >= Dec::ZERO && part <= Dec::ONE;
        let message = "a fraction from 0 to 1 is expected";
        let at = format!("{pointer}/value_change");
        fields.demand(self.value_change.is_none_or(within), &at, "instance.impact-bound", message);
    }

    /// Whether the totals of a whole run stay within the bound.
    pub fn holds(&self, totals: &ImpactTotals) -> Result<(), InstanceRefusal> {
        let changed = totals.state_changed;
        if self.state_changes.is_some_and(|most| changed > most) {
            let what = format!("{changed} live assets would get another outcome");
            return Err(InstanceRefusal::ImpactExceeded { what });
        }
        let Some(part) = self.value_change else { return Ok(()) };
        if totals.unsummed > 0 {
            let what = format!("the values of {} live assets cannot be summed", totals.unsummed);
            return Err(InstanceRefusal::ImpactExceeded { what });
        }
        for (code, total) in &totals.currencies {
            // What cannot be calculated is not within a bound.
            let within =
                total.before.checked_mul(part).is_ok_and(|most| total.change.abs() <= most);
            if !within {
                let what = format!(
                    "the value in {code} would go from {} to {}",
                    total.before, total.after
                );
                return Err(InstanceRefusal::ImpactExceeded { what });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{AssetImpact, ImpactBound, ImpactTotals, Verdict};
    use crate::{
        ids::{AssetId, PartyId},
        partition::thing_home,
    };
    use poa_formula::{Currency, Dec, Money, Outcome};

    fn verdict(cents: Option<i64>) -> Verdict {
        let amount = |cents: i64| Dec::from_scaled(cents.into(), 2).unwrap();
        let euro: Currency = "EUR".parse().unwrap();
        Verdict {
            outcome: if cents.is_some() { Outcome::Eligible } else { Outcome::Rejected },
            value: cents.map(|cents| Money { amount: amount(cents), currency: euro }),
            reasons: Vec::new(),
        }
    }

    fn totals(assets: &[(Option<i64>, Option<i64>)]) -> ImpactTotals {
        let home = thing_home(&PartyId::of_lei("529900POATEST0000158"), "salt", "INV-1");
        let mut totals = ImpactTotals::default();
        for (before, after) in assets {
            let asset = AssetId::new(ulid::Ulid::nil(), &home);
            let impact = AssetImpact { asset, before: verdict(*before), after: verdict(*after) };
            totals.add(&impact);
        }
        totals
    }

    #[test]
    fn assets_are_counted_once_and_summed_per_currency() {
        let found = totals(&[
            (Some(10_000), Some(10_000)),
            (Some(10_000), Some(9_000)),
            (Some(5_000), None),
        ]);
        assert_eq!((found.assets, found.state_changed, found.value_changed), (3, 1, 1));
        let euro = found.currencies["EUR"];
        let texts = [euro.before, euro.after, euro.change].map(|number| number.to_string());
        assert_eq!(texts, ["250", "190", "-60"]);
    }

    #[test]
    fn a_bound_holds_at_its_edge_and_not_beyond() {
        let found = totals(&[(Some(10_000), Some(9_000)), (Some(10_000), None)]);
        let bound = |state_changes: Option<u64>, part: Option<&str>| ImpactBound {
            state_changes,
            value_change: part.map(|part| part.parse().unwrap()),
        };
        assert!(bound(Some(1), None).holds(&found).is_ok());
        assert!(bound(Some(0), None).holds(&found).is_err());
        assert!(bound(None, Some("0.55")).holds(&found).is_ok());
        assert!(bound(None, Some("0.5499")).holds(&found).is_err());
        let from_nothing = totals(&[(None, Some(1))]);
        assert!(bound(None, Some("1")).holds(&from_nothing).is_err(), "nothing was there before");
        assert!(bound(Some(1), None).holds(&from_nothing).is_ok());
        assert!(bound(Some(0), Some("0")).holds(&totals(&[])).is_ok());
    }
}
