//! Holds a transfer against the rules for transfers of the program that the asset was issued under.

use crate::{desk::Desk, failure::Failure, instances, programs, tokenizations};
use poa_formula::{Holder, Program};
use poa_protocol::{
    event::Wing,
    ledger::{Account, Asset, LedgerRefusal, Units},
    party::Party,
    timestamp::Timestamp,
};
use std::collections::BTreeSet;

/// One of the two parties, and what it holds of the asset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding<'a> {
    pub(crate) party: &'a Party,
    pub(crate) account: &'a Account,
}

/// Refuses what the program does not allow. Only codes are told: a message could say what the
/// other party holds.
pub(crate) async fn judge(
    desk: &Desk,
    asset: &Asset,
    (sender, recipient): (Holding<'_>, Holding<'_>),
    units: Units,
    now: Timestamp,
) -> Result<(), Failure> {
    let instance = instances::load(desk, &asset.instance).await?;
    let instance = instance
        .ok_or_else(|| Failure::broken(format!("the instance of `{}` is not there", asset.id)))?;
    let program = programs::effective(desk, &instance).await?;
    if !program.has_transfer_rules() {
        return Ok(());
    }
    let transfer = poa_formula::Transfer {
        sender: sender.holder()?,
        recipient: recipient.holder()?,
        units: units.count(),
        date: now.date(),
    };
    let decision = decide(desk, asset, &program, &transfer).await?;
    if decision.allowed {
        return Ok(());
    }
    let codes: BTreeSet<String> = decision.reasons.into_iter().map(|one| one.code).collect();
    let rules = codes.into_iter().collect::<Vec<_>>().join(", ");
    Err(LedgerRefusal::RuleForbids { rules }.into())
}

/// The asset is what it was when it was issued: its data, its evidence, that day.
async fn decide(
    desk: &Desk,
    asset: &Asset,
    program: &Program,
    transfer: &poa_formula::Transfer,
) -> Result<poa_formula::TransferDecision, Failure> {
    let proof = tokenizations::proof_of(desk, asset).await?;
    let evidence = proof.evidence_dates(&BTreeSet::new(), asset.issued_at);
    let issued_on = asset.issued_at.date();
    let inputs = program
        .read_inputs_of(proof.side.into(), &proof.data, issued_on, &evidence)
        .map_err(|_| Failure::broken(format!("the data of `{}` do not read back", proof.id)))?;
    Ok(program.judge_transfer(&inputs, transfer))
}

impl Holding<'_> {
    fn holder(self) -> Result<Holder, Failure> {
        let Account { available, locked, pending, .. } = self.account;
        let held = available.checked_add(*locked).and_then(|some| some.checked_add(*pending));
        let held = held.ok_or_else(|| Failure::broken("an account beyond what units hold"))?;
        let (country, bank) = (self.party.country.clone(), self.party.wing() == Wing::Bank);
        Ok(Holder { country, bank, units: held.count() })
    }
}
