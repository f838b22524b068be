//! Changes a source the way accidents and attackers do.

use crate::random::Random;
use std::path::Path;

/// Words of the language and signs, one per line.
const WORDS: &str = include_str!("../limits/hostile_words.txt");

/// What breaks readers of numbers, texts and places.
const SPLINTERS: [&str; 24] = [
    "\"",
    "\\",
    "\u{0}",
    "\u{feff}",
    "é",
    "🐎",
    "\r\n",
    "\t",
    "{",
    "}",
    "{{",
    "#",
    "0",
    "-1",
    "1e9",
    "0.0",
    "9999999999999999999999999999999999",
    "99999999999999999999999999999999999",
    "9999-12-31",
    "0000-00-00",
    "100%",
    "**",
    "..",
    "::",
];

/// The sources that ship with the project, product or instance, by name.
pub(crate) fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/products");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let formulas = entries.filter(|path| path.extension().is_some_and(|end| end == "formula"));
    let mut sources: Vec<_> = formulas
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    sources.sort();
    sources
}

/// A source with one to eight changes, parts of `other` among them.
pub(crate) fn mutated(random: &mut Random, source: &str, other: &str) -> String {
    let mut parts = pieces(source);
    let others = pieces(other);
    for _ in 0..=random.below(8) {
        let at = place(random, parts.len());
        let to = place(random, parts.len()).max(at).min(at.saturating_add(40));
        match random.below(8) {
            0 => drop(parts.drain(at..to)),
            1 => {
                let copy: Vec<String> = parts[at..to].to_vec();
                parts.splice(at..at, copy);
            }
            2 => parts.truncate(at.max(1)),
            3 => parts.insert(at, word(random)),
            4 => parts.insert(at, SPLINTERS[place(random, SPLINTERS.len())].to_owned()),
            5 => {
                let from = place(random, others.len());
                let end = from.saturating_add(30).min(others.len());
                parts.splice(at..to, others[from..end].iter().cloned());
            }
            6 if !parts.is_empty() => {
                let last = parts.len().saturating_sub(1);
                parts.swap(at.min(last), to.min(last));
            }
            _ if !parts.is_empty() => {
                let last = parts.len().saturating_sub(1);
                parts[at.min(last)] = word(random);
            }
            _ => parts.push(word(random)),
        }
    }
    parts.concat()
}

fn place(random: &mut Random, length: usize) -> usize {
    let length = u64::try_from(length).unwrap().max(1);
    usize::try_from(random.below(length)).unwrap()
}

fn word(random: &mut Random) -> String {
    let words: Vec<&str> = WORDS.lines().collect();
    format!(" {} ", words[place(random, words.len())])
}

/// Words, numbers, blanks and signs.
fn pieces(source: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut joins = false;
    for letter in source.chars() {
        let belongs = letter.is_alphanumeric() || letter == '_';
        match pieces.last_mut() {
            Some(last) if joins && belongs => last.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        joins = belongs;
    }
    pieces
}
