//! Each kind of credential against an issuer of its kind, working, refusing and dead.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey},
};
use azure_core::credentials::TokenCredential;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poa_azure::credential::{CredentialKind, CredentialSettings, open};
use poa_embedded::clock::SystemClock;
use poa_test_cloud::seam::{Answer, Seam};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

const TENANT: &str = "b3c1d5f0-0000-4000-8000-000000000001";
const CLIENT: &str = "c0ffee00-0000-4000-8000-000000000002";
const SCOPE: &str = "https://servicebus.azure.net/.default";
const CERTIFICATE: &[u8] = b"a certificate: only its hash is used";

fn settings(kind: CredentialKind, authority: &str) -> CredentialSettings {
    CredentialSettings { kind, authority: authority.to_owned() }
}

fn of_file(file: &Path) -> CredentialKind {
    CredentialKind::Certificate {
        tenant_id: TENANT.to_owned(),
        client_id: CLIENT.to_owned(),
        certificate_file: file.to_owned(),
    }
}

fn of_cluster(token_file: PathBuf) -> CredentialKind {
    let (tenant_id, client_id) = (TENANT.to_owned(), CLIENT.to_owned());
    CredentialKind::Workload { tenant_id, client_id, token_file }
}

/// A PEM file with the certificate and this key.
fn pem_file(key: &KeyPair) -> tempfile::NamedTempFile {
    let pkcs8: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let blocks = [
        pem::Pem::new("CERTIFICATE", CERTIFICATE),
        pem::Pem::new("CERTIFICATE", *b"of the issuer"),
        pem::Pem::new("PRIVATE KEY", pkcs8.as_ref()),
    ];
    file(&pem::encode_many(&blocks))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn issued(number: usize) -> Answer {
    let token = format!("t{number}");
    Answer::of(200, &json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token }))
}

fn made(seam: &Arc<Seam>, kind: CredentialKind) -> Arc<dyn TokenCredential> {
    let settings = settings(kind, "https://login.microsoftonline.us/");
    open(&settings, &seam.client(), Arc::new(SystemClock)).unwrap()
}

async fn token(credential: &dyn TokenCredential) -> Result<String, String> {
    let token = credential.get_token(&[SCOPE], None).await;
    token.map(|token| token.token.secret().to_owned()).map_err(|fault| fault.to_string())
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_certificate_asks_by_a_signed_assertion_at_the_authority_of_its_cloud() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let file = pem_file(&key);
    let seam = Seam::new(|_| issued(0));
    let credential = made(&seam, of_file(file.path()));
    assert_eq!(seam.asked().len(), 0, "no request before a token is wanted");
    for _ in 0..3 {
        assert_eq!(token(&*credential).await.unwrap(), "t0");
    }
    let [asked] = &seam.asked()[..] else { panic!("one request") };
    let endpoint = format!("https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token");
    assert_eq!((asked.method.as_str(), asked.url.as_str()), ("POST", endpoint.as_str()));
    let form = asked.form();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!((form["scope"].as_str(), form["client_id"].as_str()), (SCOPE, CLIENT));
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let assertion = &form["client_assertion"];
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(CERTIFICATE));
    assert_eq!(part(assertion, 0), json!({ "typ": "JWT", "alg": "PS256", "x5t#S256": thumbprint }));
    let claims = part(assertion, 1);
    assert_eq!(claims["aud"], endpoint);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    let (begins, ends) = (claims["nbf"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!((ends - begins, claims["iat"].as_i64().unwrap()), (300, begins));
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key().as_ref())
        .verify(signed.as_bytes(), &signature)
        .unwrap();
}

#[tokio::test]
async fn no_two_assertions_are_the_same_and_a_renewed_file_counts_without_a_restart() {
    let (old, new) = [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()).into();
    let (file, renewed) = (pem_file(&old), pem_file(&new));
    // A token that ends within the next five minutes is asked for again by the SDK.
    let short = json!({ "token_type": "Bearer", "expires_in": 0, "access_token": "t" });
    let seam = Seam::new(move |_| Answer::of(200, &short));
    let credential = made(&seam, of_file(file.path()));
    token(&*credential).await.unwrap();
    token(&*credential).await.unwrap();
    std::fs::copy(renewed.path(), file.path()).unwrap();
    token(&*credential).await.unwrap();
    let assertions: Vec<String> =
        seam.asked().iter().map(|asked| asked.form()["client_assertion"].clone()).collect();
    let [one, two, three] = &assertions[..] else { panic!("three requests") };
    assert_ne!(part(one, 1)["jti"], part(two, 1)["jti"]);
    let holds = |key: &KeyPair, assertion: &str| {
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key().as_ref());
        key.verify(signed.as_bytes(), &signature).is_ok()
    };
    assert!(holds(&old, one) && holds(&old, two) && holds(&new, three));
}

#[tokio::test]
async fn a_cluster_trades_its_token_for_one_of_entra() {
    let file = file("token of the cluster");
    let seam = Seam::new(|_| issued(0));
    let credential = made(&seam, of_cluster(file.path().to_owned()));
    assert_eq!(token(&*credential).await.unwrap(), "t0");
    let [asked] = &seam.asked()[..] else { panic!("one request") };
    assert_eq!(asked.form()["client_assertion"], "token of the cluster");
    assert!(asked.url.as_str().contains(TENANT));
}

#[test]
fn settings_that_cannot_work_say_what_is_wrong() {
    let elliptic = pem::encode(&pem::Pem::new("PRIVATE KEY", *b"of another kind"));
    let certificate = pem::encode(&pem::Pem::new("CERTIFICATE", CERTIFICATE));
    let [no_pem, empty, no_key, bad_key, large] = [
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----".to_owned(),
        String::new(),
        certificate.clone(),
        format!("{certificate}{elliptic}"),
        " ".repeat(64 * 1024 + 1),
    ]
    .map(|text| file(&text));
    let absent = Path::new("/nowhere/app.pem");
    let good = pem_file(&KeyPair::generate(KeySize::Rsa2048).unwrap());
    let nobody = CredentialKind::Certificate {
        tenant_id: TENANT.to_owned(),
        client_id: String::new(),
        certificate_file: good.path().to_owned(),
    };
    let world = "https://login.microsoftonline.com";
    for (kind, authority, words) in [
        (of_file(absent), world, "`/nowhere/app.pem`: No such file"),
        (of_file(no_pem.path()), world, "it is not PEM"),
        (of_file(empty.path()), world, "there is no CERTIFICATE in it"),
        (of_file(no_key.path()), world, "there is no PRIVATE KEY (PKCS #8) in it"),
        (of_file(bad_key.path()), world, "its PRIVATE KEY is not RSA in PKCS #8"),
        (of_file(large.path()), world, "65537 bytes, more than 65536"),
        (of_file(good.path()), "http://127.0.0.1/", "does not begin with https://"),
        (of_file(good.path()), "login", "is no URL"),
        (nobody, world, "the client id is missing"),
        (of_cluster(absent.to_owned()), world, "/nowhere/app.pem"),
        (of_cluster(good.path().to_owned()), "http://127.0.0.1/", "does not begin with https://"),
    ] {
        let client = Seam::new(|_| Answer::Silence).client();
        let fault = open(&settings(kind, authority), &client, Arc::new(SystemClock)).unwrap_err();
        assert!(fault.0.contains(words), "{fault}");
    }
    // As large as a file may be.
    let mut text = std::fs::read_to_string(good.path()).unwrap();
    text.extend(std::iter::repeat_n('\n', 64 * 1024 - text.len()));
    std::fs::write(good.path(), text).unwrap();
    let client = Seam::new(|_| Answer::Silence).client();
    open(&settings(of_file(good.path()), world), &client, Arc::new(SystemClock)).unwrap();
}

#[tokio::test]
async fn a_refusal_names_the_credential_the_cause_and_where_to_look() {
    let file = pem_file(&KeyPair::generate(KeySize::Rsa2048).unwrap());
    let refusal = json!({
        "error": "invalid_client", "error_codes": [700_027],
        "error_description": "AADSTS700027: The certificate with identifier used to sign the \
                              client assertion is not registered on application.",
    });
    let seam = Seam::new(move |_| Answer::of(401, &refusal));
    let fault = token(&*made(&seam, of_file(file.path()))).await.unwrap_err();
    for words in [
        "no token from credential `certificate`",
        "is the certificate registered at the application",
        "AADSTS700027",
    ] {
        assert!(fault.contains(words), "{fault}");
    }
    assert_eq!(seam.asked().len(), 1, "a refusal is not tried again");
}

#[tokio::test]
async fn a_dead_authority_is_told_of_within_fifteen_seconds() {
    let file = pem_file(&KeyPair::generate(KeySize::Rsa2048).unwrap());
    let seam = Seam::new(|_| Answer::Silence);
    let credential = made(&seam, of_file(file.path()));
    let told = tokio::time::timeout(Duration::from_secs(15), token(&*credential)).await.unwrap();
    let fault = told.unwrap_err();
    assert!(fault.contains("login.microsoftonline.us"), "{fault}");
}

/// Runs one of the tests below in a process of its own, because the SDK finds what it asks in the
/// environment.
async fn as_app(test: &str, variables: [(&str, &str); 2]) {
    let ran = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .envs(variables)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

fn platform(endpoint: &str) -> [(&'static str, &str); 2] {
    [("IDENTITY_HEADER", "proof of the platform"), ("IDENTITY_ENDPOINT", endpoint)]
}

fn managed() -> Arc<dyn TokenCredential> {
    let kind = CredentialKind::Managed { client_id: Some(CLIENT.to_owned()) };
    let client = poa_azure::client::Client::new().unwrap();
    open(&settings(kind, "unused"), &client, Arc::new(SystemClock)).unwrap()
}

#[tokio::test]
async fn the_managed_identity_of_the_app_gives_a_token() {
    use warp::Filter;
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    let route = warp::path!("msi" / "token")
        .and(warp::query::<std::collections::BTreeMap<String, String>>())
        .and(warp::header("x-identity-header"))
        .map(move |query, header: String| {
            heard.lock().unwrap().push((query, header));
            let ends =
                azure_core::time::OffsetDateTime::now_utc().unix_timestamp().saturating_add(3600);
            let token = json!({
                "access_token": "t", "expires_on": ends.to_string(), "token_type": "Bearer",
                "resource": "https://servicebus.azure.net",
            });
            warp::reply::json(&token)
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/msi/token", listener.local_addr().unwrap());
    let serving = tokio::spawn(warp::serve(route).incoming(listener).run());
    as_app("app_asks_often", platform(&endpoint)).await;
    serving.abort();
    let [(query, header)] = &asked.lock().unwrap()[..] else { panic!("one request") };
    assert_eq!(header, "proof of the platform");
    assert_eq!(query["resource"], "https://servicebus.azure.net");
    assert_eq!(query["client_id"], CLIENT);
}

#[tokio::test]
#[ignore = "run by another test, in its own process"]
async fn app_asks_often() {
    let credential = managed();
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let credential = Arc::clone(&credential);
        asking.spawn(async move { token(&*credential).await });
    }
    for told in asking.join_all().await {
        assert_eq!(told.unwrap(), "t");
    }
}

#[tokio::test]
async fn an_endpoint_that_hears_and_never_answers_is_told_of_within_fifteen_seconds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/msi/token", listener.local_addr().unwrap());
    let hearing = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok(connection) = listener.accept().await {
            kept.push(connection);
        }
    });
    as_app("app_hears_nothing", platform(&endpoint)).await;
    hearing.abort();
}

#[tokio::test]
#[ignore = "run by another test, in its own process"]
async fn app_hears_nothing() {
    let credential = managed();
    let told = tokio::time::timeout(Duration::from_secs(15), token(&*credential)).await.unwrap();
    let fault = told.unwrap_err();
    assert!(fault.contains("no token from credential `managed`"), "{fault}");
    assert!(fault.contains("is the identity assigned to this app"), "{fault}");
}

#[tokio::test]
async fn without_the_tools_of_a_developer_it_says_how_to_sign_in() {
    as_app("developer_has_no_tools", [("PATH", "/nowhere"), ("IDENTITY_HEADER", "unused")]).await;
}

#[tokio::test]
#[ignore = "run by another test, in its own process"]
async fn developer_has_no_tools() {
    let client = Seam::new(|_| panic!("no request of ours")).client();
    let settings = settings(CredentialKind::DevTools, "unused");
    let credential = open(&settings, &client, Arc::new(SystemClock)).unwrap();
    let fault = token(&*credential).await.unwrap_err();
    assert!(fault.contains("sign in with `az login` or `azd auth login`"), "{fault}");
}
