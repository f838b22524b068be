//! Which adapter stands behind each port, with everything that this choice needs.

use super::{
    Part,
    names::{
        BUS, CERTIFICATE, CLIENT_ID, COSMOS_DATABASE, COSMOS_ENDPOINT, COSMOS_REGION, CREDENTIAL,
        DATA, DOCUMENT_SCAN, DOCUMENTS, KEY_VAULT_KEY, KEY_VAULT_KEY_VERSION, KEY_VAULT_URL,
        SERVICE_BUS, SIGNER, STORAGE_BLOB_URL, STORAGE_QUEUE_URL, STORE, SettingDoc, TENANT_ID,
        TOKEN_FILE, WEB_JOBS_STORAGE,
    },
    reader::{Reader, host_name, https_root, name, url},
};
use std::path::{Path, PathBuf};

/// Which adapter stands behind each port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Services {
    /// Where state is.
    pub store: StoreChoice,
    /// What wakes functions.
    pub bus: BusChoice,
    /// Where evidence is.
    pub documents: DocumentsChoice,
    /// What signs.
    pub signer: SignerChoice,
    /// Who the service is for Azure; `None` where no choice asks.
    pub credential: Option<CredentialChoice>,
}

/// Where state is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// SQLite in a data folder.
    Sqlite {
        /// The folder.
        data: PathBuf,
    },
    /// Azure Cosmos DB.
    Cosmos {
        /// URL of the account, without a slash at the end.
        endpoint: String,
        /// Name of the database.
        database: String,
        /// The region that the service runs in.
        region: String,
    },
}

/// What wakes functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusChoice {
    /// SQLite in a data folder.
    Sqlite {
        /// The folder.
        data: PathBuf,
    },
    /// Azure Service Bus.
    ServiceBus {
        /// Host name of the namespace.
        namespace: String,
    },
    /// Azure Storage queues.
    StorageQueue(StorageChoice),
}

/// Where evidence is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentsChoice {
    /// A data folder.
    Folder {
        /// The folder.
        data: PathBuf,
    },
    /// Azure Blob Storage.
    Blob {
        /// The blobs.
        account: StorageChoice,
        /// Whether a document counts before the malware scan has found it clean.
        unscanned_accepted: bool,
    },
}

/// One service of a storage account, and how it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageChoice {
    /// Azure Storage, with a token.
    Azure {
        /// URL of the service, without a slash at the end.
        url: String,
    },
    /// The emulator over plain HTTP, with its well-known account. Only in development.
    Azurite {
        /// URL of the service, with the account, without a slash at the end.
        url: String,
    },
}

/// What signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerChoice {
    /// A key in a data folder. Never on Azure.
    Software {
        /// The folder.
        data: PathBuf,
    },
    /// A key in Azure Key Vault.
    KeyVault {
        /// URL of the vault, without a slash at the end.
        url: String,
        /// Name of the key.
        key: String,
        /// Version of the key that signs; `None` is the newest that is enabled.
        version: Option<String>,
    },
}

/// Who the service is for Azure. There is no chain: exactly this one is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialChoice {
    /// The managed identity of where it runs.
    Managed {
        /// Client id of a user-assigned one; `None` is the system-assigned one.
        client_id: Option<String>,
    },
    /// A federated identity of a Kubernetes workload.
    Workload {
        /// Tenant of the identity.
        tenant: String,
        /// Client id of the identity.
        client_id: String,
        /// The file with the workload's own token.
        token_file: PathBuf,
    },
    /// An application with a certificate.
    Certificate {
        /// Tenant of the application.
        tenant: String,
        /// Client id of the application.
        client_id: String,
        /// The file with certificate and key.
        certificate: PathBuf,
    },
    /// Whoever is signed in to the developer tools of this machine.
    DevTools,
}

/// Where Azurite serves blobs when nobody says otherwise.
pub const AZURITE_BLOBS: &str = "http://127.0.0.1:10000/devstoreaccount1";
/// Where Azurite serves queues when nobody says otherwise.
pub const AZURITE_QUEUES: &str = "http://127.0.0.1:10001/devstoreaccount1";

/// The words of each choice; the first is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Embedded,
    Azure,
    Queue,
}

impl Services {
    pub(super) fn read(reader: &mut Reader<'_>, development: bool) -> Self {
        let data: PathBuf = reader.text(DATA).unwrap_or(".poa").into();
        let store = reader.of_part(Part::Store, |reader| store(reader, &data));
        let bus = reader.of_part(Part::Bus, |reader| bus(reader, &data, development));
        let documents =
            reader.of_part(Part::Documents, |reader| documents(reader, &data, development));
        let signer = reader.of_part(Part::Signer, |reader| signer(reader, &data));
        let asks_azure = matches!(store, StoreChoice::Cosmos { .. })
            || matches!(bus, BusChoice::ServiceBus { .. })
            || matches!(bus, BusChoice::StorageQueue(StorageChoice::Azure { .. }))
            || matches!(
                documents,
                DocumentsChoice::Blob { account: StorageChoice::Azure { .. }, .. }
            )
            || matches!(signer, SignerChoice::KeyVault { .. });
        let credential = reader.of_part(Part::Credential, |reader| credential(reader, asks_azure));
        let services = Self { store, bus, documents, signer, credential };
        if !services.uses_a_folder() && reader.text(DATA).is_some() {
            let name = DATA.name;
            reader.faults.push(format!("`{name}` is set although nothing would use it"));
        }
        services
    }

    fn uses_a_folder(&self) -> bool {
        matches!(self.store, StoreChoice::Sqlite { .. })
            || matches!(self.bus, BusChoice::Sqlite { .. })
            || matches!(self.documents, DocumentsChoice::Folder { .. })
            || matches!(self.signer, SignerChoice::Software { .. })
    }
}

/// Reads which adapter is chosen. What lies on the disk of one instance is refused on Azure, where
/// that disk is gone with the instance and no other instance sees it.
fn chosen(reader: &mut Reader<'_>, doc: SettingDoc, words: &[(&str, Word)]) -> Word {
    let word = reader.word(doc, words, Word::Embedded);
    let embedded = words.first().map_or("", |(word, _)| *word);
    let stays = reader.text(doc).is_none_or(|text| text == embedded);
    if let Some(mark) = reader.azure().filter(|_| stays) {
        let others: Vec<_> = words.iter().skip(1).map(|(word, _)| format!("`{word}`")).collect();
        let fault = format!(
            "`{}` is `{embedded}` although `{mark}` says that this is Azure, where the disk of an \
             instance goes with it; it must be {}",
            doc.name,
            others.join(" or ")
        );
        reader.faults.push(fault);
    }
    word
}

fn store(reader: &mut Reader<'_>, data: &Path) -> StoreChoice {
    let words = [("sqlite", Word::Embedded), ("cosmos", Word::Azure)];
    if chosen(reader, STORE, &words) == Word::Azure {
        return StoreChoice::Cosmos {
            endpoint: reader.required(COSMOS_ENDPOINT, https_root),
            database: reader.required(COSMOS_DATABASE, name),
            region: reader.required(COSMOS_REGION, region),
        };
    }
    reader.unused(&[COSMOS_ENDPOINT, COSMOS_DATABASE, COSMOS_REGION], STORE, "cosmos");
    StoreChoice::Sqlite { data: data.to_owned() }
}

fn bus(reader: &mut Reader<'_>, data: &Path, development: bool) -> BusChoice {
    let words =
        [("sqlite", Word::Embedded), ("service-bus", Word::Azure), ("storage-queue", Word::Queue)];
    let word = chosen(reader, BUS, &words);
    if word != Word::Azure {
        reader.unused(&[SERVICE_BUS], BUS, "service-bus");
    }
    if word != Word::Queue {
        reader.unused(&[STORAGE_QUEUE_URL], BUS, "storage-queue");
    }
    match word {
        Word::Embedded => BusChoice::Sqlite { data: data.to_owned() },
        Word::Azure => BusChoice::ServiceBus { namespace: reader.required(SERVICE_BUS, host_name) },
        Word::Queue => {
            let at = (STORAGE_QUEUE_URL, AZURITE_QUEUES);
            BusChoice::StorageQueue(storage(reader, at, development))
        }
    }
}

fn documents(reader: &mut Reader<'_>, data: &Path, development: bool) -> DocumentsChoice {
    let words = [("folder", Word::Embedded), ("blob", Word::Azure)];
    if chosen(reader, DOCUMENTS, &words) == Word::Azure {
        let at = (STORAGE_BLOB_URL, AZURITE_BLOBS);
        return DocumentsChoice::Blob {
            account: storage(reader, at, development),
            unscanned_accepted: !reader.flag(DOCUMENT_SCAN, "required", "if-present"),
        };
    }
    reader.unused(&[STORAGE_BLOB_URL, DOCUMENT_SCAN], DOCUMENTS, "blob");
    DocumentsChoice::Folder { data: data.to_owned() }
}

fn signer(reader: &mut Reader<'_>, data: &Path) -> SignerChoice {
    let words = [("software", Word::Embedded), ("key-vault", Word::Azure)];
    if chosen(reader, SIGNER, &words) == Word::Azure {
        return SignerChoice::KeyVault {
            url: reader.required(KEY_VAULT_URL, https_root),
            key: reader.required(KEY_VAULT_KEY, key),
            version: reader
                .text(KEY_VAULT_KEY_VERSION)
                .map(|_| reader.required(KEY_VAULT_KEY_VERSION, version)),
        };
    }
    reader.unused(&[KEY_VAULT_URL, KEY_VAULT_KEY, KEY_VAULT_KEY_VERSION], SIGNER, "key-vault");
    SignerChoice::Software { data: data.to_owned() }
}

/// One service of a storage account. Plain HTTP is Azurite's, with the account that everybody
/// knows the key of.
fn storage(
    reader: &mut Reader<'_>,
    (doc, azurite): (SettingDoc, &'static str),
    development: bool,
) -> StorageChoice {
    let emulated = reader.text(WEB_JOBS_STORAGE) == Some("UseDevelopmentStorage=true");
    let text = reader.text(doc).or((emulated && development).then_some(azurite));
    if let Some(url) = text.and_then(https_url) {
        return StorageChoice::Azure { url };
    }
    let emulator = text.filter(|_| development).and_then(|text| url(text, &["http"]));
    let account = emulator.filter(|url| {
        let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        here && url.path() == "/devstoreaccount1"
    });
    if account.is_none() {
        reader.fault(doc);
    }
    let url = account.map(|url| url.as_str().to_owned()).unwrap_or_default();
    StorageChoice::Azurite { url }
}

/// An `https` URL; the account may stand in its path, as an emulator with a certificate has it.
fn https_url(text: &str) -> Option<String> {
    url(text, &["https"]).map(|url| url.as_str().trim_end_matches('/').to_owned())
}

fn region(text: &str) -> Option<String> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == ' ';
    text.chars().all(letter).then(|| text.to_owned())
}

/// Key Vault takes no underscores.
fn key(text: &str) -> Option<String> {
    name(text).filter(|name| !name.contains('_'))
}

fn version(text: &str) -> Option<String> {
    let digits = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then(|| text.to_ascii_lowercase())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Managed,
    Workload,
    Certificate,
    DevTools,
}

/// `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE` may be there without a
/// use: Kubernetes sets them by itself.
fn credential(reader: &mut Reader<'_>, asked: bool) -> Option<CredentialChoice> {
    let words = [
        ("managed", Kind::Managed),
        ("workload", Kind::Workload),
        ("certificate", Kind::Certificate),
        ("devtools", Kind::DevTools),
    ];
    let kind = reader.word(CREDENTIAL, &words, Kind::Managed);
    if kind != Kind::Certificate || !asked {
        reader.unused(&[CERTIFICATE], CREDENTIAL, "certificate");
    }
    if !asked {
        if reader.text(CREDENTIAL).is_some() {
            let name = CREDENTIAL.name;
            reader.faults.push(format!("`{name}` is set although no service of Azure is chosen"));
        }
        return None;
    }
    let file = |text: &str| Some(text.to_owned());
    Some(match kind {
        Kind::Managed => CredentialChoice::Managed {
            client_id: reader.text(CLIENT_ID).is_some().then(|| reader.guid(CLIENT_ID)),
        },
        Kind::Workload => CredentialChoice::Workload {
            tenant: reader.guid(TENANT_ID),
            client_id: reader.guid(CLIENT_ID),
            token_file: reader.required(TOKEN_FILE, file).into(),
        },
        Kind::Certificate => CredentialChoice::Certificate {
            tenant: reader.guid(TENANT_ID),
            client_id: reader.guid(CLIENT_ID),
            certificate: reader.required(CERTIFICATE, file).into(),
        },
        Kind::DevTools => CredentialChoice::DevTools,
    })
}

#[cfg(test)]
#[path = "services_tests.rs"]
mod tests;
