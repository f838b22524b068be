//! What the demo came to: a table for people, one object for programs.

use super::{
    requests::{Followed, text},
    story::Told,
};
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use poa_formula::Money;
use poa_protocol::timestamp::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long something took and how many requests it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    millis: u64,
    requests: u64,
}

impl Pace {
    /// From two moments and two counts.
    pub(crate) fn between(from: Timestamp, to: Timestamp, now: u64, before: u64) -> Self {
        let millis = to.millis().saturating_sub(from.millis());
        Self { millis: millis.unsigned_abs().max(1), requests: now.saturating_sub(before) }
    }

    fn per_second(self) -> u64 {
        self.requests.saturating_mul(1000).checked_div(self.millis).unwrap_or_default()
    }

    fn json(self) -> Value {
        json!({
            "elapsed_ms": self.millis, "http_requests": self.requests,
            "http_requests_per_second": self.per_second(),
        })
    }
}

/// Everything that the demo counts.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) parties: usize,
    pub(crate) products: usize,
    pub(crate) rule_sets: usize,
    pub(crate) instances: usize,
    pub(crate) followed: Vec<Followed>,
    pub(crate) told: Told,
    pub(crate) tokenizing: Pace,
    pub(crate) whole: Pace,
}

type States = BTreeMap<String, BTreeMap<String, u64>>;

impl Report {
    /// How many tokenizations of each wing are in each state.
    fn states(&self) -> States {
        let mut states = States::new();
        for one in &self.followed {
            let wing = states.entry(one.wing.clone()).or_default();
            let count = wing.entry(text(&one.record, "/state")).or_default();
            *count = count.saturating_add(1);
        }
        states
    }

    /// The value issued, per currency.
    fn issued(&self) -> BTreeMap<String, Money> {
        let mut issued: BTreeMap<String, Money> = BTreeMap::new();
        for one in &self.followed {
            let value = one.record.pointer("/issued/value").cloned();
            let value = value.and_then(|value| serde_json::from_value::<Money>(value).ok());
            let Some(value) = value else { continue };
            let currency = value.currency.to_string();
            let sum = match issued.get(&currency) {
                Some(sum) => sum.checked_add(value).unwrap_or(*sum),
                None => value,
            };
            issued.insert(currency, sum);
        }
        issued
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "parties": self.parties, "products": self.products,
            "rule_sets": self.rule_sets, "instances": self.instances,
            "states": self.states(),
            "issued": self.issued().values().collect::<Vec<_>>(),
            "refused_loan": {
                "refused_by": self.told.refused_by, "taken_by": self.told.taken_by,
                "state": text(&self.told.taken, "/state"),
            },
            "reviewed_loan": {
                "rule_set": self.told.reviewed.pointer("/links/contour/regime/rule_set"),
                "outcome": self.told.reviewed.pointer("/links/contour/outcome"),
                "reviewed": self.told.reviewed.pointer("/reviews/0/codes"),
                "state": text(&self.told.reviewed, "/state"),
            },
            "mortgage": {
                "state": text(&self.told.mortgage, "/state"),
                "smart_asset": self.told.asset, "holdings": self.told.holdings,
            },
            "tokenizing": self.tokenizing.json(),
            "whole": self.whole.json(),
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["wing", "state", "tokenizations"]);
        for (wing, states) in self.states() {
            for (state, count) in states {
                table.add_row([wing.clone(), state, count.to_string()]);
            }
        }
        let mut value = Table::new();
        value.load_style(ASCII_MARKDOWN).set_header(["currency", "value issued"]);
        for (currency, sum) in self.issued() {
            value.add_row([currency, sum.amount.to_string()]);
        }
        let told = &self.told;
        let (all, run) = (self.whole, self.tokenizing);
        format!(
            "\n{table}\n\n{value}\n\n\
             the bank's SME-loan instance refused a loan by {}; `{}` takes it: {}\n\
             the bank's loan for a client: a rule of the regime asked for a person of compliance, \
             who let it pass: {}\n\
             the mortgage: {}, {} units issued, {} redeemed\n\
             tokenizing: {} HTTP requests in {} ms, {} per second; \
             everything: {} in {} ms, {} per second",
            told.refused_by.join(", "),
            told.taken_by,
            text(&told.taken, "/state"),
            text(&told.reviewed, "/state"),
            text(&told.mortgage, "/state"),
            text(&told.asset, "/issued"),
            text(&told.asset, "/redeemed"),
            run.requests,
            run.millis,
            run.per_second(),
            all.requests,
            all.millis,
            all.per_second(),
        )
    }
}
