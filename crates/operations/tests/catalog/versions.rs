//! Drafts of versions: numbers, sources, limits, who sees them.

use crate::support::{SME_LOAN, ask, body, code, number, refused, refused_with, world};
use poa_operations::{
    answer::Asked,
    nothing::Nothing,
    products::{ProductMove, create_product, move_product, read_product},
    release_version::submit_version,
    versions::{NewSource, list_versions, read_version, replace_source},
};
use poa_protocol::{
    limits::FORMULA_SOURCE_BYTES_MAX,
    product::{NewProduct, ProductState},
};
use serde_json::json;

fn source(text: &str) -> NewSource {
    NewSource { source: text.to_owned() }
}

#[tokio::test]
async fn a_product_belongs_to_the_party_that_made_it() {
    let world = world().await;
    let code = world.product("sme_loan").await;
    let order = || -> NewProduct {
        let order = json!({
            "code": "sme_loan", "name": "Mine", "asset_class": "loan", "cfi": "DBFXFR",
        });
        serde_json::from_value(order).unwrap()
    };
    let again = create_product(world.desk(), ask(&world.checker, order())).await;
    refused_with(again, "catalog.code-taken");
    let theirs = create_product(world.desk(), ask(&world.certifier, order())).await;
    refused_with(theirs, "catalog.code-taken");
    // Nobody else sees the draft, so nobody else learns that it may not be changed.
    let seen = read_product(world.desk(), &world.certifier, &code).await;
    refused_with(seen, "request.not-found");
    let listed = ProductMove { state: ProductState::Listed };
    let moved = move_product(world.desk(), ask(&world.certifier, listed), &code).await;
    refused_with(moved, "request.not-found");
    let stale = Asked { if_match: Some(9), ..ask(&world.maker, listed) };
    refused_with(move_product(world.desk(), stale, &code).await, "request.stale");
    let fresh = Asked { if_match: Some(1), ..ask(&world.maker, listed) };
    let moved = move_product(world.desk(), fresh, &code).await.unwrap();
    assert_eq!((body(&moved)["state"].as_str(), moved.revision), (Some("listed"), Some(2)));
    assert!(read_product(world.desk(), &world.certifier, &code).await.is_ok());
    let moved = move_product(world.desk(), ask(&world.certifier, listed), &code).await;
    refused_with(moved, "catalog.not-owner");
}

#[tokio::test]
async fn a_draft_says_which_product_and_number_it_is() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    for (text, expected) in [
        ("", "catalog.no-header"),
        ("instance x of sme_loan 1.0.0 jurisdiction DE \"x\"", "catalog.no-header"),
        ("product other 1.0.0 \"x\"", "catalog.wrong-product"),
    ] {
        refused_with(world.draft(&sme, text).await, expected);
    }
    let made = world.draft(&sme, "product sme_loan 1.0.0 \"x\" nonsense (").await.unwrap();
    assert_eq!(made.location.as_deref(), Some("products/sme_loan/versions/1.0.0"));
    refused_with(world.draft(&sme, SME_LOAN).await, "catalog.number-taken");
    let of = (&sme, number("1.0.0"));
    let other = source("product sme_loan 1.0.1 \"x\"");
    let replaced = replace_source(world.desk(), ask(&world.maker, other), of).await;
    refused_with(replaced, "catalog.wrong-number");
    let better = ask(&world.checker, source(SME_LOAN));
    assert!(replace_source(world.desk(), better, of).await.is_ok());
    let absent = (&sme, number("9.0.0"));
    let replaced = replace_source(world.desk(), ask(&world.maker, source(SME_LOAN)), absent).await;
    refused_with(replaced, "request.not-found");
}

#[tokio::test]
async fn a_source_fills_its_limit_and_not_more() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    let long = |length: usize| {
        let head = "product sme_loan 1.0.0 \"x\"\n#";
        format!("{head}{}", "-".repeat(length - head.len()))
    };
    let too_long = world.draft(&sme, &long(FORMULA_SOURCE_BYTES_MAX + 1)).await;
    refused_with(too_long, "catalog.source-too-long");
    assert!(world.draft(&sme, &long(FORMULA_SOURCE_BYTES_MAX)).await.is_ok());
}

#[tokio::test]
async fn a_submission_tells_what_the_checker_found() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    let of = (&sme, number("1.0.0"));
    let submit = async || submit_version(world.desk(), ask(&world.maker, Nothing {}), of).await;
    let replace = async |text: &str| {
        replace_source(world.desk(), ask(&world.maker, source(text)), of).await.unwrap()
    };
    world.draft(&sme, &SME_LOAN.replace("cash_flow / debt", "cash_flw / debt")).await.unwrap();
    let refusal = refused(submit().await);
    assert_eq!(refusal.code, "catalog.source-refused");
    let found = &refusal.details.unwrap()["diagnostics"][0];
    assert_eq!(found["code"], "formula.unknown-name");
    assert_eq!(found["line"], 38, "{found}");
    assert!(found["help"].as_str().unwrap().contains("cash_flow"), "{found}");
    replace(&SME_LOAN.replace("valuation = 225_000.00", "valuation = 225_000.01")).await;
    let refusal = refused(submit().await);
    assert_eq!(refusal.code, "catalog.examples-failed");
    let examples = refusal.details.unwrap()["examples"].clone();
    assert_eq!(examples.as_array().unwrap().len(), 3);
    assert_eq!(examples[0]["passed"], false);
    assert!(examples[0]["differences"][0].as_str().unwrap().contains("valuation"));
    let bare = SME_LOAN.split("example \"a sound").next().unwrap();
    replace(bare).await;
    assert_eq!(refused(submit().await).code, "catalog.no-examples");
    replace(SME_LOAN).await;
    let submitted = submit().await.unwrap();
    let content = body(&submitted)["content"].clone();
    for hash in ["source_hash", "formula_hash", "content_hash"] {
        assert_eq!(content[hash].as_str().unwrap().len(), "sha256:".len() + 64);
    }
    assert_eq!(refused(submit().await).code, "catalog.no-version-move");
    let late = replace_source(world.desk(), ask(&world.maker, source(SME_LOAN)), of).await;
    refused_with(late, "catalog.no-version-move");
}

#[tokio::test]
async fn a_number_rises_above_every_published_one() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    let numbered = |number: &str| SME_LOAN.replace("sme_loan 1.0.0", &format!("sme_loan {number}"));
    world.draft(&sme, &numbered("1.9.0")).await.unwrap();
    world.published(&sme, &numbered("1.10.0")).await;
    refused_with(world.draft(&sme, &numbered("1.9.1")).await, "catalog.number-too-low");
    refused_with(world.draft(&sme, &numbered("1.10.0")).await, "catalog.number-taken");
    // A draft that was overtaken stays behind.
    let overtaken = (&sme, number("1.9.0"));
    let late = submit_version(world.desk(), ask(&world.maker, Nothing {}), overtaken).await;
    refused_with(late, "catalog.number-too-low");
    assert!(world.draft(&sme, &numbered("1.10.1")).await.is_ok());
    let product = read_product(world.desk(), &world.maker, &sme).await.unwrap();
    assert_eq!(body(&product)["highest_published"], "1.10.0");
}

#[tokio::test]
async fn drafts_are_seen_by_their_owner_and_submitted_ones_by_certifiers() {
    let world = world().await;
    let sme = world.product("sme_loan").await;
    let of = (&sme, number("1.0.0"));
    let mut reader = world.certifier.clone();
    reader.roles.clear();
    let sees = async |caller, expected: bool| {
        assert_eq!(read_version(world.desk(), caller, of).await.is_ok(), expected);
        let listed = list_versions(world.desk(), caller, &sme).await;
        let count = |answer| body(&answer)["items"].as_array().unwrap().len();
        assert_eq!(listed.map(count).unwrap_or_default(), usize::from(expected));
    };
    world.draft(&sme, SME_LOAN).await.unwrap();
    for (caller, expected) in
        [(&world.maker, true), (&world.checker, true), (&world.certifier, false), (&reader, false)]
    {
        sees(caller, expected).await;
    }
    world.certify(of).await;
    for (caller, expected) in [(&world.maker, true), (&world.certifier, true), (&reader, false)] {
        sees(caller, expected).await;
    }
    refused_with(list_versions(world.desk(), &reader, &sme).await, "request.not-found");
    let unknown = code("nothing_here");
    let listed = list_versions(world.desk(), &world.certifier, &unknown).await;
    refused_with(listed, "request.not-found");
}
