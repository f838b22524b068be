//! The rules of versions: moves, and that nobody checks what they made.

use super::{Certificate, CertificateDecision, Certification, Content, Version, VersionState};
use crate::{
    caller::{Caller, Person},
    ids::PartyId,
    product::{AssetClass, NewProduct, Product},
    timestamp::Timestamp,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SOURCE: &str = "product gold 1.0.0 \"Gold\"";
const LEIS: [&str; 2] = ["529900POATEST0000158", "5299000000POA0000270"];

/// Somebody of the owner (party 0) or of another party.
fn caller(party: usize, number: u8) -> Caller {
    let person = Person { tenant: format!("t{party}"), object: format!("o{number}") };
    Caller {
        person,
        program: false,
        roles: BTreeSet::new(),
        party: Some(PartyId::of_lei(LEIS[party])),
        operator: false,
    }
}

fn product() -> Product {
    let order = NewProduct {
        code: "gold".parse().unwrap(),
        name: "Gold".to_owned(),
        asset_class: AssetClass::Commodity,
        cfi: "T*****".parse().unwrap(),
        regime: None,
    };
    Product::create(order, PartyId::of_lei(LEIS[0])).unwrap()
}

fn content() -> Content {
    Content::of("Gold", "sha256:source", "sha256:formula")
}

fn draft() -> Version {
    Version::draft(&product(), SOURCE.to_owned(), caller(0, 1).person).unwrap()
}

fn certification(decision: CertificateDecision) -> Certification {
    let statement = Some("examined".to_owned());
    Certification { content_hash: content().content_hash, decision, statement }
}

/// The version after a certification, if it is allowed.
fn certified(
    version: Version,
    by: &Caller,
    decision: CertificateDecision,
) -> Result<Version, Box<Version>> {
    let order = certification(decision);
    match version.certifiable(&order, by, &product(), Timestamp::from_millis(0)) {
        Ok(statement) => Ok(version.certified(Certificate { statement, jws: String::new() })),
        Err(_) => Err(Box::new(version)),
    }
}

fn at(state: VersionState) -> Version {
    Version { state, content: Some(content()), ..draft() }
}

#[test]
fn versions_move_only_where_they_lead() {
    use VersionState::{Certified, Deprecated, Draft, Published, Submitted, Withdrawn};
    let states = [Draft, Submitted, Certified, Published, Deprecated, Withdrawn];
    for from in states {
        let second = caller(0, 2).person;
        assert_eq!(at(from).submit(content(), second.clone()).is_ok(), from == Draft);
        assert_eq!(
            at(from).replace_source(&product(), SOURCE.to_owned(), second.clone()).is_ok(),
            from == Draft
        );
        let signed = certified(at(from), &caller(1, 1), CertificateDecision::Certified);
        assert_eq!(signed.is_ok(), from == Submitted);
        assert_eq!(at(from).publish(&second).is_ok(), from == Certified);
        for to in states {
            let allowed =
                (to == Deprecated && from == Published) || (to == Withdrawn && from != to);
            assert_eq!(at(from).retire(to).is_ok(), allowed, "{from:?} to {to:?}");
        }
        assert_eq!(at(from).adaptable().is_ok(), from == Published);
        assert_eq!(at(from).usable().is_ok(), matches!(from, Published | Deprecated));
    }
}

#[test]
fn the_content_hash_is_over_both_hashes() {
    let hash = |source: &str, formula: &str| Content::of("x", source, formula).content_hash;
    assert_ne!(hash("a", "b"), hash("b", "a"));
    assert_ne!(hash("a", "b"), hash("a", "c"));
    assert_eq!(Content::of("x", "a", "b").content_hash, Content::of("y", "a", "b").content_hash);
    // SHA-256 of {"formula_hash":"b","source_hash":"a"}, recomputed with another program.
    let expected = "sha256:9e41b7e356e42c0727f7a9ead7f7ebea24bb54a18d1c348ccd9d5b2dac17fb75";
    assert_eq!(hash("a", "b"), expected);
}

#[test]
fn a_statement_is_signed_in_its_rfc_8785_form() {
    let version = draft().submit(content(), caller(0, 1).person).unwrap();
    let order = certification(CertificateDecision::Certified);
    let at = Timestamp::from_millis(0);
    let statement = version.certifiable(&order, &caller(1, 3), &product(), at).unwrap();
    let text = String::from_utf8(statement.canonical()).unwrap();
    assert!(
        text.starts_with("{\"at\":\"1970-01-01T00:00:00.000Z\",\"certifier\":{\"object\":\"o3\"")
    );
    let back: super::Statement = serde_json::from_str(&text).unwrap();
    assert_eq!(back, statement);
}

/// What somebody tries.
#[derive(Debug, Clone, Copy)]
enum Step {
    Replace,
    Submit,
    Certify,
    Refuse,
    Publish,
}

fn step() -> impl Strategy<Value = (Step, usize, u8)> {
    let step = prop_oneof![
        Just(Step::Replace),
        Just(Step::Submit),
        Just(Step::Certify),
        Just(Step::Refuse),
        Just(Step::Publish),
    ];
    (step, 0_usize..2, 0_u8..3)
}

/// The version after a step, or as it was where the step is refused. Only the owner's people
/// reach the steps of the owner: the operations see to that.
fn tried(version: Version, (step, party, number): (Step, usize, u8)) -> Version {
    let by = caller(party, number);
    let before = version.clone();
    let owner = party == 0;
    match step {
        Step::Replace if owner => {
            version.replace_source(&product(), SOURCE.to_owned(), by.person).unwrap_or(before)
        }
        Step::Submit if owner => version.submit(content(), by.person).unwrap_or(before),
        Step::Publish if owner => version.publish(&by.person).unwrap_or(before),
        Step::Certify => {
            certified(version, &by, CertificateDecision::Certified).unwrap_or_else(|same| *same)
        }
        Step::Refuse => {
            certified(version, &by, CertificateDecision::Refused).unwrap_or_else(|same| *same)
        }
        Step::Replace | Step::Submit | Step::Publish => before,
    }
}

proptest! {
    #[test]
    fn nobody_checks_what_they_made(steps in prop::collection::vec(step(), 0..40)) {
        let mut writers = BTreeSet::from([caller(0, 1).person]);
        let mut version = draft();
        for attempt in steps {
            let after = tried(version.clone(), attempt);
            if after != version && matches!(attempt.0, Step::Replace | Step::Submit) {
                writers.insert(caller(attempt.1, attempt.2).person);
            }
            version = after;
        }
        if let Some(certificate) = &version.certificate {
            prop_assert!(certificate.statement.party != product().owner);
            prop_assert!(!writers.contains(&certificate.statement.certifier));
        }
        if let Some(publisher) = &version.publisher {
            prop_assert!(!writers.contains(publisher));
            let certificate = version.certificate.as_ref().unwrap();
            prop_assert!(certificate.statement.decision == CertificateDecision::Certified);
            prop_assert!(&certificate.statement.certifier != publisher);
        }
    }
}
