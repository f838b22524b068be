//! Spells an expression of FEEL (DMN 1.5, chapter 10) the way Smart Asset formulas do.
//!
//! Only the spelling changes: a test that FEEL writes as `in <= 10` becomes a comparison, a list of
//! tests becomes `or`, `round up(x, 2)` becomes `round(x, 2, up)`, and dates lose their quotes.
//! What the language does not have is named, not imitated.

/// A word, number, text or sign; text keeps its quotes.
pub(crate) type Token = String;

/// What the language has no word for.
pub(crate) type Absent = String;

/// Functions that only differ in how their rounding is written.
const ROUNDINGS: [(&str, &str); 7] = [
    ("round up", "up"),
    ("round down", "down"),
    ("round half up", "half_up"),
    ("round half down", "half_down"),
    ("decimal", "half_even"),
    ("floor", "floor"),
    ("ceiling", "ceiling"),
];

const COMPARISONS: [&str; 6] = ["<=", ">=", "!=", "<", ">", "="];

/// The expression in our spelling.
pub(crate) fn translated(expression: &str) -> Result<String, Absent> {
    let tokens = dates(&tokens(expression)?)?;
    let tokens = functions(&tokens)?;
    Ok(tests(&tokens)?.join(" "))
}

/// The type of a value that is written so.
pub(crate) fn type_of(expected: &str) -> &'static str {
    match expected {
        "true" | "false" => "boolean",
        _ if expected.parse::<poa_formula::Date>().is_ok() => "date",
        _ if expected.parse::<poa_formula::Dec>().is_ok() => "decimal",
        _ => "text",
    }
}

fn tokens(expression: &str) -> Result<Vec<Token>, Absent> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after).trim_start();
            continue;
        }
        let length = match first {
            '"' => text_length(rest).ok_or("an open text")?,
            '@' => 1 + text_length(&rest[1..]).ok_or("an open text")?,
            _ if first.is_alphabetic() => taken(rest, |c| c.is_alphanumeric() || c == '_'),
            _ if first.is_ascii_digit() || fraction(rest) => number_length(rest),
            _ => ["**", "..", "<=", ">=", "!="]
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .map_or(first.len_utf8(), |sign| sign.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(if token.starts_with('.') && token != ".." {
            format!("0{token}")
        } else {
            token.to_owned()
        });
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn text_length(rest: &str) -> Option<usize> {
    rest.get(1..)?.find('"').map(|end| end + 2)
}

fn taken(rest: &str, belongs: fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

fn fraction(rest: &str) -> bool {
    rest.strip_prefix('.').is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}

/// Digits with at most one point, which is not the beginning of `..`.
fn number_length(rest: &str) -> usize {
    let whole = taken(rest, |c| c.is_ascii_digit());
    let after = &rest[whole..];
    if fraction(after) { whole + 1 + taken(&after[1..], |c| c.is_ascii_digit()) } else { whole }
}

/// Dates as we write them: from `@"…"`, `date("…")`, `date(y, m, d)` and `date(date)`.
fn dates(tokens: &[Token]) -> Result<Vec<Token>, Absent> {
    let mut out: Vec<Token> = Vec::new();
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        if let Some(text) = token.strip_prefix('@') {
            out.push(date_of(text)?);
            continue;
        }
        if token != "date" {
            out.push(token.clone());
            continue;
        }
        let (inner, after) = parenthesised(rest).ok_or("the function `date` of something else")?;
        rest = after;
        let parts: Vec<String> = split(&inner).iter().map(|part| part.concat()).collect();
        out.push(match parts.as_slice() {
            [year, month, day] => date_of(&format!("\"{year:0>4}-{month:0>2}-{day:0>2}\""))?,
            [text] if text.starts_with('"') => date_of(text)?,
            _ => dates(&inner)?.concat(),
        });
    }
    Ok(out)
}

fn date_of(text: &str) -> Result<Token, Absent> {
    let date = text.trim_matches('"');
    if date.starts_with('-') && !date.contains('P') {
        return Err("years before the year 1".to_owned());
    }
    match date.parse::<poa_formula::Date>() {
        Ok(_) => Ok(date.to_owned()),
        Err(_) => Err("times, durations and time zones".to_owned()),
    }
}

/// The tokens within the parentheses that begin here, and those after.
fn parenthesised(tokens: &[Token]) -> Option<(Vec<Token>, &[Token])> {
    let close = closing(tokens)?;
    (tokens[0] == "(").then(|| (tokens[1..close].to_vec(), &tokens[close + 1..]))
}

/// Where the bracket closes that the tokens begin with.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// Splits at the commas that stand in no bracket.
fn split(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0_usize;
    for token in tokens {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
    }
    parts
}

/// Calls as we write them; a function that we do not have is named.
fn functions(tokens: &[Token]) -> Result<Vec<Token>, Absent> {
    let mut out = Vec::new();
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        let is_word = |token: &Token| token.starts_with(|c: char| c.is_alphabetic());
        let words = rest.iter().take_while(|token| is_word(token)).count();
        let called = words > 0 && rest.get(words).is_some_and(|token| token == "(");
        let name = rest[..words].join(" ");
        if !called || ["not", "in", "and", "or"].contains(&rest[words - 1].as_str()) {
            out.push(token.clone());
            rest = after;
            continue;
        }
        let (inner, after) = parenthesised(&rest[words..]).ok_or("an open parenthesis")?;
        rest = after;
        let arguments: Result<Vec<_>, _> = split(&inner).iter().map(|one| functions(one)).collect();
        let arguments: Vec<_> = arguments?.iter().map(|one| one.join(" ")).collect();
        let rounding = ROUNDINGS.iter().find(|(feel, _)| *feel == name);
        let call = match (rounding, arguments.as_slice()) {
            (Some((_, mode)), [value, places]) => format!("round({value}, {places}, {mode})"),
            (_, [value]) if ["abs", "floor", "ceiling"].contains(&name.as_str()) => {
                format!("{name}({value})")
            }
            // Of two scalars of one type: equality.
            (_, [left, right]) if name == "is" => format!("({left} = {right})"),
            _ => return Err(format!("the function `{name}`")),
        };
        out.push(call);
    }
    Ok(out)
}

/// Where a word stands in no bracket.
fn position(tokens: &[Token], word: &str) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token == word
    })
}

/// Unary tests as comparisons; lists elsewhere are values, which we do not have.
fn tests(tokens: &[Token]) -> Result<Vec<Token>, Absent> {
    if let Some(between) = position(tokens, "between") {
        let (left, right) = (tokens[..between].join(" "), &tokens[between + 1..]);
        let and = position(right, "and").ok_or("`between` without `and`")?;
        let (low, high) = (right[..and].join(" "), right[and + 1..].join(" "));
        return Ok(vec![format!("{left} in [{low} .. {high}]")]);
    }
    match position(tokens, "in") {
        Some(at) => Ok(vec![test(&listless(&tokens[..at])?.join(" "), &tokens[at + 1..])?]),
        None => listless(tokens),
    }
}

fn listless(tokens: &[Token]) -> Result<Vec<Token>, Absent> {
    if tokens.iter().any(|token| token == "[" || token == "..") {
        return Err("lists and ranges as values".to_owned());
    }
    if tokens
        .iter()
        .zip(tokens.iter().skip(1))
        .any(|(a, b)| a == "(" && COMPARISONS.contains(&b.as_str()))
    {
        return Err("lists and ranges as values".to_owned());
    }
    Ok(tokens.to_vec())
}

/// One test of a value, or several with `or` between them.
fn test(left: &str, right: &[Token]) -> Result<String, Absent> {
    let first = right.first().ok_or("`in` without a test")?.as_str();
    if COMPARISONS.contains(&first) {
        return Ok(format!("({left} {first} {})", listless(&right[1..])?.join(" ")));
    }
    if !(first == "(" || first == "[") || closing(right) != Some(right.len() - 1) {
        return Ok(format!("({left} = {})", listless(right)?.join(" ")));
    }
    let inner = &right[1..right.len() - 1];
    if position(inner, "..").is_some() {
        return Ok(format!("({left} in {})", right.join(" ")));
    }
    let parts: Result<Vec<_>, _> = split(inner).iter().map(|part| test(left, part)).collect();
    Ok(parts?.join(" or "))
}
