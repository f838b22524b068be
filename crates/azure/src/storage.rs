//! What the clients of Azure Storage share: how they sign in, and what went wrong.

use crate::client::plain;
use azure_core::{
    Error,
    credentials::TokenCredential,
    error::ErrorKind,
    http::{ClientOptions, StatusCode, Url},
};
pub use shared_key::AZURITE_KEY;
use shared_key::SharedKey;
use std::{fmt, future::Future, sync::Arc};

mod shared_key;

/// How a storage account knows us.
#[derive(Debug, Clone)]
pub enum StorageAccess {
    /// A token of Entra ID, over https.
    Token(Arc<dyn TokenCredential>),
    /// Azurite on this machine, in development only: the account and the key that its makers have
    /// published.
    Azurite,
}

impl StorageAccess {
    /// Whether what is missing (a container, a queue) is made on the way. In Azure the
    /// infrastructure makes it, and the identity may not.
    pub(crate) fn makes_missing(&self) -> bool {
        matches!(self, Self::Azurite)
    }

    /// Adds what this access needs to the options of a client; the credential that the client
    /// takes, if any.
    pub(crate) fn admit(
        &self,
        url: &Url,
        options: &mut ClientOptions,
    ) -> Result<Option<Arc<dyn TokenCredential>>, StorageFault> {
        match self {
            Self::Token(_) if url.scheme() != "https" => {
                Err(StorageFault(format!("`{url}` is not https, and tokens need https")))
            }
            Self::Token(credential) => Ok(Some(Arc::clone(credential))),
            Self::Azurite if is_loopback(url) => {
                options.per_try_policies.push(Arc::new(SharedKey::of_azurite()));
                Ok(None)
            }
            Self::Azurite => Err(StorageFault(format!(
                "`{url}` is not on this machine: the published key of Azurite opens nothing else"
            ))),
        }
    }
}

/// A storage account did not do what it was asked, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageFault(pub String);

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StorageFault {}

/// The base URL of a storage service, ready to have names appended.
pub(crate) fn base(url: &str) -> Result<Url, StorageFault> {
    let parsed =
        Url::parse(url).map_err(|fault| StorageFault(format!("`{url}` is no URL: {fault}")))?;
    if parsed.cannot_be_a_base() || parsed.query().is_some() || !parsed.username().is_empty() {
        return Err(StorageFault(format!("`{url}` is not the plain URL of a storage service")));
    }
    Ok(parsed)
}

/// The name of the storage account: the first part of the host, or of the path on this machine.
pub(crate) fn account(url: &Url) -> Option<String> {
    let name = if is_loopback(url) {
        url.path_segments()?.next()?
    } else {
        url.host_str()?.split('.').next()?
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// One call, told with what it was about.
pub(crate) async fn call<T>(
    what: &str,
    call: impl Future<Output = azure_core::Result<T>>,
) -> Result<T, Outcome> {
    call.await.map_err(|error| Outcome { what: what.to_owned(), error })
}

/// A call that did not succeed, before anybody has decided whether that is a fault.
#[derive(Debug)]
pub(crate) struct Outcome {
    what: String,
    error: Error,
}

impl Outcome {
    /// The status that was answered.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.error.http_status()
    }

    /// Whether the service answered with this code of its own.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    fn code(&self) -> Option<&str> {
        match self.error.kind() {
            ErrorKind::HttpResponse { error_code, .. } => error_code.as_deref(),
            ErrorKind::Connection
            | ErrorKind::Io
            | ErrorKind::DataConversion
            | ErrorKind::Credential
            | ErrorKind::Other => None,
        }
    }

    /// As a fault in plain words.
    pub(crate) fn fault(&self) -> StorageFault {
        let what = &self.what;
        let code = self.code().unwrap_or_default();
        StorageFault(match self.status() {
            Some(StatusCode::NotFound) => format!("{what}: it is not there ({code})"),
            Some(StatusCode::Unauthorized) => {
                format!("{what}: our identity was not accepted ({code})")
            }
            Some(StatusCode::Forbidden) => {
                format!("{what}: our identity lacks the role for it, or was not accepted ({code})")
            }
            Some(_) | None => format!("{what}: {}", plain(&self.error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{StorageAccess, account, base};
    use azure_core::http::ClientOptions;

    #[test]
    fn the_published_key_opens_nothing_but_this_machine() {
        for (url, admitted) in [
            ("http://127.0.0.1:10000/devstoreaccount1", true),
            ("http://localhost:10000/devstoreaccount1", true),
            ("http://[::1]:10000/devstoreaccount1", true),
            ("https://devstoreaccount1.blob.core.windows.net/", false),
            ("http://127.0.0.1.example.org/devstoreaccount1", false),
            ("http://azurite:10000/devstoreaccount1", false),
        ] {
            let mut options = ClientOptions::default();
            let outcome = StorageAccess::Azurite.admit(&base(url).unwrap(), &mut options);
            assert_eq!(outcome.is_ok(), admitted, "{url}");
            assert_eq!(options.per_try_policies.len(), usize::from(admitted), "{url}");
        }
    }

    #[test]
    fn an_account_is_named_by_the_host_and_on_this_machine_by_the_path() {
        for (url, name) in [
            ("https://papers.blob.core.windows.net", Some("papers")),
            ("https://papers.blob.core.windows.net/", Some("papers")),
            ("http://127.0.0.1:10000/devstoreaccount1", Some("devstoreaccount1")),
            ("http://127.0.0.1:10000/", None),
        ] {
            assert_eq!(account(&base(url).unwrap()).as_deref(), name, "{url}");
        }
    }

    #[test]
    fn what_is_no_plain_url_is_refused() {
        for url in ["", "papers", "data:x", "https://a.b/?sig=x", "https://me@a.b/"] {
            assert!(base(url).is_err(), "{url}");
        }
    }
}
