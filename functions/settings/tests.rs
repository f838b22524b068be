//! Tests of the settings.

use super::{LogLevel, SETTINGS, Settings, is_guid, reader::AZURE_MARKS};
use std::collections::BTreeMap;

fn example() -> BTreeMap<String, String> {
    SETTINGS
        .iter()
        .filter_map(|doc| Some((doc.name.to_owned(), doc.example?.to_owned())))
        .chain([("FUNCTIONS_CUSTOMHANDLER_PORT".to_owned(), "4001".to_owned())])
        .collect()
}

fn with(changes: &[(&str, Option<&str>)]) -> BTreeMap<String, String> {
    let mut variables = example();
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert((*name).to_owned(), (*value).to_owned()),
            None => variables.remove(*name),
        };
    }
    variables
}

#[test]
fn the_example_is_read() {
    let settings = Settings::read(&example()).unwrap();
    assert_eq!(settings.port, 4001);
    assert_eq!(settings.parts.issuer.authority, "http://127.0.0.1:7071/local-issuer");
    assert_eq!((settings.at_once.requests, settings.at_once.work), (256, 64));
    assert_eq!(settings.log_level, LogLevel::Info);
    assert_eq!(settings.collector, None, "nothing is exported unless it is asked for");
    assert!(!settings.parent_pipe);
}

#[test]
fn traces_are_exported_where_a_collector_is_named() {
    let named = ("OTEL_EXPORTER_OTLP_ENDPOINT", Some("http://127.0.0.1:4318/"));
    for (service, expected) in [(None, "proof-of-asset"), (Some("bank-7"), "bank-7")] {
        let read = Settings::read(&with(&[named, ("OTEL_SERVICE_NAME", service)])).unwrap();
        let collector = read.collector.unwrap();
        assert_eq!(collector.endpoint, "http://127.0.0.1:4318");
        assert_eq!(collector.service, expected);
    }
}

#[test]
fn all_faults_are_reported_at_once_with_their_names() {
    let faults = Settings::read(&BTreeMap::new()).unwrap_err();
    for name in ["FUNCTIONS_CUSTOMHANDLER_PORT", "AUTHORITY", "API_CLIENT_ID", "OPERATOR_TENANT_ID"]
    {
        let told = faults.0.iter().filter(|fault| fault.starts_with(&format!("`{name}`"))).count();
        assert_eq!(told, 1, "{name}: {faults}");
    }
    assert_eq!(faults.0.len(), 4, "{faults}");
    assert!(faults.to_string().contains("it expects"), "{faults}");
}

#[test]
fn a_wrong_value_is_refused_by_name() {
    for (name, wrong) in [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "0"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "65536"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "http"),
        ("AUTHORITY", "ftp://issuer"),
        ("AUTHORITY", "https://"),
        ("AUTHORITY", "https://a@b"),
        ("API_CLIENT_ID", "api://poa"),
        ("OPERATOR_TENANT_ID", "common"),
        ("POA_DEVELOPMENT", "yes"),
        ("LOG_LEVEL", "trace"),
        ("REQUESTS_AT_ONCE", "0"),
        ("REQUESTS_AT_ONCE", "10001"),
        ("WORK_AT_ONCE", "-1"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@collector"),
        ("POA_PARENT_PIPE", "true"),
    ] {
        let faults = Settings::read(&with(&[(name, Some(wrong))])).unwrap_err();
        assert!(
            faults.0.iter().any(|fault| fault.starts_with(&format!("`{name}` is `{wrong}`"))),
            "{name}={wrong}: {faults}"
        );
    }
}

#[test]
fn the_limits_are_allowed_at_both_ends() {
    for count in ["1", "10000"] {
        let variables = with(&[("REQUESTS_AT_ONCE", Some(count)), ("WORK_AT_ONCE", Some(count))]);
        assert_eq!(Settings::read(&variables).unwrap().at_once.work.to_string(), count);
    }
}

#[test]
fn only_microsoft_issues_tokens_without_the_development_flag() {
    let no_flag = ("POA_DEVELOPMENT", None);
    for (authority, allowed) in [
        ("https://login.microsoftonline.com", true),
        ("https://login.microsoftonline.com/", true),
        ("https://login.microsoftonline.us", true),
        ("https://login.partner.microsoftonline.cn", true),
        ("https://login.chinacloudapi.cn", true),
        ("https://login.microsoftonline.us.evil.example", false),
        ("https://login.microsoftonline.com/common", false),
        ("https://sts.windows.net", false),
        ("http://login.microsoftonline.com", false),
        ("https://login.microsoftonline.com.evil.example", false),
        ("https://evil.example/login.microsoftonline.com", false),
        ("http://127.0.0.1:7071/local-issuer", false),
    ] {
        let read = Settings::read(&with(&[no_flag, ("AUTHORITY", Some(authority))]));
        assert_eq!(read.is_ok(), allowed, "{authority}");
    }
}

#[test]
fn the_development_flag_is_refused_on_azure() {
    for mark in AZURE_MARKS {
        let faults = Settings::read(&with(&[(mark, Some("x"))])).unwrap_err();
        let told = faults.0.iter().find(|fault| fault.starts_with("`POA_DEVELOPMENT`"));
        assert!(told.is_some_and(|fault| fault.contains(mark)), "{faults}");
    }
}

#[test]
fn a_guid_has_its_hyphens_in_place() {
    assert!(is_guid("5F0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10"));
    for text in [
        "",
        "5f0f6b8e7f0e4c539a410f6f2b1c9d10",
        "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d1g",
        "{5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10}",
        "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d1",
    ] {
        assert!(!is_guid(text), "{text}");
    }
}

/// The settings as docs/operations.md lists them.
fn table() -> String {
    let head = ["| setting | expects | on a development machine |", "|---|---|---|"];
    let rows = SETTINGS.iter().map(|doc| {
        let example = doc.example.filter(|example| !example.is_empty());
        let example = example.map_or_else(|| "not set".to_owned(), |text| format!("`{text}`"));
        format!("| `{}` | {} | {example} |", doc.name, doc.expects)
    });
    let lines: Vec<String> = head.map(str::to_owned).into_iter().chain(rows).collect();
    lines.join("\n")
}

#[test]
fn the_documentation_lists_every_setting_as_it_is() {
    let documented = include_str!("../../docs/operations.md");
    let table = table();
    assert!(documented.contains(&table), "docs/operations.md must hold this table:\n\n{table}");
}
