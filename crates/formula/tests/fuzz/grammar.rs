//! Random programs that are written according to the grammar, and rows of data for them.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// The kinds of expressions; in a form below, a letter in `<>` stands for a part of that kind.
const NUMBER: char = 'N';
const WHOLE: char = 'W';
const TRUTH: char = 'T';
const DAY: char = 'D';
const AMOUNT: char = 'A';

/// How an expression of a kind is made of others.
const FORMS: [(char, &[&str]); 5] = [
    (
        NUMBER,
        &[
            "(<N> + <N>)",
            "(<N> * <N>)",
            "(<N> / <N>)",
            "(<N>) ** (<W>)",
            "abs(<N> - <N>)",
            "max(<N>, <N>, -(<W>))",
            "round(<N>, 3, ceiling)",
            "sum(q in 1 .. w : q * <N>)",
            "(if <T> then <N> else <N>)",
            "(<A> / u)",
        ],
    ),
    (
        WHOLE,
        &[
            "floor(<N>)",
            "(<W> - <W>)",
            "(<W> * <W>)",
            "(<D> - <D>)",
            "days(<D>, <D>)",
            "min(<W>, <W>)",
            "(if <T> then <W> else <W>)",
        ],
    ),
    (
        TRUTH,
        &[
            "(<T> and <T>)",
            "(<T> or not <T>)",
            "(<N> <= <N>)",
            "(<W> in [<W> .. 9))",
            "(<D> > <D>)",
            "(<N> != <N>)",
            "(<A> < <A>)",
        ],
    ),
    (
        DAY,
        &[
            "(<D> + <W>)",
            "add_months(<D>, <W>)",
            "(if <D> > <D> then <D> else <D>)",
            "(if <T> then <D> else <D>)",
        ],
    ),
    (
        AMOUNT,
        &[
            "(<A> + <A>)",
            "(<A> * <N>)",
            "(<A> / <N>)",
            "annuity(<A>, p / 12, w + 1)",
            "present_value(<A>, p / 12, w + 1)",
            "min(<A>, <A>)",
            "(if <T> then <A> else <A>)",
        ],
    ),
];

/// What an expression of a kind ends in.
const LEAVES: [(char, &[&str]); 5] = [
    (NUMBER, &["n", "w", "p", "t", "0.000001", "-3.75", "12%", "(o else 2)", "1000"]),
    (WHOLE, &["w", "0", "1", "-7", "(o else 0)", "12"]),
    (TRUTH, &["b", "true", "false", "present(o)", "(k = x)", "(k in [x, y])"]),
    (DAY, &["d", "2024-02-29", "9999-12-31", "0001-01-01"]),
    (AMOUNT, &["m", "u"]),
];

/// A product with attributes of every kind, some definitions, a table, rules and values.
pub(crate) fn program(random: &mut Random) -> String {
    let mut source = "product fuzz 1.0.0 \"F\"\ncurrency home = EUR\ncodes c = [x, y, z]\n\
        attribute n : decimal in -1000 .. 1000\nattribute w : integer in 0 .. 24\n\
        attribute b : boolean\nattribute d : date\nattribute m : money home >= 0\n\
        attribute k : c\nattribute o : integer in -5 .. 5 optional\n\
        param p : percent in -50% .. 200% = 7.5%\nparam u : money home > 0 = 12.34\n"
        .to_owned();
    source.push_str("table t(k, w) : decimal\n");
    source.push_str("  | x | <= 12 -> 1.5\n  | x | > 12 -> -2\n  | y, z | - -> 0.001\n");
    let kinds = [NUMBER, WHOLE, TRUTH, DAY, AMOUNT];
    for (index, kind) in kinds.into_iter().enumerate() {
        let line = format!("let l{index} = {}\n", expression(random, kind, 4));
        source.push_str(&line);
    }
    source.push_str(&format!(
        "rule R_1 \"one {{n}} {{l0}}\" require {} when {}\n",
        expression(random, TRUTH, 3),
        expression(random, TRUTH, 2)
    ));
    let value = expression(random, NUMBER, 5);
    let paid = expression(random, AMOUNT, 4);
    source.push_str(&format!("value v : decimal = {value}\n"));
    source.push_str(&format!("value a : money home = round({paid}, home, half_even)\n"));
    source
}

/// An expression that has the kind, if its parts have theirs.
fn expression(random: &mut Random, kind: char, depth: u32) -> String {
    let table = if depth == 0 { &LEAVES } else { &FORMS };
    let forms = table.iter().find(|(of, _)| *of == kind).unwrap().1;
    let index = random.below(u64::try_from(forms.len()).unwrap());
    let mut rest = forms[usize::try_from(index).unwrap()];
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let mut parts = after.chars();
        rest = if let (Some(part), Some('>')) = (parts.next(), parts.next()) {
            let less = depth.saturating_sub(1 + u32::try_from(random.below(2)).unwrap());
            out.push_str(&expression(random, part, less));
            parts.as_str()
        } else {
            out.push('<');
            after
        };
    }
    out.push_str(rest);
    out
}

/// Data in range for such a program, the ends of the ranges more often than their middle.
pub(crate) fn row(random: &mut Random) -> Map<String, Value> {
    fn one<T: Clone>(random: &mut Random, list: &[T]) -> T {
        let index = random.below(u64::try_from(list.len()).unwrap());
        list[usize::try_from(index).unwrap()].clone()
    }
    let amounts = ["0.00", "0.01", "99999999999999.99", "1234.50"];
    let mut row = Map::new();
    row.insert("n".into(), json!(one(random, &["-1000", "1000", "0", "0.0000001", "333.333"])));
    row.insert("w".into(), json!(one(random, &[0, 1, 12, 13, 24])));
    row.insert("b".into(), json!(one(random, &[true, false])));
    row.insert("d".into(), json!(one(random, &["0001-01-01", "9999-12-31", "2024-02-29"])));
    row.insert("m".into(), json!({ "amount": one(random, &amounts), "currency": "EUR" }));
    row.insert("k".into(), json!(one(random, &["x", "y", "z"])));
    if random.below(2) == 0 {
        row.insert("o".into(), json!(one(random, &[-5, 0, 5])));
    }
    row
}
