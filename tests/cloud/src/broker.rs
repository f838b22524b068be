//! A stand-in for the REST door of a Service Bus namespace with the topic `tokenization`: it keeps
//! the rules that a sender meets, and plays the faults that it must survive.

use crate::{
    seam::{Answer, Asked, Seam},
    serve::Service,
};
use async_trait::async_trait;
use poa_operations::ports::bus::Message;
use poa_protocol::event::Wing;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

/// Its host.
pub const NAMESPACE: &str = "poa.servicebus.windows.net";
/// Bytes of one request of the standard tier.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is answered so, and nothing is stored.
    Instead(Answer),
    /// It is stored, and the answer is lost.
    LostAnswer,
}

type Faults = dyn Fn(usize) -> Option<Fault> + Send + Sync;

/// How often a message is delivered before it is a dead letter.
const DELIVERIES_MAX: u32 = 10;

/// A message of a subscription.
#[derive(Debug, Clone)]
pub struct Held {
    /// As it was sent.
    pub message: Message,
    /// The number that it got here.
    pub sequence: i64,
    /// How often it was handed out.
    pub deliveries: u32,
    /// What its receiver settles it with; empty while nobody has it.
    pub lock: String,
}

#[derive(Default)]
struct State {
    requests: usize,
    seen: BTreeSet<String>,
    suppressed: usize,
    subscriptions: BTreeMap<&'static str, Vec<Held>>,
    /// What was stored, ever: session and id, in order.
    history: Vec<(String, String)>,
    dead: Vec<(Message, String)>,
    abandoned: usize,
    locks: u64,
    /// Tokens that do not count any more.
    expired: BTreeSet<String>,
    faults: Option<Box<Faults>>,
}

/// The namespace.
#[derive(Default)]
pub struct Broker(Mutex<State>);

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").finish_non_exhaustive()
    }
}

impl Broker {
    /// An empty namespace, and a transport to it.
    pub fn new() -> (Arc<Self>, Arc<Seam>) {
        let broker = Arc::new(Self::default());
        let answers = Arc::clone(&broker);
        (broker, Seam::new(move |asked| answers.take_in(asked)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Decides by the number of a request what goes wrong with it.
    pub fn fail(&self, faults: impl Fn(usize) -> Option<Fault> + Send + Sync + 'static) {
        self.state().faults = Some(Box::new(faults));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.state().faults = None;
    }

    /// A token that does not count any more.
    pub fn expire(&self, token: &str) {
        self.state().expired.insert(format!("Bearer {token}"));
    }

    /// How many messages came again.
    pub fn suppressed(&self) -> usize {
        self.state().suppressed
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.state().requests
    }

    /// Takes everything that a subscription holds.
    pub fn take(&self, subscription: &str) -> Vec<Message> {
        let held = self.state().subscriptions.get_mut(subscription).map(std::mem::take);
        held.into_iter().flatten().map(|held| held.message).collect()
    }

    /// Locks and hands out at most so many messages of a subscription (peek-lock).
    pub fn receive(&self, subscription: &str, max: usize) -> Vec<Held> {
        let state = &mut *self.state();
        let held = state.subscriptions.get_mut(subscription).into_iter().flatten();
        let mut received = Vec::new();
        for held in held.filter(|held| held.lock.is_empty()).take(max) {
            state.locks = state.locks.saturating_add(1);
            held.lock = format!("lock-{}", state.locks);
            held.deliveries = held.deliveries.saturating_add(1);
            received.push(held.clone());
        }
        received
    }

    /// Removes a message for good; whether its lock held.
    pub fn complete(&self, lock: &str) -> bool {
        self.settle(lock).is_some()
    }

    /// Gives a message back; after too many deliveries it is a dead letter. Whether its lock held.
    pub fn abandon(&self, lock: &str, reason: &str) -> bool {
        let Some((subscription, held)) = self.settle(lock) else { return false };
        let state = &mut *self.state();
        state.abandoned = state.abandoned.saturating_add(1);
        if held.deliveries >= DELIVERIES_MAX {
            state.dead.push((held.message, reason.to_owned()));
        } else {
            let held = Held { lock: String::new(), ..held };
            state.subscriptions.entry(subscription).or_default().insert(0, held);
        }
        true
    }

    /// How often a message was given back.
    pub fn abandoned(&self) -> usize {
        self.state().abandoned
    }

    /// The dead letters, with the last reason of each.
    pub fn dead(&self) -> Vec<(Message, String)> {
        self.state().dead.clone()
    }

    /// What was stored, ever: session and id of each message, in the order of arrival.
    pub fn history(&self) -> Vec<(String, String)> {
        self.state().history.clone()
    }

    /// How many messages wait or are worked on.
    pub fn held(&self) -> usize {
        self.state().subscriptions.values().map(Vec::len).sum()
    }

    /// Puts a message into a subscription as any other sender could.
    pub fn put(&self, subscription: &'static str, message: Message) {
        put(&mut self.state(), subscription, message);
    }

    fn settle(&self, lock: &str) -> Option<(&'static str, Held)> {
        let state = &mut *self.state();
        state.subscriptions.iter_mut().find_map(|(subscription, held)| {
            let at = held.iter().position(|held| held.lock == lock)?;
            Some((*subscription, held.remove(at)))
        })
    }

    /// Takes a request.
    pub fn take_in(&self, asked: &Asked) -> Answer {
        let state = &mut *self.state();
        let number = state.requests;
        state.requests = number.saturating_add(1);
        let fault = state.faults.as_ref().and_then(|fault| fault(number));
        if let Some(Fault::Instead(answer)) = fault {
            return answer;
        }
        let answer = take(state, asked).unwrap_or_else(|refused| refused);
        if fault.is_some() { Answer::Broken } else { answer }
    }
}

fn take(state: &mut State, asked: &Asked) -> Result<Answer, Answer> {
    let refused = |status, why: &str| Answer::of(status, &why);
    if asked.url.host_str() != Some(NAMESPACE) || asked.url.path() != "/tokenization/messages" {
        return Err(refused(404, "40400: Endpoint not found."));
    }
    let token = asked.header("authorization");
    let good = token.starts_with("Bearer https://servicebus.azure.net/.default#");
    if !good || state.expired.contains(token) {
        return Err(refused(401, "40103: Invalid authorization token."));
    }
    if asked.method != "POST"
        || asked.header("content-type") != "application/vnd.microsoft.servicebus.json"
    {
        return Err(refused(400, "40000: not a batch"));
    }
    if asked.body.len() > REQUEST_BYTES_MAX {
        return Err(refused(403, "40300: too large"));
    }
    let batch: Vec<Value> =
        serde_json::from_slice(&asked.body).map_err(|_| refused(400, "40000: no JSON"))?;
    if batch.is_empty() {
        return Err(refused(400, "40000: no messages"));
    }
    let sessions: BTreeSet<&str> = batch.iter().map(|one| text(one, SESSION)).collect();
    let bad_id = |id: &str| id.is_empty() || id.chars().count() > 128;
    if sessions.len() != 1 || batch.iter().any(|one| bad_id(text(one, ID))) {
        return Err(refused(400, "40000: one session and an id of at most 128 characters"));
    }
    for one in &batch {
        store(state, one);
    }
    Ok(Answer::of(201, &""))
}

const ID: &str = "/BrokerProperties/MessageId";
const SESSION: &str = "/BrokerProperties/SessionId";

fn text<'a>(message: &'a Value, pointer: &str) -> &'a str {
    message.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Correlation filters on `wing`; what matches none of them lands in `unrouted`.
fn store(state: &mut State, message: &Value) {
    let id = text(message, ID).to_owned();
    if !state.seen.insert(id.clone()) {
        state.suppressed = state.suppressed.saturating_add(1);
        return;
    }
    let (subscription, wing) = match text(message, "/UserProperties/wing") {
        "bank" => ("bank", Wing::Bank),
        "non-bank" => ("non-bank", Wing::NonBank),
        _ => ("unrouted", Wing::NonBank),
    };
    let message = Message {
        message_id: id,
        session_id: text(message, SESSION).to_owned(),
        wing,
        body: text(message, "/Body").to_owned(),
    };
    state.history.push((message.session_id.clone(), message.message_id.clone()));
    put(state, subscription, message);
}

fn put(state: &mut State, subscription: &'static str, message: Message) {
    let sequence = i64::try_from(state.seen.len()).unwrap();
    let held = Held { message, sequence, deliveries: 0, lock: String::new() };
    state.subscriptions.entry(subscription).or_default().push(held);
}

#[async_trait]
impl Service for Broker {
    async fn answer(&self, asked: Asked) -> Answer {
        self.take_in(&asked)
    }
}
