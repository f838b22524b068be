//! Exceptions, waivers and locks: what an instance may change of its product, and how the
//! decisions tell it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;

use poa_formula::diagnostic::codes;
use poa_formula::{
    Date, Diagnostic, Evaluation, Outcome, Program, Value, compile_instance, compile_product,
};

const PRODUCT: &str = "product p 1.0.0 \"P\"
currency home = EUR
codes use_code = [own, let_out, office]
attribute use : use_code
attribute amount : money home > 0
attribute worth : money home > 0
attribute months : integer in 1 .. 480
param max_ltv \"Maximum loan-to-value\" : percent in 0% .. 95% = 80%
param cap : money home > 0 = 1_000_000.00
param fixed : integer in 1 .. 9 = 5 locked
let ltv : percent = amount / worth
table haircut(use) : percent
  | own -> 2%
  | otherwise -> 5%
table frozen(use) : integer locked
  | own -> 1
  | otherwise -> 2
rule LTV_01 \"Loan-to-value {ltv} is above {max_ltv}\" require ltv <= max_ltv
rule CAP_01 \"More than {cap}\" require amount <= cap
rule TERM_01 \"Too long\" require months <= 360 locked
value valuation : money home = round(amount * (1 - haircut), home, half_even)
value kept : money home = round(amount / 2, home, half_even) locked
";

fn instance(lines: &str) -> String {
    format!("instance i of p 1.0.0 jurisdiction SG \"I\"\n{lines}\n")
}

fn compiled(lines: &str) -> Program {
    compile_instance(PRODUCT, &instance(lines)).unwrap()
}

fn decided(program: &Program, used: &str, amount: &str, months: u32) -> Evaluation {
    let euro = |amount: &str| serde_json::json!({ "amount": amount, "currency": "EUR" });
    let data = serde_json::json!({
        "use": used, "amount": euro(amount), "worth": euro("100000.00"), "months": months,
    });
    let inputs = program.read_inputs(data.as_object().unwrap(), Date::MIN, &BTreeMap::new());
    program.evaluate_traced(&inputs.unwrap())
}

fn codes_of(evaluation: &Evaluation) -> Vec<&str> {
    evaluation.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

fn listed(lines: &str) -> Vec<(&'static str, u32, u32)> {
    let list: Vec<Diagnostic> = match compile_instance(PRODUCT, &instance(lines)) {
        Ok(program) => program.warnings().to_vec(),
        Err(list) => list,
    };
    let points = list.iter().map(|d| (d.code, d.line, d.column));
    points.filter(|(code, ..)| *code != codes::NO_EXAMPLE).collect()
}

#[test]
fn an_exception_takes_the_place_of_the_base_where_it_applies() {
    let program = compiled("except max_ltv \"let out\" when (use != own) = 45%");
    assert_eq!(decided(&program, "own", "80000.00", 12).outcome, Outcome::Eligible);
    assert_eq!(decided(&program, "let_out", "45000.00", 12).outcome, Outcome::Eligible);
    let evaluation = decided(&program, "let_out", "45000.01", 12);
    assert_eq!(codes_of(&evaluation), ["LTV_01"]);
    let reason = evaluation.reasons.first().unwrap();
    assert_eq!(reason.message, "Loan-to-value 45.00001% is above 45%");
    assert_eq!(reason.values["max_ltv"], "0.45");
    assert_eq!(reason.exceptions["max_ltv"].line, 2);
    assert_eq!(reason.exceptions.len(), 1);
    assert_eq!(reason.inputs["use"], Value::Text("let_out".to_owned()), "its condition counts");
    let step = evaluation.trace.as_ref().unwrap().iter().find(|step| step.name == "max_ltv");
    assert_eq!(step.unwrap().via.as_deref(), Some("exception on line 2"));
    let plain = decided(&program, "own", "80000.01", 12);
    assert!(plain.reasons.first().unwrap().exceptions.is_empty());
    let json = serde_json::to_value(plain.reasons.first().unwrap()).unwrap();
    assert!(json.get("exceptions").is_none(), "absent where nothing was taken: {json}");
}

#[test]
fn calculated_values_and_tables_can_have_exceptions() {
    let program =
        compiled("except haircut when (ltv > 60%) = 15%\nexcept ltv when (use = office) = 0%");
    let valuation = |used: &str, amount: &str| {
        decided(&program, used, amount, 12).money("valuation").unwrap().amount.to_string()
    };
    assert_eq!(valuation("own", "60000.00"), "58800");
    assert_eq!(valuation("own", "60000.01"), "51000.01");
    assert_eq!(valuation("office", "60000.01"), "57000.01", "its loan-to-value is an exception");
}

#[test]
fn exceptions_that_apply_together_must_agree() {
    let program = compiled(
        "except cap when (use = let_out) = 50_000.00\nexcept cap when (months > 100) = 50_000.00\n\
         except cap when (months > 200) = 70_000.00",
    );
    assert_eq!(codes_of(&decided(&program, "let_out", "60000.00", 101)), ["CAP_01"]);
    assert_eq!(decided(&program, "own", "60000.00", 100).outcome, Outcome::Eligible);
    let evaluation = decided(&program, "own", "60000.00", 201);
    assert_eq!(evaluation.outcome, Outcome::Error);
    let reason = evaluation.reasons.first().unwrap();
    assert_eq!(reason.code, "EXCEPTION_CONFLICT");
    assert!(reason.message.contains("lines 3 and 4"), "{}", reason.message);
}

#[test]
fn an_exception_is_held_to_the_range_of_its_parameter() {
    assert_eq!(listed("except max_ltv when (use = own) = 96%"), [(codes::RANGE, 2, 35)]);
    let program = compiled("except max_ltv when (use = own) = months / 360");
    assert_eq!(decided(&program, "own", "40000.00", 180).outcome, Outcome::Eligible);
    let evaluation = decided(&program, "own", "40000.00", 343);
    assert_eq!(evaluation.outcome, Outcome::Error);
    let reason = evaluation.reasons.first().unwrap();
    assert_eq!(reason.code, "EXCEPTION_RANGE");
    assert!(reason.message.contains("line 2"), "{}", reason.message);
    assert_eq!(decided(&program, "office", "40000.00", 343).outcome, Outcome::Eligible);
}

#[test]
fn a_waived_rule_is_gone_and_the_waiver_is_told() {
    let program = compiled("waive LTV_01 because \"the lender is insured\"");
    assert_eq!(decided(&program, "own", "99000.00", 12).outcome, Outcome::Eligible);
    let waiver = program.waivers().first().unwrap();
    assert_eq!(
        (waiver.code.as_str(), waiver.because.as_str()),
        ("LTV_01", "the lender is insured")
    );
    assert_eq!(program.ir()["waivers"][0]["code"], "LTV_01");
    let other = compiled("waive LTV_01 because \"the lender is rich\"");
    assert_ne!(program.formula_hash(), other.formula_hash(), "the reason is part of the program");
}

#[test]
fn what_may_not_be_excepted_or_waived_is_pointed_at() {
    for (line, code, column) in [
        ("except max_ltvv when (use = own) = 1%", codes::UNKNOWN_NAME, 8),
        ("except fixed when (use = own) = 6", codes::LOCKED, 8),
        ("except kept when (use = own) = 0", codes::LOCKED, 8),
        ("except frozen when (use = own) = 3", codes::LOCKED, 8),
        ("except amount when (use = own) = 0", codes::EXCEPT_TARGET, 8),
        ("except max_ltv when (months) = 1%", codes::TYPE, 22),
        ("except max_ltv when (use = own) = \"x\"", codes::TYPE, 35),
        ("except valuation when (use = own) = amount / 3", codes::UNROUNDED_MONEY, 37),
        ("except ltv when (ltv > 1) = 1", codes::CYCLE, 5),
        ("waive LTV_02 because \"x\"", codes::WAIVE_TARGET, 7),
        ("waive TERM_01 because \"x\"", codes::LOCKED, 7),
        ("waive LTV_01 because \" \"", codes::WAIVE_TARGET, 22),
        ("set fixed = 6", codes::LOCKED, 5),
        (
            "waive LTV_01 because \"x\" add rule LTV_01 \"y\" require true",
            codes::DUPLICATE_NAME,
            35,
        ),
    ] {
        let expected =
            if code == codes::CYCLE { (codes::PRODUCT_INVALID, 1, 1) } else { (code, 2, column) };
        assert_eq!(listed(line), [expected], "{line}");
    }
    let own = "add let mine = 1 except mine when (use = own) = 2";
    assert_eq!(listed(own), [(codes::EXCEPT_TARGET, 2, 25)]);
    let set = "add param places : set of country = [SG] except places when (use = own) = [DE]";
    assert_eq!(listed(set), [(codes::EXCEPT_TARGET, 2, 49)]);
}

#[test]
fn two_exceptions_under_one_condition_are_a_warning() {
    let lines = "except cap when (use = own) = 5.00\nexcept cap when ((use = own)) = 5.00";
    assert_eq!(listed(lines), [(codes::SAME_CONDITION, 3, 1)]);
    let lines = "except cap when (ltv > 1) = 5.00\nexcept cap when (haircut > 1) = 5.00";
    assert_eq!(listed(lines), []);
}

#[test]
fn a_locked_rule_keeps_what_it_calculates_with() {
    let product = PRODUCT.replace(
        "CAP_01 \"More than {cap}\" require amount <= cap",
        "CAP_01 \"More than {cap}\" require ltv * worth <= cap locked",
    );
    let list = |lines: &str| match compile_instance(&product, &instance(lines)) {
        Ok(_) => Vec::new(),
        Err(list) => {
            let errors = list.iter().filter(|d| d.is_error());
            errors.map(|d| (d.code, d.line, d.column)).collect()
        }
    };
    assert_eq!(list("except ltv when (use = own) = 0%"), [(codes::LOCKED, 2, 1)]);
    assert_eq!(list("except cap when (use = own) = 0.01"), []);
}

#[test]
fn only_an_instance_excepts_and_waives() {
    for line in ["except cap when (use = own) = 1.00", "waive LTV_01 because \"x\""] {
        let list = compile_product(&format!("{PRODUCT}{line}\n")).unwrap_err();
        let first = list.iter().find(|d| d.is_error()).unwrap();
        assert_eq!((first.code, first.column), (codes::INSTANCE_ONLY, 1), "{line}");
    }
}

#[test]
fn programs_without_the_new_words_keep_their_hash() {
    let plain = "product p 1.0.0 \"P\"\nparam a : integer = 1\nlet b = a + 1\n\
                 attribute c : integer\nrule R \"r\" require b < c\n";
    let ir = compile_product(plain).unwrap().ir().to_string();
    for word in ["exceptions", "waivers", "label", "optional", "side"] {
        assert!(!ir.contains(word), "{word}: {ir}");
    }
}
