//! Every diagnostic code, with a source that earns it and the place where it points.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "a test stops at the first fault; places are small numbers"
)]

#[path = "diagnostics/rows.rs"]
mod rows;

use std::collections::BTreeSet;

use poa_formula::diagnostic::codes;
use poa_formula::{Diagnostic, Program, compile_instance, compile_product};
use rows::{
    CHECKS, DATED, HEADERS, NAMES, OVERLAYS, REPAIRABLE, Row, SYNTAX, TABLES, TYPES, WHOLE, giants,
};

const PRODUCT: &str = "product p 1.0.0 \"P\"
currency home = EUR
codes grade = [good, bad]
attribute amount : money home > 0
attribute quality : grade
attribute months : integer in 1 .. 12
param cap : money home > 0 = 100.00
param share : percent in 0% .. 50% = 20%
param fixed : integer = 1 locked
rule CAP_01 \"too much\" require amount <= cap
value valuation : money home = round(amount * share, home, half_even)
example \"e\" given amount = 50.00, quality = good, months = 6 expect eligible, valuation = 10.00
";

const INSTANCE: &str = "instance i of p 1.0.0 jurisdiction SG \"I\"\n";

const EXAMPLE: &str =
    "example \"f\" given amount = 1.00, quality = bad, months = 1 expect eligible\n";

fn listed(compiled: Result<Program, Vec<Diagnostic>>) -> Vec<Diagnostic> {
    compiled.map_or_else(|list| list, |program| program.warnings().to_vec())
}

fn check(rows: &[Row], compile: impl Fn(&str) -> Vec<Diagnostic>) {
    for (source, code, line, column) in rows {
        // An attribute that a row adds is missing from the base example, which is not the point.
        let mut list = compile(source);
        list.retain(|d| !d.message.starts_with("the example does not give") || d.line > 12);
        let found: Vec<String> = list
            .iter()
            .map(|d| format!("{} {}:{} {}", d.code, d.line, d.column, d.message))
            .collect();
        let hit = list.iter().any(|d| (d.code, d.line, d.column) == (*code, *line, *column));
        assert!(hit, "{source}\nwants {code} {line}:{column}\nfound {found:#?}");
        let same = list.iter().all(|d| (d.code, d.line, d.column) == (*code, *line, *column));
        assert!(same, "{source}\n{found:#?}");
    }
}

fn in_product(lines: &str) -> Vec<Diagnostic> {
    listed(compile_product(&format!("{PRODUCT}{lines}\n")))
}

fn in_instance(lines: &str) -> Vec<Diagnostic> {
    listed(compile_instance(PRODUCT, &format!("{INSTANCE}{lines}\n{EXAMPLE}")))
}

#[test]
fn words_and_signs_that_do_not_fit_are_pointed_at() {
    check(SYNTAX, in_product);
}

#[test]
fn names_without_or_with_two_meanings_are_pointed_at() {
    check(NAMES, in_product);
}

#[test]
fn values_of_the_wrong_type_or_size_are_pointed_at() {
    check(TYPES, in_product);
}

#[test]
fn faulty_tables_are_pointed_at() {
    check(TABLES, in_product);
}

#[test]
fn faulty_checks_and_examples_are_pointed_at() {
    check(CHECKS, in_product);
}

#[test]
fn faulty_schedules_calendars_and_rates_are_pointed_at() {
    check(DATED, in_product);
}

#[test]
fn what_an_instance_may_not_do_is_pointed_at() {
    check(OVERLAYS, in_instance);
}

#[test]
fn a_whole_source_that_is_none_is_refused() {
    for (source, code, line, column) in WHOLE {
        let list = listed(compile_product(source));
        let hit = list.iter().any(|d| (d.code, d.line, d.column) == (*code, *line, *column));
        assert!(hit, "{source}: {list:#?}");
    }
    let mix = format!(
        "{PRODUCT}currency away = USD\nattribute b : money away > 0\n\
         attribute rate : fx away -> home\nlet a = amount + b\n"
    );
    let list = listed(compile_product(&mix.replace("months = 6", "months = 6, b = 1, rate = 1")));
    let found: Vec<_> = list.iter().map(|d| (d.code, d.line, d.column)).collect();
    assert_eq!(found, [(codes::CURRENCY_MIX, 16, 9)], "{list:#?}");
    let help = list.first().unwrap().help.clone();
    assert_eq!(help, "convert first, with `convert(amount, rate)`");
}

#[test]
fn headers_of_instances_are_compared_with_the_product() {
    let header = |text: &str| listed(compile_instance(PRODUCT, &format!("{text}\n{EXAMPLE}")));
    let rows: [(&str, &str, u32); 4] = [
        ("instance i of q 1.0.0 jurisdiction SG \"I\"", codes::PRODUCT_MISMATCH, 15),
        ("instance i of p 1.0.1 jurisdiction SG \"I\"", codes::PRODUCT_MISMATCH, 17),
        ("instance i of p 1.0.0 jurisdiction XX \"I\"", codes::UNKNOWN_COUNTRY, 36),
        ("instance i of p 1.0.0 jurisdiction \"US-lower\" \"I\"", codes::UNKNOWN_COUNTRY, 36),
    ];
    for (text, code, column) in rows {
        let list = header(text);
        let found: Vec<_> = list.iter().map(|d| (d.code, d.line, d.column)).collect();
        assert_eq!(found, [(code, 1, column)], "{text}");
    }
    for text in ["US-NY", "SG", "FR-75", "\"FR-2A\""] {
        let list = header(&format!("instance i of p 1.0.0 jurisdiction {text} \"I\""));
        assert!(list.is_empty(), "{text}: {list:?}");
    }
    let broken = listed(compile_instance("product p 1.0.0 \"P\"\nlet a = b\n", INSTANCE));
    assert_eq!(broken.first().map(|d| d.code), Some(codes::PRODUCT_INVALID));
}

#[test]
fn a_product_that_an_instance_makes_invalid_is_told_at_the_header() {
    let product =
        PRODUCT.replace("rule CAP_01", "param n : integer = 2 let m = 1 / n\nrule CAP_01");
    assert!(compile_product(&product).is_ok());
    let list = listed(compile_instance(&product, &format!("{INSTANCE}set n = 0\n{EXAMPLE}")));
    let found: Vec<_> = list.iter().map(|d| (d.code, d.line, d.column)).collect();
    assert_eq!(found, [(codes::PRODUCT_INVALID, 1, 1)], "{list:?}");
    assert!(
        list.iter().all(|d| d.message.contains("its line 10: the divisor is zero")),
        "{list:?}"
    );
}

#[test]
fn a_demand_is_looked_at_only_where_its_condition_holds() {
    let rule = "attribute n : integer in 0 .. 5 rule N \"n\" require 1 / n > 0 when n != 0";
    let product = format!("{PRODUCT}{rule}\n").replace("months = 6", "months = 6, n = 0");
    assert_eq!(listed(compile_product(&product)), []);
}

#[test]
fn many_faults_are_reported_at_once() {
    let source = format!(
        "{PRODUCT}let a = nothing\nparam b : integer in 1 .. 2 = 3\nschedule s = 5\n\
         let c = \"t\" + 1\nrule R \"r\" require amount\n"
    );
    let lines: Vec<u32> = listed(compile_product(&source)).iter().map(|d| d.line).collect();
    assert_eq!(lines, [13, 14, 15, 16, 17]);
}

/// Every source of the tables with what was found in it, in the golden form.
fn shown() -> Vec<(String, Vec<Diagnostic>)> {
    let mut list = Vec::new();
    let mut show = |rows: &[Row], compile: &dyn Fn(&str) -> (String, Vec<Diagnostic>)| {
        list.extend(rows.iter().map(|row| compile(row.0)));
    };
    let product = |lines: &str| {
        let source = format!("{PRODUCT}{lines}\n");
        let list = listed(compile_product(&source));
        (source, list)
    };
    let over = |lines: &str| {
        let source = format!("{INSTANCE}{lines}\n{EXAMPLE}");
        let list = listed(compile_instance(PRODUCT, &source));
        (source, list)
    };
    for rows in [SYNTAX, NAMES, TYPES, TABLES, CHECKS, DATED] {
        show(rows, &product);
    }
    show(OVERLAYS, &over);
    show(WHOLE, &|source| (source.to_owned(), listed(compile_product(source))));
    show(HEADERS, &|header| {
        let source = format!("{header}\n{EXAMPLE}");
        let list = listed(compile_instance(PRODUCT, &source));
        (source, list)
    });
    let header = format!("{INSTANCE}{EXAMPLE}");
    let broken = compile_instance("product p 1.0.0 \"P\"\nlet a = b\n", &header);
    list.push((header, listed(broken)));
    for (_, lines) in giants() {
        list.push(product(&lines));
    }
    list
}

/// The characters that a diagnostic is about.
fn meant(source: &str, found: &Diagnostic) -> String {
    let line = source.split('\n').nth(usize::try_from(found.line - 1).unwrap()).unwrap_or("");
    let from = usize::try_from(found.column - 1).unwrap();
    let length = usize::try_from(found.length).unwrap();
    line.trim_end_matches('\r').chars().skip(from).take(length).collect()
}

/// The source with the replacement in place of what is meant.
fn repaired(source: &str, found: &Diagnostic, replacement: &str) -> String {
    let mut lines: Vec<String> = source.split('\n').map(str::to_owned).collect();
    let line = lines.get_mut(usize::try_from(found.line - 1).unwrap()).unwrap();
    let from = usize::try_from(found.column - 1).unwrap();
    let after = from + usize::try_from(found.length).unwrap();
    let characters: Vec<char> = line.chars().collect();
    let (head, tail) = (characters.get(..from).unwrap(), characters.get(after..).unwrap());
    *line = format!("{}{replacement}{}", String::from_iter(head), String::from_iter(tail));
    lines.join("\n")
}

/// Compiles a source the way its header says.
fn compiled(source: &str) -> Vec<Diagnostic> {
    if source.starts_with("instance") && source.contains(EXAMPLE) {
        listed(compile_instance(PRODUCT, source))
    } else {
        listed(compile_product(source))
    }
}

#[test]
fn every_diagnostic_has_help_and_points_at_what_is_meant() {
    for (source, list) in shown() {
        assert!(!list.is_empty(), "{source}");
        for found in list {
            assert!(!found.help.is_empty() && !found.help.ends_with('.'), "{found:?}");
            assert!(!found.message.is_empty() && found.length >= 1, "{found:?}");
            // At the end of a source, and where the source as a whole is meant, nothing stands.
            let meant = meant(&source, &found);
            let whole = found.line == 1 && found.column == 1;
            let end = usize::try_from(found.line).unwrap() >= source.lines().count();
            assert!(whole || end || !meant.trim().is_empty(), "{found:?}\n{source}");
            assert_eq!(meant, meant.trim(), "{found:?}\n{source}");
        }
    }
}

#[test]
fn a_replacement_makes_its_diagnostic_disappear() {
    let mut repairable = BTreeSet::new();
    for (source, list) in shown() {
        for found in list {
            let Some(replacement) = &found.replacement else { continue };
            repairable.insert(found.code);
            let source = repaired(&source, &found, replacement);
            let left = compiled(&source);
            let same = |other: &&Diagnostic| {
                (other.code, other.line, other.column) == (found.code, found.line, found.column)
            };
            assert!(!left.iter().any(|other| same(&other)), "{found:?}\n{source}\n{left:#?}");
        }
    }
    assert_eq!(repairable, BTreeSet::from(REPAIRABLE));
}

#[test]
fn every_code_is_shown_and_told_as_it_was() {
    let mut text = String::new();
    let mut codes_shown = BTreeSet::new();
    for (source, list) in shown() {
        for found in list {
            codes_shown.insert(found.code);
            let severity = if found.is_error() { "error" } else { "warning" };
            let (code, line, column) = (found.code, found.line, found.column);
            text.push_str(&format!("{severity} {code} {line}:{column} `"));
            text.push_str(&meant(&source, &found).chars().take(60).collect::<String>());
            text.push_str(&format!("`\n  {}\n  help: {}\n", found.message, found.help));
            if let Some(replacement) = found.replacement {
                text.push_str(&format!("  replacement: `{replacement}`\n"));
            }
        }
    }
    let all: BTreeSet<&str> = codes::ALL.iter().map(|(code, ..)| *code).collect();
    let missing: Vec<_> = all.difference(&codes_shown).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let golden = include_str!("diagnostics/golden.txt");
    if text != golden {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden.txt");
        std::fs::write(&path, &text).unwrap();
        let different = text.lines().zip(golden.lines()).find(|(new, old)| new != old);
        panic!("not as in golden.txt, from here on: {different:?}; see {}", path.display());
    }
}
