//! Random programs that are written according to the grammar, and rows of data for them.

use super::random::Random;
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
    source.push_str(&format!("calendar cal \"C\" ={}\n", days(random)));
    source.push_str(&format!("rates seen \"S\"{}\n", dated_rates(random)));
    source.push_str(&format!("schedule s \"S\" = {}\n", schedule(random)));
    let transfer = format!("recipient_units + transfer_units <= w and {}", truth(random));
    source.push_str(&format!("transfer rule T_1 \"{{w}}\" require {transfer} locked\n"));
    source
}

fn truth(random: &mut Random) -> String {
    expression(random, TRUTH, 2)
}

/// An instance of such a product: settings, exceptions, waivers and additions.
pub(crate) fn instance(random: &mut Random) -> String {
    let mut lines = vec![
        format!("set cal = {}", days(random).trim()),
        format!("set seen ={}", dated_rates(random)),
        format!("set p = {}", one(random, &["-50%", "0%", "1.5%", "200%"])),
        format!("except p \"X\" when ({}) = {}", truth(random), one(random, &["3%", "n / 1000"])),
        format!("except v when ({}) = {}", truth(random), expression(random, NUMBER, 2)),
        format!("except v when ({}) = {}", truth(random), expression(random, NUMBER, 2)),
        format!("waive {} because \"it is so\"", one(random, &["R_1", "T_1", "Q_1"])),
        format!("add rule I_1 \"{{k}}\" require {}", truth(random)),
        format!(
            "add transfer rule I_2 \"{{w}}\" require sender_wing = bank when {}",
            truth(random)
        ),
        format!("add schedule more = {}", schedule(random)),
        "add limit most : integer = w".to_owned(),
        "legal L_1 \"a document\" max age 9 days".to_owned(),
        "add check C_1 \"seen\" by auditor weight 10% mandatory".to_owned(),
    ];
    lines.retain(|_| random.below(3) > 0);
    format!("instance over of fuzz 1.0.0 jurisdiction SG \"I\"\n{}\n", lines.join("\n"))
}

/// The rules of a regime.
pub(crate) fn regime(random: &mut Random) -> String {
    let mut source = "regime fuzz 1.0.0 \"F\"\ncodes c = [x, y, z]\n\
        attribute n : decimal in -1000 .. 1000\nattribute w : integer in 0 .. 24\n\
        attribute b : boolean\nattribute d : date\nattribute k : c\n\
        attribute o : integer in -5 .. 5 optional\n\
        param p : percent in -50% .. 200% = 7.5%\nlet t = n / 2\n"
        .to_owned();
    for rule in 0..3 {
        let (require, when) = (truth(random), truth(random));
        let review = one(random, &["", " review"]);
        source
            .push_str(&format!("rule G_{rule} \"{{n}}\" require {require} when {when}{review}\n"));
    }
    source + "limit l : integer = w\n"
}

/// The days of a calendar.
fn days(random: &mut Random) -> String {
    let weekend = one(random, &["", "sunday", "friday, saturday", "monday, tuesday, sunday"]);
    let holidays = one(
        random,
        &["", " holidays [2024-02-29]", " holidays [2024-03-29, 9999-12-31]", " holidays []"],
    );
    format!(" weekend [{weekend}]{holidays}")
}

fn dated_rates(random: &mut Random) -> String {
    let first = one(random, &["0001-01-01", "2024-02-29", "d"]);
    let second = one(random, &["", "\n  | 9999-01-01 -> -1.5%", "\n  | add_months(d, 7) -> p / 2"]);
    format!("\n  | {first} -> {}{second}", one(random, &["2%", "-0.5%", "p", "n / 1000"]))
}

/// A schedule with some of the terms that it can have.
fn schedule(random: &mut Random) -> String {
    let kind = one(random, &["PAM", "LAM", "NAM", "ANN"]);
    let mut terms = vec![
        format!("principal: {}", one(random, &["m", "u", "max(m, u)"])),
        format!("rate: {}", one(random, &["p", "0%", "-2%", "n / 1000"])),
        format!("from: {}", one(random, &["d", "2024-01-31", "add_months(d, -1)"])),
        one(random, &["periods: w + 1", "periods: w + 1", "to: add_months(d, w)"]).to_owned(),
    ];
    if kind == "NAM" || random.below(4) == 0 && kind != "PAM" {
        terms.push("payment: u".to_owned());
    }
    let any = [
        "cycle: \"P3ML0\"",
        "cycle: \"P1WL1\"",
        "anchor: d + 9",
        "day_count: \"ACT/ACT\"",
        "end_of_month: true",
        "business_day: \"SCMF\", calendar: cal",
        "business_day: \"CSP\", calendar: cal",
        "capitalization_end: add_months(d, 3)",
        "premium_discount: u",
        "reset_cycle: \"P1QL0\", rates: seen, spread: 1%, life_cap: 12%, period_floor: 1%",
        "reset_cycle: \"P1ML1\", rates: seen, reset_anchor: d, next_reset_rate: 4%, multiplier: 2",
        "interest_cycle: \"P1ML0\"",
        "interest_base: \"NTIED\"",
        "amortization_end: add_months(d, 99)",
    ];
    let mut names: Vec<String> = terms.iter().map(|term| name(term)).collect();
    for term in any {
        let fits = match name(term).as_str() {
            "interest_cycle" => kind != "PAM",
            "interest_base" => ["LAM", "NAM"].contains(&kind),
            "amortization_end" => kind == "ANN",
            _ => true,
        };
        // A term that does not fit is refused, which is a case too.
        let taken = names.contains(&name(term)) || (!fits && random.below(16) > 0);
        if !taken && random.below(4) == 0 {
            names.push(name(term));
            terms.push(term.to_owned());
        }
    }
    format!("{kind}({})", terms.join(", "))
}

fn name(term: &str) -> String {
    term.split(':').next().unwrap_or_default().to_owned()
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
            let less =
                depth.saturating_sub(u32::try_from(1_u64.saturating_add(random.below(2))).unwrap());
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

fn one<T: Clone>(random: &mut Random, list: &[T]) -> T {
    let index = random.below(u64::try_from(list.len()).unwrap());
    list[usize::try_from(index).unwrap()].clone()
}

/// Data in range for such a program, the ends of the ranges more often than their middle.
pub(crate) fn row(random: &mut Random) -> Map<String, Value> {
    let amounts = ["0.00", "0.01", "99999999999999.99", "1234.50"];
    let mut row = Map::new();
    row.insert("n".into(), json!(one(random, &["-1000", "1000", "0", "0.0000001", "333.333"])));
    row.insert("w".into(), json!(one(random, &[0, 1, 12, 13, 24])));
    row.insert("b".into(), json!(one(random, &[true, false])));
    let days = ["0001-01-01", "9999-12-31", "2024-02-29", "2026-01-31"];
    row.insert("d".into(), json!(one(random, &days)));
    row.insert("m".into(), json!({ "amount": one(random, &amounts), "currency": "EUR" }));
    row.insert("k".into(), json!(one(random, &["x", "y", "z"])));
    if random.below(2) == 0 {
        row.insert("o".into(), json!(one(random, &[-5, 0, 5])));
    }
    row
}
