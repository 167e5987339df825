//! What the world looks like on the wire: routes, and the shapes of their replies.
//!
//! One file a service; the private half of the exchange gets one of its own.

mod binance;
mod btc_markets;
mod coingecko;
mod coinspot;
mod cryptopanic;
mod defillama;
mod fear_greed;
mod help_centre;
pub(crate) mod http;
mod independent_reserve;
mod kraken;
mod page;
pub(crate) mod reddit;
mod rss;
mod sec;
mod venue;

use crate::faults::{ItemChange, PriceChange};
use crate::world::{Coin, Moment};
use http::Reply;

/// The moment a reply shows, and how faults bend it.
pub(crate) struct View<'w> {
    pub(crate) moment: Moment<'w>,
    pub(crate) changes: Vec<(Option<String>, PriceChange)>,
    pub(crate) items: Vec<ItemChange>,
    pub(crate) hostile_names: bool,
    pub(crate) asked: Asked<'w>,
}

/// What a request brought with it, for services that look at it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'w> {
    pub(crate) headers: &'w [(String, String)],
    pub(crate) body: &'w str,
}

impl Asked<'_> {
    /// The value of a header, by its name in lower case; empty when it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Answers one question to any service: a GET, or a POST where [`takes_forms`].
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Reply {
    rss::answer(view, path)
        .or_else(|| fear_greed::answer(view, path, query))
        .or_else(|| help_centre::answer(view, path, query))
        .or_else(|| kraken::answer(view, path, query))
        .or_else(|| btc_markets::answer(view, path, query))
        .or_else(|| sec::answer(view, path))
        .or_else(|| independent_reserve::answer(view, path, query))
        .or_else(|| binance::answer(view, path, query))
        .or_else(|| cryptopanic::answer(view, path, query))
        .or_else(|| reddit::answer(view, path))
        .or_else(|| defillama::answer(view, path, query))
        .or_else(|| coingecko::answer(view, path))
        .unwrap_or_else(|| coinspot::answer(view, path, query))
}

/// Whether a path is asked with a form. The private half of the exchange is not among these.
pub(crate) fn takes_forms(path: &str) -> bool {
    path == reddit::TOKEN
}

impl View<'_> {
    /// The changes that concern a coin, in order.
    fn changes_of<'a>(&'a self, ticker: &'a str, key: &'a str) -> impl Iterator<Item = PriceChange> + 'a {
        let concerns = move |coin: &Option<String>| match coin {
            None => true,
            Some(name) => name.eq_ignore_ascii_case(ticker) || name.eq_ignore_ascii_case(key),
        };
        self.changes.iter().filter(move |(coin, _)| concerns(coin)).map(|(_, change)| *change)
    }

    /// Puts the items of a list in the order faults want, some of them twice.
    fn arrange<T: Clone>(&self, items: &mut Vec<T>) {
        if self.items.contains(&ItemChange::Reordered) {
            items.reverse();
        }
        if self.items.contains(&ItemChange::Duplicated)
            && let Some(first) = items.first().cloned()
        {
            items.push(first);
        }
    }

    fn is_missing(&self, coin: &Coin) -> bool {
        self.changes_of(&coin.ticker, &coin.key).any(|change| change == PriceChange::Missing)
    }

    /// One price as the wire writes it, bent.
    fn price(&self, ticker: &str, key: &str, price: Option<rust_decimal::Decimal>) -> String {
        let mut text = price.map_or_else(|| "NaN".to_owned(), |price| price.normalize().to_string());
        for change in self.changes_of(ticker, key) {
            text = change.apply(text);
        }
        text
    }
}
