//! Equity in reports: the picture of the P&L, and the report of the days.
//!
//! What a day was worth rests on prices, which are no facts: those that were used go into the seal, and a report is proven at
//! them. Of too many prices only every so many days are looked at, counted back from the last, so that a seal stays bounded.

use super::{ReportRequest, number, text};
use crate::commands::books::{Ledgered, parse_method};
use crate::commands::equity::{Prices, curve_notes, named_figures};
use crate::dto::SerialDecimal;
use crate::when::moment;
use crate::{Error, Result, Workstation};
use books::{Curve, DayPoint, DayPrice, Days, EquityQuery, Performance, PricedBy};
use domain::{Coin, Decimal, Money, Timestamp};
use reports::{Cell, Chart, Column, Document, Drawn, EquityDay, Sheet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::DeviceHead;

/// Prices that one report rests on.
const PRICES_MAX: usize = 20_000;
/// A bid older than this is no price of a moment.
const BID_AGE_MAX_S: i64 = 48 * 3_600;

/// A price of a coin at the end of a day: the day's place, AUD, where it is from, and how old it was in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Close(u32, String, String, i64);

/// The prices a curve stands on, by coin.
pub(super) type Closes = BTreeMap<String, Vec<Close>>;

/// A book's days, those of them that were looked at, and the prices they stand on.
pub(super) struct Curved {
    curve: Curve,
    /// Every so many days were looked at.
    step: usize,
    pub closes: Closes,
    ledgered: Ledgered,
    pub method: &'static str,
}

const SOURCES: [PricedBy; 4] = [PricedBy::WrittenDown, PricedBy::Bid, PricedBy::Close, PricedBy::Reference];

impl Close {
    fn of(place: usize, price: &DayPrice) -> Self {
        let each = price.each.normalize().to_string();
        Self(place as u32, each, price.by.code().to_owned(), price.age_s) // a curve has ten thousand days at most
    }

    fn read(&self) -> Result<(usize, DayPrice)> {
        let bad = || Error::refused("bad_seal", format!("'{}' is no price of a day", ledgers::inert(&self.1)));
        let each = domain::parse_decimal(&self.1).map_err(|_| bad())?;
        let by = SOURCES.into_iter().find(|by| by.code() == self.2).ok_or_else(bad)?;
        Ok((self.0 as usize, DayPrice { each, by, age_s: self.3 }))
    }
}

/// Whether a day is looked at: every so many, counted back from the last.
const fn is_kept(place: usize, last: usize, step: usize) -> bool {
    (last - place).is_multiple_of(step)
}

impl Workstation {
    /// A book's days for a report, at the prices given or, without any, at those that are known.
    pub(super) async fn curved(&self, request: &ReportRequest, closes: Option<&Closes>) -> Result<Curved> {
        let (book, zone) = (request.book, self.zone_of(request)?);
        let method = parse_method(request.pnl.method.as_deref())?;
        let now = request.generated_at.unwrap_or_else(|| self.now());
        let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
        let (from, to) = (time(&request.pnl.from)?, time(&request.pnl.to)?.map_or(now, |to| to.min(now)));
        let ledgered = self.ledgered(book).await?;
        let beside = self.cash_and_dead(book, &ledgered).await?;
        let query = EquityQuery { book, method, picks: self.picks().await?, zone, from, to };
        let days = Days::fold(&ledgered.rows, &beside.cash, &query)?;
        let ends = days.ends();
        let (mut wanted, last) = (days.wanted(), ends.len().saturating_sub(1));
        let step = wanted.values().map(Vec::len).sum::<usize>().div_ceil(PRICES_MAX).max(1);
        for places in wanted.values_mut() {
            places.retain(|place| is_kept(*place, last, step));
        }
        let closes = match closes {
            Some(closes) => closes.clone(),
            None => {
                let mut prices = self.day_prices(wanted, &ends, &ledgered, &beside, false).await?;
                if to == now {
                    self.at_bids(&mut prices, last, now, &ledgered).await?;
                }
                told(&prices, &ledgered)?
            }
        };
        let prices = heard(&closes, ends.len(), &ledgered)?;
        let curve = days.value(&|coin, at| prices.get(&coin)?.get(at).copied().flatten())?;
        Ok(Curved { curve, step, closes, ledgered, method: method.code() })
    }

    /// What is held now is worth what a seller gets now.
    async fn at_bids(&self, prices: &mut Prices, last: usize, now: Timestamp, ledgered: &Ledgered) -> Result<()> {
        for quote in self.store().quotes().await? {
            let age_s = now.seconds_since(quote.seen);
            let line = ledgered.coin_number(quote.coin).and_then(|number| prices.get_mut(&number));
            if let (Some(bid), Some(place), 0..=BID_AGE_MAX_S) =
                (quote.bid, line.and_then(|line| line.get_mut(last)), age_s)
            {
                *place = Some(DayPrice::seen(bid, PricedBy::Bid, age_s));
            }
        }
        Ok(())
    }

    pub(super) async fn equity_document(
        &self,
        request: &ReportRequest,
        heads: &[DeviceHead],
        closes: Option<&Closes>,
    ) -> Result<(Document, Closes)> {
        let curved = self.curved(request, closes).await?;
        let (from, to) = self.window(request)?;
        let mut about = vec![("book", request.book.to_string()), ("method", curved.method.to_owned())];
        about.extend(super::documents::window_words(from, to, "the first day anything happened"));
        let document = self.document(request, heads, "Equity".to_owned(), about, Some(request.book))?;
        let mut notes = if request.book == domain::Book::Live { self.unresolved_imports().await? } else { vec![] };
        notes.extend(curved.notes());
        notes.extend(curved.ledgered.afresh());
        let sheets = vec![curved.days_sheet()?, curved.figures_sheet()];
        Ok((Document { notes, charts: vec![curved.chart()], sheets, ..document }, curved.closes))
    }

    /// The picture of a book's equity, as a file: `svg` or `png`, by the ending of its name.
    ///
    /// # Errors
    /// `bad_format` for another ending; a bad request, `not_a_file`, the file system's and the store's.
    pub async fn equity_chart(&self, request: &ReportRequest, out: &std::path::Path) -> Result<crate::dto::FileReport> {
        super::fit(out)?;
        let ending = out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let chart = async || {
            let curved = self.curved(request, None).await?;
            Ok::<_, Error>((curved.chart(), curved.kept().count() as u64))
        };
        let (bytes, points) = match ending.as_str() {
            "svg" => {
                let (chart, points) = chart().await?;
                (chart.svg()?.into_bytes(), points)
            }
            "png" => {
                let (chart, points) = chart().await?;
                (chart.png()?, points)
            }
            _ => return Err(Error::usage("bad_format", "a chart is a picture: end its file's name in .svg or .png")),
        };
        super::write(out, points, &bytes)
    }
}

/// The prices as a seal has them.
fn told(prices: &Prices, ledgered: &Ledgered) -> Result<Closes> {
    let mut closes = Closes::new();
    for (coin, line) in prices {
        let known = line.iter().enumerate().filter_map(|(place, price)| Some(Close::of(place, price.as_ref()?)));
        let known: Vec<Close> = known.collect();
        if !known.is_empty() {
            closes.insert(ledgered.coin(*coin)?.to_string(), known);
        }
    }
    Ok(closes)
}

fn heard(closes: &Closes, days: usize, ledgered: &Ledgered) -> Result<Prices> {
    let mut prices = Prices::new();
    for (coin, known) in closes {
        let coin = Coin::parse(coin).map_err(|error| Error::refused("bad_seal", error.to_string()))?;
        let Some(number) = ledgered.coin_number(coin) else { continue };
        let mut line = vec![None; days];
        for close in known {
            let (place, price) = close.read()?;
            if let Some(slot) = line.get_mut(place) {
                *slot = Some(price);
            }
        }
        prices.insert(number, line);
    }
    Ok(prices)
}

impl Curved {
    /// The days that were looked at, each with those since the one before.
    fn kept(&self) -> impl Iterator<Item = (&DayPoint, &[DayPoint])> {
        let (all, step) = (self.curve.points.as_slice(), self.step);
        let last = all.len().saturating_sub(1);
        let kept = (0..all.len()).filter(move |at| is_kept(*at, last, step));
        kept.filter_map(move |at| Some((all.get(at)?, all.get((at + 1).saturating_sub(step)..=at)?)))
    }

    pub fn chart(&self) -> Chart {
        let day = |(point, since): (&DayPoint, &[DayPoint])| EquityDay {
            label: point.date.to_string(),
            equity: point.equity.map(Money::amount),
            drawdown: point.drawdown,
            bought: since.iter().any(|day| day.buys > 0),
            sold: since.iter().any(|day| day.sells > 0),
        };
        let days: Vec<EquityDay> = self.kept().map(day).collect();
        let often = if self.step == 1 { String::new() } else { format!(", every {} days", self.step) };
        let title = format!("Equity and its fall from the peak, AUD{often}");
        Chart { title, drawn: Drawn::Equity(days), points: vec![] }
    }

    /// Whether there is anything to see: a line needs two days.
    pub fn is_line(&self) -> bool {
        self.kept().filter(|(point, _)| point.is_complete()).count() > 1
    }

    pub fn notes(&self) -> Vec<String> {
        if self.step == 1 {
            return curve_notes(&self.curve);
        }
        let words = format!("The equity is told every {} days: so many prices are too many for one report.", self.step);
        vec![words]
    }

    fn days_sheet(&self) -> Result<Sheet> {
        let columns = vec![
            Column::of("date"),
            Column::of("equity").aud(),
            Column::of("cash").aud(),
            Column::of("holdings").aud(),
            Column::totalled("paid_in_or_out").aud(),
            Column::totalled("gain").aud(),
            Column::of("drawdown").figures(),
            Column::of("realised").aud(),
            Column::of("unrealised").aud(),
            Column::totalled("buys"),
            Column::totalled("sells"),
            Column::of("without_price"),
        ];
        let money = |money: Option<Money>| money.map_or(Cell::Empty, |money| number(money.amount()));
        let mut rows = Vec::new();
        for (point, since) in self.kept() {
            let mut flows = since.iter().map(|day| day.flow.map(Money::amount));
            let flow = flows.try_fold(Decimal::ZERO, |sum, flow| sum.checked_add(flow?));
            let coins = point.unpriced.iter().map(|coin| Ok(self.ledgered.coin(*coin)?.to_string()));
            let coins = coins.collect::<Result<Vec<_>>>()?.join(" ");
            let count = |of: fn(&DayPoint) -> u32| number(since.iter().map(|day| Decimal::from(of(day))).sum());
            let fall = point.drawdown.and_then(|fall| Decimal::try_from(fall).ok());
            rows.push(vec![
                text(point.date),
                money(point.equity),
                money(point.cash),
                money(point.holdings),
                flow.map_or(Cell::Empty, number),
                money(point.gain),
                fall.map_or(Cell::Empty, |fall| number(fall.round_dp(10))),
                money(Some(point.realised)),
                money(point.unrealised),
                count(|day| day.buys),
                count(|day| day.sells),
                if coins.is_empty() { Cell::Empty } else { text(coins) },
            ]);
        }
        Ok(Sheet { name: "Days", columns, rows })
    }

    fn figures_sheet(&self) -> Sheet {
        let (of, sales) = (Performance::of(&self.curve), &self.curve.report);
        let figures = named_figures(&of, &sales.metrics, sales.realised, sales.fees);
        let value = |value: Option<SerialDecimal>| value.map_or(Cell::Empty, |value| number(value.0));
        let row = |(name, metric): (String, crate::dto::MetricView)| {
            let reason = metric.reason.map_or(Cell::Empty, |reason| text(reason.replace('_', " ")));
            vec![text(name.replace('_', " ")), value(metric.value), reason]
        };
        let columns = vec![Column::of("figure"), Column::of("AUD or ratio").figures(), Column::of("why_none")];
        Sheet { name: "Summary", columns, rows: figures.into_iter().map(row).collect() }
    }
}
