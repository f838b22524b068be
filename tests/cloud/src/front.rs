//! The way of a child process to Azure: an HTTPS proxy that leads each host name to the stand-in
//! for it, over TLS with a certificate for that very name, and remembers who else was called.

use crate::{
    seam::{Answer, Asked},
    serve::{self, Service},
    tokens::Anchor,
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Bytes of the head of a `CONNECT`.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Where a machine of Azure tells about itself. The SDK of Cosmos DB asks there for the id of the
/// machine, for its own diagnostics; here, as in Functions, there is none.
pub const METADATA: &str = "169.254.169.254";

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection breaks before the service hears of it.
    Before,
    /// It is done, and the connection breaks before the answer.
    After,
    /// Nothing ever comes.
    Silence,
    /// It is not done; this is the answer.
    Instead(Answer),
}

/// Where a host name leads.
#[derive(Debug, Clone)]
pub enum Host {
    /// To a stand-in: TLS ends here.
    Service(Arc<dyn Service>),
    /// To a server that speaks TLS itself.
    Server(SocketAddr),
}

type Faults = dyn Fn(usize, &Asked) -> Option<Fault> + Send + Sync;

#[derive(Default)]
struct State {
    faults: BTreeMap<String, (usize, Box<Faults>)>,
    /// Who was called.
    called: BTreeSet<String>,
    /// Who was called and has no place here.
    strangers: BTreeSet<String>,
}

/// The proxy.
pub struct Front {
    /// Its URL.
    pub url: String,
    ways: Arc<Ways>,
    server: JoinHandle<()>,
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Front {
    /// A proxy to these hosts, whose certificates are of this authority.
    pub async fn start(anchor: Arc<Anchor>, hosts: BTreeMap<String, Host>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tls = Mutex::default();
        let ways = Arc::new(Ways { anchor, hosts, tls, state: Mutex::default() });
        let serving = Arc::clone(&ways);
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let ways = Arc::clone(&serving);
                // How a connection ends is not the proxy's business.
                tokio::spawn(async move { ways.lead(socket).await });
            }
        });
        Self { url, ways, server }
    }

    /// Decides by the number of a request to a host, counted from now on, what goes wrong with it.
    pub fn fail(
        &self,
        host: &str,
        faults: impl Fn(usize, &Asked) -> Option<Fault> + Send + Sync + 'static,
    ) {
        assert!(matches!(self.ways.hosts.get(host), Some(Host::Service(_))), "{host}");
        self.ways.state().faults.insert(host.to_owned(), (0, Box::new(faults)));
    }

    /// Nothing goes wrong with a host any more.
    pub fn heal(&self, host: &str) {
        self.ways.state().faults.remove(host);
    }

    /// Requests to a host since it was told to fail.
    pub fn met(&self, host: &str) -> usize {
        self.ways.state().faults.get(host).map_or(0, |(met, _)| *met)
    }

    /// Who was called.
    pub fn called(&self) -> BTreeSet<String> {
        self.ways.state().called.clone()
    }

    /// Who was called and has no place here.
    pub fn strangers(&self) -> BTreeSet<String> {
        self.ways.state().strangers.clone()
    }
}

struct Ways {
    anchor: Arc<Anchor>,
    hosts: BTreeMap<String, Host>,
    tls: Mutex<BTreeMap<String, Arc<ServerConfig>>>,
    state: Mutex<State>,
}

impl Ways {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn lead(self: Arc<Self>, mut socket: TcpStream) -> io::Result<()> {
        let head = head(&mut socket).await?;
        let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
        let name = target.and_then(|target| target.strip_suffix(":443"));
        let known = name.and_then(|name| Some((name.to_owned(), self.hosts.get(name)?.clone())));
        let Some((name, host)) = known else {
            if head.starts_with(&format!("GET http://{METADATA}/")) {
                self.state().called.insert(METADATA.to_owned());
                return refuse(&mut socket, "404 Not Found").await;
            }
            let stranger = head.lines().next().unwrap_or_default().to_owned();
            self.state().strangers.insert(stranger);
            return refuse(&mut socket, "403 Forbidden").await;
        };
        self.state().called.insert(name.clone());
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        match host {
            Host::Server(address) => {
                let mut far = TcpStream::connect(address).await?;
                copy_bidirectional(&mut socket, &mut far).await.map(drop)
            }
            Host::Service(service) => {
                let tls = TlsAcceptor::from(self.tls(&name)).accept(socket).await?;
                let origin = format!("https://{name}");
                let service = Faulty { name, service, ways: self };
                serve::connection(tls, &origin, Arc::new(service)).await;
                Ok(())
            }
        }
    }

    fn tls(&self, name: &str) -> Arc<ServerConfig> {
        let mut known = self.tls.lock().unwrap();
        let made = || {
            let (certificate, key) = self.anchor.leaf(&[name]);
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let provider = Arc::new(aws_lc_rs::default_provider());
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap();
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Arc::new(config)
        };
        Arc::clone(known.entry(name.to_owned()).or_insert_with(made))
    }

    fn fault(&self, name: &str, asked: &Asked) -> Option<Fault> {
        let mut state = self.state();
        let (met, faults) = state.faults.get_mut(name)?;
        let number = *met;
        *met = number.saturating_add(1);
        faults(number, asked)
    }
}

async fn refuse(socket: &mut TcpStream, status: &str) -> io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    socket.write_all(answer.as_bytes()).await
}

/// The head of the first request, without the empty line at its end.
async fn head(socket: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    // A client sends nothing more before it is answered.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD_BYTES_MAX || socket.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// A service with which something may go wrong.
struct Faulty {
    name: String,
    service: Arc<dyn Service>,
    ways: Arc<Ways>,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl Service for Faulty {
    async fn answer(&self, asked: Asked) -> Answer {
        match self.ways.fault(&self.name, &asked) {
            None => self.service.answer(asked).await,
            Some(Fault::Before) => Answer::Broken,
            Some(Fault::After) => {
                self.service.answer(asked).await;
                Answer::Broken
            }
            Some(Fault::Silence) => Answer::Silence,
            Some(Fault::Instead(answer)) => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Answer, Arc, Asked, BTreeMap, Fault, Front, Host, Service, async_trait};

    #[derive(Debug)]
    struct Echo;

    #[async_trait]
    impl Service for Echo {
        async fn answer(&self, asked: Asked) -> Answer {
            Answer::of(200, &asked.url)
        }
    }

    #[tokio::test]
    async fn a_name_leads_to_its_service_over_tls_and_every_other_one_nowhere() {
        let anchor = Arc::new(Anchor::fresh());
        let hosts = [("one.example".to_owned(), Host::Service(Arc::new(Echo)))];
        let front = Front::start(Arc::clone(&anchor), BTreeMap::from(hosts)).await;
        let web = reqwest::Client::builder().tls_certs_only([anchor.root()]);
        let web = web.proxy(reqwest::Proxy::all(&front.url).unwrap()).build().unwrap();
        let ask = async |url: &str| web.get(url).send().await;
        let told = ask("https://one.example/a?b=c").await.unwrap().text().await.unwrap();
        assert_eq!(told, "https://one.example/a?b=c");
        ask("https://two.example/").await.unwrap_err();
        assert_eq!(ask("http://one.example/").await.unwrap().status(), 403);
        let strangers: Vec<String> = front.strangers().into_iter().collect();
        assert!(strangers.len() == 2 && strangers[0].starts_with("CONNECT two.example:443"));
        assert!(strangers[1].starts_with("GET http://one.example/"), "{strangers:?}");
        assert_eq!(front.called().len(), 1);
        front.fail("one.example", |number, _| (number == 0).then_some(Fault::After));
        ask("https://one.example/").await.unwrap_err();
        assert_eq!(ask("https://one.example/").await.unwrap().status(), 200);
        assert_eq!(front.met("one.example"), 2);
    }
}
