use super::*;
use domain::{Interval, Timestamp};
use proptest::prelude::*;

/// What every indicator says at every bar, number by number, as bits.
type Bits = Vec<Vec<Option<u64>>>;

fn bits(values: impl IntoIterator<Item = Option<f64>>) -> Vec<Option<u64>> {
    values.into_iter().map(|value| value.map(f64::to_bits)).collect()
}

fn band(values: &[Option<Bands>]) -> [Vec<Option<u64>>; 3] {
    [|band: Bands| band.upper, |band: Bands| band.middle, |band: Bands| band.lower]
        .map(|part| bits(values.iter().map(|value| value.map(part))))
}

/// All of them at once, by their batch forms.
fn batch(bars: &[Bar], period: usize) -> Bits {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let macd = Macd::series(&closes, period, period + 3, 4).each();
    let adx = Adx::series(bars, period).each();
    let slow = Stochastic::series(bars, period, 3, 2).each();
    let cloud = Ichimoku::series(bars, period, period + 1, period + 2).each();
    let mut day = DayVwap::new();
    let days = bars.iter().enumerate().map(|(at, bar)| day.push(opened(at), bar));
    let mut all = vec![
        bits(sma(&closes, period)),
        bits(ema(&closes, period)),
        bits(Wma::series(&closes, period).each()),
        bits(rsi(&closes, period)),
        bits(macd.iter().map(|value| value.map(|value| value.line))),
        bits(macd.iter().map(|value| value.map(|value| value.signal))),
        bits(macd.iter().map(|value| value.map(|value| value.histogram))),
        bits(ZScore::series(&closes, period).each()),
        bits(Atr::series(bars, period).each()),
        bits(adx.iter().map(|value| value.map(|value| value.plus))),
        bits(adx.iter().map(|value| value.map(|value| value.minus))),
        bits(adx.iter().map(|value| value.and_then(|value| value.adx))),
        bits(slow.iter().map(|value| value.map(|value| value.k))),
        bits(slow.iter().map(|value| value.map(|value| value.d))),
        bits(cloud.iter().map(|value| value.map(|value| value.span_a))),
        bits(cloud.iter().map(|value| value.map(|value| value.span_b))),
        bits(cloud.iter().map(|value| value.map(|value| value.conversion))),
        bits(cloud.iter().map(|value| value.map(|value| value.base))),
        bits(Obv::series(bars).each()),
        bits(Vwap::new(period).each(bars)),
        bits(days),
        bits(Returns::simple(period).each(&closes)),
        bits(Returns::log(period).each(&closes)),
        bits(Volatility::new(period).each(&closes)),
    ];
    all.extend(band(&Bollinger::series(&closes, period, 2.0).each()));
    all.extend(band(&Donchian::series(bars, period).each()));
    all.extend(band(&Keltner::series(bars, period, period + 2, 1.5).each()));
    all
}

fn opened(at: usize) -> Timestamp {
    Timestamp::from_micros((at as i64 + 20) * Interval::H1.micros())
}

/// The indicators that have a batch form of their own, a value at a time.
fn streamed(bars: &[Bar], period: usize) -> Bits {
    let (mut s, mut e, mut w, mut r) = (Sma::new(period), Ema::new(period), Wma::new(period), Rsi::new(period));
    let (mut m, mut z, mut b) = (Macd::new(period, period + 3, 4), ZScore::new(period), Bollinger::new(period, 2.0));
    let mut out = vec![Vec::new(); 11];
    for bar in bars {
        let (macd, band) = (m.push(bar.close), b.push(bar.close));
        let said = [
            s.push(bar.close),
            e.push(bar.close),
            w.push(bar.close),
            r.push(bar.close),
            macd.map(|value| value.line),
            macd.map(|value| value.signal),
            macd.map(|value| value.histogram),
            z.push(bar.close),
            band.map(|band| band.upper),
            band.map(|band| band.middle),
            band.map(|band| band.lower),
        ];
        for (out, said) in out.iter_mut().zip(said) {
            out.push(said.map(f64::to_bits));
        }
    }
    out
}

fn any_bars(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Bar>> {
    // Prices of any size beside each other, some that repeat, volumes that are nothing or not known.
    let price = prop_oneof![3 => 1e-8f64..1e15, 2 => 90.0f64..110.0, 2 => Just(100.0)];
    let volume = prop_oneof![3 => (0.0f64..1e12).prop_map(Some), 2 => Just(Some(0.0)), 1 => Just(None)];
    let bar = (price, 0.0f64..0.5, 0.0f64..0.5, volume).prop_map(|(close, up, down, volume)| Bar {
        high: close * (1.0 + up),
        low: close * (1.0 - down),
        close,
        volume,
    });
    proptest::collection::vec(bar, count)
}

proptest! {
    #[test]
    fn one_at_a_time_and_all_at_once_give_the_same_bits(bars in any_bars(0..120), period in 1usize..40) {
        let (batch, streamed) = (batch(&bars, period), streamed(&bars, period));
        for (at, streamed) in streamed.iter().enumerate() {
            // The first eight stand in the same order; the bands of Bollinger come after all 24 singles.
            let place = if at < 8 { at } else { 24 + at - 8 };
            prop_assert_eq!(&batch[place], streamed, "indicator {}", place);
        }
    }

    #[test]
    fn what_was_said_never_changes_when_more_comes(bars in any_bars(1..90), cut in 0usize..90, period in 1usize..20) {
        let cut = cut.min(bars.len());
        let whole: Bits = batch(&bars, period).into_iter().map(|said| said[..cut].to_vec()).collect();
        prop_assert_eq!(whole, batch(&bars[..cut], period));
    }

    #[test]
    fn finite_bars_give_finite_words(bars in any_bars(0..90), period in 1usize..20) {
        for (at, said) in batch(&bars, period).iter().enumerate() {
            prop_assert_eq!(said.len(), bars.len());
            for value in said.iter().flatten() {
                prop_assert!(f64::from_bits(*value).is_finite(), "indicator {}: {}", at, f64::from_bits(*value));
            }
        }
    }

    #[test]
    fn a_windowed_value_does_not_depend_on_where_the_series_began(bars in any_bars(60..90), cut in 0usize..20) {
        let period = 9;
        let (whole, later) = (batch(&bars, period), batch(&bars[cut..], period));
        // SMA, WMA, z-score, stochastic, Ichimoku, VWAP, returns, volatility, Bollinger, Donchian.
        for place in [0, 2, 7, 12, 13, 14, 15, 16, 17, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29] {
            prop_assert_eq!(&whole[place][cut + 25..], &later[place][25..], "indicator {}", place);
        }
    }

    #[test]
    fn what_has_ends_stays_between_them(bars in any_bars(2..90), period in 2usize..9) {
        let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        let within = |value: f64| (0.0..=100.0 + 1e-9).contains(&value);
        prop_assert!(Rsi::series(&closes, period).values().iter().all(|value| within(*value)));
        for value in Adx::series(&bars, period).values() {
            prop_assert!(within(value.plus) && within(value.minus) && value.adx.is_none_or(within), "{:?}", value);
        }
        for value in Stochastic::series(&bars, period, 1, 1).values() {
            prop_assert!(within(value.k), "{:?}", value);
        }
        for value in ZScore::series(&closes, period).values() {
            // Of n values none stands further than √(n−1) deviations off.
            prop_assert!(value.abs() <= (period as f64 - 1.0).sqrt() * (1.0 + 1e-6), "{}", value);
        }
    }

    #[test]
    fn a_price_that_stands_still_has_no_width_no_direction_and_no_score(
        price in 1e-8f64..1e12, period in 1usize..30, volume in prop_oneof![Just(None), Just(Some(0.0))],
    ) {
        let bars = vec![Bar { high: price, low: price, close: price, volume }; 80];
        let closes = vec![price; 80];
        for band in Bollinger::series(&closes, period, 2.0).values() {
            prop_assert_eq!([band.upper, band.middle, band.lower], [price; 3]);
            prop_assert_eq!(band.place(price), 0.5);
        }
        prop_assert!(ZScore::series(&closes, period).values().iter().all(|value| *value == 0.0));
        prop_assert!(Rsi::series(&closes, period).values().iter().all(|value| *value == 50.0));
        prop_assert!(Stochastic::series(&bars, period, 3, 3).values().iter().all(|value| value.k == 50.0));
        prop_assert!(Atr::series(&bars, period).values().iter().all(|value| *value == 0.0));
        let still = Directional { plus: 0.0, minus: 0.0, adx: Some(0.0) };
        prop_assert_eq!(Adx::series(&bars, 5).values().last().copied(), Some(still));
        prop_assert!(Volatility::new(period).each(&closes).iter().flatten().all(|value| *value == 0.0));
        // No volume, no price by volume; on balance nothing.
        prop_assert!(Vwap::new(period).each(&bars).iter().all(Option::is_none));
        prop_assert!(Obv::series(&bars).values().iter().all(|value| *value == 0.0));
        prop_assert!(Sma::series(&closes, period).values().iter().all(|value| *value == price));
        prop_assert!(Ema::series(&closes, period).values().iter().all(|value| *value == price));
    }
}

#[test]
fn averages_are_those_of_the_textbook() {
    let values = [1.0, 2.0, 3.0, 4.0, 8.0];
    assert_eq!(sma(&values, 3), [None, None, Some(2.0), Some(3.0), Some(5.0)]);
    // Begins at 2; then (4−2)·½+2 = 3 and (8−3)·½+3 = 5.5.
    assert_eq!(ema(&values, 3), [None, None, Some(2.0), Some(3.0), Some(5.5)]);
    // (1·2 + 2·4 + 3·8) ÷ 6.
    assert_eq!(Wma::series(&[2.0, 4.0, 8.0], 3).each(), [None, None, Some(34.0 / 6.0)]);
}

#[test]
fn the_rsi_is_wilders() {
    // Moves +1 −1 +2 over 2: gains 0.5, then (0.5·1+2)/2 = 1.25; losses 0.5, then 0.25.
    assert_eq!(rsi(&[10.0, 11.0, 10.0, 12.0], 2), [None, None, Some(50.0), Some(100.0 * 1.25 / 1.5)]);
    assert_eq!(rsi(&[5.0, 5.0, 5.0], 2), [None, None, Some(50.0)], "nothing moved");
}

#[test]
fn every_indicator_speaks_from_where_its_words_say() {
    let bars: Vec<Bar> = (0..200)
        .map(|at| {
            let close = 100.0 + f64::from(at % 7) + f64::from(at);
            Bar { high: close + 1.0, low: close - 1.0, close, volume: Some(1.0) }
        })
        .collect();
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let first = |values: Vec<Option<f64>>| values.iter().position(Option::is_some).unwrap() + 1;
    assert_eq!(Rsi::series(&closes, 14).first() + 1, 15);
    assert_eq!(Macd::series(&closes, 12, 26, 9).first() + 1, 34);
    assert_eq!(Stochastic::series(&bars, 14, 3, 3).first() + 1, 18);
    assert_eq!(Atr::series(&bars, 14).first() + 1, 15);
    let adx = Adx::series(&bars, 14);
    assert_eq!(adx.first() + 1, 15);
    assert_eq!(first(adx.each().iter().map(|value| value.and_then(|value| value.adx)).collect()), 28);
    assert_eq!(Keltner::series(&bars, 20, 10, 2.0).first() + 1, 20);
    assert_eq!(Ichimoku::series(&bars, 9, 26, 52).first() + 1, 77);
    assert_eq!(first(Vwap::new(20).each(&bars)), 20);
    assert_eq!(first(Volatility::new(20).each(&closes)), 21);
    assert_eq!(Sma::series(&closes, 300).each(), vec![None; 200]);
}

#[test]
fn the_cloud_over_a_bar_was_made_before_it() {
    let mut bars: Vec<Bar> = (1..=12)
        .map(|at| Bar { high: f64::from(at), low: f64::from(at), close: f64::from(at), volume: None })
        .collect();
    let before = *Ichimoku::series(&bars, 2, 3, 4).values().last().unwrap();
    // Bars 7 to 10 made the span B that stands over bar 12, two bars later.
    assert_eq!((before.span_b, before.span_a), (8.5, f64::midpoint(9.5, 9.0)));
    bars[11].high = 1_000.0;
    let after = *Ichimoku::series(&bars, 2, 3, 4).values().last().unwrap();
    assert_eq!((after.span_a, after.span_b), (before.span_a, before.span_b));
    assert!(after.conversion > before.conversion);
}

#[test]
fn a_days_vwap_begins_with_the_day_and_ends_with_its_volume() {
    let bar = |price: f64, volume| Bar { high: price, low: price, close: price, volume };
    let mut vwap = DayVwap::new();
    let at = |hour: i64| Timestamp::from_micros(hour * Interval::H1.micros());
    assert_eq!(vwap.push(at(23), &bar(50.0, Some(9.0))), None, "the day was not seen from its beginning");
    assert_eq!(vwap.push(at(24), &bar(10.0, Some(0.0))), None, "nothing was traded");
    assert_eq!(vwap.push(at(25), &bar(10.0, Some(1.0))), Some(10.0));
    assert_eq!(vwap.push(at(26), &bar(20.0, Some(3.0))), Some(17.5));
    assert_eq!(vwap.push(at(27), &bar(20.0, None)), None);
    assert_eq!(vwap.push(at(28), &bar(20.0, Some(1.0))), None, "a part of the day is not known");
    assert_eq!(vwap.push(at(48), &bar(30.0, Some(1.0))), Some(30.0));
}

#[test]
fn on_balance_volume_adds_on_the_way_up_and_takes_on_the_way_down() {
    let bar = |close, volume| Bar { high: close, low: close, close, volume };
    let bars = [bar(1.0, Some(5.0)), bar(2.0, Some(3.0)), bar(2.0, Some(7.0)), bar(1.0, Some(1.0)), bar(2.0, None)];
    assert_eq!(Obv::series(&bars).values(), [5.0, 8.0, 8.0, 7.0, 7.0]);
}
