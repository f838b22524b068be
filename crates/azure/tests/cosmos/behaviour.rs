//! The store does what every store must do.

use crate::emulator::Emulator;
use poa_operations::behaviour::store::Stores;
use std::sync::Arc;

/// Two clients of one account, as two processes have them.
async fn two_clients() -> Stores {
    let emulator = Emulator::start().await;
    let [one, other] = [(); 2].map(|()| Arc::new(emulator.store()));
    Stores { one, other, keep: Box::new(emulator) }
}

mod of_two_clients {
    poa_operations::store_behaviour!(super::two_clients().await);
}

/// Two clients of an account that refuses for want of request units again and again.
async fn throttled() -> Stores {
    let emulator = Emulator::throttled(4_000).await;
    let [one, other] = [(); 2].map(|()| Arc::new(emulator.store()));
    Stores { one, other, keep: Box::new(emulator) }
}

mod while_throttled {
    poa_operations::store_behaviour!(super::throttled().await);
}
