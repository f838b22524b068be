//! One member of the data, by the type of its attribute.

use serde_json::Value as Json;

use super::Reader;
use crate::date::Date;
use crate::decimal::Dec;
use crate::ir::{Attribute, Ccy, Element, Ty};
use crate::limits::{SET_MEMBERS_MAX, TEXT_BYTES_MAX};
use crate::money::{Currency, Money};
use crate::value::Fx;

/// A code and a message.
type Refusal = (&'static str, String);

impl Reader<'_> {
    pub(super) fn member(
        &mut self,
        slot: usize,
        attribute: &Attribute,
        json: &Json,
    ) -> Result<(), Refusal> {
        match attribute.ty {
            Ty::Integer => {
                let value = integer(json)
                    .ok_or_else(|| wrong("an integer, as a JSON integer or a string of digits"))?;
                self.number(slot, attribute, value)
            }
            Ty::Decimal => {
                let value = decimal(json)
                    .ok_or_else(|| wrong("a decimal number as a JSON string, such as \"0.5\""))?;
                self.number(slot, attribute, value)
            }
            Ty::Percent => {
                let value = decimal(json)
                    .ok_or_else(|| wrong("a fraction as a JSON string: \"0.80\" means 80 %"))?;
                self.number(slot, attribute, value)
            }
            Ty::Money { currency, .. } => {
                let value = self.money(currency, json)?;
                self.number(slot, attribute, value)
            }
            Ty::Fx(from, to) => {
                let value = self.rate(from, to, json)?;
                self.number(slot, attribute, value)
            }
            Ty::Boolean => {
                let value = json.as_bool().ok_or_else(|| wrong("true or false"))?;
                self.put_key(slot, value.into());
                Ok(())
            }
            Ty::Set(element) => self.set(slot, element, json),
            Ty::Text | Ty::Date | Ty::Country | Ty::Currency | Ty::Codes(_) => {
                let key = self.key(attribute.ty, json)?;
                self.put_key(slot, key);
                let units = Currency::from_key(key).map(Currency::minor_units);
                if let (Ty::Currency, Some(units), Some(place)) =
                    (attribute.ty, units, self.inputs.minor_units.get_mut(slot))
                {
                    *place = units;
                }
                Ok(())
            }
        }
    }

    fn number(&mut self, slot: usize, attribute: &Attribute, value: Dec) -> Result<(), Refusal> {
        if let Some(range) = attribute.range
            && !range.contains(value)
        {
            let message =
                format!("{value} is outside the range of the attribute, which is {range}");
            return Err(("out-of-range", message));
        }
        self.put_number(slot, value);
        Ok(())
    }

    /// The currency that a name stands for; none when its attribute is faulty itself.
    fn bound(&self, currency: Ccy) -> Option<Currency> {
        match currency {
            Ccy::Declared(_) => self.ir.bound(currency),
            Ccy::Attribute(slot) => {
                self.inputs.keys.get(slot).and_then(|key| Currency::from_key(*key))
            }
        }
    }

    fn money(&self, currency: Ccy, json: &Json) -> Result<Dec, Refusal> {
        let form = "an amount such as {\"amount\":\"1250.00\",\"currency\":\"EUR\"}";
        let object = json.as_object().filter(|object| object.len() == 2);
        let object = object.ok_or_else(|| wrong(form))?;
        let amount = object.get("amount").and_then(decimal).ok_or_else(|| wrong(form))?;
        let code = object.get("currency").and_then(Json::as_str).ok_or_else(|| wrong(form))?;
        let found = code.parse::<Currency>().map_err(|fault| {
            let shown: String = code.chars().take(20).collect();
            ("unknown-code", format!("`{shown}`: {fault}"))
        })?;
        if let Some(wanted) = self.bound(currency)
            && found != wanted
        {
            let message = format!("the amount is in {found}, the program asks for {wanted}");
            return Err(("wrong-currency", message));
        }
        let money = Money::new(amount, found).map_err(|fault| ("off-grid", fault.to_string()))?;
        Ok(money.amount)
    }

    fn rate(&self, from: Ccy, to: Ccy, json: &Json) -> Result<Dec, Refusal> {
        let form = "a rate such as {\"from\":\"EUR\",\"to\":\"USD\",\"rate\":\"1.0842\"}";
        let fx: Fx = serde_json::from_value(json.clone()).map_err(|_| wrong(form))?;
        for (found, wanted) in [(fx.from, self.bound(from)), (fx.to, self.bound(to))] {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
                let message = format!("the rate names {found}, the program asks for {wanted}");
                return Err(("wrong-currency", message));
            }
        }
        if fx.rate.is_negative() || fx.rate.is_zero() {
            return Err(("out-of-range", "an exchange rate is greater than 0".to_owned()));
        }
        if fx.from == fx.to && fx.rate != Dec::ONE {
            let message = "the rate of a currency to itself is 1".to_owned();
            return Err(("out-of-range", message));
        }
        Ok(fx.rate)
    }

    fn set(&mut self, slot: usize, element: Element, json: &Json) -> Result<(), Refusal> {
        let members = json.as_array().ok_or_else(|| wrong("a list"))?;
        if members.len() > SET_MEMBERS_MAX {
            let message = format!("the set has more than {SET_MEMBERS_MAX} members");
            return Err(("too-many-members", message));
        }
        let mut keys = Vec::new();
        for member in members {
            keys.push(self.key(element.ty(), member)?);
        }
        keys.sort_unstable();
        let count = keys.len();
        keys.dedup();
        if keys.len() != count {
            return Err(("too-many-members", "the set names a member twice".to_owned()));
        }
        if let Some(place) = self.inputs.sets.get_mut(slot) {
            *place = keys;
        }
        Ok(())
    }

    fn key(&mut self, ty: Ty, json: &Json) -> Result<i64, Refusal> {
        let text = json.as_str().ok_or_else(|| wrong("a JSON string"))?;
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("the text is longer than {TEXT_BYTES_MAX} bytes");
            return Err(("text-too-long", message));
        }
        match ty {
            Ty::Date => {
                let date: Date = text.parse().map_err(|_| wrong("a date such as 2026-11-22"))?;
                Ok(date.days())
            }
            Ty::Text => Ok(self.text(text)),
            Ty::Country | Ty::Currency | Ty::Codes(_) => crate::check::constant(self.ir, text, ty)
                .ok_or_else(|| {
                    let shown: String = text.chars().take(40).collect();
                    let message = if let Ty::Codes(list) = ty {
                        let codes = self.ir.list(list).map(|(_, codes)| codes.join(", "));
                        format!("`{shown}` is none of {}", codes.unwrap_or_default())
                    } else {
                        format!("`{shown}` is not a known {}", self.ir.type_text(ty))
                    };
                    ("unknown-code", message)
                }),
            Ty::Integer
            | Ty::Decimal
            | Ty::Percent
            | Ty::Boolean
            | Ty::Set(_)
            | Ty::Money { .. }
            | Ty::Fx(..) => Err(wrong("a JSON string")),
        }
    }

    /// The key of a text: equal texts have equal keys, those of the program included.
    fn text(&mut self, text: &str) -> i64 {
        let own = self.ir.texts.iter().position(|known| known == text);
        let position = own.unwrap_or_else(|| {
            let texts = &mut self.inputs.texts;
            let seen = texts.iter().position(|known| known == text).unwrap_or_else(|| {
                texts.push(text.to_owned());
                texts.len().saturating_sub(1)
            });
            self.ir.texts.len().saturating_add(seen)
        });
        i64::try_from(position).unwrap_or(i64::MAX)
    }
}

fn integer(json: &Json) -> Option<Dec> {
    if let Some(number) = json.as_i64() {
        return Dec::from_i128(number.into()).ok();
    }
    if let Some(number) = json.as_u64() {
        return Dec::from_i128(number.into()).ok();
    }
    let text = json.as_str().filter(|text| !text.contains('.'))?;
    text.parse::<Dec>().ok()
}

fn decimal(json: &Json) -> Option<Dec> {
    json.as_str()?.parse().ok()
}

fn wrong(form: &str) -> Refusal {
    ("wrong-type", format!("expected {form}"))
}
