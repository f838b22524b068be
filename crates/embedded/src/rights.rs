//! Rights of files and folders that only their owner may read.

use std::{fs, io, path::Path};

/// The lowest bits of a mode: what the group and others may do.
#[cfg(unix)]
const GROUP_AND_OTHERS_BITS: u32 = 6;

/// Makes a folder, and those above it, for its owner alone. A folder that is there stays as it is.
#[cfg(unix)]
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder, and those above it. A folder that is there stays as it is.
#[cfg(not(unix))]
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Refuses a file that its group or others may read or write.
#[cfg(unix)]
pub(crate) fn check_private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(|fault| fault.to_string())?.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= GROUP_AND_OTHERS_BITS {
        return Ok(());
    }
    Err(format!(
        "this key may be used by others than its owner (mode {mode:04o}): run `chmod 600` on it, \
         and make a new key if others have had access"
    ))
}

/// Rights are kept by the folder here.
#[cfg(not(unix))]
pub(crate) fn check_private(path: &Path) -> Result<(), String> {
    fs::metadata(path).map(drop).map_err(|fault| fault.to_string())
}
