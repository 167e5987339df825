use crate::client::NOW_MS;
use rust_decimal::Decimal;
use staging::World;
use staging::world::{INSTANT_COINS, Kind};
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;

#[test]
fn the_same_seed_gives_the_same_world_in_any_order_of_asking() {
    let (one, other) = (World::new(3), World::new(3));
    let times = [NOW_MS, NOW_MS - 86_400_000, NOW_MS + 7_000, 1_600_000_000_000];
    let ask = |world: &World, time| world.coins().iter().map(|c| world.at(time).last(&c.ticker)).collect::<Vec<_>>();
    let forward: Vec<_> = times.iter().map(|t| ask(&one, *t)).collect();
    let mut backward: Vec<_> = times.iter().rev().map(|t| ask(&other, *t)).collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn another_seed_gives_another_world() {
    let (one, other) = (World::new(3), World::new(4));
    assert_ne!(one.at(NOW_MS).last("BTC"), other.at(NOW_MS).last("BTC"));
    let tickers = |world: &World| world.coins().iter().map(|c| c.ticker.clone()).collect::<BTreeSet<_>>();
    assert_ne!(tickers(&one), tickers(&other));
}

#[test]
fn sixteen_coins_have_a_book_and_all_tickers_differ() {
    let world = World::new(1);
    let books = world.coins().iter().filter(|coin| coin.kind == Kind::Book).count();
    let tickers: BTreeSet<_> = world.coins().iter().map(|coin| &coin.ticker).collect();
    assert_eq!((books, tickers.len()), (16, 16 + INSTANT_COINS));
}

#[test]
fn bid_is_below_ask_and_buy_never_below_sell_at_any_time() {
    let world = World::new(5);
    let mut outside = 0;
    for step in 0..300 {
        let moment = world.at(NOW_MS + step * 15_000);
        for coin in world.coins() {
            let rates = moment.rates(&coin.ticker).expect("a listed coin");
            if let (Some(buy), Some(sell)) = (rates.buy, rates.sell) {
                assert!(buy >= sell && sell > Decimal::ZERO, "{} {buy} {sell}", coin.ticker);
            }
            let Some(quote) = moment.quote(&coin.ticker) else { continue };
            if let (Some(bid), Some(ask), Some(last)) = (quote.bid, quote.ask, quote.last) {
                assert!(Decimal::ZERO < bid && bid < ask, "{} {bid} {ask}", coin.ticker);
                outside += usize::from(last < bid || last > ask);
            }
        }
    }
    assert!(outside > 0, "last lies outside bid and ask now and then, as it does at CoinSpot");
}

#[test]
fn some_prices_are_missing_but_most_are_there() {
    let world = World::new(5);
    let unbid =
        (0..200).filter(|i| world.at(NOW_MS + i * 3_600_000).quote("POWR").expect("listed").bid.is_none()).count();
    assert!((1..60).contains(&unbid), "{unbid} of 200 hours without a buyer");
    let moment = world.at(NOW_MS);
    let unlisted = world.coins().iter().filter(|c| moment.rates(&c.ticker).is_none_or(|r| r.buy.is_none())).count();
    assert!((1..12).contains(&unlisted), "{unlisted} coins without a price");
}

#[test]
fn prices_stay_near_what_people_know() {
    for seed in 0..20 {
        let moment_of = |ticker| World::new(seed).at(NOW_MS).last(ticker).expect("listed");
        let (btc, usdt) = (moment_of("BTC"), moment_of("USDT"));
        assert!(btc > Decimal::from(25_000) && btc < Decimal::from(800_000), "seed {seed}: BTC {btc}");
        assert!(usdt > Decimal::new(145, 2) && usdt < Decimal::new(160, 2), "seed {seed}: USDT {usdt}");
    }
}

#[test]
fn candles_are_made_of_the_very_prices_that_were_quoted() {
    let world = World::new(9);
    let quarter = 15 * MINUTE_MS;
    let from = NOW_MS / quarter * quarter - 8 * quarter;
    for ticker in ["BTC", "DOGE", "USDT", "BNB"] {
        let candles = world.at(NOW_MS).candles(ticker, quarter, from, from + 8 * quarter);
        assert_eq!(candles.len(), 8, "{ticker}");
        for candle in candles {
            let ticks = (0..60).map(|i| world.at(candle.start_ms + i * 15_000).last(ticker).expect("listed"));
            let prices: Vec<_> = ticks.collect();
            assert_eq!(candle.open, prices[0]);
            assert_eq!(Some(&candle.high), prices.iter().max());
            assert_eq!(Some(&candle.low), prices.iter().min());
            assert_eq!(candle.close, prices[59]);
        }
    }
}

#[test]
fn the_newest_candle_closes_at_the_live_price_and_nothing_of_the_future_is_told() {
    let world = World::new(9);
    for offset in [0, 14_999, 15_000, 47_000, 3_599_999] {
        let now = NOW_MS + offset;
        let candles = world.at(now).candles("ETH", MINUTE_MS, NOW_MS - 10 * MINUTE_MS, now + 86_400_000);
        let newest = candles.last().expect("candles");
        assert_eq!(Some(newest.close), world.at(now).last("ETH"), "after {offset} ms");
        assert_eq!(newest.start_ms, now / MINUTE_MS * MINUTE_MS);
    }
}

#[test]
fn long_candles_hold_what_the_short_ones_hold() {
    let world = World::new(2);
    let day = 86_400_000;
    let from = NOW_MS / day * day - 3 * day;
    let moment = world.at(NOW_MS);
    for candle in moment.candles("SOL", day, from, from + 3 * day) {
        let minutes = moment.candles("SOL", MINUTE_MS, candle.start_ms, candle.start_ms + day);
        assert_eq!(minutes.len(), 1_440);
        assert_eq!(minutes.iter().map(|m| m.high).max(), Some(candle.high));
        assert_eq!(minutes.iter().map(|m| m.low).min(), Some(candle.low));
        assert_eq!((minutes[0].open, minutes[1_439].close), (candle.open, candle.close));
    }
}

#[test]
fn a_thin_coin_has_minutes_without_a_candle() {
    let world = World::new(2);
    let candles = world.at(NOW_MS).candles("POWR", MINUTE_MS, NOW_MS - 600 * MINUTE_MS, NOW_MS);
    assert!((20..100).contains(&candles.len()), "{} of 600 minutes", candles.len());
}

#[test]
fn the_market_knows_calm_and_wild_hours_and_jumps() {
    let world = World::new(1);
    let hour = 60 * MINUTE_MS;
    let candles = world.at(NOW_MS).candles("SOL", hour, NOW_MS - 2_000 * hour, NOW_MS);
    let range = |c: &staging::world::Candle| ((c.high - c.low) / c.low * Decimal::from(10_000)).round();
    let mut ranges: Vec<Decimal> = candles.iter().map(range).collect();
    ranges.sort();
    assert!(ranges[1_800] > ranges[200] * Decimal::from(3), "wild {} and calm {} bp", ranges[1_800], ranges[200]);
    let jump = Decimal::new(15, 3);
    let prices = (0..40_000).map(|i| world.at(NOW_MS - i * 15_000).last("SOL").expect("listed"));
    let prices: Vec<_> = prices.collect();
    assert!(prices.windows(2).any(|w| ((w[0] - w[1]) / w[1]).abs() > jump), "a jump of 1.5 % in a week");
}
