//! A wire that can be cut: it passes connections on until it is told not to.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A wire to a server.
#[derive(Debug)]
pub struct Wire {
    /// Where it begins.
    pub address: SocketAddr,
    cut: Arc<watch::Sender<bool>>,
    silent: Arc<AtomicBool>,
    loses: Arc<Losing>,
}

/// Which answer gets lost.
#[derive(Debug, Default)]
struct Losing {
    next: Mutex<Option<&'static str>>,
    lost: AtomicU32,
}

impl Losing {
    /// Whether these bytes are the request whose answer gets lost. There is one such request.
    fn begins(&self, sent: &[u8]) -> bool {
        let mut next = self.next.lock().unwrap();
        let found = next
            .is_some_and(|text| sent.windows(text.len()).any(|window| window == text.as_bytes()));
        if found {
            *next = None;
        }
        found
    }
}

impl Wire {
    /// A wire to this server, whole.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(watch::Sender::new(false));
        let silent = Arc::new(AtomicBool::new(false));
        let loses = Arc::<Losing>::default();
        let (is_cut, is_silent, losing) = (cut.clone(), silent.clone(), loses.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (mut cut, losing) = (is_cut.subscribe(), losing.clone());
                let silent = is_silent.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    let passed = async {
                        if silent {
                            return std::future::pending().await;
                        }
                        // How a connection ends is not the wire's business.
                        let _ =
                            pass(near, TcpStream::connect(server).await.unwrap(), &losing).await;
                    };
                    tokio::select! {
                        () = passed => {}
                        // Dropping both ends is the cut.
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Self { address, cut, silent, loses }
    }

    /// Cuts it: what is on it breaks off, and what comes is broken off.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.cut.send_replace(false);
    }

    /// From now on connections are taken and nothing is ever answered.
    pub fn silence(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    /// The next request that has this text reaches the server and is done; its answer is cut off.
    pub fn lose_answer_to(&self, text: &'static str) {
        *self.loses.next.lock().unwrap() = Some(text);
    }

    /// How many answers were lost.
    pub fn lost(&self) -> u32 {
        self.loses.lost.load(Ordering::SeqCst)
    }
}

/// Passes everything on until one end closes, or an answer is to be lost.
async fn pass(mut near: TcpStream, mut far: TcpStream, losing: &Losing) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut loses = false;
    loop {
        tokio::select! {
            count = near.read(&mut asked) => {
                let sent = &asked[..count?];
                if sent.is_empty() {
                    return far.shutdown().await;
                }
                loses = loses || losing.begins(sent);
                far.write_all(sent).await?;
            }
            count = far.read(&mut answered) => {
                let answer = &answered[..count?];
                if loses {
                    losing.lost.fetch_add(1, Ordering::SeqCst);
                    return Ok(());
                }
                if answer.is_empty() {
                    return near.shutdown().await;
                }
                near.write_all(answer).await?;
            }
        }
    }
}
