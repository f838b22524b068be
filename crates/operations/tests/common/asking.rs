//! How tests ask: callers, requests with keys, answers and refusals.

use poa_operations::{
    answer::{Answer, Asked},
    failure::Failure,
};
use poa_protocol::{
    caller::{Caller, Person},
    ids::PartyId,
    refusal::Refusal,
    role::Role,
};
use serde_json::Value;
use std::{
    fmt::Debug,
    sync::atomic::{AtomicU64, Ordering},
};

static KEYS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn person(tenant: &str, number: u32) -> Person {
    let object = format!("00000000-0000-4000-9000-{number:012}");
    Person { tenant: tenant.to_owned(), object }
}

/// Somebody of a party; of the operator where there is none.
pub(crate) fn caller_of(person: Person, party: Option<&PartyId>, roles: &[Role]) -> Caller {
    Caller {
        person,
        program: false,
        roles: roles.iter().copied().collect(),
        party: party.cloned(),
        operator: party.is_none(),
    }
}

/// A request with a fresh key.
pub(crate) fn ask<T: Debug>(caller: &Caller, body: T) -> Asked<T> {
    let key = KEYS.fetch_add(1, Ordering::Relaxed).to_string();
    ask_with(caller, &key, body)
}

/// A request with this key; its hash is over the body as it is shown.
pub(crate) fn ask_with<T: Debug>(caller: &Caller, key: &str, body: T) -> Asked<T> {
    Asked {
        caller: Some(caller.clone()),
        key: Some(key.to_owned()),
        body_hash: format!("{body:?}"),
        if_match: None,
        body,
    }
}

pub(crate) fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[track_caller]
pub(crate) fn refused<T: Debug>(result: Result<T, Failure>) -> Refusal {
    match result.unwrap_err() {
        Failure::Refused(refusal) => *refusal,
        other @ (Failure::Unavailable { .. } | Failure::Broken { .. }) => {
            panic!("failed: {other:?}")
        }
    }
}

#[track_caller]
pub(crate) fn refused_with<T: Debug>(result: Result<T, Failure>, code: &str) {
    let refusal = refused(result);
    assert_eq!(refusal.code, code, "{refusal:?}");
}
