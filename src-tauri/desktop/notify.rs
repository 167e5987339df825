//! The system's notifications. Shown one after the other on a thread of their own, so that a notification service that hangs
//! holds up nothing; where there is none, the log says so and the window does the telling.
//!
//! Invariants: what waits is bounded, and so are what is shown a minute and those that wait for a click. A click on a question
//! leads to it and decides nothing. Deliberately absent: what is worth a notification and its words (the workstation's), and
//! deciding.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use workstation::commands::Notification;

const APPLICATION: &str = "Oh My Coins";
const WAITING_MAX: usize = 8;
const A_MINUTE: Duration = Duration::from_secs(60);
const SHOWN_A_MINUTE_MAX: usize = 6;
/// Questions whose click is waited for; others are shown all the same.
const WAITED_FOR_MAX: usize = 8;

/// Hands notifications to the system.
pub struct Notifier(Option<SyncSender<Notification>>);

impl Notifier {
    /// Ready to show; a click on a question calls back.
    pub fn start(clicked: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let (clicked, waited_for): (Arc<dyn Fn() + Send + Sync>, _) =
            (Arc::new(clicked), Arc::new(AtomicUsize::new(0)));
        let show = move |notification: &Notification| show(notification, &clicked, &waited_for);
        let started =
            std::thread::Builder::new().name("notifications".to_owned()).spawn(move || show_all(&receiver, show));
        if let Err(error) = &started {
            tracing::warn!("there are no notifications: {error}");
        }
        Self(started.is_ok().then_some(sender))
    }

    /// Shows it soon, or not at all when too many wait.
    pub fn show(&self, notification: Notification) {
        if let Some(Err(TrySendError::Full(_))) = self.0.as_ref().map(|sender| sender.try_send(notification)) {
            tracing::warn!("a notification was left out: too many wait");
        }
    }
}

fn show_all(receiver: &Receiver<Notification>, show: impl Fn(&Notification)) {
    let mut shown: VecDeque<Instant> = VecDeque::new();
    while let Ok(notification) = receiver.recv() {
        let now = Instant::now();
        shown.retain(|at| now.duration_since(*at) < A_MINUTE);
        if shown.len() >= SHOWN_A_MINUTE_MAX {
            tracing::warn!("a notification was left out: there were {SHOWN_A_MINUTE_MAX} in the last minute");
            continue;
        }
        shown.push_back(now);
        show(&notification);
    }
}

fn show(notification: &Notification, clicked: &Arc<dyn Fn() + Send + Sync>, waited_for: &Arc<AtomicUsize>) {
    if notification.asks && ask(notification, clicked, waited_for) {
        return;
    }
    if let Err(error) = made(notification).show() {
        tracing::warn!("the system shows no notifications: {error}");
    }
}

fn made(notification: &Notification) -> notify_rust::Notification {
    let mut made = notify_rust::Notification::new();
    made.appname(APPLICATION).summary(&notification.title).body(&notification.body);
    made
}

/// Shows a question and waits for a click on it, on a thread of its own: a service that never says that it is gone holds up
/// nothing else. False when too many are waited for.
#[cfg(target_os = "linux")]
fn ask(notification: &Notification, clicked: &Arc<dyn Fn() + Send + Sync>, waited_for: &Arc<AtomicUsize>) -> bool {
    if waited_for.fetch_add(1, Ordering::SeqCst) >= WAITED_FOR_MAX {
        waited_for.fetch_sub(1, Ordering::SeqCst);
        return false;
    }
    let (notification, clicked, counted) = (notification.clone(), Arc::clone(clicked), Arc::clone(waited_for));
    let wait = move || {
        match made(&notification).action("default", "Look at it").show() {
            Ok(shown) => shown.wait_for_action(|action| {
                if action == "default" {
                    clicked();
                }
            }),
            Err(error) => tracing::warn!("the system shows no notifications: {error}"),
        }
        counted.fetch_sub(1, Ordering::SeqCst);
    };
    let started = std::thread::Builder::new().name("notification".to_owned()).spawn(wait).is_ok();
    if !started {
        waited_for.fetch_sub(1, Ordering::SeqCst);
    }
    started
}

#[cfg(not(target_os = "linux"))]
const fn ask(_: &Notification, _: &Arc<dyn Fn() + Send + Sync>, _: &Arc<AtomicUsize>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn a_storm_shows_a_few_a_minute_in_order() {
        let (sender, receiver) = sync_channel(20);
        for number in 0..20 {
            let (title, body) = (number.to_string(), String::new());
            sender.try_send(Notification { title, body, asks: false }).unwrap();
        }
        drop(sender);
        let shown = RefCell::new(Vec::new());
        show_all(&receiver, |notification| shown.borrow_mut().push(notification.title.clone()));
        assert_eq!(shown.into_inner(), ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn whoever_tells_is_never_held_up() {
        let (sender, _held) = sync_channel(1);
        let notifier = Notifier(Some(sender));
        for _ in 0..3 {
            notifier.show(Notification { title: String::new(), body: String::new(), asks: false });
        }
    }
}
