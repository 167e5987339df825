//! A workstation on a driven clock whose sources say what they are told to, for tests.

use crate::outside::Outside;
use crate::{Home, Mode, Reached, Workstation};
use domain::{Coin, Currency, DrivenClock, Price, Quote, QuoteKind, Timestamp};
use ledgers::{CollectError, Collected, Collecting, Reference, Source, SourceInfo};
use std::sync::{Arc, Mutex};

pub(crate) const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

/// What a source says next, every time until it is told otherwise.
type Reply = Arc<Mutex<Result<Collected, CollectError>>>;

struct Told {
    info: SourceInfo,
    reply: Reply,
}

impl Source for Told {
    fn info(&self) -> SourceInfo {
        self.info
    }

    fn collect(&self, _: Timestamp) -> Collecting<'_> {
        let reply = self.reply.lock().unwrap().clone();
        Box::pin(async move { reply })
    }
}

pub(crate) struct World {
    pub ws: Workstation,
    pub clock: Arc<DrivenClock>,
    replies: Vec<(&'static str, Reply)>,
    _home: tempfile::TempDir,
}

impl World {
    pub async fn of(infos: &[SourceInfo]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
        let replies: Vec<(SourceInfo, Reply)> =
            infos.iter().map(|info| (*info, Arc::new(Mutex::new(Ok(Collected::default()))))).collect();
        let told = |(info, reply): &(SourceInfo, Reply)| -> Box<dyn Source> {
            Box::new(Told { info: *info, reply: Arc::clone(reply) })
        };
        ws.put_outside(Outside::of(replies.iter().map(told).collect(), clock.clone()).unwrap());
        let replies = replies.into_iter().map(|(info, reply)| (info.name, reply)).collect();
        Self { ws, clock, replies, _home: folder }
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.advance_micros(seconds * 1_000_000);
    }

    /// What a source says from now on.
    pub fn tell(&self, source: SourceInfo, says: Collected) {
        self.set(source, Ok(says));
    }

    /// A source that does not answer from now on.
    pub fn silence(&self, source: SourceInfo, code: &'static str) {
        self.set(source, Err(CollectError { source_name: source.name, code, message: "no answer".to_owned() }));
    }

    fn set(&self, source: SourceInfo, says: Result<Collected, CollectError>) {
        let (_, reply) = self.replies.iter().find(|(name, _)| *name == source.name).unwrap();
        *reply.lock().unwrap() = says;
    }

    /// One run of a source.
    pub async fn run(&self, source: SourceInfo) -> crate::dto::RunRow {
        self.ws.run_source(source.name, store::RunCause::Scheduled).await.unwrap()
    }
}

pub(crate) fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

/// A reply of prices on the book; bid and ask are a little to either side.
pub(crate) fn book(prices: &[(&str, i64)]) -> Collected {
    let price = |cents: i64| Price::new(domain::Decimal::new(cents, 2)).ok();
    let quote = |(of, aud): &(&str, i64)| Quote {
        coin: coin(of),
        kind: QuoteKind::Book,
        bid: price(aud * 100 - 1),
        ask: price(aud * 100 + 1),
        last: price(aud * 100),
        seen: START,
    };
    Collected { quotes: prices.iter().map(quote).collect(), ..Collected::default() }
}

/// A reply of another venue.
pub(crate) fn elsewhere(venue: &'static str, prices: &[(&str, i64)]) -> Collected {
    let of = |(of, aud): &(&str, i64)| {
        let price = Price::new(domain::Decimal::from(*aud)).ok();
        Reference { venue, coin: coin(of), currency: Currency::AUD, bid: price, ask: price, last: price, at: None }
    };
    Collected { references: prices.iter().map(of).collect(), ..Collected::default() }
}
