//! The door: data of a request are checked against the attributes, all faults at once.

mod member;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::date::Date;
use crate::decimal::Dec;
use crate::diagnostic::sink::nearest;
use crate::ir::{Attribute, Literal, Ty};
use crate::limits::DIAGNOSTICS_MAX;
use crate::program::{Program, Side};

/// The data of one request, checked and in the form that the program works on.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub(crate) nums: Vec<Dec>,
    /// Keys, and booleans as 0 and 1.
    pub(crate) keys: Vec<i64>,
    pub(crate) sets: Vec<Vec<i64>>,
    /// The decimal places of currencies that attributes hold.
    pub(crate) minor_units: Vec<u32>,
    /// Texts that the program does not know.
    pub(crate) texts: Vec<String>,
    /// Whether each attribute was given; empty where every attribute must be.
    pub(crate) present: Vec<bool>,
    pub(crate) evidence: Vec<Option<Date>>,
    pub(crate) as_of: Date,
}

/// One fault in the data of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputFault {
    /// A stable code; see [`InputFault::CODES`].
    pub code: String,
    /// Which member is meant (RFC 6901), such as `/loan_amount`.
    pub pointer: String,
    /// What is the matter.
    pub message: String,
}

impl InputFault {
    /// Every code with what it means.
    pub const CODES: &'static [(&'static str, &'static str)] = &[
        ("other-side", "The member is brought by the other side of the deal."),
        ("unknown-attribute", "The program does not ask for this member."),
        ("missing-attribute", "The program asks for this member and it is not there."),
        ("supplied-attribute", "The date of the decision comes from the system, never from data."),
        ("wrong-type", "The member has another form than its type demands."),
        ("out-of-range", "The value lies outside the range of the attribute."),
        ("wrong-currency", "The currency is not the one that the attribute demands."),
        ("off-grid", "The amount has more decimal places than its currency."),
        ("unknown-code", "The code, country or currency does not exist."),
        ("text-too-long", "The text is longer than 4 KiB."),
        ("too-many-members", "The set has too many members, or one twice."),
    ];
}

impl Program {
    /// Checks the data of a request. `as_of` is the date of the decision, `evidence` tells when
    /// each document was issued; missing evidence is not a fault here but makes the evaluation
    /// incomplete.
    pub fn read_inputs(
        &self,
        data: &Map<String, Json>,
        as_of: Date,
        evidence: &BTreeMap<String, Date>,
    ) -> Result<Inputs, Vec<InputFault>> {
        self.read(data, None, (as_of, evidence))
    }

    /// As [`Program::read_inputs`], for one side of a deal: what only that side brings is demanded,
    /// what only the other side brings is refused. Without a side, both may be missing.
    pub fn read_inputs_of(
        &self,
        side: Side,
        data: &Map<String, Json>,
        as_of: Date,
        evidence: &BTreeMap<String, Date>,
    ) -> Result<Inputs, Vec<InputFault>> {
        self.read(data, Some(side), (as_of, evidence))
    }

    fn read(
        &self,
        data: &Map<String, Json>,
        side: Option<Side>,
        dated: (Date, &BTreeMap<String, Date>),
    ) -> Result<Inputs, Vec<InputFault>> {
        let (as_of, evidence) = dated;
        let count = self.ir.attributes.len();
        let gaps = self.ir.asked().iter().any(Attribute::may_be_missing);
        let inputs = Inputs {
            nums: vec![Dec::ZERO; count],
            keys: vec![0; count],
            sets: vec![Vec::new(); count],
            minor_units: vec![0; count],
            texts: Vec::new(),
            present: vec![true; if gaps { count } else { 0 }],
            evidence: self.ir.evidence.iter().map(|e| evidence.get(&e.name).copied()).collect(),
            as_of,
        };
        let mut reader = Reader { ir: &self.ir, data, side, inputs, faults: Vec::new() };
        reader.unknown_members();
        // Currencies first, for amounts refer to them.
        for currencies in [true, false] {
            for (slot, attribute) in self.ir.asked().iter().enumerate() {
                if (attribute.ty == Ty::Currency) == currencies {
                    reader.attribute(slot, attribute);
                }
            }
        }
        if reader.faults.is_empty() {
            return Ok(reader.inputs);
        }
        reader.faults.sort_by(|a, b| (&a.pointer, &a.code).cmp(&(&b.pointer, &b.code)));
        Err(reader.faults)
    }
}

impl Inputs {
    /// Whether an attribute was given.
    pub(crate) fn has(&self, slot: usize) -> bool {
        self.present.get(slot).copied().unwrap_or(true)
    }

    /// The value of an attribute in its inner form, if it was given; a set is told by its slot.
    pub(crate) fn literal(&self, slot: usize, ty: Ty) -> Option<Literal> {
        if !self.has(slot) {
            return None;
        }
        match ty {
            Ty::Integer | Ty::Decimal | Ty::Percent | Ty::Money { .. } | Ty::Fx(..) => {
                self.nums.get(slot).copied().map(Literal::Number)
            }
            Ty::Boolean => self.keys.get(slot).map(|key| Literal::Boolean(*key != 0)),
            Ty::Text | Ty::Date | Ty::Country | Ty::Currency | Ty::Codes(_) => {
                self.keys.get(slot).copied().map(Literal::Key)
            }
            Ty::Set(_) => Some(Literal::Set(slot)),
        }
    }
}

struct Reader<'a> {
    ir: &'a crate::ir::Ir,
    data: &'a Map<String, Json>,
    side: Option<Side>,
    inputs: Inputs,
    faults: Vec<InputFault>,
}

impl Reader<'_> {
    fn unknown_members(&mut self) {
        for name in self.data.keys() {
            if self.faults.len() >= DIAGNOSTICS_MAX {
                return;
            }
            let known = self.ir.asked().iter().any(|attribute| attribute.name == *name);
            let pointer = pointer(name);
            if self.ir.as_of.is_some() && name == "as_of" {
                let message = "the date of the decision is set by the system; leave out `as_of`";
                self.fault("supplied-attribute", pointer, message.to_owned());
            } else if !known {
                let names = self.ir.asked().iter().map(|attribute| attribute.name.as_str());
                let hint = nearest(name, names.filter(|name| *name != "as_of"))
                    .map(|name| format!("; did you mean `{name}`?"))
                    .unwrap_or_default();
                let shown: String = name.chars().take(80).collect();
                let message = format!("the program does not ask for `{shown}`{hint}");
                self.fault("unknown-attribute", pointer, message);
            }
        }
    }

    fn attribute(&mut self, slot: usize, attribute: &Attribute) {
        if Some(slot) == self.ir.as_of {
            self.put_key(slot, self.inputs.as_of.days());
            return;
        }
        let pointer = pointer(&attribute.name);
        let others = attribute.side.is_some_and(|of| self.side.is_some_and(|side| side != of));
        let Some(json) = self.data.get(&attribute.name) else {
            let may_be_missing =
                attribute.optional || others || (attribute.side.is_some() && self.side.is_none());
            if may_be_missing {
                self.leave_out(slot);
                return;
            }
            let message =
                format!("`{}` is missing, a {}", attribute.name, self.ir.type_text(attribute.ty));
            self.fault("missing-attribute", pointer, message);
            return;
        };
        if let (true, Some(side)) = (others, attribute.side) {
            let message = format!("only the {} brings `{}`", side.name(), attribute.name);
            self.fault("other-side", pointer, message);
            return;
        }
        if let Err((code, message)) = self.member(slot, attribute, json) {
            self.fault(code, pointer, message);
        }
    }

    fn fault(&mut self, code: &str, pointer: String, message: String) {
        self.faults.push(InputFault { code: code.to_owned(), pointer, message });
    }

    fn leave_out(&mut self, slot: usize) {
        if let Some(present) = self.inputs.present.get_mut(slot) {
            *present = false;
        }
    }

    fn put_key(&mut self, slot: usize, key: i64) {
        if let Some(place) = self.inputs.keys.get_mut(slot) {
            *place = key;
        }
    }

    fn put_number(&mut self, slot: usize, number: Dec) {
        if let Some(place) = self.inputs.nums.get_mut(slot) {
            *place = number;
        }
    }
}

/// The JSON pointer of a member (RFC 6901).
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
