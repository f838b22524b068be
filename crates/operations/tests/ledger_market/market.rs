//! A market for tests: three parties that may act, and smart assets that one of them has brought.

mod shelf;

use poa_embedded::testing::{TestDesk, desk};
use poa_formula::Money;
use poa_operations::{
    answer::{Answer, Asked, Outcome},
    commit::{Change, Decision, commit, item},
    decide_party::{PartyMove, decide_kyc, move_party},
    desk::Desk,
    failure::Failure,
    ledger_items::{account_id, account_item, asset_item, entry_event},
    register_party::register_party,
    transfer_units::{TransferMode, TransferOrder},
};
use poa_protocol::{
    caller::{Caller, Person},
    event::Wing,
    ids::{AssetId, InstanceId, PartyId, TokenizationId},
    ledger::{Account, Issued, NewAsset, Units, issue},
    partition::{Partition, thing_home},
    party::{KycDecision, KycVerdict, NewParty, PartyState},
    refusal::Refusal,
    role::Role,
    side::Side,
    thing::{Live, Thing},
};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

pub struct Market {
    pub test: TestDesk,
    instance: InstanceId,
    keys: AtomicU32,
}

/// The parties of a market by number.
pub const BRINGER: u32 = 1;
pub const BUYER: u32 = 2;
pub const OTHER: u32 = 3;
/// Registered, and nothing more.
pub const UNKNOWN_KYC: u32 = 4;

impl Market {
    pub async fn open() -> Self {
        let test = desk();
        let instance = shelf::keep_instance(&test.desk, &party(BRINGER)).await;
        let market = Self { test, instance, keys: AtomicU32::new(0) };
        for number in [BRINGER, BUYER, OTHER, UNKNOWN_KYC] {
            market.register(number).await;
        }
        for number in [BRINGER, BUYER, OTHER] {
            market.admit(number).await;
        }
        market
    }

    pub fn desk(&self) -> &Desk {
        &self.test.desk
    }

    /// A request of a party's person with a fresh key.
    pub fn asked<T>(&self, number: u32, body: T) -> Asked<T> {
        self.asked_by(person_of(number), body)
    }

    pub fn asked_by<T>(&self, caller: Caller, body: T) -> Asked<T> {
        let key = self.keys.fetch_add(1, Ordering::SeqCst).to_string();
        let body_hash = format!("hash of the body of {key}");
        Asked { caller: Some(caller), body, key: Some(key), body_hash, if_match: None }
    }

    /// Issues a smart asset as the pipeline does: head, asset, account and entry in one commit.
    pub async fn issue(&self, reference: &str, count: i128, value: &str) -> AssetId {
        let home = thing_home(&party(BRINGER), "salt", reference);
        let value = Money::parse(value, "EUR").unwrap();
        let (ids, now) = (&self.desk().ids, self.desk().clock.now());
        let tokenization = TokenizationId::new(ids.ulid(), &home);
        let new = NewAsset {
            id: AssetId::new(ids.ulid(), &home),
            party: party(BRINGER),
            instance: self.instance.clone(),
            tokenization: tokenization.clone(),
            effective_hash: "sha256:00".to_owned(),
            side: Side::Originator,
            decimals: 0,
            units: units(count),
            value,
            at: now,
        };
        let (asked, new, tokenization) = (Asked::by_the_system(()), &new, &tokenization);
        let partition = Partition::thing(&home);
        let kept = commit(self.desk(), &asked, &partition, |opened| async move {
            let fresh = || Thing::new(party(BRINGER), reference.to_owned(), Wing::NonBank);
            let thing = opened.state::<Thing>()?.unwrap_or_else(fresh);
            let Issued { asset, account, entry } = issue(new.clone())?;
            let proven = Money::parse("1000000.00", "EUR").unwrap();
            let live = Live { value, proven, tokenization: tokenization.clone() };
            let thing = thing.begin(tokenization.clone())?.issue(asset.id.clone(), live)?;
            let revision = opened.revision();
            let items = vec![asset_item(&asset, revision)?, account_item(&account, revision)?];
            let state = serde_json::to_value(thing).map_err(Failure::broken)?;
            let answer = Answer::new(Outcome::Created, &asset)?;
            let events = vec![entry_event(&entry)?];
            Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
        });
        kept.await.unwrap();
        new.id.clone()
    }

    /// What a party holds: available, locked, pending; `None` without an account.
    pub async fn held(&self, asset: &AssetId, number: u32) -> Option<(i128, i128, i128)> {
        let id = account_id(asset, &party(number));
        let account: Option<Account> =
            item(self.desk(), &Partition::thing(&asset.home()), &id).await.unwrap();
        account.map(|account| {
            (account.available.count(), account.locked.count(), account.pending.count())
        })
    }

    pub async fn suspend(&self, number: u32) {
        let asked = self.asked_by(operator(), PartyMove { state: PartyState::Suspended });
        move_party(self.desk(), asked, &party(number)).await.unwrap();
    }

    async fn register(&self, number: u32) {
        let new = NewParty {
            lei: lei(number),
            name: format!("Party {number}"),
            country: "DE".to_owned(),
            kind: Wing::NonBank,
            tenants: vec![tenant(number)],
            licence: None,
        };
        register_party(self.desk(), self.asked_by(operator(), new)).await.unwrap();
    }

    async fn admit(&self, number: u32) {
        let until = Some(self.desk().clock.now().plus_days(365));
        let verified = KycDecision { state: KycVerdict::Verified, valid_until: until };
        decide_kyc(self.desk(), self.asked_by(operator(), verified), &party(number)).await.unwrap();
        let active = self.asked_by(operator(), PartyMove { state: PartyState::Active });
        move_party(self.desk(), active, &party(number)).await.unwrap();
    }
}

pub fn person_of(number: u32) -> Caller {
    caller(number, Some(party(number)), &[Role::Originator])
}

/// An auditor of the operator.
pub fn auditor() -> Caller {
    Caller { operator: true, ..caller(9, None, &[Role::Auditor]) }
}

/// An auditor of a party that has no part in anything.
pub fn auditor_elsewhere() -> Caller {
    caller(8, Some(party(OTHER)), &[Role::Auditor])
}

/// Somebody whose tenant belongs to no party.
pub fn nobody() -> Caller {
    caller(7, None, &[Role::Originator])
}

fn operator() -> Caller {
    let caller = caller(9, None, &[Role::Administrator, Role::Compliance]);
    Caller { operator: true, ..caller }
}

fn caller(number: u32, party: Option<PartyId>, roles: &[Role]) -> Caller {
    let person = Person { tenant: tenant(number), object: format!("person {number}") };
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    Caller { person, program: false, roles, party, operator: false }
}

pub fn tenant(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

pub fn party(number: u32) -> PartyId {
    PartyId::of_lei(&lei(number))
}

/// A Legal Entity Identifier with its check pair (ISO 7064, MOD 97-10).
fn lei(number: u32) -> String {
    let body = format!("5299{number:014}");
    let check = 98 - (body.parse::<u128>().unwrap() * 100 % 97);
    format!("{body}{check:02}")
}

pub fn units(count: i128) -> Units {
    Units::new(count).unwrap()
}

pub fn order(to: u32, count: i128) -> TransferOrder {
    let (to, units) = (party(to), units(count));
    TransferOrder { to, units, mode: TransferMode::Immediate, expires_at: None }
}

pub fn pending(to: u32, count: i128) -> TransferOrder {
    TransferOrder { mode: TransferMode::Pending, ..order(to, count) }
}

pub fn refusal(outcome: Result<Answer, Failure>) -> Refusal {
    match outcome.unwrap_err() {
        Failure::Refused(refusal) => *refusal,
        other @ (Failure::Unavailable { .. } | Failure::Broken { .. }) => {
            panic!("not refused but {other:?}")
        }
    }
}

pub fn code(outcome: Result<Answer, Failure>) -> &'static str {
    refusal(outcome).code
}

pub fn body(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// The id at the end of the answer's location.
pub fn id<T: std::str::FromStr>(answer: &Answer) -> T
where
    T::Err: std::fmt::Debug,
{
    let location = answer.location.as_deref().unwrap();
    location.rsplit('/').next().unwrap().parse().unwrap()
}
