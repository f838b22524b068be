//! The shape of the container: what the store relies on, compared with what is there.

use crate::cosmos::{CONTAINER, PARTITION_KEY};
use azure_data_cosmos::models::{
    ContainerProperties, IndexingMode, IndexingPolicy, PartitionKeyVersion, PropertyPath,
    TimeToLive,
};

/// The container as it is deployed.
const DEPLOYED: &str = include_str!("../../../../infra/ledger-container.json");

/// Says what is wrong with a container. What it indexes besides is paid for with every write, and
/// is no fault.
pub(super) fn check(container: &ContainerProperties) -> Result<(), String> {
    let paths: Vec<&str> = container.partition_key.paths().iter().map(AsRef::as_ref).collect();
    if paths != [PARTITION_KEY] {
        return Err(format!(
            "container `{CONTAINER}` is partitioned by {paths:?}, not by `{PARTITION_KEY}`"
        ));
    }
    if container.partition_key.version() != PartitionKeyVersion::V2 {
        return Err(format!(
            "container `{CONTAINER}` has short partition keys, not those of version 2"
        ));
    }
    if container.default_ttl != TimeToLive::NoDefault {
        return Err(format!(
            "container `{CONTAINER}` forgets all or nothing: its `defaultTtl` is not -1"
        ));
    }
    // Without a policy of its own a container indexes everything.
    container.indexing_policy.as_ref().map_or(Ok(()), indexes)
}

/// What to do about a container of the wrong shape, where that is what is wrong.
pub(super) fn cure(wrong: &str) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|word| wrong.contains(word));
    if says(&["is partitioned by", "short partition keys"]) {
        return Some(format!(
            "a partition key cannot be changed: make the container `{CONTAINER}` anew as \
             `infra/ledger-container.json` says, with partition key `{PARTITION_KEY}`, version 2"
        ));
    }
    if says(&["`defaultTtl`"]) {
        return Some(format!("set `defaultTtl` of the container `{CONTAINER}` to -1"));
    }
    says(&["does not index"]).then(|| {
        format!(
            "give the container `{CONTAINER}` the `indexingPolicy` of \
             `infra/ledger-container.json`; it is built in the background"
        )
    })
}

/// Whether everything that the deployed container indexes is indexed.
fn indexes(policy: &IndexingPolicy) -> Result<(), String> {
    if policy.indexing_mode != Some(IndexingMode::Consistent) || !policy.automatic {
        return Err(format!("container `{CONTAINER}` does not index what is written by itself"));
    }
    let deployed = serde_json::from_str::<ContainerProperties>(DEPLOYED)
        .map_err(|fault| format!("infra/ledger-container.json: {fault}"))?;
    let wanted = deployed.indexing_policy.map(|policy| policy.included_paths).unwrap_or_default();
    let missing: Vec<String> = wanted
        .iter()
        .filter(|path| !indexed(policy, &path.path))
        .map(|path| format!("`{}`", path.path))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("container `{CONTAINER}` does not index {}", missing.join(", ")))
}

/// The rule that says more of a path wins.
fn indexed(policy: &IndexingPolicy, path: &str) -> bool {
    let nearest =
        |rules: &[PropertyPath]| rules.iter().filter_map(|rule| nearness(&rule.path, path)).max();
    nearest(&policy.included_paths) > nearest(&policy.excluded_paths)
}

/// How much of a path a rule says, where it says something of it.
fn nearness(rule: &str, path: &str) -> Option<usize> {
    // Names may come in quotes, which only unusual ones need.
    let rule = rule.replace('"', "");
    if rule == path {
        return Some(usize::MAX);
    }
    let above = rule.strip_suffix('*')?;
    path.starts_with(above).then_some(above.len())
}

#[cfg(test)]
mod tests {
    use super::{DEPLOYED, check, cure};
    use azure_data_cosmos::models::ContainerProperties;
    use serde_json::{Value, json};

    /// The deployed container with something else in its place.
    fn with(at: &str, value: Value) -> Result<(), String> {
        let mut container: Value = serde_json::from_str(DEPLOYED).unwrap();
        *container.pointer_mut(at).unwrap() = value;
        check(&serde_json::from_value::<ContainerProperties>(container).unwrap())
    }

    fn paths(paths: &[&str]) -> Value {
        paths.iter().map(|path| json!({ "path": path })).collect()
    }

    #[test]
    fn a_container_made_wrong_is_told_with_what_to_do() {
        let without_due = paths(&["/kind/?", "/owner/?", "/tags/[]/?", "/text/?"]);
        let all_but = paths(&["/*", "/owner/?", "/tags/*"]);
        let indexing = |name: &str| format!("/indexingPolicy/{name}");
        for (at, value, wrong, remedy) in [
            ("/partitionKey/paths", json!(["/id"]), "is partitioned by [\"/id\"]", "anew"),
            ("/partitionKey/paths", json!(["/pk", "/id"]), "is partitioned by", "anew"),
            ("/partitionKey/version", json!(1), "short partition keys", "version 2"),
            ("/defaultTtl", json!(3600), "`defaultTtl` is not -1", "to -1"),
            (&indexing("indexingMode"), json!("none"), "does not index", "`indexingPolicy`"),
            (&indexing("automatic"), json!(false), "does not index", "`indexingPolicy`"),
            (&indexing("includedPaths"), json!([]), "`/kind/?`, `/owner/?`", "background"),
            (&indexing("includedPaths"), without_due, "does not index `/due/?`", "background"),
            (&indexing("excludedPaths"), all_but, "`/owner/?`", "`indexingPolicy`"),
        ] {
            let told = with(at, value.clone()).unwrap_err();
            assert!(told.contains(wrong), "{at} {value}: {told}");
            let cured = cure(&told).unwrap();
            assert!(cured.contains(remedy), "{told}: {cured}");
        }
    }

    #[test]
    fn what_is_indexed_besides_in_whatever_order_and_spelling_is_no_fault() {
        let shapes: [(&[&str], &[&str]); 4] = [
            (&["/due/?", "/text/?", "/tags/[]/?", "/owner/?", "/kind/?"], &["/*"]),
            (&["/*"], &["/\"_etag\"/?"]),
            (&["/*"], &["/body/*", "/\"_etag\"/?"]),
            (&["/\"kind\"/?", "/owner/*", "/tags/*", "/text/*", "/due/?", "/body/*"], &["/*"]),
        ];
        for (included, excluded) in shapes {
            let policy = json!({
                "indexingMode": "consistent",
                "automatic": true,
                "includedPaths": paths(included),
                "excludedPaths": paths(excluded),
            });
            with("/indexingPolicy", policy).unwrap();
        }
        let mut container: Value = serde_json::from_str(DEPLOYED).unwrap();
        container.as_object_mut().unwrap().remove("indexingPolicy");
        check(&serde_json::from_value(container).unwrap()).unwrap();
    }

    #[test]
    fn of_what_is_wrong_otherwise_the_shape_knows_no_cure() {
        assert_eq!(cure("Cosmos DB: it failed or was not reached (503)"), None);
    }
}
