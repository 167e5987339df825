//! The same story told by several outlets: headlines that are near-identical.
//!
//! A headline becomes the set of its words: small letters, without a plural `s`, numbers as numbers, without filler words and
//! what desks put around a headline ("Breaking:", "what we know"). Two tell the same story when they happened within
//! [`WITHIN_HOURS`], the numbers and the coins of one are all in the other, and either the sets are equal ([`WORDS_MIN`] words or more), or they share
//! [`RARE_MIN`] words that are not everyday words of the market and three fifths of all their words, or one more such word and two
//! thirds of the shorter one's ([`CONTAINED_MIN`] words or more). The latter only between outlets: one outlet that writes so
//! twice writes about what came next.
//!
//! Stories are taken in the order they were first seen, and each joins the oldest cluster whose first headline it tells, or
//! begins one. So the cluster of a story depends only on what was seen before it: a later one never changes it, and no
//! cluster drifts away from its first headline. Invariants: the same stories, the same clusters, in any order given; work a
//! story is bounded ([`TITLE_WORDS_MAX`], [`LOOKED_AT_MAX`]). Deliberately absent: what the story is; other languages.

use super::coins::MAIN;
use super::text::{Text, Word};
use domain::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Two tellings lie no further apart.
pub const WITHIN_HOURS: i64 = 48;
/// Words of a headline that are looked at.
const TITLE_WORDS_MAX: usize = 32;
/// Of the clusters that share a word, the newest so many are looked at.
const LOOKED_AT_MAX: usize = 256;
/// A headline of fewer words tells nothing.
const WORDS_MIN: usize = 3;
/// Shared words that are no everyday ones.
const RARE_MIN: usize = 3;
/// A shorter headline is never found within a longer one.
const CONTAINED_MIN: usize = 5;

/// Words that say nothing about which story it is.
#[rustfmt::skip]
const FILLERS: [&str; 92] = [
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "for", "from", "had", "has", "have", "he",
    "her", "here", "his", "how", "if", "in", "into", "is", "it", "its", "just", "may", "might", "more", "most", "new", "no",
    "now", "of", "off", "on", "or", "our", "out", "over", "say", "she", "should", "so", "some", "than", "that", "the", "their",
    "them", "there", "they", "this", "to", "up", "was", "we", "were", "what", "when", "where", "which", "who", "why",
    "will", "with", "would", "you", "your", "after", "amid", "about", "before", "breaking", "exclusive", "update", "report",
    "live", "latest", "today", "know", "explained", "analysis", "opinion", "watch", "video", "via", "according", "while",
];

/// Everyday words of the market: sharing them is no sign of the same story.
#[rustfmt::skip]
const EVERYDAY: [&str; 55] = [
    "bitcoin", "btc", "ethereum", "eth", "ether", "crypto", "cryptocurrency", "coin", "token", "price", "market", "trader", "trading",
    "trade", "investor", "exchange", "rise", "fall", "drop", "gain", "rally", "surge", "slide", "high", "low", "week", "day", "month",
    "year", "million", "billion", "usd", "dollar", "xrp", "solana", "sol", "blockchain", "bull", "bear", "bullish", "bearish", "analyst",
    "level", "etf", "whale", "altcoin", "us", "sec", "hit", "next", "first", "back", "top", "big", "buy",
];

static FILLER: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FILLERS.into_iter().collect());
/// Letters of what is taken for a ticker.
const TICKER_CHARS: std::ops::RangeInclusive<usize> = 2..=6;

static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let names = MAIN.iter().flat_map(|main| main.names.iter().map(|name| (name.to_lowercase(), main.ticker)));
    names.filter(|(name, _)| !name.contains(' ')).collect()
});
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| EVERYDAY.into_iter().collect());

/// One telling of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Story<'a> {
    /// Its id: of two first seen at the same moment the lesser comes first.
    pub id: &'a str,
    /// Its headline.
    pub title: &'a str,
    /// Who tells it.
    pub outlet: &'a str,
    /// When it happened.
    pub event_time: Timestamp,
    /// Since when it is known here.
    pub first_seen: Timestamp,
}

/// A headline's words, each list in order and without doubles.
#[derive(Debug, Default)]
struct Words {
    all: Vec<u32>,
    rare: Vec<u32>,
    numbers: Vec<u32>,
    coins: Vec<u32>,
}

/// The ticker of a coin's name, or a word that looks like a ticker.
fn ticker<'a>(word: &Word<'a>) -> Option<&'a str> {
    let named = NAMES.get(word.lower.as_ref()).copied();
    let capitals = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let looks_like = !word.shouted
        && TICKER_CHARS.contains(&word.text.len())
        && capitals(word.text)
        && word.text.starts_with(|c: char| c.is_ascii_uppercase());
    // What everybody abbreviates is a coin only when it is in the table.
    let known = || MAIN.iter().any(|main| main.ticker == word.text);
    named.or_else(|| (looks_like && (!COMMON.contains(word.lower.as_ref()) || known())).then_some(word.text))
}

/// Words by number, so that sets are of numbers.
#[derive(Debug, Default)]
struct Numbers {
    known: HashMap<String, u32>,
}

impl Numbers {
    fn of(&mut self, word: &str) -> u32 {
        if let Some(number) = self.known.get(word) {
            return *number;
        }
        let number = self.known.len() as u32;
        self.known.insert(word.to_owned(), number);
        number
    }

    fn words(&mut self, title: &str) -> Words {
        let mut words = Words::default();
        for word in Text::read(title).words.iter().take(TITLE_WORDS_MAX) {
            let lower = word.lower.as_ref();
            if FILLER.contains(lower) {
                continue;
            }
            let is_number = lower.starts_with(|c: char| c.is_ascii_digit());
            let plain = if is_number { lower.replace(',', "") } else { singular(lower).to_owned() };
            if FILLER.contains(plain.as_str()) {
                continue;
            }
            if let Some(ticker) = ticker(word) {
                words.coins.push(self.of(ticker));
            }
            let number = self.of(&plain);
            words.all.push(number);
            if is_number {
                words.numbers.push(number);
            } else if !COMMON.contains(plain.as_str()) {
                words.rare.push(number);
            }
        }
        for list in [&mut words.all, &mut words.rare, &mut words.numbers, &mut words.coins] {
            list.sort_unstable();
            list.dedup();
        }
        words
    }
}

fn singular(word: &str) -> &str {
    let stem = word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']));
    stem.unwrap_or(word)
}

/// How many numbers two ordered lists share.
fn shared(one: &[u32], other: &[u32]) -> usize {
    let (mut one, mut other, mut count) = (one.iter().peekable(), other.iter().peekable(), 0);
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        let order = a.cmp(b);
        count += usize::from(order.is_eq());
        if order.is_le() {
            one.next();
        }
        if order.is_ge() {
            other.next();
        }
    }
    count
}

fn same_story(one: &Words, other: &Words, other_outlet: bool) -> bool {
    let within = |one: &[u32], other: &[u32]| shared(one, other) == one.len().min(other.len());
    let shorter = one.all.len().min(other.all.len());
    if shorter < WORDS_MIN || !within(&one.numbers, &other.numbers) || !within(&one.coins, &other.coins) {
        return false;
    }
    let both = shared(&one.all, &other.all);
    let union = one.all.len() + other.all.len() - both;
    if both == union {
        return true;
    }
    let rare = shared(&one.rare, &other.rare);
    let within = other_outlet && shorter >= CONTAINED_MIN && rare > RARE_MIN && both * 3 >= shorter * 2;
    rare >= RARE_MIN && (both * 5 >= union * 3 || within)
}

/// The first headlines of clusters, found by their words.
#[derive(Debug, Default)]
struct Heads {
    /// Of each: which story, and its words.
    heads: Vec<(usize, Words)>,
    by_word: HashMap<u32, Vec<usize>>,
    /// How many words each head shares with the headline looked up; all nothing between two look-ups.
    counts: Vec<u32>,
}

impl Heads {
    fn add(&mut self, place: usize, words: Words) {
        words.keys().iter().for_each(|word| self.by_word.entry(*word).or_default().push(self.heads.len()));
        self.heads.push((place, words));
        self.counts.push(0);
    }

    /// The heads that share enough words to be looked at, oldest first.
    fn alike(&mut self, words: &Words) -> Vec<usize> {
        let mut met = Vec::new();
        for word in words.keys() {
            let known = self.by_word.get(word).map(Vec::as_slice).unwrap_or_default();
            for head in known.iter().rev().take(LOOKED_AT_MAX) {
                let Some(count) = self.counts.get_mut(*head) else { continue };
                if *count == 0 {
                    met.push(*head);
                }
                *count += 1;
            }
        }
        let enough = words.keys().len().min(RARE_MIN) as u32;
        met.retain(|head| self.counts.get_mut(*head).map(std::mem::take).is_some_and(|count| count >= enough));
        met.sort_unstable();
        met
    }
}

impl Words {
    /// The words it is found by: its rare ones, or where it has too few of them to tell, all.
    fn keys(&self) -> &[u32] {
        if self.rare.len() < RARE_MIN { &self.all } else { &self.rare }
    }
}

/// For each story the place of the first one that tells the same, its own when it is the first.
#[must_use]
pub fn clusters(stories: &[Story<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stories.len()).collect();
    order.sort_by_key(|place| stories.get(*place).map(|story| (story.first_seen, story.id)));
    let (mut numbers, mut heads) = (Numbers::default(), Heads::default());
    let mut cluster: Vec<usize> = (0..stories.len()).collect();
    for place in order {
        let Some(story) = stories.get(place) else { continue };
        let words = numbers.words(story.title);
        let tells = |(head, told): &&(usize, Words)| {
            stories.get(*head).is_some_and(|first| {
                let apart_s = first.event_time.seconds_since(story.event_time).abs();
                apart_s <= WITHIN_HOURS * 3600 && same_story(told, &words, first.outlet != story.outlet)
            })
        };
        let alike = heads.alike(&words);
        let first = alike.into_iter().filter_map(|head| heads.heads.get(head)).find(tells).map(|(first, _)| *first);
        match (first, cluster.get_mut(place)) {
            (Some(first), Some(own)) => *own = first,
            _ => heads.add(place, words),
        }
    }
    cluster
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;

    fn told(titles: &[(&str, i64)]) -> Vec<usize> {
        let ids: Vec<String> = (0..titles.len()).map(|place| format!("{place:03}")).collect();
        let stories: Vec<Story<'_>> = ids
            .iter()
            .zip(titles)
            .map(|(id, (title, hour))| {
                let time = Timestamp::from_millis(hour * HOUR);
                Story { id, title, outlet: id, event_time: time, first_seen: time }
            })
            .collect();
        clusters(&stories)
    }

    #[test]
    fn outlets_that_tell_the_same_story_share_a_cluster() {
        let titles = [
            ("Kraken settles with Wyoming regulator over staking product", 0),
            ("Breaking: Kraken settles with Wyoming regulators over its staking products", 1),
            ("Kraken settles with Wyoming regulator over staking product: what we know", 30),
            ("Wyoming opens a museum of staking", 2),
        ];
        assert_eq!(told(&titles), [0, 0, 0, 3]);
    }

    #[test]
    fn everyday_words_other_numbers_and_other_days_are_other_stories() {
        assert_eq!(
            told(&[("Bitcoin price falls as traders sell", 0), ("Bitcoin price rises as traders buy", 1)]),
            [0, 1]
        );
        assert_eq!(told(&[("Solana ETF approved by SEC", 0), ("Solana ETF rejected by SEC", 1)]), [0, 1]);
        let lender = |n: &str| format!("Exploit drains {n} million from lending pool Foo");
        let (two, nine) = (lender("2"), lender("9"));
        assert_eq!(told(&[(&two, 0), (&nine, 1), (&two, 2)]), [0, 1, 0]);
        let one = "Foo Labs raises fresh capital from Bar Ventures";
        assert_eq!(told(&[(one, 0), (one, 48), (one, 97)]), [0, 0, 2]);
        assert_eq!(told(&[("Market wrap", 0), ("Market wrap", 1)]), [0, 1], "too short to tell");
        let court = ["Dogecoin", "IOTA", "DOGE"].map(|coin| format!("Court dismisses a long case about {coin} miners"));
        let court: Vec<(&str, i64)> = court.iter().map(|title| (title.as_str(), 0)).collect();
        assert_eq!(told(&court), [0, 1, 0], "another coin is another story, however alike the words");
    }

    #[test]
    fn a_shorter_headline_within_a_longer_one_is_the_same_story_only_between_outlets() {
        let time = Timestamp::from_millis(0);
        let (long, short) = (
            "Justin Sun keeps his World Liberty fight public as a stablecoin bank awaits its word",
            "Justin Sun's World Liberty fight stays in public court",
        );
        let of = |outlet| {
            let story = |id, title, outlet| Story { id, title, outlet, event_time: time, first_seen: time };
            clusters(&[story("a", long, "One"), story("b", short, outlet)])
        };
        assert_eq!((of("Other"), of("One")), (vec![0, 0], vec![0, 1]));
    }

    #[test]
    fn the_order_given_says_nothing_and_the_first_seen_leads() {
        let time = |hour: i64| Timestamp::from_millis(hour * HOUR);
        let title = "Foo Labs raises fresh capital from Bar Ventures";
        let story = |id, seen| Story { id, title, outlet: id, event_time: time(0), first_seen: time(seen) };
        assert_eq!(clusters(&[story("b", 2), story("c", 1), story("a", 2)]), [1, 1, 1]);
    }

    fn headlines() -> impl Strategy<Value = Vec<(String, i64, i64)>> {
        let word = prop::sample::select(vec![
            "kraken", "foo", "bar", "lender", "drains", "pool", "vote", "2", "9", "bitcoin", "the",
        ]);
        let title = prop::collection::vec(word, 2..7).prop_map(|words| words.join(" "));
        prop::collection::vec((title, 0_i64..80, 0_i64..80), 1..40)
    }

    fn stories<'a>(told: &'a [(String, i64, i64)], ids: &'a [String]) -> Vec<Story<'a>> {
        let time = |hour: i64| Timestamp::from_millis(hour * HOUR);
        told.iter()
            .zip(ids)
            .map(|((title, event, seen), id)| Story {
                id,
                title,
                outlet: title,
                event_time: time(*event),
                first_seen: time(*seen),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_seen_later_never_changes_the_cluster_of_what_was_seen_before(told in headlines(), at in 0_i64..80) {
            let ids: Vec<String> = (0..told.len()).map(|place| format!("{place:03}")).collect();
            let all = stories(&told, &ids);
            let moment = Timestamp::from_millis(at * HOUR);
            let then: Vec<Story<'_>> = all.iter().copied().filter(|story| story.first_seen <= moment).collect();
            let now = clusters(&all);
            let led = |of: &[Story<'_>], clusters: &[usize]| -> HashMap<String, String> {
                of.iter().zip(clusters).map(|(story, first)| (story.id.to_owned(), of[*first].id.to_owned())).collect()
            };
            let (later, before) = (led(&all, &now), led(&then, &clusters(&then)));
            for (id, first) in before {
                prop_assert_eq!(&later[&id], &first);
            }
        }

        #[test]
        fn a_cluster_is_led_by_itself_and_by_nothing_seen_later(told in headlines()) {
            let ids: Vec<String> = (0..told.len()).map(|place| format!("{place:03}")).collect();
            let all = stories(&told, &ids);
            for (place, first) in clusters(&all).iter().enumerate() {
                prop_assert!((all[*first].first_seen, all[*first].id) <= (all[place].first_seen, all[place].id));
                prop_assert_eq!(clusters(&all)[*first], *first);
            }
        }
    }
}
