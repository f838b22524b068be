//! Versions: immutable programs of a product, checked, certified by another party and published by
//! a second person.

use crate::{
    caller::{Caller, Person},
    fields::Fields,
    limits,
    product::{AssetClass, CatalogRefusal, Product, ProductCode},
    refusal::Refusal,
    role::Role,
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod certificate;
mod number;
pub use certificate::{Certificate, CertificateDecision, Certification, Statement};
pub use number::{Header, VersionNumber, header, rebased};

#[cfg(test)]
mod tests;

/// One version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The product.
    pub product: ProductCode,
    /// Its number, from the header of the source.
    pub number: VersionNumber,
    /// Where it stands.
    pub state: VersionState,
    /// The program.
    pub source: String,
    /// What the checker made of the source, once it was submitted.
    pub content: Option<Content>,
    /// Everybody who wrote its source.
    pub makers: Vec<Person>,
    /// Who submitted it.
    pub submitter: Option<Person>,
    /// What the certifier decided and signed.
    pub certificate: Option<Certificate>,
    /// Who published it.
    pub publisher: Option<Person>,
    /// Revision of its last change.
    pub revision: u64,
}

/// What a version holds, as the checker read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Content {
    /// Title in the source.
    pub title: String,
    /// SHA-256 of the source bytes, `sha256:` and 64 hexadecimal digits.
    pub source_hash: String,
    /// SHA-256 of what the program does, independent of how it is written.
    pub formula_hash: String,
    /// SHA-256 over the RFC 8785 JSON of the two hashes: what a certifier signs.
    pub content_hash: String,
}

/// Where a version stands: `draft → submitted → certified → published → deprecated → withdrawn`.
/// A version that a certifier refuses is withdrawn; its number stays used.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Its source may be replaced.
    Draft,
    /// Checked and frozen, waits for a certifier.
    Submitted,
    /// Signed by a certifier, waits for its publication.
    Certified,
    /// May be adapted by instances.
    Published,
    /// Its instances go on, new ones are not made.
    Deprecated,
    /// Nothing is made of it any more.
    Withdrawn,
}

impl VersionState {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Certified => "certified",
            Self::Published => "published",
            Self::Deprecated => "deprecated",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A source within its limit.
pub fn check_source(source: &str) -> Result<(), CatalogRefusal> {
    let (bytes, limit) = (source.len(), limits::FORMULA_SOURCE_BYTES_MAX);
    if bytes > limit { Err(CatalogRefusal::SourceTooLong { bytes, limit }) } else { Ok(()) }
}

/// What the source of a version of this product starts with.
#[must_use]
pub fn kind_of(product: &Product) -> &'static str {
    if product.asset_class == AssetClass::Regulation { "regime" } else { "product" }
}

/// The number of a source that belongs to this product.
pub fn number_of(source: &str, product: &Product) -> Result<VersionNumber, CatalogRefusal> {
    check_source(source)?;
    let header = header(source).ok_or(CatalogRefusal::NoHeader)?;
    let expected = kind_of(product);
    if header.kind != expected {
        return Err(CatalogRefusal::WrongKind { expected });
    }
    if header.product != product.code.as_str() {
        return Err(CatalogRefusal::WrongProduct {
            expected: product.code.to_string(),
            found: header.product,
        });
    }
    Ok(header.number)
}

impl Version {
    /// A draft.
    pub fn draft(product: &Product, source: String, maker: Person) -> Result<Self, CatalogRefusal> {
        Ok(Self {
            product: product.code.clone(),
            number: number_of(&source, product)?,
            state: VersionState::Draft,
            source,
            content: None,
            makers: vec![maker],
            submitter: None,
            certificate: None,
            publisher: None,
            revision: 0,
        })
    }

    /// Whether it was ever published, so that everybody may read it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.publisher.is_some()
    }

    /// Whether the caller may see it: everybody once it was published, certifiers once it was
    /// submitted, its owner and auditors always.
    #[must_use]
    pub fn visible_to(&self, caller: &Caller, product: &Product) -> bool {
        let certifies = self.state != VersionState::Draft && caller.has(Role::Certifier);
        self.is_public() || certifies || caller.is_of(&product.owner) || caller.reads_all()
    }

    /// The draft with another source of the same number.
    pub fn replace_source(
        mut self,
        product: &Product,
        source: String,
        maker: Person,
    ) -> Result<Self, CatalogRefusal> {
        self.demand(VersionState::Draft, VersionState::Draft)?;
        let number = number_of(&source, product)?;
        if number != self.number {
            return Err(CatalogRefusal::WrongNumber {
                expected: self.number.to_string(),
                found: number.to_string(),
            });
        }
        // INVARIANT: who wrote any of the drafts counts as a maker, so that nobody checks own work.
        if !self.makers.contains(&maker) {
            self.makers.push(maker);
        }
        self.source = source;
        Ok(self)
    }

    /// Whether it may be submitted: only a draft.
    pub fn submittable(&self) -> Result<(), CatalogRefusal> {
        self.demand(VersionState::Draft, VersionState::Submitted)
    }

    /// The version, frozen with what the checker read.
    pub fn submit(mut self, content: Content, submitter: Person) -> Result<Self, CatalogRefusal> {
        self.submittable()?;
        self.state = VersionState::Submitted;
        self.content = Some(content);
        self.submitter = Some(submitter);
        Ok(self)
    }

    /// What a certifier signs about this version, if this certifier may.
    pub fn certifiable(
        &self,
        order: &Certification,
        caller: &Caller,
        product: &Product,
        at: Timestamp,
    ) -> Result<Statement, Refusal> {
        self.demand(VersionState::Submitted, VersionState::Certified)?;
        let Some(party) = caller.party.as_ref().filter(|party| **party != product.owner) else {
            return Err(CatalogRefusal::SameParty.into());
        };
        self.not_made_by(&caller.person, "certify")?;
        let content_hash = self.content_hash();
        if order.content_hash != content_hash {
            return Err(CatalogRefusal::OtherContent { given: order.content_hash.clone() }.into());
        }
        if let Some(text) = &order.statement {
            let mut fields = Fields::default();
            fields.text("/statement", text, limits::TEXT_BYTES_MAX);
            fields.finish()?;
        } else if order.decision == CertificateDecision::Refused {
            return Err(CatalogRefusal::StatementMissing.into());
        }
        Ok(Statement {
            content_hash,
            product: self.product.clone(),
            version: self.number,
            certifier: caller.person.clone(),
            party: party.clone(),
            decision: order.decision,
            statement: order.statement.clone(),
            at,
        })
    }

    /// The version with its certificate: certified, or withdrawn where the certifier refused.
    #[must_use]
    pub fn certified(self, certificate: Certificate) -> Self {
        let state = match certificate.statement.decision {
            CertificateDecision::Certified => VersionState::Certified,
            CertificateDecision::Refused => VersionState::Withdrawn,
        };
        Self { state, certificate: Some(certificate), ..self }
    }

    /// The version, published by a person of its owner who neither wrote nor submitted it.
    pub fn publish(mut self, publisher: &Person) -> Result<Self, CatalogRefusal> {
        self.demand(VersionState::Certified, VersionState::Published)?;
        self.not_made_by(publisher, "publish")?;
        self.state = VersionState::Published;
        self.publisher = Some(publisher.clone());
        Ok(self)
    }

    /// The version, deprecated or withdrawn.
    pub fn retire(mut self, to: VersionState) -> Result<Self, CatalogRefusal> {
        let goes = match to {
            VersionState::Deprecated => self.state == VersionState::Published,
            VersionState::Withdrawn => self.state != VersionState::Withdrawn,
            VersionState::Draft
            | VersionState::Submitted
            | VersionState::Certified
            | VersionState::Published => false,
        };
        if !goes {
            let (from, to) = (self.state.as_str(), to.as_str());
            return Err(CatalogRefusal::NoVersionMove { from, to });
        }
        self.state = to;
        Ok(self)
    }

    /// Whether new instances may be made of it.
    pub fn adaptable(&self) -> Result<(), CatalogRefusal> {
        if self.state == VersionState::Published {
            Ok(())
        } else {
            Err(CatalogRefusal::NotPublished { number: self.number.to_string() })
        }
    }

    /// Whether its instances may take requests.
    pub fn usable(&self) -> Result<(), CatalogRefusal> {
        match self.state {
            VersionState::Published | VersionState::Deprecated => Ok(()),
            VersionState::Draft
            | VersionState::Submitted
            | VersionState::Certified
            | VersionState::Withdrawn => {
                Err(CatalogRefusal::NotPublished { number: self.number.to_string() })
            }
        }
    }

    /// The content hash; empty only before the version is submitted.
    #[must_use]
    pub fn content_hash(&self) -> String {
        self.content.as_ref().map(|content| content.content_hash.clone()).unwrap_or_default()
    }

    fn demand(&self, at: VersionState, to: VersionState) -> Result<(), CatalogRefusal> {
        if self.state == at {
            Ok(())
        } else {
            let (from, to) = (self.state.as_str(), to.as_str());
            Err(CatalogRefusal::NoVersionMove { from, to })
        }
    }

    // INVARIANT: who makes and who checks are never the same (tenant, object id).
    fn not_made_by(&self, person: &Person, step: &'static str) -> Result<(), CatalogRefusal> {
        if self.makers.contains(person) || self.submitter.as_ref() == Some(person) {
            Err(CatalogRefusal::SamePerson { step })
        } else {
            Ok(())
        }
    }
}
