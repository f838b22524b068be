//! One line: which of its words and signs have a blank between them.

/// A word or sign as it is written.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) sign: bool,
    /// Whether nothing stood between it and the piece before.
    pub(super) glued: bool,
    /// Whether it stands on the line where the source begins.
    pub(super) first: bool,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Piece {
    /// Whether it is the arrow between the cells of a row and its value.
    pub(super) fn is_arrow(&self) -> bool {
        self.sign && self.text == "->"
    }
}

/// Words that a value can follow, so that a minus behind them is a sign of that value.
const BEFORE_VALUES: [&str; 14] = [
    "then", "else", "in", "and", "or", "not", "require", "when", "if", "given", "expect", "weight",
    "because", "age",
];

/// The pieces with blanks where they belong.
pub(super) fn joined(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| pieces.get(at));
        let further = index.checked_sub(2).and_then(|at| pieces.get(at));
        if before.is_some_and(|before| is_apart(further, before, piece)) {
            text.push(' ');
        }
        text.push_str(&piece.text);
    }
    text
}

/// Rows that follow each other, with cells and arrows below each other, by their number.
pub(super) fn aligned(rows: &[(usize, &[Piece])]) -> Vec<(usize, String)> {
    let cut: Vec<(usize, Vec<String>, String)> =
        rows.iter().map(|(number, pieces)| cells(*number, pieces)).collect();
    let columns = cut.iter().map(|(_, cells, _)| cells.len()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let full = cut.iter().filter(|(_, cells, _)| cells.len() == columns);
            let texts = full.filter_map(|(_, cells, _)| cells.get(column));
            texts.map(|text| text.chars().count()).max().unwrap_or_default()
        })
        .collect();
    let lines = cut.into_iter().map(|(number, cells, value)| {
        let whole = cells.len() == columns;
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(text, width)| if whole { pad(text, *width) } else { text.clone() });
        let line = padded.collect::<Vec<_>>().join(" | ");
        let gaps = columns.saturating_sub(1).saturating_mul(3);
        let width = widths.iter().fold(gaps, |sum, width| sum.saturating_add(*width));
        (number, format!("| {} -> {value}", pad(&line, width)))
    });
    lines.collect()
}

fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// The cells of a row and what stands behind its arrow.
fn cells(number: usize, pieces: &[Piece]) -> (usize, Vec<String>, String) {
    let arrow = pieces.iter().position(Piece::is_arrow).unwrap_or(pieces.len());
    let head = pieces.get(1..arrow).unwrap_or_default();
    let value = pieces.get(arrow.saturating_add(1)..).unwrap_or_default();
    let cells = head.split(|piece| piece.sign && piece.text == "|").map(joined).collect();
    (number, cells, joined(value))
}

/// Whether a blank stands between two pieces.
fn is_apart(further: Option<&Piece>, before: &Piece, piece: &Piece) -> bool {
    let sign = |piece: &Piece| if piece.sign { piece.text.clone() } else { String::new() };
    let (left, right) = (sign(before), sign(piece));
    match (left.as_str(), right.as_str()) {
        ("(" | "[", _) | (_, ")" | "]" | ",") => false,
        // As their author had them: `round(…)` but `x in (…)`, `principal: loan` but `x : integer`.
        ("", "(" | "[") | (_, ":") => !piece.glued,
        // `US-NY` in a header.
        ("-", _) | (_, "-") if piece.first => !piece.glued,
        ("-", _) => !is_sign_of_value(further),
        (_, _) => true,
    }
}

/// Whether a minus that follows this piece belongs to the value behind it.
fn is_sign_of_value(before: Option<&Piece>) -> bool {
    before.is_none_or(|before| {
        let closes = matches!(before.text.as_str(), ")" | "]");
        if before.sign { !closes } else { BEFORE_VALUES.contains(&before.text.as_str()) }
    })
}
