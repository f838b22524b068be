//! A wire that can be cut: it passes connections on until it is told not to.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Cut,
    Silent,
}

/// A wire to a server.
#[derive(Debug)]
pub struct Wire {
    /// Where it begins.
    pub address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    losing: Arc<Losing>,
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
        let state = Arc::new(watch::Sender::new(State::Whole));
        let losing = Arc::<Losing>::default();
        let (states, loses) = (Arc::clone(&state), Arc::clone(&losing));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, server, states.subscribe(), Arc::clone(&loses)));
            }
        });
        Self { address, state, losing }
    }

    /// Cuts it: what is on it breaks off, and what comes is broken off.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }

    /// From now on connections are taken and kept, and nothing is ever answered.
    pub fn silence(&self) {
        self.state.send_replace(State::Silent);
    }

    /// The next request that has this text reaches the server and is done; its answer is cut off.
    pub fn lose_answer_to(&self, text: &'static str) {
        *self.losing.next.lock().unwrap() = Some(text);
    }

    /// How many answers were lost.
    pub fn lost(&self) -> u32 {
        self.losing.lost.load(Ordering::SeqCst)
    }
}

async fn pass(
    mut near: TcpStream,
    server: SocketAddr,
    mut state: watch::Receiver<State>,
    losing: Arc<Losing>,
) {
    let passed = async {
        let far = TcpStream::connect(server).await.unwrap();
        // How a connection ends is not the wire's business.
        let _ = both_ways(&mut near, far, &losing).await;
    };
    tokio::select! {
        biased;
        _ = state.wait_for(|state| *state != State::Whole) => {}
        () = passed => return,
    }
    // Dropping the near end is the cut; as long as there is silence, it is held.
    let _ = state.wait_for(|state| *state != State::Silent).await;
}

/// Passes everything on until one end closes, or an answer is to be lost.
async fn both_ways(near: &mut TcpStream, mut far: TcpStream, losing: &Losing) -> io::Result<()> {
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
