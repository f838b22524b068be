//! The token issuer for development and tests: an RSA key of its own, tokens shaped like those of
//! Microsoft Entra ID (v2.0), and its discovery documents over HTTP.
//!
//! It runs beside the local host, never in the handler: the handler learns its public key the same
//! way as Entra's. `settings.rs` refuses it wherever Azure runs the program.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use poa_protocol::{caller::Person, role::Role, timestamp::Timestamp};
use serde_json::{Map, Value, json};
use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};
use warp::{Filter, filters::BoxedFilter, reply::Response};

/// The path below which the local host serves the issuer.
pub const LOCAL_ISSUER: &str = "local-issuer";
const KEY_FILE: &str = "issuer.pem";

/// The issuer: its key and what it publishes of it.
#[derive(Clone)]
pub struct LocalIssuer {
    key: EncodingKey,
    kid: String,
    keys: Arc<Value>,
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalIssuer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What a token shall say.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Base URL of the issuer, as in the setting `AUTHORITY`.
    pub authority: String,
    /// Client id of the service, as in the setting `API_CLIENT_ID`.
    pub audience: String,
    /// Who it is.
    pub person: Person,
    /// A name for people to read; nothing depends on it.
    pub name: String,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Whether it is a program.
    pub program: bool,
    /// When it begins.
    pub begins: Timestamp,
    /// How long it lasts.
    pub lifetime_secs: i64,
}

impl TokenRequest {
    /// The claims of a token, as Entra writes them.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        let begins = self.begins.millis().div_euclid(1000);
        let roles: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("ver", json!("2.0"));
        say("iss", json!(format!("{}/{}/v2.0", self.authority, self.person.tenant)));
        say("aud", json!(self.audience));
        say("tid", json!(self.person.tenant));
        say("oid", json!(self.person.object));
        say("sub", json!(self.person.object));
        say("azp", json!(self.audience));
        say("name", json!(self.name));
        say("iat", json!(begins));
        say("nbf", json!(begins));
        say("exp", json!(begins.saturating_add(self.lifetime_secs)));
        if self.program {
            say("idtyp", json!("app"));
            say("azpacr", json!(crate::token::CERTIFIED));
        } else {
            say("scp", json!(crate::token::SCOPE));
            say("azpacr", json!("0"));
        }
        if !roles.is_empty() {
            say("roles", json!(roles));
        }
        claims
    }
}

/// The key cannot be made, kept or read.
#[derive(Debug)]
pub struct IssuerFault(String);

impl fmt::Display for IssuerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of the local token issuer: {}", self.0)
    }
}

impl std::error::Error for IssuerFault {}

impl LocalIssuer {
    /// Opens the issuer whose key lies in this folder; makes both where they are not there yet.
    pub fn open(folder: &Path) -> Result<Self, IssuerFault> {
        let told = |fault: &dyn fmt::Display| IssuerFault(fault.to_string());
        let pem = kept(folder).map_err(|fault| told(&fault))?;
        let key = EncodingKey::from_rsa_pem(&pem).map_err(|fault| told(&fault))?;
        let mut public =
            Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|fault| told(&fault))?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(|fault| told(&fault))?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let keys = Arc::new(json!({ "keys": [public] }));
        Ok(Self { key, kid, keys })
    }

    /// The id of the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public keys, as an RFC 7517 JWK set.
    #[must_use]
    pub fn keys(&self) -> &Value {
        &self.keys
    }

    /// A token.
    pub fn mint(&self, request: &TokenRequest) -> Result<String, IssuerFault> {
        self.sign(&request.claims())
    }

    /// A token with exactly these claims.
    pub fn sign(&self, claims: &Map<String, Value>) -> Result<String, IssuerFault> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
            .map_err(|fault| IssuerFault(fault.to_string()))
    }

    /// Serves discovery and keys of every tenant. `authority` is the URL that ends in
    /// `/local-issuer`, as callers reach it.
    #[must_use]
    pub fn routes(&self, authority: &str) -> BoxedFilter<(Response,)> {
        let authority = authority.trim_end_matches('/').to_owned();
        let discovery = warp::path!("v2.0" / ".well-known" / "openid-configuration");
        let keys = Arc::clone(&self.keys);
        let tenant = || warp::path(LOCAL_ISSUER).and(warp::path::param::<String>());
        let discovery = tenant().and(discovery).map(move |tenant: String| {
            let base = format!("{authority}/{tenant}");
            json!({
                "issuer": format!("{base}/v2.0"),
                "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                "id_token_signing_alg_values_supported": ["RS256"],
            })
        });
        let keys = tenant()
            .and(warp::path!("discovery" / "v2.0" / "keys"))
            .map(move |_| Value::clone(&keys));
        warp::get().and(discovery.or(keys).unify()).map(|document| sent(&document)).boxed()
    }
}

fn sent(document: &Value) -> Response {
    warp::Reply::into_response(warp::reply::json(document))
}

/// The key in its file, made on first use. Whoever makes it first wins; everybody reads the same.
fn kept(folder: &Path) -> io::Result<Vec<u8>> {
    let file = folder.join(KEY_FILE);
    match fs::read(&file) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    private_folder(folder)?;
    let draft = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
    let _ = fs::remove_file(&draft);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&draft)?;
    written.write_all(new_key()?.as_bytes())?;
    written.sync_all()?;
    // A hard link does not replace: the first one stays.
    match fs::hard_link(&draft, &file) {
        Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => return Err(fault),
        Ok(()) | Err(_) => {}
    }
    fs::remove_file(&draft)?;
    fs::read(&file)
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A fresh RSA key of 2048 bits, as PKCS #8 in PEM (RFC 7468).
fn new_key() -> io::Result<String> {
    let failed = |_| io::Error::other("no RSA key could be made");
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let text = STANDARD.encode(der.as_ref());
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(64) {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::LocalIssuer;

    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("issuer");
        let first = LocalIssuer::open(&place).unwrap();
        let second = LocalIssuer::open(&place).unwrap();
        assert_eq!(first.kid(), second.kid());
        let files: Vec<_> =
            std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, ["issuer.pem"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &std::path::Path| {
                std::fs::metadata(path).unwrap().permissions().mode() & 0o777
            };
            assert_eq!((mode(&place), mode(&place.join("issuer.pem"))), (0o700, 0o600));
        }
    }

    #[test]
    fn a_broken_key_file_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("issuer.pem"), "not a key").unwrap();
        assert!(LocalIssuer::open(folder.path()).is_err());
        let kept = std::fs::read_to_string(folder.path().join("issuer.pem")).unwrap();
        assert_eq!(kept, "not a key");
    }

    #[test]
    fn debug_output_hides_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let issuer = LocalIssuer::open(folder.path()).unwrap();
        assert_eq!(format!("{issuer:?}"), format!("LocalIssuer {{ kid: {:?}, .. }}", issuer.kid()));
    }
}
