//! The formatter: idempotent, keeps every remark, and never changes what a source means.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::path::Path;

use poa_formula::{compile_instance, compile_product, format_source};
use proptest::prelude::*;

const PAIRS: [(&str, &str); 4] = [
    ("mortgage_participation", "mortgage_sg"),
    ("trade_invoice", "invoice_de"),
    ("gold_receipt", "gold_us"),
    ("sme_loan", "sme_loan_crowd_de"),
];

fn source(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products");
    std::fs::read_to_string(folder.join(format!("{name}.formula"))).unwrap()
}

/// The remarks of a source that has no `#` in a text.
fn remarks(source: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|line| line.split_once('#'));
    lines.map(|(_, remark)| remark.trim_end().to_owned()).collect()
}

#[test]
fn a_source_in_disorder_is_put_in_order() {
    let source = "\u{feff}product   p 1.0.0 \"P # no remark\"   # header\r\n\r\n\n\
        currency home=USD codes c=[ a,b ]\n  # about x\nattribute x:c\n\
        table t(x):integer # rows\n|a->1\n   |  b ->  -20# second\n\n\n\
        param m \"M\":money home>0=1_000.00\nlet y=-(2-1)*m*- 3\n+ m # why\n\
        rule R \"r\" require x=a\nwhen x in [a , b] and 2 ** -1<1\n\
        value v:integer=round( t/2,0 ,half_even)\n# the end";
    let expected = "product p 1.0.0 \"P # no remark\"  # header\n\n\
        currency home = USD\ncodes c = [a, b]\n# about x\nattribute x: c\n\
        table t(x): integer  # rows\n  | a -> 1\n  | b -> -20  # second\n\n\
        param m \"M\": money home > 0 = 1_000.00\nlet y = -(2 - 1) * m * -3\n  + m  # why\n\
        rule R \"r\" require x = a\n  when x in [a, b] and 2 ** -1 < 1\n\
        value v: integer = round(t / 2, 0, half_even)\n# the end\n";
    let formatted = format_source(source).unwrap();
    assert_eq!(formatted, expected);
    assert_eq!(format_source(&formatted).unwrap(), formatted);
}

#[test]
fn rows_are_set_below_each_other() {
    let source = "product p 1.0.0 \"P\"\nattribute n : integer\nattribute b : boolean\n\
        table t(n, b) : integer\n| <= 5 | true -> 1\n| > 5 | - -> 2\n\
        # others\n| otherwise -> 300\nvalue v : integer = t\n";
    let expected = "product p 1.0.0 \"P\"\nattribute n : integer\nattribute b : boolean\n\
        table t(n, b) : integer\n  | <= 5 | true -> 1\n  | > 5  | -    -> 2\n\
        \x20 # others\n  | otherwise   -> 300\nvalue v : integer = t\n";
    assert_eq!(format_source(source).unwrap(), expected);
}

#[test]
fn shipped_sources_are_in_order_and_a_source_with_faults_is_refused() {
    for (product, instance) in PAIRS {
        for name in [product, instance] {
            let text = source(name);
            let formatted = format_source(&text).unwrap();
            assert_eq!(remarks(&formatted), remarks(&text), "{name}");
            assert_eq!(formatted, text, "{name} is in order");
        }
    }
    let list = format_source("product p 1.0.0 \"P\"\nlet = 5\n").unwrap_err();
    assert_eq!(list.first().map(|found| found.line), Some(2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn layout_is_all_that_changes(
        gaps in proptest::collection::vec(0_usize..6, 400),
        which in 0_usize..4,
    ) {
        let (product, instance) = PAIRS.get(which).unwrap();
        let disorder = |text: &str| {
            let mut gaps = gaps.iter().cycle();
            let mut result = String::new();
            for line in text.lines() {
                let gap = *gaps.next().unwrap();
                result.push_str(&" ".repeat(gap));
                result.push_str(&line.replace(", ", if gap % 2 == 0 { "," } else { " ,  " }));
                result.push_str(if gap == 5 { "  # so\n\n\n" } else { "\n" });
            }
            result
        };
        let (base, over) = (disorder(&source(product)), disorder(&source(instance)));
        let (tidy_base, tidy_over) = (format_source(&base).unwrap(), format_source(&over).unwrap());
        prop_assert_eq!(&format_source(&tidy_base).unwrap(), &tidy_base);
        prop_assert_eq!(&format_source(&tidy_over).unwrap(), &tidy_over);
        prop_assert_eq!(remarks(&tidy_base), remarks(&base));
        let hash = |text: &str| compile_product(text).unwrap().formula_hash().to_owned();
        prop_assert_eq!(hash(&tidy_base), hash(&base));
        let hash = |a: &str, b: &str| compile_instance(a, b).unwrap().formula_hash().to_owned();
        prop_assert_eq!(hash(&tidy_base, &tidy_over), hash(&base, &over));
    }
}
