//! The account's balances held against the books, coin by coin, after its history was read.
//!
//! What the books say lies at the exchange is what was traded there, and what moved there without a trade: coins sent to a wallet
//! of one's own are in the books and no longer at the exchange. Invariants: the balances of then are kept and compared anew each
//! time, so that a difference is gone once the books explain it; nothing is corrected by itself. Money is compared to a cent a
//! row, since the exchange rounds its cents its own way. Deliberately absent: why a difference is there: what could be is said,
//! not assumed.

use super::actions::on_day;
use crate::dto::{ActionFix, ActionItem, BalancesCompared, SerialDecimal};
use crate::movements::Folded;
use crate::{Error, Result, Workstation};
use coinspot::Account;
use domain::{Book, Coin, Decimal, Direction, Moved, RowKind, Side, Timestamp, TradeRow};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::FactPlace;

const VENUE: &str = "coinspot";
/// The setting that keeps the balances of the last comparison.
const BALANCES: &str = "import_coinspot_api_balances";
/// Coins that are kept.
const COINS_MAX: usize = 2_000;
/// Things of the very amount that are named.
const NAMED_MAX: usize = 3;

/// The balances the exchange told.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    at: Timestamp,
    /// The first day whose history was read.
    first: Timestamp,
    coins: BTreeMap<Coin, SerialDecimal>,
    /// None where it told of none, and of balances that were kept before money was compared.
    #[serde(default)]
    aud: Option<SerialDecimal>,
}

/// What was traded elsewhere, or nobody said where, up to a moment: kept as long as no trade comes.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    stamp: (Vec<(i64, i64)>, usize),
    at: Timestamp,
    sums: Arc<Away>,
}

/// What trades elsewhere came to.
#[derive(Debug, Default)]
struct Away {
    coins: HashMap<Coin, Decimal>,
    aud: Decimal,
}

/// Money that the books don't explain.
struct MoneyApart {
    owned: Decimal,
    by_books: Decimal,
    /// Whether any deposit or withdrawal is known.
    paid: bool,
}

/// All that differs.
struct Differences {
    coins: Vec<Difference>,
    /// Coins that were compared.
    all: usize,
    /// None where money was not compared.
    aud: Option<Option<MoneyApart>>,
}

/// A coin whose balance the books don't explain.
struct Difference {
    coin: Coin,
    owned: Decimal,
    by_books: Decimal,
    elsewhere: Decimal,
}

/// What the books say lies there, and how far roundings can carry.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    coins: Decimal,
    rows: i64,
}

impl Sum {
    fn add(&mut self, coins: Decimal, way: Direction) {
        let signed = if way == Direction::In { coins } else { -coins };
        self.coins = self.coins.checked_add(signed).unwrap_or(self.coins);
        self.rows += 1;
    }

    /// One unit of the eighth place for each row.
    fn is(self, other: Decimal) -> bool {
        (self.coins - other).abs() <= Decimal::new(self.rows + 1, 8)
    }

    /// A cent for each row.
    fn is_money(self, other: Decimal) -> bool {
        (self.coins - other).abs() <= Decimal::new(self.rows + 1, 2)
    }
}

/// The money a trade brought or cost, fee included; none when it is beyond a decimal.
fn money(row: &TradeRow) -> Option<(Decimal, Direction)> {
    let value = row.price.times(row.quantity).ok()?.amount();
    match row.side {
        Side::Buy => Some((value.checked_add(row.fee)?, Direction::Out)),
        Side::Sell => Some((value.checked_sub(row.fee)?, Direction::In)),
    }
}

fn is_trade(row: &TradeRow, at: Timestamp) -> bool {
    row.kind == RowKind::Trade && row.time <= at
}

const fn way(side: Side) -> Direction {
    match side {
        Side::Buy => Direction::In,
        Side::Sell => Direction::Out,
    }
}

/// What the movements at the exchange, or of no known place, came to by a moment; whether money was paid in or out among them.
fn moved(folded: &Folded, at: Timestamp, sums: &mut BTreeMap<Coin, Sum>, aud: &mut Sum) -> bool {
    let mut paid = false;
    let here = |venue: Option<&str>| venue.is_none_or(|venue| venue == VENUE);
    let movements = folded.movements.iter().map(|standing| &standing.movement);
    for movement in movements.filter(|of| of.time <= at && here(of.venue.as_ref().map(domain::Name::as_str))) {
        if let (Some(fee), false) = (movement.fee, matches!(movement.what, Moved::Cash { .. })) {
            aud.add(fee.amount(), Direction::Out);
        }
        match &movement.what {
            Moved::Coins { direction, coin, quantity, .. } => {
                let sum = sums.entry(*coin).or_default();
                sum.add(quantity.decimal(), *direction);
                if let (Direction::Out, Some(fee)) = (direction, movement.network_fee) {
                    sum.add(fee.decimal(), Direction::Out);
                }
            }
            Moved::Swap { gave, gave_quantity, got, got_quantity } => {
                sums.entry(*gave).or_default().add(gave_quantity.decimal(), Direction::Out);
                sums.entry(*got).or_default().add(got_quantity.decimal(), Direction::In);
            }
            Moved::Cash { direction, amount } => {
                paid = true;
                aud.add(amount.amount(), *direction);
            }
            Moved::Between { .. } => {}
        }
    }
    paid
}

impl Workstation {
    /// Asks for the balances and keeps them; how many coins differ. None when they could not be had, which the log tells.
    pub(super) async fn compare_balances(&self, account: &Account, begin: Timestamp) -> Option<BalancesCompared> {
        match self.balances_told(account, begin).await {
            Ok(compared) => Some(compared),
            Err(error) => {
                tracing::warn!(code = error.code(), "the balances could not be compared: {error}");
                None
            }
        }
    }

    async fn balances_told(&self, account: &Account, begin: Timestamp) -> Result<BalancesCompared> {
        let at = self.now();
        let balances = account.balances(at).await?;
        let (money, coins): (Vec<_>, Vec<_>) = balances.into_iter().partition(|held| held.of.as_str() == "AUD");
        let aud = money.first().map(|held| SerialDecimal(held.total.decimal()));
        let coins =
            coins.into_iter().map(|held| (held.of, SerialDecimal(held.total.decimal()))).take(COINS_MAX).collect();
        let first = self.balances_kept().await?.map_or(begin, |told| told.first.min(begin));
        let told = Told { at, first, coins, aud };
        let text = serde_json::to_string(&told).map_err(|error| Error::Halted(error.to_string()))?;
        self.store().set_settings(&[(BALANCES, text)]).await?;
        let found = self.differences(&told).await?;
        let count = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        let aud_differs = found.aud.map(|apart| apart.is_some());
        Ok(BalancesCompared { coins: count(found.all), differ: count(found.coins.len()), aud_differs })
    }

    async fn balances_kept(&self) -> Result<Option<Told>> {
        let kept = self.store().setting(BALANCES).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What the exchange's balances differ by from the books, as actions.
    pub(super) async fn balance_actions(&self) -> Result<Vec<ActionItem>> {
        let Some(told) = self.balances_kept().await? else { return Ok(Vec::new()) };
        let Differences { coins: differences, aud, .. } = self.differences(&told).await?;
        let money: Vec<ActionItem> = aud.flatten().map(|apart| money_item(&apart, &told)).into_iter().collect();
        if differences.is_empty() {
            return Ok(money);
        }
        let (ledgered, folded) = (self.ledgered(Book::Live).await?, self.folded_movements().await?);
        let incomplete = self.incomplete_days().await?;
        let item = |of: &Difference| {
            let number = ledgered.coin_number(of.coin);
            let own = ledgered.rows.iter().filter(|row| Some(row.coin) == number && is_trade(row, told.at));
            item(of, &told, &could_be(of, own, &folded, &told, &incomplete))
        };
        Ok(differences.iter().map(item).chain(money).collect())
    }

    /// Every coin that differs, how many there are at all, and whether money does. A coin with a live order that is not over is
    /// left out, and money then: its rows come with the order.
    async fn differences(&self, told: &Told) -> Result<Differences> {
        let busy: BTreeSet<Coin> = {
            let desk = self.desk().await?;
            let open = desk.orders.open().filter(|order| order.proposal().book == Book::Live);
            open.map(|order| order.proposal().coin).collect()
        };
        let ledgered = self.ledgered(Book::Live).await?;
        let mut traded: BTreeMap<u32, Sum> = BTreeMap::new();
        let mut aud = Sum::default();
        for row in ledgered.rows.iter().filter(|row| is_trade(row, told.at)) {
            traded.entry(row.coin).or_default().add(row.quantity.decimal(), way(row.side));
            if let Some((amount, way)) = money(row) {
                aud.add(amount, way);
            }
        }
        let mut sums = BTreeMap::new();
        for (number, sum) in traded {
            sums.insert(ledgered.coin(number)?, sum);
        }
        let paid = moved(&self.folded_movements().await?, told.at, &mut sums, &mut aud);
        for coin in told.coins.keys() {
            sums.entry(*coin).or_default();
        }
        let away = self.elsewhere(told.at, &ledgered.rows, &ledgered.coins).await?;
        let all = sums.len();
        let mut differences = Vec::new();
        for (coin, everywhere) in sums.into_iter().filter(|(coin, _)| !busy.contains(coin)) {
            let owned = told.coins.get(&coin).map_or(Decimal::ZERO, |owned| owned.0);
            let elsewhere = away.coins.get(&coin).copied().unwrap_or_default();
            let here = Sum { coins: everywhere.coins - elsewhere, ..everywhere };
            // Trades that nobody said where they were made may have been made there.
            if !here.is(owned) && !everywhere.is(owned) {
                differences.push(Difference { coin, owned, by_books: here.coins, elsewhere });
            }
        }
        let money = told.aud.filter(|_| busy.is_empty()).map(|owned| {
            let here = Sum { coins: aud.coins - away.aud, ..aud };
            let explained = here.is_money(owned.0) || aud.is_money(owned.0);
            (!explained).then_some(MoneyApart { owned: owned.0, by_books: here.coins, paid })
        });
        Ok(Differences { coins: differences, all, aud: money })
    }

    async fn elsewhere(&self, at: Timestamp, rows: &[TradeRow], coins: &BTreeMap<u32, Coin>) -> Result<Arc<Away>> {
        let stamp = (self.store().trades_stamp().await?, rows.len());
        let mut kept = self.inner.elsewhere.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.stamp == stamp && kept.at == at) {
            return Ok(Arc::clone(&kept.sums));
        }
        let here = self.store().trades_saying(VENUE).await?;
        let (mut sums, mut aud): (HashMap<Coin, Sum>, _) = (HashMap::new(), Sum::default());
        let away = |row: &&TradeRow| !here.contains(&FactPlace { device: row.device, seq: row.seq });
        for row in rows.iter().filter(|row| is_trade(row, at)).filter(away) {
            let Some(coin) = coins.get(&row.coin) else { continue };
            sums.entry(*coin).or_default().add(row.quantity.decimal(), way(row.side));
            if let Some((amount, way)) = money(row) {
                aud.add(amount, way);
            }
        }
        let coins = sums.into_iter().map(|(coin, sum)| (coin, sum.coins)).collect();
        let sums = Arc::new(Away { coins, aud: aud.coins });
        *kept = Some(Elsewhere { stamp, at, sums: Arc::clone(&sums) });
        Ok(sums)
    }
}

/// What could explain a difference, the likeliest first.
fn could_be<'a>(
    of: &Difference,
    trades: impl Iterator<Item = &'a TradeRow>,
    folded: &Folded,
    told: &Told,
    incomplete: &[String],
) -> Vec<String> {
    let apart = of.owned - of.by_books;
    let same = |coins: Decimal| (coins - apart.abs()).abs() <= Decimal::new(1, 8);
    let mut reasons = Vec::new();
    if of.elsewhere.abs() > Decimal::new(1, 8) {
        let coins = of.elsewhere.normalize();
        reasons.push(format!("{coins} that were traded elsewhere, or that no file said where, and have moved since"));
    }
    for standing in folded.movements.iter().filter(|standing| {
        standing.movement.time <= told.at && standing.coins().is_some_and(|(_, coin, own)| coin == of.coin && same(own))
    }) {
        reasons.push(format!("the movement of this amount on {}", on_day(standing.movement.time)));
    }
    for row in trades.filter(|row| same(row.quantity.decimal())) {
        reasons.push(format!(
            "the {} of this amount on {}, told once too often or not at all",
            row.side,
            on_day(row.time)
        ));
    }
    reasons.truncate(NAMED_MAX);
    if !incomplete.is_empty() {
        reasons.push(format!("days CoinSpot did not tell in full ({})", incomplete.len()));
    }
    reasons.push(format!("what came before {}, the first day that was read", on_day(told.first)));
    reasons.push(if apart.is_sign_positive() {
        "staking, an airdrop or a reward that its history does not tell".to_owned()
    } else {
        "coins that were sent, or a fee paid in coins, that its history does not tell".to_owned()
    });
    reasons
}

fn money_item(of: &MoneyApart, told: &Told) -> ActionItem {
    let (owned, by_books) = (of.owned.normalize(), of.by_books.round_dp(2).normalize());
    let apart = (of.owned - of.by_books).round_dp(2).normalize();
    let than = if apart.is_sign_positive() { "more than" } else { "less than" };
    let (missing, way) = (apart.abs(), if apart.is_sign_positive() { "in" } else { "out" });
    let known = if of.paid {
        "some of its deposits or withdrawals may be missing from the history that was read"
    } else {
        "no deposit or withdrawal is known: their history may be missing"
    };
    ActionItem {
        id: "balance:AUD".to_owned(),
        kind: "gap".to_owned(),
        words: format!(
            "CoinSpot held {owned} AUD on {}: {missing} {than} the {by_books} there by the books. It could be that {known}; \
             trades it did not tell, or a fee that was taken otherwise; or what came before {}, the first day that was read",
            on_day(told.at),
            on_day(told.first)
        ),
        coin: None,
        since: Some(told.at),
        age_s: None,
        command: format!("omc movement add --kind cash --direction {way} --coin AUD --quantity {missing} --time DATE"),
        fix: ActionFix::Import,
    }
}

fn item(of: &Difference, told: &Told, reasons: &[String]) -> ActionItem {
    let Difference { coin, .. } = of;
    let (owned, by_books) = (of.owned.normalize(), of.by_books.normalize());
    let apart = (of.owned - of.by_books).normalize();
    let more = apart.is_sign_positive();
    let missing = apart.abs();
    let than = if more { "more than" } else { "less than" };
    let add = if more { "opening --value AUD" } else { "unknown --direction out" };
    ActionItem {
        id: format!("balance:{coin}"),
        kind: "gap".to_owned(),
        words: format!(
            "CoinSpot held {owned} {coin} on {}: {missing} {than} the {by_books} there by the books. It could be {}",
            on_day(told.at),
            reasons.join("; or ")
        ),
        coin: Some(*coin),
        since: Some(told.at),
        age_s: None,
        command: format!("omc movement add --kind {add} --coin {coin} --quantity {missing} --time DATE"),
        fix: if more {
            ActionFix::Opening { coin: Some(*coin), quantity: SerialDecimal(missing) }
        } else {
            ActionFix::Import
        },
    }
}
