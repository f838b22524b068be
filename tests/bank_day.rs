//! What a bank brings for one end client on one day, over HTTP and the messages of the host.

use futures_util::future::join_all;
use poa_operations::audit_store::audit_store;
use poa_protocol::role::Role;
use poa_test_support::{
    TestApp, Who, guid,
    market::{bring_document, evidence, pump},
    shelf::{Shelf, enrol, must},
};
use serde_json::{Value, json};

const LOAN: &str = include_str!("../examples/products/sme_loan.formula");
const BANK: &str = include_str!("../examples/products/sme_loan_bank_de.formula");
const RULES: &str = include_str!("../examples/regimes/de_kwg.formula");

/// A bank, and the instance whose rule set counts the days of its end clients: requests for at most
/// 5,000,000.00, and at most 20 of them.
struct Bank {
    app: TestApp,
    clerk: Who,
    instance: String,
}

impl Bank {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let shelf = Shelf::open(&app).await;
        let (loan, rules) = (
            json!({ "code": "sme_loan", "name": "Loan", "asset_class": "loan", "cfi": "D*****" }),
            json!({
                "code": "de_kwg", "name": "Lending", "asset_class": "regulation",
                "cfi": "D*****", "regime": "DE-KWG",
            }),
        );
        shelf.publish(&app, ("sme_loan", &loan), LOAN).await;
        shelf.publish(&app, ("de_kwg", &rules), RULES).await;
        let order = json!({
            "version": "1.0.0", "source": BANK, "jurisdiction": "DE", "regime": "DE-KWG",
            "currency": "EUR", "sides": ["originator"],
            "attestors": { "verifier": [shelf.certifiers] },
            "rule_set": { "product": "de_kwg", "version": "1.0.0" },
        });
        let instance = shelf.activate(&app, "sme_loan", &order).await;
        let party = json!({
            "lei": "984500RHEINBANKAG168", "name": "Rheinbank", "country": "DE", "kind": "bank",
            "tenants": [guid("bank")],
            "licence": {
                "authority": "BaFin", "number": "7", "valid_until": "2027-11-22T00:00:00Z",
            },
        });
        enrol(&app, &party).await;
        let clerk = Who::of(&guid("bank"), "Bea").with(&[Role::BankOperator]);
        bring_document(&app, &clerk).await;
        Self { app, clerk, instance }
    }

    /// A loan of this amount for the end client with this letter.
    fn loan(&self, reference: &str, client: &str, amount: u32) -> Value {
        let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
        let names = ["financial_statements", "tax_clearance", "loan_agreement"];
        json!({
            "instance": self.instance, "side": "originator", "reference": reference,
            "data": {
                "founded": "2015-06-01", "country": "DE", "purpose": "equipment",
                "security": "movables", "score": 82, "amount": eur(&format!("{amount}.00")),
                "annual_revenue": eur("50000000.00"), "cash_flow": eur("210000.00"),
                "debt_service": eur("120000.00"), "term_months": 60, "lenders": 12,
            },
            "evidence": names.map(evidence),
            "end_client_hash": client.repeat(64),
            "statements": {
                "client_kyc": "full", "client_known_until": "2027-06-30",
                "screening_score": 12, "source_of_funds_declared": true,
            },
        })
    }

    /// Sends all at once and lets the host work; what became of each: the state, or the codes of
    /// the rejection.
    async fn bring(&self, loans: &[Value]) -> Vec<String> {
        let sent = loans.iter().map(|loan| self.app.post(&self.clerk, "tokenizations", loan));
        let sent = join_all(sent).await;
        pump(&self.app).await;
        let mut became = Vec::new();
        for heard in sent {
            let path = format!("tokenizations/{}", must(heard, 202).text("/id"));
            let record = must(self.app.get(&self.clerk, &path).await, 200);
            let reasons = record.json.pointer("/exit/reasons").and_then(Value::as_array);
            let codes = reasons.into_iter().flatten().filter_map(|one| one.get("code")?.as_str());
            let codes = codes.collect::<Vec<_>>().join(" ");
            let state = record.text("/state").to_owned();
            became.push(if state == "rejected" { codes } else { state });
        }
        became
    }

    async fn one(&self, reference: &str, client: &str, amount: u32) -> String {
        self.bring(&[self.loan(reference, client, amount)]).await.remove(0)
    }
}

const PASSED: &str = "awaiting_attestation";

#[tokio::test]
async fn what_goes_beyond_the_day_of_an_end_client_is_rejected_and_the_next_day_begins_anew() {
    let bank = Bank::open().await;
    assert_eq!(bank.one("A-1", "a", 3_000_000).await, PASSED);
    assert_eq!(bank.one("A-2", "a", 3_000_000).await, "DAY_02");
    assert_eq!(bank.one("B-1", "b", 3_000_000).await, PASSED, "another end client");
    assert_eq!(bank.one("A-3", "a", 1_000_000).await, PASSED, "what was refused took no room");
    bank.app.desk.clock.advance_days(1);
    assert_eq!(bank.one("A-4", "a", 3_000_000).await, PASSED, "another day");
    for number in 0..20 {
        assert_eq!(bank.one(&format!("C-{number}"), "c", 100_000).await, PASSED, "{number}");
    }
    assert_eq!(bank.one("C-20", "c", 100_000).await, "DAY_01");
}

#[tokio::test]
async fn of_two_at_once_for_the_last_room_of_a_day_one_gets_it() {
    let bank = Bank::open().await;
    for client in ["a", "b", "c", "d"] {
        assert_eq!(bank.one(&format!("{client}-0"), client, 3_000_000).await, PASSED);
        let both = [1, 2].map(|n| bank.loan(&format!("{client}-{n}"), client, 2_000_000));
        let mut became = bank.bring(&both).await;
        became.sort();
        assert_eq!(became, ["DAY_02", PASSED], "{client}");
    }
    assert!(audit_store(&bank.app.desk.desk).await.unwrap().holds());
}
