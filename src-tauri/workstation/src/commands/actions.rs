//! Actions needed: everything in the books that only the trader can settle, each with what settles it.
//!
//! Invariants: one list, from which reports take their words; an item stands as long as its cause does and has the same id
//! until then. Deliberately absent: settling anything by itself.

use super::movements::{age_s, pairable};
use crate::dto::{ActionFix, ActionItem, Actions, PnlRequest, SerialDecimal, UnknownBasis};
use crate::movements::{Folded, Standing};
use crate::when::DEFAULT_ZONE;
use crate::{Result, Workstation};
use domain::{Coin, Decimal, Direction, Timestamp, Trade, Why};
use std::collections::BTreeMap;
use store::RecordedTrade;

/// What comes of each kind, for the first page of a report: `{}` is what it is about.
const KINDS: [(&str, &str); 4] = [
    ("duplicate", "told twice with another fee, or twice in the journal"),
    ("unmatched_transfer", "arrived from a wallet of one's own that the books saw nothing leave for"),
    ("unresolved_movement", "came or went, and nobody has said why"),
    ("missing_price", "moved, and what it was worth is not known"),
];

/// What was sold without a known purchase, in words; nothing when there is none.
pub(crate) fn unresolved(unknown: &[UnknownBasis]) -> Vec<String> {
    let coins: Vec<_> = unknown.iter().map(|lost| format!("{} {}", lost.quantity.0, lost.coin)).collect();
    let words = || format!("Unresolved: sold without a known purchase, and in no figure: {}.", coins.join(", "));
    if coins.is_empty() { vec![] } else { vec![words()] }
}

/// The same of what imports left open.
fn unresolved_of(items: &[ActionItem]) -> Vec<String> {
    let mut lines = Vec::new();
    for (kind, words) in KINDS {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        // A held coin without a price is told by the report itself, with its figures.
        let told = |item: &&ActionItem| item.kind == kind && !matches!(item.fix, ActionFix::WriteDown { .. });
        for item in items.iter().filter(told) {
            *counts.entry(item.coin.map_or_else(|| "AUD".to_owned(), |coin| coin.to_string())).or_default() += 1;
        }
        if !counts.is_empty() {
            let coins: Vec<_> = counts.iter().map(|(coin, count)| format!("{coin} ({count})")).collect();
            lines.push(format!("Unresolved: {words}: {}.", coins.join(", ")));
        }
    }
    lines
}

impl Workstation {
    /// What only the trader can settle in the live books.
    ///
    /// # Errors
    /// The store's.
    pub async fn actions(&self) -> Result<Actions> {
        let now = self.now();
        let mut actions = self.import_actions(now).await?;
        let pnl = self.pnl(&PnlRequest { book: Some("live".to_owned()), ..PnlRequest::default() }).await?;
        let summary = unresolved(&pnl.unknown_basis).into_iter().chain(unresolved_of(&actions)).collect();
        actions.extend(pnl.unknown_basis.iter().map(unknown_basis));
        actions.extend(pnl.unpriced.iter().map(|coin| unpriced(*coin)));
        actions.extend(self.balance_gaps().await?);
        actions.extend(self.balance_actions().await?);
        actions.extend(self.incomplete_days().await?.iter().map(|day| incomplete_day(day)));
        actions.sort_by(|one, other| one.since.cmp(&other.since).then_with(|| one.id.cmp(&other.id)));
        Ok(Actions { actions, summary })
    }

    /// What imports left open, in the words of a report's first page. Movements that lack a reason or a value are not among it:
    /// reports tell of them with their figures.
    pub(crate) async fn unresolved_imports(&self) -> Result<Vec<String>> {
        let mut items = self.import_actions(self.now()).await?;
        items.retain(|item| ["duplicate", "unmatched_transfer"].contains(&item.kind.as_str()));
        Ok(unresolved_of(&items))
    }

    async fn import_actions(&self, now: Timestamp) -> Result<Vec<ActionItem>> {
        let folded = self.folded_movements().await?;
        let mut items: Vec<ActionItem> = folded
            .movements
            .iter()
            .filter(|standing| standing.lacks_reason() || standing.lacks_value())
            .map(|standing| open_movement(standing, &folded, now))
            .collect();
        items.extend(unmatched(&folded).into_iter().map(|standing| unmatched_transfer(standing, &folded, now)));
        items.extend(self.doubts(&folded, now).await?);
        let twins = self.store().twins().await?;
        let open = twins.iter().filter(|(known, told)| !folded.settled.contains_key(&(known.id, told.id)));
        items.extend(open.map(|(known, told)| duplicate(known, (&told.trade, told.recorded_at), now)));
        Ok(items)
    }

    async fn doubts(&self, folded: &Folded, now: Timestamp) -> Result<Vec<ActionItem>> {
        let ids: Vec<_> = folded.doubts.iter().map(|doubt| doubt.known).collect();
        let known = self.store().trades_by_id(&ids).await?;
        let item = |doubt: &crate::movements::Doubt| {
            let known = known.iter().find(|known| known.id == doubt.known)?;
            Some(duplicate(known, (&doubt.told, doubt.at), now))
        };
        Ok(folded.doubts.iter().filter_map(item).collect())
    }

    /// Balances at the exchange that nothing explains, while this process looks at the account.
    async fn balance_gaps(&self) -> Result<Vec<ActionItem>> {
        let desk = self.desk().await?;
        let at = desk.live.look.as_ref().map(|look| look.at);
        let gaps = desk.live.unexplained.iter().map(|gap| {
            let missing = gap.owned - gap.explained;
            gap_item(gap.coin, (gap.owned, gap.explained, missing), at)
        });
        Ok(gaps.collect())
    }
}

/// The day of a moment, for words.
pub(crate) fn on_day(time: Timestamp) -> String {
    time.to_utc().with_timezone(&DEFAULT_ZONE).format("%-d %B %Y").to_string()
}

fn gap_item(
    coin: Option<Coin>,
    (owned, explained, missing): (Decimal, Decimal, Decimal),
    at: Option<Timestamp>,
) -> ActionItem {
    let of = coin.map_or_else(|| "AUD".to_owned(), |coin| coin.to_string());
    let (owned, explained) = (owned.normalize(), explained.normalize());
    ActionItem {
        id: format!("gap:{of}"),
        kind: "gap".to_owned(),
        words: format!(
            "CoinSpot says {owned} {of}, its history explains {explained}: something moved that the books don't know"
        ),
        coin,
        since: at,
        age_s: None,
        command: "omc import --coinspot-api [--from DATE]".to_owned(),
        fix: if missing.is_sign_positive() && !missing.is_zero() {
            ActionFix::Opening { coin, quantity: SerialDecimal(missing) }
        } else {
            ActionFix::Import
        },
    }
}

fn incomplete_day(day: &str) -> ActionItem {
    ActionItem {
        id: format!("gap:{day}"),
        kind: "gap".to_owned(),
        words: format!(
            "CoinSpot has more trades of {day} (UTC) than its API tells: import its order history export of that day"
        ),
        coin: None,
        since: None,
        age_s: None,
        command: "omc import FILE".to_owned(),
        fix: ActionFix::Import,
    }
}

fn unknown_basis(lost: &UnknownBasis) -> ActionItem {
    let (coin, quantity) = (lost.coin, lost.quantity);
    ActionItem {
        id: format!("unknown_basis:{coin}"),
        kind: "unknown_basis".to_owned(),
        words: format!("{quantity} {coin} were sold without a known purchase: they are in no figure until it is known"),
        coin: Some(coin),
        since: None,
        age_s: None,
        command: format!("omc movement add --kind opening --coin {coin} --quantity {quantity} --value AUD --time DATE"),
        fix: ActionFix::Opening { coin: Some(coin), quantity },
    }
}

fn unpriced(coin: Coin) -> ActionItem {
    ActionItem {
        id: format!("missing_price:{coin}"),
        kind: "missing_price".to_owned(),
        words: format!("{coin} is held and has no price of the last two days: it adds nothing to unrealised"),
        coin: Some(coin),
        since: None,
        age_s: None,
        command: format!("omc price {coin} AUD --at TIME, or omc write-down {coin} --book live --why WHY"),
        fix: ActionFix::WriteDown { coin },
    }
}

fn open_movement(standing: &Standing, folded: &Folded, now: Timestamp) -> ActionItem {
    let (view, time, id) = (standing.view(), standing.movement.time, standing.id);
    let what = moved_words(standing);
    let partner = partner(standing, folded);
    let (kind, words, command) = if standing.lacks_reason() {
        let words = format!("{what}, and nobody has said why: no disposal and no income is assumed");
        let command = partner.map_or_else(
            || format!("omc movement {id} --as WHY [--value AUD]"),
            |other| match view.direction.as_deref() {
                Some("out") => format!("omc movement pair {id} {}", other.id),
                _ => format!("omc movement pair {} {id}", other.id),
            },
        );
        ("unresolved_movement", words, command)
    } else {
        let words = format!("{what}, and what it was worth then is not known");
        let command = match view.kind.as_str() {
            "swap" => format!("omc movement {id} --value AUD"),
            _ => format!("omc movement {id} --as {} --value AUD", view.why.as_deref().unwrap_or("WHY")),
        };
        ("missing_price", words, command)
    };
    ActionItem {
        id: format!("{kind}:{id}"),
        kind: kind.to_owned(),
        words,
        coin: view.coin,
        since: Some(time),
        age_s: Some(age_s(time, now)),
        command,
        fix: ActionFix::Judge { movement: Box::new(view), pair: partner.map(|other| other.id) },
    }
}

fn moved_words(standing: &Standing) -> String {
    let view = standing.view();
    let coin = view.coin.map_or_else(|| "AUD".to_owned(), |coin| coin.to_string());
    let place = view.venue.as_deref().map_or_else(String::new, |venue| format!(" at {venue}"));
    match (view.kind.as_str(), view.direction.as_deref(), view.to_coin, view.to_quantity) {
        ("swap", _, Some(got), Some(quantity)) => {
            format!("{} {coin} were swapped for {quantity} {got}{place}", view.quantity)
        }
        (_, Some("in"), ..) => format!("{} {coin} came in{place}", view.quantity),
        _ => format!("{} {coin} went out{place}", view.quantity),
    }
}

/// The one other movement that could be the other side of a transfer; none when several could.
fn partner<'a>(standing: &Standing, folded: &'a Folded) -> Option<&'a Standing> {
    let (direction, ..) = standing.coins()?;
    let open = |other: &&Standing| {
        let explained = other.judged_at.is_some() && other.why != Some(Why::OwnWallet);
        let fits = match direction {
            Direction::Out => pairable(standing, other),
            Direction::In => pairable(other, standing),
        };
        let likely = |missing: Option<domain::Quantity>| {
            let sent = standing.coins().map_or(Decimal::ZERO, |(_, _, sent)| sent);
            // Beyond a twentieth it is no network's fee.
            missing.is_none_or(|missing| missing.decimal() * Decimal::from(20) <= sent)
        };
        other.id != standing.id
            && !explained
            && other.movement.venue != standing.movement.venue
            && fits.is_ok_and(likely)
    };
    let mut found = folded.movements.iter().filter(open);
    found.next().filter(|_| found.next().is_none())
}

/// What arrived from a wallet of one's own beyond all that ever left for one.
fn unmatched(folded: &Folded) -> Vec<&Standing> {
    let mut away: BTreeMap<Coin, Decimal> = BTreeMap::new();
    let mut found = Vec::new();
    for standing in &folded.movements {
        let Some((direction, coin, quantity)) = standing.coins().filter(|_| standing.why == Some(Why::OwnWallet))
        else {
            continue;
        };
        if standing.paired_with.is_some() {
            continue;
        }
        let away = away.entry(coin).or_default();
        match direction {
            Direction::Out => *away += quantity,
            Direction::In if *away >= quantity => *away -= quantity,
            Direction::In => found.push(standing),
        }
    }
    found
}

fn unmatched_transfer(standing: &Standing, folded: &Folded, now: Timestamp) -> ActionItem {
    let (time, id, view) = (standing.movement.time, standing.id, standing.view());
    let words = format!(
        "{} from a wallet of yours, and the books saw nothing leave for it: what it cost is not known",
        moved_words(standing)
    );
    let partner = partner(standing, folded);
    let command = partner.map_or_else(
        || format!("omc movement {id} --as opening --value AUD"),
        |other| format!("omc movement pair {} {id}", other.id),
    );
    ActionItem {
        id: format!("unmatched_transfer:{id}"),
        kind: "unmatched_transfer".to_owned(),
        words,
        coin: view.coin,
        since: Some(time),
        age_s: Some(age_s(time, now)),
        command,
        fix: ActionFix::Judge { movement: Box::new(view), pair: partner.map(|other| other.id) },
    }
}

fn trade_words(trade: &Trade, recorded: Timestamp) -> String {
    let Trade { side, quantity, coin, price, fee, time, .. } = trade;
    let of = if trade.order.is_some() { "a fill of an order" } else { "imported" };
    format!(
        "{side} {quantity} {coin} at {price} AUD, fee {}, {time}; {of}, recorded {recorded}",
        fee.amount().normalize()
    )
}

fn duplicate(known: &RecordedTrade, (told, recorded): (&Trade, Timestamp), now: Timestamp) -> ActionItem {
    let (first, later) = (known.id, told.id());
    let time = known.trade.time;
    ActionItem {
        id: format!("duplicate:{first}:{later}"),
        kind: "duplicate".to_owned(),
        words: format!(
            "a {} of {} {} was told twice: is it one trade?",
            known.trade.side, known.trade.quantity, known.trade.coin
        ),
        coin: Some(known.trade.coin),
        since: Some(time),
        age_s: Some(age_s(time, now)),
        command: format!("omc settle {first} {later} --as same|corrected|both"),
        fix: ActionFix::Settle {
            known: first,
            told: later,
            known_words: trade_words(&known.trade, known.recorded_at),
            told_words: trade_words(told, recorded),
        },
    }
}
