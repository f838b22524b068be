//! Whole stories: from a request to a smart asset, or to a reason why not.

use crate::support::{
    World, ask, body, bringer, evidence, invoice_data, lawyer, paper, read, refused_with, second,
    sha256, verifier,
};
use poa_operations::{
    change_tokenization::{
        add_evidence, approve_proposal, cancel_tokenization, change_data, retry_tokenization,
    },
    decide_party::move_party,
    desk::Desk,
    documents::put_document,
    instances,
    ledger_items::account_id,
    ports::store::{Commit, HEAD, Item, ItemKind},
    read_smart_asset::read_smart_asset,
    release_instance::{activate_instance, suspend_instance},
    review_tokenization::{attest_check, sign_off_document},
    tokenizations,
};
use poa_protocol::{
    caller::Caller,
    event::Wing,
    ids::TokenizationId,
    instance::Instance,
    ledger::Account,
    role::Role,
    thing::Thing,
    tokenization::{Commitment, State, Tokenization},
};
use serde_json::{Value, json};

/// Attests a check as the verifier.
async fn attest(world: &World, to: &Tokenization, check: &str, satisfied: bool) {
    let new = json!({ "check": check, "satisfied": satisfied, "data_hash": to.data_hash });
    attest_check(world.desk(), ask(&verifier(), read(new)), &to.id).await.unwrap();
}

async fn approve(world: &World, by: &Caller, to: &Tokenization) -> Result<(), String> {
    let new = json!({ "decision": "approve", "data_hash": to.data_hash });
    let answer = approve_proposal(world.desk(), ask(by, read(new)), &to.id).await;
    answer.map(|_| ()).map_err(|failure| failure.refusal().code.to_owned())
}

#[tokio::test]
async fn an_invoice_is_issued_in_two_commits() {
    let world = World::open(Wing::NonBank).await;
    let answer = world.send(world.invoice("INV-1", "120000.00")).await.unwrap();
    let view = body(&answer);
    assert_eq!(view["state"], "received");
    let id: TokenizationId = read(view["id"].clone());
    assert_eq!(answer.location, Some(format!("tokenizations/{id}")));
    assert_eq!(world.pump().await, 1, "one message, and no further one for the pipeline's own");
    let kept = world.kept(&id).await;
    assert_eq!((kept.state, kept.revision), (State::Issued, 2));
    assert!(matches!(kept.commitment, Commitment::Hard { .. }));
    let expected = [
        "received",
        "evidence-arrived",
        "validated",
        "audited",
        "cleared",
        "proposed",
        "approved",
        "issued",
    ];
    assert_eq!(world.verbs(&id).await, expected);
    let issued = kept.issued.unwrap();
    // 120,000 × 85 % × (1 − 7 % × 60 / 360) in whole euro; every check is satisfied.
    assert_eq!(issued.value.to_string(), "EUR 100810.00");
    assert_eq!(issued.units.to_string(), "100810");
    let asset = read_smart_asset(world.desk(), &bringer(), &issued.asset).await.unwrap();
    assert_eq!(body(&asset)["issued"], "100810");
    let partition = tokenizations::partition(&id);
    let account = account_id(&issued.asset, &kept.party);
    let stored = world.desk().store.read(&partition, &[&account]).await.unwrap();
    let account: Account = serde_json::from_value(stored[0].clone().unwrap().body).unwrap();
    assert_eq!(account.available, issued.units);
    let opened = poa_operations::commit::open(world.desk(), &partition).await.unwrap();
    let thing: Thing = opened.state().unwrap().unwrap();
    assert_eq!(thing.tokenizations, [(id, true)].into());
    assert_eq!(thing.live[&issued.asset].value, issued.value);
}

#[tokio::test]
async fn a_loan_waits_for_the_verifier_and_a_second_person() {
    let world = World::open(Wing::NonBank).await;
    let waiting = world.bring(World::loan(&world.crowd_loans, "L-1", 78)).await;
    assert_eq!(waiting.state, State::AwaitingAttestation);
    let codes: Vec<_> = waiting.demands.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["ACCOUNTS", "SECURITY", "KIIS_01"]);
    attest(&world, &waiting, "ACCOUNTS", true).await;
    attest(&world, &waiting, "SECURITY", false).await;
    world.pump().await;
    let cleared = world.kept(&waiting.id).await;
    assert_eq!(cleared.demands[0].code, "KIIS_01");
    let sign = json!({
        "document": "KIIS_01", "sha256": "a".repeat(64), "data_hash": waiting.data_hash,
    });
    sign_off_document(world.desk(), ask(&lawyer(), read(sign)), &waiting.id).await.unwrap();
    world.pump().await;
    let proposed = world.kept(&waiting.id).await;
    assert_eq!(proposed.state, State::AwaitingApproval);
    let proposal = proposed.links.proposal.clone().unwrap();
    assert_eq!(proposal.authenticity_rate.to_string(), "0.85");
    // 250,000 less the haircut of 10 % and the extra one of 10 %, 85 % of it proven.
    assert_eq!(proposal.valuation.to_string(), "EUR 200000.00");
    assert_eq!(proposal.proven.to_string(), "EUR 170000.00");
    let maker = approve(&world, &bringer(), &proposed).await;
    assert_eq!(maker.unwrap_err(), "tokenization.maker-approves");
    let program = Caller { program: true, roles: [Role::TokenizeAll].into(), ..second() };
    let by_program = approve(&world, &program, &proposed).await;
    assert_eq!(by_program.unwrap_err(), "tokenization.program-approves");
    approve(&world, &second(), &proposed).await.unwrap();
    world.pump().await;
    let issued = world.kept(&waiting.id).await;
    assert_eq!(issued.issued.unwrap().value.to_string(), "EUR 170000.00");
}

#[tokio::test]
async fn a_rejection_names_the_instance_that_would_take_it() {
    let world = World::open(Wing::NonBank).await;
    let rejected = world.bring(World::loan(&world.bank_loans, "L-2", 58)).await;
    assert_eq!(rejected.state, State::Rejected);
    assert!(matches!(rejected.commitment, Commitment::Released { .. }));
    let exit = rejected.exit.unwrap();
    assert_eq!(exit.reasons[0].code, "SCORE_01");
    assert_eq!(exit.reasons[0].details.as_ref().unwrap()["inputs"]["score"], "58");
    let named: Vec<_> = exit.alternatives.iter().map(|one| &one.instance).collect();
    assert_eq!(named, [&world.crowd_loans]);
    assert!(!rejected.evidence.is_empty() && rejected.issued.is_none());
}

#[tokio::test]
async fn evidence_may_come_after_the_request() {
    let world = World::open(Wing::NonBank).await;
    let late: &'static [u8] = b"a late bill of lading";
    let mut request = world.invoice("INV-2", "120000.00");
    request["evidence"] = json!([evidence("invoice_pdf")]);
    let waiting = world.bring(request).await;
    assert_eq!(waiting.state, State::AwaitingEvidence);
    assert_eq!(waiting.demands[0].code, "bill_of_lading");
    let mut more = evidence("bill_of_lading");
    more["sha256"] = json!(sha256(late));
    let more = ask(&bringer(), read(json!({ "evidence": [more] })));
    add_evidence(world.desk(), more, &waiting.id).await.unwrap();
    world.pump().await;
    assert_eq!(world.kept(&waiting.id).await.state, State::AwaitingEvidence, "no bytes yet");
    put_document(world.desk(), &bringer(), &sha256(late), paper(late)).await.unwrap();
    world.pump().await;
    assert_eq!(world.kept(&waiting.id).await.state, State::Issued);
}

#[tokio::test]
async fn changed_data_begins_again() {
    let world = World::open(Wing::NonBank).await;
    let waiting = world.bring(World::loan(&world.bank_loans, "L-3", 78)).await;
    attest(&world, &waiting, "ACCOUNTS", true).await;
    let change = |data: Value| {
        let asked = ask(&second(), read(json!({ "data": data })));
        let id = waiting.id.clone();
        let desk = world.desk().clone();
        async move { change_data(&desk, asked, &id).await }
    };
    refused_with(change(crate::support::loan_data(78)).await, "tokenization.same-data");
    refused_with(change(invoice_data("1")).await, "tokenization.data-invalid");
    change(crate::support::loan_data(79)).await.unwrap();
    world.pump().await;
    let again = world.kept(&waiting.id).await;
    assert_eq!(again.state, State::AwaitingAttestation);
    assert!(again.attestations[0].outdated);
    assert_eq!(again.demands[0].code, "ACCOUNTS");
    let old = json!({ "check": "ACCOUNTS", "satisfied": true, "data_hash": waiting.data_hash });
    let late = attest_check(world.desk(), ask(&verifier(), read(old)), &waiting.id).await;
    refused_with(late, "tokenization.other-data");
}

#[tokio::test]
async fn what_is_cancelled_stays_cancelled() {
    let world = World::open(Wing::NonBank).await;
    let waiting = world.bring(World::loan(&world.bank_loans, "L-4", 78)).await;
    let cancel = |reason: &str| {
        let asked = ask(&bringer(), read(json!({ "reason": reason })));
        let (id, desk) = (waiting.id.clone(), world.desk().clone());
        async move { cancel_tokenization(&desk, asked, &id).await }
    };
    refused_with(cancel(&"x".repeat(4_097)).await, "request.invalid");
    assert_eq!(body(&cancel(&"x".repeat(4_096)).await.unwrap())["state"], "cancelled");
    refused_with(cancel("again").await, "tokenization.settled");
    assert_eq!(world.pump().await, 0);
    let kept = world.kept(&waiting.id).await;
    assert!(matches!(kept.commitment, Commitment::Released { .. }) && kept.demands.is_empty());
}

#[tokio::test]
async fn what_failed_may_be_retried_once_its_cause_is_gone() {
    let world = World::open(Wing::NonBank).await;
    let (maker, _) = crate::support::owners();
    let sent = world.send(world.invoice("INV-3", "120000.00")).await.unwrap();
    let id: TokenizationId = read(body(&sent)["id"].clone());
    let suspend = ask(&maker, read(json!({})));
    suspend_instance(world.desk(), suspend, &world.invoices).await.unwrap();
    world.pump().await;
    let failed = world.kept(&id).await;
    assert_eq!(failed.state, State::Failed);
    assert_eq!(failed.exit.unwrap().reasons[0].code, "instance.closed");
    let resume = ask(&maker, read(json!({})));
    activate_instance(world.desk(), resume, &world.invoices).await.unwrap();
    let retry = || ask(&bringer(), read(json!({})));
    retry_tokenization(world.desk(), retry(), &id).await.unwrap();
    world.pump().await;
    assert_eq!(world.kept(&id).await.state, State::Issued);
    refused_with(retry_tokenization(world.desk(), retry(), &id).await, "tokenization.settled");
}

#[tokio::test]
async fn a_party_that_was_suspended_meanwhile_gets_nothing() {
    let world = World::open(Wing::NonBank).await;
    let sent = world.send(world.invoice("INV-4", "120000.00")).await.unwrap();
    let id: TokenizationId = read(body(&sent)["id"].clone());
    let operator = crate::support::caller(0, 1, &[Role::Administrator]);
    let suspended = ask(&operator, read(json!({ "state": "suspended" })));
    move_party(world.desk(), suspended, &crate::support::party(3)).await.unwrap();
    world.pump().await;
    let failed = world.kept(&id).await;
    assert_eq!(failed.state, State::Failed);
    assert_eq!(failed.exit.unwrap().reasons[0].code, "party.not-active");
    refused_with(world.send(world.invoice("INV-5", "1.00")).await, "party.not-active");
}

#[tokio::test]
async fn an_instance_whose_program_is_another_breaks_the_chain() {
    let world = World::open(Wing::NonBank).await;
    let sent = world.send(world.invoice("INV-6", "120000.00")).await.unwrap();
    let id: TokenizationId = read(body(&sent)["id"].clone());
    let mut tampered = instances::load(world.desk(), &world.invoices).await.unwrap().unwrap();
    tampered.effective_hash = format!("sha256:{}", "0".repeat(64));
    overwrite(world.desk(), &tampered).await;
    world.pump().await;
    let failed = world.kept(&id).await;
    assert_eq!(failed.state, State::Failed);
    assert_eq!(failed.exit.unwrap().reasons[0].code, "tokenization.chain-broken");
}

/// Writes another instance over one that is kept, behind the back of every rule.
async fn overwrite(desk: &Desk, instance: &Instance) {
    let partition = poa_operations::instances::partition(&instance.id);
    let head = desk.store.read(&partition, &[HEAD]).await.unwrap().remove(0).unwrap();
    let item = Item::plain(instance.id.as_str(), ItemKind("catalog"), json!(instance));
    let commit = Commit {
        partition,
        expected: Some(head.etag),
        head: Item::plain(HEAD, ItemKind("head"), head.body),
        items: vec![item],
        events: Vec::new(),
        record: None,
    };
    desk.store.commit(commit).await.unwrap();
}
