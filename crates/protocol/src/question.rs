//! One request, as programs are asked about it: each sees only what it asks for, and only what the
//! side brings.

use crate::side::Side;
use poa_formula::{Date, InputFault, Inputs, Program};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What programs are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The side that brings the data; absent where nobody has said so yet.
    pub side: Option<Side>,
    /// The data.
    pub data: &'a Map<String, Value>,
    /// When each document was issued.
    pub evidence: &'a BTreeMap<String, Date>,
    /// The date of the decision.
    pub as_of: Date,
}

/// What is left of a question for one program.
#[derive(Debug)]
pub struct Put {
    /// What the program reads, or what is missing or wrong.
    pub inputs: Result<Inputs, Vec<InputFault>>,
    /// Members that it does not ask this side for.
    pub unused: Vec<String>,
}

impl Question<'_> {
    /// Puts the question to a program. It sees only the members that it asks this side for, since
    /// another program may ask for others.
    #[must_use]
    pub fn put(&self, program: &Program) -> Put {
        let side: Option<poa_formula::Side> = self.side.map(Into::into);
        let others = |of: Option<poa_formula::Side>| of.is_some() && side.is_some() && of != side;
        let asks_for = |name: &str| {
            program.attributes().iter().any(|known| known.name == name && !others(known.side))
        };
        let (known, unused): (Vec<_>, Vec<_>) =
            self.data.iter().partition(|(name, _)| asks_for(name));
        let known = known.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let inputs = match side {
            None => program.read_inputs(&known, self.as_of, self.evidence),
            Some(side) => program.read_inputs_of(side, &known, self.as_of, self.evidence),
        };
        Put { inputs, unused: unused.into_iter().map(|(name, _)| name.clone()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::Question;
    use crate::side::Side;
    use poa_formula::{Program, compile_product};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn program() -> Program {
        compile_product(
            r#"product deal 1.0.0 "A deal"
            attribute house : text for originator
            attribute appetite : integer in 1 .. 5 for supplier
            attribute grade : integer in 1 .. 5
            rule RISK "Grade {grade}" require grade <= (appetite else 5)"#,
        )
        .unwrap()
    }

    fn put(side: Option<Side>, data: &serde_json::Value) -> (Option<Vec<String>>, Vec<String>) {
        let data = data.as_object().unwrap().clone();
        let (evidence, as_of) = (BTreeMap::new(), "2026-11-22".parse().unwrap());
        let put = Question { side, data: &data, evidence: &evidence, as_of }.put(&program());
        let faults = put.inputs.err();
        let pointers = |faults: Vec<poa_formula::InputFault>| {
            faults.into_iter().map(|fault| fault.pointer).collect()
        };
        (faults.map(pointers), put.unused)
    }

    #[test]
    fn what_only_a_side_brings_is_asked_of_that_side() {
        let all = json!({ "house": "h", "appetite": 2, "grade": 3, "more": 1 });
        for (side, data, faults, unused) in [
            (Some(Side::Originator), all.clone(), None, vec!["appetite", "more"]),
            (Some(Side::Supplier), all.clone(), None, vec!["house", "more"]),
            (None, all, None, vec!["more"]),
            (Some(Side::Supplier), json!({ "grade": 3 }), Some("/appetite"), vec![]),
            (Some(Side::Originator), json!({ "grade": 3 }), Some("/house"), vec![]),
            (None, json!({ "grade": 3 }), None, vec![]),
        ] {
            let faults = faults.map(|one| vec![one.to_owned()]);
            let unused = unused.into_iter().map(str::to_owned).collect();
            assert_eq!(put(side, &data), (faults, unused), "{side:?}");
        }
    }
}
