//! The sources that earn a diagnostic, and where it points.

use poa_formula::diagnostic::codes;

/// Lines that follow the product's thirteen, the code, the line and the column.
pub(crate) type Row = (&'static str, &'static str, u32, u32);

pub(crate) const SYNTAX: &[Row] = &[
    ("let a = 1 ; + 2", codes::CHARACTER, 13, 11),
    ("rule R \"never ends\n require true", codes::TEXT_OPEN, 13, 8),
    ("let a = 1.2.3.4", codes::NUMBER, 13, 9),
    ("let a = 2026-02-30 - 2026-01-01", codes::NUMBER, 13, 9),
    ("let a = 12345678901234567890123456789012345", codes::NUMBER, 13, 9),
    ("let a = 1_", codes::NUMBER, 13, 9),
    ("let = 5", codes::SYNTAX, 13, 5),
    ("nonsense", codes::SYNTAX, 13, 1),
    ("let a = 1 < 2 < 3", codes::SYNTAX, 13, 15),
    ("let a = 1 + if true then 1 else 2", codes::SYNTAX, 13, 13),
    ("schedule s = ANN(principal: amount)", codes::SCHEDULE_FORM, 13, 10),
    ("rule R \"r\" require true review", codes::REGIME_FORM, 13, 25),
    ("except share when (true) = 1%", codes::INSTANCE_ONLY, 13, 1),
    ("waive CAP_01 because \"x\"", codes::INSTANCE_ONLY, 13, 1),
    ("let a = -months ** 2", codes::AMBIGUOUS_POWER, 13, 9),
    ("let a = 2 ** 3 ** 2", codes::AMBIGUOUS_POWER, 13, 9),
    ("let rule = 5", codes::RESERVED_NAME, 13, 5),
    ("let round = 5", codes::RESERVED_NAME, 13, 5),
    ("evidence deed max age 0 days", codes::RANGE, 13, 23),
    ("check C \"c\" by nobody weight 1%", codes::SYNTAX, 13, 16),
    ("add let a = 1", codes::INSTANCE_ONLY, 13, 1),
    ("set share = 1%", codes::INSTANCE_ONLY, 13, 1),
    ("rule R \"r\" require months ≤ 6", codes::CHARACTER, 13, 27),
];

pub(crate) const NAMES: &[Row] = &[
    ("let cap = 5", codes::DUPLICATE_NAME, 13, 5),
    ("rule CAP_01 \"again\" require true", codes::DUPLICATE_NAME, 13, 6),
    ("codes other = [good, cap]", codes::DUPLICATE_NAME, 13, 22),
    ("codes other = [x, x]", codes::DUPLICATE_NAME, 13, 19),
    ("let a = sum(cap in 1 .. 3 : 1)", codes::DUPLICATE_NAME, 13, 13),
    ("rank = 1 rank = 2", codes::DUPLICATE_NAME, 13, 10),
    ("let a = month + 1", codes::UNKNOWN_NAME, 13, 9),
    ("let a = quality = god", codes::UNKNOWN_NAME, 13, 19),
    ("attribute b : intger", codes::UNKNOWN_TYPE, 13, 15),
    ("attribute b : set of integer", codes::UNKNOWN_TYPE, 13, 15),
    ("attribute b : money hom", codes::UNKNOWN_CURRENCY, 13, 21),
    ("currency away = XAU", codes::UNKNOWN_CURRENCY, 13, 17),
    ("param c : country = ZZ", codes::UNKNOWN_COUNTRY, 13, 21),
    ("param c : country = sg", codes::UNKNOWN_COUNTRY, 13, 21),
    ("currency away = usd", codes::UNKNOWN_CURRENCY, 13, 17),
    ("let a = rond(1)", codes::UNKNOWN_FUNCTION, 13, 9),
    ("rule R \"above {cup}\" require true", codes::UNKNOWN_PLACEHOLDER, 13, 16),
    ("rule R \"above {cap\" require true", codes::UNKNOWN_PLACEHOLDER, 13, 16),
    ("let a = b let b = c let c = a", codes::CYCLE, 13, 5),
];

pub(crate) const TYPES: &[Row] = &[
    ("let a = amount * amount", codes::TYPE, 13, 9),
    ("let a = months + \"x\"", codes::TYPE, 13, 9),
    ("let a = 2026-11-22 + 0.5", codes::TYPE, 13, 9),
    ("let a = not months", codes::TYPE, 13, 13),
    ("let a = home", codes::TYPE, 13, 9),
    ("let a = quality < bad", codes::TYPE, 13, 9),
    ("let a = [good]", codes::TYPE, 13, 9),
    ("limit l : integer = 0.5", codes::TYPE, 13, 21),
    ("rule R \"r\" require months", codes::TYPE, 13, 20),
    ("let a = floor(amount)", codes::TYPE, 13, 15),
    ("attribute as_of : text", codes::TYPE, 13, 19),
    ("let a = round(1)", codes::ARGUMENTS, 13, 9),
    ("let a = round(amount, 2, half_even)", codes::ARGUMENTS, 13, 23),
    ("let a = round(0.5, 35, half_even)", codes::ARGUMENTS, 13, 20),
    ("let a = round(0.5, 1, half_evn)", codes::ARGUMENTS, 13, 23),
    ("fee f : money home = amount / 3", codes::UNROUNDED_MONEY, 13, 22),
    ("let a = amount > 5", codes::MONEY_LITERAL, 13, 9),
    ("let a = amount + 5", codes::MONEY_LITERAL, 13, 18),
    ("param c : money home = 1.001", codes::OFF_GRID, 13, 24),
    ("param c : integer = 1 + 2", codes::NOT_CONSTANT, 13, 21),
    ("param c : integer in 1 .. 5 = 6", codes::RANGE, 13, 31),
    ("attribute b : integer in 5 .. 1", codes::RANGE, 13, 23),
    ("attribute b : boolean > 0", codes::RANGE, 13, 23),
    ("value v : integer in 1 .. 2 = 1", codes::RANGE, 13, 19),
    ("let a = annuity(amount, 1%, 0)", codes::UNDEFINED, 13, 29),
    ("let a = annuity(amount, 1%, months - 1)", codes::MAY_BE_UNDEFINED, 13, 29),
    ("let a = months else 1", codes::OPTIONAL, 13, 9),
    ("let a = 1 / 0", codes::DIVISOR_ZERO, 13, 13),
    ("let a = 1 / (months - 5)", codes::DIVISOR_MAY_BE_ZERO, 13, 13),
    ("let d = months - 1 let a = d ** -2", codes::DIVISOR_MAY_BE_ZERO, 13, 28),
    ("attribute n : integer let a = sum(k in 1 .. n : k)", codes::LOOP_UNBOUNDED, 13, 45),
    (
        "let a = sum(i in 1 .. 480 : sum(j in 1 .. 480 : sum(k in 1 .. 480 : 1)))",
        codes::TOO_COSTLY,
        13,
        29,
    ),
];

pub(crate) const TABLES: &[Row] = &[
    ("table t(months) : integer | <= 5 -> 1 | > 6 -> 2", codes::TABLE_GAP, 13, 7),
    ("table t(quality) : integer | good -> 1", codes::TABLE_GAP, 13, 7),
    ("table t(months) : integer\n| <= 6 -> 1\n| >= 6 -> 2", codes::TABLE_OVERLAP, 15, 1),
    ("table t(months) : integer | 1, 2 -> 1", codes::TABLE_GAP, 13, 7),
    ("table t(quality, months) : integer | good -> 1", codes::TABLE_SHAPE, 13, 36),
    ("table t(quality) : integer | > 5 -> 1", codes::TABLE_SHAPE, 13, 30),
    ("table t(quality) : integer | otherwise -> 1 | good -> 2", codes::TABLE_SHAPE, 13, 28),
    ("table t(amount) : integer | > 5 -> 1 | otherwise -> 2", codes::MONEY_LITERAL, 13, 29),
    ("table t(months) : integer | (5 .. 5] -> 1 | otherwise -> 2", codes::RANGE, 13, 29),
    ("table t(months) : money home | - -> 5", codes::TYPE, 13, 37),
];

pub(crate) const CHECKS: &[Row] = &[
    ("check C \"c\" by internal weight 10%", codes::CHECK_FORM, 13, 7),
    ("check C \"c\" by verifier weight 10% require true", codes::CHECK_FORM, 13, 44),
    ("check C \"c\" by auditor weight 101%", codes::CHECK_FORM, 13, 31),
    (
        "example \"x\" given amount = 1.00, quality = good expect eligible",
        codes::EXAMPLE_FORM,
        13,
        9,
    ),
    (
        "example \"x\" given amount = 1.00, quality = good, months = 1 expect fine",
        codes::EXAMPLE_FORM,
        13,
        68,
    ),
    (
        "example \"x\" given amount = 1.00, quality = good, months = 13 expect eligible",
        codes::RANGE,
        13,
        59,
    ),
    (
        "example \"x\" given amount = 1.00, quality = good, months = 1 expect reject CAP_02",
        codes::UNKNOWN_CODE,
        13,
        75,
    ),
    (
        "example \"x\" given amount = 1.00, quality = good, months = 1, sum_of = 1 expect eligible",
        codes::EXAMPLE_FORM,
        13,
        62,
    ),
    (
        "example \"x\" given amount = 1.00, quality = good, months = 1 expect eligible, valuatio = 1",
        codes::EXAMPLE_FORM,
        13,
        78,
    ),
];

pub(crate) const OVERLAYS: &[Row] = &[
    ("set fixed = 2", codes::LOCKED, 2, 5),
    ("set sharee = 2%", codes::UNKNOWN_NAME, 2, 5),
    ("set share = 51%", codes::RANGE, 2, 13),
    ("set share = 1% set share = 2%", codes::DUPLICATE_NAME, 2, 16),
    ("set valuation = 2", codes::SET_TARGET, 2, 5),
    ("param extra : integer = 1", codes::NEEDS_ADD, 2, 1),
    ("add table t(months) : integer | - -> 1", codes::NEEDS_ADD, 2, 1),
    ("add value v : integer = 1", codes::NEEDS_ADD, 2, 1),
    ("currency home = USD", codes::NOT_RESTATED, 2, 17),
    ("currency hom = USD", codes::UNKNOWN_CURRENCY, 2, 10),
    ("currency home = JPY set cap = 10.5", codes::OFF_GRID, 2, 31),
    ("add rule CAP_01 \"again\" require true", codes::DUPLICATE_NAME, 2, 10),
    ("except share when (months > 6) = 51%", codes::RANGE, 2, 34),
    ("except share when months > 6 = 51%", codes::SYNTAX, 2, 19),
    ("except amount when (months > 6) = 1%", codes::EXCEPT_TARGET, 2, 8),
    (
        "except share when (months > 6) = 1% except share when (months > 6) = 1%",
        codes::SAME_CONDITION,
        2,
        37,
    ),
    ("waive CAP_01 because \"\"", codes::WAIVE_TARGET, 2, 22),
    ("waive CAP_02 because \"x\"", codes::WAIVE_TARGET, 2, 7),
    ("add rule X_01 \"x\" require missing", codes::UNKNOWN_NAME, 2, 27),
];

pub(crate) const WHOLE: &[Row] = &[
    ("product p 1.0 \"P\"", codes::SYNTAX, 1, 11),
    ("product p 1.0.0 \"P\"\nlet a = 1\n", codes::NO_OUTPUT, 1, 1),
    ("product p 1.0.0 \"P\"\nrule R \"r\" require true", codes::NO_EXAMPLE, 1, 1),
    ("instance i of p 1.0.0 jurisdiction SG \"I\"", codes::SYNTAX, 1, 1),
];

/// Schedules, calendars and rates.
pub(crate) const DATED: &[Row] = &[
    ("schedule s = AMN(principal: amount)", codes::SCHEDULE_FORM, 13, 14),
    ("schedule s = ANN(principle: amount)", codes::SCHEDULE_FORM, 13, 18),
    ("calendar c = weekend [saterday, sunday]", codes::CALENDAR_FORM, 13, 23),
    ("calendar c = weekend [sunday, sunday]", codes::CALENDAR_FORM, 13, 31),
    ("calendar c = weekend [] holidays [2026-12-25, 2026-12-25]", codes::CALENDAR_FORM, 13, 47),
    ("rates r | 2026-12-01 -> 1% | 2026-11-01 -> 2%", codes::RATES_FORM, 13, 30),
    ("rates r | 2026-12-01 -> amount", codes::TYPE, 13, 25),
    ("rates r | 2026-12-01 -> -2", codes::RANGE, 13, 25),
    ("let a = c calendar c = weekend []", codes::TYPE, 13, 9),
    (
        "schedule s = PAM(principal: amount, rate: 1%, from: 2026-01-01, to: 2027-01-01, spread: 1%)",
        codes::SCHEDULE_FORM,
        13,
        81,
    ),
    (
        "schedule s = PAM(principal: amount, rate: 1%, from: 2026-01-01, to: 2027-01-01, \
         calendar: c, business_day: \"SMF\") calendar c = weekend []",
        codes::SCHEDULE_FORM,
        13,
        108,
    ),
    (
        "schedule s = PAM(principal: amount, rate: 1%, from: 2026-01-01, to: 2027-01-01, \
         calendar: taret, business_day: \"SCF\") calendar target = weekend []",
        codes::UNKNOWN_NAME,
        13,
        91,
    ),
];

/// Headers of instances.
pub(crate) const HEADERS: &[Row] = &[
    ("instance i of q 1.0.0 jurisdiction SG \"I\"", codes::PRODUCT_MISMATCH, 1, 15),
    ("instance i of p 1.0.1 jurisdiction SG \"I\"", codes::PRODUCT_MISMATCH, 1, 17),
    ("instance i of p 1.0.0 jurisdiction XX \"I\"", codes::UNKNOWN_COUNTRY, 1, 36),
];

/// Sources that are too large in one way, with the code that tells it.
pub(crate) fn giants() -> Vec<(&'static str, String)> {
    let codes = |name: &str, count: u32| {
        let list: Vec<String> = (0..count).map(|code| format!("{name}{code}")).collect();
        format!("codes {name} = [{}]\n", list.join(", "))
    };
    let columns: Vec<String> = (0..7).map(|column| format!("x{column}")).collect();
    let attributes = columns.iter().map(|name| format!("attribute {name} : big\n"));
    let table = format!("table t({}) : integer | otherwise -> 1", columns.join(", "));
    let large = format!("{}{}{table}", codes("big", 100), attributes.collect::<String>());
    vec![
        (codes::SOURCE_TOO_LONG, "# ".repeat(40_000)),
        (codes::TEXT_TOO_LONG, format!("rule R \"{}\" require true", "x".repeat(5_000))),
        (codes::TOO_DEEP, format!("let a = {}1{}", "(".repeat(70), ")".repeat(70))),
        (codes::TOO_MANY, codes("many", 600)),
        (codes::TABLE_TOO_LARGE, large),
        (
            codes::CURRENCY_MIX,
            "currency away = USD\nattribute b : money away > 0\nlet a = amount + b".to_owned(),
        ),
    ]
}

/// The codes that come with a replacement, at least where the nearest name is near enough.
pub(crate) const REPAIRABLE: [&str; 19] = [
    codes::CHARACTER,
    codes::RESERVED_NAME,
    codes::UNKNOWN_NAME,
    codes::UNKNOWN_CODE,
    codes::UNKNOWN_TYPE,
    codes::UNKNOWN_CURRENCY,
    codes::UNKNOWN_COUNTRY,
    codes::UNKNOWN_FUNCTION,
    codes::UNKNOWN_PLACEHOLDER,
    codes::ARGUMENTS,
    codes::UNROUNDED_MONEY,
    codes::SCHEDULE_FORM,
    codes::CALENDAR_FORM,
    codes::REGIME_FORM,
    codes::EXAMPLE_FORM,
    codes::PRODUCT_MISMATCH,
    codes::WAIVE_TARGET,
    codes::NEEDS_ADD,
    codes::INSTANCE_ONLY,
];
