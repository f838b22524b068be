//! The Rust files of the workspace, and their code without comments and texts.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// One Rust file.
#[derive(Debug)]
pub struct Source {
    /// Path below the workspace, with `/`.
    pub path: String,
    /// As it is.
    pub text: String,
    /// With comments, strings and characters blanked out; every line keeps its number.
    pub code: String,
}

impl Source {
    /// A source that is given.
    pub fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: blanked(text) }
    }

    /// File name without folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// File name without folders and ending.
    pub fn stem(&self) -> &str {
        self.name().trim_end_matches(".rs")
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the workspace as text.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|fault| panic!("`{path}`: {fault}"))
}

/// Every Rust file of the workspace, read once.
pub fn all() -> &'static [Source] {
    static ALL: OnceLock<Vec<Source>> = OnceLock::new();
    ALL.get_or_init(collected)
}

fn collected() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in ["functions", "cli", "crates", "tests", "xtask", "benches"] {
        collect(&root().join(folder), &mut paths);
    }
    paths.sort();
    assert!(paths.len() > 30, "the workspace has more files than {paths:?}");
    let sources = paths.iter().map(|path| {
        let below = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        Source::of(&below, &fs::read_to_string(path).unwrap())
    });
    sources.collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Blanks out comments, strings and character literals.
fn blanked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let end = literal_end(&letters, at, before);
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            let blank = |letter: &char| if *letter == '\n' { '\n' } else { ' ' };
            code.extend(letters[at..end].iter().map(blank));
            at = end;
        }
    }
    code
}

/// Where the comment, string or character literal that begins at `at` ends; `at` where none does.
fn literal_end(letters: &[char], at: usize, before: Option<char>) -> usize {
    let rest = &letters[at..];
    let in_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => at + block_comment(rest),
        ['b', '"', ..] if !in_word => at + 1 + quoted(&rest[1..]),
        ['b', '\'', ..] if !in_word => at + 1 + character(&rest[1..]),
        ['r', '"' | '#', ..] if !in_word => at + raw(rest, 1),
        ['b', 'r', '"' | '#', ..] if !in_word => at + raw(rest, 2),
        ['"', ..] => at + quoted(rest),
        ['\'', ..] => at + character(rest),
        _ => at,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw(rest: &[char], prefix: usize) -> usize {
    let hashes = rest[prefix..].iter().take_while(|letter| **letter == '#').count();
    if rest.get(prefix + hashes) != Some(&'"') {
        return 0; // a raw identifier
    }
    let mut closing = vec!['"'];
    closing.extend(std::iter::repeat_n('#', hashes));
    let body = prefix + hashes + 1;
    let end = rest[body..].windows(closing.len()).position(|window| window == closing);
    end.map_or(rest.len(), |end| body + end + closing.len())
}

/// A character literal; a lifetime is none.
fn character(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', _, tail @ ..] => {
            tail.iter().position(|letter| *letter == '\'').map_or(0, |end| end + 4)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

#[test]
fn comments_and_texts_are_blanked_and_lines_stay() {
    for (text, code) in [
        ("a // {\nb", "a _\nb"),
        ("a /* { /* } */ \n */ b", "a _\n_ b"),
        (r#"x("{\"}", '{', '\'', b'}')"#, "x(_, _, _, _)"),
        (r##"r#"}"#; br"{"; r#type"##, "_; _; r#type"),
        ("fn f<'a>(x: &'a str) { '\\u{1F}' }", "fn f<'a>(x: &'a str) { _ }"),
    ] {
        let blanked = Source::of("x.rs", text).code;
        assert_eq!(blanked.lines().count(), text.lines().count(), "{text}");
        let words = |text: &str| text.replace('_', " ").split_whitespace().collect::<String>();
        assert_eq!(words(&blanked), words(code), "{text}");
        assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
    }
}
