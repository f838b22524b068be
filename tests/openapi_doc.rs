//! docs/openapi.json says what the app serves.

#[test]
fn the_document_is_what_the_app_serves() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = format!("{:#}\n", poa::openapi::document());
    let differs = fresh.lines().zip(committed.lines()).find(|(fresh, kept)| fresh != kept);
    assert!(committed == fresh, "run `cargo xtask docs`; first difference: {differs:?}");
}
