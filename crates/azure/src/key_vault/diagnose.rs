//! The key under examination: that it is there, enabled and on P-256, that all versions can be
//! published, and that it signs.

use super::KeyVaultSigner;
use crate::remedy::remedy;
use async_trait::async_trait;
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::signer::Signer as _,
};

#[async_trait]
impl Diagnose for KeyVaultSigner {
    fn name(&self) -> String {
        let vault = self.client.endpoint().as_str().trim_end_matches('/');
        format!("Azure Key Vault, {vault}, key `{}`", self.name)
    }

    async fn diagnose(&self) -> Vec<Check> {
        let cure = |wrong: &str| {
            let missing = format!("make the key `{}` in this vault: EC on P-256", self.name);
            let role = "Key Vault Crypto User";
            if wrong.contains("no version that is enabled") {
                return format!("enable a version of the key `{}`, or make a new one", self.name);
            }
            // What the key is like is told by the signer itself, not by an answer of the vault.
            if wrong.contains("P-256") || wrong.contains("disabled") {
                return format!(
                    "{missing}, and enable the version that `KEY_VAULT_KEY_VERSION` names"
                );
            }
            remedy(wrong, role, &missing)
        };
        let kid = self.kid().await;
        let known = kid.clone();
        let there = Check::of("its version is there, enabled, an EC key on P-256", kid, cure);
        let Ok(kid) = known else { return vec![there] };
        let (published, signed) = tokio::join!(self.keys(), self.sign(&kid, b"probe"));
        vec![
            there,
            Check::of("all its versions can be read, to be published", published, cure),
            Check::of("it signs with ES256, and the signature holds", signed, cure),
        ]
    }
}
