//! Values that may be missing: they are looked at only where they are there.

use super::{Checker, Refined, Typed};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::interval::Interval;
use crate::ir::{Bool, Entry};
use crate::syntax::ast::{Expr, ExprKind};

impl Checker<'_> {
    /// Whether the conditions around say that a value is there.
    pub(super) fn is_present(&self, entry: Entry) -> bool {
        self.refined.iter().any(|refined| refined.entry == entry && refined.present)
    }

    pub(super) fn not_unwrapped(&mut self, name: &str, span: Span) {
        let message = format!("`{name}` may be missing");
        let help = format!("write `({name} else …)`, or ask `present({name})` first");
        self.sink.advise(span, codes::OPTIONAL, message, &help);
    }

    /// `present(name)`
    pub(super) fn present(&mut self, argument: &Expr) -> Option<Typed> {
        let slot = self.optional_slot(argument)?;
        Some(self.bool(Bool::Present(slot), &[]))
    }

    /// `name else default`
    pub(super) fn or_default(&mut self, name: &Expr, default: &Expr) -> Option<Typed> {
        let slot = self.optional_slot(name)?;
        let entry = Entry::Attribute(slot);
        let test = self.bool(Bool::Present(slot), &[]);
        self.refined.push(Refined { entry, interval: Interval::ALL, present: true });
        let value = self.expr(name, None);
        self.refined.pop();
        let value = value?;
        let default = self.expr(default, Some(value.ty))?;
        self.either(&[test, value, default], name.span)
    }

    /// The slot of an attribute that may be missing.
    fn optional_slot(&mut self, expr: &Expr) -> Option<usize> {
        if let ExprKind::Name(name) = &expr.kind {
            match self.scope.get(name).map(|(entry, _)| *entry) {
                Some(Entry::Attribute(slot)) => {
                    let attribute = self.ir.attributes.get(slot)?;
                    if attribute.may_be_missing() {
                        return Some(slot);
                    }
                }
                Some(
                    Entry::Currency(_)
                    | Entry::Codes(_)
                    | Entry::Evidence(_)
                    | Entry::Calendar(_)
                    | Entry::Rates(_)
                    | Entry::Param(_)
                    | Entry::Named(_),
                ) => {}
                None => return self.expr(expr, None).and(None),
            }
        }
        let message = "only an attribute that may be missing can be asked for".to_owned();
        let help = "declare it with `optional`, or for one side";
        self.sink.advise(expr.span, codes::OPTIONAL, message, help);
        None
    }
}
