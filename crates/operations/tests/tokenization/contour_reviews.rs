//! What people of a bank say about a decision of the contour: reviews and overrides.

use crate::{
    regime::codes,
    support::{BRINGER, OWNER, World, ask, bringer, caller, read, verifier},
};
use poa_operations::{
    change_tokenization::change_data, review_contour::review_contour,
    review_tokenization::attest_check,
};
use poa_protocol::{
    caller::Caller,
    contour::Verdict,
    event::Wing,
    limits,
    role::Role,
    tokenization::{State, Tokenization},
};
use serde_json::json;

fn officer(person: u32) -> Caller {
    caller(BRINGER, person, &[Role::Compliance])
}

async fn review(
    world: &World,
    by: &Caller,
    one: &Tokenization,
    decision: &str,
) -> Result<(), String> {
    let new = json!({
        "decision": decision, "because": "looked at the file", "data_hash": one.data_hash,
    });
    let said = review_contour(world.desk(), ask(by, read(new)), &one.id).await;
    world.pump().await;
    said.map(|_| ()).map_err(|failure| failure.refusal().code.to_owned())
}

#[tokio::test]
async fn what_a_rule_leaves_to_a_person_waits_for_one() {
    let world = World::open(Wing::Bank).await;
    let waits = world.bring(world.client_loan("L-1", 72)).await;
    assert_eq!(waits.state, State::AwaitingReview);
    let demand = &waits.demands[0];
    assert_eq!((demand.code.as_str(), demand.text.as_str()), ("review", "review of SCR_02"));
    let verbs = ["received", "evidence-arrived", "contour-reviewing", "contour-waiting"];
    assert_eq!(world.verbs(&waits.id).await, verbs);
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let goes_on = world.kept(&waits.id).await;
    assert_eq!(goes_on.state, State::AwaitingAttestation);
    assert_eq!(goes_on.reviews[0].person, officer(7).person);
    // A day later the facts are looked at again: what was said about the same rules still counts.
    world.test.clock.advance_days(2);
    let new = json!({ "check": "ACCOUNTS", "satisfied": true, "data_hash": waits.data_hash });
    attest_check(world.desk(), ask(&verifier(), read(new)), &waits.id).await.unwrap();
    world.pump().await;
    let later = world.kept(&waits.id).await;
    assert_eq!(later.links.contour.unwrap().outcome, Verdict::Review);
    assert_eq!(later.state, State::AwaitingAttestation);
    let refused = world.bring(world.client_loan("L-2", 72)).await;
    assert_eq!(review(&world, &officer(7), &refused, "refuse").await, Ok(()));
    assert_eq!(codes(&world, &refused.id).await, ["SCR_02"]);
    assert_eq!(world.kept(&refused.id).await.state, State::Rejected);
}

#[tokio::test]
async fn an_override_needs_two_different_people_who_did_not_make_the_request() {
    let world = World::open(Wing::Bank).await;
    let rejected = world.bring(world.client_loan("L-1", 95)).await;
    assert_eq!(rejected.state, State::Rejected);
    assert_eq!(codes(&world, &rejected.id).await, ["SCR_01", "SCR_02"]);
    let mut request = world.client_loan("L-2", 95);
    request["if_failed"] = json!("wait");
    let waits = world.bring(request).await;
    assert_eq!(waits.demands[0].text, "override of SCR_01, SCR_02");
    let maker = Caller { roles: [Role::Compliance].into(), ..bringer() };
    let refused = review(&world, &maker, &waits, "pass").await;
    assert_eq!(refused, Err("tokenization.maker-reviews".to_owned()));
    let program = Caller { program: true, ..officer(9) };
    let refused = review(&world, &program, &waits, "pass").await;
    assert_eq!(refused, Err("tokenization.program-reviews".to_owned()));
    let stranger = caller(OWNER, 7, &[Role::Compliance]);
    let refused = review(&world, &stranger, &waits, "pass").await;
    assert_eq!(refused, Err("request.not-found".to_owned()));
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let half = world.kept(&waits.id).await;
    assert_eq!(half.state, State::AwaitingReview);
    let again = review(&world, &officer(7), &half, "pass").await;
    assert_eq!(again, Err("tokenization.reviewed-before".to_owned()));
    assert_eq!(review(&world, &officer(8), &half, "pass").await, Ok(()));
    assert_eq!(world.kept(&waits.id).await.state, State::AwaitingAttestation);
    let late = review(&world, &officer(9), &half, "pass").await;
    assert_eq!(late, Err("tokenization.no-review".to_owned()));
}

#[tokio::test]
async fn changed_data_are_reviewed_again() {
    let world = World::open(Wing::Bank).await;
    let waits = world.bring(world.client_loan("L-1", 72)).await;
    assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()));
    let new = json!({ "data": crate::support::loan_data(83) });
    change_data(world.desk(), ask(&bringer(), read(new)), &waits.id).await.unwrap();
    world.pump().await;
    let again = world.kept(&waits.id).await;
    assert_eq!(again.state, State::AwaitingReview);
    let stale = review(&world, &officer(7), &waits, "pass").await;
    assert_eq!(stale, Err("tokenization.other-data".to_owned()));
    assert_eq!(review(&world, &officer(7), &again, "pass").await, Ok(()));
    assert_eq!(world.kept(&waits.id).await.state, State::AwaitingAttestation);
}

#[tokio::test]
async fn of_reviews_so_many_are_kept_and_no_more() {
    let world = World::open(Wing::Bank).await;
    let mut waits = world.bring(world.client_loan("L-1", 72)).await;
    for number in 1..=limits::REVIEWS_PER_TOKENIZATION_MAX {
        assert_eq!(waits.state, State::AwaitingReview, "{number}");
        assert_eq!(review(&world, &officer(7), &waits, "pass").await, Ok(()), "{number}");
        let mut data = crate::support::loan_data(83);
        data["annual_revenue"]["amount"] = json!(format!("{}.00", 1_800_000 + number));
        let new = read(json!({ "data": data }));
        change_data(world.desk(), ask(&bringer(), new), &waits.id).await.unwrap();
        world.pump().await;
        waits = world.kept(&waits.id).await;
    }
    let beyond = review(&world, &officer(7), &waits, "pass").await;
    assert_eq!(beyond, Err("tokenization.too-many-reviews".to_owned()));
}
