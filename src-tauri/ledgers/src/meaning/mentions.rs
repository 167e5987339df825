//! Which coins a text is about.
//!
//! Invariants: a ticker counts in capitals only and as a whole word; what is also a word counts only with evidence
//! ([`super::coins`]); every mention says which words gave it and where they stand; at most [`MENTIONS_MAX`] of them, at most
//! [`COINS_MAX`] coins; time grows with the text's length and nothing else. Deliberately absent: what is said of a coin.

use super::coins::{
    CAPITALISED, COIN_WORDS, DOUBTFUL, MAIN, MARKET_WORDS, MEASURES, Main, NO_NAMES, Standing, VENUE_WORDS,
};
use super::text::{Case, Phrases, Text};
use domain::Coin;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Coins noted of a text.
pub const COINS_MAX: usize = 16;
/// Mentions noted of a text.
pub const MENTIONS_MAX: usize = 64;
/// A name says so for a ticker this many words away, and the other way round.
const NAME_REACH: usize = 12;
/// A word of the market says so for a ticker this many words away.
const MARKET_REACH: usize = 3;
/// Shorter tickers are letters and abbreviations: they need a mark, one of a single letter a pair.
const SHORT_TICKER: usize = 3;
/// A venue's new coin: nobody knows its ticker yet, so it must look like one.
const NEW_TICKER_CHARS: std::ops::RangeInclusive<usize> = 3..=10;

/// A coin in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Which one.
    pub coin: Coin,
    /// The words that said so: `bitcoin`, `$OP`, `SOL/AUD`, `LINK … token`.
    pub matched: String,
    /// Where they stand: the first character and the one after the last.
    pub at: (usize, usize),
    /// The words around them.
    pub context: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// An outlet or a person, about anything.
    Anybody,
    /// An exchange that announces something: a ticker in brackets, or after "adding", is a coin, also one not known yet.
    Venue,
}

/// The coins that can be found: the main ones by name and ticker, those of the workspace by ticker.
#[derive(Debug, Clone, Default)]
pub struct Coins {
    listed: HashSet<Coin>,
}

struct Table {
    tickers: HashMap<&'static str, Coin>,
    /// The coin, and whether the name needs evidence; none for what only begins like a name.
    names: Phrases<Option<(Coin, bool)>>,
    doubtful: HashMap<&'static str, Standing>,
    market: HashSet<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let known = |main: &'static Main| Some((Coin::parse(main.ticker).ok()?, main));
    let mains: Vec<(Coin, &Main)> = MAIN.iter().filter_map(known).collect();
    let names = mains.iter().flat_map(|(coin, main)| {
        let sure = main.names.iter().map(|name| {
            let case = if CAPITALISED.contains(name) { Case::Capital } else { Case::Any };
            (*name, case, Some((*coin, false)))
        });
        let words = main.also_words.iter().map(|name| (*name, Case::Capital, Some((*coin, true))));
        sure.chain(words)
    });
    Table {
        names: Phrases::new(names.chain(NO_NAMES.map(|name| (name, Case::Any, None)))),
        tickers: mains.iter().map(|(coin, main)| (main.ticker, *coin)).collect(),
        doubtful: DOUBTFUL.into_iter().map(|(ticker, standing, _)| (ticker, standing)).collect(),
        market: MARKET_WORDS.into_iter().collect(),
    }
});

/// A ticker or a name that may be a coin.
struct Candidate {
    coin: Coin,
    first: usize,
    last: usize,
    is_name: bool,
    needs: Standing,
    /// The words that say it is one, when it needs some.
    evidence: Option<String>,
}

impl Coins {
    /// The main coins, and those listed.
    pub fn new(listed: impl IntoIterator<Item = Coin>) -> Self {
        Self { listed: listed.into_iter().collect() }
    }

    /// The mentions in a text, in their order.
    pub(super) fn mentions(&self, text: &Text<'_>, voice: Voice) -> Vec<Mention> {
        let mut candidates = self.candidates(text, voice);
        let judged: Vec<Option<String>> =
            (0..candidates.len()).map(|at| evidence(text, &candidates, at, voice)).collect();
        for (candidate, evidence) in candidates.iter_mut().zip(judged) {
            candidate.evidence = evidence;
        }
        let mut coins: Vec<Coin> = Vec::new();
        let mut mentions = Vec::new();
        for candidate in candidates {
            let Some(matched) = candidate.evidence else { continue };
            if !coins.contains(&candidate.coin) {
                if coins.len() == COINS_MAX {
                    continue;
                }
                coins.push(candidate.coin);
            }
            let (Some(first), Some(last)) = (text.words.get(candidate.first), text.words.get(candidate.last)) else {
                continue;
            };
            mentions.push(Mention {
                coin: candidate.coin,
                matched,
                at: (first.chars.0, last.chars.1),
                context: text.around((first.bytes.0, last.bytes.1)),
            });
            if mentions.len() == MENTIONS_MAX {
                break;
            }
        }
        mentions
    }

    fn candidates(&self, text: &Text<'_>, voice: Voice) -> Vec<Candidate> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.words.len() {
            let name = TABLE.names.longest(text, at).filter(|(words, named)| {
                // "NEAR" is a ticker, and no less doubtful for being its own name.
                let is_ticker =
                    named.is_some_and(|(coin, _)| text.words.get(at).is_some_and(|w| w.text == coin.as_str()));
                (*words > 1 || !is_ticker) && is_whole(text, at, at + words - 1)
            });
            if let Some((words, named)) = name {
                if let Some((coin, needs)) = named {
                    let needs = if *needs { Standing::Near } else { Standing::Plain };
                    let last = at + words - 1;
                    found.push(Candidate { coin: *coin, first: at, last, is_name: true, needs, evidence: None });
                }
                at += words;
                continue;
            }
            if let Some((coin, needs)) = self.ticker(text, at, voice) {
                found.push(Candidate { coin, first: at, last: at, is_name: false, needs, evidence: None });
            }
            at += 1;
        }
        found
    }

    /// The coin whose ticker stands at a word, and what it needs.
    fn ticker(&self, text: &Text<'_>, at: usize, voice: Voice) -> Option<(Coin, Standing)> {
        let word = text.words.get(at)?;
        let spelled = word.text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !spelled || !word.text.bytes().any(|b| b.is_ascii_uppercase()) || !is_whole(text, at, at) {
            return None;
        }
        if is_measure(text, at) {
            return None;
        }
        let doubt = TABLE.doubtful.get(word.text).copied();
        if let Some(coin) = TABLE.tickers.get(word.text) {
            return Some((*coin, doubt.unwrap_or(Standing::Plain)));
        }
        let coin = Coin::parse(word.text).ok()?;
        if self.listed.contains(&coin) {
            let short = if word.text.len() < SHORT_TICKER { Standing::Marked } else { Standing::Beside };
            return Some((coin, doubt.unwrap_or(short).max(short)));
        }
        if let Some(coin) = self.fused(word.text) {
            return Some((coin, Standing::Plain));
        }
        let new = voice == Voice::Venue && doubt.is_none() && NEW_TICKER_CHARS.contains(&word.text.len());
        let announced = new && (in_brackets(text, at) || after_venue_word(text, at));
        announced.then_some((coin, Standing::Plain))
    }

    /// `BTCUSDT`: a pair written as one word.
    fn fused(&self, word: &str) -> Option<Coin> {
        let known = |base: &str| {
            let coin = Coin::parse(base).ok()?;
            (base.len() >= SHORT_TICKER && (TABLE.tickers.contains_key(base) || self.listed.contains(&coin)))
                .then_some(coin)
        };
        MEASURES.iter().find_map(|measure| known(word.strip_suffix(measure)?))
    }
}

/// Whether what stands there is no part of an address, a handle or a longer code.
fn is_whole(text: &Text<'_>, first: usize, last: usize) -> bool {
    let (before, after) = (text.gap_before(first), text.gap_after(last));
    let sticks_before = before.ends_with(['_', '@', '&', '\\']) || (first > 0 && matches!(before, "." | "'"));
    let sticks_after = after.starts_with(['_', '&', '\\', '@']) || (last + 1 < text.words.len() && after == ".");
    !sticks_before && !sticks_after
}

fn joined(gap: &str) -> bool {
    matches!(gap, "/" | "-" | "\u{2013}")
}

/// The second part of a pair: what the price is told in.
fn is_measure(text: &Text<'_>, at: usize) -> bool {
    let told_in = text.words.get(at).is_some_and(|word| MEASURES.contains(&word.text));
    let base = at.checked_sub(1).and_then(|before| text.words.get(before));
    let upper = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    told_in && joined(text.gap_before(at)) && base.is_some_and(|base| upper(base.text))
}

/// The words that make a ticker one beyond doubt.
fn mark(text: &Text<'_>, at: usize) -> Option<String> {
    let word = text.words.get(at)?;
    if joined(text.gap_after(at)) && is_measure(text, at + 1) {
        return Some(text.between(at, at + 1).to_owned());
    }
    let letters = word.text.bytes().filter(u8::is_ascii_uppercase).count();
    // "$T" is a stock and "$1M" an amount.
    let cash = word.text.len() > 1 && (letters > 2 || !word.text.starts_with(|c: char| c.is_ascii_digit()));
    let before = text.gap_before(at);
    let own = before.strip_suffix('$').is_some_and(|head| !head.ends_with(|c: char| c.is_alphanumeric()));
    // "US$" and "A$" tell an amount.
    let amount = before == "$" && at > 0;
    (cash && own && !amount).then(|| format!("${}", word.text))
}

fn in_brackets(text: &Text<'_>, at: usize) -> bool {
    text.gap_before(at).ends_with('(') && text.gap_after(at).starts_with(')')
}

fn after_venue_word(text: &Text<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.words.get(before));
    let same = before.zip(text.words.get(at)).is_some_and(|(before, word)| before.sentence == word.sentence);
    same && before.is_some_and(|before| VENUE_WORDS.contains(&before.lower.as_ref()))
}

/// The words by which a candidate counts; none when it doesn't.
fn evidence(text: &Text<'_>, all: &[Candidate], place: usize, voice: Voice) -> Option<String> {
    let candidate = all.get(place)?;
    let (first, last) = (candidate.first, candidate.last);
    let stands = || text.between(first, last).to_owned();
    if !candidate.is_name
        && let Some(marked) = mark(text, first)
    {
        return Some(marked);
    }
    let word = text.words.get(first)?;
    if candidate.needs == Standing::Plain {
        return Some(stands());
    }
    let reach = |other: &&Candidate| gap(candidate, other) <= NAME_REACH;
    // Neighbours stand nearby in the list too: it is in the text's order.
    let near = all.get(place.saturating_sub(NAME_REACH)..).unwrap_or_default().iter().take(2 * NAME_REACH + 1);
    let own =
        near.clone().filter(reach).find(|other| other.coin == candidate.coin && other.is_name != candidate.is_name);
    if let Some(other) = own {
        return Some(format!("{} … {}", stands(), text.between(other.first, other.last)));
    }
    if word.shouted || candidate.needs == Standing::Marked {
        return None;
    }
    if voice == Voice::Venue && (in_brackets(text, first) || after_venue_word(text, first)) {
        return Some(stands());
    }
    let (reach, words): (usize, &dyn Fn(&str) -> bool) = match candidate.needs {
        Standing::Beside => (1, &|word| COIN_WORDS.contains(&word)),
        _ => (MARKET_REACH, &|word| TABLE.market.contains(word)),
    };
    let around = (first.saturating_sub(reach)..first).chain(last + 1..=last + reach);
    let said = around
        .filter_map(|at| text.words.get(at))
        .find(|other| other.sentence == word.sentence && words(other.lower.as_ref()));
    if let Some(other) = said {
        return Some(format!("{} … {}", stands(), other.text));
    }
    let list = |other: &&Candidate| {
        let plain = other.needs == Standing::Plain && !other.is_name && gap(candidate, other) <= MARKET_REACH;
        plain && text.words.get(other.first).is_some_and(|other| other.sentence == word.sentence)
    };
    let other = near.filter(|_| candidate.needs == Standing::Near).find(list)?;
    Some(format!("{} … {}", stands(), text.between(other.first, other.last)))
}

/// How many words stand from one candidate to another.
fn gap(one: &Candidate, other: &Candidate) -> usize {
    if other.first > one.last { other.first - one.last } else { one.first.saturating_sub(other.last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coins(voice: Voice, text: &str) -> Vec<String> {
        let listed = ["OP", "ONE", "ELF", "GAS", "KEY", "S", "XYZ", "1M", "1INCH", "AI"];
        let known = Coins::new(listed.map(|ticker| Coin::parse(ticker).unwrap()));
        let mut found: Vec<String> = Vec::new();
        for mention in known.mentions(&Text::read(text), voice) {
            if !found.contains(&mention.coin.to_string()) {
                found.push(mention.coin.to_string());
            }
        }
        found
    }

    fn about(text: &str) -> Vec<String> {
        coins(Voice::Anybody, text)
    }

    #[test]
    fn names_and_tickers_are_found_as_whole_words() {
        assert_eq!(about("Bitcoin's rally; ETH and solana follow"), ["BTC", "ETH", "SOL"]);
        assert_eq!(about("Bitcoin Cash and Ethereum Classic are other coins"), ["BCH", "ETC"]);
        assert_eq!(about("Ripple pays with XRP"), ["XRP"]);
        assert_eq!(about("btc sol xrp, BTCs, ETHX, methane, ada, @BTC, BTC_OLD, BTC.com"), [""; 0]);
        assert_eq!(about("#BTC, (ETH), \"SOL\" and XRP-based"), ["BTC", "ETH", "SOL", "XRP"]);
    }

    #[test]
    fn a_dollar_or_a_pair_is_beyond_doubt() {
        assert_eq!(about("$OP and $ONE, $GAS"), ["OP", "ONE", "GAS"]);
        assert_eq!(about("NEAR/AUD, LINK-USDT, S/AUD, BTCUSDT, ETH/BTC"), ["NEAR", "LINK", "S", "BTC", "ETH"]);
        assert_eq!(about("$1M for $S, US$OP, $1INCH"), ["1INCH"]);
        assert_eq!(about("USDC/USDT trades flat"), ["USDC"], "what a price is told in is not the subject");
    }

    #[test]
    fn a_ticker_that_is_a_word_needs_evidence() {
        for nothing in [
            "OP lost his coins",
            "ONE more token to go",
            "UNI students",
            "GAS price doubles",
            "Click the LINK below",
            "NEAR Earth objects",
            "KEY coin takeaways",
            "AI tokens rally",
            "SAND in the gears",
            "DOGE staff cuts",
            "ELF on the shelf",
        ] {
            assert_eq!(about(nothing), [""; 0], "{nothing}");
        }
        assert_eq!(about("OP token unlock"), ["OP"]);
        assert_eq!(about("The ELF price"), ["ELF"]);
        assert_eq!(about("LINK staking grows"), ["LINK"]);
        assert_eq!(about("Chainlink said that LINK is safe"), ["LINK"]);
        assert_eq!(about("XRP, SOL, DOGE and UNI slide"), ["XRP", "SOL", "DOGE", "UNI"]);
    }

    #[test]
    fn a_name_that_is_a_word_needs_a_capital_and_evidence() {
        assert_eq!(about("A stellar quarter for the price"), [""; 0]);
        assert_eq!(about("Optimism returns to Wall Street"), [""; 0]);
        assert_eq!(about("Optimism (OP) ships an upgrade"), ["OP"]);
        assert_eq!(about("Avalanche network halts"), ["AVAX"]);
        assert_eq!(about("The ripple effects of a ban"), [""; 0]);
    }

    #[test]
    fn capitals_alone_are_no_evidence_where_all_is_in_capitals() {
        assert_eq!(about("LINK TO NEAR TOKEN HOLDERS BELOW"), [""; 0]);
        assert_eq!(about("BITCOIN AND ETH BREAK OUT"), ["BTC", "ETH"]);
        assert_eq!(about("BUY $OP NOW OR NEVER"), ["OP"]);
    }

    #[test]
    fn an_exchange_names_coins_that_nobody_knows_yet() {
        assert_eq!(coins(Voice::Venue, "New coin listing: Foo (FOO)"), ["FOO"]);
        assert_eq!(coins(Voice::Venue, "We are adding NEWT."), ["NEWT"]);
        assert_eq!(coins(Voice::Venue, "Delisting of Harmony (ELF)"), ["ELF"]);
        assert_eq!(coins(Voice::Venue, "Changes to KYC (AUSTRAC) and FAQ"), [""; 0]);
        assert_eq!(about("Foo Corp (FOO) and adding NEWT"), [""; 0]);
    }

    #[test]
    fn a_mention_says_which_words_and_where() {
        let text = "Ünder pressure: Optimism's OP token";
        let found = Coins::default().mentions(&Text::read(text), Voice::Anybody);
        let told: Vec<_> = found.iter().map(|mention| (mention.matched.as_str(), mention.at)).collect();
        assert_eq!(told, [("Optimism … OP", (16, 24)), ("OP … Optimism", (27, 29))]);
        assert_eq!(found[0].context, text);
    }

    #[test]
    fn what_is_noted_of_a_text_is_bounded() {
        let all = MAIN.iter().map(|main| format!("${} ", main.ticker)).collect::<String>().repeat(50);
        let found = Coins::default().mentions(&Text::read(&all), Voice::Anybody);
        let distinct: HashSet<Coin> = found.iter().map(|mention| mention.coin).collect();
        assert_eq!((found.len(), distinct.len()), (MENTIONS_MAX, COINS_MAX));
    }

    #[test]
    fn the_tables_hold_each_ticker_and_name_once() {
        let tickers: HashSet<&str> = MAIN.iter().map(|main| main.ticker).collect();
        assert_eq!(tickers.len(), MAIN.len());
        let names: Vec<String> = MAIN
            .iter()
            .flat_map(|main| main.names.iter().chain(main.also_words))
            .map(|name| name.to_lowercase())
            .collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert_eq!(TABLE.doubtful.len(), DOUBTFUL.len());
    }
}
