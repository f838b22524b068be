//! Ids and chance.

use ulid::Ulid;

/// Makes what must be unique or unguessable.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A fresh ULID: sortable by time, unique.
    fn ulid(&self) -> Ulid;

    /// 128 bits that nobody can guess, in hexadecimal.
    fn salt(&self) -> String;
}
