//! From a goal in plain words to what is understood of it.
//!
//! Invariants: reads words, numbers and units, and follows none of them; a coin is a coin by ticker, by a name everybody
//! uses, or by its name among those there are; whatever is not understood is left open, never guessed.

use super::Known;
use super::words::{COINS, ENGLISH, INTERVALS, LEARNERS, NO_COINS, ORDERS, STRATEGIES, TARGETS, Target};
use crate::tools::{COINS_MAX, Learner};
use domain::{Coin, Decimal, Interval, Timestamp, parse_decimal};

/// Why the built-in planner takes a goal no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Not written in words it reads.
    NotUnderstood,
    /// An order, or something the Lab can't do.
    NotResearch,
}

impl Unfit {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotUnderstood => "goal_not_understood",
            Self::NotResearch => "goal_not_research",
        }
    }

    /// In words, with what to do.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotUnderstood => {
                "The built-in planner reads English and found nothing it knows in this goal. Say which coin and what you want to know, such as: find a strategy for BTC on hourly candles."
            }
            Self::NotResearch => {
                "The Lab does research: it never trades, moves money, or reads keys. Orders are placed with the ticket or `omc order`; here, ask what you want to know."
            }
        }
    }
}

/// What is understood. What is not said is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Goal {
    /// What is wanted.
    pub target: Option<Target>,
    /// Of which coins.
    pub coins: Vec<Coin>,
    /// What looks like a coin and is none that is known.
    pub unknown: Vec<String>,
    /// The length of a candle.
    pub interval: Option<Interval>,
    /// Hours ahead.
    pub horizon_hours: Option<u32>,
    /// Days back.
    pub days: Option<u32>,
    /// The first day.
    pub from: Option<Timestamp>,
    /// The day after the last.
    pub to: Option<Timestamp>,
    /// The deepest fall that is borne, percent.
    pub max_drawdown_pct: Option<u32>,
    /// AUD.
    pub cash: Option<Decimal>,
    /// Hundredths of a percent.
    pub fee_bps: Option<u32>,
    /// Whether nothing is ever sold short; here it never is.
    pub only_buy: bool,
    /// Strategies that were named.
    pub strategies: Vec<&'static str>,
    /// Learners that were named.
    pub learners: Vec<Learner>,
    /// Why it goes no further.
    pub unfit: Option<Unfit>,
}

/// A word as it was written, without what stands around it.
struct Word<'a> {
    raw: &'a str,
    lower: String,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let trimmed = |c: char| !c.is_alphanumeric() && c != '%' && c != '$';
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '/' | '"' | '?' | '!'))
        .map(|raw| raw.trim_matches(trimmed))
        .filter(|raw| !raw.is_empty())
        .map(|raw| Word { raw, lower: raw.to_lowercase() })
        .collect()
}

/// Reads a goal.
#[must_use]
pub fn parse(text: &str, known: &Known) -> Goal {
    // A thousands separator is no end of a word.
    let text = without_separators(text);
    let words = words(&text);
    let mut goal = Goal { target: target(&words), ..Goal::default() };
    coins(&words, &text, known, &mut goal);
    named(&words, &mut goal);
    for place in 0..words.len() {
        measured(&words, place, &mut goal);
    }
    dates(&words, &mut goal);
    if goal.coins.len() > 1
        && goal.target.is_none()
        && words.iter().any(|word| word.lower == "or" || word.lower == "and")
    {
        goal.target = Some(Target::Compare);
    }
    if goal.target.is_none() && !(goal.strategies.is_empty()) {
        goal.target = Some(Target::Strategy);
    }
    if goal.target.is_none() && !(goal.learners.is_empty()) {
        goal.target = Some(Target::Predict);
    }
    goal.unfit = unfit(&words, &text, &goal);
    goal
}

fn without_separators(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let digit = |place: usize| all.get(place).is_some_and(char::is_ascii_digit);
    let groups = |place: usize| (1..=3).all(|ahead| digit(place + ahead)) && !digit(place + 4);
    let keep = |(place, c): (usize, &char)| {
        let separates = *c == ',' && place > 0 && digit(place - 1) && groups(place);
        (!separates).then_some(*c)
    };
    all.iter().enumerate().filter_map(keep).collect()
}

fn target(words: &[Word<'_>]) -> Option<Target> {
    let mut scores = [0u32; Target::ALL.len()];
    for word in words {
        for (_, target, weight) in TARGETS.iter().filter(|(known, ..)| *known == word.lower) {
            scores[*target as usize] += weight;
        }
    }
    let pairs = |a: &str, b: &str| words.windows(2).any(|two| two[0].lower == a && two[1].lower == b);
    if pairs("dollar", "cost") || pairs("every", "week") || pairs("every", "month") || pairs("every", "day") {
        scores[Target::Accumulate as usize] += 4;
    }
    if pairs("up", "or") || pairs("will", "it") || pairs("go", "up") || pairs("go", "down") {
        scores[Target::Predict as usize] += 2;
    }
    let best = scores.iter().max().copied().filter(|best| *best > 0)?;
    let ties = Target::ALL.iter().map(|(target, _)| *target);
    ties.into_iter().find(|target| scores[*target as usize] == best)
}

fn coins(words: &[Word<'_>], text: &str, known: &Known, goal: &mut Goal) {
    let letters = |test: fn(char) -> bool| text.chars().filter(|c| c.is_alphabetic()).filter(|c| test(*c)).count();
    let shouts = letters(char::is_uppercase) > letters(char::is_lowercase) && words.len() > 4;
    let mut found = Vec::new();
    for word in words {
        let by_sign = word.raw.strip_prefix('$').filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        let plain = by_sign.unwrap_or(word.raw);
        let market = plain.split(['-', '_']).next().unwrap_or(plain);
        let common = COINS.iter().find(|(name, _)| *name == market.to_lowercase()).map(|(_, ticker)| *ticker);
        let upper = market.chars().count() >= 2 && market.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let looks = by_sign.is_some() || (upper && !shouts && market.starts_with(|c: char| c.is_ascii_uppercase()));
        let listed = Coin::parse(market).ok().filter(|coin| known.coins.iter().any(|(other, _)| other == coin));
        match (common, listed) {
            (Some(ticker), _) => found.extend(Coin::parse(ticker)),
            (None, Some(coin)) if looks && !NO_COINS.contains(&market) => found.push(coin),
            (None, None) if looks && !NO_COINS.contains(&market) => {
                goal.unknown.push(market.chars().take(15).collect())
            }
            _ => {}
        }
    }
    found.extend(by_name(words, known));
    for coin in found {
        if !goal.coins.contains(&coin) && goal.coins.len() < COINS_MAX {
            goal.coins.push(coin);
        }
    }
    goal.unknown.truncate(3);
}

/// Coins whose whole name stands in the goal, written as a name.
fn by_name(words: &[Word<'_>], known: &Known) -> Vec<Coin> {
    let stands = |name: &str| {
        let parts: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        let long = name.chars().count() >= 4 && (1..=4).contains(&parts.len());
        long && words.windows(parts.len().max(1)).any(|some| {
            some.iter().zip(&parts).all(|(word, part)| word.lower == *part && word.raw.starts_with(char::is_uppercase))
        })
    };
    known.coins.iter().filter(|(_, name)| stands(name)).map(|(coin, _)| *coin).collect()
}

fn named(words: &[Word<'_>], goal: &mut Goal) {
    for word in words {
        for (_, strategies) in STRATEGIES.iter().filter(|(name, _)| *name == word.lower) {
            goal.strategies.extend(*strategies);
        }
        goal.strategies.extend(STRATEGIES.iter().flat_map(|(_, all)| *all).find(|name| **name == word.lower));
        goal.learners.extend(LEARNERS.iter().find(|(name, _)| *name == word.lower).map(|(_, learner)| *learner));
        if word.lower == "tomorrow" {
            goal.horizon_hours = Some(24);
        }
        if goal.interval.is_none() {
            goal.interval = INTERVALS.iter().find(|(name, _)| *name == word.lower).map(|(_, interval)| *interval);
        }
    }
    let pairs = |a: &str, b: &str| words.windows(2).any(|two| two[0].lower == a && two[1].lower == b);
    goal.only_buy = pairs("long", "only")
        || pairs("only", "buy")
        || pairs("only", "long")
        || pairs("buy", "only")
        || words.iter().any(|word| word.lower == "long-only");
    let mut seen = Vec::new();
    goal.strategies.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    goal.learners.sort_unstable();
    goal.learners.dedup();
}

/// A number and what stands right after it without a space, such as `90d`.
fn number(word: &str) -> Option<(Decimal, &str)> {
    let word = word.strip_prefix('$').unwrap_or(word);
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    Some((parse_decimal(&word[..end]).ok()?, &word[end..]))
}

fn whole(value: Decimal) -> Option<u32> {
    u32::try_from(value.trunc()).ok()
}

/// Numbers with a unit.
fn measured(words: &[Word<'_>], place: usize, goal: &mut Goal) {
    let at = |ahead: isize| {
        place.checked_add_signed(ahead).and_then(|place| words.get(place)).map_or("", |word| word.lower.as_str())
    };
    let (value, glued) = match number(at(0)) {
        Some(found) => found,
        // "the last year", "next week"
        None if matches!(at(-1), "last" | "past" | "next") && hours(at(0)).is_some() => (Decimal::ONE, ""),
        None => return,
    };
    let unit = if glued.is_empty() { if number(at(0)).is_some() { at(1) } else { at(0) } } else { glued };
    let before = [at(-1), at(-2), at(-3), at(-4)];
    let near = |names: &[&str]| before.iter().any(|word| names.contains(word));
    // The nearest word says what a number is of.
    let of = |sets: &[&[&str]]| {
        let after = [at(2), at(1)];
        before.iter().chain(&after).find_map(|word| sets.iter().position(|set| set.contains(word)))
    };
    let percent = glued == "%" || matches!(at(1), "%" | "percent" | "pct");
    if percent {
        let falls = ["drawdown", "lose", "losing", "loss", "risk", "fall", "dd"];
        match of(&[&falls, &["fee", "fees", "commission"]]) {
            Some(0) => {
                let pct = whole(value).filter(|pct| (1..=100).contains(pct));
                goal.max_drawdown_pct = goal.max_drawdown_pct.or(pct);
            }
            Some(_) => goal.fee_bps = whole(value * Decimal::ONE_HUNDRED).filter(|bps| *bps <= 1_000),
            None => {}
        }
        return;
    }
    if matches!(unit, "bps" | "bp") && near(&["fee", "fees", "commission"]) {
        goal.fee_bps = whole(value).filter(|bps| *bps <= 1_000);
        return;
    }
    let money = words.get(place).is_some_and(|word| word.raw.starts_with('$'))
        || matches!(unit, "aud" | "dollars" | "dollar" | "bucks" | "k" | "grand");
    if money {
        let times = if matches!(unit, "k" | "grand") { Decimal::ONE_THOUSAND } else { Decimal::ONE };
        goal.cash =
            value.checked_mul(times).filter(|cash| *cash >= Decimal::ONE && *cash <= Decimal::from(1_000_000_000u32));
        return;
    }
    let Some(unit_hours) = hours(unit) else { return };
    let Some(total) = whole(value).and_then(|value| value.checked_mul(unit_hours)).filter(|total| *total > 0) else {
        return;
    };
    let ahead = ["next", "ahead", "horizon", "within", "in", "coming"];
    let is_ahead = before
        .iter()
        .find_map(|word| ahead.contains(word).then_some(true).or(matches!(*word, "last" | "past").then_some(false)));
    if is_ahead == Some(true) || at(2) == "ahead" {
        goal.horizon_hours = Some(total.min(24 * 90));
    } else if matches!(at(1), "candles" | "candle" | "bars") || matches!(at(2), "candles" | "candle" | "bars") {
        goal.interval =
            goal.interval.or_else(|| Interval::ALL.into_iter().find(|one| one.seconds() == i64::from(total) * 3_600));
    } else if goal.interval.is_none() && glued.is_empty() && total <= 4 {
        goal.interval = Interval::ALL.into_iter().find(|one| one.seconds() == i64::from(total) * 3_600);
    } else if total >= 24 && Interval::ALL.iter().all(|one| one.as_str() != at(0)) {
        goal.days = Some((total / 24).min(3_650));
    }
}

fn hours(unit: &str) -> Option<u32> {
    Some(match unit {
        "h" | "hr" | "hrs" | "hour" | "hours" => 1,
        "d" | "day" | "days" => 24,
        "w" | "week" | "weeks" => 7 * 24,
        "mo" | "month" | "months" => 30 * 24,
        "y" | "yr" | "year" | "years" => 365 * 24,
        _ => return None,
    })
}

/// Behind these a year only begins a period.
const OPENS: &[&str] = &["since", "from", "between"];
/// What a number counts that is no year.
const COUNTED: &[&str] =
    &["aud", "dollars", "dollar", "bucks", "k", "grand", "candles", "bars", "trades", "bps", "bp", "%", "percent"];

/// `2024-01-31`, `since 2024`, `in 2022` and `from 2021 to 2023`: a year that ends a period belongs to it.
fn dates(words: &[Word<'_>], goal: &mut Goal) {
    let day = |text: &str| {
        let full = if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{text}-01-01")
        } else {
            text.to_owned()
        };
        Timestamp::parse(&format!("{full}T00:00:00Z")).ok()
    };
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).map_or("", |before| words[before].lower.as_str());
        let after = words.get(place + 1).map_or("", |after| after.lower.as_str());
        let dated = word.lower.len() == 10 && word.lower.matches('-').count() == 2;
        let year = word.lower.parse::<u16>().ok().filter(|year| (2009..=2099).contains(year) && word.lower.len() == 4);
        let year = year.filter(|_| hours(after).is_none() && !COUNTED.contains(&after));
        match before {
            "to" | "until" | "till" | "and" | "through"
                if goal.from.is_some() && goal.to.is_none() && year.is_some() =>
            {
                goal.to = year.and_then(|year| day(&(year + 1).to_string()));
            }
            "in" | "during" | "over" | "of" | "for" | "year" if goal.from.is_none() && year.is_some() => {
                goal.from = day(&word.lower);
                goal.to = year.and_then(|year| day(&(year + 1).to_string()));
            }
            _ if goal.from.is_none() && year.is_some() && after.is_empty() && !OPENS.contains(&before) => {
                goal.from = day(&word.lower);
                goal.to = year.and_then(|year| day(&(year + 1).to_string()));
            }
            "since" | "from" | "between" if goal.from.is_none() => goal.from = day(&word.lower),
            "to" | "until" | "till" | "and" if dated => goal.to = day(&word.lower),
            _ if dated && goal.from.is_none() => goal.from = day(&word.lower),
            _ => {}
        }
    }
    if matches!((goal.from, goal.to), (Some(from), Some(to)) if from >= to) {
        (goal.from, goal.to) = (None, None);
    }
}

fn unfit(words: &[Word<'_>], text: &str, goal: &Goal) -> Option<Unfit> {
    let lower = text.to_lowercase();
    let asks = ["should", "would", "when", "what", "whether", "if", "how", "why", "strategy", "plan"];
    let questions = words.iter().any(|word| asks.contains(&word.lower.as_str()));
    let commands = words
        .first()
        .is_some_and(|word| matches!(word.lower.as_str(), "buy" | "sell" | "order" | "cancel" | "liquidate"));
    let now = words.iter().any(|word| matches!(word.lower.as_str(), "now" | "immediately"));
    let trades = words.iter().any(|word| matches!(word.lower.as_str(), "buy" | "sell" | "liquidate" | "order"));
    let phrase = |phrase: &&str| {
        if phrase.contains(' ') { lower.contains(*phrase) } else { words.iter().any(|word| word.lower == **phrase) }
    };
    let weak = goal.target.is_none() || goal.target == Some(Target::Strategy) && goal.strategies.is_empty();
    if ORDERS.iter().any(phrase)
        || (commands || (now && trades)) && !questions && weak && goal.target != Some(Target::Strategy)
    {
        return Some(Unfit::NotResearch);
    }
    let english = words.iter().filter(|word| ENGLISH.contains(&word.lower.as_str())).count();
    let told = english > 0 || goal.target.is_some() || !goal.coins.is_empty() || !goal.unknown.is_empty();
    let foreign = words.iter().filter(|word| !word.raw.is_ascii()).count();
    let mostly_foreign = foreign * 3 > words.len() && goal.target.is_none();
    let speaks = words.len() <= 3 || english * 8 >= words.len() || goal.target.is_some();
    (!told || mostly_foreign || !speaks).then_some(Unfit::NotUnderstood)
}
