//! The products and instances that are shipped: every one compiles without a remark and every
//! example in it comes out as written.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first fault")]

use std::path::{Path, PathBuf};

use poa_formula::{Diagnostic, Program, compile_instance, compile_product};

const PRODUCTS: [(&str, &[&str]); 1] = [("trade_invoice", &[])];

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
