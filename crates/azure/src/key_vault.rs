//! The signer in Azure Key Vault.
