//! The 200 loans of a synthetic portfolio of the openNPL project through one instance; what becomes
//! of each is recomputed here from the raw fields.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on panics"
)]

use poa_operations::advance_tokenization::advance_tokenization;
use poa_protocol::{ids::TokenizationId, role::Role};
use poa_test_support::{
    Heard, TestApp, Who, guid,
    shelf::{Shelf, admit, must, step},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

const SCALE: [&str; 10] = ["AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"];
/// Codes of the portfolio that ISO 4217 does not list (any more).
const NO_CURRENCIES: [&str; 6] = ["ANG", "GGP", "JEP", "MRO", "NIS", "TVD"];

const PRODUCT: &str = r#"
product npl_claim 1.0.0 "Non-performing loan, sale of the claim"
currency home = EUR
codes rating = [AAA, AA, A, BBB, BB, B, CCC, CC, C, D, unrated]
attribute as_of : date
attribute loan_ccy : currency
attribute legal_balance : money loan_ccy > 0
attribute fx_rate : fx loan_ccy -> home
attribute debtor_rating : rating
attribute days_past_due : integer in 0 .. 10_000
attribute securitised : boolean
attribute syndicated : boolean
param min_days : integer in 1 .. 3_650 = 90
param unit_price : money home > 0 = 1.00
let balance = convert(legal_balance, fx_rate)
table recovery(debtor_rating, days_past_due) : percent
  | AAA, AA, A, BBB | <= 360 -> 70%
  | AAA, AA, A, BBB | > 360  -> 55%
  | BB, B           | <= 360 -> 45%
  | BB, B           | > 360  -> 30%
  | CCC, CC, C      | -      -> 20%
  | D               | -      -> 10%
  | unrated         | -      -> 15%
rule DPD_01 "Only {days_past_due} days past due" require days_past_due >= min_days
rule SEC_01 "The loan is securitised already" require not securitised
rule SYN_01 "A share of a syndicated loan needs the consent of the others" require not syndicated
check LATE "The debtor is late" by internal weight 40% mandatory require days_past_due > 0
value valuation : money home = round(balance * recovery, home, half_even)
token units : integer = floor(valuation / unit_price)
token decimals : integer = 0
example "a rated debtor, one year late" given
  as_of = 2026-11-22, loan_ccy = NOK, legal_balance = 800.00, fx_rate = 0.50,
  debtor_rating = BB, days_past_due = 365, securitised = false, syndicated = false
  expect eligible, valuation = 120.00, units = 120
"#;

const INSTANCE: &str = r#"
instance npl_claim_de of npl_claim 1.0.0 jurisdiction DE "Germany (illustrative)"
set min_days = 91
example "a debtor who is not late enough" given
  as_of = 2026-11-22, loan_ccy = EUR, legal_balance = 800.00, fx_rate = 1,
  debtor_rating = unrated, days_past_due = 90, securitised = false, syndicated = false
  expect reject DPD_01
"#;

/// What must become of a loan, by the raw fields alone.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The data is refused: it names no currency.
    Refused,
    /// The rules say no: their codes.
    Rejected(Vec<String>),
    /// Issued on this value, in cents.
    Issued(u64),
}

#[tokio::test]
async fn every_loan_of_the_portfolio_is_accounted_for() {
    let Some(loans) = loans() else {
        // Past the capture of the test harness: what is not tested must be seen.
        let text = "absent: ../shared/data/opennpl, the loans of the openNPL portfolio\n";
        std::io::stdout().write_all(text.as_bytes()).unwrap();
        return;
    };
    assert_eq!(loans.len(), 200);
    let app = TestApp::start().await;
    let instance = instance(&app).await;
    admit(&app, "5299000000POA0000367", &guid("servicer")).await;
    let by = Who::of(&guid("servicer"), "Sam").with(&[Role::Originator]);
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut cents = 0;
    for loan in &loans {
        let expected = fate(loan);
        let name = loan["loan_identifier"].as_str().unwrap();
        let answer = app.post(&by, "tokenizations", &request(loan, &instance)).await;
        assert_eq!(become_of(&app, &by, answer).await, expected, "{name}");
        let kind = match expected {
            Fate::Refused => "refused",
            Fate::Rejected(_) => "rejected",
            Fate::Issued(value) => {
                cents += value;
                "issued"
            }
        };
        *counts.entry(kind).or_default() += 1;
    }
    assert_eq!(counts, BTreeMap::from([("issued", 31), ("refused", 15), ("rejected", 154)]));
    let held = app.get(&by, "smart-assets?limit=200").await;
    let items = must(held, 200).json["items"].as_array().unwrap().clone();
    let total = items.iter().map(|asset| in_cents(asset["value"]["amount"].as_str().unwrap()));
    assert_eq!((items.len(), total.sum::<u64>()), (31, cents));
}

/// Follows a request to its end.
async fn become_of(app: &TestApp, by: &Who, answer: Heard) -> Fate {
    if answer.status == 422 {
        assert_eq!(answer.code(), "tokenization.data-invalid", "{}", answer.json);
        let faults = answer.json["errors"].as_array().unwrap();
        assert!(faults.iter().any(|fault| fault["pointer"] == "/data/loan_ccy"), "{faults:?}");
        return Fate::Refused;
    }
    let id: TokenizationId = must(answer, 202).text("/id").parse().unwrap();
    advance_tokenization(&app.desk.desk, &id).await.unwrap();
    let record = must(app.get(by, &format!("tokenizations/{id}")).await, 200).json;
    match record["state"].as_str().unwrap() {
        "issued" => {
            assert_eq!(record["issued"]["value"]["currency"], "EUR");
            Fate::Issued(in_cents(record["issued"]["value"]["amount"].as_str().unwrap()))
        }
        "rejected" => {
            let reasons = record["exit"]["reasons"].as_array().unwrap();
            Fate::Rejected(
                reasons.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect(),
            )
        }
        other => panic!("`{other}`: {record}"),
    }
}

fn in_cents(amount: &str) -> u64 {
    amount.replace('.', "").parse().unwrap()
}

/// The raw fields of the loans.
fn loans() -> Option<Vec<Value>> {
    let file = "../shared/data/opennpl/synthetic_data_1.json";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let records: Vec<Value> = serde_json::from_slice(&std::fs::read(path).ok()?).unwrap();
    let loans = records.into_iter().filter(|one| one["model"] == "npl_portfolio.loan");
    Some(loans.map(|one| one["fields"].clone()).collect())
}

/// A rate of exchange for the test, in hundredths: another for every currency, 1 for the euro.
fn rate(currency: &str) -> u64 {
    if currency == "EUR" {
        return 100;
    }
    currency.bytes().map(u64::from).sum::<u64>() % 200 + 5
}

fn request(loan: &Value, instance: &str) -> Value {
    let currency = loan["loan_currency"].as_str().unwrap();
    let hundredths = rate(currency);
    json!({
        "instance": instance, "side": "originator", "reference": loan["loan_identifier"],
        "data": {
            "loan_ccy": currency,
            "legal_balance": { "amount": loan["legal_balance"].to_string(), "currency": currency },
            "fx_rate": {
                "from": currency, "to": "EUR",
                "rate": format!("{}.{:02}", hundredths / 100, hundredths % 100),
            },
            "debtor_rating": rating(loan), "days_past_due": loan["days_in_pastdue"],
            "securitised": loan["securitised"], "syndicated": loan["syndicated_loan"],
        },
    })
}

/// The rating where it is one; the portfolio has noise in most of these fields.
fn rating(loan: &Value) -> &str {
    let given = loan["current_external_credit_rating"].as_str().unwrap_or_default();
    if SCALE.contains(&given) { given } else { "unrated" }
}

fn fate(loan: &Value) -> Fate {
    let currency = loan["loan_currency"].as_str().unwrap();
    if NO_CURRENCIES.contains(&currency) {
        return Fate::Refused;
    }
    let days = loan["days_in_pastdue"].as_u64().unwrap();
    let broken = [
        ("DPD_01", days < 91),
        ("SEC_01", loan["securitised"] == true),
        ("SYN_01", loan["syndicated_loan"] == true),
    ];
    let broken: Vec<String> =
        broken.iter().filter(|(_, is)| *is).map(|(code, _)| (*code).to_owned()).collect();
    if !broken.is_empty() {
        return Fate::Rejected(broken);
    }
    let percent = match (rating(loan), days <= 360) {
        ("AAA" | "AA" | "A" | "BBB", true) => 70,
        ("AAA" | "AA" | "A" | "BBB", false) => 55,
        ("BB" | "B", true) => 45,
        ("BB" | "B", false) => 30,
        ("CCC" | "CC" | "C", _) => 20,
        ("D", _) => 10,
        (_, _) => 15,
    };
    // Whole units times hundredths times hundredths: cents with two more digits.
    let exact = loan["legal_balance"].as_u64().unwrap() * rate(currency) * percent;
    let (cents, rest) = (exact / 100, exact % 100);
    let up = rest > 50 || (rest == 50 && cents % 2 == 1);
    let cents = cents + u64::from(up);
    if cents < 100 {
        // Not one unit of 1.00.
        return Fate::Rejected(vec!["tokenization.worthless".to_owned()]);
    }
    Fate::Issued(cents)
}

async fn instance(app: &TestApp) -> String {
    let shelf = Shelf::open(app).await;
    shelf.certify(app, ("npl_claim", "loan"), PRODUCT).await;
    let version = "products/npl_claim/versions/1.0.0";
    step(app, &shelf.checker, (version, "publication"), &json!({})).await;
    let order = json!({
        "version": "1.0.0", "source": INSTANCE, "jurisdiction": "DE", "regime": "DE-KWG",
        "currency": "EUR", "sides": ["originator"],
    });
    shelf.activate(app, "npl_claim", &order).await
}
