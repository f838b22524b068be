//! From the inner form of values to their JSON form and to words for people.

use crate::date::Date;
use crate::decimal::{Dec, Rounding};
use crate::ir::{Ccy, Ir, Literal, Ty};
use crate::money::{Currency, Money, padded};
use crate::value::{Fx, Value};

/// Digits behind the point that a message shows of a number that is no amount.
const SHOWN_PLACES: u32 = 6;

/// Tells the currency that a name stands for, attributes included.
pub(crate) type Bound<'a> = &'a dyn Fn(Ccy) -> Option<Currency>;

impl Ir {
    /// The JSON form of a value; texts beyond the program's own are looked up in `extra`.
    pub(crate) fn wire(
        &self,
        ty: Ty,
        value: Literal,
        bound: Bound<'_>,
        extra: &[String],
    ) -> Option<Value> {
        match (ty, value) {
            (Ty::Money { currency, .. }, Literal::Number(amount)) => {
                Some(Value::Money(Money { amount, currency: bound(currency)? }))
            }
            (Ty::Fx(from, to), Literal::Number(rate)) => {
                Some(Value::Fx(Fx { from: bound(from)?, to: bound(to)?, rate }))
            }
            (_, Literal::Number(number)) => Some(Value::Text(number.to_string())),
            (_, Literal::Boolean(value)) => Some(Value::Boolean(value)),
            (_, Literal::Key(key)) => Some(Value::Text(self.key_text_with(ty, key, extra))),
            (Ty::Set(element), Literal::Set(set)) => {
                let members = self.sets.get(set)?.1.iter();
                let texts = members.map(|key| self.key_text_with(element.ty(), *key, extra));
                Some(Value::List(texts.collect()))
            }
            (_, Literal::Set(_)) => None,
        }
    }

    /// A value in words for a message: percentages with their sign, long numbers shortened.
    pub(crate) fn words(
        &self,
        ty: Ty,
        value: Literal,
        bound: Bound<'_>,
        extra: &[String],
    ) -> String {
        match (ty, value) {
            (Ty::Percent, Literal::Number(number)) => {
                let hundredfold = number.checked_mul(Dec::from(100)).unwrap_or(number);
                format!("{}%", shortened(hundredfold))
            }
            (Ty::Money { currency, .. }, Literal::Number(amount)) => {
                let Some(currency) = bound(currency) else { return shortened(amount).to_string() };
                let places = currency.minor_units();
                let rounded = amount.round(places, Rounding::HalfEven).unwrap_or(amount);
                format!("{currency} {}", padded(rounded, places))
            }
            (_, Literal::Number(number)) => shortened(number).to_string(),
            (_, Literal::Boolean(value)) => value.to_string(),
            (_, Literal::Key(key)) => self.key_text_with(ty, key, extra),
            (_, Literal::Set(_)) => match self.wire(ty, value, bound, extra) {
                Some(Value::List(members)) => members.join(", "),
                Some(Value::Boolean(_) | Value::Money(_) | Value::Fx(_) | Value::Text(_))
                | None => String::new(),
            },
        }
    }

    /// A code, country, currency, date or text by its key.
    pub(crate) fn key_text(&self, ty: Ty, key: i64) -> String {
        self.key_text_with(ty, key, &[])
    }

    pub(crate) fn key_text_with(&self, ty: Ty, key: i64, extra: &[String]) -> String {
        let index = usize::try_from(key).unwrap_or(usize::MAX);
        let text = match ty {
            Ty::Codes(list) => self.list(list).and_then(|(_, codes)| codes.get(index)).cloned(),
            Ty::Date => Date::from_days(key).ok().map(|date| date.to_string()),
            Ty::Country => {
                let [.., a, b] = key.to_be_bytes();
                String::from_utf8(vec![a, b]).ok()
            }
            Ty::Currency => Currency::from_key(key).map(|currency| currency.to_string()),
            Ty::Text => {
                let own = self.texts.get(index);
                own.or_else(|| extra.get(index.checked_sub(self.texts.len())?)).cloned()
            }
            Ty::Integer
            | Ty::Decimal
            | Ty::Percent
            | Ty::Boolean
            | Ty::Set(_)
            | Ty::Money { .. }
            | Ty::Fx(..) => None,
        };
        text.unwrap_or_default()
    }
}

fn shortened(number: Dec) -> Dec {
    number.round(SHOWN_PLACES, Rounding::HalfEven).unwrap_or(number)
}
