//! Adapters that need no cloud: SQLite, a folder, a software key.
