//! Tests of the choices: what each needs, what it refuses, and that all of it is told at once.

use super::{
    AZURITE_BLOBS, AZURITE_QUEUES, BusChoice, CredentialChoice, DocumentsChoice, SignerChoice,
    StorageChoice, StoreChoice,
};
use crate::settings::{Part, Parts, Services, SettingsFaults};
use std::collections::BTreeMap;

const GUID: &str = "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10";
const VERSION: &str = "00112233445566778899AABBCCDDEEFF";
/// Everything in Azure, as a deployment has it.
const AZURE: &[(&str, &str)] = &[
    ("WEBSITE_INSTANCE_ID", "1"),
    ("AUTHORITY", "https://login.microsoftonline.com"),
    ("API_CLIENT_ID", GUID),
    ("OPERATOR_TENANT_ID", GUID),
    ("STORE", "cosmos"),
    ("COSMOS_ENDPOINT", "https://poa.documents.azure.com:443/"),
    ("COSMOS_DATABASE", "poa"),
    ("COSMOS_REGION", "West Europe"),
    ("BUS", "service-bus"),
    ("ServiceBus__fullyQualifiedNamespace", "poa.servicebus.windows.net"),
    ("DOCUMENTS", "blob"),
    ("STORAGE_BLOB_URL", "https://poa.blob.core.windows.net/"),
    ("SIGNER", "key-vault"),
    ("KEY_VAULT_URL", "https://poa.vault.azure.net/"),
    ("KEY_VAULT_KEY", "receipts"),
    ("KEY_VAULT_KEY_VERSION", VERSION),
];
/// What a development machine has at least.
const LOCAL: &[(&str, &str)] = &[
    ("AUTHORITY", "http://127.0.0.1:7071/local-issuer"),
    ("API_CLIENT_ID", GUID),
    ("OPERATOR_TENANT_ID", GUID),
    ("POA_DEVELOPMENT", "true"),
];

fn read(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Result<Services, SettingsFaults> {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in base.iter().chain(changes) {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    Parts::read(&variables).map(|parts| parts.services)
}

/// The faults, by the name that each begins with.
fn faults(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Vec<String> {
    let faults = read(base, changes).unwrap_err();
    let name = |fault: &String| fault.split('`').nth(1).unwrap().to_owned();
    faults.0.iter().map(name).collect()
}

#[test]
fn without_a_word_everything_is_in_the_data_folder() {
    let services = read(LOCAL, &[("POA_DATA", "d")]).unwrap();
    let data = || "d".into();
    let expected = Services {
        store: StoreChoice::Sqlite { data: data() },
        bus: BusChoice::Sqlite { data: data() },
        documents: DocumentsChoice::Folder { data: data() },
        signer: SignerChoice::Software { data: data() },
        credential: None,
    };
    assert_eq!(services, expected);
    let words =
        [("STORE", "sqlite"), ("BUS", "sqlite"), ("DOCUMENTS", "folder"), ("SIGNER", "software")];
    assert_eq!(read(LOCAL, &[&[("POA_DATA", "d")], &words[..]].concat()).unwrap(), expected);
}

#[test]
fn everything_in_azure_is_read_with_what_it_needs() {
    let expected = Services {
        store: StoreChoice::Cosmos {
            endpoint: "https://poa.documents.azure.com".to_owned(),
            database: "poa".to_owned(),
            region: "West Europe".to_owned(),
        },
        bus: BusChoice::ServiceBus { namespace: "poa.servicebus.windows.net".to_owned() },
        documents: DocumentsChoice::Blob {
            account: StorageChoice::Azure { url: "https://poa.blob.core.windows.net".to_owned() },
            unscanned_accepted: true,
        },
        signer: SignerChoice::KeyVault {
            url: "https://poa.vault.azure.net".to_owned(),
            key: "receipts".to_owned(),
            version: Some(VERSION.to_lowercase()),
        },
        credential: Some(CredentialChoice::Managed { client_id: None }),
    };
    assert_eq!(read(AZURE, &[]).unwrap(), expected);
}

#[test]
fn state_on_sqlite_goes_with_queues_and_blobs_of_azurite() {
    let mixed = [
        ("BUS", "storage-queue"),
        ("DOCUMENTS", "blob"),
        ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
    ];
    let services = read(LOCAL, &mixed).unwrap();
    let azurite = |url: &str| StorageChoice::Azurite { url: url.to_owned() };
    let blobs = |url| DocumentsChoice::Blob { account: azurite(url), unscanned_accepted: true };
    assert_eq!(services.store, StoreChoice::Sqlite { data: ".poa".into() });
    assert_eq!(services.bus, BusChoice::StorageQueue(azurite(AZURITE_QUEUES)));
    assert_eq!(services.documents, blobs(AZURITE_BLOBS));
    assert_eq!(services.credential, None, "the account's own key is enough");
    let moved = ("STORAGE_BLOB_URL", "http://127.0.0.1:20000/devstoreaccount1/");
    let services = read(LOCAL, &[&mixed[..], &[moved]].concat()).unwrap();
    assert_eq!(services.documents, blobs("http://127.0.0.1:20000/devstoreaccount1"));
}

#[test]
fn the_malware_scan_is_waited_for_where_the_setting_says_so() {
    for (word, accepted) in [("if-present", true), ("required", false)] {
        let services = read(AZURE, &[("DOCUMENT_SCAN", word)]).unwrap();
        let DocumentsChoice::Blob { unscanned_accepted, .. } = services.documents else {
            panic!("{services:?}")
        };
        assert_eq!(unscanned_accepted, accepted, "{word}");
    }
    assert_eq!(faults(AZURE, &[("DOCUMENT_SCAN", "true")]), ["DOCUMENT_SCAN"]);
    assert_eq!(faults(LOCAL, &[("DOCUMENT_SCAN", "required")]), ["DOCUMENT_SCAN"]);
}

#[test]
fn what_is_wrong_with_one_part_says_nothing_of_another() {
    let unsound = |changes: &[(&str, &str)]| {
        let variables = AZURE.iter().chain(changes);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Parts::draft(&variables.collect()).unsound
    };
    assert_eq!(unsound(&[]), []);
    for (name, value, part) in [
        ("COSMOS_DATABASE", "a/b", Part::Store),
        ("BUS", "rabbit", Part::Bus),
        ("STORAGE_BLOB_URL", "papers", Part::Documents),
        ("SIGNER", "software", Part::Signer),
        ("AZURE_CLIENT_ID", "me", Part::Credential),
        ("AUTHORITY", "http://127.0.0.1:7071/local-issuer", Part::Issuer),
    ] {
        assert_eq!(unsound(&[(name, value)]), [part], "{name}");
    }
    assert_eq!(unsound(&[("KEY_VAULT_KEY", ""), ("STORE", "")]), [Part::Store, Part::Signer]);
    assert_eq!(unsound(&[("POA_DATA", "/data")]), [], "no part is to blame");
}

#[test]
fn the_account_that_everybody_knows_is_for_development_only() {
    for (url, allowed) in [
        ("http://127.0.0.1:10000/devstoreaccount1", false),
        ("http://poa.blob.core.windows.net", false),
        ("https://poa.blob.core.windows.net", true),
    ] {
        let entra = [
            ("POA_DEVELOPMENT", "false"),
            ("AUTHORITY", "https://login.microsoftonline.com"),
            ("DOCUMENTS", "blob"),
            ("STORAGE_BLOB_URL", url),
        ];
        assert_eq!(read(LOCAL, &entra).is_ok(), allowed, "{url}");
    }
    let unnamed = [
        ("POA_DEVELOPMENT", "false"),
        ("AUTHORITY", "https://login.microsoftonline.com"),
        ("BUS", "storage-queue"),
        ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
    ];
    assert_eq!(faults(LOCAL, &unnamed), ["STORAGE_QUEUE_URL"]);
    for other in ["http://127.0.0.1:10001/mine", "http://azurite:10001/devstoreaccount1"] {
        let other = [("BUS", "storage-queue"), ("STORAGE_QUEUE_URL", other)];
        assert_eq!(faults(LOCAL, &other), ["STORAGE_QUEUE_URL"]);
    }
}

#[test]
fn every_missing_companion_is_told_at_once() {
    let chosen = [
        ("STORE", "cosmos"),
        ("BUS", "service-bus"),
        ("DOCUMENTS", "blob"),
        ("SIGNER", "key-vault"),
        ("AZURE_CREDENTIAL_KIND", "certificate"),
    ];
    let expected = [
        "COSMOS_ENDPOINT",
        "COSMOS_DATABASE",
        "COSMOS_REGION",
        "ServiceBus__fullyQualifiedNamespace",
        "STORAGE_BLOB_URL",
        "KEY_VAULT_URL",
        "KEY_VAULT_KEY",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_CERTIFICATE_PATH",
    ];
    assert_eq!(faults(LOCAL, &chosen), expected);
}

#[test]
fn every_malformed_companion_is_told_at_once() {
    let wrong = [
        ("COSMOS_ENDPOINT", "http://poa.documents.azure.com"),
        ("COSMOS_DATABASE", "a/b"),
        ("COSMOS_REGION", "West-Europe"),
        ("ServiceBus__fullyQualifiedNamespace", "sb://poa.servicebus.windows.net"),
        ("STORAGE_BLOB_URL", "https://poa.blob.core.windows.net?sig=1"),
        ("KEY_VAULT_URL", "https://poa.vault.azure.net/keys"),
        ("KEY_VAULT_KEY", "re_ceipts"),
        ("KEY_VAULT_KEY_VERSION", "latest"),
        ("AZURE_CLIENT_ID", "me"),
    ];
    let names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    assert_eq!(faults(AZURE, &wrong), names);
    for namespace in ["poa", "poa.servicebus.windows.net/", "a@poa.servicebus.windows.net"] {
        let change = [("ServiceBus__fullyQualifiedNamespace", namespace)];
        assert_eq!(faults(AZURE, &change).len(), 1, "{namespace}");
    }
}

#[test]
fn a_companion_of_a_choice_that_is_not_taken_is_a_fault() {
    for (name, value) in AZURE.iter().filter(|(name, _)| {
        name.starts_with("COSMOS")
            || name.starts_with("STORAGE")
            || name.starts_with("KEY_VAULT")
            || name.starts_with("Service")
    }) {
        assert_eq!(faults(LOCAL, &[(name, value)]), [*name]);
    }
    for (name, value) in [
        ("STORAGE_QUEUE_URL", AZURITE_QUEUES),
        ("AZURE_CREDENTIAL_KIND", "managed"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "c.pfx"),
    ] {
        assert_eq!(faults(LOCAL, &[(name, value)]), [name]);
    }
    assert_eq!(faults(AZURE, &[("POA_DATA", "/data")]), ["POA_DATA"]);
    // Kubernetes sets these whether or not they are wanted.
    for name in ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"] {
        assert!(read(LOCAL, &[(name, GUID)]).is_ok(), "{name}");
    }
}

#[test]
fn nothing_of_one_instance_is_switched_on_in_azure() {
    let embedded =
        [("STORE", "sqlite"), ("BUS", "sqlite"), ("DOCUMENTS", "folder"), ("SIGNER", "software")];
    for mark in ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "CONTAINER_APP_NAME"] {
        let mark = (mark, "poa");
        let told = faults(LOCAL, &[&[mark, ("POA_DEVELOPMENT", "false")], &embedded[..]].concat());
        assert_eq!(told, ["AUTHORITY", "STORE", "BUS", "DOCUMENTS", "SIGNER"]);
        let unset = faults(LOCAL, &[mark]);
        assert_eq!(unset, ["POA_DEVELOPMENT", "STORE", "BUS", "DOCUMENTS", "SIGNER"]);
    }
    // Core Tools set this one on every machine.
    assert!(read(LOCAL, &[("WEBSITE_HOSTNAME", "localhost:7071")]).is_ok());
    assert!(read(LOCAL, &[("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi")]).is_ok());
    let wrong = faults(AZURE, &[("SIGNER", "softwear")]);
    assert_eq!(wrong.iter().filter(|name| *name == "SIGNER").count(), 1);
}

#[test]
fn each_kind_of_credential_has_its_companions() {
    let ids = [("AZURE_CLIENT_ID", GUID), ("AZURE_TENANT_ID", GUID)];
    let with = |kind, more: &[(&'static str, &'static str)]| {
        let kind = [("AZURE_CREDENTIAL_KIND", kind)];
        read(AZURE, &[&kind[..], &ids[..], more].concat()).unwrap().credential.unwrap()
    };
    let (tenant, client_id) = (GUID.to_owned(), GUID.to_owned());
    assert_eq!(
        with("managed", &[]),
        CredentialChoice::Managed { client_id: Some(client_id.clone()) }
    );
    assert_eq!(with("devtools", &[]), CredentialChoice::DevTools);
    assert_eq!(
        with("workload", &[("AZURE_FEDERATED_TOKEN_FILE", "/t")]),
        CredentialChoice::Workload {
            tenant: tenant.clone(),
            client_id: client_id.clone(),
            token_file: "/t".into()
        }
    );
    assert_eq!(
        with("certificate", &[("AZURE_CLIENT_CERTIFICATE_PATH", "/c.pfx")]),
        CredentialChoice::Certificate { tenant, client_id, certificate: "/c.pfx".into() }
    );
    assert_eq!(faults(AZURE, &[("AZURE_CREDENTIAL_KIND", "secret")]), ["AZURE_CREDENTIAL_KIND"]);
}
