//! A wire that can be cut: it passes connections on until it is told not to.

use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::copy_bidirectional,
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
}

impl Wire {
    /// A wire to this server, whole.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(State::Whole));
        let states = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, server, states.subscribe()));
            }
        });
        Self { address, state }
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
}

async fn pass(mut near: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    let passed = async {
        let mut far = TcpStream::connect(server).await.unwrap();
        // How a connection ends is not the wire's business.
        let _ = copy_bidirectional(&mut near, &mut far).await;
    };
    tokio::select! {
        biased;
        _ = state.wait_for(|state| *state != State::Whole) => {}
        () = passed => return,
    }
    // Dropping the near end is the cut; as long as there is silence, it is held.
    let _ = state.wait_for(|state| *state != State::Silent).await;
}
