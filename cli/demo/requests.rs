//! The 400 requests of the demo: read from examples/requests, sent, and followed until nothing more
//! happens.

use super::{
    api::{Api, Fault},
    cast::{Cast, Member},
    shelf::Active,
};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{StreamExt as _, stream};
use poa_operations::commit::hex;
use poa_protocol::role::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const NON_BANK: &str = include_str!("../../examples/requests/non_bank.ndjson");
const BANK: &str = include_str!("../../examples/requests/bank.ndjson");
const AT_ONCE: usize = 32;
const LOOK_FIRST: Duration = Duration::from_millis(150);
const LOOK_LAST: Duration = Duration::from_millis(1200);
const LOOKS_MAX: u32 = 200;

macro_rules! documents {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../examples/documents/", $name)))),+]
    };
}

/// The evidence documents, by name.
const DOCUMENTS: &[(&str, &[u8])] = documents![
    "invoice_pdf.txt",
    "bill_of_lading.txt",
    "title_deed.txt",
    "appraisal.txt",
    "warehouse_receipt.txt",
    "assay_certificate.txt",
    "financial_statements.txt",
    "tax_clearance.txt",
    "loan_agreement.txt",
];

/// One row of a request file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    /// The party that asks.
    pub(crate) by: String,
    pub(crate) instance: String,
    pub(crate) side: String,
    pub(crate) reference: String,
    pub(crate) data: Value,
    pub(crate) evidence: Vec<RowEvidence>,
    /// Salted hash of the end client that a bank acts for.
    #[serde(default)]
    pub(crate) end_client_hash: Option<String>,
    /// What the bank states for the rule set of the regime.
    #[serde(default = "nothing")]
    pub(crate) statements: Value,
    /// Whether somebody does what the tokenization waits for.
    #[serde(default = "yes")]
    pub(crate) served: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RowEvidence {
    name: String,
    document: String,
    issued_at: String,
}

impl Row {
    /// The same request at another instance.
    pub(crate) fn at(self, instance: &str) -> Self {
        Self { instance: instance.to_owned(), ..self }
    }
}

fn nothing() -> Value {
    json!({})
}

fn yes() -> bool {
    true
}

/// What became of one request.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    /// `bank` or `non_bank`.
    pub(crate) wing: String,
    /// The record at the end.
    pub(crate) record: Value,
}

/// Reads the rows of both files.
pub(crate) fn rows() -> Result<Vec<Row>, Fault> {
    [("non_bank.ndjson", NON_BANK), ("bank.ndjson", BANK)]
        .into_iter()
        .flat_map(|(file, text)| text.lines().map(move |line| (file, line)))
        .map(|(file, line)| {
            serde_json::from_str(line)
                .map_err(|fault| Fault(format!("examples/requests/{file}: {fault}")))
        })
        .collect()
}

/// The hashes of the documents, by name.
pub(crate) type Hashes = BTreeMap<&'static str, String>;

/// Uploads every document for every party that brings assets.
pub(crate) async fn upload(api: &Api, cast: &Cast, rows: &[Row]) -> Result<Hashes, Fault> {
    let hashes: Hashes = DOCUMENTS.iter().map(|(name, bytes)| (*name, sha256(bytes))).collect();
    let by: BTreeSet<&str> = rows.iter().map(|row| row.by.as_str()).collect();
    for key in by {
        let token = cast.token(key, 1, maker_role(cast.member(key)?))?;
        for (name, bytes) in DOCUMENTS {
            let path = format!("documents/{}", hashes.get(name).cloned().unwrap_or_default());
            api.put(&token, &path, bytes).await?.must(name)?;
        }
    }
    Ok(hashes)
}

/// Sends every row and follows it; `tell` hears of each that is done.
pub(crate) async fn run(
    stage: &Stage<'_>,
    rows: Vec<Row>,
    tell: impl Fn(),
) -> Result<Vec<Followed>, Fault> {
    let mut results = stream::iter(rows)
        .map(|row| async move { stage.follow(&row).await })
        .buffer_unordered(AT_ONCE);
    let mut followed = Vec::new();
    while let Some(one) = results.next().await {
        followed.push(one?);
        tell();
    }
    Ok(followed)
}

/// What a request needs to be played.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) api: &'a Api,
    pub(crate) cast: &'a Cast,
    pub(crate) active: &'a Active,
    pub(crate) hashes: &'a Hashes,
}

/// The role in which a party's first person brings a thing.
pub(crate) fn maker_role(member: &Member) -> Role {
    if member.kind == "bank" { Role::BankOperator } else { Role::Originator }
}

impl Stage<'_> {
    /// The name of an instance in examples/products.
    pub(crate) fn named(&self, id: &str) -> Result<String, Fault> {
        let named = self.active.iter().find(|(_, known)| *known == id);
        named.map(|(name, _)| name.clone()).ok_or_else(|| Fault(format!("unknown `{id}`")))
    }

    /// Sends one row, does what it waits for where the row says so, and returns the last record.
    pub(crate) async fn follow(&self, row: &Row) -> Result<Followed, Fault> {
        let member = self.cast.member(&row.by)?;
        let token = self.cast.token(&row.by, 1, self.role(row)?)?;
        let body = self.body(row)?;
        let made = self.api.post(&token, "tokenizations", &row.reference, &body).await?;
        let made = made.must(&row.reference)?;
        let record = self.settle(&token, row, made.text("/id")).await?;
        Ok(Followed { wing: member.kind.clone(), record })
    }

    fn role(&self, row: &Row) -> Result<Role, Fault> {
        let member = self.cast.member(&row.by)?;
        let supplies = row.side == "supplier" && member.kind != "bank";
        Ok(if supplies { Role::Supplier } else { maker_role(member) })
    }

    /// The request of a row, with present dates in place of `{today+N}`.
    fn body(&self, row: &Row) -> Result<Value, Fault> {
        let instance = self.active.get(&row.instance);
        let instance = instance.ok_or_else(|| Fault(format!("no instance `{}`", row.instance)))?;
        let mut evidence = Vec::new();
        for piece in &row.evidence {
            let sha256 = self.hashes.get(piece.document.as_str());
            let sha256 = sha256.ok_or_else(|| Fault(format!("no file `{}`", piece.document)))?;
            evidence.push(json!({
                "name": piece.name, "sha256": sha256, "media_type": "text/plain",
                "issued_at": format!("{}T00:00:00Z", self.dated(&piece.issued_at)),
                "issuer": "examples/documents",
            }));
        }
        let (mut data, mut statements) = (row.data.clone(), row.statements.clone());
        self.date(&mut data);
        self.date(&mut statements);
        Ok(json!({
            "instance": instance, "side": row.side, "reference": row.reference,
            "data": data, "evidence": evidence, "end_client_hash": row.end_client_hash,
            "statements": statements,
        }))
    }

    fn date(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.dated(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.date(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.date(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn dated(&self, text: &str) -> String {
        let days = text.strip_prefix("{today").and_then(|rest| rest.strip_suffix('}'));
        let Some(days) = days.and_then(|days| days.parse::<i64>().ok()) else {
            return text.to_owned();
        };
        let moment = self.cast.began().plus_days(days).to_string();
        moment.get(..10).unwrap_or_default().to_owned()
    }

    /// Looks at a tokenization until it is final, or waits for what nobody does.
    pub(crate) async fn settle(&self, token: &str, row: &Row, id: String) -> Result<Value, Fault> {
        let path = format!("tokenizations/{id}");
        let mut served = BTreeSet::new();
        let mut pause = LOOK_FIRST;
        for _ in 0..LOOKS_MAX {
            let record = self.api.get(token, &path).await?.must(&path)?.body;
            let state = text(&record, "/state");
            if FINAL.contains(&state.as_str()) || (state.starts_with("awaiting") && !row.served) {
                return Ok(record);
            }
            if state.starts_with("awaiting") {
                self.serve(row, &record, &mut served).await?;
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LOOK_LAST);
        }
        Err(Fault(format!("`{id}` of `{}` does not come to an end", row.reference)))
    }

    /// Does what a record waits for, once each.
    async fn serve(
        &self,
        row: &Row,
        record: &Value,
        served: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        let demands = record.pointer("/demands").and_then(Value::as_array);
        for demand in demands.into_iter().flatten() {
            let (kind, code) = (text(demand, "/kind"), text(demand, "/code"));
            if served.insert(format!("{kind}-{code}")) {
                self.satisfy(row, record, demand).await?;
            }
        }
        Ok(())
    }

    async fn satisfy(&self, row: &Row, record: &Value, demand: &Value) -> Result<(), Fault> {
        let (id, data_hash) = (text(record, "/id"), text(record, "/data_hash"));
        let code = text(demand, "/code");
        let (token, path, body) = match text(demand, "/kind").as_str() {
            "attestation" => {
                let attestor = self.attestor(demand)?;
                let token = self.cast.token(attestor, 1, Role::Verifier)?;
                let body = json!({
                    "check": code, "satisfied": true, "data_hash": data_hash,
                    "statement": "seen and found in order",
                });
                (token, "attestations", body)
            }
            "sign_off" => {
                let country = text(demand, "/by/country").to_lowercase();
                let officer = format!("legal_{country}");
                let token = self.cast.token(&officer, 1, Role::LegalOfficer)?;
                let sha256 = sha256(format!("{code} of {id}").as_bytes());
                let body = json!({ "document": code, "sha256": sha256, "data_hash": data_hash });
                (token, "sign-offs", body)
            }
            "review" => {
                let token = self.cast.token(&row.by, 3, Role::Compliance)?;
                let body = json!({
                    "decision": "pass", "data_hash": data_hash,
                    "because": "a namesake: the date of birth is another one",
                });
                (token, "reviews", body)
            }
            "approval" => {
                let token = self.cast.token(&row.by, 2, self.role(row)?)?;
                (token, "approvals", json!({ "decision": "approve", "data_hash": data_hash }))
            }
            kind => return Err(Fault(format!("nobody in the demo serves `{kind}` `{code}`"))),
        };
        let path = format!("tokenizations/{id}/{path}");
        let about = format!("{id}-{code}");
        let etag = self.api.get(&token, &format!("tokenizations/{id}")).await?.etag;
        self.api.revise(&token, &path, &about, (&body, etag.as_deref())).await?.must(&path)?;
        Ok(())
    }

    /// The party of the demo that a demand for an attestation names.
    fn attestor(&self, demand: &Value) -> Result<&str, Fault> {
        let parties = demand.pointer("/by/parties").and_then(Value::as_array);
        parties
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .find_map(|id| self.cast.by_id(id))
            .map(|member| member.key.as_str())
            .ok_or_else(|| Fault(format!("nobody of the demo is named by {demand}")))
    }
}

const FINAL: [&str; 5] = ["issued", "rejected", "cancelled", "expired", "failed"];

/// A text at a pointer; empty where it is not.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}
