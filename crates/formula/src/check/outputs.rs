//! Definitions: `let`, tables and outputs.

use super::names::Definition;
use super::{Checker, Fact, Typed};
use crate::diagnostic::codes;
use crate::interval::Interval;
use crate::ir::{Body, Code, Named, Ty};
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
        let name = definition.name;
        match &definition.declaration.kind {
            Kind::Let { ty, value, .. } => {
                let typed = self.let_value(ty.as_ref(), value)?;
                Some(self.defined(name, typed, None))
            }
            Kind::Output { kind, ty, value, .. } => {
                let declared = self.resolve_plain(ty)?;
                let typed = self.expr(value, Some(declared))?;
                self.assign(&typed, declared, value)?;
                Some(self.defined(name, Typed { ty: declared, ..typed }, Some(*kind)))
            }
            Kind::Rank { value, .. } => {
                let typed = self.expr(value, None)?;
                self.assign(&typed, Ty::Decimal, value)?;
                let typed = Typed { ty: Ty::Decimal, ..typed };
                Some(self.defined(name, typed, Some(OutputKind::Rank)))
            }
            Kind::Table(table) => {
                let (table, ty, interval, (cost, depth)) = self.table(table)?;
                self.steps = self.steps.saturating_add(cost);
                let body = Body::Table(table);
                let place = name.span.place();
                let name = name.text.clone();
                Some((Named { name, ty, body, output: None, place }, Fact { ty, interval, depth }))
            }
            Kind::Currency { .. }
            | Kind::Codes { .. }
            | Kind::Attribute { .. }
            | Kind::Evidence { .. }
            | Kind::Param { .. }
            | Kind::Rule(_)
            | Kind::Check(_)
            | Kind::Legal { .. }
            | Kind::Example(_)
            | Kind::Set { .. } => None,
        }
    }

    fn let_value(&mut self, written: Option<&Type>, value: &Expr) -> Option<Typed> {
        let declared = match written {
            Some(ty) => Some(self.resolve_plain(ty)?),
            None => None,
        };
        // A `let` may hold an amount that is not rounded yet.
        let loose = declared.map(|ty| {
            if let Ty::Money { currency, .. } = ty {
                Ty::Money { currency, rounded: false }
            } else {
                ty
            }
        });
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
        let place = name.span.place();
        (Named { name: name.text.clone(), ty: typed.ty, body, output, place }, fact)
    }
}
