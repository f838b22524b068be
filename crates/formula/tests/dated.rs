//! Calendars, dated rates and the terms of schedules that need them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first fault")]

use std::collections::{BTreeMap, BTreeSet};

use poa_formula::diagnostic::codes;
use poa_formula::limits::{HOLIDAYS_MAX, RATES_MAX};
use poa_formula::{
    Date, Evaluation, Outcome, Program, compile_instance, compile_product, format_source,
};

const PRODUCT: &str = "product p 1.0.0 \"P\"
currency home = EUR
calendar target \"TARGET\" = weekend [saturday, sunday] holidays [2026-05-01]
calendar fixed = weekend [sunday] locked
rates euribor \"Euribor\"
  | 2026-02-28 -> 2%
  | 2026-05-31 -> 3%
rates kept locked | 2026-01-01 -> 1%
attribute as_of : date
attribute due : date
attribute loan : money home > 0
attribute seen : percent in -10% .. 10%
value v : integer = 1
";

const INSTANCE: &str = "instance i of p 1.0.0 jurisdiction SG \"I\"\n";

const LOAN: &str = "principal: loan, rate: 12%, from: as_of";

fn product(lines: &str) -> Program {
    compile_product(&format!("{PRODUCT}{lines}\n")).unwrap()
}

fn decided(program: &Program, due: &str) -> Evaluation {
    let data = serde_json::json!({
        "loan": { "amount": "1200.00", "currency": "EUR" }, "due": due, "seen": "0.05",
    });
    let as_of: Date = "2026-01-31".parse().unwrap();
    let inputs = program.read_inputs(data.as_object().unwrap(), as_of, &BTreeMap::new()).unwrap();
    let evaluation = program.evaluate(&inputs);
    assert!(evaluation.steps <= program.steps_bound(), "{} steps", evaluation.steps);
    evaluation
}

/// The events of some kinds: day, kind, amount, and the rate where it is reset.
fn events(terms: &str, kinds: &str) -> Vec<String> {
    let evaluation = decided(&product(&format!("schedule s = {terms}")), "2026-07-31");
    assert_eq!(evaluation.outcome, Outcome::Eligible, "{terms}: {:?}", evaluation.reasons);
    let payments = evaluation.schedules.into_iter().next().unwrap().payments.into_iter();
    let payments = payments.filter(|payment| kinds.split(' ').any(|kind| kind == payment.event));
    let line = |payment: poa_formula::Payment| {
        let rate = payment.rate.map(|rate| format!(" at {rate}")).unwrap_or_default();
        format!("{} {} {}{rate}", payment.date, payment.event, payment.amount.amount_text())
    };
    payments.map(line).collect()
}

#[test]
fn a_payment_on_a_day_without_business_goes_where_the_convention_says() {
    // 31 May 2026 is a Sunday, 28 February and 30 May are Saturdays, 1 May is a holiday.
    for (convention, expected) in [
        ("NOS", "2026-05-31 IP 12.00"),
        ("SCF", "2026-06-01 IP 12.40"),
        ("SCMF", "2026-05-29 IP 11.60"),
        ("SCP", "2026-05-29 IP 11.60"),
        ("CSF", "2026-06-01 IP 12.00"),
        ("CSMP", "2026-05-29 IP 12.00"),
    ] {
        let terms = format!(
            "PAM({LOAN}, to: 2026-06-30, cycle: \"P1ML0\", calendar: target, \
             business_day: \"{convention}\", end_of_month: true)"
        );
        let list = events(&terms, "IP");
        assert_eq!(list.get(3).map(String::as_str), Some(expected), "{convention}: {list:?}");
    }
}

#[test]
fn a_rate_follows_the_list_within_its_bounds() {
    let base = format!("PAM({LOAN}, to: due, reset_cycle: \"P1ML0\", rates: euribor");
    let list = events(&format!("{base}, spread: 1%, period_floor: 8%, life_floor: 3.5%)"), "RR");
    // 12 % - 8 %; then 2 % + 1 % is below the floor; from the end of May on 3 % + 1 %.
    let expected = [
        "02-28 RR 0.00 at 0.04",
        "03-31 RR 0.00 at 0.035",
        "04-30 RR 0.00 at 0.035",
        "05-31 RR 0.00 at 0.04",
        "06-30 RR 0.00 at 0.04",
    ];
    assert_eq!(list, expected.map(|line| format!("2026-{line}")));
    let list =
        events(&format!("{base}, multiplier: 2, life_cap: 5%, next_reset_rate: 7%)"), "RRF RR");
    assert_eq!(list.first().unwrap(), "2026-02-28 RRF 0.00 at 0.07");
    assert_eq!(list.get(1).unwrap(), "2026-03-31 RR 0.00 at 0.04");
    assert_eq!(list.get(3).unwrap(), "2026-05-31 RR 0.00 at 0.05");
    let late = format!("schedule s = {base}, reset_anchor: as_of + 1)");
    let evaluation = decided(&product(&late), "2026-07-31");
    let codes: Vec<_> = evaluation.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!((evaluation.outcome, codes), (Outcome::Error, vec!["SCHEDULE_RATE_MISSING"]));
}

#[test]
fn rates_can_come_with_the_request() {
    let terms = format!("PAM({LOAN}, to: due, reset_cycle: \"P1ML0\", rates: own)");
    let lines = format!(
        "rates own | add_months(as_of, 1) -> seen | due -> seen * 2\n\
                         schedule s = {terms}"
    );
    let evaluation = decided(&product(&lines), "2026-05-31");
    let payments = &evaluation.schedules.first().unwrap().payments;
    let rates: Vec<_> = payments.iter().filter_map(|payment| payment.rate).collect();
    assert_eq!(rates.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len(), 1);
    // Two rates for one day are a contradiction.
    let evaluation = decided(&product(&lines), "2026-02-28");
    let reason = evaluation.reasons.first().unwrap();
    assert_eq!((evaluation.outcome, reason.code.as_str()), (Outcome::Error, "SCHEDULE_TERM"));
    assert!(reason.message.contains("one rate for each date"), "{reason:?}");
}

#[test]
fn interest_has_its_own_cycle_base_and_capitalization() {
    let lam = format!("LAM({LOAN}, periods: 2, cycle: \"P3ML0\"");
    let list = events(&format!("{lam}, interest_cycle: \"P1ML0\")"), "IP");
    assert_eq!(list.len(), 6, "{list:?}");
    let list = events(&format!("{lam}, interest_base: \"NTIED\")"), "IP");
    assert_eq!(list, ["2026-04-30 IP 36.00", "2026-07-31 IP 36.00"]);
    let list = events(&format!("{lam}, capitalization_end: 2026-04-30)"), "IPCI IP MD");
    assert_eq!(list.first().unwrap(), "2026-04-30 IPCI 0.00");
    assert_eq!(list.last().unwrap(), "2026-07-31 MD 636.00");
    let list = events(&format!("{lam}, anchor: 2026-02-15, premium_discount: loan)"), "IED PR MD");
    assert_eq!(list, ["2026-01-31 IED -2400.00", "2026-02-15 PR 600.00", "2026-05-15 MD 600.00"]);
    let ann = format!("ANN({LOAN}, to: due, amortization_end: 2026-12-31)");
    let list = events(&ann, "MD");
    assert!(!list.first().unwrap().ends_with(" 0.00"), "a balloon is left: {list:?}");
}

/// A line, the code that it earns, and what that is about; `@` stands for the terms of a PAM.
const FAULTY: &[(&str, &str, &str)] = &[
    ("calendar c = weekend [sonday]", codes::CALENDAR_FORM, "sonday"),
    ("calendar c = weekend [monday, monday]", codes::CALENDAR_FORM, "monday"),
    (
        "calendar c = weekend [] holidays [2026-01-01, 2026-01-01]",
        codes::CALENDAR_FORM,
        "2026-01-01",
    ),
    (
        "calendar c = weekend [monday, tuesday, wednesday, thursday, friday, saturday, sunday]",
        codes::CALENDAR_FORM,
        "c",
    ),
    ("calendar c = holidays [2026-01-01]", codes::SYNTAX, "holidays"),
    ("calendar c = weekend [] holidays [5]", codes::SYNTAX, "5"),
    ("calendar loan = weekend []", codes::DUPLICATE_NAME, "loan"),
    ("let x = target", codes::TYPE, "target"),
    ("let x = euribor * 2", codes::TYPE, "euribor"),
    ("rates r", codes::SYNTAX, ""),
    ("rates r | due -> loan", codes::TYPE, "loan"),
    ("rates r | 5 -> 1%", codes::TYPE, "5"),
    ("rates r | due -> -101%", codes::RANGE, "-101%"),
    ("rates r | 2026-01-02 -> 1% | 2026-01-01 -> 1%", codes::RATES_FORM, "2026-01-01"),
    ("@, business_day: \"SCF\")", codes::SCHEDULE_FORM, "business_day"),
    ("@, business_day: \"SCX\", calendar: target)", codes::SCHEDULE_FORM, "\"SCX\""),
    ("@, calendar: target)", codes::SCHEDULE_FORM, "calendar"),
    ("@, business_day: \"SCF\", calendar: targe)", codes::UNKNOWN_NAME, "targe"),
    ("@, rates: euribor)", codes::SCHEDULE_FORM, "rates"),
    ("@, reset_cycle: \"P1YL0\")", codes::SCHEDULE_FORM, "reset_cycle"),
    ("@, reset_cycle: \"P1YL0\", rates: loan)", codes::UNKNOWN_NAME, "loan"),
    ("@, spread: 1%)", codes::SCHEDULE_FORM, "spread"),
    ("@, interest_cycle: \"P1ML0\")", codes::SCHEDULE_FORM, "interest_cycle"),
    ("@, interest_base: \"NTIED\")", codes::SCHEDULE_FORM, "interest_base"),
    ("@, amortization_end: due)", codes::SCHEDULE_FORM, "amortization_end"),
    ("@, premium_discount: 5)", codes::TYPE, "5"),
    ("@, reset_cycle: \"P1YL0\", rates: euribor, period_cap: -1%)", codes::RANGE, "-1%"),
    (
        "@, reset_cycle: \"P1YL0\", rates: euribor, life_cap: 1%, life_floor: 2%)",
        codes::RANGE,
        "2%",
    ),
];

#[test]
fn what_stands_in_a_calendar_or_list_is_checked() {
    let pam = format!("schedule s = PAM({LOAN}, to: due");
    for (line, code, text) in FAULTY {
        let line = line.replace('@', &pam);
        let source = format!("{PRODUCT}{line}\n");
        let list = compile_product(&source).unwrap_err();
        let found = list.iter().find(|found| found.is_error()).unwrap();
        let lines: Vec<&str> = source.lines().collect();
        let at = usize::try_from(found.line).unwrap();
        let meant: String = lines
            .get(at - 1)
            .unwrap_or(&"")
            .chars()
            .skip(usize::try_from(found.column).unwrap() - 1)
            .take(usize::try_from(found.length).unwrap())
            .collect();
        assert_eq!((found.code, meant.as_str()), (*code, *text), "{line}: {list:#?}");
        assert!(!found.help.is_empty(), "{line}");
    }
}

#[test]
fn an_instance_states_calendars_and_rates_anew_unless_they_are_locked() {
    let over = |lines: &str| compile_instance(PRODUCT, &format!("{INSTANCE}{lines}\n"));
    let base = product("");
    let changed = over(
        "set target = weekend [friday, saturday] holidays [2026-05-01, 2026-12-02]\n\
         set euribor = | 2026-02-28 -> 2.5% | 2027-01-01 -> 3.5%\n\
         add calendar own = weekend []\nadd rates more | 2026-01-01 -> seen",
    );
    let changed = changed.unwrap();
    let expected = "program, title: P → I\nprogram, instance: i\nprogram, jurisdiction: SG\n\
        TARGET, weekend: saturday, sunday → friday, saturday\n\
        TARGET: added holiday 2026-12-02\n\
        Euribor, 2026-02-28: 2% → 2.5%\nEuribor: removed 2026-05-31 3%\n\
        Euribor: added 2027-01-01 3.5%\nnew: calendar own = weekend []\n\
        new: rates more | 2026-01-01 -> seen\n";
    assert_eq!(base.diff(&changed).to_string(), expected);
    assert_ne!(base.formula_hash(), changed.formula_hash());
    assert_eq!(changed.ir()["rates"]["euribor"]["entries"][1][1], "0.035");
    for (line, code) in [
        ("set fixed = weekend []", codes::LOCKED),
        ("set kept = | 2026-01-01 -> 2%", codes::LOCKED),
        ("set target = 5", codes::SET_TARGET),
        ("set euribor = weekend []", codes::SET_TARGET),
        ("set v = weekend []", codes::SET_TARGET),
        ("set targte = weekend []", codes::UNKNOWN_NAME),
        ("except target when (true) = 5", codes::EXCEPT_TARGET),
        ("calendar own = weekend []", codes::NEEDS_ADD),
    ] {
        let list = over(line).unwrap_err();
        let found: Vec<_> = list.iter().filter(|d| d.is_error()).map(|d| d.code).collect();
        assert_eq!(found, [code], "{line}");
    }
}

#[test]
fn every_part_of_calendar_rates_and_terms_is_in_the_hash() {
    let terms = "business_day: \"SCF\", calendar: target, reset_cycle: \"P1YL0\", rates: euribor";
    let lines = format!("schedule s = LAM({LOAN}, to: due, {terms})");
    let source = format!("{PRODUCT}{lines}\n");
    let hash = |text: &str| compile_product(text).unwrap().formula_hash().to_owned();
    let base = hash(&source);
    let mut seen = BTreeSet::from([base]);
    for (from, to) in [
        ("[saturday, sunday]", "[sunday]"),
        ("2026-05-01]", "2026-05-02]"),
        ("2026-05-01]", "2026-05-01] locked"),
        ("\"TARGET\"", "\"T2\""),
        ("-> 2%", "-> 2.1%"),
        ("2026-02-28 ->", "2026-02-27 ->"),
        ("\"SCF\"", "\"CSF\""),
        ("calendar: target", "calendar: fixed"),
        ("rates: euribor", "rates: kept"),
        ("\"P1YL0\"", "\"P1YL1\""),
        ("rates: euribor", "rates: euribor, spread: 1%"),
        ("rates: euribor", "rates: euribor, reset_anchor: due"),
        ("to: due", "to: due, interest_base: \"NTIED\""),
        ("to: due", "to: due, interest_cycle: \"P1YL0\""),
        ("to: due", "to: due, capitalization_end: due"),
    ] {
        assert!(source.contains(from), "{from}");
        assert!(seen.insert(hash(&source.replacen(from, to, 1))), "{from} to {to}");
    }
    // What a program does not have leaves no trace in it.
    let plain = product("").ir();
    let without = PRODUCT
        .lines()
        .filter(|line| !["calendar", "rates", "  |"].iter().any(|word| line.starts_with(word)));
    let without: Vec<&str> = without.collect();
    let without = compile_product(&format!("{}\n", without.join("\n"))).unwrap().ir();
    assert!(plain.get("calendars").is_some() && without.get("calendars").is_none());
    assert!(plain.get("rates").is_some() && without.get("rates").is_none());
    // Twice the same day means the same, in any order of holidays.
    let swapped = source.replace("holidays [2026-05-01]", "holidays [2026-05-03, 2026-05-01]");
    let other = source.replace("holidays [2026-05-01]", "holidays [2026-05-01, 2026-05-03]");
    assert_eq!(hash(&swapped), hash(&other));
}

#[test]
fn calendars_and_lists_have_limits_at_both_edges() {
    let start: Date = "2000-01-01".parse().unwrap();
    let days = |count: usize| -> Vec<String> {
        let days = (0..i64::try_from(count).unwrap()).map(|day| start.plus_days(day).unwrap());
        days.map(|day| day.to_string()).collect()
    };
    let calendar = |count| format!("calendar c = weekend [] holidays [{}]", days(count).join(","));
    let rates = |count| format!("rates r |{}->1%", days(count).join("->1%|"));
    for (most, lines) in [
        (HOLIDAYS_MAX, [calendar(HOLIDAYS_MAX), calendar(HOLIDAYS_MAX + 1)]),
        (RATES_MAX, [rates(RATES_MAX), rates(RATES_MAX + 1)]),
    ] {
        let [fits, exceeds] = lines;
        assert!(compile_product(&format!("{PRODUCT}{fits}\n")).is_ok(), "{most}");
        let list = compile_product(&format!("{PRODUCT}{exceeds}\n")).unwrap_err();
        assert!(list.iter().any(|found| found.code == codes::TOO_MANY), "{most}: {list:#?}");
    }
}

#[test]
fn rows_of_rates_are_set_below_each_other() {
    let source = "product p 1.0.0 \"P\"\nattribute d : date\nrates r \"R\"|2026-01-01->1% # now\n\
        |d+365->2%\ncalendar c=weekend[saturday,sunday]holidays[2026-12-25] locked\n\
        value v : integer = 1\n";
    let expected = "product p 1.0.0 \"P\"\nattribute d : date\nrates r \"R\"\n  \
        | 2026-01-01 -> 1%  # now\n  | d + 365    -> 2%\n\
        calendar c = weekend[saturday, sunday] holidays[2026-12-25] locked\n\
        value v : integer = 1\n";
    let formatted = format_source(source).unwrap();
    assert_eq!(formatted, expected);
    assert_eq!(format_source(&formatted).unwrap(), formatted);
}
