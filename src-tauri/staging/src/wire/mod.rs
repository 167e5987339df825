//! What the world looks like on the wire: routes, and the shapes of their replies.
//!
//! Later venues and the private half get files of their own beside [`coinspot`].

pub(crate) mod coinspot;
pub(crate) mod http;
mod page;

use crate::faults::PriceChange;
use crate::world::{Coin, Moment};

/// The moment a reply shows, and how faults bend it.
pub(crate) struct View<'w> {
    pub(crate) moment: Moment<'w>,
    pub(crate) changes: Vec<(Option<String>, PriceChange)>,
    pub(crate) hostile_names: bool,
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
