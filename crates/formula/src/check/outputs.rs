//! Definitions: `let`, tables and outputs.

use super::exceptions::Target;
use super::names::Definition;
use super::{Checker, Fact, Typed};
use crate::diagnostic::codes;
use crate::interval::Interval;
use crate::ir::{Body, Code, Entry, Named, Ty};
use crate::program::OutputKind;
use crate::syntax::ast::{Declaration, Expr, Kind, Name, Type};

impl Checker<'_> {
    pub(super) fn check_named(&mut self, declarations: &[Declaration]) {
        for definition in self.in_order(declarations) {
            let before = self.sink.error_count();
            let checked = self.definition(definition);
            let Some((named, fact)) = checked else { continue };
            if self.sink.error_count() != before {
                continue;
            }
            if let Some(slot) = self.facts.get_mut(definition.index) {
                *slot = Some(fact);
            }
            if let Some(slot) = self.named.get_mut(definition.index) {
                *slot = Some(named);
            }
        }
    }

    fn definition(&mut self, definition: Definition<'_>) -> Option<(Named, Fact)> {
        let declaration = definition.declaration;
        let (mut named, mut fact, target) = self.base(definition)?;
        named.exceptions = self.exceptions(declaration, target, &mut fact)?;
        named.ty = fact.ty;
        named.label.clone_from(&declaration.label);
        named.locked = declaration.locked;
        Some((named, fact))
    }

    /// A definition without its exceptions.
    fn base(&mut self, definition: Definition<'_>) -> Option<(Named, Fact, Target)> {
        let name = definition.name;
        match &definition.declaration.kind {
            Kind::Let { ty, value, .. } => {
                let typed = self.let_value(ty.as_ref(), value)?;
                let ty = loose(typed.ty);
                let (named, fact) = self.defined(name, typed, None);
                Some((named, fact, Target { ty, param: false, range: None }))
            }
            Kind::Output { kind, ty, value, .. } => {
                let ty = self.resolve_plain(ty)?;
                let typed = self.expr(value, Some(ty))?;
                self.assign(&typed, ty, value)?;
                let (named, fact) = self.defined(name, Typed { ty, ..typed }, Some(*kind));
                Some((named, fact, Target { ty, param: false, range: None }))
            }
            Kind::Rank { value, .. } => {
                let ty = Ty::Decimal;
                let typed = self.expr(value, None)?;
                self.assign(&typed, ty, value)?;
                let rank = Some(OutputKind::Rank);
                let (named, fact) = self.defined(name, Typed { ty, ..typed }, rank);
                Some((named, fact, Target { ty, param: false, range: None }))
            }
            Kind::Table(table) => {
                let (table, ty, interval, (cost, depth)) = self.table(table)?;
                self.steps = self.steps.saturating_add(cost);
                let named = blank(name, ty, Body::Table(table));
                let target = Target { ty, param: false, range: None };
                Some((named, Fact { ty, interval, depth }, target))
            }
            Kind::Param { .. } => self.param_base(name),
            Kind::Currency { .. }
            | Kind::Codes { .. }
            | Kind::Attribute { .. }
            | Kind::Evidence { .. }
            | Kind::Rule(_)
            | Kind::TransferRule(_)
            | Kind::Calendar { .. }
            | Kind::Rates { .. }
            | Kind::Schedule(_)
            | Kind::Check(_)
            | Kind::Legal { .. }
            | Kind::Example(_)
            | Kind::Set { .. }
            | Kind::Except { .. }
            | Kind::Waive { .. } => None,
        }
    }

    /// What a parameter is where none of its exceptions applies.
    fn param_base(&mut self, name: &Name) -> Option<(Named, Fact, Target)> {
        let Some((Entry::Param(index), _)) = self.scope.get(&name.text).copied() else {
            return None;
        };
        let param = self.ir.params.get(index)?;
        let (ty, range, value) = (param.ty, param.range, param.value);
        let typed = self.param_leaf(ty, index, value);
        if matches!(typed.code, Code::Set(_)) {
            let message = "a set cannot have exceptions".to_owned();
            self.sink.advise(name.span, codes::TYPE, message, "`add rule … when` instead");
            return None;
        }
        let (named, fact) = self.defined(name, typed, None);
        Some((named, fact, Target { ty, param: true, range }))
    }

    fn let_value(&mut self, written: Option<&Type>, value: &Expr) -> Option<Typed> {
        let declared = match written {
            Some(ty) => Some(self.resolve_plain(ty)?),
            None => None,
        };
        // A `let` may hold an amount that is not rounded yet.
        let loose = declared.map(loose);
        let typed = self.expr(value, declared)?;
        let Some(loose) = loose else {
            if matches!(typed.code, Code::Set(_)) {
                let message = "a calculated value cannot be a set".to_owned();
                self.sink.error(value.span, codes::TYPE, message);
                return None;
            }
            return Some(typed);
        };
        self.assign(&typed, loose, value)?;
        let ty = if loose.is_number() { loose } else { typed.ty };
        Some(Typed { ty, ..typed })
    }

    fn defined(&mut self, name: &Name, typed: Typed, output: Option<OutputKind>) -> (Named, Fact) {
        self.steps = self.steps.saturating_add(typed.cost);
        let interval = if typed.num_code().is_some() { typed.interval } else { Interval::ALL };
        let body = Body::Expression(typed.code);
        let fact = Fact { ty: typed.ty, interval, depth: typed.depth };
        (Named { output, ..blank(name, typed.ty, body) }, fact)
    }
}

fn blank(name: &Name, ty: Ty, body: Body) -> Named {
    Named {
        name: name.text.clone(),
        label: None,
        ty,
        body,
        output: None,
        place: name.span.place(),
        locked: false,
        exceptions: Vec::new(),
    }
}

/// The type with amounts that need not be rounded.
const fn loose(ty: Ty) -> Ty {
    if let Ty::Money { currency, .. } = ty { Ty::Money { currency, rounded: false } } else { ty }
}
