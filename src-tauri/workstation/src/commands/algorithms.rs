//! Algorithms as a person handles them: described, promoted, paused, stopped, looked at.

mod view;

use super::books::parse_coin;
use super::market::parse_interval;
use super::trading::Wanted;
use crate::algorithms::portfolio_of;
use crate::dto::{AlgorithmDetail, AlgorithmMove, AlgorithmRequest, AlgorithmsView, OrderView, StrategiesView};
use crate::{Error, Home, Result, Workstation};
use domain::{
    AlgorithmState, AlgorithmVersion, BasisPoints, Book, Coin, Decimal, Denial, Fact, Name, OrderId, OrderKind,
    OrderStyle, Side, SignalSource, Size, Terms, parse_decimal,
};
use floor::{EVIDENCE_FILLS, EVIDENCE_S, UNPROVEN};
use std::collections::BTreeSet;

/// Coins an algorithm can trade.
const COINS_MAX: usize = 50;
/// Signals and orders shown of one.
const SHOWN_MAX: usize = 100;

fn name_of(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|error| Error::usage("bad_algorithm_name", error.to_string()))
}

/// A share in percent as basis points, read once: no more than two decimals, above nothing, at most all.
pub(super) fn share(text: &str) -> Result<BasisPoints> {
    let points = parse_decimal(text.trim()).ok().and_then(|percent| percent.checked_mul(Decimal::ONE_HUNDRED));
    let whole = points.map(|points| points.normalize()).filter(|points| points.scale() == 0);
    let points = whole.and_then(|points| u32::try_from(points.mantissa()).ok()).filter(|points| *points <= 10_000);
    points.filter(|points| *points > 0).map(BasisPoints).ok_or_else(|| {
        let shown = ledgers::inert(text);
        Error::usage(
            "bad_capital",
            format!("'{shown}' is no share: use a percentage above 0 and up to 100, such as 10"),
        )
    })
}

fn style(text: Option<&str>) -> Result<OrderStyle> {
    match text {
        None | Some("book") => Ok(OrderStyle::Book),
        Some("instant") => Ok(OrderStyle::Instant),
        Some(other) => {
            let shown = ledgers::inert(other);
            Err(Error::usage("bad_orders", format!("'{shown}' is no kind of order: use book or instant")))
        }
    }
}

fn version_of(home: &Home, request: &AlgorithmRequest) -> Result<AlgorithmVersion> {
    let made = crate::scripts::make(home, &request.strategy, &request.params)?;
    let coins: BTreeSet<Coin> = request.coins.iter().map(|coin| parse_coin(coin)).collect::<Result<_>>()?;
    if coins.is_empty() || coins.len() > COINS_MAX {
        return Err(Error::usage("bad_coins", format!("give 1 to {COINS_MAX} coins, such as BTC")));
    }
    let interval = parse_interval(&request.interval)?;
    if let Some(trained) = made.trained {
        trained.fits(coins.iter().map(|coin| (*coin, interval)))?;
    }
    let params: Result<_> = made.params.into_iter().map(|(name, value)| Ok((name_of(&name)?, value))).collect();
    Ok(AlgorithmVersion {
        strategy: name_of(made.name)?,
        code: made.code,
        params: params?,
        coins: coins.into_iter().collect(),
        interval,
        capital: share(&request.capital_pct)?,
        orders: style(request.orders.as_deref())?,
    })
}

impl Workstation {
    /// The strategies there are, and what can be set about each.
    #[must_use]
    pub fn strategies(&self) -> StrategiesView {
        view::strategies()
    }

    /// All algorithms.
    ///
    /// # Errors
    /// The store's.
    pub async fn algorithms(&self) -> Result<AlgorithmsView> {
        let names: Vec<Name> = self.desk().await?.algorithms.iter().map(|one| one.name().clone()).collect();
        let gains = self.gains().await?;
        let mut algorithms = Vec::with_capacity(names.len());
        for name in names {
            algorithms.push(self.algorithm_row(&name, &gains).await?);
        }
        let (evidence_days, evidence_fills) = (EVIDENCE_S / 86_400, EVIDENCE_FILLS);
        Ok(AlgorithmsView { algorithms, evidence_days, evidence_fills, unproven: UNPROVEN.to_owned() })
    }

    /// One algorithm in full.
    ///
    /// # Errors
    /// `algorithm_unknown`; the store's.
    pub async fn algorithm(&self, name: &str) -> Result<AlgorithmDetail> {
        let (versions, signals, orders) = {
            let desk = self.desk().await?;
            let one = desk.algorithms.find(name)?;
            let of = |order: &&floor::Order| order.proposal().algorithm.as_ref() == Some(one.name());
            let orders: Vec<OrderView> =
                desk.orders.iter().rev().filter(of).take(SHOWN_MAX).map(|order| desk.order_view(order)).collect();
            let signals = one.signals().iter().rev().take(SHOWN_MAX).map(|line| view::signal(line, &desk)).collect();
            let versions = one.versions().iter().rev().map(|(at, version)| view::version(*at, version)).collect();
            (versions, signals, orders)
        };
        let algorithm = self.algorithm_row(&name_of(name)?, &self.gains().await?).await?;
        Ok(AlgorithmDetail { algorithm, versions, signals, orders })
    }

    /// Describes an algorithm, or describes one anew: it is a draft then.
    ///
    /// # Errors
    /// What makes no sense, by name; `algorithm_exists`, `algorithm_unknown`, `algorithm_live`, `algorithm_unchanged`.
    pub async fn algorithm_set(&self, request: &AlgorithmRequest, is_new: bool) -> Result<AlgorithmDetail> {
        self.require_writer()?;
        let (name, home, asked) = (name_of(&request.name)?, self.home().clone(), request.clone());
        // A script is read in its process, which takes a moment.
        let version = tokio::task::spawn_blocking(move || version_of(&home, &asked)).await;
        let version = version.map_err(|broken| Error::refused("strategy_panicked", broken.to_string()))??;
        {
            let mut desk = self.desk().await?;
            match is_new {
                true => desk.algorithms.may_add(&name)?,
                false => desk.algorithms.may_edit(name.as_str(), &version)?,
            }
            let fact = Fact::AlgorithmSet { name, version: Box::new(version), at: self.now() };
            self.record(&mut desk, vec![fact]).await?;
        }
        self.algorithm(&request.name).await
    }

    /// Takes a draft to paper, or what runs on paper live.
    ///
    /// # Errors
    /// `algorithm_not_promotable`, `mandate_missing`, `evidence_missing`.
    pub async fn algorithm_promote(&self, name: &str, word: Option<&str>) -> Result<AlgorithmMove> {
        self.require_writer()?;
        {
            let mut desk = self.desk().await?;
            self.check_halted(&desk)?;
            let to = desk.algorithms.may_promote(name, &desk.authority, word, self.now())?;
            let why = match word {
                Some(UNPROVEN) if to == AlgorithmState::Live => Denial::new("unproven", "promoted without evidence"),
                _ => Denial::new("promoted", "promoted"),
            };
            self.move_algorithm(&mut desk, name, to, why).await?;
        }
        self.moved(name, Vec::new(), Vec::new(), Vec::new()).await
    }

    /// Goes on where it was paused.
    ///
    /// # Errors
    /// `algorithm_not_paused`, `mandate_missing`.
    pub async fn algorithm_resume(&self, name: &str) -> Result<AlgorithmMove> {
        self.require_writer()?;
        {
            let mut desk = self.desk().await?;
            self.check_halted(&desk)?;
            let to = desk.algorithms.may_resume(name, &desk.authority, self.now())?;
            self.move_algorithm(&mut desk, name, to, Denial::new("resumed", "resumed")).await?;
        }
        self.recovered(ledgers::alerts::ALGORITHM, name).await?;
        self.moved(name, Vec::new(), Vec::new(), Vec::new()).await
    }

    /// Holds it. Its positions stay; what rests stays too, unless it is to be taken back.
    ///
    /// # Errors
    /// `algorithm_not_running`.
    pub async fn algorithm_pause(&self, name: &str, cancel: bool) -> Result<AlgorithmMove> {
        self.require_writer()?;
        {
            let mut desk = self.desk().await?;
            desk.algorithms.may_pause(name)?;
            self.move_algorithm(&mut desk, name, AlgorithmState::Paused, Denial::new("paused", "paused")).await?;
        }
        let (cancelled, failed) = if cancel { self.take_back(name).await? } else { (Vec::new(), Vec::new()) };
        self.moved(name, cancelled, Vec::new(), failed).await
    }

    /// Ends it: its orders are taken back, and what it holds is sold at once or kept.
    ///
    /// # Errors
    /// `algorithm_not_running`.
    pub async fn algorithm_stop(&self, name: &str, close: bool) -> Result<AlgorithmMove> {
        self.require_writer()?;
        let book = {
            let mut desk = self.desk().await?;
            desk.algorithms.may_stop(name)?;
            let book = desk.algorithms.find(name)?.book();
            let why = if close { "stopped, and what it held is sold" } else { "stopped" };
            self.move_algorithm(&mut desk, name, AlgorithmState::Stopped, Denial::new("stopped", why)).await?;
            book
        };
        self.recovered(ledgers::alerts::ALGORITHM, name).await?;
        let (cancelled, mut failed) = self.take_back(name).await?;
        let mut closing = Vec::new();
        if close {
            self.sell_all(name, book, &mut closing, &mut failed).await?;
        }
        self.moved(name, cancelled, closing, failed).await
    }

    async fn move_algorithm(
        &self,
        desk: &mut crate::desk::Desk,
        name: &str,
        to: AlgorithmState,
        why: Denial,
    ) -> Result<()> {
        let fact = Fact::AlgorithmMoved { name: name_of(name)?, to, by: name_of("person")?, why, at: self.now() };
        self.record(desk, vec![fact]).await
    }

    /// Takes back every order of an algorithm that can be.
    async fn take_back(&self, name: &str) -> Result<(Vec<OrderView>, Vec<String>)> {
        let open: Vec<OrderId> = {
            let desk = self.desk().await?;
            let its = |order: &&floor::Order| floor::holder(order.proposal()) == name && order.can_cancel();
            desk.orders.open().filter(its).map(floor::Order::id).collect()
        };
        let (mut cancelled, mut failed) = (Vec::new(), Vec::new());
        for id in open {
            match self.order_cancel(&id.to_string()).await {
                Ok(order) => cancelled.push(order),
                Err(error) => failed.push(format!("order {id} was not taken back: {error}")),
            }
        }
        Ok((cancelled, failed))
    }

    /// Sells what an algorithm holds, coin by coin; what can't be sold is said.
    async fn sell_all(
        &self,
        name: &str,
        book: Book,
        closing: &mut Vec<OrderView>,
        failed: &mut Vec<String>,
    ) -> Result<()> {
        let (held, version) = {
            let desk = self.desk().await?;
            let one = desk.algorithms.find(name)?;
            (one.holdings(book).collect::<Vec<_>>(), one.version().map(AlgorithmVersion::hash))
        };
        for (coin, quantity) in held {
            let signal = version.map(|version| SignalSource {
                version,
                reason: "stopped by a person: what it holds is sold".to_owned(),
                confidence: None,
                evidence: Vec::new(),
            });
            let (algorithm, terms) = (Some(name_of(name)?), Terms { signal, ..Terms::default() });
            let (side, kind, size) = (Side::Sell, OrderKind::Instant, Size::Quantity(quantity));
            match self.propose(Wanted { book, coin, side, kind, size, algorithm, terms, again: true }).await {
                Ok(id) => closing.push(self.view(&*self.desk().await?, id)?),
                Err(error) => failed.push(format!("{quantity} {coin} was not sold: {error}")),
            }
        }
        Ok(())
    }

    async fn moved(
        &self,
        name: &str,
        cancelled: Vec<OrderView>,
        closing: Vec<OrderView>,
        failed: Vec<String>,
    ) -> Result<AlgorithmMove> {
        let algorithm = self.algorithm_row(&name_of(name)?, &self.gains().await?).await?;
        Ok(AlgorithmMove { algorithm, cancelled, closing, failed })
    }
}
