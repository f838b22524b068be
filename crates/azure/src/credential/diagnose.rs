//! The credential under examination: a token for each service that the settings choose.

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use futures_util::future::join_all;
use poa_operations::diagnosis::{Check, Diagnose};
use std::sync::Arc;

/// A credential and what it must get tokens for.
#[derive(Debug)]
pub struct TokenPatient {
    /// How the settings name it.
    pub kind: &'static str,
    /// The credential.
    pub credential: Arc<dyn TokenCredential>,
    /// What the tokens are for, each with its scope.
    pub scopes: Vec<(&'static str, String)>,
}

#[async_trait]
impl Diagnose for TokenPatient {
    fn name(&self) -> String {
        format!("credential `{}`", self.kind)
    }

    async fn diagnose(&self) -> Vec<Check> {
        let checks = self.scopes.iter().map(|(service, scope)| async move {
            let token = self.credential.get_token(&[scope.as_str()], None).await;
            let token = token.map_err(|fault| crate::client::plain(&fault));
            Check::of(format!("a token for {service} (`{scope}`)"), token, |_| {
                "see whether `AZURE_CREDENTIAL_KIND` is what this machine has, and its ids are right"
                    .to_owned()
            })
        });
        join_all(checks).await
    }
}
