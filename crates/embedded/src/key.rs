//! A software key: P-256 in a file that only its owner can read.

use async_trait::async_trait;
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poa_operations::{
    cost::{Cost, spend},
    ports::signer::{SignFault, Signature, Signer},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The file that names the key that signs now.
const CURRENT: &str = "current";
/// How the files of keys end (PKCS #8, DER).
const ENDING: &str = "p8";

/// The keys of one folder: one file `<thumbprint>.p8` for each, and `current` with the thumbprint
/// of the one that signs.
#[derive(Debug)]
pub struct SoftwareKey {
    folder: PathBuf,
    ring: Mutex<Ring>,
}

impl SoftwareKey {
    /// Opens the folder and makes the first key where there is none. Refuses key files that others
    /// can read.
    pub fn open(folder: &Path) -> Result<Self, SignFault> {
        crate::rights::make_private_folder(folder).map_err(|fault| at(folder, &fault))?;
        if !folder.join(CURRENT).exists() {
            let kid = generate(folder)?;
            // Where another process was first, its key is the one.
            point(folder, &kid, Pointing::First)?;
        }
        let ring = Ring::load(folder)?;
        Ok(Self { folder: folder.to_owned(), ring: Mutex::new(ring) })
    }

    /// Makes a new key, which signs from now on; the old one stays in the key set. Returns the new
    /// thumbprint. Other processes sign with the new key after their next start, and publish it
    /// before.
    pub fn rotate(&self) -> Result<String, SignFault> {
        let kid = generate(&self.folder)?;
        point(&self.folder, &kid, Pointing::Over)?;
        self.with(|ring| {
            *ring = Ring::load(&self.folder)?;
            Ok(ring.current.clone())
        })
    }

    fn with<T>(
        &self,
        use_it: impl FnOnce(&mut Ring) -> Result<T, SignFault>,
    ) -> Result<T, SignFault> {
        use_it(&mut self.ring.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Signer for SoftwareKey {
    async fn kid(&self) -> Result<String, SignFault> {
        self.with(|ring| Ok(ring.current.clone()))
    }

    async fn sign(&self, kid: &str, message: &[u8]) -> Result<Signature, SignFault> {
        spend(Cost::key());
        self.with(|ring| {
            if !ring.keys.contains_key(kid) {
                ring.learn(&self.folder)?;
            }
            let key = ring.keys.get(kid);
            let key = key.ok_or_else(|| SignFault(format!("there is no key `{kid}`")))?;
            let signature = key.sign(&SystemRandom::new(), message);
            let signature = signature.map_err(|_| SignFault(format!("key `{kid}` failed")))?;
            Ok(Signature { kid: kid.to_owned(), bytes: signature.as_ref().to_vec() })
        })
    }

    async fn keys(&self) -> Result<Value, SignFault> {
        self.with(|ring| {
            ring.learn(&self.folder)?;
            let keys =
                ring.keys.iter().map(|(kid, key)| jwk(kid, key)).collect::<Result<Vec<_>, _>>()?;
            Ok(json!({ "keys": keys }))
        })
    }
}

/// The keys that are known, by thumbprint.
struct Ring {
    current: String,
    keys: BTreeMap<String, EcdsaKeyPair>,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Ring {
    fn load(folder: &Path) -> Result<Self, SignFault> {
        let place = folder.join(CURRENT);
        let current = fs::read_to_string(&place).map_err(|fault| at(&place, &fault))?;
        let mut ring = Self { current: current.trim().to_owned(), keys: BTreeMap::new() };
        ring.learn(folder)?;
        if ring.keys.contains_key(&ring.current) {
            Ok(ring)
        } else {
            Err(at(&place, &format!("there is no key file `{}.{ENDING}`", ring.current)))
        }
    }

    /// Reads the key files that are new.
    fn learn(&mut self, folder: &Path) -> Result<(), SignFault> {
        for entry in fs::read_dir(folder).map_err(|fault| at(folder, &fault))? {
            let path = entry.map_err(|fault| at(folder, &fault))?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let is_key = path.extension().is_some_and(|ending| ending == ENDING);
            if is_key && !self.keys.contains_key(name) {
                let key = read_key(&path)?;
                self.keys.insert(name.to_owned(), key);
            }
        }
        Ok(())
    }
}

fn read_key(path: &Path) -> Result<EcdsaKeyPair, SignFault> {
    crate::rights::check_private(path).map_err(|fault| at(path, &fault))?;
    let pkcs8 = fs::read(path).map_err(|fault| at(path, &fault))?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
        .map_err(|fault| at(path, &format!("not a P-256 key in PKCS #8: {fault}")))?;
    let kid = thumbprint(&key)?;
    if path.file_stem().is_some_and(|name| name == kid.as_str()) {
        Ok(key)
    } else {
        Err(at(path, &format!("the key in it has the thumbprint `{kid}`, not its file's name")))
    }
}

fn generate(folder: &Path) -> Result<String, SignFault> {
    let fault = |_| SignFault("a key could not be made".to_owned());
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(fault)?;
    let kid = thumbprint(&key)?;
    let pkcs8 = key.to_pkcs8v1().map_err(fault)?;
    let place = folder.join(format!("{kid}.{ENDING}"));
    write(folder, &place, pkcs8.as_ref(), Pointing::First).map_err(|fault| at(&place, &fault))?;
    Ok(kid)
}

/// Whether a file that is there already stays or is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pointing {
    First,
    Over,
}

fn point(folder: &Path, kid: &str, pointing: Pointing) -> Result<(), SignFault> {
    let place = folder.join(CURRENT);
    write(folder, &place, kid.as_bytes(), pointing).map_err(|fault| at(&place, &fault))
}

/// Writes a file whole or not at all; temporary files have mode 0600 from the start.
fn write(folder: &Path, place: &Path, bytes: &[u8], pointing: Pointing) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix("new-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match pointing {
        Pointing::Over => file.persist(place).map(drop).map_err(|fault| fault.error)?,
        Pointing::First => match file.persist_noclobber(place) {
            Ok(_) => {}
            Err(fault) if fault.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(fault.error),
        },
    }
    fs::File::open(folder)?.sync_all()
}

/// The coordinates of the public key, in base64url.
fn coordinates(key: &EcdsaKeyPair) -> Result<(String, String), SignFault> {
    // SEC 1 §2.3.3, uncompressed: 04, x, y.
    let point = key.public_key().as_ref();
    match (point.get(1..33), point.get(33..65)) {
        (Some(x), Some(y)) => Ok((URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))),
        _ => Err(SignFault("the public key is not a point of P-256".to_owned())),
    }
}

/// RFC 7638: SHA-256 over the required members in lexicographic order.
fn thumbprint(key: &EcdsaKeyPair) -> Result<String, SignFault> {
    let (x, y) = coordinates(key)?;
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok(URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())))
}

fn jwk(kid: &str, key: &EcdsaKeyPair) -> Result<Value, SignFault> {
    let (x, y) = coordinates(key)?;
    Ok(json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y
    }))
}

fn at(place: &Path, fault: &dyn std::fmt::Display) -> SignFault {
    SignFault(format!("`{}`: {fault}", place.display()))
}
