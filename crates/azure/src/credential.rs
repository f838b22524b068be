//! Which credential asks Entra ID for tokens.
