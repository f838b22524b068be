//! Golden files: what is generated lies in the repository, where people can read and compare it.

use std::path::Path;

/// Compares a generated text with its file. Where they differ the new text is written beside it, so
/// that one look at the difference and one `mv` accept it.
pub(crate) fn compare(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept != text {
        let new = file.with_extension("json.new");
        std::fs::write(&new, text).unwrap();
        panic!("`{path}` is not what the table says; compare it with `{}`", new.display());
    }
}
