//! Reads the JSON of a test vector as terms and market.

use poa_formula::schedule::{Calendar, ContractType, Market, RateReset, Role, Terms, Trade};
use poa_formula::{Date, Dec};
use serde_json::Value;

/// Terms that say who and what the contract is, and change no figure. Rates are given as fixed for
/// the date of their reset, so that the days between fixing and reset change nothing either.
const SILENT: [&str; 5] =
    ["contractID", "contractDealDate", "currency", "marketObjectCodeOfRateReset", "fixingDays"];

/// Terms that are read together with another one.
const JOINED: [&str; 4] =
    ["initialExchangeDate", "notionalPrincipal", "nominalInterestRate", "contractType"];

/// A number of a vector: text with blanks, or a JSON number.
pub(crate) fn number(value: &Value) -> Option<Dec> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A date without time of day; midnight is none.
pub(crate) fn date(text: &str) -> Option<Date> {
    match text.split_once('T') {
        Some((date, "00:00:00" | "00:00")) => date.parse().ok(),
        None => text.parse().ok(),
        Some(_) => None,
    }
}

/// Terms and market of a vector, or the name of the term that is out of scope.
pub(crate) fn read(contract: &Value) -> Result<(Terms, Market), String> {
    let given = contract["terms"].as_object().unwrap();
    let kind = given["contractType"].as_str().unwrap();
    let kind: ContractType = kind.parse().map_err(|_| "contractType".to_owned())?;
    let from = date(given["initialExchangeDate"].as_str().unwrap());
    let from = from.ok_or("initialExchangeDate")?;
    let principal = number(&given["notionalPrincipal"]).ok_or("notionalPrincipal")?;
    let rate = number(&given["nominalInterestRate"]).ok_or("nominalInterestRate")?;
    let mut reader = Reader {
        terms: Terms::new(kind, from, principal, rate),
        reset: given
            .get("cycleOfRateReset")
            .and_then(Value::as_str)
            .map(|cycle| RateReset::new(cycle.parse().unwrap())),
        market: Market::default(),
    };
    for (term, value) in given {
        if !SILENT.contains(&term.as_str()) && !JOINED.contains(&term.as_str()) {
            reader.term(term, value).ok_or_else(|| term.clone())?;
        }
    }
    reader.market.until = contract["to"].as_str().and_then(date);
    for (_, object) in contract["dataObserved"].as_object().unwrap() {
        for point in object["data"].as_array().unwrap() {
            let day = date(point["timestamp"].as_str().unwrap()).unwrap();
            reader.market.rates.insert(day, number(&point["value"]).unwrap());
        }
    }
    reader.terms.rate_reset = reader.reset;
    Ok((reader.terms, reader.market))
}

struct Reader {
    terms: Terms,
    reset: Option<RateReset>,
    market: Market,
}

impl Reader {
    /// Reads one term; nothing where the term or its value is out of scope.
    fn term(&mut self, term: &str, value: &Value) -> Option<()> {
        let known = self.figure(term, value) || self.day(term, value) || self.acronym(term, value);
        (known || self.reset(term, value) || self.trade(term, value)).then_some(())
    }

    fn figure(&mut self, term: &str, value: &Value) -> bool {
        let Some(figure) = number(value) else { return false };
        let terms = &mut self.terms;
        match term {
            "premiumDiscountAtIED" => terms.premium_discount_at_ied = figure,
            "accruedInterest" => terms.accrued_interest = Some(figure),
            "nextPrincipalRedemptionPayment" => {
                terms.next_principal_redemption_payment = Some(figure);
            }
            _ => return false,
        }
        true
    }

    fn day(&mut self, term: &str, value: &Value) -> bool {
        let Some(day) = value.as_str().and_then(date) else { return false };
        let terms = &mut self.terms;
        let place = match term {
            "statusDate" => &mut terms.status_date,
            "maturityDate" => &mut terms.maturity_date,
            "amortizationDate" => &mut terms.amortization_date,
            "capitalizationEndDate" => &mut terms.capitalization_end_date,
            "cycleAnchorDateOfInterestPayment" => &mut terms.cycle_anchor_date_of_interest_payment,
            "cycleAnchorDateOfPrincipalRedemption" => {
                &mut terms.cycle_anchor_date_of_principal_redemption
            }
            _ => return false,
        };
        *place = Some(day);
        true
    }

    fn acronym(&mut self, term: &str, value: &Value) -> bool {
        let Some(text) = value.as_str() else { return false };
        let terms = &mut self.terms;
        match (term, text) {
            ("contractRole", "RPA") => terms.contract_role = Role::Asset,
            ("contractRole", "RPL") => terms.contract_role = Role::Liability,
            ("calendar", "MF") => self.market.calendar = Calendar::monday_to_friday(),
            ("dayCountConvention", _) => terms.day_count_convention = text.parse().unwrap(),
            ("cycleOfInterestPayment", _) => {
                terms.cycle_of_interest_payment = Some(text.parse().unwrap());
            }
            ("cycleOfPrincipalRedemption", _) => {
                terms.cycle_of_principal_redemption = Some(text.parse().unwrap());
            }
            ("businessDayConvention", _) => {
                terms.business_day_convention = text.parse().unwrap();
            }
            ("endOfMonthConvention", _) => terms.end_of_month_convention = text.parse().unwrap(),
            _ => return false,
        }
        true
    }

    /// Multiplier and spread stand in contracts without resets too, where they change nothing.
    fn reset(&mut self, term: &str, value: &Value) -> bool {
        let figure = number(value);
        match (term, &mut self.reset, figure) {
            ("cycleOfRateReset", Some(_), _) | ("rateMultiplier" | "rateSpread", None, Some(_)) => {
            }
            ("rateMultiplier", Some(reset), Some(figure)) => reset.multiplier = figure,
            ("rateSpread", Some(reset), Some(figure)) => reset.spread = figure,
            ("nextResetRate", Some(reset), Some(figure)) => reset.next_reset_rate = Some(figure),
            ("cycleAnchorDateOfRateReset", Some(reset), _) => {
                reset.anchor = value.as_str().and_then(date);
                return reset.anchor.is_some();
            }
            _ => return false,
        }
        true
    }

    fn trade(&mut self, term: &str, value: &Value) -> bool {
        let (trade, is_day) = match term {
            "purchaseDate" => (&mut self.terms.purchase, true),
            "priceAtPurchaseDate" => (&mut self.terms.purchase, false),
            "terminationDate" => (&mut self.terms.termination, true),
            "priceAtTerminationDate" => (&mut self.terms.termination, false),
            _ => return false,
        };
        let trade = trade.get_or_insert(Trade { date: Date::MIN, price: Dec::ZERO });
        if is_day {
            let Some(day) = value.as_str().and_then(date) else { return false };
            trade.date = day;
        } else {
            let Some(price) = number(value) else { return false };
            trade.price = price;
        }
        true
    }
}
