//! Every diagnostic code, with a source that earns it and the place where it points.

#[path = "diagnostics/rows.rs"]
mod rows;

use std::collections::BTreeSet;

use poa_formula::diagnostic::codes;
use poa_formula::{Diagnostic, Program, compile_instance, compile_product};
use rows::{CHECKS, NAMES, OVERLAYS, Row, SYNTAX, TABLES, TYPES, WHOLE};

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
    let help = list.first().unwrap().help.clone().unwrap();
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

#[test]
fn every_code_is_shown_by_a_test() {
    let tables = [SYNTAX, NAMES, TYPES, TABLES, CHECKS, OVERLAYS, WHOLE];
    let mut shown: BTreeSet<&str> =
        tables.iter().flat_map(|rows| rows.iter().map(|row| row.1)).collect();
    // Shown by the tests above that are no table, and by tests/limits.rs.
    shown.extend([codes::CURRENCY_MIX, codes::PRODUCT_MISMATCH, codes::PRODUCT_INVALID]);
    shown.extend([codes::SOURCE_TOO_LONG, codes::TEXT_TOO_LONG, codes::TOO_DEEP]);
    shown.extend([codes::TOO_MANY, codes::TABLE_TOO_LARGE]);
    let all: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    let missing: Vec<_> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
