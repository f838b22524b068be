//! What outside parties and legal officers say.

use super::{Actor, NewAttestation, NewSignOff, finish};
use crate::{
    evidence::{is_sha256, is_valid_at},
    ids::AttestationId,
    limits,
    refusal::{Fault, Refusal},
    timestamp::Timestamp,
    tokenization::{
        Attestation, Declared, Said, SignOff, Step, Terms, Tokenization, TokenizationRefusal,
    },
};
use poa_formula::Attestor;

impl Tokenization {
    /// Says something about a check, as an outside party.
    pub fn attest(
        &self,
        id: AttestationId,
        new: NewAttestation,
        actor: &Actor,
        (terms, declared): (&Terms, &Declared),
    ) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if actor.party == self.party {
            return Err(TokenizationRefusal::OwnParty.into());
        }
        let check = declared.checks.iter().find(|check| check.code == new.check);
        let Some(check) = check else {
            return Err(TokenizationRefusal::UnknownCheck { check: new.check }.into());
        };
        if check.by == Attestor::Internal {
            return Err(TokenizationRefusal::InternalCheck { check: new.check }.into());
        }
        if !terms.attestors(check.by).contains(&actor.party) {
            return Err(TokenizationRefusal::NotNamed { check: new.check }.into());
        }
        self.must_be_about(&new.data_hash)?;
        self.must_have_room()?;
        finish(statement_faults(
            new.statement.as_deref(),
            ("/evidence_sha256", new.evidence_sha256.as_deref()),
            new.valid_until,
            actor.now,
        ))?;
        Ok(Step::Said(Said::Attested(Box::new(Attestation {
            id,
            check: new.check,
            by: check.by,
            party: actor.party.clone(),
            person: actor.person.clone(),
            satisfied: new.satisfied,
            statement: new.statement,
            evidence_sha256: new.evidence_sha256,
            data_hash: new.data_hash,
            made_at: actor.now,
            valid_until: new.valid_until,
            revoked_at: None,
            outdated: false,
        }))))
    }

    /// Signs off a legal document, as a legal officer.
    pub fn sign_off(
        &self,
        id: AttestationId,
        new: NewSignOff,
        actor: &Actor,
        (terms, declared): (&Terms, &Declared),
    ) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if actor.party == self.party {
            return Err(TokenizationRefusal::OwnParty.into());
        }
        if actor.country != terms.country {
            let country = terms.country.clone();
            return Err(TokenizationRefusal::OtherJurisdiction { country }.into());
        }
        if !declared.legal.iter().any(|one| one.code == new.document) {
            return Err(TokenizationRefusal::UnknownDocument { document: new.document }.into());
        }
        self.must_be_about(&new.data_hash)?;
        self.must_have_room()?;
        let report = ("/sha256", Some(new.sha256.as_str()));
        finish(statement_faults(None, report, new.valid_until, actor.now))?;
        Ok(Step::Said(Said::SignedOff(Box::new(SignOff {
            id,
            document: new.document,
            sha256: new.sha256,
            party: actor.party.clone(),
            person: actor.person.clone(),
            country: actor.country.clone(),
            data_hash: new.data_hash,
            made_at: actor.now,
            valid_until: new.valid_until,
            revoked_at: None,
            outdated: false,
        }))))
    }

    /// Takes back an attestation or a sign-off of the caller's party.
    pub fn revoke(&self, id: &AttestationId, actor: &Actor) -> Result<Step, Refusal> {
        let attestations =
            self.attestations.iter().map(|one| (&one.id, &one.party, one.revoked_at));
        let sign_offs = self.sign_offs.iter().map(|one| (&one.id, &one.party, one.revoked_at));
        let mut own = attestations.chain(sign_offs).filter(|one| *one.1 == actor.party);
        match own.find(|one| one.0 == id) {
            None => Err(TokenizationRefusal::UnknownStatement { id: id.to_string() }.into()),
            Some((_, _, Some(_))) => {
                Err(TokenizationRefusal::AlreadyRevoked { id: id.to_string() }.into())
            }
            Some(_) => {
                self.must_be_open()?;
                Ok(Step::Said(Said::Revoked(id.clone())))
            }
        }
    }

    fn must_have_room(&self) -> Result<(), Refusal> {
        let limit = limits::STATEMENTS_PER_TOKENIZATION_MAX;
        if self.attestations.len().saturating_add(self.sign_offs.len()) < limit {
            Ok(())
        } else {
            Err(TokenizationRefusal::TooManyStatements { limit }.into())
        }
    }
}

fn statement_faults(
    statement: Option<&str>,
    (pointer, sha256): (&str, Option<&str>),
    valid_until: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    if statement.is_some_and(|text| text.len() > limits::TEXT_BYTES_MAX) {
        let message = format!("at most {} bytes are allowed", limits::TEXT_BYTES_MAX);
        faults.push(Fault::new("/statement", "text.too-long", message));
    }
    if !sha256.is_none_or(is_sha256) {
        let message = "a SHA-256 has 64 hexadecimal digits in lower case";
        faults.push(Fault::new(pointer, "evidence.sha256", message));
    }
    if !is_valid_at(valid_until, now) {
        let message = "it would hold no longer already";
        faults.push(Fault::new("/valid_until", "tokenization.valid-until", message));
    }
    faults
}
