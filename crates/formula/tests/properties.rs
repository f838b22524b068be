//! Properties that hold for every source and every request, tried with random ones.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use poa_formula::{
    Date, Dec, Evaluation, Outcome, Program, Scratch, compile_instance, compile_product,
};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

const PAIRS: [(&str, Option<&str>); 8] = [
    ("mortgage_participation", None),
    ("mortgage_participation", Some("mortgage_sg")),
    ("mortgage_participation", Some("mortgage_de")),
    ("trade_invoice", None),
    ("trade_invoice", Some("invoice_de")),
    ("gold_receipt", None),
    ("sme_loan", Some("sme_loan_bank_de")),
    ("sme_loan", Some("sme_loan_crowd_de")),
];

static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let compile = |(product, instance): (&str, Option<&str>)| match instance {
        None => compile_product(&source(product)).unwrap(),
        Some(instance) => compile_instance(&source(product), &source(instance)).unwrap(),
    };
    PAIRS.into_iter().map(compile).collect()
});

fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products");
    std::fs::read_to_string(folder.join(format!("{name}.formula"))).unwrap()
}

fn as_of() -> Date {
    "2026-11-22".parse().unwrap()
}

/// A number from a range as the program tells it, moved by a seed; without a range, any.
fn number(range: Option<&str>, seed: u64, places: u32) -> String {
    let scaled = |text: &str| text.parse::<Dec>().unwrap();
    let fraction = Dec::from_scaled(i128::from(seed % 10_001), 4).unwrap();
    let (low, high) = match range {
        None => (scaled("-1000000"), scaled("1000000")),
        Some(text) => match text.split_once(" .. ") {
            Some((low, high)) => (scaled(low), scaled(high)),
            None => (scaled("0.01"), scaled("1000000")),
        },
    };
    let span = high.checked_sub(low).unwrap();
    let value = low.checked_add(span.checked_mul(fraction).unwrap()).unwrap();
    let value = value.round(places, poa_formula::Rounding::Down).unwrap();
    value.max(low).to_string()
}

/// Data in range for every attribute of a program.
fn data(program: &Program, seeds: &[u64]) -> Map<String, Json> {
    let schema = program.attributes_json_schema();
    let home = program.bound_currency("home").unwrap();
    let currency = ["EUR", "USD", "JPY"];
    let held = currency.get(usize::try_from(seeds.first().unwrap() % 3).unwrap()).unwrap();
    let places = if *held == "JPY" { 0 } else { 2 };
    let mut data = Map::new();
    let attributes = program.attributes().iter().filter(|attribute| attribute.name != "as_of");
    for (attribute, seed) in attributes.zip(seeds.iter().cycle().skip(1)) {
        let range = attribute.range.as_deref();
        let value = match attribute.type_text.as_str() {
            "integer" => json!(number(range, *seed, 0)),
            "decimal" | "percent" => json!(number(range, *seed, 6)),
            "boolean" => json!(seed % 2 == 0),
            "text" => json!(format!("t{}", seed % 3)),
            "country" => json!(["DE", "SG", "US"].get(usize::try_from(seed % 3).unwrap())),
            "currency" => json!(held),
            "date" => json!(as_of().plus_days(i64::try_from(seed % 900).unwrap()).unwrap()),
            "money home" => json!({ "amount": number(range, *seed, 2), "currency": home }),
            "money invoice_ccy" => {
                let amount = number(Some("1 .. 1000000"), *seed, places);
                json!({ "amount": amount, "currency": held })
            }
            "fx invoice_ccy -> home" => {
                let same = *held == home.code();
                let rate =
                    if same { "1".to_owned() } else { number(Some("0.001 .. 200"), *seed, 4) };
                json!({ "from": held, "to": home, "rate": rate })
            }
            _ => {
                let codes = schema.pointer(&format!("/properties/{}/enum", attribute.name));
                let codes = codes.unwrap().as_array().unwrap();
                pick(codes, *seed).clone()
            }
        };
        data.insert(attribute.name.clone(), value);
    }
    data
}

fn evidence(program: &Program) -> BTreeMap<String, Date> {
    program.evidence().iter().map(|evidence| (evidence.name.clone(), as_of())).collect()
}

fn evaluate(program: &Program, seeds: &[u64]) -> Evaluation {
    let data = data(program, seeds);
    let inputs = program.read_inputs(&data, as_of(), &evidence(program));
    let inputs = inputs.unwrap_or_else(|faults| unreachable_faults(&faults, &data));
    let evaluation = program.evaluate_traced(&inputs);
    let mut scratch = Scratch::default();
    assert_eq!(program.decide(&inputs, &mut scratch), evaluation.outcome);
    assert_eq!(program.decide(&inputs, &mut scratch), evaluation.outcome, "scratch used again");
    assert!(evaluation.steps <= program.steps_bound());
    evaluation
}

#[expect(clippy::panic, reason = "the generator promises data without faults")]
fn unreachable_faults(faults: &[poa_formula::InputFault], data: &Map<String, Json>) -> ! {
    panic!("{faults:#?}\n{data:#?}")
}

fn seeds() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(any::<u64>(), 24)
}

/// One of a list.
fn pick<T>(list: &[T], seed: u64) -> &T {
    list.iter().cycle().nth(usize::try_from(seed % 1_000).unwrap()).unwrap()
}

const WORDS: &str = "product p 1.0.0 \"t\" currency home = EUR codes c [ a , b ] attribute x : \
    money integer in 1 .. 9 param percent 5% let rule R require when x <= ( ) table | - -> \
    otherwise value if then else sum k round half_even example given expect eligible reject \
    check by internal weight 2026-11-22 ** / not and fx date set of # true";

/// Words of the language in any order: more likely to get past the first line than any text.
fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split_whitespace().chain(["\n"]).collect();
    let word = prop::sample::select(words);
    proptest::collection::vec(word, 0..120).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,300}") {
        let _ = compile_product(&text);
        let _ = compile_product(&format!("product p 1.0.0 \"P\"\n{text}"));
        let _ = compile_instance("product p 1.0.0 \"P\"\nvalue v : integer = 1", &text);
    }

    #[test]
    fn no_order_of_words_breaks_the_checker(text in soup()) {
        let list = compile_product(&format!("product p 1.0.0 \"P\"\n{text}"));
        if let Err(list) = list {
            prop_assert!(list.iter().any(poa_formula::Diagnostic::is_error));
        }
    }

    #[test]
    fn a_mutilated_product_is_compiled_or_refused(at in 0_usize..4_000, cut in 0_usize..40) {
        let text: Vec<char> = source("trade_invoice").chars().collect();
        let kept = text.iter().take(at).chain(text.iter().skip(at.saturating_add(cut)));
        let _ = compile_product(&kept.collect::<String>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_program_decides_every_request_in_range(seeds in seeds(), which in 0_usize..8) {
        let program = PROGRAMS.get(which).unwrap();
        let evaluation = evaluate(program, &seeds);
        prop_assert_ne!(evaluation.outcome, Outcome::Error, "{:#?}", evaluation.reasons);
        prop_assert_eq!(evaluation.outcome == Outcome::Eligible, evaluation.reasons.is_empty());
        prop_assert_eq!(evaluation.outputs.len(), program.outputs().len());
    }

    #[test]
    fn one_request_gives_the_same_bytes_on_every_thread(seeds in seeds(), which in 0_usize..8) {
        let bytes = |seeds: &[u64]| {
            serde_json::to_string(&evaluate(PROGRAMS.get(which).unwrap(), seeds)).unwrap()
        };
        let here = bytes(&seeds);
        let elsewhere = seeds.clone();
        let there = std::thread::spawn(move || {
            serde_json::to_string(&evaluate(PROGRAMS.get(which).unwrap(), &elsewhere)).unwrap()
        });
        prop_assert_eq!(&here, &there.join().unwrap());
        let read_back: Evaluation = serde_json::from_str(&here).unwrap();
        prop_assert_eq!(serde_json::to_string(&read_back).unwrap(), here);
    }

    #[test]
    fn a_request_with_one_fault_is_refused_at_its_place(seeds in seeds(), which in 0_usize..8) {
        let program = PROGRAMS.get(which).unwrap();
        let mut data = data(program, &seeds);
        let names: Vec<String> = data.keys().cloned().collect();
        let name = pick(&names, *seeds.first().unwrap()).clone();
        data.insert(name.clone(), Json::Null);
        let faults = program.read_inputs(&data, as_of(), &evidence(program)).unwrap_err();
        let pointer = format!("/{name}");
        let wrong = |fault: &poa_formula::InputFault| {
            fault.pointer == pointer && fault.code == "wrong-type"
        };
        prop_assert!(faults.iter().any(wrong), "{:?}", faults);
        data.remove(&name);
        let faults = program.read_inputs(&data, as_of(), &evidence(program)).unwrap_err();
        let missing = |fault: &poa_formula::InputFault| {
            fault.pointer == pointer && fault.code == "missing-attribute"
        };
        prop_assert!(faults.iter().any(missing), "{:?}", faults);
    }

    #[test]
    fn comments_and_layout_leave_the_hash_alone(
        gaps in proptest::collection::vec(0_usize..4, 600),
        which in prop::sample::select(vec!["trade_invoice", "gold_receipt", "sme_loan"]),
    ) {
        let text = source(which);
        let mut changed = String::new();
        for (line, gap) in text.lines().zip(gaps.iter().cycle()) {
            changed.push_str(&" ".repeat(*gap));
            changed.push_str(line.split('#').next().unwrap());
            changed.push_str(["\n", "\n\n", " # a remark\n", "\r\n\t"].get(*gap).unwrap());
        }
        let (before, after) = (compile_product(&text).unwrap(), compile_product(&changed).unwrap());
        prop_assert_eq!(before.formula_hash(), after.formula_hash());
        prop_assert_ne!(before.source_hash(), after.source_hash());
        prop_assert_eq!(before.ir(), after.ir());
    }

    #[test]
    fn sums_and_products_do_not_depend_on_their_order(
        a in any::<i64>(),
        b in any::<i64>(),
        s in 0_u32..30,
    ) {
        let a = Dec::from_scaled(a.into(), s).unwrap();
        let b = Dec::from_scaled(b.into(), 30_u32.saturating_sub(s)).unwrap();
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
        prop_assert_eq!(a.checked_mul(b), b.checked_mul(a));
        prop_assert_eq!(a.to_string().parse::<Dec>().unwrap(), a);
    }
}

#[test]
fn every_change_of_meaning_changes_the_hash() {
    let text = source("trade_invoice");
    let hash = |text: &str| compile_product(text).unwrap().formula_hash().to_owned();
    let base = hash(&text);
    assert!(base.starts_with("sha256:") && base.len() == 71, "{base}");
    for (from, to) in [
        ("= 180", "= 179"),
        ("tenor in 1 .. max_tenor", "tenor in 0 .. max_tenor"),
        ("<= 90 -> 95%", "<= 90 -> 94%"),
        ("is not accepted\"", "is refused\""),
        ("weight 5%", "weight 6%"),
        ("max age 90 days", "max age 91 days"),
        ("half_up)", "half_even)"),
        ("currency home = USD", "currency home = EUR"),
        ("unrated]", "unrated, D]"),
        ("limit last_transfer_days", "fee last_transfer_days"),
        ("in 1 .. 365", "in 1 .. 364"),
    ] {
        assert!(text.contains(from), "{from}");
        // Values of examples may change with it; only the program matters here.
        let program = text.split("\nexample ").next().unwrap().replacen(from, to, 1);
        assert_ne!(hash(&program), base, "{from}");
    }
}
