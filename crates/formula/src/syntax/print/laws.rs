//! Printing and reading back are inverses, for random products, instances and regimes; formatting
//! changes neither the tree nor a remark.
#![expect(clippy::format_push_string, reason = "sources are put together line by line")]

#[path = "../../../tests/fuzz/grammar.rs"]
mod grammar;
#[path = "../../../tests/fuzz/random.rs"]
mod random;

use super::declaration;
use crate::diagnostic::sink::{Layer, Sink};
use crate::format_source;
use crate::syntax::ast::{Declaration, File};
use crate::syntax::parser::parse;
use random::Random;

/// How many sources of each kind.
const SOURCES: u64 = 300;

/// The tree in full, without places.
pub(super) fn tree(node: &impl std::fmt::Debug) -> String {
    let text = format!("{node:?}");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("Span {") {
        plain.push_str(before);
        rest = after.split_once('}').unwrap().1;
    }
    plain + rest
}

fn read(source: &str) -> File {
    let mut sink = Sink::default();
    let file = parse(source, Layer::Product, &mut sink).unwrap();
    assert!(!sink.has_errors(), "{source}");
    file
}

fn printed(list: &[Declaration]) -> String {
    let head = "product p 1.0.0 \"P\"".to_owned();
    list.iter().fold(head, |text, found| format!("{text}\n{}", declaration(found)))
}

/// The source with a remark behind some of its lines, and one on a line of its own.
fn remarked(source: &str, random: &mut Random) -> String {
    let mut text = String::new();
    for (number, line) in source.lines().enumerate() {
        text.push_str(line);
        text.push_str(match random.below(4) {
            0 => "  # behind",
            1 => "\n   # below",
            _ => "",
        });
        text.push_str(if number == 0 { "\n\n\n" } else { "\n" });
    }
    text
}

#[test]
fn random_sources_are_printed_read_and_formatted_as_the_same_trees() {
    let mut random = Random::new(61);
    for _ in 0..SOURCES {
        let sources = [
            grammar::program(&mut random),
            grammar::instance(&mut random),
            grammar::regime(&mut random),
        ];
        for source in sources {
            let file = read(&source);
            let once = printed(&file.declarations);
            let again = read(&once);
            assert_eq!(tree(&again.declarations), tree(&file.declarations), "{once}");
            assert_eq!(printed(&again.declarations), once);
            let remarked = remarked(&source, &mut random);
            let formatted = format_source(&remarked).unwrap();
            assert_eq!(format_source(&formatted).unwrap(), formatted, "{remarked}");
            assert_eq!(tree(&read(&formatted).declarations), tree(&file.declarations));
            for remark in ["# behind", "# below"] {
                let count = |text: &str| text.matches(remark).count();
                assert_eq!(count(&formatted), count(&remarked), "{formatted}");
            }
        }
    }
}

#[test]
fn rows_of_the_grammar_are_objects() {
    let mut random = Random::new(67);
    assert!(grammar::row(&mut random).contains_key("n"));
}
