//! Dispatch: one warp filter over the whole table.
//!
//! A request passes path, method, caller, turn, query and headers, body, recipe, in this order:
//! what costs least and tells a stranger least comes first. There is no `content_length_limit`:
//! the Functions host sends chunked bodies, so bodies are counted while they arrive.

use crate::{
    call::Call,
    caller::Door,
    decision::Decision,
    envelope,
    health::Watch,
    incoming::{self, Arriving},
    reply,
    routes::{Function, Routes},
    trigger::{self, Access, Method, On, Reply, Trigger},
};
use futures_util::FutureExt as _;
use poa_operations::{desk::Desk, failure::Failure};
use poa_protocol::{limits, request::RequestRefusal};
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit, SetOnce},
    time::{Instant, timeout},
};
use warp::{
    Filter,
    filters::BoxedFilter,
    http::{HeaderMap, Method as Verb},
    path::{FullPath, Tail},
    reply::Response,
};

/// Everything that requests, messages and ticks are served with.
#[derive(Debug)]
pub struct App {
    /// What operations work with.
    pub desk: Desk,
    door: Arc<Door>,
    watch: Arc<Watch>,
    routes: Routes,
    work: BTreeMap<&'static str, On>,
    requests: Semaphore,
    works: Semaphore,
}

/// An app that may still be set up: requests wait for it, the probe of the host does not.
pub type Ready = Arc<SetOnce<App>>;

impl App {
    /// An app that serves the whole table.
    #[must_use]
    pub fn new(desk: Desk, door: Door, at_once: crate::settings::AtOnce) -> Self {
        Self::serving(trigger::table(), desk, door, at_once)
    }

    /// An app that serves these functions.
    #[must_use]
    pub fn serving(
        table: impl Iterator<Item = &'static Trigger> + Clone,
        desk: Desk,
        door: Door,
        at_once: crate::settings::AtOnce,
    ) -> Self {
        let door = Arc::new(door);
        let work = table.clone().filter(|trigger| !matches!(trigger.on, On::Http(_)));
        Self {
            desk,
            watch: Arc::new(Watch::new(Arc::clone(&door))),
            door,
            routes: Routes::of(table),
            work: work.map(|trigger| (trigger.name, trigger.on)).collect(),
            requests: Semaphore::new(at_once.requests),
            works: Semaphore::new(at_once.work),
        }
    }
}

impl App {
    /// Reads the signing keys of token issuers again every hour, for as long as it is polled.
    pub async fn renew_keys(&self) {
        loop {
            // Handlers that began together do not ask together.
            let tenth = limits::ISSUER_KEYS_RENEW_SECS / 10;
            let chance = u64::from(self.desk.ids.salt().bytes().fold(0_u8, u8::wrapping_add));
            let pause = limits::ISSUER_KEYS_RENEW_SECS.saturating_sub(tenth);
            let pause = pause.saturating_add(chance.saturating_mul(tenth) / 128);
            tokio::time::sleep(Duration::from_secs(pause)).await;
            self.door.renew_keys(self.desk.clock.now()).await;
        }
    }
}

/// The filter that answers everything.
#[must_use]
pub fn filter(ready: Ready) -> BoxedFilter<(Response,)> {
    let probe = warp::path::end().and(warp::get()).map(reply::alive);
    let nowhere = warp::path::full().map(|path: FullPath| {
        let refusal = RequestRefusal::NoSuchPath { path: path.as_str().to_owned() };
        reply::refuse(&refusal.into(), Decision::unasked(""))
    });
    requests(ready.clone()).or(works(ready)).unify().or(probe).unify().or(nowhere).unify().boxed()
}

/// What comes over HTTP from outside.
fn requests(ready: Ready) -> BoxedFilter<(Response,)> {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::path("api")
        .and(warp::path::tail())
        .and(warp::method())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |tail: Tail, method, query, headers, body| {
            let ready = ready.clone();
            let asked = Request { tail, method, query, headers };
            async move { serve(ready.wait().await, asked, incoming::arriving(body)).await }
        })
        .boxed()
}

/// What the host hands over: `POST /<function>` with an envelope.
fn works(ready: Ready) -> BoxedFilter<(Response,)> {
    warp::post()
        .and(warp::path::param())
        .and(warp::path::end())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |name: String, headers: HeaderMap, body| {
            let ready = ready.clone();
            async move { work(ready.wait().await, &name, &headers, incoming::arriving(body)).await }
        })
        .boxed()
}

/// One request before it was looked at.
struct Request {
    tail: Tail,
    method: Verb,
    query: String,
    headers: HeaderMap,
}

async fn serve(app: &App, request: Request, body: Arriving) -> Response {
    let mut body = Some(body);
    let mut decision = Decision::begin("", &request.headers);
    let response = match app.routes.find(request.tail.as_str()) {
        Err(failure) => reply::refuse(&failure, decision),
        Ok(found) => {
            let method = method(&request.method);
            match method.and_then(|method| found.function(method)) {
                None if request.method == Verb::OPTIONS => reply::options(&found.allow(), decision),
                None => reply::no_such_method(request.method.as_str(), &found.allow(), decision),
                Some(function) => {
                    decision.function = function.name;
                    let params = found.parameters(function);
                    let meter = decision.meter.clone();
                    let served = call(app, function, params, &request, &mut body);
                    reply::respond(meter.around(served).await, decision)
                }
            }
        }
    };
    if !response.status().is_success() {
        incoming::drain(body).await;
    }
    response
}

async fn call(
    app: &App,
    function: &Function,
    params: BTreeMap<&'static str, String>,
    request: &Request,
    body: &mut Option<Arriving>,
) -> Result<Reply, Failure> {
    let http = function.http;
    let headers = &request.headers;
    let mut patience = Patience { left: Duration::from_secs(http.secs_max) };
    let door = app.door.caller(&app.desk, headers, http.access);
    let caller = patience.with(door, limits::ANSWER_SECS_MAX).await?;
    // Whether we are alive is answered however much there is to do.
    let _turn = match http.access {
        Access::Public => None,
        Access::SignedIn | Access::Roles(_) => {
            Some(patience.with(turn(&app.requests), http.secs_max).await?)
        }
    };
    incoming::media_type(headers, http.body)?;
    let query = incoming::query(&request.query, http)?;
    let key = incoming::idempotency_key(headers, http)?;
    let if_match = incoming::if_match(headers, http)?;
    let body = incoming::body(headers, http.body, body).await?;
    let path = request.tail.as_str();
    // Only a key is ever compared by it.
    let body_hash = match &key {
        Some(_) => incoming::body_hash(http.method.as_str(), path, &body),
        None => String::new(),
    };
    let watch = Arc::clone(&app.watch);
    let call = Call { caller, params, query, key, if_match, body_hash, body, watch };
    patience.with(caught((http.serve)(app.desk.clone(), call)), http.secs_max).await
}

async fn work(app: &App, name: &str, headers: &HeaderMap, body: Arriving) -> Response {
    let Some((name, on)) = app.work.get_key_value(name) else {
        let refusal = RequestRefusal::NoSuchPath { path: format!("/{name}") };
        return reply::refuse(&refusal.into(), Decision::begin("", headers));
    };
    let decision = Decision::begin(name, headers);
    let meter = decision.meter.clone();
    let mut body = Some(body);
    let done = async {
        let _turn = turn(&app.works).await?;
        let envelope = incoming::whole(&mut body, limits::ENVELOPE_BYTES_MAX).await?;
        let desk = app.desk.clone();
        let work = match on {
            On::Bus(_, recipe) => recipe(desk, envelope::message(&envelope)?),
            On::Timer(_, recipe) => {
                envelope::tick(&envelope)?;
                recipe(desk)
            }
            On::Http(_) => return Err(Failure::broken("an HTTP function got an envelope")),
        };
        guarded(work, limits::WORK_SECS_MAX).await
    };
    let done = meter.around(done).await;
    let failed = done.is_err();
    let response = reply::worked(done, decision);
    if failed {
        incoming::drain(body).await;
    }
    response
}

/// Runs a recipe so that neither a panic nor endless work reaches the server.
pub(crate) async fn guarded<T>(
    recipe: impl Future<Output = Result<T, Failure>>,
    secs_max: u64,
) -> Result<T, Failure> {
    within(caught(recipe), Duration::from_secs(secs_max)).await
}

/// Runs a recipe so that no panic reaches the server.
async fn caught<T>(recipe: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let done = AssertUnwindSafe(recipe).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Failure::broken("the recipe panicked")))
}

/// Gives up after a while: some part does not answer.
async fn within<T>(
    work: impl Future<Output = Result<T, Failure>>,
    limit: Duration,
) -> Result<T, Failure> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        let cause = format!("not done after {limit:?}");
        Err(Failure::Unavailable { part: "service", cause })
    })
}

/// The time that one request has left. Everything that waits for parts shares it; what waits for
/// the client's own bytes does not use it up.
struct Patience {
    left: Duration,
}

impl Patience {
    /// Waits for some work as long as there is time, and at most so many seconds.
    async fn with<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
        secs_max: u64,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        let done = within(work, self.left.min(Duration::from_secs(secs_max))).await;
        self.left = self.left.saturating_sub(begun.elapsed());
        done
    }
}

/// Waits for a turn, a bounded time.
async fn turn(turns: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
    if let Ok(turn) = turns.try_acquire() {
        return Ok(turn);
    }
    match timeout(Duration::from_secs(limits::TURN_SECS_MAX), turns.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) | Err(_) => Err(RequestRefusal::Busy.into()),
    }
}

/// `HEAD` is served as `GET`; the server leaves the body out.
fn method(verb: &Verb) -> Option<Method> {
    match verb.as_str() {
        "GET" | "HEAD" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        _ => None,
    }
}
