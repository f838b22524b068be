//! What can be asked of the system: load, decide, keep.
