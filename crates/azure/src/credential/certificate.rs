//! An assertion signed with the key of a certificate (RFC 7523), by which an application asks for
//! tokens without a secret.

use async_trait::async_trait;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use azure_core::{Error, error::ErrorKind, http::ClientMethodOptions};
use azure_identity::ClientAssertion;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use poa_operations::ports::clock::Clock;
use poa_protocol::limits;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{fmt, path::PathBuf, sync::Arc};

/// Makes assertions from a PEM file.
pub(super) struct CertificateAssertion {
    file: PathBuf,
    client_id: String,
    audience: String,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAssertion").field("file", &self.file).finish_non_exhaustive()
    }
}

impl CertificateAssertion {
    /// Checks that the file holds what it must.
    pub(super) fn open(
        file: PathBuf,
        client_id: String,
        audience: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let made = Self { file, client_id, audience, clock };
        made.assertion()?;
        Ok(made)
    }

    fn assertion(&self) -> Result<String, String> {
        let told = |fault: String| format!("`{}`: {fault}", self.file.display());
        let (certificate, key) = self.read().map_err(told)?;
        let mut id = [0; 16];
        SystemRandom::new().fill(&mut id).map_err(|_| "there is no chance to draw".to_owned())?;
        let now = self.clock.now();
        let seconds = |millis: i64| millis.div_euclid(1000);
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "iat": seconds(now.millis()),
            "nbf": seconds(now.millis()),
            "exp": seconds(now.plus_secs(limits::CLIENT_ASSERTION_SECS).millis()),
        });
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)));
        jsonwebtoken::encode(&header, &claims, &key)
            .map_err(|fault| told(format!("its key does not sign: {fault}")))
    }

    /// The certificate (DER) and the key.
    fn read(&self) -> Result<(Vec<u8>, EncodingKey), String> {
        let size = std::fs::metadata(&self.file).map_err(|fault| fault.to_string())?.len();
        if size > limits::CERTIFICATE_FILE_BYTES_MAX {
            return Err(format!(
                "it has {size} bytes, more than {}",
                limits::CERTIFICATE_FILE_BYTES_MAX
            ));
        }
        let text = std::fs::read(&self.file).map_err(|fault| fault.to_string())?;
        let blocks = pem::parse_many(text).map_err(|_| "it is not PEM".to_owned())?;
        let find = |tag: &str| blocks.iter().find(|block| block.tag() == tag);
        // The first certificate is the application's own; those of its issuers follow.
        let certificate = find("CERTIFICATE").ok_or("there is no CERTIFICATE in it")?;
        let key = find("PRIVATE KEY").ok_or("there is no PRIVATE KEY (PKCS #8) in it")?;
        let key = EncodingKey::from_rsa_pem(pem::encode(key).as_bytes())
            .map_err(|_| "its PRIVATE KEY is not RSA in PKCS #8".to_owned())?;
        Ok((certificate.contents().to_vec(), key))
    }
}

#[async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        // A small local file, once per token.
        self.assertion().map_err(|fault| Error::with_message(ErrorKind::Credential, fault))
    }
}
