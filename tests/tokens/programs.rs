//! People and programs: which token is whose, and what a program must have.

use crate::{call, changed, start};
use poa_protocol::role::Role;
use poa_test_support::{TestApp, Who, guid};
use serde_json::{Value, json};

#[tokio::test]
async fn people_and_programs_have_only_roles_of_their_own_kind() {
    let app = start().await;
    let ada = Who::operator("Ada");
    let cases = [
        (ada.with(&[Role::ProductOwner]), 200, ""),
        (ada.with(&[Role::CatalogReadAll]), 403, "caller.role-missing"),
        (ada.with(&[]), 403, "caller.role-missing"),
        (ada.program().with(&[Role::CatalogReadAll]), 200, ""),
        (ada.program().with(&[Role::TokenizeAll]), 403, "caller.role-missing"),
        (ada.program().with(&[Role::ProductOwner]), 403, "caller.no-program-role"),
        (ada.program().with(&[]), 403, "caller.no-program-role"),
    ];
    for (who, status, code) in cases {
        let heard = call(&app, "owners", &app.token(&who)).await;
        assert_eq!((heard.status, heard.code()), (status, code), "{who:?}");
    }
    let mixed = ada.with(&[Role::ProductOwner, Role::TokenizeAll]);
    let heard = call(&app, "me", &app.token(&mixed)).await;
    assert_eq!(heard.json["roles"], json!(["ProductOwner"]), "the other kind is ignored");
}

#[tokio::test]
async fn a_program_names_its_client_and_what_it_says_of_itself_counts_for_nothing() {
    let app = start().await;
    let ada = Who::operator("Ada");
    let program = |name: &str, value: Option<Value>| {
        let mut claims = app.claims(&ada.program().with(&[Role::CatalogReadAll])).claims();
        match value {
            Some(value) => claims.insert(name.to_owned(), value),
            None => claims.remove(name),
        };
        app.issuer.sign(&claims).unwrap()
    };
    for (name, value, status, code) in [
        ("azp", None, 401, "caller.token-invalid"),
        ("azp", Some(json!("a name")), 401, "caller.token-invalid"),
        ("azpacr", None, 200, ""),
        ("idtyp", None, 403, "caller.scope-missing"),
        ("idtyp", Some(json!("user")), 403, "caller.scope-missing"),
        ("idtyp", Some(json!("APP")), 403, "caller.scope-missing"),
        ("scp", Some(json!("")), 403, "caller.scope-missing"),
        ("appid", Some(json!(guid("another"))), 200, ""),
        ("email", Some(json!("owner@bank.example")), 200, ""),
    ] {
        let told = format!("{name} = {value:?}");
        let heard = call(&app, "me", &program(name, value)).await;
        assert_eq!((heard.status, heard.code()), (status, code), "{told}");
    }
}

#[tokio::test]
async fn a_program_of_a_bank_has_no_secret_that_could_be_copied() {
    let app = TestApp::start().await;
    let operator = Who::operator("Ada").with(&[Role::Administrator]);
    for (name, lei, kind) in
        [("bank", "529900POATEST0000158", "bank"), ("fund", "5299000000POA0000270", "non_bank")]
    {
        let order = json!({
            "lei": lei, "name": name, "country": "DE", "kind": kind, "tenants": [guid(name)],
        });
        let heard = app.post(&operator, "parties", &order).await;
        assert_eq!(heard.status, 201, "{}", heard.json);
    }
    let program = |tenant: &str, azpacr: Option<&str>| {
        let who = Who::of(&guid(tenant), "robot").program().with(&[Role::CatalogReadAll]);
        let mut claims = app.claims(&who).claims();
        match azpacr {
            Some(value) => claims.insert("azpacr".to_owned(), json!(value)),
            None => claims.remove("azpacr"),
        };
        app.issuer.sign(&claims).unwrap()
    };
    for (tenant, azpacr, status, code) in [
        ("bank", Some("2"), 200, ""),
        ("bank", Some("1"), 403, "caller.program-secret"),
        ("bank", Some("0"), 403, "caller.program-secret"),
        ("bank", None, 403, "caller.program-secret"),
        ("fund", Some("1"), 200, ""),
    ] {
        // The second time token and tenant are remembered.
        for _ in 0..2 {
            let heard = call(&app, "catalog", &program(tenant, azpacr)).await;
            assert_eq!((heard.status, heard.code()), (status, code), "{tenant} {azpacr:?}");
        }
    }
    let person = Who::of(&guid("bank"), "Bo");
    assert_eq!(app.get(&person, "catalog").await.status, 200, "people have no such secret");
}

#[tokio::test]
async fn a_token_without_the_scope_is_nobody() {
    let app = start().await;
    for (claims, case) in [
        (changed(&app, "scp", None), "no scope"),
        (changed(&app, "scp", Some(json!("User.Read access_as_users"))), "other scopes"),
        (changed(&app, "idtyp", Some(json!("app"))), "a program with a scope is a person"),
    ] {
        let heard = call(&app, "me", &app.issuer.sign(&claims).unwrap()).await;
        let expected =
            if case.starts_with('a') { (200, "") } else { (403, "caller.scope-missing") };
        assert_eq!((heard.status, heard.code()), expected, "{case}");
    }
    let among = changed(&app, "scp", Some(json!("User.Read access_as_user")));
    assert_eq!(call(&app, "me", &app.issuer.sign(&among).unwrap()).await.status, 200);
}
