//! Every limit of the language at both edges, and hostile sources: each is refused in words,
//! quickly, and without a deep stack.

use std::collections::BTreeMap;
use std::fmt::Write;

use poa_formula::diagnostic::codes;
use poa_formula::{Date, Program, compile_product, limits};

const HEADER: &str = "product p 1.0.0 \"P\"\n";

/// The errors of a source: an empty list when it is accepted.
fn errors(source: &str) -> Vec<&'static str> {
    match compile_product(source) {
        Ok(_) => Vec::new(),
        Err(list) => list.iter().filter(|d| d.is_error()).map(|d| d.code).collect(),
    }
}

/// Accepted at the limit, refused with the code just beyond it.
fn edges(code: &str, limit: usize, source: impl Fn(usize) -> String) {
    let none: [&str; 0] = [];
    assert_eq!(errors(&source(limit)), none, "{code} at {limit}");
    let beyond = errors(&source(limit.saturating_add(1)));
    assert!(beyond.contains(&code), "{code} beyond {limit}: {beyond:?}");
}

#[test]
fn a_source_has_at_most_64_kibibytes() {
    let base = format!("{HEADER}value v : integer = 1\n#");
    edges(codes::SOURCE_TOO_LONG, limits::SOURCE_BYTES_MAX, |bytes| {
        format!("{base}{}", "x".repeat(bytes.saturating_sub(base.len())))
    });
}

#[test]
fn a_text_has_at_most_4_kibibytes() {
    edges(codes::TEXT_TOO_LONG, limits::TEXT_BYTES_MAX, |bytes| {
        format!("{HEADER}rule R \"{}\" require true\n", "x".repeat(bytes))
    });
    let program = compile_product(&format!("{HEADER}attribute t : text\nvalue v : integer = 1\n"));
    let program = program.unwrap();
    let read = |bytes: usize| {
        let data = serde_json::json!({ "t": "x".repeat(bytes) });
        program.read_inputs(data.as_object().unwrap(), Date::MIN, &BTreeMap::new())
    };
    assert!(read(limits::TEXT_BYTES_MAX).is_ok());
    let faults = read(limits::TEXT_BYTES_MAX.saturating_add(1)).unwrap_err();
    assert_eq!(faults.first().unwrap().code, "text-too-long");
}

#[test]
fn expressions_nest_at_most_64_deep() {
    // The innermost number is a level of its own.
    edges(codes::TOO_DEEP, limits::DEPTH_MAX.saturating_sub(1), |depth| {
        format!("{HEADER}value v : integer = {}1{}\n", "(".repeat(depth), ")".repeat(depth))
    });
    edges(codes::TOO_DEEP, limits::DEPTH_MAX.saturating_sub(1), |depth| {
        format!("{HEADER}value v : integer = 1{}\n", " + 1".repeat(depth))
    });
    edges(codes::TOO_DEEP, limits::DEPTH_MAX.saturating_sub(1), |depth| {
        format!("{HEADER}let b = {} true\nvalue v : integer = 1\n", "not ".repeat(depth))
    });
}

#[test]
fn names_refer_to_names_at_most_so_deep_and_the_stack_holds() {
    let chain = |length: usize| {
        let mut source = format!("{HEADER}let a0 = 1\n");
        for index in 1..=length {
            writeln!(source, "let a{index} = a{} + 1", index.saturating_sub(1)).unwrap();
        }
        writeln!(source, "value v : integer = a{length}").unwrap();
        source
    };
    // Each name adds itself and its sum; the output and the first constant add the rest.
    let longest = limits::CHAIN_DEPTH_MAX.saturating_sub(2) / 2;
    edges(codes::TOO_DEEP, longest, chain);
    let program = compile_product(&chain(longest)).unwrap();
    // Half of what a worker thread has.
    let worker = std::thread::Builder::new().stack_size(1024 * 1024);
    let value = worker.spawn(move || {
        let inputs = program.read_inputs(&serde_json::Map::new(), Date::MIN, &BTreeMap::new());
        program.evaluate(&inputs.unwrap()).integer("v")
    });
    let expected = i128::try_from(longest).unwrap().checked_add(1);
    assert_eq!(value.unwrap().join().unwrap(), expected);
}

#[test]
fn a_source_has_at_most_2000_declarations() {
    edges(codes::TOO_MANY, limits::DECLARATIONS_MAX, |count| {
        let mut source = format!("{HEADER}value v : integer = 1\n");
        for index in 1..count {
            writeln!(source, "let a{index} = 1").unwrap();
        }
        source
    });
}

#[test]
fn a_program_has_at_most_512_attributes() {
    edges(codes::TOO_MANY, limits::ATTRIBUTES_MAX, |count| {
        let mut source = format!("{HEADER}value v : integer = 1\n");
        for index in 0..count {
            writeln!(source, "attribute a{index} : boolean").unwrap();
        }
        source
    });
}

#[test]
fn a_table_has_at_most_1000_rows_and_16_columns() {
    edges(codes::TOO_MANY, limits::TABLE_ROWS_MAX, |rows| {
        let mut source = format!("{HEADER}attribute n : integer\ntable t(n) : integer\n");
        for row in 1..rows {
            writeln!(source, "| {row} -> 1").unwrap();
        }
        source.push_str("| otherwise -> 0\nvalue v : integer = t\n");
        source
    });
    edges(codes::TOO_MANY, limits::TABLE_COLUMNS_MAX, |columns| {
        let names: Vec<String> = (0..columns).map(|index| format!("a{index}")).collect();
        let mut source = HEADER.to_owned();
        for name in &names {
            writeln!(source, "attribute {name} : boolean").unwrap();
        }
        let cells = vec!["-"; columns].join(" | ");
        writeln!(source, "table t({}) : integer | {cells} -> 1", names.join(", ")).unwrap();
        source.push_str("value v : integer = t\n");
        source
    });
}

#[test]
fn the_proof_of_a_table_looks_at_most_at_a_million_cases() {
    // Six columns of ten codes are exactly a million cases; an eleventh code is too many.
    edges(codes::TABLE_TOO_LARGE, 10, |codes| {
        let list: Vec<String> = (0..codes).map(|index| format!("c{index}")).collect();
        let ten: Vec<String> = (0..10).map(|index| format!("d{index}")).collect();
        let mut source = format!(
            "{HEADER}codes list = [{}]\ncodes ten = [{}]\n",
            list.join(", "),
            ten.join(", ")
        );
        for index in 0..5 {
            writeln!(source, "attribute a{index} : ten").unwrap();
        }
        source.push_str("attribute b : list\ntable t(a0, a1, a2, a3, a4, b) : integer\n");
        source.push_str("| d0 | d0 | d0 | d0 | d0 | c0 -> 1\n| otherwise -> 0\n");
        source.push_str("value v : integer = t\n");
        source
    });
}

#[test]
fn an_evaluation_takes_at_most_200_000_steps() {
    // The sum itself, its two ends, and two steps per round; a bound of one more round tips it.
    let rounds = usize::try_from(limits::STEPS_MAX).unwrap().saturating_sub(3) / 2;
    edges(codes::TOO_COSTLY, rounds, |rounds| {
        format!("{HEADER}value v : integer = sum(k in 1 .. {rounds} : k)\n")
    });
}

#[test]
fn a_set_has_at_most_512_members() {
    edges(codes::TOO_MANY, limits::SET_MEMBERS_MAX, |count| {
        let list: Vec<String> = (0..count).map(|index| format!("c{index}")).collect();
        format!("{HEADER}codes l = [{}]\nvalue v : integer = 1\n", list.join(", "))
    });
    edges(codes::TOO_MANY, limits::SET_MEMBERS_MAX, |count| {
        let list: Vec<String> = (0..count).map(|index| index.to_string()).collect();
        let list = list.join(", ");
        format!("{HEADER}attribute n : integer\nrule R \"r\" require n in [{list}]\n")
    });
    let source = format!("{HEADER}attribute s : set of text\nvalue v : integer = 1\n");
    let program = compile_product(&source).unwrap();
    let read = |count: usize| {
        let list: Vec<String> = (0..count).map(|index| index.to_string()).collect();
        let data = serde_json::json!({ "s": list });
        program.read_inputs(data.as_object().unwrap(), Date::MIN, &BTreeMap::new())
    };
    assert!(read(limits::SET_MEMBERS_MAX).is_ok());
    assert!(read(limits::SET_MEMBERS_MAX.saturating_add(1)).is_err());
}

#[test]
fn an_age_has_at_most_a_century() {
    let edge = usize::try_from(limits::AGE_DAYS_MAX).unwrap();
    edges(codes::RANGE, edge, |days| {
        format!("{HEADER}evidence e max age {days} days\nvalue v : integer = 1\n")
    });
}

#[test]
fn at_most_a_hundred_diagnostics_are_reported() {
    let source = format!("{HEADER}{}", "nonsense let = 1\n".repeat(500));
    let count = compile_product(&source).unwrap_err().len();
    assert_eq!(count, limits::DIAGNOSTICS_MAX);
}

/// Every word of the language and what else has broken parsers, one per line.
const WORDS: &str = include_str!("limits/hostile_words.txt");

/// Sources that have broken parsers: nesting, long chains, one word over and over.
fn hostile() -> Vec<String> {
    let mut list = Vec::new();
    for word in WORDS.lines().chain(["#\n", "\u{0}"]) {
        let space = limits::SOURCE_BYTES_MAX.saturating_sub(100);
        let fill = |unit: &str| unit.repeat(space.checked_div(unit.len()).unwrap_or(0));
        for start in ["", HEADER, "product p 1.0.0 \"P\"\nvalue v : integer = "] {
            list.push(format!("{start}{}", fill(&format!("{word} "))));
            list.push(format!("{start}{}", fill(word)));
        }
    }
    list
}

#[test]
fn hostile_sources_are_refused_on_a_small_stack() {
    let worker = std::thread::Builder::new().stack_size(1024 * 1024);
    let refused = worker.spawn(|| {
        let list = hostile();
        let refused = list.iter().filter(|source| compile_product(source).is_err()).count();
        (refused, list.len())
    });
    let (refused, all) = refused.unwrap().join().unwrap();
    assert_eq!(refused, all);
}

#[test]
fn a_program_can_be_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Program>();
}
