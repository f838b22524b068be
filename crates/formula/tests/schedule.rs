//! Payment schedules against exact rationals, and the rules that no figure may break.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first fault"
)]

use poa_formula::limits::SCHEDULE_EVENTS_MAX;
use poa_formula::schedule::{
    Calendar, ContractType, Cycle, Event, EventType, Grid, InterestBase, Market, RateReset, Role,
    ScheduleFault, Stub, Terms, Trade, Unit, generate,
};
use poa_formula::{Date, Dec, Rounding};
use serde_json::Value;

fn dec(text: &str) -> Dec {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn monthly(count: u64) -> Cycle {
    Cycle::new(u32::try_from(count).unwrap(), Unit::Months, Stub::Short).unwrap()
}

/// The terms of a case that `schedule/recompute.py` has calculated.
fn terms(case: &Value) -> (Terms, Market) {
    let text = |name: &str| case[name].as_str();
    let months = |name: &str| case[name].as_u64().map(monthly);
    let day = |name: &str| text(name).map(date);
    let mut terms = Terms::new(
        text("contractType").unwrap().parse().unwrap(),
        day("initialExchangeDate").unwrap(),
        dec(text("notionalPrincipal").unwrap()),
        dec(text("nominalInterestRate").unwrap()),
    );
    terms.day_count_convention = text("dayCountConvention").unwrap().parse().unwrap();
    terms.maturity_date = day("maturityDate");
    terms.cycle_of_interest_payment = months("monthsOfInterestPayment");
    terms.cycle_of_principal_redemption = months("monthsOfPrincipalRedemption");
    terms.cycle_anchor_date_of_principal_redemption = day("anchorOfPrincipalRedemption");
    terms.next_principal_redemption_payment = text("nextPrincipalRedemptionPayment").map(dec);
    terms.capitalization_end_date = day("capitalizationEndDate");
    terms.rate_reset = months("monthsOfRateReset").map(RateReset::new);
    if text("interestCalculationBase") == Some("NTIED") {
        terms.interest_calculation_base = InterestBase::Initial;
    }
    terms.rounding = case["places"]
        .as_u64()
        .map(|places| Grid { places: u32::try_from(places).unwrap(), mode: Rounding::HalfEven });
    let mut market = Market::default();
    for (day, rate) in case["rates"].as_object().into_iter().flatten() {
        market.rates.insert(date(day), dec(rate.as_str().unwrap()));
    }
    (terms, market)
}

fn check(name: &str, event: &Event, wanted: &str, exact: bool) {
    let cells: Vec<&str> = wanted.split(' ').collect();
    assert_eq!((event.date, event.kind.acronym()), (date(cells[0]), cells[1]), "{name}");
    let figures = [
        event.payoff,
        event.notional_principal,
        event.nominal_interest_rate,
        event.accrued_interest,
    ];
    // The accrued interest of a rounded contract is not rounded before it is paid.
    for (index, (figure, cell)) in figures.into_iter().zip(&cells[2..]).enumerate() {
        let distance = figure.checked_sub(dec(cell)).unwrap().abs();
        let allowed =
            if exact && index < 3 { Dec::ZERO } else { dec("0.0000000000000000000000001") };
        assert!(distance <= allowed, "{name} {} {}: {figure}, not {cell}", event.date, event.kind);
    }
}

#[test]
fn schedules_are_those_of_exact_rationals() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("schedule/golden.json")).unwrap();
    assert_eq!(cases.len(), 37);
    for case in &cases {
        let (terms, market) = terms(&case["terms"]);
        let name = case["terms"].to_string();
        let events = generate(&terms, &market).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let wanted: Vec<&str> = case["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event.as_str().unwrap())
            .collect();
        let exact = case["exact"].as_bool().unwrap();
        assert!(events.len() == wanted.len() || (wanted.len() == 16 && events.len() > 300));
        let half = wanted.len() / 2;
        for (event, wanted) in events.iter().zip(&wanted[..half]) {
            check(&name, event, wanted, exact);
        }
        for (event, wanted) in events.iter().rev().zip(wanted[half..].iter().rev()) {
            check(&name, event, wanted, exact);
        }
    }
}

fn sum(events: &[Event], kinds: &[EventType]) -> Dec {
    let counted = events.iter().filter(|event| kinds.contains(&event.kind));
    counted.fold(Dec::ZERO, |sum, event| sum.checked_add(event.payoff).unwrap())
}

fn loan(kind: ContractType, periods: u32) -> Terms {
    let terms = Terms::new(kind, date("2026-11-22"), dec("300000"), dec("0.054"));
    terms.over(periods, monthly(1)).unwrap()
}

const CENTS: Option<Grid> = Some(Grid { places: 2, mode: Rounding::HalfEven });

#[test]
fn all_redemptions_together_are_the_principal_to_the_cent() {
    use ContractType::{Annuity, LinearAmortizer, NegativeAmortizer, PrincipalAtMaturity};
    for kind in [PrincipalAtMaturity, LinearAmortizer, NegativeAmortizer, Annuity] {
        for periods in [1, 2, 7, 36, 359, 360, 480] {
            for rounding in [None, CENTS] {
                let mut terms = loan(kind, periods);
                terms.rounding = rounding;
                if kind == NegativeAmortizer {
                    terms.next_principal_redemption_payment = Some(dec("1234.56"));
                }
                let events = generate(&terms, &Market::default()).unwrap();
                let kinds = [EventType::PrincipalRedemption, EventType::Maturity];
                let (redeemed, allowed) = (sum(&events, &kinds), dec("0.0000000000000000000001"));
                let off = redeemed.checked_sub(dec("300000")).unwrap().abs();
                assert!(off <= if rounding.is_some() { Dec::ZERO } else { allowed }, "{redeemed}");
                let places = events.iter().map(|event| event.payoff.scale()).max().unwrap();
                assert!(rounding.is_none() || places <= 2);
            }
        }
    }
}

#[test]
fn the_borrower_sees_every_sign_turned_around() {
    let mut terms = loan(ContractType::Annuity, 24);
    let lender = generate(&terms, &Market::default()).unwrap();
    terms.contract_role = Role::Liability;
    let borrower = generate(&terms, &Market::default()).unwrap();
    assert_eq!(lender.len(), borrower.len());
    for (lender, borrower) in lender.iter().zip(&borrower) {
        assert_eq!(lender.payoff, borrower.payoff.negated());
        assert_eq!(lender.notional_principal, borrower.notional_principal.negated());
        assert_eq!(lender.accrued_interest, borrower.accrued_interest.negated());
        assert_eq!(lender.date, borrower.date);
    }
}

#[test]
fn an_agreed_amount_says_when_the_contract_ends() {
    let ends = |kind, rate: &str, payment: &str| {
        let mut terms = Terms::new(kind, date("2026-01-31"), dec("1000"), dec(rate));
        terms.cycle_of_principal_redemption = Some(monthly(1));
        terms.next_principal_redemption_payment = Some(dec(payment));
        let events = generate(&terms, &Market::default())?;
        Ok::<_, ScheduleFault>(events.last().map(|last| (last.date.to_string(), last.payoff)))
    };
    let last = |day: &str, rest: &str| Ok(Some((day.to_owned(), dec(rest))));
    assert_eq!(ends(ContractType::LinearAmortizer, "0.12", "300"), last("2026-05-31", "100"));
    assert_eq!(ends(ContractType::LinearAmortizer, "0.12", "250"), last("2026-05-31", "250"));
    assert_eq!(ends(ContractType::LinearAmortizer, "0.12", "1000"), last("2026-02-28", "1000"));
    assert_eq!(ends(ContractType::Annuity, "0", "300"), last("2026-05-31", "100"));
    assert_eq!(ends(ContractType::NegativeAmortizer, "0", "10"), last("2034-05-31", "10"));
    // Less than the interest of a month, which is 10: the principal only grows.
    for payment in ["9.9", "1", "0"] {
        let fault = ends(ContractType::NegativeAmortizer, "0.12", payment).unwrap_err();
        assert_eq!(fault.code(), "SCHEDULE_NEVER_REPAID", "{payment}");
    }
}

#[test]
fn bounds_hold_a_reset_rate() {
    let mut terms = loan(ContractType::PrincipalAtMaturity, 5);
    let mut reset = RateReset::new(monthly(1));
    reset.multiplier = dec("2");
    reset.spread = dec("0.01");
    reset.life_cap = Some(dec("0.09"));
    reset.life_floor = Some(dec("0.02"));
    reset.period_cap = Some(dec("0.03"));
    reset.period_floor = Some(dec("0.04"));
    terms.rate_reset = Some(reset);
    let days = ["2026-12-22", "2027-01-22", "2027-02-22", "2027-03-22"];
    let observed = ["0.02", "0.045", "0.5", "-1"];
    let given = days.iter().zip(observed).map(|(day, rate)| (date(day), dec(rate)));
    let mut market = Market { rates: given.collect(), ..Market::default() };
    let rates = |terms: &Terms, market: &Market| -> Vec<String> {
        let events = generate(terms, market).unwrap().into_iter();
        let resets = events.filter(|event| event.kind == EventType::RateReset);
        resets.map(|event| event.nominal_interest_rate.to_string()).collect()
    };
    // 0.05; 0.08 (at most 0.03 more); 0.09 (never above); 0.05 (at most 0.04 less).
    assert_eq!(rates(&terms, &market), ["0.05", "0.08", "0.09", "0.05"]);
    // A rate holds until the next one; before the first there is none.
    market.rates.remove(&date("2027-02-22"));
    assert_eq!(rates(&terms, &market), ["0.05", "0.08", "0.09", "0.05"]);
    market.rates.remove(&date("2026-12-22"));
    let fault = generate(&terms, &market).unwrap_err();
    assert_eq!(fault, ScheduleFault::RateMissing(date("2026-12-22")));
}

#[test]
fn a_contract_that_runs_already_is_listed_from_its_status_date() {
    let whole = generate(&loan(ContractType::LinearAmortizer, 12), &Market::default()).unwrap();
    let status = date("2027-03-22");
    let over = |event: &&Event| event.date <= status;
    let before = whole.iter().rfind(over).unwrap();
    let mut terms = loan(ContractType::LinearAmortizer, 12);
    terms.status_date = Some(status);
    terms.notional_principal = before.notional_principal;
    let rest = generate(&terms, &Market::default()).unwrap();
    assert_eq!(rest, whole.iter().filter(|event| !over(event)).copied().collect::<Vec<_>>());
    // In the middle of a period the interest since its beginning is there already.
    terms.status_date = Some(date("2027-04-01"));
    assert_eq!(generate(&terms, &Market::default()).unwrap(), rest);
}

#[test]
fn a_schedule_has_at_most_its_events() {
    let days = |count: u32| {
        let terms = Terms::new(ContractType::PrincipalAtMaturity, Date::MIN, dec("1"), dec("0.01"));
        let daily = Cycle::new(1, Unit::Days, Stub::Short).unwrap();
        generate(&terms.over(count, daily).unwrap(), &Market::default())
    };
    // One interest payment per day, the initial exchange and the maturity.
    let most = u32::try_from(SCHEDULE_EVENTS_MAX).unwrap() - 2;
    assert_eq!(days(most).unwrap().len(), SCHEDULE_EVENTS_MAX);
    assert_eq!(days(most + 1), Err(ScheduleFault::TooManyEvents));
}

/// A change that makes good terms bad.
type Spoil = fn(&mut Terms);

/// Contract type, change, code, and the term that the message names.
const CONTRADICTIONS: [(ContractType, Spoil, &str, &str); 15] = [
    (
        ContractType::PrincipalAtMaturity,
        |t| t.maturity_date = None,
        "SCHEDULE_TERM_MISSING",
        "maturityDate",
    ),
    (
        ContractType::LinearAmortizer,
        |t| t.maturity_date = None,
        "SCHEDULE_TERM_MISSING",
        "maturityDate",
    ),
    (ContractType::Annuity, |t| t.maturity_date = None, "SCHEDULE_TERM_MISSING", "maturityDate"),
    (
        ContractType::Annuity,
        |t| t.cycle_of_principal_redemption = None,
        "SCHEDULE_TERM_MISSING",
        "cycleOfPrincipalRedemption",
    ),
    (
        ContractType::NegativeAmortizer,
        |_| (),
        "SCHEDULE_TERM_MISSING",
        "nextPrincipalRedemptionPayment",
    ),
    (
        ContractType::Annuity,
        |t| t.notional_principal = Dec::ONE.negated(),
        "SCHEDULE_TERM",
        "notionalPrincipal",
    ),
    (
        ContractType::Annuity,
        |t| t.next_principal_redemption_payment = Some(Dec::ONE.negated()),
        "SCHEDULE_TERM",
        "nextPrincipalRedemptionPayment",
    ),
    (
        ContractType::Annuity,
        |t| t.maturity_date = Some(t.initial_exchange_date),
        "SCHEDULE_TERM",
        "maturityDate",
    ),
    (ContractType::Annuity, |t| t.status_date = t.maturity_date, "SCHEDULE_TERM", "maturityDate"),
    (
        ContractType::Annuity,
        |t| t.amortization_date = Some(t.initial_exchange_date),
        "SCHEDULE_TERM",
        "amortizationDate",
    ),
    (
        ContractType::LinearAmortizer,
        |t| t.amortization_date = t.maturity_date,
        "SCHEDULE_TERM",
        "amortizationDate",
    ),
    (
        ContractType::Annuity,
        |t| t.interest_calculation_base = InterestBase::Initial,
        "SCHEDULE_TERM",
        "interestCalculationBase",
    ),
    (
        ContractType::Annuity,
        |t| t.capitalization_end_date = Some(Date::MAX),
        "SCHEDULE_TERM",
        "capitalizationEndDate",
    ),
    (
        ContractType::Annuity,
        |t| t.purchase = Some(Trade { date: t.initial_exchange_date, price: Dec::ONE }),
        "SCHEDULE_TERM",
        "purchaseDate",
    ),
    (
        ContractType::Annuity,
        |t| t.termination = Some(Trade { date: Date::MAX, price: Dec::ONE }),
        "SCHEDULE_TERM",
        "terminationDate",
    ),
];

#[test]
fn terms_that_contradict_one_another_are_refused() {
    for (kind, spoil, code, word) in CONTRADICTIONS {
        let mut terms = loan(kind, 12);
        spoil(&mut terms);
        let fault = generate(&terms, &Market::default()).unwrap_err();
        assert_eq!(fault.code(), code, "{fault}");
        assert!(fault.to_string().contains(word), "{fault}");
    }
    let none = Terms::new(ContractType::Annuity, date("2026-01-01"), Dec::ONE, Dec::ONE);
    let fault = none.over(0, monthly(1)).unwrap_err();
    assert_eq!(fault, ScheduleFault::Term { term: "periods", must: "be at least 1" });
}

#[test]
fn what_cannot_be_held_is_a_fault_and_never_a_panic() {
    let extremes = ["9999999999999999999999999999999999", "0", "-1", "0.000000000000000000000001"];
    for kind in ["PAM", "LAM", "NAM", "ANN"] {
        for principal in extremes {
            for rate in extremes {
                for from in [Date::MIN, date("2026-01-31"), Date::MAX] {
                    let kind: ContractType = kind.parse().unwrap();
                    let terms = Terms::new(kind, from, dec(principal), dec(rate));
                    let Ok(mut terms) = terms.over(480, monthly(1)) else { continue };
                    terms.next_principal_redemption_payment = Some(dec("1000"));
                    let market =
                        Market { calendar: Calendar::monday_to_friday(), ..Market::default() };
                    for convention in ["NOS", "SCF", "CSMP"] {
                        terms.business_day_convention = convention.parse().unwrap();
                        if let Err(fault) = generate(&terms, &market) {
                            assert!(fault.code().starts_with("SCHEDULE_"), "{fault}");
                        }
                    }
                }
            }
        }
    }
}
