//! What goes wrong on the way to the account, and what came through.

use crate::emulator::Sort;
use bytes::Bytes;
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::Notify;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is done, and the answer is lost on the way back.
    AnswerLost,
    /// It is done, and no answer ever comes.
    Silence,
    /// It is not done; this status and sub-status are the answer.
    Answer(u16, u16),
    /// It is done when the test lets it go on.
    Held,
    /// Nothing goes wrong.
    None,
}

/// Where a held request and the test meet.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pub(super) reached: Notify,
    pub(super) open: Notify,
}

/// What the tests have ordered and what was seen.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What was asked, and whether for the latest that any process has written.
    pub(super) log: Vec<(Sort, bool)>,
    pub(super) batches: Vec<Bytes>,
    pub(super) once: VecDeque<(Sort, Flaw)>,
    pub(super) always: Option<Flaw>,
    pub(super) dice: Option<u64>,
    pub(super) gate: Arc<Gate>,
}

impl State {
    /// Sees a request and says what goes wrong with it.
    pub(super) fn meet(&mut self, sort: Sort, latest: bool) -> Option<Flaw> {
        self.log.push((sort, latest));
        let met = self.once.iter().position(|(of, _)| *of == sort);
        let once = met.and_then(|at| self.once.remove(at)).map(|(_, flaw)| flaw);
        if once.is_some() || sort == Sort::Metadata {
            return once;
        }
        self.always.or_else(|| roll(self.dice.as_mut()?))
    }
}

/// Rolls dice: one request in five meets a flaw, and of most of them the answer is lost.
fn roll(dice: &mut u64) -> Option<Flaw> {
    // Knuth's MMIX generator; its upper bits are the good ones.
    *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    match (*dice >> 33) % 50 {
        0..7 => Some(Flaw::AnswerLost),
        7 => Some(Flaw::Answer(429, 3200)),
        8 => Some(Flaw::Answer(449, 0)),
        9 => Some(Flaw::Answer(503, 0)),
        _ => None,
    }
}
