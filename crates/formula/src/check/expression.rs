//! Expressions: names, plain values, choices, and the way to the other kinds.

use super::literal::{constant, intern, unknown_constant};
use super::{Checker, Typed};
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::interval::Interval;
use crate::ir::{Bool, Code, Entry, Key, Literal, Num, SetRef, Ty};
use crate::limits::CHAIN_DEPTH_MAX;
use crate::syntax::ast::{Expr, ExprKind, Operator};

impl Checker<'_> {
    /// Checks an expression; `expected` helps to read codes and the amount zero.
    pub(super) fn expr(&mut self, expr: &Expr, expected: Option<Ty>) -> Option<Typed> {
        let typed = match &expr.kind {
            ExprKind::Number { value, percent } => self.number(*value, *percent, expected),
            ExprKind::Text(text) => {
                let key = intern(&mut self.ir, text);
                self.key(Ty::Text, Key::Constant(Ty::Text, key), &[])
            }
            ExprKind::Date(date) => self.key(Ty::Date, Key::Constant(Ty::Date, date.days()), &[]),
            ExprKind::Boolean(value) => self.bool(Bool::Constant(*value), &[]),
            ExprKind::Name(name) => self.name(name, expr.span, expected)?,
            ExprKind::Set(_) => return self.set_literal(expr, expected),
            ExprKind::Not(inner) => {
                let inner = self.condition(inner)?;
                let code = inner.bool_code()?;
                self.bool(Bool::Not(code), &[inner])
            }
            ExprKind::Negate(inner) => self.negate(inner, expected)?,
            ExprKind::Binary(operator, left, right) => match operator {
                Operator::Or | Operator::And => self.logic(*operator, left, right)?,
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual => self.comparison(*operator, left, right)?,
                Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Power => self.arithmetic(*operator, left, right)?,
            },
            ExprKind::If(condition, then, otherwise) => {
                self.choice(condition, (then, otherwise), expected)?
            }
            ExprKind::Between(value, ends) => self.between(value, ends)?,
            ExprKind::Within(value, set) => self.within(value, set)?,
            ExprKind::Otherwise(name, default) => self.or_default(name, default)?,
            ExprKind::Call(name, arguments) => self.call(name, arguments, expected)?,
            ExprKind::Sum(sum) => self.sum(sum, expr.span)?,
        };
        if typed.depth > CHAIN_DEPTH_MAX {
            let message = "the names in this expression refer to each other too deeply".to_owned();
            self.sink.error(expr.span, codes::TOO_DEEP, message);
            return None;
        }
        Some(typed)
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.expr(expr, Some(Ty::Boolean))?;
        if typed.ty == Ty::Boolean {
            return Some(typed);
        }
        let found = self.ir.type_text(typed.ty);
        let message = format!("expected a condition that is true or false, found {found}");
        self.sink.error(expr.span, codes::TYPE, message);
        None
    }

    fn number(&mut self, value: Dec, percent: bool, expected: Option<Ty>) -> Typed {
        let ty = match expected {
            Some(Ty::Money { currency, .. }) if value.is_zero() && !percent => {
                Ty::Money { currency, rounded: true }
            }
            Some(_) | None if percent => Ty::Percent,
            Some(_) | None if value.is_integer() => Ty::Integer,
            Some(_) | None => Ty::Decimal,
        };
        self.num((ty, Interval::point(value)), Num::Constant(value), &[])
    }

    fn name(&mut self, name: &str, span: Span, expected: Option<Ty>) -> Option<Typed> {
        if let Some(counter) = self.counters.iter().rev().find(|counter| counter.name == name) {
            let (local, interval) = (counter.local, counter.interval);
            return Some(self.num((Ty::Integer, interval), Num::Local(local), &[]));
        }
        match self.scope.get(name).map(|(entry, _)| *entry) {
            Some(entry) => self.entry(entry, name, span),
            None => self.word(name, span, expected),
        }
    }

    fn entry(&mut self, entry: Entry, name: &str, span: Span) -> Option<Typed> {
        match entry {
            Entry::Attribute(index) => {
                let attribute = self.ir.attributes.get(index)?;
                let (ty, range) = (attribute.ty, attribute.range.unwrap_or_default());
                if attribute.may_be_missing() && !self.is_present(entry) {
                    self.not_unwrapped(name, span);
                    return None;
                }
                let interval = self.known(entry, range);
                Some(self.leaf(ty, interval, Leaf::Input(index)))
            }
            Entry::Param(index) => {
                let param = self.ir.params.get(index)?;
                let (ty, value) = (param.ty, param.value);
                if let Some(slot) = param.named {
                    return self.slot_value(entry, slot);
                }
                let fixed = match value {
                    Literal::Number(value) => Interval::point(value),
                    Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => Interval::ALL,
                };
                let interval = self.known(entry, param.range.unwrap_or(fixed));
                Some(self.leaf(ty, interval, Leaf::Param(index, value)))
            }
            Entry::Named(index) => self.slot_value(entry, index),
            Entry::Currency(_) => self.no_value(span, &format!("`{name}` is a currency")),
            Entry::Codes(_) => self.no_value(span, &format!("`{name}` is a code list")),
            Entry::Evidence(_) => self.no_value(span, &format!("`{name}` is evidence")),
            Entry::Calendar(_) => self.no_value(span, &format!("`{name}` is a calendar")),
            Entry::Rates(_) => self.no_value(span, &format!("`{name}` is a list of rates")),
        }
    }

    /// A parameter as its product or instance states it.
    pub(super) fn param_leaf(&mut self, ty: Ty, index: usize, value: Literal) -> Typed {
        let interval = match value {
            Literal::Number(value) => Interval::point(value),
            Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => Interval::ALL,
        };
        self.leaf(ty, interval, Leaf::Param(index, value))
    }

    /// A name whose value is calculated in a slot.
    fn slot_value(&mut self, entry: Entry, slot: usize) -> Option<Typed> {
        let fact = self.facts.get(slot).copied().flatten()?;
        let interval = self.known(entry, fact.interval);
        let mut typed = self.leaf(fact.ty, interval, Leaf::Named(slot));
        typed.depth = fact.depth.saturating_add(1);
        Some(typed)
    }

    fn no_value(&mut self, span: Span, what: &str) -> Option<Typed> {
        self.sink.error(span, codes::TYPE, format!("{what}, not a value"));
        None
    }

    /// What is known about a name here: its own range and the conditions around.
    pub(super) fn known(&self, entry: Entry, own: Interval) -> Interval {
        let around = self.refined.iter().filter(|refined| refined.entry == entry);
        around.fold(own, |known, refined| known.and(refined.interval))
    }

    /// A word that is no declared name: a code, a country or a currency.
    fn word(&mut self, word: &str, span: Span, expected: Option<Ty>) -> Option<Typed> {
        let wanted = expected.filter(|ty| matches!(ty, Ty::Codes(_) | Ty::Country | Ty::Currency));
        if let Some(ty) = wanted {
            let Some(key) = constant(&self.ir, word, ty) else {
                unknown_constant(&self.ir, self.sink, span, (word, ty));
                return None;
            };
            return Some(self.key(ty, Key::Constant(ty, key), &[]));
        }
        let mut lists = (0..self.ir.code_lists.len())
            .filter_map(|list| constant(&self.ir, word, Ty::Codes(list)).map(|key| (list, key)));
        match (lists.next(), lists.next()) {
            (Some((list, key)), None) => {
                Some(self.key(Ty::Codes(list), Key::Constant(Ty::Codes(list), key), &[]))
            }
            (Some(_), Some(_)) => {
                let message = format!("`{word}` is in more than one code list");
                let help = "compare it with a value of the code list that is meant";
                self.sink.advise(span, codes::TYPE, message, help);
                None
            }
            (None, _) => {
                let names = self.scope.keys().map(String::as_str);
                let listed = self.ir.code_lists.iter().flat_map(|(_, list)| list);
                let candidates = names.chain(listed.map(String::as_str));
                let candidate = nearest(word, candidates).map(str::to_owned);
                let message = format!("nothing is called `{word}`");
                self.sink.suggest(span, codes::UNKNOWN_NAME, message, candidate.as_deref());
                None
            }
        }
    }

    fn set_literal(&mut self, expr: &Expr, expected: Option<Ty>) -> Option<Typed> {
        let Some(ty @ Ty::Set(_)) = expected else {
            let message = "a list in brackets can stand only after `in`".to_owned();
            self.sink.error(expr.span, codes::TYPE, message);
            return None;
        };
        let Literal::Set(set) = self.literal(expr, ty)? else { return None };
        let code = Code::Set(SetRef::Constant(set));
        Some(Typed { ty, code, interval: Interval::ALL, cost: 1, depth: 1 })
    }

    fn choice(
        &mut self,
        condition: &Expr,
        branches: (&Expr, &Expr),
        expected: Option<Ty>,
    ) -> Option<Typed> {
        let test = self.condition(condition);
        let mark = self.refined.len();
        self.refine(condition, true);
        let then = self.expr(branches.0, expected);
        self.refined.truncate(mark);
        self.refine(condition, false);
        let expected = expected.or(then.map(|then| then.ty));
        let otherwise = self.expr(branches.1, expected);
        self.refined.truncate(mark);
        let span = branches.0.span.to(branches.1.span);
        self.either(&[test?, then?, otherwise?], span)
    }

    /// `then` where the test holds, else `otherwise`.
    pub(super) fn either(&mut self, parts: &[Typed; 3], span: Span) -> Option<Typed> {
        let [test, then, otherwise] = parts;
        let ty = self.common(then.ty, otherwise.ty, span)?;
        let condition = test.bool_code()?;
        Some(match (then.code, otherwise.code) {
            (Code::Num(then_code), Code::Num(otherwise_code)) => {
                let node = Num::If { condition, then: then_code, otherwise: otherwise_code };
                self.num((ty, then.interval.or(otherwise.interval)), node, parts)
            }
            (Code::Bool(then), Code::Bool(otherwise)) => {
                self.bool(Bool::If { condition, then, otherwise }, parts)
            }
            (Code::Key(then), Code::Key(otherwise)) => {
                self.key(ty, Key::If { condition, then, otherwise }, parts)
            }
            (_, _) => {
                let message = "a choice between sets is not possible".to_owned();
                self.sink.error(span, codes::TYPE, message);
                return None;
            }
        })
    }

    /// The type that two values have in common.
    pub(super) fn common(&mut self, a: Ty, b: Ty, span: Span) -> Option<Ty> {
        match (a, b) {
            (
                Ty::Money { currency, rounded },
                Ty::Money { currency: other, rounded: other_rounded },
            ) => {
                if currency != other {
                    self.currency_mix(currency, other, span);
                    return None;
                }
                Some(Ty::Money { currency, rounded: rounded && other_rounded })
            }
            (a, b) if a == b => Some(a),
            (a, b) if a.is_number() && b.is_number() => Some(Ty::Decimal),
            (a, b) => {
                let message = format!(
                    "{} and {} do not go together",
                    self.ir.type_text(a),
                    self.ir.type_text(b)
                );
                self.sink.error(span, codes::TYPE, message);
                None
            }
        }
    }

    fn leaf(&mut self, ty: Ty, interval: Interval, leaf: Leaf) -> Typed {
        match ty {
            Ty::Integer | Ty::Decimal | Ty::Percent | Ty::Money { .. } | Ty::Fx(..) => {
                self.num((ty, interval), leaf.num(), &[])
            }
            Ty::Boolean => self.bool(leaf.bool(), &[]),
            Ty::Text | Ty::Date | Ty::Country | Ty::Currency | Ty::Codes(_) => {
                self.key(ty, leaf.key(), &[])
            }
            Ty::Set(_) => {
                let code = Code::Set(leaf.set());
                Typed { ty, code, interval: Interval::ALL, cost: 1, depth: 1 }
            }
        }
    }

    pub(super) fn num(&mut self, what: (Ty, Interval), node: Num, parts: &[Typed]) -> Typed {
        self.ir.nums.push(node);
        let code = Code::Num(self.ir.nums.len().saturating_sub(1));
        typed(what.0, code, what.1, parts)
    }

    pub(super) fn bool(&mut self, node: Bool, parts: &[Typed]) -> Typed {
        self.ir.bools.push(node);
        let code = Code::Bool(self.ir.bools.len().saturating_sub(1));
        typed(Ty::Boolean, code, Interval::ALL, parts)
    }

    pub(super) fn key(&mut self, ty: Ty, node: Key, parts: &[Typed]) -> Typed {
        self.ir.keys.push(node);
        let code = Code::Key(self.ir.keys.len().saturating_sub(1));
        typed(ty, code, Interval::ALL, parts)
    }
}

impl Typed {
    pub(super) const fn num_code(&self) -> Option<usize> {
        if let Code::Num(code) = self.code { Some(code) } else { None }
    }

    pub(super) const fn bool_code(&self) -> Option<usize> {
        if let Code::Bool(code) = self.code { Some(code) } else { None }
    }

    pub(super) const fn key_code(&self) -> Option<usize> {
        if let Code::Key(code) = self.code { Some(code) } else { None }
    }
}

/// A value without parts.
#[derive(Clone, Copy)]
enum Leaf {
    Input(usize),
    Param(usize, Literal),
    Named(usize),
}

impl Leaf {
    const fn num(self) -> Num {
        match self {
            Self::Input(index) => Num::Input(index),
            Self::Named(index) => Num::Named(index),
            Self::Param(index, Literal::Number(value)) => Num::Param { index, value },
            Self::Param(index, _) => Num::Param { index, value: Dec::ZERO },
        }
    }

    const fn bool(self) -> Bool {
        match self {
            Self::Input(index) => Bool::Input(index),
            Self::Named(index) => Bool::Named(index),
            Self::Param(index, value) => {
                Bool::Param { index, value: matches!(value, Literal::Boolean(true)) }
            }
        }
    }

    const fn key(self) -> Key {
        match self {
            Self::Input(index) => Key::Input(index),
            Self::Named(index) => Key::Named(index),
            Self::Param(index, Literal::Key(value)) => Key::Param { index, value },
            Self::Param(index, _) => Key::Param { index, value: 0 },
        }
    }

    const fn set(self) -> SetRef {
        match self {
            Self::Input(index) | Self::Named(index) => SetRef::Input(index),
            Self::Param(index, Literal::Set(set)) => SetRef::Param { index, set },
            Self::Param(index, _) => SetRef::Param { index, set: usize::MAX },
        }
    }
}

fn typed(ty: Ty, code: Code, interval: Interval, parts: &[Typed]) -> Typed {
    let cost = parts.iter().fold(1_u64, |sum, part| sum.saturating_add(part.cost));
    let below = parts.iter().map(|part| part.depth).max().unwrap_or(0);
    Typed { ty, code, interval, cost, depth: below.saturating_add(1) }
}
