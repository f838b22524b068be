//! The checker: from a syntax tree to a resolved program, with every fault that can be found.

mod arithmetic;
mod call;
mod collect;
mod compare;
mod dated;
mod example;
mod exceptions;
mod expression;
mod finance;
mod literal;
mod names;
mod optional;
mod outputs;
mod proof;
mod refine;
mod rules;
mod schedules;
mod table;
mod terms;
mod transfers;
mod types;

use std::collections::BTreeMap;

use crate::diagnostic::codes;
use crate::diagnostic::sink::{Layer, Sink, Span};
use crate::interval::Interval;
use crate::ir::{Code, Entry, Ir, Ty};
use crate::limits::STEPS_MAX;
use crate::program::InstanceHeader;
use crate::syntax::ast::{Declaration, Kind, Name};

#[cfg(test)]
pub(crate) use collect::FUNCTIONS;
pub(crate) use literal::constant;
pub(crate) use types::{country_key, is_country};

/// What the headers say.
pub(crate) struct About {
    pub(crate) product: String,
    pub(crate) version: String,
    pub(crate) title: String,
    pub(crate) instance: Option<InstanceHeader>,
    pub(crate) regime: bool,
}

/// Checks declarations that have been flattened. The program is whole only when the sink has no
/// errors.
pub(crate) fn check(about: About, declarations: &[Declaration], sink: &mut Sink) -> Option<Ir> {
    let layer = if about.instance.is_some() { Layer::Instance } else { Layer::Product };
    let ir = Ir {
        product: about.product,
        version: about.version,
        title: about.title,
        instance: about.instance,
        regime: about.regime,
        ..Ir::default()
    };
    let start = Span { layer, line: 1, column: 1, length: 7, cut: false };
    let mut checker = Checker {
        sink,
        ir,
        scope: BTreeMap::new(),
        rule_codes: BTreeMap::new(),
        facts: Vec::new(),
        named: Vec::new(),
        excepted: BTreeMap::new(),
        refined: Vec::new(),
        counters: Vec::new(),
        steps: 0,
        start,
    };
    checker.collect(declarations);
    checker.check_named(declarations);
    checker.check_rules(declarations);
    checker.check_transfer_rules(declarations);
    checker.check_rates(declarations);
    checker.check_schedules(declarations);
    checker.check_cost();
    checker.check_examples(declarations);
    checker.into_ir()
}

/// The name that a declaration introduces, if it introduces one.
pub(crate) const fn declared_name(kind: &Kind) -> Option<&Name> {
    match kind {
        Kind::Currency { name, .. }
        | Kind::Codes { name, .. }
        | Kind::Attribute { name, .. }
        | Kind::Evidence { name, .. }
        | Kind::Param { name, .. }
        | Kind::Let { name, .. }
        | Kind::Output { name, .. }
        | Kind::Calendar { name, .. }
        | Kind::Rates { name, .. }
        | Kind::Rank { name, .. } => Some(name),
        Kind::Table(table) => Some(&table.name),
        Kind::Schedule(schedule) => Some(&schedule.name),
        Kind::Rule(_)
        | Kind::TransferRule(_)
        | Kind::Check(_)
        | Kind::Legal { .. }
        | Kind::Example(_)
        | Kind::Set { .. }
        | Kind::Except { .. }
        | Kind::Waive { .. } => None,
    }
}

/// What is known about an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed {
    ty: Ty,
    code: Code,
    /// What the value can become, for numbers.
    interval: Interval,
    /// The most steps that its evaluation takes, without the names in it.
    cost: u64,
    /// How deep the evaluation nests, through names too.
    depth: usize,
}

/// What is known about a name that has a definition.
#[derive(Clone, Copy, Debug)]
struct Fact {
    ty: Ty,
    interval: Interval,
    depth: usize,
}

/// What a condition says about a name.
#[derive(Clone, Copy, Debug)]
struct Refined {
    entry: Entry,
    interval: Interval,
    /// Whether the value is there for certain.
    present: bool,
}

/// A loop counter that is in scope.
struct Counter {
    name: String,
    local: usize,
    interval: Interval,
}

struct Checker<'a> {
    sink: &'a mut Sink,
    ir: Ir,
    scope: BTreeMap<String, (Entry, Span)>,
    rule_codes: BTreeMap<String, Span>,
    /// For each named value: what is known, unless its definition has a fault.
    facts: Vec<Option<Fact>>,
    named: Vec<Option<crate::ir::Named>>,
    /// The slots of parameters that are calculated because they have exceptions.
    excepted: BTreeMap<String, usize>,
    /// What conditions around the expression say about names, innermost last.
    refined: Vec<Refined>,
    counters: Vec<Counter>,
    steps: u64,
    start: Span,
}

impl Checker<'_> {
    fn check_cost(&mut self) {
        if self.steps > STEPS_MAX && !self.sink.has_errors() {
            let message = format!(
                "one evaluation can take {} steps, which is more than {STEPS_MAX}",
                self.steps
            );
            let help = "lower the upper limits of the sums, or sum less often";
            self.sink.advise(self.start, codes::TOO_COSTLY, message, help);
        }
        self.ir.steps = self.steps;
    }

    fn into_ir(self) -> Option<Ir> {
        if self.sink.has_errors() {
            return None;
        }
        let named: Option<Vec<_>> = self.named.into_iter().collect();
        Some(Ir { named: named?, ..self.ir })
    }
}
