//! The way of a version out: certified by another party, published by a second person, retired.

use crate::support::{SME_CROWD, SME_LOAN, World, ask, body, number, refused_with, world};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poa_operations::{
    answer::{Answer, Asked},
    failure::Failure,
    measure_impact::Within,
    release_version::{VersionMove, certify_version, move_version, publish_version},
    versions::read_version,
};
use poa_protocol::{
    caller::Caller,
    product::ProductCode,
    role::Role,
    version::{Certification, VersionNumber, VersionState},
};
use serde_json::{Value, json};

type Of<'a> = (&'a ProductCode, VersionNumber);

async fn certify(world: &World, by: &Caller, of: Of<'_>, order: Value) -> Result<Answer, Failure> {
    let order: Certification = serde_json::from_value(order).unwrap();
    certify_version(world.desk(), ask(by, order), of).await
}

async fn publish(world: &World, by: &Caller, of: Of<'_>) -> Result<Answer, Failure> {
    publish_version(world.desk(), ask(by, Within::default()), of).await
}

async fn submitted(world: &World) -> (ProductCode, VersionNumber, String) {
    let sme = world.product("sme_loan").await;
    world.draft(&sme, SME_LOAN).await.unwrap();
    let of = (&sme, number("1.0.0"));
    let answer = world.submit(of).await;
    let hash = body(&answer)["content"]["content_hash"].as_str().unwrap().to_owned();
    (sme, number("1.0.0"), hash)
}

#[tokio::test]
async fn a_certificate_is_refused_in_this_order() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    world.draft(&sme, SME_LOAN).await.unwrap();
    let of = (&sme, number("1.0.0"));
    let with = |hash: &str| json!({ "content_hash": hash, "decision": "certified" });
    let mut insider = world.checker.clone();
    insider.roles.insert(Role::Certifier);
    let cases = [
        // A draft is not seen outside its party; inside, it is not submitted yet.
        (&world.certifier, with("x"), "request.not-found"),
        (&insider, with("x"), "catalog.no-version-move"),
    ];
    for (by, order, expected) in cases {
        refused_with(certify(&world, by, of, order).await, expected);
    }
    let answer = world.submit(of).await;
    let hash = body(&answer)["content"]["content_hash"].as_str().unwrap().to_owned();
    let refusing = json!({ "content_hash": hash, "decision": "refused" });
    let too_long = json!({
        "content_hash": hash, "decision": "refused", "statement": "x".repeat(4 * 1024 + 1),
    });
    let cases = [
        (&insider, with("x"), "catalog.same-party"),
        (&world.certifier, with("x"), "catalog.other-content"),
        (&world.certifier, refusing, "catalog.statement-missing"),
        (&world.certifier, too_long, "request.invalid"),
    ];
    for (by, order, expected) in cases {
        refused_with(certify(&world, by, of, order).await, expected);
    }
    let order: Certification = serde_json::from_value(with(&hash)).unwrap();
    let stale = Asked { if_match: Some(1), ..ask(&world.certifier, order) };
    refused_with(certify_version(world.desk(), stale, of).await, "request.stale");
    assert!(certify(&world, &world.certifier, of, with(&hash)).await.is_ok());
    let again = certify(&world, &world.certifier, of, with(&hash)).await;
    refused_with(again, "catalog.no-version-move");
}

#[tokio::test]
async fn a_certificate_is_verified_with_the_published_keys() {
    let world = world().await;
    let (sme, number, hash) = submitted(&world).await;
    let order = json!({
        "content_hash": hash, "decision": "certified", "statement": "recomputed by hand",
    });
    let answer = certify(&world, &world.certifier, (&sme, number), order).await.unwrap();
    let certificate = body(&answer)["certificate"].clone();
    let jws = certificate["jws"].as_str().unwrap();
    let parts: Vec<&str> = jws.split('.').collect();
    let part = |index: usize| URL_SAFE_NO_PAD.decode(parts[index]).unwrap();
    let header: Value = serde_json::from_slice(&part(0)).unwrap();
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["typ"], "poa-certificate+json");
    let payload: Value = serde_json::from_slice(&part(1)).unwrap();
    assert_eq!(payload, certificate["statement"]);
    assert_eq!(payload["content_hash"], hash);
    assert_eq!(payload["decision"], "certified");
    assert_eq!(payload["certifier"]["object"], world.certifier.person.object);
    let keys = world.desk().signer.keys().await.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let point = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let public = [vec![4], point("x"), point("y")].concat();
    let input = format!("{}.{}", parts[0], parts[1]);
    let verify = |message: &str| {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public)
            .verify(message.as_bytes(), &part(2))
    };
    assert!(verify(&input).is_ok());
    assert!(verify(&format!("{input}A")).is_err());
}

#[tokio::test]
async fn publishing_needs_a_second_person_of_the_owner() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    world.draft(&sme, SME_LOAN).await.unwrap();
    let of = (&sme, number("1.0.0"));
    refused_with(publish(&world, &world.checker, of).await, "catalog.no-version-move");
    world.certify(of).await;
    refused_with(publish(&world, &world.maker, of).await, "catalog.same-person");
    // The product is a draft, so another party does not even see it.
    refused_with(publish(&world, &world.certifier, of).await, "request.not-found");
    let published = publish(&world, &world.checker, of).await.unwrap();
    assert_eq!(body(&published)["state"], "published");
    let mut reader = world.certifier.clone();
    reader.roles.clear();
    assert!(read_version(world.desk(), &reader, of).await.is_ok());
}

#[tokio::test]
async fn a_refused_version_is_withdrawn_and_its_number_is_used() {
    let world = world().await;
    let (sme, one, hash) = submitted(&world).await;
    let order = json!({
        "content_hash": hash, "decision": "refused", "statement": "the haircut is too low",
    });
    let answer = certify(&world, &world.certifier, (&sme, one), order).await.unwrap();
    assert_eq!(body(&answer)["state"], "withdrawn");
    let decision = &body(&answer)["certificate"]["statement"]["decision"];
    assert_eq!(decision, "refused");
    refused_with(publish(&world, &world.checker, (&sme, one)).await, "catalog.no-version-move");
    refused_with(world.draft(&sme, SME_LOAN).await, "catalog.number-taken");
    let next = SME_LOAN.replace("sme_loan 1.0.0", "sme_loan 1.0.1");
    assert!(world.draft(&sme, &next).await.is_ok());
}

#[tokio::test]
async fn a_version_is_withdrawn_only_when_no_instance_is_live() {
    let world = world().await;
    let sme = world.sme_loan().await;
    let of = (&sme, number("1.0.0"));
    let id = world.active_instance(&sme, world.sme_order(SME_CROWD)).await;
    let retire = async |state| {
        move_version(world.desk(), ask(&world.maker, VersionMove { state }), of).await
    };
    refused_with(retire(VersionState::Draft).await, "catalog.no-version-move");
    refused_with(retire(VersionState::Withdrawn).await, "catalog.version-in-use");
    let answer = retire(VersionState::Deprecated).await.unwrap();
    assert_eq!(body(&answer)["state"], "deprecated");
    let stop = poa_operations::release_instance::Stop { reason: Some("moved".to_owned()) };
    poa_operations::release_instance::retire_instance(world.desk(), ask(&world.maker, stop), &id)
        .await
        .unwrap();
    assert!(retire(VersionState::Withdrawn).await.is_ok());
    refused_with(retire(VersionState::Withdrawn).await, "catalog.no-version-move");
}
