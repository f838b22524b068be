//! From a syntax tree back to text: read again, the text gives the same tree.

mod declaration;
#[cfg(test)]
mod laws;

use super::ast::{Ends, Expr, ExprKind, Operator, Sum};
use crate::decimal::Dec;
use crate::interval::Interval;

pub(crate) use declaration::{cell, declaration, type_text};

/// How tightly the parts of an expression bind, from `or` to what stands alone.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
const ADDITION: u8 = 4;
const MULTIPLICATION: u8 = 5;
const PREFIX: u8 = 6;
const POWER: u8 = 7;
const PRIMARY: u8 = 8;

/// An expression as it is written.
pub(crate) fn expression(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number { value, percent } => number(*value, *percent),
        ExprKind::Text(text) => quoted(text),
        ExprKind::Date(date) => date.to_string(),
        ExprKind::Boolean(value) => value.to_string(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Set(members) => format!("[{}]", list(members)),
        ExprKind::Not(inner) => format!("not {}", part(inner, COMPARISON)),
        ExprKind::Negate(inner) => format!("-{}", negated(inner)),
        ExprKind::Binary(operator, left, right) => binary(*operator, left, right),
        ExprKind::If(condition, then, otherwise) => format!(
            "if {} then {} else {}",
            part(condition, OR),
            part(then, OR),
            if_or_part(otherwise)
        ),
        ExprKind::Between(value, ends) => between(value, ends),
        ExprKind::Within(value, set) => {
            let bare = matches!(set.kind, ExprKind::Set(_) | ExprKind::Name(_));
            let text = expression(set);
            let set = if bare { text } else { format!("({text})") };
            format!("{} in {set}", part(value, ADDITION))
        }
        ExprKind::Otherwise(name, default) => {
            format!("({} else {})", expression(name), signed(default))
        }
        ExprKind::Call(name, arguments) => format!("{}({})", name.text, list(arguments)),
        ExprKind::Sum(sum) => {
            let Sum { variable, low, high, body } = &**sum;
            let (low, high) = (part(low, ADDITION), part(high, ADDITION));
            format!("sum({} in {low} .. {high} : {})", variable.text, expression(body))
        }
    }
}

/// A number with its thousands set apart; percentages as such.
pub(crate) fn number(value: Dec, percent: bool) -> String {
    let hundredfold = if percent { value.checked_mul(Dec::from(100)).ok() } else { None };
    let text = hundredfold.unwrap_or(value).to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, places) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left % 3 == 0 && whole.len() > 3 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    let places = places.map(|places| format!(".{places}")).unwrap_or_default();
    let sign_of_percent = if hundredfold.is_some() { "%" } else { "" };
    format!("{sign}{grouped}{places}{sign_of_percent}")
}

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A range or a table cell: `>= 5`, `1 .. 5`, `(0 .. 1]`.
pub(crate) fn interval(interval: &Interval, percent: bool) -> String {
    let text = |value: Dec| number(value, percent);
    match (interval.low, interval.high) {
        (None, None) => "-".to_owned(),
        (Some(low), None) => format!("{} {}", if low.closed { ">=" } else { ">" }, text(low.value)),
        (None, Some(high)) => {
            format!("{} {}", if high.closed { "<=" } else { "<" }, text(high.value))
        }
        (Some(low), Some(high)) if low.closed && high.closed => {
            format!("{} .. {}", text(low.value), text(high.value))
        }
        (Some(low), Some(high)) => {
            let open = if low.closed { '[' } else { '(' };
            let close = if high.closed { ']' } else { ')' };
            format!("{open}{} .. {}{close}", text(low.value), text(high.value))
        }
    }
}

fn list(members: &[Expr]) -> String {
    members.iter().map(expression).collect::<Vec<_>>().join(", ")
}

/// An expression, in parentheses where it binds less tightly than its place demands.
fn part(expr: &Expr, weakest: u8) -> String {
    let text = expression(expr);
    if level(expr) < weakest || matches!(expr.kind, ExprKind::If(..)) {
        format!("({text})")
    } else {
        text
    }
}

fn if_or_part(expr: &Expr) -> String {
    if matches!(expr.kind, ExprKind::If(..)) { expression(expr) } else { part(expr, OR) }
}

/// A value that stands alone, or one in parentheses.
fn primary(expr: &Expr) -> String {
    part(expr, PRIMARY)
}

fn signed(expr: &Expr) -> String {
    if let ExprKind::Negate(inner) = &expr.kind {
        return format!("-{}", primary(inner));
    }
    primary(expr)
}

/// What follows a minus; a power in parentheses, since it could be read in two ways.
fn negated(inner: &Expr) -> String {
    if level(inner) == POWER { format!("({})", expression(inner)) } else { part(inner, PREFIX) }
}

fn binary(operator: Operator, left: &Expr, right: &Expr) -> String {
    if operator == Operator::Power {
        return format!("{} ** {}", primary(left), signed(right));
    }
    let own = operator_level(operator);
    // Comparisons are not chained, so neither side may be one.
    let left_level = if own == COMPARISON { ADDITION } else { own };
    let left = part(left, left_level);
    format!("{left} {} {}", operator.symbol(), part(right, own.saturating_add(1)))
}

fn between(value: &Expr, ends: &Ends) -> String {
    let value = part(value, ADDITION);
    let (low, high) = (part(&ends.low, ADDITION), part(&ends.high, ADDITION));
    // A range that begins with a bracket is read as one that says which of its ends belong to it.
    let plain = ends.low_closed && ends.high_closed && !low.starts_with(['(', '[']);
    if plain {
        return format!("{value} in {low} .. {high}");
    }
    let open = if ends.low_closed { '[' } else { '(' };
    let close = if ends.high_closed { ']' } else { ')' };
    format!("{value} in {open}{low} .. {high}{close}")
}

fn level(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::If(..) => 0,
        ExprKind::Binary(operator, ..) => operator_level(*operator),
        ExprKind::Between(..) | ExprKind::Within(..) | ExprKind::Not(_) => COMPARISON,
        ExprKind::Negate(_) => PREFIX,
        ExprKind::Number { .. }
        | ExprKind::Text(_)
        | ExprKind::Date(_)
        | ExprKind::Boolean(_)
        | ExprKind::Name(_)
        | ExprKind::Set(_)
        | ExprKind::Otherwise(..)
        | ExprKind::Call(..)
        | ExprKind::Sum(_) => PRIMARY,
    }
}

const fn operator_level(operator: Operator) -> u8 {
    match operator {
        Operator::Or => OR,
        Operator::And => AND,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual => COMPARISON,
        Operator::Add | Operator::Subtract => ADDITION,
        Operator::Multiply | Operator::Divide => MULTIPLICATION,
        Operator::Power => POWER,
    }
}

#[cfg(test)]
mod tests {
    use super::laws::tree;
    use super::*;
    use crate::diagnostic::sink::{Layer, Sink};
    use crate::syntax::ast::Kind;
    use crate::syntax::parser::parse;

    const EXPRESSIONS: &[&str] = &[
        "1 + 2 * 3",
        "(1 + 2) * 3",
        "1 - (2 - 3)",
        "1 - 2 - 3",
        "a / (b / c)",
        "-(a ** 2)",
        "(-a) ** 2",
        "a ** -b",
        "a ** -(b + 1)",
        "(a ** b) ** c",
        "a ** (b ** c)",
        "not a and b",
        "not (a and b)",
        "(not a) = b",
        "a = (not b)",
        "not not a",
        "a or b and c",
        "(a or b) and c",
        "(a = b) = c",
        "x in 1 .. 5",
        "x in (1 .. 5]",
        "x in [(a + b) * 2 .. c]",
        "x + 1 in a",
        "x in [1, 2]",
        "x in (if a then b else c)",
        "if a then b else if c then d else e",
        "if a then (if b then c else d) else e",
        "(if a then b else c) + 1",
        "if a then (x else 1) else y else 2",
        "-(x else -1) * 2",
        "sum(k in 1 .. n + 1 : if k > 1 then k else -k)",
        "- - a",
        "-(a + b)",
        "--a * 2",
        "round(a, home, half_even)",
        "\"a \\\"b\\\" \\\\\"",
        "2026-11-22",
        "5.4%",
        "1_000.25",
        "0.000001",
        "true",
        "f()",
        "not x in y",
        "(x in y) = true",
        "1234567.5%",
        "a - -b",
    ];

    /// The expression of a `let`, without its places.
    fn read(text: &str) -> Expr {
        let source = format!("product p 1.0.0 \"P\" let a = {text}");
        let mut sink = Sink::default();
        let file = parse(&source, Layer::Product, &mut sink).unwrap();
        assert!(!sink.has_errors(), "{text}");
        let first = file.declarations.into_iter().next().unwrap();
        let Kind::Let { value, .. } = first.kind else { panic!("{:?}", first.kind) };
        value
    }

    #[test]
    fn what_is_printed_is_read_as_the_same_tree() {
        for text in EXPRESSIONS {
            let expr = read(text);
            let printed = expression(&expr);
            assert_eq!(tree(&read(&printed)), tree(&expr), "{text} printed as {printed}");
            assert_eq!(expression(&read(&printed)), printed);
        }
    }

    #[test]
    fn whole_sources_are_read_back_as_the_same_trees() {
        for (name, source) in [
            (
                "mortgage",
                include_str!("../../../../examples/products/mortgage_participation.formula"),
            ),
            ("mortgage_sg", include_str!("../../../../examples/products/mortgage_sg.formula")),
            ("invoice", include_str!("../../../../examples/products/trade_invoice.formula")),
            ("gold", include_str!("../../../../examples/products/gold_receipt.formula")),
            ("sme_loan", include_str!("../../../../examples/products/sme_loan.formula")),
            ("crowd", include_str!("../../../../examples/products/sme_loan_crowd_de.formula")),
        ] {
            let mut sink = Sink::default();
            let file = parse(source, Layer::Product, &mut sink).unwrap();
            let printed: Vec<String> = file.declarations.iter().map(declaration).collect();
            let again = format!("product p 1.0.0 \"P\"\n{}", printed.join("\n"));
            let read = parse(&again, Layer::Product, &mut sink).unwrap();
            assert!(!sink.has_errors(), "{name}: {again}");
            assert_eq!(tree(&read.declarations), tree(&file.declarations), "{name}");
        }
    }

    #[test]
    fn every_kind_of_declaration_is_printed() {
        let text = "attribute a \"A\" : money home > 0 optional\nattribute b : percent in 0% .. 5% \
                    for supplier\nattribute c : fx a -> home\nparam d : set of country = [SG] \
                    locked\n\
                    table t \"T\"(a, b) : percent locked\n  | - | (0 .. 1] -> 1%\n  \
                    | otherwise -> 2%\nlet e : decimal = a locked\nrule R \"r \\\"x\\\"\" require \
                    a when b locked\ntransfer rule S \"s\" require a\ncheck C \"c\" by verifier \
                    weight 20% mandatory max age 9 days\nlegal L \"l\" max age 1 days\nschedule \
                    s \"S\" = ANN(principal: a, cycle: \"P1ML0\")\nset d = [DE, SG]\n\
                    except d \"x\" when \
                    (a = b) = 5\nwaive R because \"why\"\nadd limit m : integer = 1\nrank = 1";
        let source = format!("product p 1.0.0 \"P\"\n{text}\n");
        let mut sink = Sink::default();
        let file = parse(&source, Layer::Product, &mut sink).unwrap();
        assert!(!sink.has_errors());
        let printed: Vec<String> = file.declarations.iter().map(declaration).collect();
        assert_eq!(printed.join("\n"), text);
    }

    #[test]
    fn numbers_are_printed_for_people() {
        for (text, printed) in [
            ("1000000", "1_000_000"),
            ("999", "999"),
            ("0.5%", "0.5%"),
            ("12345.678", "12_345.678"),
        ] {
            assert_eq!(expression(&read(text)), printed);
        }
    }
}
