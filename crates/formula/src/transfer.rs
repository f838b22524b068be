//! Whether a transfer of the token keeps the rules that the program sets for transfers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::decimal::{Dec, DecFault};
use crate::evaluation::{Reason, fault_reason, reason};
use crate::inputs::Inputs;
use crate::program::Program;
use crate::run::{Frame, Scratch};

/// What a transfer is about. Units are the smallest parts of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who gives.
    pub sender: Holder,
    /// Who gets.
    pub recipient: Holder,
    /// How many units.
    pub units: i128,
    /// On which day.
    pub date: Date,
}

/// One of the two parties of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether it is a bank.
    pub bank: bool,
    /// How many units it holds before the transfer.
    pub units: i128,
}

/// What the rules say about a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferDecision {
    /// Whether every rule holds.
    pub allowed: bool,
    /// The rules that do not hold, and those that cannot be decided.
    pub reasons: Vec<Reason>,
}

/// A name that transfer rules can ask about.
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) ty: FactType,
}

pub(crate) enum FactType {
    Country,
    Wing,
    Date,
    Units { positive: bool },
}

/// The codes of a wing, in the order of their keys.
pub(crate) const WING: [&str; 2] = ["bank", "non_bank"];

/// Every fact, in the order of the slots behind the attributes.
pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "sender_country", ty: FactType::Country },
    Fact { name: "sender_wing", ty: FactType::Wing },
    Fact { name: "sender_units", ty: FactType::Units { positive: false } },
    Fact { name: "recipient_country", ty: FactType::Country },
    Fact { name: "recipient_wing", ty: FactType::Wing },
    Fact { name: "recipient_units", ty: FactType::Units { positive: false } },
    Fact { name: "transfer_units", ty: FactType::Units { positive: true } },
    Fact { name: "transfer_date", ty: FactType::Date },
];

impl Program {
    /// Whether the program has rules for transfers at all.
    #[must_use]
    pub const fn has_transfer_rules(&self) -> bool {
        !self.ir.transfer_rules.is_empty()
    }

    /// Decides about a transfer of the token that was issued on these inputs. A rule that cannot
    /// be decided forbids it.
    #[must_use]
    pub fn judge_transfer(&self, inputs: &Inputs, transfer: &Transfer) -> TransferDecision {
        let mut inputs = inputs.clone();
        let mut reasons = Vec::new();
        for (offset, fact) in FACTS.iter().enumerate() {
            let slot = self.ir.asked.saturating_add(offset);
            match value(fact.name, transfer) {
                FactValue::Key(key) => put(&mut inputs.keys, slot, key),
                FactValue::Units(units) => match Dec::from_i128(units) {
                    Ok(units) => put(&mut inputs.nums, slot, units),
                    Err(fault) => reasons.extend(self.beyond(fact.name, fault)),
                },
            }
        }
        if !reasons.is_empty() {
            return TransferDecision { allowed: false, reasons };
        }
        let mut scratch = Scratch::default();
        let mut frame = Frame::new(&self.ir, &inputs, &mut scratch);
        for rule in &self.ir.transfer_rules {
            let held = frame.rule(rule.when, rule.require);
            reasons.extend(reason(&frame, rule, held));
        }
        TransferDecision { allowed: reasons.is_empty(), reasons }
    }

    /// A number of units that no rule can calculate with forbids the transfer.
    fn beyond(&self, name: &str, fault: DecFault) -> Option<Reason> {
        let place = self.ir.transfer_rules.first()?.place;
        Some(fault_reason(&format!("`{name}`"), place, fault.into()))
    }
}

enum FactValue {
    Key(i64),
    Units(i128),
}

fn value(name: &str, transfer: &Transfer) -> FactValue {
    let Transfer { sender, recipient, units, date } = transfer;
    match name {
        "sender_country" => FactValue::Key(country(&sender.country)),
        "sender_wing" => FactValue::Key(wing(sender.bank)),
        "sender_units" => FactValue::Units(sender.units),
        "recipient_country" => FactValue::Key(country(&recipient.country)),
        "recipient_wing" => FactValue::Key(wing(recipient.bank)),
        "recipient_units" => FactValue::Units(recipient.units),
        "transfer_date" => FactValue::Key(date.days()),
        _ => FactValue::Units(*units),
    }
}

fn put<T>(list: &mut [T], slot: usize, value: T) {
    if let Some(place) = list.get_mut(slot) {
        *place = value;
    }
}

/// The key of a country; what is none equals no country that a rule names.
fn country(code: &str) -> i64 {
    crate::check::country_key(code).unwrap_or(0)
}

fn wing(bank: bool) -> i64 {
    i64::from(!bank)
}
