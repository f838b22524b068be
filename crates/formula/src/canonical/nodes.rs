//! Expressions as JSON: `["add", a, b]`.

use serde_json::{Value as Json, json};

use crate::ir::{Bool, Code, Compare, Entry, Ir, Key, Num, Places, SetRef, Ty};

impl Ir {
    pub(super) fn code_json(&self, code: Code) -> Json {
        match code {
            Code::Num(node) => self.num_json(node),
            Code::Bool(node) => self.bool_json(node),
            Code::Key(node) => self.key_json(node),
            Code::Set(set) => self.set_json(set),
        }
    }

    /// The type of a column, which is always a name.
    pub(super) fn code_type(&self, code: Code) -> Option<Ty> {
        if let Code::Key(node) = code { self.key_type(node) } else { None }
    }

    /// The type of a key, where a name tells it.
    fn key_type(&self, node: usize) -> Option<Ty> {
        match *self.keys.get(node)? {
            Key::Input(slot) => self.attributes.get(slot).map(|attribute| attribute.ty),
            Key::Named(index) => self.named.get(index).map(|named| named.ty),
            Key::Param { index, .. } => self.params.get(index).map(|param| param.ty),
            Key::PlusDays { .. } | Key::PlusMonths { .. } => Some(Ty::Date),
            Key::If { then, otherwise, .. } => {
                self.key_type(then).or_else(|| self.key_type(otherwise))
            }
            Key::Constant(ty, _) => Some(ty),
        }
    }

    fn num_json(&self, node: usize) -> Json {
        let num = |node: usize| self.num_json(node);
        let Some(node) = self.nums.get(node) else { return Json::Null };
        match *node {
            Num::Constant(value) => json!(value),
            Num::Input(slot) => self.entry_json(Entry::Attribute(slot)),
            Num::Param { index, .. } => self.entry_json(Entry::Param(index)),
            Num::Named(index) => self.named_json(index),
            Num::Local(slot) => json!(["counter", slot]),
            Num::Negate(a) => json!(["negate", num(a)]),
            Num::Abs(a) => json!(["abs", num(a)]),
            Num::Add(a, b) => json!(["add", num(a), num(b)]),
            Num::Subtract(a, b) => json!(["subtract", num(a), num(b)]),
            Num::Multiply(a, b) => json!(["multiply", num(a), num(b)]),
            Num::Divide(a, b) => json!(["divide", num(a), num(b)]),
            Num::Power(a, b) => json!(["power", num(a), num(b)]),
            Num::Min(a, b) => json!(["min", num(a), num(b)]),
            Num::Max(a, b) => json!(["max", num(a), num(b)]),
            Num::Round { value, places, mode } => {
                let places = match places {
                    Places::Fixed(count) => json!(count),
                    Places::Of(currency) => json!(self.currency_name(currency)),
                };
                json!(["round", num(value), places, mode])
            }
            Num::DaysBetween { later, earlier } => {
                json!(["days", self.key_json(earlier), self.key_json(later)])
            }
            Num::Annuity { rate, periods } => json!(["annuity", num(rate), num(periods)]),
            Num::YearFraction { from, to, convention } => {
                json!(["year_fraction", self.key_json(from), self.key_json(to), convention.name()])
            }
            Num::If { condition, then, otherwise } => {
                json!(["if", self.bool_json(condition), num(then), num(otherwise)])
            }
            Num::Sum { local, low, high, body } => {
                json!(["sum", local, num(low), num(high), num(body)])
            }
        }
    }

    pub(crate) fn bool_json(&self, node: usize) -> Json {
        let bool = |node: usize| self.bool_json(node);
        let Some(node) = self.bools.get(node) else { return Json::Null };
        match *node {
            Bool::Constant(value) => json!(value),
            Bool::Input(slot) => self.entry_json(Entry::Attribute(slot)),
            Bool::Param { index, .. } => self.entry_json(Entry::Param(index)),
            Bool::Named(index) => self.named_json(index),
            Bool::Present(slot) => json!(["present", self.entry_json(Entry::Attribute(slot))]),
            Bool::Not(a) => json!(["not", bool(a)]),
            Bool::And(a, b) => json!(["and", bool(a), bool(b)]),
            Bool::Or(a, b) => json!(["or", bool(a), bool(b)]),
            Bool::Equal(a, b) => json!(["=", bool(a), bool(b)]),
            Bool::Numbers(compare, a, b) => {
                json!([sign(compare), self.num_json(a), self.num_json(b)])
            }
            Bool::Keys(compare, a, b) => {
                json!([sign(compare), self.key_json(a), self.key_json(b)])
            }
            Bool::Within(key, set) => json!(["in", self.key_json(key), self.set_json(set)]),
            Bool::If { condition, then, otherwise } => {
                json!(["if", bool(condition), bool(then), bool(otherwise)])
            }
        }
    }

    fn key_json(&self, node: usize) -> Json {
        let key = |node: usize| self.key_json(node);
        let Some(node) = self.keys.get(node) else { return Json::Null };
        match *node {
            Key::Constant(ty, key) => {
                json!(["is", self.type_text(ty), self.key_text(ty, key)])
            }
            Key::Input(slot) => self.entry_json(Entry::Attribute(slot)),
            Key::Param { index, .. } => self.entry_json(Entry::Param(index)),
            Key::Named(index) => self.named_json(index),
            Key::PlusDays { date, days } => {
                json!(["plus_days", key(date), self.num_json(days)])
            }
            Key::PlusMonths { date, months } => {
                json!(["add_months", key(date), self.num_json(months)])
            }
            Key::If { condition, then, otherwise } => {
                json!(["if", self.bool_json(condition), key(then), key(otherwise)])
            }
        }
    }

    fn set_json(&self, set: SetRef) -> Json {
        match set {
            SetRef::Input(slot) => self.entry_json(Entry::Attribute(slot)),
            SetRef::Param { index, .. } => self.entry_json(Entry::Param(index)),
            SetRef::Constant(set) => {
                let Some((element, members)) = self.sets.get(set) else { return Json::Null };
                let mut texts: Vec<String> =
                    members.iter().map(|key| self.key_text(element.ty(), *key)).collect();
                texts.sort_unstable();
                json!(["set", self.type_text(Ty::Set(*element)), texts])
            }
        }
    }
}

const fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Equal => "=",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}
