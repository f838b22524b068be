//! Sources that try to be expensive: nesting, giant numbers and tables, exponential alternatives,
//! one word over and over. All within the length that a source may have.

use std::fmt::Write;

use poa_formula::limits;

const HEADER: &str = "product p 1.0.0 \"P\"\n";

/// Every word of the language and what else has broken parsers, one per line.
const WORDS: &str = include_str!("../limits/hostile_words.txt");

/// A name and a source.
pub(crate) type Hostile = (String, String);

/// All sources.
pub(crate) fn corpus() -> Vec<Hostile> {
    let mut list = words();
    list.extend(nesting());
    list.extend(numbers());
    list.extend(names());
    list.extend(tables());
    list.extend(sums());
    for (name, source) in &mut list {
        let fits = source.len() <= limits::SOURCE_BYTES_MAX;
        // A source that is too long is refused by its length and tests nothing else.
        *name = if fits { name.clone() } else { format!("{name} (too long)") };
    }
    list
}

/// A text repeated to the length that is left.
fn filled(start: &str, unit: &str) -> String {
    let room = limits::SOURCE_BYTES_MAX.saturating_sub(start.len()).saturating_sub(64);
    format!("{start}{}", unit.repeat(room.checked_div(unit.len()).unwrap_or(0)))
}

fn words() -> Vec<Hostile> {
    let mut list = Vec::new();
    for word in WORDS.lines() {
        for start in ["", HEADER, "product p 1.0.0 \"P\"\nvalue v : integer = "] {
            list.push((format!("`{word}` after {start:?}"), filled(start, &format!("{word} "))));
            list.push((format!("`{word}` without blanks after {start:?}"), filled(start, word)));
        }
    }
    list
}

fn nesting() -> Vec<Hostile> {
    let value = format!("{HEADER}value v : decimal = ");
    let units = [
        "(",
        "[",
        "-",
        "not ",
        "if true then ",
        "if ",
        "min(1, ",
        "1 + ",
        "2 ** ",
        "a in [",
        "sum(k in 1 .. 2 : ",
        "round(",
        "1 else ",
        "{",
        "\"\\",
        "a.",
    ];
    units.map(|unit| (format!("nested `{unit}`"), filled(&value, unit))).into()
}

fn numbers() -> Vec<Hostile> {
    let value = format!("{HEADER}value v : decimal = ");
    let most = "9".repeat(34);
    vec![
        ("a number of 64 KiB".to_owned(), filled(&value, "9")),
        ("a fraction of 64 KiB".to_owned(), filled(&format!("{value}0."), "0")),
        ("underscores of 64 KiB".to_owned(), filled(&format!("{value}1"), "_0")),
        ("a power of a power".to_owned(), format!("{value}({most} ** 100000) ** 100000\n")),
        ("a large factor over and over".to_owned(), filled(&value, &format!("{most} * "))),
        ("a date over and over".to_owned(), filled(&value, "9999-12-31 ")),
        ("a long version".to_owned(), filled("product p ", "1.")),
    ]
}

/// Names that refer to names, twice each; unknown names beside many known ones.
fn names() -> Vec<Hostile> {
    let mut doubled = format!("{HEADER}let a0 = 1\n");
    let mut wrong = format!("{HEADER}let name_number_00000 = 1\n");
    let mut ring = HEADER.to_owned();
    let mut placeholders = format!("{HEADER}let a = 1\n");
    for index in 1..1_900_u32 {
        let before = index.saturating_sub(1);
        let _ = writeln!(doubled, "let a{index} = a{before} + a{before}");
        if index < 1_000 {
            let _ = writeln!(wrong, "let name_number_{index:05} = name_numbre_{index:05}");
        }
        let _ = writeln!(ring, "let r{index} = r{}", index.wrapping_mul(7) % 1_900);
    }
    let text = "{a}".repeat(1_300);
    for index in 0..15 {
        let _ = writeln!(placeholders, "rule R{index} \"{text}\" require a = 1");
    }
    let same = filled(HEADER, "let a = 1\n");
    vec![
        ("names that double".to_owned(), doubled),
        ("unknown names that are nearly known".to_owned(), wrong),
        ("names in rings".to_owned(), ring),
        ("placeholders".to_owned(), placeholders),
        ("one name declared over and over".to_owned(), same),
    ]
}

fn tables() -> Vec<Hostile> {
    let mut list = Vec::new();
    for columns in [1_u32, 2, 4, 8, 16] {
        let mut source = HEADER.to_owned();
        for column in 0..columns {
            let _ = writeln!(source, "attribute x{column} : decimal");
        }
        let names: Vec<String> = (0..columns).map(|column| format!("x{column}")).collect();
        let _ = writeln!(source, "table t({}) : integer", names.join(", "));
        for row in 0..990_u32 {
            let cells: Vec<String> = (0..columns)
                .map(|column| {
                    format!(
                        "({}..{}]",
                        row,
                        row.saturating_add(column.wrapping_rem(3)).saturating_add(1)
                    )
                })
                .collect();
            let line = format!("| {} -> {row}\n", cells.join(" | "));
            if source.len().saturating_add(line.len()) > limits::SOURCE_BYTES_MAX - 64 {
                break;
            }
            source.push_str(&line);
        }
        list.push((format!("overlapping rows of {columns} columns"), source));
    }
    list.push(("alternatives in every column".to_owned(), alternatives()));
    list.push(("rows of one case".to_owned(), filled(&one_column(), "| a -> 1\n")));
    list
}

fn one_column() -> String {
    format!("{HEADER}codes c = [a, b]\nattribute x : c\ntable t(x) : integer\n")
}

/// Six columns of ten codes: a million cases, all of them to be looked at.
fn alternatives() -> String {
    let codes: Vec<String> = (0..10).map(|code| format!("c{code}")).collect();
    let mut source = format!("{HEADER}codes c = [{}]\n", codes.join(", "));
    for column in 0..6 {
        let _ = writeln!(source, "attribute x{column} : c");
    }
    source.push_str("table t(x0, x1, x2, x3, x4, x5) : integer\n");
    let half = codes.split_at(5).0.join(", ");
    for row in 0..900_u32 {
        let code = row % 10;
        let _ = writeln!(source, "| c{code} | {half} | {half} | - | - | c{} -> {row}", row / 100);
    }
    source
}

fn sums() -> Vec<Hostile> {
    let value = format!("{HEADER}value v : integer = ");
    let nested = |depth: usize, most: u32| {
        let mut source = value.clone();
        for level in 0..depth {
            let _ = write!(source, "sum(k{level} in 1 .. {most} : ");
        }
        format!("{source}1{}\n", ")".repeat(depth))
    };
    vec![
        ("a sum of sums of sums".to_owned(), nested(3, 480)),
        ("sixty sums in each other".to_owned(), nested(60, 2)),
        ("a sum without end".to_owned(), nested(1, u32::MAX)),
        ("sums in a row".to_owned(), filled(&value, "sum(k in 1 .. 9 : k) + ")),
    ]
}
