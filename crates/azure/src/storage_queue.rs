//! The bus over Azure Storage queues.
