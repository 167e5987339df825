//! Limits as they are set and used, write-downs, volatile mode and protections.

use super::books::parse_coin;
use crate::desk::Desk;
use crate::dto::{BookRisk, LimitsView, LockRow, RiskRequest, RiskView, SerialDecimal, VolatileView, WrittenDownRow};
use crate::risk::Wildness;
use crate::{Error, Result, Workstation};
use domain::{Book, Coin, Decimal, Fact, LimitChange, Money, Name, VolatileMode};
use floor::{Counts, EquityPoint, LimitName, Limits, Protections, Rule, WILD_RATIO, aud, number};
use std::collections::BTreeMap;

/// Characters of a reason that are kept.
const WHY_CHARS_MAX: usize = 200;

fn reason(why: &str) -> Result<String> {
    let kept: String = why.trim().chars().filter(|c| !c.is_control()).take(WHY_CHARS_MAX).collect();
    if kept.is_empty() {
        return Err(Error::usage("why_missing", "say why: the reason is kept in the journal"));
    }
    Ok(kept)
}

impl Workstation {
    /// The limits that are set, per book, and what of them is used.
    ///
    /// # Errors
    /// The store's.
    pub async fn limits(&self) -> Result<LimitsView> {
        let market = self.market_now().await?;
        let desk = self.desk().await?;
        let of = |book| {
            let limits = desk.limits.of(book).iter();
            limits.filter_map(|(name, value)| Some((name.as_str().to_owned(), SerialDecimal(value?)))).collect()
        };
        let risk = self.risk_view(&desk, market);
        Ok(LimitsView { paper: of(Book::Paper), live: of(Book::Live), risk })
    }

    /// Changes limits of one book: all of the changes, or none. What lets more through with real money is asked twice.
    ///
    /// # Errors
    /// A name or value that is no limit's; `confirm_loosening`; the store's.
    pub async fn limits_set(&self, book: Book, changes: &BTreeMap<String, String>, loosen: bool) -> Result<LimitsView> {
        self.require_writer()?;
        let changes = changes
            .iter()
            .map(|(name, value)| Limits::parse_change(name, value))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
        if !changes.is_empty() {
            let mut desk = self.desk().await?;
            if book == Book::Live && !loosen {
                check_loosened(desk.limits.of(book), &changes)?;
            }
            self.record(&mut desk, vec![Fact::LimitsSet { book, changes }]).await?;
        }
        self.limits().await
    }

    /// Does what a person says about risk.
    ///
    /// # Errors
    /// Words that make no sense; `coin_priced`, `not_held`, `not_locked`, `equity_unknown`, `no_drawdown`, `confirm_loosening`;
    /// the store's.
    pub async fn risk_set(&self, request: &RiskRequest) -> Result<LimitsView> {
        self.require_writer()?;
        if let RiskRequest::ResetPeak { book: Book::Live, .. } = request {
            self.look_unless_fresh().await;
        }
        let mut desk = self.desk().await?;
        let fact = match request {
            RiskRequest::WriteDown { book, coin, why } => self.write_down(&desk, *book, parse_coin(coin)?, why)?,
            RiskRequest::Volatile { mode, loosen } => volatile(&desk, mode, *loosen)?,
            RiskRequest::ResetPeak { book, loosen } => self.start_drawdown_anew(&mut desk, *book, *loosen).await?,
            RiskRequest::Protections { changes } => {
                let read = changes.iter().map(|(name, value)| Protections::parse_change(name, value));
                let changes = read
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| Error::Usage { code: error.code(), message: error.to_string() })?;
                Fact::ProtectionsSet { changes }
            }
            RiskRequest::Lift { book, algorithm, coin, rule, why } => {
                let coin = coin.as_deref().map(parse_coin).transpose()?;
                self.lift(&desk, *book, algorithm, coin, rule, why)?
            }
        };
        self.record(&mut desk, vec![fact]).await?;
        drop(desk);
        self.limits().await
    }

    fn write_down(&self, desk: &Desk, book: Book, coin: Coin, why: &str) -> Result<Fact> {
        let worth = desk.worth(book, self.now());
        let Some(held) = worth.held.iter().find(|held| held.coin == coin) else {
            return Err(Error::refused("not_held", format!("the {book} book holds no {coin}: nothing to write down")));
        };
        if let Counts::AtBid(bid) = held.counts {
            let words = format!("{coin} has a fresh bid of {}: sell it instead", number(bid.decimal()));
            return Err(Error::refused("coin_priced", words));
        }
        Ok(Fact::WrittenDown { book, coin, why: reason(why)? })
    }

    async fn start_drawdown_anew(&self, desk: &mut Desk, book: Book, loosen: bool) -> Result<Fact> {
        let now = self.now();
        let is_known = book == Book::Paper || desk.live.is_fresh(now);
        let worth = desk.worth(book, now);
        if !is_known || worth.equity.is_none() {
            let words = format!("what the {book} book is worth is not known now: its drawdown can't be started anew");
            return Err(Error::refused("equity_unknown", words));
        }
        let Some(fact) = self.peak_reset(desk, book).await? else {
            let words = format!("the {book} book stands at its highest: there is no drawdown to start anew");
            return Err(Error::refused("no_drawdown", words));
        };
        match &fact {
            Fact::PeakReset { from, to, .. } if book == Book::Live && !loosen => {
                let words = format!(
                    "the highest is {} and becomes {}: from there max_drawdown_pct counts anew, which lets more through with \
                     real money; confirm it (--yes-loosen)",
                    aud(*from),
                    aud(*to)
                );
                Err(Error::refused("confirm_loosening", words))
            }
            _ => Ok(fact),
        }
    }

    fn lift(
        &self,
        desk: &Desk,
        book: Book,
        algorithm: &str,
        coin: Option<Coin>,
        rule: &str,
        why: &str,
    ) -> Result<Fact> {
        let now = self.now();
        let of = |lock: &floor::Lock| {
            lock.book == book && lock.algorithm.as_str() == algorithm && lock.coin == coin && lock.rule.as_str() == rule
        };
        let locks = desk.risk.protections.locks(&desk.risk.own, now);
        let Some(lock) = locks.into_iter().find(of) else {
            let words = "nothing is locked like that now: see `omc protections` for what is";
            return Err(Error::refused("not_locked", words));
        };
        let rule = Name::parse(Rule::as_str(lock.rule)).map_err(|error| Error::usage("bad_name", error.to_string()))?;
        Ok(Fact::ProtectionLifted { book, algorithm: lock.algorithm, coin, rule, at: now, why: reason(why)? })
    }

    fn risk_view(&self, desk: &Desk, market: Wildness) -> RiskView {
        let locks = desk.risk.protections.locks(&desk.risk.own, self.now());
        let row = |lock: floor::Lock| LockRow {
            book: lock.book,
            algorithm: lock.algorithm.to_string(),
            coin: lock.coin,
            rule: lock.rule.as_str().to_owned(),
            until: lock.until,
            why: lock.why,
        };
        RiskView {
            volatile: VolatileView {
                mode: desk.risk.volatile.as_str().to_owned(),
                on: desk.is_volatile(market),
                ratio: market.ratio.map(|ratio| (ratio * 100.0).round() / 100.0),
                from: WILD_RATIO,
            },
            books: [Book::Paper, Book::Live].map(|book| self.book_risk(desk, book)).into(),
            protections: desk.risk.protections.settings().map(|(name, value)| (name.to_owned(), value)).collect(),
            locks: locks.into_iter().map(row).collect(),
        }
    }

    fn book_risk(&self, desk: &Desk, book: Book) -> BookRisk {
        let now = self.now();
        let worth = desk.worth(book, now);
        let point = desk.equity_point(book, now, &worth);
        let serial = |money: Money| SerialDecimal(money.amount().round_dp(2).normalize());
        let mut used = BTreeMap::new();
        let mut add = |limit: LimitName, part: Option<Money>, whole: Option<Money>| {
            let share = part.zip(whole).and_then(|(part, whole)| crate::desk::percent(part.amount(), whole.amount()));
            used.extend(share.map(|share| (limit.as_str().to_owned(), share)));
        };
        let (start, peak) =
            (point.as_ref().and_then(EquityPoint::day_start), point.as_ref().and_then(EquityPoint::highest));
        let fall = |from: Option<Money>| {
            let lost = from?.checked_sub(worth.equity?).ok()?;
            Some(Money::aud(lost.amount().max(Decimal::ZERO)))
        };
        let largest = worth.held.iter().map(|held| held.value).max_by_key(|value| value.amount());
        add(LimitName::MaxCoinPct, largest.or(Some(Money::ZERO_AUD)), worth.equity);
        add(LimitName::MaxDayLossPct, fall(start), start);
        add(LimitName::MaxDrawdownPct, fall(peak), peak);
        let written = desk.risk.written_down.iter().filter(|((of, _), _)| *of == book);
        BookRisk {
            book,
            equity: worth.equity.map(serial),
            day_start: start.map(serial),
            peak: peak.map(serial),
            peak_since: desk.risk.peak_since(book),
            used,
            unpriced: worth.unpriced().collect(),
            written_down: written.map(|((_, coin), why)| WrittenDownRow { coin: *coin, why: why.clone() }).collect(),
        }
    }
}

fn volatile(desk: &Desk, mode: &str, loosen: bool) -> Result<Fact> {
    let Some(mode) = VolatileMode::parse(mode) else {
        return Err(Error::usage("bad_mode", "volatile mode is on, off or auto"));
    };
    let strictness = |mode: VolatileMode| match mode {
        VolatileMode::Off => 0,
        VolatileMode::Auto => 1,
        VolatileMode::On => 2,
    };
    let now = desk.risk.volatile;
    if strictness(mode) < strictness(now) && !loosen {
        let words = format!(
            "volatile mode from {} to {} lets more through, with real money too: confirm it (--yes-loosen)",
            now.as_str(),
            mode.as_str()
        );
        return Err(Error::refused("confirm_loosening", words));
    }
    Ok(Fact::VolatileSet { mode })
}

fn check_loosened(limits: &Limits, changes: &[LimitChange]) -> Result<()> {
    let from = |value: Option<Decimal>| value.map_or_else(|| "nothing".to_owned(), number);
    let list: Vec<String> = limits
        .loosened(changes)
        .map(|change| format!("{} from {} to {}", change.limit, from(change.from), number(change.to)))
        .collect();
    if list.is_empty() {
        return Ok(());
    }
    let words = format!("this lets more through with real money: {}; confirm it (--yes-loosen)", list.join(", "));
    Err(Error::refused("confirm_loosening", words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::OrderRequest;
    use crate::fixtures::{World, book};
    use coinspot::PRICES_SOURCE;
    use domain::Side;

    fn buy(coin: &str, quantity: &str) -> OrderRequest {
        OrderRequest {
            coin: coin.to_owned(),
            side: Side::Buy,
            book: Book::Paper,
            quantity: Some(quantity.to_owned()),
            aud: None,
            limit: None,
            until: None,
            again: true,
        }
    }

    fn changes(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    async fn placed(world: &World, request: &OrderRequest) -> String {
        let order = world.ws.order_place(request).await.unwrap();
        order.reason_code.unwrap_or_else(|| order.state.to_owned())
    }

    #[tokio::test]
    async fn a_held_coin_nobody_prices_stops_buys_until_it_is_written_down_and_never_a_sale() {
        let world = World::of(&[PRICES_SOURCE]).await;
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000), ("LUNA", 10)]));
        world.run(PRICES_SOURCE).await;
        assert_eq!(placed(&world, &buy("LUNA", "100")).await, "filled");
        world.pass(120);
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_001)]));
        world.run(PRICES_SOURCE).await;
        assert_eq!(placed(&world, &buy("BTC", "1")).await, "equity_unknown");
        let down = |coin: &str| RiskRequest::WriteDown { book: Book::Paper, coin: coin.to_owned(), why: "dead".into() };
        assert_eq!(world.ws.risk_set(&down("BTC")).await.unwrap_err().code(), "not_held");
        let view = world.ws.risk_set(&down("luna")).await.unwrap();
        assert_eq!(view.risk.books[0].written_down[0].why, "dead");
        assert_eq!(placed(&world, &buy("BTC", "1")).await, "filled");
        let sale = OrderRequest { side: Side::Sell, ..buy("BTC", "1") };
        assert_eq!(placed(&world, &sale).await, "filled");
    }

    #[tokio::test]
    async fn buys_stop_after_the_day_lost_too_much_and_where_the_day_began_survives_a_restart() {
        let world = World::of(&[PRICES_SOURCE]).await;
        world.ws.limits_set(Book::Paper, &changes("max_coin_pct", "100"), false).await.unwrap();
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000), ("ETH", 100)]));
        world.run(PRICES_SOURCE).await;
        for quantity in ["24", "20"] {
            assert_eq!(placed(&world, &buy("BTC", quantity)).await, "filled");
        }
        world.pass(70);
        world.tell(PRICES_SOURCE, book(&[("BTC", 880), ("ETH", 101)]));
        world.run(PRICES_SOURCE).await;
        assert_eq!(placed(&world, &buy("ETH", "1")).await, "max_day_loss_pct");
        let again = world.ws.store().last_equity(Book::Paper, 1).await.unwrap().unwrap();
        assert!(again.point.day_index > again.point.index, "{again:?}");
        let mut desk = Desk::new();
        desk.take(&Fact::PaperReset { cash: Money::aud(Decimal::ONE) }, world.ws.now(), None);
        world.ws.load_equity(&mut desk).await.unwrap();
        let worth = floor::Worth { cash: Money::ZERO_AUD, held: vec![], equity: Some(again.point.equity) };
        let point = desk.equity_point(Book::Paper, world.ws.now(), &worth).unwrap();
        assert_eq!(point.day_index, again.point.day_index);
    }

    #[tokio::test]
    async fn what_lets_more_through_with_real_money_is_asked_twice() {
        let world = World::of(&[PRICES_SOURCE]).await;
        let set = async |book, value: &str, loosen| {
            let done = world.ws.limits_set(book, &changes("max_order_aud", value), loosen).await;
            done.map_or_else(|error| error.code().to_string(), |_| "ok".to_owned())
        };
        let refused = world.ws.limits_set(Book::Live, &changes("max_order_aud", "200"), false).await.unwrap_err();
        assert!(refused.to_string().contains("max_order_aud from 100 to 200"), "{refused}");
        assert_eq!(set(Book::Live, "200", false).await, "confirm_loosening");
        assert_eq!(set(Book::Live, "200", true).await, "ok");
        assert_eq!(set(Book::Live, "150", false).await, "ok", "less needs no second word");
        assert_eq!(set(Book::Paper, "90000", false).await, "ok");
        let mode = |mode: &str, loosen| RiskRequest::Volatile { mode: mode.to_owned(), loosen };
        assert!(world.ws.risk_set(&mode("on", false)).await.unwrap().risk.volatile.on);
        assert_eq!(world.ws.risk_set(&mode("auto", false)).await.unwrap_err().code(), "confirm_loosening");
        assert_eq!(world.ws.risk_set(&mode("wild", false)).await.unwrap_err().code(), "bad_mode");
    }

    #[tokio::test]
    async fn volatile_mode_halves_what_an_order_may_cost_at_once() {
        let world = World::of(&[PRICES_SOURCE]).await;
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
        world.run(PRICES_SOURCE).await;
        world.ws.risk_set(&RiskRequest::Volatile { mode: "on".to_owned(), loosen: false }).await.unwrap();
        assert_eq!(placed(&world, &buy("BTC", "13")).await, "max_order_aud");
        assert_eq!(placed(&world, &buy("BTC", "11")).await, "max_coin_pct", "ten percent");
        assert_eq!(placed(&world, &buy("BTC", "9")).await, "filled");
    }
    #[tokio::test]
    async fn a_drawdown_that_is_started_anew_counts_from_there_on_also_after_a_restart() {
        let world = World::of(&[PRICES_SOURCE]).await;
        let loose = [("max_coin_pct", "100"), ("max_day_loss_pct", "100"), ("max_drawdown_pct", "4")];
        let loose = loose.map(|(name, value)| (name.to_owned(), value.to_owned()));
        world.ws.limits_set(Book::Paper, &BTreeMap::from(loose), false).await.unwrap();
        let anew = async || world.ws.risk_set(&RiskRequest::ResetPeak { book: Book::Paper, loosen: false }).await;
        world.tell(PRICES_SOURCE, book(&[("BTC", 1_000), ("ETH", 100)]));
        world.run(PRICES_SOURCE).await;
        for quantity in ["24", "20"] {
            assert_eq!(placed(&world, &buy("BTC", quantity)).await, "filled");
        }
        world.pass(70);
        world.tell(PRICES_SOURCE, book(&[("BTC", 880), ("ETH", 101)]));
        world.run(PRICES_SOURCE).await;
        assert_eq!(placed(&world, &buy("ETH", "1")).await, "max_drawdown_pct");
        let view = anew().await.unwrap();
        let paper = &view.risk.books[0];
        assert_eq!((&paper.peak, paper.peak_since), (&paper.equity, Some(world.ws.now())));
        assert_eq!(anew().await.unwrap_err().code(), "no_drawdown");
        // The process ends before another point of the equity is kept.
        let mut desk = Desk::new();
        for recorded in world.ws.store().control_facts().await.unwrap() {
            desk.take(&recorded.fact, recorded.recorded_at, None);
        }
        world.ws.load_equity(&mut desk).await.unwrap();
        let peak_at = |desk: &Desk, equity: i64| {
            let worth = floor::Worth { cash: Money::ZERO_AUD, held: vec![], equity: Some(Money::aud(equity.into())) };
            desk.equity_point(Book::Paper, world.ws.now(), &worth).unwrap().peak
        };
        let from = peak_at(&desk, 1);
        assert!(from < Decimal::ONE, "{from}");
        assert!(peak_at(&desk, 200_000) > Decimal::ONE, "it rises with the equity");
        assert_eq!(placed(&world, &buy("ETH", "1")).await, "filled");
        // Points that are kept later know it by themselves, and a further fall counts from there.
        world.pass(70);
        world.tell(PRICES_SOURCE, book(&[("BTC", 780), ("ETH", 100)]));
        world.run(PRICES_SOURCE).await;
        assert_eq!(placed(&world, &buy("ETH", "1")).await, "max_drawdown_pct");
        let kept = world.ws.store().last_equity(Book::Paper, 1).await.unwrap().unwrap();
        assert_eq!(kept.point.peak, from);
    }

    #[tokio::test]
    async fn the_drawdown_of_a_book_nobody_can_value_is_not_started_anew() {
        let world = World::of(&[PRICES_SOURCE]).await;
        for book in [Book::Paper, Book::Live] {
            let anew = world.ws.risk_set(&RiskRequest::ResetPeak { book, loosen: true }).await;
            let code = if book == Book::Paper { "no_drawdown" } else { "equity_unknown" };
            assert_eq!(anew.unwrap_err().code(), code);
        }
    }
}
