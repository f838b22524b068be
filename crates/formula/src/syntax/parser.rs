//! From tokens to a syntax tree; a faulty declaration is reported and the next one read.

mod dated;
mod declaration;
mod expression;
mod table;
mod types;

use super::ast::{Declaration, File, Header, Name};
use super::lexer::{Token, TokenKind, tokens};
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Layer, Sink, Span};
use crate::limits::{DECLARATIONS_MAX, SOURCE_BYTES_MAX};

/// Words that begin a declaration; after a fault the parser goes on at the next of them.
const STARTERS: [&str; 24] = [
    "currency",
    "codes",
    "attribute",
    "evidence",
    "param",
    "let",
    "rule",
    "check",
    "legal",
    "table",
    "value",
    "token",
    "fee",
    "limit",
    "rank",
    "calendar",
    "rates",
    "schedule",
    "example",
    "set",
    "except",
    "waive",
    "add",
    "transfer",
];

/// Words of expressions; together with the starters they cannot be names.
const RESERVED: [&str; 16] = [
    "product",
    "instance",
    "regime",
    "if",
    "then",
    "else",
    "or",
    "and",
    "not",
    "in",
    "sum",
    "true",
    "false",
    "require",
    "when",
    "otherwise",
];

/// Reads a source. `None` when not even the header can be read.
pub(crate) fn parse(source: &str, layer: Layer, sink: &mut Sink) -> Option<File> {
    let start = Span { layer, line: 1, column: 1, length: 1, cut: false };
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the source has more than {SOURCE_BYTES_MAX} bytes");
        sink.error(start, codes::SOURCE_TOO_LONG, message);
        return None;
    }
    let tokens = tokens(source, layer, sink);
    let end = Token { kind: TokenKind::End, span: start };
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        enclosed: None,
        else_is_taken: false,
        label: None,
        head_locked: false,
        end,
        sink,
    };
    let header = parser.header();
    if header.is_err() {
        parser.synchronise();
    }
    let declarations = parser.declarations();
    header.ok().map(|header| File { header, declarations })
}

/// True for a word of the language, which cannot be a name.
pub(crate) fn is_reserved(word: &str) -> bool {
    STARTERS.contains(&word) || RESERVED.contains(&word)
}

/// The fault has been reported; the declaration cannot be continued.
struct Stop;

type Parsed<T> = Result<T, Stop>;

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Where the parentheses read last begin, and where what follows them does.
    enclosed: Option<(usize, usize)>,
    /// Whether an `else` that stands here belongs to an `if` around.
    else_is_taken: bool,
    /// The label of the declaration that is being read.
    label: Option<String>,
    /// Whether the head of the table or list that is being read ends in `locked`.
    head_locked: bool,
    end: Token,
    sink: &'a mut Sink,
}

impl Parser<'_> {
    fn header(&mut self) -> Parsed<Header> {
        if self.take_word("product") {
            let name = self.name("the name of the product")?;
            let version = self.version()?;
            let title = self.text("the title of the product")?.text;
            return Ok(Header::Product { name, version, title });
        }
        if self.take_word("instance") {
            let name = self.name("the name of the instance")?;
            self.expect_word("of")?;
            let product = self.name("the name of the product")?;
            let version = self.version()?;
            self.expect_word("jurisdiction")?;
            let jurisdiction = self.jurisdiction()?;
            let title = self.text("the title of the instance")?.text;
            return Ok(Header::Instance { name, product, version, jurisdiction, title });
        }
        if self.take_word("regime") {
            let name = self.name("the name of the regime")?;
            let version = self.version()?;
            let title = self.text("the title of the regime")?.text;
            return Ok(Header::Regime { name, version, title });
        }
        Err(self.unexpected("`product`, `instance` or `regime`"))
    }

    fn version(&mut self) -> Parsed<Name> {
        let span = self.span();
        if let TokenKind::Version(text) = self.kind().clone() {
            self.advance();
            return Ok(Name { text, span });
        }
        Err(self.unexpected("a version such as 1.0.0"))
    }

    /// `SG`, `US-NY`, or a text such as "FR-2A".
    fn jurisdiction(&mut self) -> Parsed<Name> {
        if let TokenKind::Text(_) = self.kind() {
            return self.text("a jurisdiction");
        }
        let country = self.name("a jurisdiction such as SG or US-NY")?;
        if !self.take_sign("-") {
            return Ok(country);
        }
        let span = country.span.to(self.span());
        let part = match self.kind().clone() {
            TokenKind::Word(word) => word,
            TokenKind::Number { value, percent: false } => {
                let width = usize::try_from(self.span().length).unwrap_or_default();
                format!("{:0>width$}", value.to_string())
            }
            TokenKind::Number { .. }
            | TokenKind::Date(_)
            | TokenKind::Version(_)
            | TokenKind::Text(_)
            | TokenKind::Sign(_)
            | TokenKind::End => return Err(self.unexpected("a part of a country")),
        };
        self.advance();
        Ok(Name { text: format!("{}-{part}", country.text), span })
    }

    fn declarations(&mut self) -> Vec<Declaration> {
        let mut list = Vec::new();
        while *self.kind() != TokenKind::End {
            if list.len() >= DECLARATIONS_MAX {
                let message = format!("there are more than {DECLARATIONS_MAX} declarations");
                self.sink.error(self.span(), codes::TOO_MANY, message);
                break;
            }
            let before = self.at;
            if let Ok(declaration) = self.declaration() {
                list.push(declaration);
                continue;
            }
            if self.at == before {
                self.advance();
            }
            self.synchronise();
        }
        list
    }

    /// Skips to the next word that begins a declaration.
    fn synchronise(&mut self) {
        self.depth = 0;
        self.else_is_taken = false;
        while *self.kind() != TokenKind::End && !self.at_starter() {
            self.advance();
        }
    }

    fn at_starter(&self) -> bool {
        let TokenKind::Word(word) = self.kind() else { return false };
        match word.as_str() {
            "set" => !matches!(self.kind_at(1), TokenKind::Word(next) if next == "of"),
            "currency" => {
                matches!(self.kind_at(1), TokenKind::Word(_))
                    && *self.kind_at(2) == TokenKind::Sign("=")
            }
            // As terms of a schedule they stand before a colon.
            "calendar" | "rates" => matches!(self.kind_at(1), TokenKind::Word(_)),
            other => STARTERS.contains(&other),
        }
    }

    fn kind(&self) -> &TokenKind {
        self.kind_at(0)
    }

    fn kind_at(&self, offset: usize) -> &TokenKind {
        &self.tokens.get(self.at.saturating_add(offset)).unwrap_or(&self.end).kind
    }

    fn span(&self) -> Span {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.unwrap_or(&self.end).span
    }

    /// The place of the token read last.
    fn last_span(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or_else(|| self.span(), |token| token.span)
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1).min(self.tokens.len());
    }

    fn at_word(&self, wanted: &str) -> bool {
        matches!(self.kind(), TokenKind::Word(word) if word == wanted)
    }

    fn at_sign(&self, wanted: &str) -> bool {
        matches!(self.kind(), TokenKind::Sign(sign) if *sign == wanted)
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.at_word(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn take_sign(&mut self, wanted: &str) -> bool {
        let found = self.at_sign(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn expect_word(&mut self, wanted: &str) -> Parsed<()> {
        if self.take_word(wanted) { Ok(()) } else { Err(self.unexpected(&format!("`{wanted}`"))) }
    }

    fn expect_sign(&mut self, wanted: &str) -> Parsed<()> {
        if self.take_sign(wanted) { Ok(()) } else { Err(self.unexpected(&format!("`{wanted}`"))) }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        let span = self.span();
        let TokenKind::Word(text) = self.kind().clone() else {
            return Err(self.unexpected(what));
        };
        if is_reserved(&text) {
            // Only before `=` or `:` was it meant as a name; otherwise something is missing here
            // and the word begins what comes next.
            if !matches!(self.kind_at(1), TokenKind::Sign("=" | ":")) {
                return Err(self.unexpected(what));
            }
            self.advance();
            let message = format!("`{text}` is a word of the language and cannot be {what}");
            self.sink.error(span, codes::RESERVED_NAME, message);
            self.sink.replacement(&format!("{text}_"));
            return Err(Stop);
        }
        self.advance();
        Ok(Name { text, span })
    }

    fn text(&mut self, what: &str) -> Parsed<Name> {
        let span = self.span();
        let TokenKind::Text(text) = self.kind().clone() else {
            return Err(self.unexpected(&format!("{what} in quotes")));
        };
        self.advance();
        Ok(Name { text, span })
    }

    /// A number with an optional minus, as in ranges and table cells.
    fn signed_number(&mut self) -> Parsed<Dec> {
        let negative = self.take_sign("-");
        let TokenKind::Number { value, .. } = *self.kind() else {
            return Err(self.unexpected("a number"));
        };
        self.advance();
        Ok(if negative { value.negated() } else { value })
    }

    fn unexpected(&mut self, wanted: &str) -> Stop {
        let found = describe(self.kind());
        let message = format!("expected {wanted}, found {found}");
        let help = format!("write {wanted} here");
        self.sink.advise(self.span(), codes::SYNTAX, message, &help);
        Stop
    }
}

fn describe(kind: &TokenKind) -> String {
    match kind {
        TokenKind::Word(word) => format!("`{}`", word.chars().take(40).collect::<String>()),
        TokenKind::Number { .. } => "a number".to_owned(),
        TokenKind::Date(date) => format!("the date `{date}`"),
        TokenKind::Version(version) => format!("the version `{version}`"),
        TokenKind::Text(_) => "a text".to_owned(),
        TokenKind::Sign(sign) => format!("`{sign}`"),
        TokenKind::End => "the end".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_for_editors_knows_every_word() {
        let text = include_str!("../../../../editors/smart-asset-formula.tmLanguage.json");
        let grammar: serde_json::Value = serde_json::from_str(text).unwrap();
        let rules = grammar["repository"].to_string();
        // Every word stands in an alternation of a pattern, or is one.
        let words: std::collections::BTreeSet<&str> =
            rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let known = STARTERS.into_iter().chain(RESERVED).chain(crate::check::FUNCTIONS);
        let modes = crate::Rounding::ALL.into_iter().map(crate::Rounding::name);
        let by = [crate::Attestor::Internal, crate::Attestor::Verifier, crate::Attestor::Auditor];
        let sides = crate::Side::ALL.into_iter().map(crate::Side::name);
        let others = by.into_iter().map(crate::Attestor::name).chain(sides).chain(modes);
        let days = crate::schedule::Weekday::ALL.into_iter().map(crate::schedule::Weekday::name);
        let terms = crate::ir::Term::ALL.into_iter().map(|(_, name, ..)| name);
        let others = others.chain(days).chain(terms).chain(["weekend", "holidays"]);
        for word in known.chain(others) {
            // After a backslash and a `b`, which mean the edge of a word.
            let found = words.contains(word) || words.contains(format!("b{word}").as_str());
            assert!(found, "`{word}` is missing");
        }
        assert_eq!(grammar["scopeName"], "source.smart-asset-formula");
    }
}
