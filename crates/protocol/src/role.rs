//! Roles: what a caller may be, as Entra app roles. People and programs have different ones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $program:literal;)+) => {
        /// One role.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        pub enum Role {
            $($(#[$meta])* #[serde(rename = $text)] $name,)+
        }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The value of the `roles` claim.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }

            /// Whether the role is for programs (application permission) and not for people.
            #[must_use]
            pub fn is_for_programs(self) -> bool {
                match self {
                    $(Self::$name => $program),+
                }
            }

            /// Reads a value of the `roles` claim.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|role| role.as_str() == text)
            }
        }
    };
}

roles! {
    /// Writes products, versions and instances.
    ProductOwner = "ProductOwner", false;
    /// Signs the content hash of another party's version.
    Certifier = "Certifier", false;
    /// Brings assets.
    Originator = "Originator", false;
    /// Brings capital or another resource.
    Supplier = "Supplier", false;
    /// Attests checks as an outside party.
    Verifier = "Verifier", false;
    /// Signs off legal documents of a jurisdiction.
    LegalOfficer = "LegalOfficer", false;
    /// Acts for a bank.
    BankOperator = "BankOperator", false;
    /// Resolves reviews and forced transfers.
    Compliance = "Compliance", false;
    /// Reads everything, changes nothing.
    Auditor = "Auditor", false;
    /// Registers parties.
    Administrator = "Administrator", false;
    /// A program that reads the catalog.
    CatalogReadAll = "Catalog.Read.All", true;
    /// A program that tokenizes.
    TokenizeAll = "Tokenize.All", true;
    /// A program that submits batches.
    BatchSubmitAll = "Batch.Submit.All", true;
}
