//! What an exchange's announcement is: by whole words of its title, and where that says nothing, of its text's beginning.
//!
//! Invariants: a delisting is never taken for a listing, whatever other words stand beside it; the words that decided are
//! told. Deliberately absent: which coin ([`super::mentions`]) and how much it matters ([`super::severity`]).

use super::text::{Case, Phrases, Text};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Words of the text that are looked at when the title says nothing.
const BEGINNING: usize = 40;

/// What an announcement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnouncedKind {
    /// A coin is removed.
    Delisting,
    /// A coin is added.
    Listing,
    /// Something is down, or will be.
    Maintenance,
    /// How trading works: markets, orders, fees.
    Trading,
    /// Something new on the site.
    Feature,
    /// Anything else.
    Other,
}

impl AnnouncedKind {
    /// Its name in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delisting => "delisting",
            Self::Listing => "listing",
            Self::Maintenance => "maintenance",
            Self::Trading => "trading",
            Self::Feature => "feature",
            Self::Other => "other",
        }
    }
}

/// What an announcement is, and the words that said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// What it is.
    pub kind: AnnouncedKind,
    /// As they stand; empty for [`AnnouncedKind::Other`].
    pub because: String,
    /// It says that trading stops or something broke: more than maintenance.
    pub grave: Option<Grave>,
}

/// What makes an announcement graver than its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grave {
    /// Trading stops.
    Halt,
    /// Something broke, nobody planned it.
    Incident,
}

use AnnouncedKind::{Delisting, Feature, Listing, Maintenance, Trading};

/// Which words say what. The kinds are tried in the order of [`AnnouncedKind`], so that "delisting" comes before "new" and
/// "trading": an announcement that removes a coin often says both. "unlisted" alone says nothing: coins sent here that
/// were never listed are called so.
#[rustfmt::skip]
const FORMS: [(AnnouncedKind, &str); 5] = [
    (Delisting, "delist, delists, delisted, delisting, delistings, de-list, de-listed, de-listing, unlisting, be unlisted, been unlisted, unlisted from, removal of, coin removal, token removal, removing, will be removed, discontinue support, discontinued support, discontinuing, discontinued, end of support, ending support, ceasing support, cease support, no longer support, no longer supported, no longer be supported, no longer be available"),
    (Listing, "list, lists, listed, listing, listings, relisting, new coin, new coins, new token, new tokens, new asset, new assets, new cryptocurrency, adding, now on coinspot, added to coinspot, now available on coinspot, available to trade, available to buy, coin added, coins added, tokens added, you can now buy, now supporting"),
    (Maintenance, "maintenance, outage, downtime, disruption, unavailable, deposits and withdrawals, deposits paused, withdrawals paused, withdrawals suspended, deposits suspended, deposits disabled, withdrawals disabled, network upgrade, network upgrades, hard fork, wallet upgrade, migration, token swap, contract swap, degraded, incident, temporarily, scheduled"),
    (Trading, "trading, trade, trades, market, markets, order, orders, order book, pair, pairs, fee, fees, spread, spreads, limits, halted, halt, liquidity"),
    (Feature, "feature, features, introducing, launching, launch, launched, new, app, app update, staking, earn, recurring, alerts, bundles, wallet, card, referral, improved, improvements, beta"),
];

const HALTS: &str = "trading halt, trading halted, trading suspended, trading is suspended, trading paused, halt trading, halting trading, suspend trading, suspending trading, suspension of trading, trading suspension, trading will be halted, trading will be suspended, pausing trading, markets halted, market halted, trading disabled";
const INCIDENTS: &str =
    "outage, incident, unscheduled, degraded, disruption, emergency, security incident, breach, unauthorised access";

fn of<T: Copy>(forms: &'static str, value: T) -> impl Iterator<Item = (&'static str, Case, T)> {
    forms.split(',').map(move |form| (form.trim(), Case::Any, value))
}

static KINDS: LazyLock<Phrases<AnnouncedKind>> =
    LazyLock::new(|| Phrases::new(FORMS.into_iter().flat_map(|(kind, forms)| of(forms, kind))));
static GRAVE: LazyLock<Phrases<Grave>> =
    LazyLock::new(|| Phrases::new(of(HALTS, Grave::Halt).chain(of(INCIDENTS, Grave::Incident))));

/// The first phrase of the least value among a text's first words, as it stands.
fn least<T: Copy + Ord>(phrases: &Phrases<T>, text: &Text<'_>) -> Option<(T, String)> {
    let places = 0..text.words.len().min(BEGINNING);
    let hits = places.filter_map(|at| phrases.longest(text, at).map(|(words, value)| (*value, at, words)));
    let (value, at, words) = hits.min_by_key(|(value, at, _)| (*value, *at))?;
    Some((value, text.between(at, at + words - 1).to_owned()))
}

/// What an announcement is.
pub(super) fn announced(title: &Text<'_>, text: &Text<'_>) -> Announced {
    let grave = [title, text].into_iter().find_map(|part| least(&GRAVE, part)).map(|(grave, _)| grave);
    match least(&KINDS, title).or_else(|| least(&KINDS, text)) {
        Some((kind, because)) => Announced { kind, because, grave },
        None => Announced { kind: AnnouncedKind::Other, because: String::new(), grave },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(title: &str, text: &str) -> (&'static str, String) {
        let told = announced(&Text::read(title), &Text::read(text));
        (told.kind.as_str(), told.because)
    }

    #[test]
    fn an_announcement_is_typed_by_whole_words_and_a_delisting_before_a_listing() {
        for (title, expected) in [
            ("Delisting of Foo (FOO)", "delisting"),
            ("Important: FOO will be delisted", "delisting"),
            ("Notice of de-listing: new date", "delisting"),
            ("Removal of FOO and listing of BAR", "delisting"),
            ("FOO has been unlisted", "delisting"),
            ("New coin listing: Foo (FOO)", "listing"),
            ("Foo (FOO) listed", "listing"),
            ("Foo (FOO) is now available on CoinSpot", "listing"),
            ("Listing: trading in FOO begins on Monday", "listing"),
            ("Scheduled maintenance: Foo deposits and withdrawals", "maintenance"),
            ("FOO network upgrade", "maintenance"),
            ("Foo contract swap", "maintenance"),
            ("Changes to trading fees", "trading"),
            ("FOO market orders halted", "trading"),
            ("New feature: recurring buys", "feature"),
            ("Introducing price alerts", "feature"),
            ("Recovering unlisted coins", "other"),
            ("Enlisted men and blacklisted names", "other"),
            ("Office hours over Christmas", "other"),
        ] {
            assert_eq!(kind(title, "").0, expected, "{title}");
        }
    }

    #[test]
    fn the_text_decides_only_where_the_title_says_nothing() {
        assert_eq!(kind("About FOO", "We are removing FOO. Sell it."), ("delisting", "removing".to_owned()));
        assert_eq!(kind("New coin listing", "An older coin is delisted.").0, "listing");
        let late = format!("{} delisting", "word ".repeat(200));
        assert_eq!(kind("About FOO", &late).0, "other");
    }

    #[test]
    fn a_halt_and_an_incident_are_told_apart_from_plans() {
        let grave = |title: &str| announced(&Text::read(title), &Text::read("")).grave;
        assert_eq!(grave("Trading halted in FOO after an outage"), Some(Grave::Halt));
        assert_eq!(grave("Wallet outage"), Some(Grave::Incident));
        assert_eq!(grave("Scheduled maintenance"), None);
    }
}
