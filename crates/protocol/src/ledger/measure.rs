//! Measures: what the operator's compliance orders about a smart asset against the will of its
//! holders. One person orders, another carries out.

use super::{
    Account, Asset, AssetState, Bucket, Entry, EntryKind, LedgerRefusal, Leg, Posting, Units,
};
use crate::{
    caller::Person,
    ids::{AssetId, MeasureId, PartyId},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// Its id.
    pub id: MeasureId,
    /// The smart asset.
    pub asset: AssetId,
    /// What is done.
    pub order: MeasureOrder,
    /// Why, for those who have to know: 1 to 4,096 bytes.
    pub because: String,
    /// Who ordered it.
    pub ordered_by: Person,
    /// When.
    pub ordered_at: Timestamp,
    /// How far it is.
    #[serde(flatten)]
    pub state: MeasureState,
    /// Number of the first event of the last change; 0 before it is kept.
    pub revision: u64,
}

/// What a measure does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum MeasureOrder {
    /// Its units move no more. It is carried out at once: waiting would defeat it.
    Freeze,
    /// They move again.
    Unfreeze,
    /// Available units of one party become another's, whatever the transfer rules say; also while
    /// the smart asset is frozen.
    Transfer {
        /// Gives the units.
        from: PartyId,
        /// Gets them.
        to: PartyId,
        /// How many, above zero.
        units: Units,
    },
    /// Available units of a party go out of being; also while the smart asset is frozen.
    Burn {
        /// Gives the units.
        from: PartyId,
        /// How many, above zero.
        units: Units,
    },
}

/// How far a measure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MeasureState {
    /// It waits for a second person.
    Ordered,
    /// It was carried out.
    Done {
        /// Who carried it out.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// A second person refused it.
    Refused {
        /// Who refused.
        by: Person,
        /// When.
        at: Timestamp,
    },
}

/// What a measure that is carried out leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforced {
    /// The smart asset.
    pub asset: Asset,
    /// The accounts that it changed.
    pub accounts: Vec<Account>,
    /// The measure.
    pub measure: Measure,
    /// The entry; absent where no units moved.
    pub entry: Option<Entry>,
}

impl MeasureState {
    /// As in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
        }
    }
}

impl MeasureOrder {
    /// Whether one person is enough.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        matches!(self, Self::Freeze)
    }

    /// The party whose units it takes.
    #[must_use]
    pub fn from(&self) -> Option<&PartyId> {
        match self {
            Self::Freeze | Self::Unfreeze => None,
            Self::Transfer { from, .. } | Self::Burn { from, .. } => Some(from),
        }
    }

    /// The party that gets units.
    #[must_use]
    pub fn to(&self) -> Option<&PartyId> {
        match self {
            Self::Freeze | Self::Unfreeze | Self::Burn { .. } => None,
            Self::Transfer { to, .. } => Some(to),
        }
    }
}

impl Measure {
    /// The measure, refused by a second person.
    pub fn refuse(self, by: Person, at: Timestamp) -> Result<Self, LedgerRefusal> {
        self.must_wait_for(&by)?;
        Ok(Self { state: MeasureState::Refused { by, at }, ..self })
    }

    /// Carries the measure out: a second person does, except where it is urgent. `accounts` are the
    /// account that gives and the one that gets, as the order names them.
    pub fn carry_out(
        self,
        asset: &Asset,
        accounts: (Option<&Account>, Option<&Account>),
        by: Person,
        at: Timestamp,
    ) -> Result<Enforced, LedgerRefusal> {
        if self.order.is_urgent() {
            self.must_be_ordered()?;
        } else {
            self.must_wait_for(&by)?;
        }
        let enforced = self.enforce(asset, accounts)?;
        let state = MeasureState::Done { by, at };
        Ok(Enforced { measure: Self { state, ..self }, ..enforced })
    }

    fn enforce(
        &self,
        asset: &Asset,
        (from, to): (Option<&Account>, Option<&Account>),
    ) -> Result<Enforced, LedgerRefusal> {
        if self.asset != asset.id {
            return Err(LedgerRefusal::OtherAccount);
        }
        if asset.state == AssetState::Redeemed {
            return Err(LedgerRefusal::Redeemed { asset: asset.id.to_string() });
        }
        match (&self.order, from, to) {
            (MeasureOrder::Freeze, ..) => self.in_state(asset, AssetState::Active),
            (MeasureOrder::Unfreeze, ..) => self.in_state(asset, AssetState::Frozen),
            (MeasureOrder::Transfer { units, .. }, Some(from), Some(to)) => {
                if from.owner == to.owner {
                    return Err(LedgerRefusal::SelfTransfer);
                }
                asset.must_own(to)?;
                let credit = to.leg(Bucket::Available);
                let (mut enforced, posting) = self.moved(asset, from, (credit, *units))?;
                enforced.accounts.push(to.after(&posting)?);
                Ok(enforced)
            }
            (MeasureOrder::Burn { units, .. }, Some(from), _) => {
                let (mut enforced, _) = self.moved(asset, from, (Leg::ISSUANCE, *units))?;
                let redeemed = asset.redeemed.checked_add(*units).ok_or(LedgerRefusal::Overflow)?;
                enforced.asset.redeemed = redeemed;
                if enforced.asset.outstanding()?.is_zero() {
                    enforced.asset.state = AssetState::Redeemed;
                }
                Ok(enforced)
            }
            (MeasureOrder::Transfer { .. } | MeasureOrder::Burn { .. }, ..) => {
                Err(LedgerRefusal::OtherAccount)
            }
        }
    }

    /// The smart asset in the other of the two states in which it has units.
    fn in_state(&self, asset: &Asset, from: AssetState) -> Result<Enforced, LedgerRefusal> {
        if asset.state != from {
            let (asset, state) = (asset.id.to_string(), asset.state.as_str());
            return Err(LedgerRefusal::NothingToEnforce { asset, state });
        }
        let frozen = from == AssetState::Active;
        let state = if frozen { AssetState::Frozen } else { AssetState::Active };
        let (asset, measure) = (Asset { state, ..asset.clone() }, self.clone());
        Ok(Enforced { asset, accounts: Vec::new(), measure, entry: None })
    }

    fn moved(
        &self,
        asset: &Asset,
        from: &Account,
        (credit, units): (Leg, Units),
    ) -> Result<(Enforced, Posting), LedgerRefusal> {
        asset.must_own(from)?;
        if self.order.from() != Some(&from.owner) {
            return Err(LedgerRefusal::OtherAccount);
        }
        let posting = Posting::new(from.leg(Bucket::Available), credit, units)?;
        let kind = match self.order.to() {
            Some(_) => EntryKind::ForcedTransfer,
            None => EntryKind::Burn,
        };
        let entry = Entry {
            kind,
            asset: asset.id.clone(),
            about: self.id.to_string(),
            cause: None,
            postings: vec![posting.clone()],
        };
        let accounts = vec![from.after(&posting)?];
        let (asset, measure, entry) = (asset.clone(), self.clone(), Some(entry));
        Ok((Enforced { asset, accounts, measure, entry }, posting))
    }

    /// INVARIANT: who orders a measure and who decides on it are never the same (tenant, object
    /// id), and it is decided once.
    fn must_wait_for(&self, by: &Person) -> Result<(), LedgerRefusal> {
        self.must_be_ordered()?;
        if self.ordered_by == *by {
            return Err(LedgerRefusal::SamePerson { measure: self.id.to_string() });
        }
        Ok(())
    }

    fn must_be_ordered(&self) -> Result<(), LedgerRefusal> {
        if self.state == MeasureState::Ordered {
            return Ok(());
        }
        let (measure, state) = (self.id.to_string(), self.state.as_str());
        Err(LedgerRefusal::MeasureDecided { measure, state })
    }
}

#[cfg(test)]
mod tests {
    use super::{Measure, MeasureOrder, MeasureState};
    use crate::{
        caller::Person,
        ids::{AssetId, Home, InstanceId, MeasureId, PartyId, TokenizationId},
        ledger::{
            Account, Asset, AssetState, Book, Issued, NewAsset, NewTransfer, Units, issue, transfer,
        },
        side::Side,
        timestamp::Timestamp,
    };
    use poa_formula::Money;
    use ulid::Ulid;

    fn person(name: &str) -> Person {
        Person { tenant: "t".to_owned(), object: name.to_owned() }
    }

    fn party(name: &str) -> PartyId {
        PartyId::of_lei(name)
    }

    fn units(count: i128) -> Units {
        Units::new(count).unwrap()
    }

    fn issued() -> Issued {
        let home = Home::of(&["thing"]);
        issue(NewAsset {
            id: AssetId::new(Ulid::nil(), &home),
            party: party("A"),
            instance: InstanceId::new(Ulid::nil(), &home),
            tokenization: TokenizationId::new(Ulid::nil(), &home),
            effective_hash: "sha256:00".to_owned(),
            side: Side::Originator,
            decimals: 0,
            units: units(100),
            value: Money::parse("100.00", "EUR").unwrap(),
            at: now(),
        })
        .unwrap()
    }

    fn ordered(asset: &Asset, order: MeasureOrder) -> Measure {
        Measure {
            id: MeasureId::new(Ulid::nil(), &Home::of(&["thing"])),
            asset: asset.id.clone(),
            order,
            because: "a court order".to_owned(),
            ordered_by: person("first"),
            ordered_at: now(),
            state: MeasureState::Ordered,
            revision: 0,
        }
    }

    fn code<T: std::fmt::Debug>(result: Result<T, crate::ledger::LedgerRefusal>) -> &'static str {
        result.unwrap_err().code()
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(0)
    }

    #[test]
    fn a_frozen_asset_moves_nothing_but_by_order_of_two_people() {
        let Issued { asset, account, entry } = issued();
        let to = Account::empty(&asset.id, &party("B"));
        let mut book = Book::default();
        book.enter(&entry).unwrap();
        let freeze = ordered(&asset, MeasureOrder::Freeze);
        let frozen = freeze.carry_out(&asset, (None, None), person("first"), now()).unwrap();
        assert_eq!((frozen.asset.state, frozen.entry), (AssetState::Frozen, None));
        let id = crate::ids::TransferId::new(Ulid::nil(), &Home::of(&["thing"]));
        let new = NewTransfer { id, units: units(1), at: now() };
        assert_eq!(code(transfer(&frozen.asset, &account, &to, new)), "ledger.frozen");
        let order = MeasureOrder::Transfer { from: party("A"), to: party("B"), units: units(40) };
        let forced = ordered(&asset, order);
        let accounts = (Some(&account), Some(&to));
        let alone = forced.clone().carry_out(&frozen.asset, accounts, person("first"), now());
        assert_eq!(code(alone), "ledger.same-person");
        let done = forced.carry_out(&frozen.asset, accounts, person("second"), now()).unwrap();
        book.enter(done.entry.as_ref().unwrap()).unwrap();
        assert!(done.accounts.iter().all(|account| book.agrees_with(account)));
        let burn = MeasureOrder::Burn { from: party("A"), units: units(60) };
        let accounts = (done.accounts.first(), None);
        let burnt = ordered(&asset, burn)
            .carry_out(&frozen.asset, accounts, person("second"), now())
            .unwrap();
        book.enter(burnt.entry.as_ref().unwrap()).unwrap();
        assert_eq!(book.issued_and_redeemed(&asset.id), (100, 60));
        assert_eq!((burnt.asset.redeemed, book.holdings(&asset.id)), (units(60), Ok(40)));
        let again = burnt.measure.refuse(person("third"), now());
        assert_eq!(code(again), "ledger.measure-decided");
    }

    #[test]
    fn what_cannot_be_enforced_is_refused() {
        let Issued { asset, account, .. } = issued();
        let to = Account::empty(&asset.id, &party("B"));
        let other = Account::empty(&asset.id, &party("C"));
        let by = || person("second");
        let run = |order: MeasureOrder, accounts| {
            code(ordered(&asset, order).carry_out(&asset, accounts, by(), now()))
        };
        let moved = |count, to: &str| MeasureOrder::Transfer {
            from: party("A"),
            to: party(to),
            units: units(count),
        };
        let burn = |count| MeasureOrder::Burn { from: party("A"), units: units(count) };
        assert_eq!(run(MeasureOrder::Unfreeze, (None, None)), "ledger.nothing-to-enforce");
        let both = (Some(&account), Some(&to));
        assert_eq!(run(moved(101, "B"), both), "ledger.overdraft");
        assert_eq!(run(moved(0, "B"), both), "ledger.no-units");
        assert_eq!(run(moved(1, "A"), (Some(&account), Some(&account))), "ledger.self-transfer");
        assert_eq!(run(moved(1, "B"), (Some(&other), Some(&to))), "ledger.other-account");
        assert_eq!(run(burn(101), (Some(&account), None)), "ledger.overdraft");
        assert_eq!(run(burn(1), (None, None)), "ledger.other-account");
        let all = ordered(&asset, burn(100));
        let gone = all.carry_out(&asset, (Some(&account), None), by(), now()).unwrap();
        assert_eq!(gone.asset.state, AssetState::Redeemed);
        let late = ordered(&asset, MeasureOrder::Freeze);
        let late = late.carry_out(&gone.asset, (None, None), by(), now());
        assert_eq!(code(late), "ledger.redeemed");
        let refused = ordered(&asset, burn(1)).refuse(by(), now()).unwrap();
        assert_eq!(refused.state.as_str(), "refused");
        let own = ordered(&asset, burn(1)).refuse(person("first"), now());
        assert_eq!(code(own), "ledger.same-person");
    }
}
