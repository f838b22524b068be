//! The Smart Asset formula language: pure, no I/O.
