//! docs/refusals.md says what the code says, and codes keep their shape.

use poa_protocol::refusal_list;
use std::collections::BTreeSet;

#[test]
fn the_document_is_what_the_code_generates() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/refusals.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = refusal_list::markdown();
    let differs = fresh.lines().zip(committed.lines()).find(|(fresh, kept)| fresh != kept);
    assert!(committed == fresh, "run `cargo xtask docs`; first difference: {differs:?}");
}

#[test]
fn codes_are_unique() {
    let mut seen = BTreeSet::new();
    for doc in refusal_list::all() {
        assert!(seen.insert(doc.code), "two refusals have the code `{}`", doc.code);
    }
    assert!(seen.len() >= 15, "only {} refusals", seen.len());
}

#[test]
fn codes_name_their_module_and_what() {
    for doc in refusal_list::all() {
        let module = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        let what = |letter: char| module(letter) || letter.is_ascii_digit();
        let shaped = doc.code.split_once('.').is_some_and(|(before, after)| {
            !before.is_empty()
                && !after.is_empty()
                && before.chars().all(module)
                && after.chars().all(what)
        });
        assert!(shaped, "`{}` is not `module.what`", doc.code);
    }
}

#[test]
fn every_refusal_explains_itself() {
    for doc in refusal_list::all() {
        assert!(doc.explanation.trim().len() > 10, "`{}` has no explanation", doc.code);
        assert!(doc.help.len() > 5, "`{}` says nothing about what to do", doc.code);
        assert!(!doc.help.ends_with('.'), "the help of `{}` ends with a full stop", doc.code);
    }
}
