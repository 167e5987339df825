use super::*;
use domain::{Coin, DrivenClock, Price, Quantity};
use std::sync::Mutex;

const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

/// A venue that does what it is told to with each cancel.
struct Fake {
    open: Mutex<Vec<VenueOrder>>,
    /// What becomes of the cancels of an order, first to last; the last one stays.
    does: BTreeMap<&'static str, Vec<Does>>,
    told: Mutex<BTreeMap<String, usize>>,
    /// Looks that fail before the first good one.
    blind: Mutex<u32>,
}

#[derive(Clone, Copy)]
enum Does {
    Take,
    TakeAndLoseTheReply,
    LoseTheCall,
    Hang,
    SayGone,
}

fn rests(id: &str) -> VenueOrder {
    let quantity = Quantity::parse("0.5").unwrap();
    let rate = Price::parse("100").unwrap();
    VenueOrder {
        id: id.to_owned(),
        side: Side::Buy,
        coin: Coin::parse("BTC").unwrap(),
        left: quantity,
        rate,
        created: None,
    }
}

impl Fake {
    fn with(open: &[&str], does: &[(&'static str, &[Does])]) -> Arc<Self> {
        Arc::new(Self {
            open: Mutex::new(open.iter().map(|id| rests(id)).collect()),
            does: does.iter().map(|(id, does)| (*id, does.to_vec())).collect(),
            told: Mutex::default(),
            blind: Mutex::new(0),
        })
    }

    fn left(&self) -> Vec<String> {
        self.open.lock().unwrap().iter().map(|order| order.id.clone()).collect()
    }
}

impl Rests for Fake {
    async fn resting(&self, _: Timestamp) -> Result<Vec<VenueOrder>, String> {
        let mut blind = self.blind.lock().unwrap();
        if *blind > 0 {
            *blind -= 1;
            return Err("the venue is down".to_owned());
        }
        Ok(self.open.lock().unwrap().clone())
    }

    async fn cancel(&self, _: Side, id: &str, _: Timestamp) -> Said {
        let tries = {
            let mut told = self.told.lock().unwrap();
            let tries = told.entry(id.to_owned()).or_insert(0);
            *tries += 1;
            *tries
        };
        let does = self.does.get(id).map_or(Does::Take, |does| does[(tries - 1).min(does.len() - 1)]);
        let take = || self.open.lock().unwrap().retain(|order| order.id != id);
        match does {
            Does::Take => take(),
            Does::TakeAndLoseTheReply => {
                take();
                return Said::Unclear("no answer".to_owned());
            }
            Does::LoseTheCall => return Said::Unclear("no answer".to_owned()),
            Does::Hang => std::future::pending().await,
            Does::SayGone => {
                take();
                return Said::Gone;
            }
        }
        Said::Taken
    }
}

fn order(n: u8) -> OrderId {
    OrderId::new(START, [n; 10])
}

fn own(ids: &[(&str, u8)], resting: &[&str]) -> Own {
    Own {
        ids: Arc::new(
            ids.iter().map(|(id, n)| ((*id).to_owned(), Placed { order: order(*n), side: Side::Buy })).collect(),
        ),
        resting: resting.iter().map(|id| (*id).to_owned()).collect(),
        ..Own::default()
    }
}

async fn swept(venue: &Arc<Fake>, own: &Own, all: bool) -> KillReceipt {
    let clock: Arc<dyn Clock> = Arc::new(DrivenClock::at(START));
    let until = Instant::now() + Duration::from_secs(2);
    let mut receipt = KillReceipt::begun(START, "self");
    sweep(venue, own, all, &clock, until).await.write(&mut receipt);
    receipt
}

fn elsewhere(receipt: &KillReceipt) -> Vec<&str> {
    receipt.resting_elsewhere.iter().map(|other| other.venue_order_id.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn ours_are_taken_off_and_confirmed_and_hand_made_ones_are_listed_and_left_alone() {
    let venue = Fake::with(&["a", "hand", "b"], &[]);
    let receipt = swept(&venue, &own(&[("a", 1), ("b", 2)], &["a", "b"]), false).await;
    assert_eq!((receipt.cancelled.clone(), elsewhere(&receipt)), (vec![order(1), order(2)], vec!["hand"]));
    assert!(receipt.is_confirmed() && receipt.sent_ms.is_some());
    assert_eq!(venue.left(), ["hand"]);
}

#[tokio::test(start_paused = true)]
async fn an_order_of_ours_that_the_journal_believes_to_be_over_is_taken_off_as_well() {
    let venue = Fake::with(&["a"], &[]);
    let receipt = swept(&venue, &own(&[("a", 1)], &[]), false).await;
    assert_eq!((receipt.cancelled, venue.left().len()), (vec![order(1)], 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_settled_by_a_look_and_a_lost_call_is_told_again() {
    let does: &[(&str, &[Does])] = &[("a", &[Does::TakeAndLoseTheReply]), ("b", &[Does::LoseTheCall, Does::Take])];
    let venue = Fake::with(&["a", "b"], does);
    let receipt = swept(&venue, &own(&[("a", 1), ("b", 2)], &["a", "b"]), false).await;
    assert_eq!((receipt.cancelled, receipt.unconfirmed), (vec![order(1), order(2)], vec![]));
    assert_eq!(venue.told.lock().unwrap()["b"], 2);
}

#[tokio::test(start_paused = true)]
async fn one_cancel_that_hangs_keeps_no_other_from_leaving_and_is_not_confirmed_at_the_deadline() {
    let venue = Fake::with(&["a", "b"], &[("a", &[Does::Hang])]);
    let start = Instant::now();
    let receipt = swept(&venue, &own(&[("a", 1), ("b", 2)], &["a", "b"]), false).await;
    assert!(start.elapsed() <= Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(venue.left(), ["a"]);
    assert!(receipt.unconfirmed.contains(&order(1)) && !receipt.is_confirmed());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_confirmed_without_a_look() {
    let venue = Fake::with(&["a"], &[]);
    *venue.blind.lock().unwrap() = u32::MAX;
    let receipt = swept(&venue, &own(&[("a", 1)], &["a"]), false).await;
    assert_eq!((receipt.cancelled, receipt.unconfirmed), (vec![], vec![order(1)]));
    assert_eq!((receipt.notes, venue.told.lock().unwrap()["a"]), (vec!["the venue is down".to_owned()], 1));
    *venue.blind.lock().unwrap() = 3;
    let receipt = swept(&venue, &own(&[("a", 1)], &["a"]), false).await;
    assert!(receipt.is_confirmed(), "a venue that comes back in time is looked at again");
}

#[tokio::test(start_paused = true)]
async fn what_had_filled_before_is_gone_and_not_cancelled() {
    let venue = Fake::with(&[], &[("a", &[Does::SayGone])]);
    let receipt = swept(&venue, &own(&[("a", 1)], &["a"]), false).await;
    assert_eq!((receipt.gone, receipt.cancelled), (vec![order(1)], vec![]));
}

#[tokio::test(start_paused = true)]
async fn all_takes_off_what_is_not_ours_too() {
    let venue = Fake::with(&["a", "hand"], &[]);
    let receipt = swept(&venue, &own(&[("a", 1)], &["a"]), true).await;
    assert!(receipt.is_confirmed() && receipt.resting_elsewhere.is_empty());
    assert_eq!(venue.left(), Vec::<String>::new());
    let venue = Fake::with(&["hand"], &[("hand", &[Does::LoseTheCall])]);
    assert!(!swept(&venue, &Own::default(), true).await.is_confirmed(), "one that stays is not confirmed");
}
