//! A stand-in for the REST door of a Service Bus namespace with the topic `tokenization`: it keeps
//! the rules that a sender meets, and plays the faults that it must survive.

use crate::seam::{Answer, Asked, Seam};
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

#[derive(Default)]
struct State {
    requests: usize,
    seen: BTreeSet<String>,
    suppressed: usize,
    subscriptions: BTreeMap<&'static str, Vec<Message>>,
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
        (broker, Seam::new(move |asked| answers.answer(asked)))
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
        self.state().subscriptions.get_mut(subscription).map(std::mem::take).unwrap_or_default()
    }

    /// Takes a request.
    pub fn answer(&self, asked: &Asked) -> Answer {
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
    state.subscriptions.entry(subscription).or_default().push(Message {
        message_id: id,
        session_id: text(message, SESSION).to_owned(),
        wing,
        body: text(message, "/Body").to_owned(),
    });
}
