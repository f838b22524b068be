//! Which credential asks Entra ID for tokens: the one that the settings name, and no other.

use crate::client::{Client, Patience};
use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, Url},
};
use azure_identity::{
    ClientAssertionCredential, ClientAssertionCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use certificate::CertificateAssertion;
use kept::KeptTokens;
use poa_operations::ports::clock::Clock;
use poa_protocol::limits;
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

mod certificate;
mod kept;

/// Who asks for tokens. There is no chain: what does not work is told, never replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialKind {
    /// The managed identity of the app: App Service, Functions, Container Apps, virtual machines.
    Managed {
        /// Client id of a user-assigned identity; without it the system-assigned one.
        client_id: Option<String>,
    },
    /// Entra Workload ID on Kubernetes: a token of the cluster is exchanged for one of Entra ID.
    Workload {
        /// The tenant (directory) of the application.
        tenant_id: String,
        /// Its client id.
        client_id: String,
        /// Where the cluster puts its token.
        token_file: PathBuf,
    },
    /// An application that proves itself by a certificate.
    Certificate {
        /// The tenant (directory) of the application.
        tenant_id: String,
        /// Its client id.
        client_id: String,
        /// PEM: the certificate and its RSA key (PKCS #8). Read anew for each token, so that a
        /// renewed file counts without a restart.
        certificate_file: PathBuf,
    },
    /// The person who is signed in to the Azure CLI or the Azure Developer CLI. For development.
    DevTools,
}

impl CredentialKind {
    /// Its name in the settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Managed { .. } => "managed",
            Self::Workload { .. } => "workload",
            Self::Certificate { .. } => "certificate",
            Self::DevTools => "devtools",
        }
    }

    /// Where to look when no token comes.
    fn hint(&self) -> &'static str {
        match self {
            Self::Managed { .. } => {
                "is the identity assigned to this app, and is the client id (AZURE_CLIENT_ID) its?"
            }
            Self::Workload { .. } => {
                "does the application trust the issuer and subject of this cluster's token \
                 (federated credential)?"
            }
            Self::Certificate { .. } => {
                "is the certificate registered at the application, and not expired?"
            }
            Self::DevTools => "sign in with `az login` or `azd auth login`",
        }
    }
}

/// What a credential is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSettings {
    /// Who asks.
    pub kind: CredentialKind,
    /// Base URL of Entra ID in this cloud, such as `https://login.microsoftonline.com`. Managed
    /// identities and the developer's tools know theirs.
    pub authority: String,
}

/// No credential can be made of these settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialFault(pub String);

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CredentialFault {}

/// The credential of these settings. It keeps its tokens, replaces them before they end, and asks
/// once for all that wait; a token that still holds survives an outage of its issuer. No request is
/// made before the first token is wanted.
///
/// # Errors
/// Where a file or a setting that the kind needs is missing or cannot be what it should be.
pub fn open(
    settings: &CredentialSettings,
    client: &Client,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn TokenCredential>, CredentialFault> {
    let CredentialSettings { kind, authority } = settings;
    let asks = asker(kind, authority, client, &clock)
        .map_err(|fault| CredentialFault(format!("credential `{}`: {fault}", kind.name())))?;
    let about = format!("no token from credential `{}`; {}", kind.name(), kind.hint());
    // The tools of a developer keep no limit themselves; what keeps one says more about its cause.
    let limit = patience(client).per_call.saturating_add(Duration::from_secs(1));
    Ok(Arc::new(KeptTokens::new(asks, clock, about, limit)))
}

fn asker(
    kind: &CredentialKind,
    authority: &str,
    client: &Client,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn TokenCredential>, String> {
    let told = |error: azure_core::Error| crate::client::plain(&error);
    Ok(match kind {
        CredentialKind::Managed { client_id } => {
            let id = client_id.clone().map(UserAssignedId::ClientId);
            let client_options = client.with_patience(patience(client)).options();
            let options = ManagedIdentityCredentialOptions { user_assigned_id: id, client_options };
            ManagedIdentityCredential::new(Some(options)).map_err(told)?
        }
        CredentialKind::Workload { tenant_id, client_id, token_file } => {
            let client_options = of_cloud(client, &host(authority)?);
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(named("client id", client_id)?),
                tenant_id: Some(named("tenant id", tenant_id)?),
                token_file_path: Some(token_file.clone()),
            };
            WorkloadIdentityCredential::new(Some(options)).map_err(told)?
        }
        CredentialKind::Certificate { tenant_id, client_id, certificate_file } => {
            let host = host(authority)?;
            let [tenant, id] = [named("tenant id", tenant_id)?, named("client id", client_id)?];
            let endpoint = format!("{host}/{tenant}/oauth2/v2.0/token");
            let assertion = CertificateAssertion::open(
                certificate_file.clone(),
                id.clone(),
                endpoint,
                Arc::clone(clock),
            )?;
            let client_options = of_cloud(client, &host);
            let options = ClientAssertionCredentialOptions { client_options };
            ClientAssertionCredential::new(tenant, id, assertion, Some(options)).map_err(told)?
        }
        CredentialKind::DevTools => DeveloperToolsCredential::new(None).map_err(told)?,
    })
}

/// A token must come before the request that waits for it gives up.
fn patience(client: &Client) -> Patience {
    let longest = Duration::from_secs(limits::ACCESS_TOKEN_SECS_MAX);
    let given = client.patience();
    let per_call = given.per_call.min(longest);
    Patience { per_call, per_try: given.per_try.min(per_call), ..given }
}

fn of_cloud(client: &Client, host: &str) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    host.clone_into(&mut cloud.authority_host);
    let cloud = Some(Arc::new(CloudConfiguration::Custom(cloud)));
    ClientOptions { cloud, ..client.with_patience(patience(client)).options() }
}

fn named(what: &str, value: &str) -> Result<String, String> {
    if value.is_empty() { Err(format!("the {what} is missing")) } else { Ok(value.to_owned()) }
}

/// Scheme and host of the authority.
fn host(authority: &str) -> Result<String, String> {
    let bad = |why: &str| format!("the authority `{authority}` {why}");
    let url = Url::parse(authority).map_err(|_| bad("is no URL"))?;
    if url.scheme() != "https" {
        return Err(bad("does not begin with https://"));
    }
    Ok(url.origin().ascii_serialization())
}
