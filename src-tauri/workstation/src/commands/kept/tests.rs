use crate::dto::{EquityRequest, ParcelsRequest, TaxRequest, WhatIfRequest};
use crate::fixtures::{START, World, coin};
use crate::{Book, Mode, Reached, Workstation};
use domain::{
    Candle, Decimal, Direction, Fact, Interval, Money, Moved, Movement, Name, ParcelOrigin, ParcelPick, PickedSale,
    Price, Quantity, Quote, QuoteKind, Side, Timestamp, Trade, TradeId, Why,
};
use store::CandleSource;

const HOUR: i64 = 3_600 * 1_000_000;
const DAY: i64 = 24 * HOUR;
const COINS: [&str; 3] = ["BTC", "ETH", "DOGE"];

/// A made-up trader: the same seed does the same.
struct Trader {
    seed: u64,
    trades: Vec<(Side, TradeId)>,
    /// When the last trade was.
    last: Timestamp,
}

impl Trader {
    fn draw(&mut self, below: i64) -> i64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.seed >> 33) % below.unsigned_abs()) as i64
    }

    fn coin(&mut self) -> domain::Coin {
        coin(COINS[self.draw(3) as usize])
    }

    fn price(&mut self) -> Price {
        Price::new(Decimal::from(50 + self.draw(100))).unwrap()
    }

    fn trade(&mut self, time: Timestamp) -> Fact {
        let side = if self.draw(5) < 3 { Side::Buy } else { Side::Sell };
        let trade = Trade {
            book: Book::Live,
            time,
            coin: self.coin(),
            side,
            quantity: Quantity::new(Decimal::new(1 + self.draw(400), 2)).unwrap(),
            price: self.price(),
            fee: Money::aud(Decimal::new(self.draw(300), 2)),
            algorithm: None,
            venue: None,
            external_id: Some(format!("t{}", self.trades.len())),
            occurrence: 0,
            order: None,
        };
        self.trades.push((side, trade.id()));
        Fact::Trade(trade)
    }

    fn movement(&mut self, what: Moved) -> Fact {
        let back = self.draw(500);
        let movement = Movement {
            book: Book::Live,
            time: START.plus_micros(-back * DAY),
            what,
            value: Some(Money::aud(Decimal::from(100))),
            fee: None,
            network_fee: None,
            venue: None,
            party: None,
            external_id: Some(format!("m{}", self.seed)),
            note: None,
            occurrence: 0,
        };
        Fact::Movement { movement: Box::new(movement) }
    }

    /// Something that happens, in words.
    async fn act(&mut self, world: &World) -> &'static str {
        let (store, now) = (world.ws.store(), world.ws.now());
        let (words, fact) = match self.draw(12) {
            0..=3 => {
                self.last = self.last.plus_micros(self.draw(20) * DAY / 4).min(now);
                ("a fill", self.trade(self.last))
            }
            4 => {
                let back = self.draw(600);
                ("a late fill", self.trade(START.plus_micros(-back * DAY)))
            }
            5 => {
                let (direction, why) =
                    if self.draw(2) == 0 { (Direction::In, Why::Airdrop) } else { (Direction::Out, Why::Gift) };
                let (coin, quantity) = (self.coin(), Quantity::parse("0.5").unwrap());
                ("a movement", self.movement(Moved::Coins { direction, coin, quantity, why }))
            }
            6 => {
                let amount = Money::aud(Decimal::from(100 * self.draw(90)));
                ("a deposit", self.movement(Moved::Cash { direction: Direction::In, amount }))
            }
            7 => {
                let at = |side| self.trades.iter().rev().find(|(of, _)| *of == side).map(|(_, id)| *id);
                let (Some(sale), Some(buy)) = (at(Side::Sell), at(Side::Buy)) else { return "nothing" };
                let parcels = vec![(ParcelOrigin::Trade(buy), Quantity::parse("0.1").unwrap())];
                let pick = ParcelPick { sale: PickedSale::Trade(sale), parcels, at: now };
                ("a pick", Fact::ParcelsPicked { pick: Box::new(pick) })
            }
            8 => {
                let (coin, back) = (self.coin(), self.draw(3));
                let price = Some(self.price()).filter(|_| back > 0);
                ("a price given", Fact::PriceGiven { coin, moment: now.plus_micros(-back * HOUR), price, at: now })
            }
            9 => {
                let value = ["fifo", "lifo", "hifo"][self.draw(3) as usize].to_owned();
                ("a setting", Fact::TaxSet { changes: vec![(Name::parse("method").unwrap(), value)], at: now })
            }
            10 => {
                let (coin, back, price) = (self.coin(), self.draw(300), self.price());
                let days = (0..40).map(|day| Candle::of(START.plus_micros((day - back) * DAY), price));
                let days: Vec<Candle> = days.filter(|candle| candle.time.plus_micros(DAY) <= now).collect();
                store.save_candles(coin, Interval::D1, CandleSource::History, &days).await.unwrap();
                return "closes";
            }
            _ => {
                let (coin, hours) = (self.coin(), self.draw(60) - 5);
                world.clock.advance_micros(hours * HOUR);
                let bid = Some(self.price());
                let quote = Quote { coin, kind: QuoteKind::Book, bid, ask: bid, last: bid, seen: world.ws.now() };
                store.save_quotes(&Name::parse("test").unwrap(), &[quote], world.ws.now()).await.unwrap();
                return "time, mostly forwards, and a price";
            }
        };
        store.append(&[fact], now).await.unwrap();
        words
    }
}

/// Everything that may be answered from what is kept. A question that is refused is told by its code.
async fn answers(ws: &Workstation) -> Vec<String> {
    let mut told = Vec::new();
    for fy in [2026, 2027] {
        let request = TaxRequest { fy, method: None, timezone: None, lines: Some(3) };
        told.push(format!("{:?}", ws.tax(&request).await.map_err(|error| error.code())));
    }
    for method in ["fifo", "hifo"] {
        let request = EquityRequest { method: Some(method.to_owned()), ..EquityRequest::default() };
        told.push(format!("{:?}", ws.equity(&request).await.map_err(|error| error.code())));
    }
    let (coin, quantity, at) = ("BTC".to_owned(), "1.5".to_owned(), Some("90".to_owned()));
    let sale = WhatIfRequest { coin, quantity, at, book: None, instant: None };
    told.push(format!("{:?}", ws.what_if(&sale).await.map_err(|error| error.code())));
    told.push(format!("{:?}", ws.parcels(&ParcelsRequest::default()).await.map_err(|error| error.code())));
    told
}

#[tokio::test]
async fn what_stands_between_questions_answers_as_a_process_that_knows_nothing_whatever_happened() {
    let (mut years, mut days) = (0, 0);
    for seed in 0..4 {
        let world = World::of(&[]).await;
        let mut trader = Trader { seed, trades: Vec::new(), last: START.plus_micros(-500 * DAY) };
        for step in 0..25 {
            let happened = trader.act(&world).await;
            let kept = answers(&world.ws).await;
            let fresh = Workstation::open_at(world.ws.home(), Mode::Read, world.clock.clone(), Reached::default());
            let fresh = fresh.await.unwrap();
            for (kept, anew) in kept.iter().zip(answers(&fresh).await) {
                assert_eq!(*kept, anew, "seed {seed}, step {step}: {happened}");
            }
            fresh.close().await;
            years += world.ws.inner.kept.lock().await.years.len();
            days += world.ws.inner.equity.lock().await.len();
        }
    }
    assert!(years > 200 && days > 100, "something was kept: {years} years, {days} days");
}
