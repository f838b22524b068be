//! Every setting by its name: what it expects, and its value on a development machine.

/// One setting as it is documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingDoc {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What it expects.
    pub expects: &'static str,
    /// The value on a development machine without a cloud; `None` where it is not set there.
    pub example: Option<&'static str>,
}

/// Names the settings and lists all of them, in the order of the documentation.
macro_rules! settings {
    ($($constant:ident: $name:literal, $example:expr, $expects:expr;)+) => {
        $(
            pub(super) const $constant: SettingDoc =
                SettingDoc { name: $name, expects: $expects, example: $example };
        )+
        /// Every setting.
        pub const SETTINGS: &[SettingDoc] = &[$($constant),+];
    };
}

settings! {
    PORT: "FUNCTIONS_CUSTOMHANDLER_PORT", None,
        "a port, 1 to 65535; the Functions host sets it";
    STORE: "STORE", Some("sqlite"),
        "`sqlite` or `cosmos`; `sqlite` where it is not set";
    COSMOS_ENDPOINT: "COSMOS_ENDPOINT", None,
        "with `STORE=cosmos`: the URL of the account, `https://<account>.documents.azure.com`";
    COSMOS_DATABASE: "COSMOS_DATABASE", None,
        "with `STORE=cosmos`: the name of the database";
    COSMOS_REGION: "COSMOS_REGION", None,
        "with `STORE=cosmos`: the region that the service runs in, for example `West Europe`";
    BUS: "BUS", Some("sqlite"),
        "`sqlite`, `service-bus` or `storage-queue`; `sqlite` where it is not set";
    SERVICE_BUS: "ServiceBus__fullyQualifiedNamespace", None,
        "with `BUS=service-bus`: the host name of the namespace, \
         `<namespace>.servicebus.windows.net`; the Functions host reads it too";
    STORAGE_QUEUE_URL: "STORAGE_QUEUE_URL", None,
        "with `BUS=storage-queue`: the URL of the queues, `https://<account>.queue.core.windows.net`; \
         in development also Azurite's, `http://127.0.0.1:10001/devstoreaccount1`";
    DOCUMENTS: "DOCUMENTS", Some("folder"),
        "`folder` or `blob`; `folder` where it is not set";
    STORAGE_BLOB_URL: "STORAGE_BLOB_URL", None,
        "with `DOCUMENTS=blob`: the URL of the blobs, `https://<account>.blob.core.windows.net`; \
         in development also Azurite's, `http://127.0.0.1:10000/devstoreaccount1`";
    DOCUMENT_SCAN: "DOCUMENT_SCAN", None,
        "with `DOCUMENTS=blob`: `if-present` or `required`; `required` hands out and counts no \
         document before the malware scan of the storage account has found it clean; `if-present` \
         where it is not set";
    WEB_JOBS_STORAGE: "AzureWebJobsStorage", None,
        "the Functions host's own storage; `UseDevelopmentStorage=true` together with \
         `POA_DEVELOPMENT=true` also gives `STORAGE_QUEUE_URL` and `STORAGE_BLOB_URL` the values \
         of Azurite at its own ports";
    SIGNER: "SIGNER", Some("software"),
        "`software` or `key-vault`; `software` where it is not set, which Azure refuses";
    KEY_VAULT_URL: "KEY_VAULT_URL", None,
        "with `SIGNER=key-vault`: the URL of the vault, `https://<vault>.vault.azure.net`";
    KEY_VAULT_KEY: "KEY_VAULT_KEY", None,
        "with `SIGNER=key-vault`: the name of the key, an EC key on P-256";
    KEY_VAULT_KEY_VERSION: "KEY_VAULT_KEY_VERSION", None,
        "with `SIGNER=key-vault`: the version of the key that signs, 32 hexadecimal digits; the \
         newest that is enabled where it is not set";
    DATA: "POA_DATA", Some(".poa"),
        "a folder for what is not in Azure: store, bus, documents, key; `.poa` where it is not set";
    CREDENTIAL: "AZURE_CREDENTIAL_KIND", None,
        "where a service of Azure is chosen: `managed`, `workload`, `certificate` or `devtools`; \
         `managed` where it is not set";
    CLIENT_ID: "AZURE_CLIENT_ID", None,
        "the client id of the identity, a GUID; with `managed` only for a user-assigned identity";
    TENANT_ID: "AZURE_TENANT_ID", None,
        "with `workload` and `certificate`: the tenant id of the identity, a GUID";
    TOKEN_FILE: "AZURE_FEDERATED_TOKEN_FILE", None,
        "with `workload`: the file that holds the token of the workload";
    CERTIFICATE: "AZURE_CLIENT_CERTIFICATE_PATH", None,
        "with `certificate`: the PEM file that holds the certificate and its RSA key";
    AUTHORITY: "AUTHORITY", Some("http://127.0.0.1:7071/local-issuer"),
        "the base URL of the token issuer: `https://login.microsoftonline.com` or its twin in \
         another cloud; any other only together with `POA_DEVELOPMENT=true`";
    API_CLIENT_ID: "API_CLIENT_ID", Some("5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10"),
        "the client id of this service at the token issuer, a GUID";
    OPERATOR_TENANT_ID: "OPERATOR_TENANT_ID", Some("0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01"),
        "the tenant id of the operator, a GUID";
    DEVELOPMENT: "POA_DEVELOPMENT", Some("true"),
        "`true` or `false`; `true` allows a token issuer that is not Microsoft's and Azurite's \
         well-known account, and is refused on Azure";
    LOG_LEVEL: "LOG_LEVEL", Some("info"),
        "`error`, `warn`, `info` or `debug`; `info` where it is not set";
    OTLP_ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT", None,
        "the base URL of an OpenTelemetry collector that takes OTLP over HTTP, for example \
         `http://127.0.0.1:4318`; nothing is exported where it is not set";
    SERVICE_NAME: "OTEL_SERVICE_NAME", None,
        "the name of this service at the collector; `proof-of-asset` where it is not set";
    REQUESTS_AT_ONCE: "REQUESTS_AT_ONCE", Some("256"),
        "how many HTTP requests are served at the same time, 1 to 10000";
    WORK_AT_ONCE: "WORK_AT_ONCE", Some("64"),
        "how many messages and ticks are worked on at the same time, 1 to 10000";
    PARENT_PIPE: "POA_PARENT_PIPE", None,
        "`1` where the handler ends when its standard input ends; the local host sets it";
}
