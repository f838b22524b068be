//! Rules for transfers of the token: they may ask about sender, recipient and the units too.

use super::Checker;
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::interval::{Bound, Interval};
use crate::ir::{Attribute, Entry, Ty};
use crate::syntax::ast::{Declaration, Kind, Rule};
use crate::transfer::{FACTS, Fact, FactType, WING};

impl Checker<'_> {
    /// The facts of a transfer are in scope for these rules only.
    pub(super) fn check_transfer_rules(&mut self, declarations: &[Declaration]) {
        let rules: Vec<(&Rule, bool)> = declarations
            .iter()
            .filter_map(|declaration| {
                let Kind::TransferRule(rule) = &declaration.kind else { return None };
                Some((rule, declaration.locked))
            })
            .collect();
        let Some((first, _)) = rules.first() else { return };
        for fact in FACTS {
            if self.scope.contains_key(fact.name) {
                let message = format!("`{}` is a fact of a transfer", fact.name);
                let help = "call the attribute otherwise, or leave out the transfer rules";
                self.sink.advise(first.code.span, codes::DUPLICATE_NAME, message, help);
                return;
            }
        }
        let wing = self.wing();
        for fact in FACTS {
            let entry = Entry::Attribute(self.ir.attributes.len());
            self.scope.insert(fact.name.to_owned(), (entry, first.code.span));
            self.ir.attributes.push(attribute(fact, wing));
        }
        for (rule, locked) in &rules {
            let rule = self.rule(rule, *locked, declarations);
            self.ir.transfer_rules.extend(rule);
        }
        for fact in FACTS {
            self.scope.remove(fact.name);
        }
    }

    /// The code list of the two wings.
    fn wing(&mut self) -> usize {
        let codes = WING.map(str::to_owned).to_vec();
        self.ir.code_lists.push(("wing".to_owned(), codes));
        self.ir.code_lists.len().saturating_sub(1)
    }
}

fn attribute(fact: &Fact, wing: usize) -> Attribute {
    let (ty, least) = match fact.ty {
        FactType::Country => (Ty::Country, None),
        FactType::Wing => (Ty::Codes(wing), None),
        FactType::Date => (Ty::Date, None),
        FactType::Units { positive } => (Ty::Integer, Some(positive)),
    };
    let low = least.map(|positive| Bound { value: Dec::ZERO, closed: !positive });
    Attribute {
        name: fact.name.to_owned(),
        label: None,
        ty,
        range: low.map(|low| Interval { low: Some(low), high: None }),
        optional: false,
        side: None,
    }
}
