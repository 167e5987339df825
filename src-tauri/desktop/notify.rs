//! The system's notifications. Shown one after the other on a thread of their own, so that a notification service that hangs
//! holds up nothing; where there is none, the log says so and the window does the telling.
//!
//! Invariants: what waits is bounded, and so is what is shown a minute. Deliberately absent: what is worth a notification and its
//! words (the workstation's), buttons, and anything that comes back.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use workstation::commands::Notification;

const APPLICATION: &str = "Oh My Coins";
const WAITING_MAX: usize = 8;
const A_MINUTE: Duration = Duration::from_secs(60);
const SHOWN_A_MINUTE_MAX: usize = 6;

/// Hands notifications to the system.
pub struct Notifier(Option<SyncSender<Notification>>);

impl Notifier {
    /// Ready to show.
    pub fn start() -> Self {
        let (sender, receiver) = sync_channel(WAITING_MAX);
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

fn show(notification: &Notification) {
    let shown = notify_rust::Notification::new()
        .appname(APPLICATION)
        .summary(&notification.title)
        .body(&notification.body)
        .show();
    if let Err(error) = shown {
        tracing::warn!("the system shows no notifications: {error}");
    }
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
            sender.try_send(Notification { title, body }).unwrap();
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
            notifier.show(Notification { title: String::new(), body: String::new() });
        }
    }
}
