//! From text to words, numbers and signs.

use crate::date::Date;
use crate::decimal::{DIGITS_MAX, Dec};
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Layer, Sink, Span};
use crate::limits::TEXT_BYTES_MAX;

/// A piece of source and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    Word(String),
    Number { value: Dec, percent: bool },
    Date(Date),
    Version(String),
    Text(String),
    Sign(&'static str),
    End,
}

/// The signs, longer ones before their own beginnings.
const SIGNS: [&str; 22] = [
    "**", "->", "..", "!=", "<=", ">=", "(", ")", "[", "]", ",", ":", "=", "<", ">", "+", "-", "*",
    "/", "|", "{", "}",
];

/// Characters of typesetting and other languages, and the sign that is meant by them.
const LOOKALIKES: [(char, &str); 14] = [
    ('≤', "<="),
    ('≥', ">="),
    ('≠', "!="),
    ('×', "*"),
    ('·', "*"),
    ('÷', "/"),
    ('−', "-"),
    ('–', "-"),
    ('→', "->"),
    ('…', ".."),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    (';', ""),
];

/// Cuts a source into tokens; what cannot be read is reported and left out.
pub(crate) fn tokens(source: &str, layer: Layer, sink: &mut Sink) -> Vec<Token> {
    let mut lexer = Lexer {
        characters: source.chars().collect(),
        at: 0,
        line: 1,
        column: 1,
        layer,
        sink,
        tokens: Vec::new(),
    };
    while lexer.step() {}
    let span = lexer.span_from(lexer.at, lexer.column);
    lexer.tokens.push(Token { kind: TokenKind::End, span });
    lexer.tokens
}

struct Lexer<'a> {
    characters: Vec<char>,
    at: usize,
    line: u32,
    column: u32,
    layer: Layer,
    sink: &'a mut Sink,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads one token, or a stretch of blanks; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.peek(0) else { return false };
        match first {
            '\n' => {
                self.at = self.at.saturating_add(1);
                self.line = self.line.saturating_add(1);
                self.column = 1;
            }
            '#' => {
                self.take_while(|character| character != '\n');
            }
            '"' => self.text(),
            _ if first.is_whitespace() || first == '\u{feff}' => self.advance(1),
            _ if first.is_ascii_digit() => self.number(),
            _ if first.is_ascii_alphabetic() || first == '_' => {
                let (at, column) = (self.at, self.column);
                let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
                self.push(TokenKind::Word(word), at, column);
            }
            _ => self.sign(first),
        }
        true
    }

    fn sign(&mut self, first: char) {
        let (at, column) = (self.at, self.column);
        let found = SIGNS.into_iter().find(|sign| {
            sign.chars().enumerate().all(|(offset, wanted)| self.peek(offset) == Some(wanted))
        });
        if let Some(sign) = found {
            self.advance(sign.len());
            self.push(TokenKind::Sign(sign), at, column);
            return;
        }
        self.advance(1);
        let span = self.span_from(at, column);
        let message = format!("the character `{}` has no meaning here", first.escape_debug());
        self.sink.error(span, codes::CHARACTER, message);
        let alike = LOOKALIKES.into_iter().find(|(character, _)| *character == first);
        if let Some((_, meant)) = alike {
            let help = if meant.is_empty() {
                "leave it out".to_owned()
            } else {
                format!("write `{meant}`")
            };
            self.sink.help(&help);
            self.sink.replacement(meant);
            // Read as what is meant, so that nothing follows from the fault.
            if SIGNS.contains(&meant) {
                self.push(TokenKind::Sign(meant), at, column);
            }
        }
    }

    /// A text in quotes, on one line; `\"` and `\\` stand for quote and backslash.
    fn text(&mut self) {
        let (at, column) = (self.at, self.column);
        self.advance(1);
        let mut text = String::new();
        loop {
            match self.peek(0) {
                None | Some('\n') => {
                    let span = self.span_from(at, column);
                    let message = "the text has no closing quote on its line".to_owned();
                    self.sink.error(span, codes::TEXT_OPEN, message);
                    break;
                }
                Some('"') => {
                    self.advance(1);
                    break;
                }
                Some('\\') if matches!(self.peek(1), Some('"' | '\\')) => {
                    text.extend(self.peek(1));
                    self.advance(2);
                }
                Some(character) => {
                    text.push(character);
                    self.advance(1);
                }
            }
        }
        if text.len() > TEXT_BYTES_MAX {
            let span = self.span_from(at, column);
            let message = format!("the text is longer than {TEXT_BYTES_MAX} bytes");
            self.sink.error(span, codes::TEXT_TOO_LONG, message);
            text.clear();
        }
        self.push(TokenKind::Text(text), at, column);
    }

    fn number(&mut self) {
        let (at, column) = (self.at, self.column);
        let mut text = self.digits();
        if let Some(date) = self.rest_of_date(&text) {
            let kind = date.parse().map(TokenKind::Date).map_err(|_| date);
            return self.push_number(kind, TokenKind::Date(Date::MIN), (at, column));
        }
        let mut points = 0_usize;
        while self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            points = points.saturating_add(1);
            self.advance(1);
            text.push('.');
            text.push_str(&self.digits());
        }
        let glued = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if points == 2 && glued.is_empty() && is_version(&text) {
            return self.push(TokenKind::Version(text), at, column);
        }
        text.push_str(&glued);
        let plain: String = text.chars().filter(|character| *character != '_').collect();
        let percent = self.peek(0) == Some('%');
        if percent {
            self.advance(1);
        }
        let well_formed = glued.is_empty() && !text.ends_with('_') && !text.contains("__");
        let value = plain.parse::<Dec>().ok().filter(|_| well_formed && !text.contains("_."));
        let value = if percent { value.and_then(hundredth) } else { value };
        let kind = value.map(|value| TokenKind::Number { value, percent }).ok_or(text);
        let stand_in = TokenKind::Number { value: Dec::ONE, percent: false };
        self.push_number(kind, stand_in, (at, column));
    }

    /// Takes the token, or reports its text and goes on with a stand-in of the same kind.
    fn push_number(
        &mut self,
        kind: Result<TokenKind, String>,
        stand_in: TokenKind,
        start: (usize, u32),
    ) {
        let (at, column) = start;
        let kind = kind.unwrap_or_else(|text| {
            let shown: String = text.chars().take(40).collect();
            let span = self.span_from(at, column);
            let message = format!("`{shown}` is not a number, date or version");
            self.sink.error(span, codes::NUMBER, message);
            let digits = text.chars().filter(char::is_ascii_digit).count();
            if u32::try_from(digits).is_ok_and(|digits| digits > DIGITS_MAX) {
                self.sink.help(&format!("numbers have at most {DIGITS_MAX} digits"));
            } else if matches!(stand_in, TokenKind::Date(_)) {
                self.sink.help("the calendar has no such day");
            }
            stand_in
        });
        self.push(kind, at, column);
    }

    fn digits(&mut self) -> String {
        self.take_while(|character| character.is_ascii_digit() || character == '_')
    }

    /// After four digits: `-11-22`, read only when it has exactly that shape.
    fn rest_of_date(&mut self, year: &str) -> Option<String> {
        let shape = ['-', '0', '0', '-', '0', '0'];
        let fits = shape.into_iter().enumerate().all(|(offset, wanted)| {
            self.peek(offset)
                .is_some_and(|c| if wanted == '0' { c.is_ascii_digit() } else { c == wanted })
        });
        let ends = self.peek(6).is_none_or(|c| !c.is_ascii_alphanumeric());
        if year.len() != 4 || year.contains('_') || !fits || !ends {
            return None;
        }
        let rest: String = (0..6).filter_map(|offset| self.peek(offset)).collect();
        self.advance(6);
        Some(format!("{year}{rest}"))
    }

    fn peek(&self, offset: usize) -> Option<char> {
        self.characters.get(self.at.saturating_add(offset)).copied()
    }

    fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.characters.len());
        self.column = self.column.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(character) = self.peek(0).filter(|character| fits(*character)) {
            taken.push(character);
            self.advance(1);
        }
        taken
    }

    fn push(&mut self, kind: TokenKind, at: usize, column: u32) {
        let span = self.span_from(at, column);
        self.tokens.push(Token { kind, span });
    }

    fn span_from(&self, at: usize, column: u32) -> Span {
        let length = u32::try_from(self.at.saturating_sub(at)).unwrap_or(u32::MAX);
        Span { layer: self.layer, line: self.line, column, length: length.max(1), cut: false }
    }
}

fn hundredth(value: Dec) -> Option<Dec> {
    value.checked_div(Dec::from(100)).ok()
}

/// Three plain numbers without leading zeros (semantic versioning without its suffixes).
fn is_version(text: &str) -> bool {
    text.split('.').all(|part| {
        part.len() <= 9
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<TokenKind> {
        let mut sink = Sink::default();
        let list = tokens(source, Layer::Product, &mut sink);
        assert!(!sink.has_errors(), "{source}");
        list.into_iter().map(|token| token.kind).collect()
    }

    fn number(text: &str, percent: bool) -> TokenKind {
        TokenKind::Number { value: text.parse().unwrap(), percent }
    }

    #[test]
    fn ranges_versions_dates_and_numbers_are_told_apart() {
        let cases = [
            ("1..2", vec![number("1", false), TokenKind::Sign(".."), number("2", false)]),
            ("1.5..2", vec![number("1.5", false), TokenKind::Sign(".."), number("2", false)]),
            ("1.2.0", vec![TokenKind::Version("1.2.0".to_owned())]),
            ("300_000.00", vec![number("300000", false)]),
            ("5.4%", vec![number("0.054", true)]),
            ("2026-11-22", vec![TokenKind::Date("2026-11-22".parse().unwrap())]),
            (
                "a-1",
                vec![TokenKind::Word("a".to_owned()), TokenKind::Sign("-"), number("1", false)],
            ),
        ];
        for (source, mut expected) in cases {
            expected.push(TokenKind::End);
            assert_eq!(kinds(source), expected, "{source}");
        }
    }

    #[test]
    fn comments_and_blanks_are_left_out() {
        assert_eq!(kinds("# all\n  # of it\n"), vec![TokenKind::End]);
        assert_eq!(kinds(r#""a \"b\" \\""#)[0], TokenKind::Text("a \"b\" \\".to_owned()));
    }
}
