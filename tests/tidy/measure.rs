//! Measures: how long functions and files are, how wide lines are.

use crate::sources::Source;

/// Something that was measured and has a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Path of the file.
    pub path: String,
    /// `file`, `columns` or `fn name`.
    pub what: String,
    /// Lines or columns.
    pub size: usize,
}

/// Lines of a file.
pub fn file(source: &Source) -> Measure {
    measure(source, "file".to_owned(), source.text.lines().count())
}

/// Columns of the widest line. A line may be wider where it is text alone, which people search for
/// as a whole, or names an address.
pub fn columns(source: &Source) -> Measure {
    let lines = source.text.lines().zip(source.code.lines());
    let lines = lines.filter(|(line, code)| !is_text_alone(line, code) && !line.contains("://"));
    let widest = lines.map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    measure(source, "columns".to_owned(), widest)
}

fn is_text_alone(line: &str, code: &str) -> bool {
    let rest = code.trim_matches([' ', ',', ';', '(', ')']);
    rest.is_empty() && !line.trim_start().starts_with("//")
}

/// Lines of every function, from `fn` to its closing brace.
pub fn functions(source: &Source) -> Vec<Measure> {
    let code = &source.code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_word = code[..at].chars().next_back().is_none_or(|before| !is_word(before));
        let name: String = code[at + 3..].chars().take_while(|letter| is_word(*letter)).collect();
        if !starts_word || name.is_empty() {
            continue;
        }
        if let Some(length) = body_end(&code[at..]) {
            let lines = code[at..at + length].lines().count();
            found.push(measure(source, format!("fn {name}"), lines));
        }
    }
    found
}

/// Length of a function's text; `None` where it has no body.
fn body_end(code: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_usize, 0_usize);
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' => round += 1,
            ')' | ']' => round = round.saturating_sub(1),
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' if curly <= 1 => return Some(at + 1),
            '}' => curly -= 1,
            _ => {}
        }
    }
    None
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn measure(source: &Source, what: String, size: usize) -> Measure {
    Measure { path: source.path.clone(), what, size }
}

#[test]
fn functions_are_counted_from_fn_to_brace() {
    let text = "trait T { fn none(&self); }\nconst fn a<'x>(b: [u8; 2]) {\n    \"}\";\n}\n\
                fn b() { let infn = |x| { x }; }\ntype F = fn(u8) -> u8;\n";
    let found = functions(&Source::of("x.rs", text));
    let sizes: Vec<_> = found.iter().map(|found| (found.what.as_str(), found.size)).collect();
    assert_eq!(sizes, [("fn a", 3), ("fn b", 1)]);
}

#[test]
fn columns_are_counted_in_characters() {
    let (letters, many) = ("ü".repeat(95), "m".repeat(120));
    let code = format!("let x = {letters};");
    let wide = format!("{code}\n    \"{many}\",\n// https://{many}\nr#\"\n{many}\n\"#");
    assert_eq!(columns(&Source::of("x.rs", &wide)).size, 104);
    let comment = format!("{code}\n// {many}");
    assert_eq!(columns(&Source::of("x.rs", &comment)).size, 123);
}
