//! A wire that can be cut: it passes connections on until it is told not to.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::copy_bidirectional,
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
}

impl Wire {
    /// A wire to this server, whole.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(watch::Sender::new(false));
        let silent = Arc::new(AtomicBool::new(false));
        let (is_cut, is_silent) = (cut.clone(), silent.clone());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = is_cut.subscribe();
                let silent = is_silent.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    let passed = async {
                        if silent {
                            return std::future::pending().await;
                        }
                        let mut far = TcpStream::connect(server).await.unwrap();
                        // How a connection ends is not the wire's business.
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    };
                    tokio::select! {
                        () = passed => {}
                        // Dropping both ends is the cut.
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Self { address, cut, silent }
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
}
