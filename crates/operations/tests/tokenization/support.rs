//! A world for tokenizations: a catalog with two products, parties of every kind, and the bus.

use crate::asking;
pub(crate) use crate::asking::{ask, ask_with, body, refused, refused_with};
use poa_embedded::testing::{TestDesk, desk};
use poa_operations::{
    advance_tokenization::hear_wake,
    answer::Answer,
    create_instance::create_instance,
    create_tokenization::create_tokenization,
    decide_party::{decide_kyc, move_party},
    desk::Desk,
    documents::put_document,
    failure::Failure,
    ports::documents::Content,
    products::{create_product, move_product},
    register_party::register_party,
    relay_events::relay_events,
    release_instance::{activate_instance, approve_instance},
    release_version::{certify_version, publish_version, submit_version},
    tokenizations,
    versions::create_version,
};
use poa_protocol::{
    caller::Caller,
    event::{Event, Wing},
    ids::{InstanceId, PartyId, TokenizationId},
    product::ProductCode,
    role::Role,
    tokenization::Tokenization,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

const INVOICE: &str = include_str!("../../../../examples/products/trade_invoice.formula");
const INVOICE_DE: &str = include_str!("../../../../examples/products/invoice_de.formula");
const SME: &str = include_str!("../../../../examples/products/sme_loan.formula");
pub(crate) const DE_KWG: &str = include_str!("../../../../examples/regimes/de_kwg.formula");
pub(crate) const SME_BANK: &str =
    include_str!("../../../../examples/products/sme_loan_bank_de.formula");

/// Takes weaker borrowers than the bank, and needs a legal document.
const SME_CROWD: &str = r#"
instance sme_loan_crowd of sme_loan 1.0.0 jurisdiction DE "Crowd lending"
set min_score = 40
set min_coverage = 1.05
set extra_haircut = 10%
legal KIIS_01 "Key investment information sheet" max age 180 days
example "a weaker borrower" given
  as_of = 2026-11-22, founded = 2021-03-15, country = DE, purpose = working_capital,
  security = movables, score = 58, amount = 150_000.00, annual_revenue = 600_000.00,
  cash_flow = 54_000.00, debt_service = 45_000.00, term_months = 48, lenders = 40,
  financial_statements = 2026-04-30, tax_clearance = 2026-10-15, loan_agreement = 2026-11-15
  expect eligible, valuation = 105_000.00
"#;

/// Parties by number; the operator has none.
pub(crate) const OPERATOR: u32 = 0;
pub(crate) const OWNER: u32 = 1;
pub(crate) const CERTIFIER: u32 = 2;
pub(crate) const BRINGER: u32 = 3;
pub(crate) const VERIFIER: u32 = 4;
pub(crate) const LAWYER: u32 = 5;
pub(crate) const STRANGER: u32 = 6;

pub(crate) struct World {
    pub(crate) test: TestDesk,
    /// Needs nobody from outside.
    pub(crate) invoices: InstanceId,
    /// A verifier must, another may attest; the contour asks the rule set of a regime.
    pub(crate) bank_loans: InstanceId,
    /// The same, and a legal officer signs off a document.
    pub(crate) crowd_loans: InstanceId,
}

/// A value of a request type from JSON, as the edge reads it.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn tenant(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A Legal Entity Identifier with its check pair (ISO 7064, MOD 97-10).
fn lei(number: u32) -> String {
    let body = format!("5299{number:014}");
    let check = 98 - (body.parse::<u128>().unwrap() * 100 % 97);
    format!("{body}{check:02}")
}

pub(crate) fn party(number: u32) -> PartyId {
    PartyId::of_lei(&lei(number))
}

/// A person of a party.
pub(crate) fn caller(number: u32, person: u32, roles: &[Role]) -> Caller {
    let (of, known) = (party(number), asking::person(&tenant(number), person));
    asking::caller_of(known, (number != OPERATOR).then_some(&of), roles)
}

pub(crate) fn bringer() -> Caller {
    caller(BRINGER, 1, &[Role::Originator])
}

pub(crate) fn second() -> Caller {
    caller(BRINGER, 2, &[Role::Originator])
}

pub(crate) fn verifier() -> Caller {
    caller(VERIFIER, 1, &[Role::Verifier])
}

pub(crate) fn lawyer() -> Caller {
    caller(LAWYER, 1, &[Role::LegalOfficer])
}

pub(crate) fn stranger() -> Caller {
    caller(STRANGER, 1, &[Role::Originator, Role::Verifier])
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    poa_operations::commit::hex(&Sha256::digest(bytes))
}

/// Content that says of itself something else than the evidence which names it: only the hash
/// binds them.
pub(crate) fn paper(bytes: &'static [u8]) -> Content {
    let bytes = futures_util::stream::iter([Ok(bytes::Bytes::from_static(bytes))]);
    Content { media_type: "text/plain".parse().unwrap(), bytes: Box::pin(bytes) }
}

/// Documents of every kind of evidence, and their bytes.
pub(crate) const DOCUMENTS: [(&str, &[u8]); 5] = [
    ("invoice_pdf", b"invoice"),
    ("bill_of_lading", b"bill of lading"),
    ("financial_statements", b"statements"),
    ("tax_clearance", b"clearance"),
    ("loan_agreement", b"agreement"),
];

/// Evidence of this name, as it is put forward.
pub(crate) fn evidence(name: &str) -> Value {
    let (_, bytes) = DOCUMENTS.iter().find(|(known, _)| *known == name).unwrap();
    json!({
        "name": name, "sha256": sha256(bytes), "media_type": "application/pdf",
        "issued_at": "2026-11-15T00:00:00Z", "issuer": "Issuer",
    })
}

/// An accepted invoice over a face value.
pub(crate) fn invoice_data(face: &str) -> Value {
    json!({
        "due": "2027-01-21", "debtor_rating": "BBB", "invoice_ccy": "EUR",
        "face": { "amount": face, "currency": "EUR" },
        "fx_rate": { "from": "EUR", "to": "EUR", "rate": "1" }, "accepted": true,
        "assignment_forbidden": false, "both_merchants": true,
    })
}

/// A loan that both instances take; with another score, only one of them does.
pub(crate) fn loan_data(score: u32) -> Value {
    let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    json!({
        "founded": "2015-06-01", "country": "DE", "purpose": "equipment",
        "security": "movables", "score": score, "amount": eur("250000.00"),
        "annual_revenue": eur("1800000.00"), "cash_flow": eur("210000.00"),
        "debt_service": eur("120000.00"), "term_months": 60, "lenders": 12,
    })
}

impl World {
    /// A world whose bringer is of this kind. Two such worlds make the same ids.
    pub(crate) async fn open(kind: Wing) -> Self {
        Self::over(desk(), kind).await
    }

    /// The same over a desk of any store.
    pub(crate) async fn over(test: TestDesk, kind: Wing) -> Self {
        for number in [OWNER, CERTIFIER, BRINGER, VERIFIER, LAWYER, STRANGER] {
            let kind = if number == BRINGER { kind } else { Wing::NonBank };
            admit(&test.desk, number, kind).await;
        }
        publish(&test.desk, "trade_invoice", INVOICE).await;
        publish(&test.desk, "sme_loan", SME).await;
        publish(&test.desk, "de_kwg", DE_KWG).await;
        let invoices = activate(&test.desk, "trade_invoice", order(INVOICE_DE, 0)).await;
        let mut regulated = order(SME_BANK, 0);
        regulated["rule_set"] = json!({ "product": "de_kwg", "version": "1.0.0" });
        let bank_loans = activate(&test.desk, "sme_loan", regulated).await;
        let crowd_loans = activate(&test.desk, "sme_loan", order(SME_CROWD, 1)).await;
        let world = Self { test, invoices, bank_loans, crowd_loans };
        for (_, bytes) in DOCUMENTS {
            put_document(world.desk(), &bringer(), &sha256(bytes), paper(bytes)).await.unwrap();
        }
        world
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.test.desk
    }

    /// A request for an invoice of this reference.
    pub(crate) fn invoice(&self, reference: &str, face: &str) -> Value {
        json!({
            "instance": self.invoices, "side": "originator", "reference": reference,
            "data": invoice_data(face),
            "evidence": [evidence("invoice_pdf"), evidence("bill_of_lading")],
        })
    }

    /// A request for a loan of this reference.
    pub(crate) fn loan(instance: &InstanceId, reference: &str, score: u32) -> Value {
        let names = ["financial_statements", "tax_clearance", "loan_agreement"];
        json!({
            "instance": instance, "side": "originator", "reference": reference,
            "data": loan_data(score), "evidence": names.map(evidence),
        })
    }

    /// A loan for an end client with this screening score, under the instance with a rule set.
    pub(crate) fn client_loan(&self, reference: &str, screening_score: u32) -> Value {
        let mut request = Self::loan(&self.bank_loans, reference, 82);
        request["end_client_hash"] = json!("c".repeat(64));
        request["statements"] = json!({
            "client_kyc": "full", "client_known_until": "2027-06-30",
            "screening_score": screening_score, "source_of_funds_declared": true,
        });
        request
    }

    /// Sends a request as the bringer.
    pub(crate) async fn send(&self, request: Value) -> Result<Answer, Failure> {
        create_tokenization(self.desk(), ask(&bringer(), read(request))).await
    }

    /// Sends a request and lets the pipeline run.
    pub(crate) async fn bring(&self, request: Value) -> Tokenization {
        let answer = self.send(request).await.unwrap();
        let id = read(body(&answer)["id"].clone());
        self.pump().await;
        self.kept(&id).await
    }

    pub(crate) async fn kept(&self, id: &TokenizationId) -> Tokenization {
        tokenizations::load(self.desk(), id).await.unwrap().unwrap()
    }

    /// The relay, and the functions of both wings, until nothing is left to do. Returns how many
    /// messages were heard.
    pub(crate) async fn pump(&self) -> usize {
        let mut heard = 0;
        loop {
            relay_events(self.desk()).await.unwrap();
            let before = heard;
            for wing in [Wing::Bank, Wing::NonBank] {
                for message in self.messages(wing).await {
                    hear_wake(self.desk(), wing, message.as_bytes()).await.unwrap();
                    heard += 1;
                }
            }
            if heard == before {
                return heard;
            }
        }
    }

    /// Takes the messages of a wing from the bus: their bodies.
    pub(crate) async fn messages(&self, wing: Wing) -> Vec<String> {
        let lock = Duration::from_mins(1);
        let mut bodies = Vec::new();
        loop {
            let got = self.test.bus.receive(wing.subscription(), 50, lock).await.unwrap();
            if got.is_empty() {
                return bodies;
            }
            for message in got {
                self.test.bus.complete(&message.lock_token).await.unwrap();
                bodies.push(message.body);
            }
        }
    }

    /// The events of a tokenization, in order.
    pub(crate) async fn events(&self, id: &TokenizationId) -> Vec<Event> {
        let partition = tokenizations::partition(id);
        let events = self.desk().store.events(&partition, 0, 200).await.unwrap();
        events.into_iter().filter(|event| event.subject == id.as_str()).collect()
    }

    /// The verbs of the events of a tokenization.
    pub(crate) async fn verbs(&self, id: &TokenizationId) -> Vec<String> {
        let events = self.events(id).await;
        let verb = |event: &Event| {
            let verb = event.event_type.trim_start_matches("poa.tokenization.");
            verb.trim_end_matches(".v1").to_owned()
        };
        events.iter().map(verb).collect()
    }
}

/// What makes an instance: the verifier's party attests, both sides may come.
pub(crate) fn order(overlay: &str, approvals: u8) -> Value {
    let regime = if overlay == SME_CROWD { "EU-2020/1503" } else { "DE-KWG" };
    json!({
        "version": "1.0.0", "source": overlay, "jurisdiction": "DE", "regime": regime,
        "currency": "EUR", "sides": ["originator", "supplier"], "approvals_required": approvals,
        "attestors": { "verifier": [party(VERIFIER)] },
    })
}

/// Registers a party, verifies and activates it.
async fn admit(desk: &Desk, number: u32, kind: Wing) {
    let by = caller(OPERATOR, 1, &[Role::Administrator, Role::Compliance]);
    let until = desk.clock.now().plus_days(300);
    let mut new = json!({
        "lei": lei(number), "name": format!("Party {number}"), "country": "DE", "kind": kind,
        "tenants": [tenant(number)],
    });
    if kind == Wing::Bank {
        new["licence"] = json!({ "authority": "BaFin", "number": "7", "valid_until": until });
    }
    register_party(desk, ask(&by, read(new))).await.unwrap();
    let id = party(number);
    let verified = json!({ "state": "verified", "valid_until": until });
    decide_kyc(desk, ask(&by, read(verified)), &id).await.unwrap();
    move_party(desk, ask(&by, read(json!({ "state": "active" }))), &id).await.unwrap();
}

/// Lists a product and publishes a version of it.
pub(crate) async fn publish(desk: &Desk, code: &str, source: &str) {
    let (maker, checker) = owners();
    let certifier = caller(CERTIFIER, 1, &[Role::Certifier]);
    let (class, regime) = match code {
        "trade_invoice" => ("receivable", None),
        "de_kwg" | "us_kwg" | "strict_kwg" => ("regulation", Some("DE-KWG")),
        _ => ("loan", None),
    };
    let new = json!({
        "code": code, "name": code, "asset_class": class, "cfi": "D*****", "regime": regime,
    });
    create_product(desk, ask(&maker, read(new))).await.unwrap();
    let code: ProductCode = code.parse().unwrap();
    let listed = read(json!({ "state": "listed" }));
    move_product(desk, ask(&maker, listed), &code).await.unwrap();
    create_version(desk, ask(&maker, read(json!({ "source": source }))), &code).await.unwrap();
    let of = (&code, "1.0.0".parse().unwrap());
    let submitted = submit_version(desk, ask(&maker, read(json!({}))), of).await.unwrap();
    let content_hash = body(&submitted)["content"]["content_hash"].clone();
    let decision = json!({ "content_hash": content_hash, "decision": "certified" });
    certify_version(desk, ask(&certifier, read(decision)), of).await.unwrap();
    publish_version(desk, ask(&checker, read(json!({}))), of).await.unwrap();
}

/// Makes, approves and activates an instance.
pub(crate) async fn activate(desk: &Desk, code: &str, order: Value) -> InstanceId {
    let (maker, checker) = owners();
    let code: ProductCode = code.parse().unwrap();
    let made = create_instance(desk, ask(&maker, read(order)), &code).await.unwrap();
    let id: InstanceId = read(body(&made)["id"].clone());
    approve_instance(desk, ask(&checker, read(json!({}))), &id).await.unwrap();
    activate_instance(desk, ask(&maker, read(json!({}))), &id).await.unwrap();
    id
}

/// Who makes and who checks, at the owner of the products.
pub(crate) fn owners() -> (Caller, Caller) {
    let owner = |person| caller(OWNER, person, &[Role::ProductOwner]);
    (owner(1), owner(2))
}
