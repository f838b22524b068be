//! Documents in Azure Blob Storage.
