//! Tokenizations as operations need them: load one, ask who may see it, keep what happened to it.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::{Change, Decision, Opened, item as read_item},
    desk::Desk,
    failure::Failure,
    instances, ledger_items, parties,
    ports::store::{Item, ItemKind},
};
use poa_protocol::{
    caller::Caller,
    event::NewEvent,
    ids::TokenizationId,
    instance::Instance,
    ledger::{self, Asset, NewAsset},
    limits,
    partition::Partition,
    party::Party,
    role::Role,
    side::Side,
    thing::{Live, Thing},
    timestamp::Timestamp,
    tokenization::{Actor, Demand, IssuedAsset, Step, Tokenization},
};
use serde_json::json;

/// Tokenizations in lists.
pub const TOKENIZATION: ItemKind = ItemKind("tokenization");

/// How much of a tokenization somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything: its own party, and auditors of the system.
    Whole,
    /// What is needed to attest or to sign off.
    Outside,
}

/// The partition that a tokenization lies in: the one of its thing.
#[must_use]
pub fn partition(id: &TokenizationId) -> Partition {
    Partition::thing(&id.home())
}

/// The tokenization with this id, if there is one.
pub async fn load(desk: &Desk, id: &TokenizationId) -> Result<Option<Tokenization>, Failure> {
    read_item(desk, &partition(id), id.as_str()).await
}

/// The tokenization that proved a smart asset.
pub(crate) async fn proof_of(desk: &Desk, asset: &Asset) -> Result<Tokenization, Failure> {
    let proof = load(desk, &asset.tokenization).await?;
    let missing = || Failure::broken(format!("the tokenization of `{}` is not there", asset.id));
    proof.ok_or_else(missing)
}

/// The caller, as one who acts for a party at a moment.
pub(crate) fn actor(caller: &Caller, party: &Party, now: Timestamp) -> Actor {
    Actor {
        person: caller.person.clone(),
        party: party.id.clone(),
        country: party.country.clone(),
        program: caller.program,
        now,
    }
}

/// The tokenization with this id, if the caller may see it, and how much of it.
pub async fn seen(
    desk: &Desk,
    caller: &Caller,
    id: &TokenizationId,
) -> Result<(Tokenization, Sight), Failure> {
    let tokenization = load(desk, id).await?.ok_or_else(|| not_found(id))?;
    if caller.is_of(&tokenization.party) || caller.reads_all() {
        return Ok((tokenization, Sight::Whole));
    }
    let instance = pinned(desk, &tokenization).await?;
    if reviews(desk, caller, &instance).await? {
        return Ok((tokenization, Sight::Outside));
    }
    Err(not_found(id))
}

/// The tokenization with this id, if it is the caller's own party's.
pub async fn own(
    desk: &Desk,
    caller: &Caller,
    id: &TokenizationId,
) -> Result<Tokenization, Failure> {
    let found = load(desk, id).await?.filter(|found| caller.is_of(&found.party));
    found.ok_or_else(|| not_found(id))
}

/// The instance that a tokenization is pinned to.
pub async fn pinned(desk: &Desk, tokenization: &Tokenization) -> Result<Instance, Failure> {
    let found = instances::load(desk, &tokenization.instance).await?;
    found.ok_or_else(|| {
        Failure::broken(format!("`{}` is pinned to an instance that is not there", tokenization.id))
    })
}

/// Whether the caller attests or signs off under an instance.
async fn reviews(desk: &Desk, caller: &Caller, instance: &Instance) -> Result<bool, Failure> {
    let Some(party) = &caller.party else { return Ok(false) };
    let named = &instance.attestors;
    let attests = named.verifier.contains(party) || named.auditor.contains(party);
    if caller.has(Role::Verifier) && attests {
        return Ok(true);
    }
    if !caller.has(Role::LegalOfficer) {
        return Ok(false);
    }
    let party = parties::load(desk, party).await?;
    Ok(party.is_some_and(|party| party.country == instance.country()))
}

/// Whether one of the caller's roles lets it tokenize on a side.
#[must_use]
pub fn tokenizes(caller: &Caller, side: Side) -> bool {
    let own = match side {
        Side::Originator => Role::Originator,
        Side::Supplier => Role::Supplier,
    };
    [own, Role::BankOperator, Role::TokenizeAll].into_iter().any(|role| caller.has(role))
}

/// A tokenization as somebody sees it.
#[must_use]
pub fn view(tokenization: Tokenization, sight: Sight) -> Tokenization {
    match sight {
        Sight::Whole => tokenization,
        Sight::Outside => tokenization.for_outsiders(),
    }
}

/// The answer with one tokenization.
pub fn answer(
    tokenization: &Tokenization,
    sight: Sight,
    outcome: Outcome,
) -> Result<Answer, Failure> {
    let view = view(tokenization.clone(), sight);
    Ok(Answer::new(outcome, &view)?
        .at(format!("tokenizations/{}", tokenization.id))
        .revised(tokenization.revision))
}

/// What is kept of one decision about a tokenization.
#[derive(Debug)]
pub(crate) struct Kept {
    thing: Thing,
    reached: Tokenization,
    items: Vec<Item>,
    events: Vec<NewEvent>,
}

impl Kept {
    /// A tokenization that has just been received.
    pub(crate) fn received(thing: Thing, tokenization: Tokenization) -> Self {
        let events = vec![tokenization.received_event()];
        Self { thing, reached: tokenization, items: Vec::new(), events }
    }

    /// A tokenization after some steps.
    pub(crate) fn steps(
        opened: &Opened,
        from: Tokenization,
        steps: Vec<Step>,
    ) -> Result<Self, Failure> {
        let nothing = || Failure::broken(format!("`{}` lies in no thing", from.id));
        let thing: Thing = opened.state()?.ok_or_else(nothing)?;
        let (items, events) = (Vec::new(), Vec::new());
        let mut kept = Self { thing, reached: from, items, events };
        for step in steps {
            let issued = step.issued().cloned();
            let after = kept.reached.clone().apply(step.clone(), opened.now);
            kept.events.push(step.event(&after));
            kept.reached = after;
            if let Some(issued) = issued {
                kept = kept.issue(&issued, opened.revision())?;
            }
        }
        Ok(kept)
    }

    /// INVARIANT: smart asset, account, live value and tokenization change in one commit.
    fn issue(mut self, issued: &IssuedAsset, revision: u64) -> Result<Self, Failure> {
        let tokenization = &self.reached;
        let live = Live {
            value: issued.value,
            proven: issued.proven,
            tokenization: tokenization.id.clone(),
        };
        let new = NewAsset {
            id: issued.asset.clone(),
            party: tokenization.party.clone(),
            instance: tokenization.instance.clone(),
            tokenization: tokenization.id.clone(),
            effective_hash: tokenization.effective_hash.clone(),
            side: tokenization.side,
            decimals: issued.decimals,
            units: issued.units,
            value: issued.value,
            at: issued.at,
        };
        self.thing = self.thing.issue(issued.asset.clone(), live)?;
        let made = ledger::issue(new)?;
        self.items.push(ledger_items::asset_item(&made.asset, revision)?);
        self.items.push(ledger_items::account_item(&made.account, revision)?);
        self.events.push(ledger_items::entry_event(&made.entry)?);
        Ok(self)
    }

    /// A tokenization to which nothing happened: kept as it is, and due when its wait ends.
    pub(crate) fn unchanged(
        opened: &Opened,
        tokenization: &Tokenization,
    ) -> Result<Change, Failure> {
        let nothing = || Failure::broken(format!("`{}` lies in no thing", tokenization.id));
        let thing: Thing = opened.state()?.ok_or_else(nothing)?;
        let state = serde_json::to_value(thing).map_err(Failure::broken)?;
        let items = vec![listed(tokenization, None)];
        let answer = Answer::new(Outcome::Done, &json!({}))?;
        Ok(Change { state, items, events: Vec::new(), answer })
    }

    /// The pipeline's own run: it has gone as far as it can, so nobody need wake it again, unless
    /// it has come to an end that something else waits for.
    pub(crate) fn without_wakes(mut self) -> Self {
        let waited = self.reached.state.is_end() && self.reached.counts_for().is_some();
        let last = self.events.iter().rposition(|event| event.wake.is_some()).filter(|_| waited);
        for (index, event) in self.events.iter_mut().enumerate() {
            if Some(index) != last {
                event.wake = None;
            }
        }
        self
    }

    /// As a decision that answers with the tokenization.
    pub(crate) fn decide(
        mut self,
        opened: &Opened,
        sight: Sight,
        outcome: Outcome,
    ) -> Result<Decision, Failure> {
        self.reached.revision = opened.revision();
        if self.reached.state.is_end() {
            self.thing = self.thing.end(&self.reached.id);
        }
        let answer = answer(&self.reached, sight, outcome)?;
        let state = serde_json::to_value(&self.thing).map_err(Failure::broken)?;
        // INVARIANT: whoever is woken goes on, also where the message is lost for good.
        let wakes = self.events.iter().any(|event| event.wake.is_some());
        let late = wakes.then(|| opened.now.plus_secs(limits::WAKE_SECS_MAX));
        self.items.push(listed(&self.reached, late));
        let Self { items, events, .. } = self;
        Ok(Decision::Keep(Box::new(Change { state, items, events, answer })))
    }
}

/// A tokenization as the store keeps it: found by its party, by what it is, by what it waits for,
/// and by when the sweep looks after it: when its wait ends, or when its wake is late.
fn listed(tokenization: &Tokenization, late: Option<Timestamp>) -> Item {
    let mut item = Item::plain(tokenization.id.as_str(), TOKENIZATION, json!(tokenization));
    item.owner = Some(tokenization.party.clone());
    item.tags = vec![
        format!("state:{}", tokenization.state),
        format!("wing:{}", tokenization.wing.subscription()),
        format!("instance:{}", tokenization.instance),
        format!("side:{}", tokenization.side),
        format!("reference:{}", tokenization.reference),
    ];
    if !tokenization.state.is_end() {
        let missing = tokenization.evidence.iter().filter(|one| !one.present);
        item.tags.extend(missing.map(|one| document_tag(&one.sha256)));
        item.tags.extend(tokenization.demands.iter().flat_map(Demand::tags));
        item.due = tokenization.wait_until;
    }
    item.due = item.due.into_iter().chain(late).min();
    item.tags.sort_unstable();
    item.tags.dedup();
    item
}

/// The tag of a tokenization that waits for the bytes of a document.
#[must_use]
pub fn document_tag(sha256: &str) -> String {
    format!("document:{sha256}")
}
