//! Work on many threads, delivered in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// How far the threads may run ahead of what was delivered, for each of them.
const AHEAD: usize = 4;

struct Gate {
    next: usize,
    delivered: usize,
    ended: bool,
}

/// Does `jobs` on so many threads and hands each result over in the order of the jobs, on this thread. It ends early when
/// `deliver` says so; what was begun by then is thrown away. What waits for its turn is bounded.
///
/// A job that panics ends all: its place is never delivered, and `false` comes back. So it does after an early end.
pub fn in_order<J: Sync, T: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J) -> T + Sync,
    mut deliver: impl FnMut(usize, T) -> ControlFlow<()>,
) -> bool {
    let threads = threads.clamp(1, jobs.len().max(1));
    let gate = (Mutex::new(Gate { next: 0, delivered: 0, ended: false }), Condvar::new());
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (send, gate, work) = (send.clone(), &gate, &work);
            scope.spawn(move || {
                while let Some(place) = take(gate, jobs.len(), threads * AHEAD) {
                    let done = jobs.get(place).map(|job| {
                        // A thread that dies leaves a hole that nobody may wait for.
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(job))).ok()
                    });
                    if send.send((place, done.flatten())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut early: BTreeMap<usize, T> = BTreeMap::new();
        let mut expected = 0;
        for (place, done) in receive {
            let Some(done) = done else { break };
            early.insert(place, done);
            while let Some(done) = early.remove(&expected) {
                if deliver(expected, done).is_break() {
                    end(&gate);
                    return false;
                }
                expected += 1;
                locked(&gate.0).delivered = expected;
                gate.1.notify_all();
            }
        }
        end(&gate);
        expected == jobs.len()
    })
}

fn locked(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take((gate, turned): &(Mutex<Gate>, Condvar), jobs: usize, ahead: usize) -> Option<usize> {
    let mut now = locked(gate);
    loop {
        if now.ended || now.next >= jobs {
            return None;
        }
        if now.next < now.delivered + ahead {
            now.next += 1;
            return Some(now.next - 1);
        }
        now = turned.wait(now).unwrap_or_else(PoisonError::into_inner);
    }
}

fn end((gate, turned): &(Mutex<Gate>, Condvar)) {
    locked(gate).ended = true;
    turned.notify_all();
}
