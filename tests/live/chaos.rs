//! Kills the handler, and every third time the host, at moments that nobody chose.

use crate::app::App;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Kills until it is aborted; starts the host again after each of its deaths.
pub(crate) async fn kill_until_told(app: Arc<App>, kills: Arc<AtomicU32>) {
    let mut chance: u64 = 0x9E37_79B9_7F4A_7C15;
    loop {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        tokio::time::sleep(Duration::from_millis(100 + chance % 500)).await;
        let app = Arc::clone(&app);
        let killed = tokio::task::spawn_blocking(move || {
            let killed = if chance.is_multiple_of(3) {
                app.kill_host();
                true
            } else {
                app.kill_handler()
            };
            app.ensure_running();
            killed
        });
        if killed.await.unwrap_or(false) {
            kills.fetch_add(1, Ordering::Relaxed);
        }
    }
}
