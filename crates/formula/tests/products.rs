//! The products and instances that are shipped: every one compiles without a remark and every
//! example in it comes out as written.
#![expect(clippy::panic, reason = "a test stops at the first fault")]

use std::path::{Path, PathBuf};

use poa_formula::{Attestor, Diagnostic, Program, compile_instance, compile_product};

const PRODUCTS: [(&str, &[&str]); 4] = [
    ("mortgage_participation", &["mortgage_sg", "mortgage_de", "mortgage_us_regd"]),
    ("trade_invoice", &["invoice_sg", "invoice_de", "invoice_us"]),
    ("gold_receipt", &["gold_sg", "gold_de", "gold_us"]),
    ("sme_loan", &["sme_loan_bank_de", "sme_loan_crowd_de"]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products")
}

fn source(name: &str) -> String {
    let path = folder().join(format!("{name}.formula"));
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

fn sound(name: &str, source: &str, compiled: Result<Program, Vec<Diagnostic>>) -> Program {
    let rendered = |list: &[Diagnostic]| {
        list.iter().map(|d| d.render(name, source)).collect::<Vec<_>>().join("\n")
    };
    let program = compiled.unwrap_or_else(|list| panic!("{}", rendered(&list)));
    assert!(program.warnings().is_empty(), "{}", rendered(program.warnings()));
    let examples = program.run_examples();
    assert!(examples.len() > 1, "{name} brings examples");
    for example in examples {
        assert!(
            example.passed,
            "{name}:{}: {}: {:#?}",
            example.line, example.text, example.differences
        );
    }
    program
}

#[test]
fn every_product_and_instance_holds_what_its_examples_say() {
    for (product, instances) in PRODUCTS {
        let text = source(product);
        sound(product, &text, compile_product(&text));
        for instance in instances {
            let overlay = source(instance);
            let program = sound(instance, &overlay, compile_instance(&text, &overlay));
            assert_eq!(program.instance().unwrap().name, *instance);
        }
    }
}

#[test]
fn every_file_in_the_folder_is_tested() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut listed: Vec<String> = PRODUCTS
        .iter()
        .flat_map(|(product, instances)| std::iter::once(product).chain(*instances))
        .map(|name| (*name).to_owned())
        .collect();
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
}

#[test]
fn invoices_wait_for_nobody_and_gold_waits_for_an_auditor() {
    for (product, instances) in PRODUCTS {
        let text = source(product);
        for instance in instances {
            let program = compile_instance(&text, &source(instance)).unwrap();
            let by = |by: Attestor| program.checks().iter().any(|check| check.by == by);
            let outside = by(Attestor::Verifier) || by(Attestor::Auditor);
            assert_eq!(outside, product != "trade_invoice", "{instance}");
            assert_eq!(by(Attestor::Auditor), product == "gold_receipt", "{instance}");
            let documents = product == "gold_receipt"
                || ["mortgage_sg", "sme_loan_crowd_de"].contains(instance);
            assert_eq!(!program.legal().is_empty(), documents, "{instance}");
            for output in ["valuation", "units", "decimals"] {
                assert!(program.outputs().iter().any(|known| known.name == output), "{instance}");
            }
        }
    }
}
