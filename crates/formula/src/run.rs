//! The evaluator: a walk over typed trees, with named values calculated once, when first needed.

mod bools;
mod exceptions;
mod keys;
mod nums;
mod schedules;
mod tables;

use crate::date::NoSuchDate;
use crate::decimal::{Dec, DecFault, Details, Packed};
use crate::evaluation::Outcome;
use crate::inputs::Inputs;
use crate::ir::{Body, Code, Ir, Literal};
use crate::limits::STEPS_MAX;
use crate::program::Program;
use crate::schedule::{Event, ScheduleFault};

/// Working space of an evaluation; using one again saves allocations.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    generation: u64,
    /// One for each named value.
    slots: Vec<Slot>,
    /// The named values in the order in which they were calculated.
    order: Vec<usize>,
    locals: Vec<Dec>,
}

/// The last value of a name.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The evaluation in which it was calculated.
    stamp: u64,
    value: Literal,
    via: Via,
}

impl Slot {
    const EMPTY: Self = Self { stamp: 0, value: Literal::Boolean(false), via: Via::Body };
}

/// How a named value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// By its own expression.
    Body,
    /// By a row of its table.
    Row(usize),
    /// By one of its exceptions.
    Exception(usize),
}

/// Why a value could not be calculated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Number(DecFault),
    Date,
    Steps,
    NoRow,
    /// Two exceptions apply and give different values; their lines in the instance.
    Conflict(u32, u32),
    /// The exception on this line of the instance leaves the range of its parameter.
    Beyond(u32),
    /// The inputs were read by another program.
    Foreign,
}

/// What an evaluation meets on its way.
pub(crate) trait Observer {
    fn rule(&mut self, index: usize, held: Result<bool, Fault>);
    fn check(&mut self, index: usize, held: Result<bool, Fault>);
    fn output(&mut self, index: usize, value: Result<Literal, Fault>);
    fn schedule(&mut self, index: usize, made: Result<Vec<Event>, Unmade>);
    fn evidence(&mut self, index: usize, fault: EvidenceFault);
}

/// Why a schedule could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unmade {
    /// One of its terms has no value.
    Value(Fault),
    /// Its terms do not go together.
    Terms(ScheduleFault),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EvidenceFault {
    Missing,
    TooOld,
    NotYetIssued,
}

struct Silent;

impl Observer for Silent {
    fn rule(&mut self, _: usize, _: Result<bool, Fault>) {}
    fn check(&mut self, _: usize, _: Result<bool, Fault>) {}
    fn output(&mut self, _: usize, _: Result<Literal, Fault>) {}
    fn schedule(&mut self, _: usize, _: Result<Vec<Event>, Unmade>) {}
    fn evidence(&mut self, _: usize, _: EvidenceFault) {}
}

impl Program {
    /// Decides without explaining. With a scratch that has been used for this program before,
    /// nothing is allocated.
    pub fn decide(&self, inputs: &Inputs, scratch: &mut Scratch) -> Outcome {
        Frame::new(&self.ir, inputs, scratch).run(&mut Silent)
    }
}

pub(crate) struct Frame<'a> {
    pub(crate) ir: &'a Ir,
    pub(crate) inputs: &'a Inputs,
    scratch: &'a mut Scratch,
    pub(crate) steps: u64,
    limit: u64,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(ir: &'a Ir, inputs: &'a Inputs, scratch: &'a mut Scratch) -> Self {
        scratch.generation = scratch.generation.wrapping_add(1);
        if (scratch.slots.len(), scratch.locals.len()) != (ir.named.len(), ir.locals) {
            scratch.slots.resize(ir.named.len(), Slot::EMPTY);
            scratch.locals.resize(ir.locals, Dec::ZERO);
            scratch.order.reserve(ir.named.len());
        }
        scratch.order.clear();
        Self { ir, inputs, scratch, steps: 0, limit: STEPS_MAX }
    }

    /// Rules, checks, outputs and evidence, in this order; all of them, whatever happens.
    ///
    /// INVARIANT: a fault never ends in `Eligible`.
    pub(crate) fn run(&mut self, observer: &mut impl Observer) -> Outcome {
        let (mut rejected, mut faulty) = (false, false);
        for (index, rule) in self.ir.rules.iter().enumerate() {
            let held = self.rule(rule.when, rule.require);
            rejected |= held == Ok(false);
            faulty |= held.is_err();
            observer.rule(index, held);
        }
        for (index, condition) in self.ir.conditions.iter().enumerate() {
            let Some(condition) = condition else { continue };
            let held = self.bool(*condition);
            faulty |= held.is_err();
            observer.check(index, held);
        }
        let mut no_output = false;
        for (index, named) in self.ir.named.iter().enumerate() {
            if named.output.is_some() {
                let value = self.named(index);
                no_output |= value.is_err();
                observer.output(index, value);
            }
        }
        for (index, schedule) in self.ir.schedules.iter().enumerate() {
            let made = self.schedule(schedule);
            no_output |= made.is_err();
            observer.schedule(index, made);
        }
        let incomplete = self.evidence(observer);
        if faulty {
            Outcome::Error
        } else if rejected {
            Outcome::Rejected
        } else if no_output {
            Outcome::Error
        } else if incomplete {
            Outcome::Incomplete
        } else {
            Outcome::Eligible
        }
    }

    pub(crate) fn rule(&mut self, when: Option<usize>, require: usize) -> Result<bool, Fault> {
        if let Some(when) = when
            && !self.bool(when)?
        {
            return Ok(true);
        }
        self.bool(require)
    }

    /// A condition of a rule.
    pub(crate) fn condition(&mut self, node: usize) -> Result<bool, Fault> {
        self.bool(node)
    }

    fn evidence(&self, observer: &mut impl Observer) -> bool {
        let mut incomplete = false;
        for (index, evidence) in self.ir.evidence.iter().enumerate() {
            let fault = match self.inputs.evidence.get(index).copied().flatten() {
                None => EvidenceFault::Missing,
                Some(issued) => {
                    let age = self.inputs.as_of.days_since(issued);
                    if age < 0 {
                        EvidenceFault::NotYetIssued
                    } else if evidence.max_age_days.is_some_and(|most| age > i64::from(most)) {
                        EvidenceFault::TooOld
                    } else {
                        continue;
                    }
                }
            };
            incomplete = true;
            observer.evidence(index, fault);
        }
        incomplete
    }

    /// A named value; calculated once in each evaluation.
    #[inline]
    pub(crate) fn named(&mut self, index: usize) -> Result<Literal, Fault> {
        if self.slot(index).is_none() {
            self.calculate_named(index)?;
        }
        self.scratch.slots.get(index).map(|slot| slot.value).ok_or(Fault::Foreign)
    }

    #[inline(never)]
    fn calculate_named(&mut self, index: usize) -> Result<(), Fault> {
        let named = self.ir.named.get(index).ok_or(Fault::Foreign)?;
        let exception =
            if named.exceptions.is_empty() { None } else { self.exception(&named.exceptions)? };
        let (value, via) = match (exception, &named.body) {
            (Some((taken, value)), _) => (value, Via::Exception(taken)),
            (None, Body::Expression(code)) => (self.code(*code)?, Via::Body),
            (None, Body::Table(table)) => {
                let row = self.matching_row(table)?;
                let value = table.rows.get(row).ok_or(Fault::NoRow)?.value;
                (self.code(value)?, Via::Row(row))
            }
        };
        if let Some(slot) = self.scratch.slots.get_mut(index) {
            *slot = Slot { stamp: self.scratch.generation, value, via };
            self.scratch.order.push(index);
        }
        Ok(())
    }

    /// The named value, if this evaluation has calculated it.
    #[inline]
    pub(crate) fn calculated(&self, index: usize) -> Option<Literal> {
        self.slot(index).map(|slot| slot.value)
    }

    fn slot(&self, index: usize) -> Option<&Slot> {
        self.scratch.slots.get(index).filter(|slot| slot.stamp == self.scratch.generation)
    }

    /// The named values in the order of their calculation.
    pub(crate) fn order(&self) -> &[usize] {
        &self.scratch.order
    }

    /// How a named value that has been calculated came about.
    pub(crate) fn via(&self, index: usize) -> Via {
        self.slot(index).map_or(Via::Body, |slot| slot.via)
    }

    #[inline]
    pub(crate) fn code(&mut self, code: Code) -> Result<Literal, Fault> {
        match code {
            Code::Num(node) => self.num(node).map(Literal::Number),
            Code::Bool(node) => self.bool(node).map(Literal::Boolean),
            Code::Key(node) => self.key(node).map(Literal::Key),
            Code::Set(_) => Err(Fault::Foreign),
        }
    }

    /// The second fence behind the bound that the checker has proved.
    #[inline]
    fn step(&mut self) -> Result<(), Fault> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps > self.limit { Err(Fault::Steps) } else { Ok(()) }
    }
}

impl From<DecFault> for Fault {
    #[inline]
    fn from(fault: DecFault) -> Self {
        Self::Number(fault)
    }
}

/// The number that stands for each fault of an evaluation where it is packed, behind those of
/// [`DecFault`].
const DATE: u8 = 16;
const STEPS: u8 = 17;
const NO_ROW: u8 = 18;
const CONFLICT: u8 = 19;
const BEYOND: u8 = 20;
const FOREIGN: u8 = 21;

impl From<Fault> for Packed {
    #[cold]
    fn from(fault: Fault) -> Self {
        Self::fault(match fault {
            Fault::Number(fault) => (fault.code(), 0, 0),
            Fault::Date => (DATE, 0, 0),
            Fault::Steps => (STEPS, 0, 0),
            Fault::NoRow => (NO_ROW, 0, 0),
            Fault::Conflict(first, second) => (CONFLICT, first, second),
            Fault::Beyond(line) => (BEYOND, line, 0),
            Fault::Foreign => (FOREIGN, 0, 0),
        })
    }
}

impl From<Details> for Fault {
    #[cold]
    fn from((code, first, second): Details) -> Self {
        match code {
            DATE => Self::Date,
            STEPS => Self::Steps,
            NO_ROW => Self::NoRow,
            CONFLICT => Self::Conflict(first, second),
            BEYOND => Self::Beyond(first),
            _ => DecFault::ALL.get(usize::from(code)).map_or(Self::Foreign, |f| Self::Number(*f)),
        }
    }
}

impl From<NoSuchDate> for Fault {
    fn from(_: NoSuchDate) -> Self {
        Self::Date
    }
}

impl Fault {
    /// The stable code in reasons.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Number(DecFault::DivisionByZero) => "DIV_ZERO",
            Self::Number(DecFault::Underflow) => "UNDERFLOW",
            Self::Number(DecFault::Undefined | DecFault::NotInteger) => "UNDEFINED",
            Self::Number(DecFault::Overflow | DecFault::Syntax | DecFault::TooManyDigits) => {
                "OVERFLOW"
            }
            Self::Date => "DATE_RANGE",
            Self::Steps => "STEP_LIMIT",
            Self::NoRow => "NO_ROW",
            Self::Conflict(..) => "EXCEPTION_CONFLICT",
            Self::Beyond(_) => "EXCEPTION_RANGE",
            Self::Foreign => "FOREIGN_INPUTS",
        }
    }

    /// What happened, in words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Number(fault) => fault.to_string(),
            Self::Date => "a date beyond the year 9999".to_owned(),
            Self::Steps => format!("more than {STEPS_MAX} steps"),
            Self::NoRow => "no row of the table applies".to_owned(),
            Self::Conflict(first, second) => {
                format!("the exceptions on lines {first} and {second} give different values")
            }
            Self::Beyond(line) => {
                format!("the exception on line {line} leaves the range of the parameter")
            }
            Self::Foreign => "the inputs were read by another program".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_step_counter_stops_an_evaluation_at_its_limit() {
        let source = "product p 1.0.0 \"P\"\nvalue v : integer = sum(k in 1 .. 100 : k)\n";
        let program = crate::compile_product(source).unwrap();
        let inputs = program
            .read_inputs(&serde_json::Map::new(), crate::Date::MIN, &BTreeMap::new())
            .unwrap();
        let mut scratch = Scratch::default();
        let mut frame = Frame::new(&program.ir, &inputs, &mut scratch);
        assert_eq!(frame.run(&mut Silent), Outcome::Eligible);
        let needed = frame.steps;
        assert!(needed <= program.steps_bound(), "{needed} within the proved bound");
        for (limit, expected) in [(needed, Outcome::Eligible), (needed - 1, Outcome::Error)] {
            let mut frame = Frame::new(&program.ir, &inputs, &mut scratch);
            frame.limit = limit;
            assert_eq!(frame.run(&mut Silent), expected);
        }
    }
}
