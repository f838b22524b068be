//! Statements of outside parties that are taken back.

use crate::support::{
    World, ask, body, bringer, lawyer, read, refused_with, second, stranger, verifier,
};
use poa_operations::{
    change_tokenization::approve_proposal,
    review_tokenization::{attest_check, revoke_statement, sign_off_document},
};
use poa_protocol::{
    event::Wing,
    tokenization::{State, Tokenization},
};
use serde_json::json;

/// A loan whose proposal waits for an approval.
async fn proposed(world: &World) -> Tokenization {
    let waiting = world.bring(World::loan(&world.crowd_loans, "L-1", 78)).await;
    for check in ["ACCOUNTS", "SECURITY"] {
        let new = json!({ "check": check, "satisfied": true, "data_hash": waiting.data_hash });
        attest_check(world.desk(), ask(&verifier(), read(new)), &waiting.id).await.unwrap();
    }
    let sign = json!({
        "document": "KIIS_01", "sha256": "a".repeat(64), "data_hash": waiting.data_hash,
    });
    sign_off_document(world.desk(), ask(&lawyer(), read(sign)), &waiting.id).await.unwrap();
    world.pump().await;
    let proposed = world.kept(&waiting.id).await;
    assert_eq!(proposed.state, State::AwaitingApproval);
    proposed
}

#[tokio::test]
async fn a_statement_is_taken_back_by_its_party_and_the_chain_breaks() {
    let world = World::open(Wing::NonBank).await;
    let proposed = proposed(&world).await;
    let statement = proposed.attestations[0].id.clone();
    let revoke = |by| ask(&by, read(json!({ "statement": statement })));
    let by_lawyer = revoke_statement(world.desk(), revoke(lawyer()), &proposed.id).await;
    refused_with(by_lawyer, "tokenization.unknown-statement");
    let by_stranger = revoke_statement(world.desk(), revoke(stranger()), &proposed.id).await;
    refused_with(by_stranger, "request.not-found");
    revoke_statement(world.desk(), revoke(verifier()), &proposed.id).await.unwrap();
    let twice = revoke_statement(world.desk(), revoke(verifier()), &proposed.id).await;
    refused_with(twice, "tokenization.already-revoked");
    world.pump().await;
    let broken = world.kept(&proposed.id).await;
    assert_eq!(broken.state, State::AwaitingAttestation);
    assert!(broken.links.validation.is_none() && broken.links.proposal.is_none());
    assert_eq!(broken.demands[0].code, "ACCOUNTS");
}

#[tokio::test]
async fn an_approval_and_a_revocation_at_once_never_issue_on_a_broken_chain() {
    let world = World::open(Wing::NonBank).await;
    let proposed = proposed(&world).await;
    let approve = json!({ "decision": "approve", "data_hash": proposed.data_hash });
    approve_proposal(world.desk(), ask(&second(), read(approve)), &proposed.id).await.unwrap();
    let sign_off = proposed.sign_offs[0].id.clone();
    let revoke = ask(&lawyer(), read(json!({ "statement": sign_off })));
    revoke_statement(world.desk(), revoke, &proposed.id).await.unwrap();
    world.pump().await;
    let broken = world.kept(&proposed.id).await;
    assert!(broken.issued.is_none() && broken.approvals.is_empty());
    assert_eq!(broken.demands[0].code, "KIIS_01");
}

#[tokio::test]
async fn a_second_person_may_refuse() {
    let world = World::open(Wing::NonBank).await;
    let proposed = proposed(&world).await;
    let reject = json!({ "decision": "reject", "data_hash": proposed.data_hash });
    let answer = approve_proposal(world.desk(), ask(&second(), read(reject)), &proposed.id).await;
    assert_eq!(body(&answer.unwrap())["approvals"][0]["decision"], "reject");
    world.pump().await;
    let rejected = world.kept(&proposed.id).await;
    assert_eq!(rejected.exit.unwrap().reasons[0].code, "tokenization.approval-refused");
}

#[tokio::test]
async fn an_approval_names_the_revision_that_it_was_given_on() {
    let world = World::open(Wing::NonBank).await;
    let proposed = proposed(&world).await;
    let approve = |revision: u64| {
        let new = json!({ "decision": "approve", "data_hash": proposed.data_hash });
        let mut asked = ask(&second(), read(new));
        asked.if_match = Some(revision);
        let (desk, id) = (world.desk().clone(), proposed.id.clone());
        async move { approve_proposal(&desk, asked, &id).await }
    };
    refused_with(approve(proposed.revision - 1).await, "request.stale");
    approve(proposed.revision).await.unwrap();
    let late = approve_proposal(
        world.desk(),
        ask(&bringer(), read(json!({ "decision": "approve", "data_hash": proposed.data_hash }))),
        &proposed.id,
    );
    refused_with(late.await, "tokenization.maker-approves");
}
