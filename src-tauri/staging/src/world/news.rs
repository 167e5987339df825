//! What the world's outlets write: headlines that move with world time, some about the same event.

use super::path::draw;
use super::{Coin, Moment};

/// Stories in a feed.
pub const STORIES: usize = 20;

const MINUTE_MS: i64 = 60_000;
const EVENT_MS: i64 = 6 * 60 * MINUTE_MS;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlet {
    /// CoinDesk.
    CoinDesk,
    /// Cointelegraph.
    Cointelegraph,
    /// Decrypt.
    Decrypt,
    /// CryptoSlate.
    CryptoSlate,
    /// NewsBTC.
    NewsBtc,
}

impl Outlet {
    /// All outlets.
    pub const ALL: [Self; 5] = [Self::CoinDesk, Self::Cointelegraph, Self::Decrypt, Self::CryptoSlate, Self::NewsBtc];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CoinDesk => "CoinDesk",
            Self::Cointelegraph => "Cointelegraph",
            Self::Decrypt => "Decrypt",
            Self::CryptoSlate => "CryptoSlate",
            Self::NewsBtc => "NewsBTC",
        }
    }

    /// It writes one story in each stretch of this length.
    fn stretch_ms(self) -> i64 {
        MINUTE_MS
            * match self {
                Self::CoinDesk => 37,
                Self::Cointelegraph => 41,
                Self::Decrypt => 83,
                Self::CryptoSlate => 61,
                Self::NewsBtc => 53,
            }
    }
}

/// One story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Counted from 1970, without gaps.
    pub number: u64,
    /// When it appeared.
    pub published_ms: i64,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// One or two names.
    pub authors: Vec<&'static str>,
    /// The last part of its address.
    pub slug: String,
}

const AUTHORS: [&str; 8] =
    ["Mara Quill", "Jo Falk", "Tess Arden", "Ravi Menon", "Lena Roth", "Sam Okoro", "Piet Vos", "Ana Duarte"];

const THEMES: [(&str, &str); 14] = [
    (
        "{name} climbs as buyers return after a quiet week",
        "{ticker} rose with growing volume; traders speak of relief.",
    ),
    ("{name} slides below a level that traders watch", "Selling in {ticker} went on through the Asian session."),
    ("Developers of {name} set a date for the next upgrade", "The change to {ticker} is meant to lower fees."),
    (
        "Exploit drains a lending pool built on {name}",
        "About {n} million dollars are gone; {ticker} fell after the hack.",
    ),
    ("Fund adds {name} to its basket", "The fund's manager names {ticker}'s deep market as the reason."),
    ("Regulator opens a consultation that names {name}", "Comments on {ticker} are taken until the end of the month."),
    ("{name} network back after an outage of {n} hours", "Validators restarted the chain; {ticker} hardly moved."),
    ("Analysts disagree about {name}'s next move", "One desk sees {ticker} rallying, another expects a decline."),
    ("Large holder moves {n} million worth of {name}", "Nobody knows why the {ticker} were moved to an exchange."),
    ("{name} partners with a payments company", "Shops will be able to take {ticker} later this year."),
    ("Court dismisses a case about {name}", "The judge found no fraud; {ticker}'s community celebrates."),
    ("What's behind {name}'s \"strange\" week: fees & fears", "A look at {ticker}'s last {n} days."),
    ("Exchange lists {name} for its customers", "Trading in {ticker} begins on Monday."),
    ("{name} mining gets harder by {n}%", "Margins shrink for those who secure {ticker}."),
];

impl Moment<'_> {
    /// The newest stories of an outlet, newest first.
    pub fn stories(&self, outlet: Outlet) -> Vec<Story> {
        let stretch = outlet.stretch_ms();
        let newest = self.time_ms / stretch;
        let oldest = (newest - STORIES as i64).max(0);
        let all = (oldest..=newest).rev().map(|number| self.story(outlet, number));
        all.filter(|story| story.published_ms <= self.time_ms).take(STORIES).collect()
    }

    fn story(&self, outlet: Outlet, number: i64) -> Story {
        let key = draw(self.world.seed ^ 0x4E45_5753, outlet as u64, 0);
        let place = number.unsigned_abs();
        let stretch = outlet.stretch_ms();
        let within = draw(key, 1, place) % stretch.unsigned_abs();
        let published_ms = number * stretch + within as i64 / 1000 * 1000;
        // Each outlet writes about the event of the day's quarter once.
        let event = (number * stretch / EVENT_MS).unsigned_abs();
        let within_event = (number * stretch % EVENT_MS / stretch).unsigned_abs();
        let is_shared = within_event == draw(key, 2, event) % (EVENT_MS / stretch).unsigned_abs();
        let bits = if is_shared { draw(self.world.seed, 3, event) } else { draw(key, 3, place) };
        let (title, summary) = self.words(bits);
        let title = match draw(key, 4, place) % 5 {
            0 if is_shared => format!("{title}: what we know"),
            1 if is_shared => format!("Breaking: {title}"),
            _ => title,
        };
        let first = (draw(key, 5, place) % AUTHORS.len() as u64) as usize;
        let authors = [first, first + 3].into_iter().filter_map(|at| AUTHORS.get(at).copied()).collect();
        let slug = slug(&title, place);
        Story { number: place, published_ms, title, summary, authors, slug }
    }

    fn words(&self, bits: u64) -> (String, String) {
        let coins = self.world.coins();
        // Mostly about the large ones, as news are.
        let among = if bits.is_multiple_of(4) { coins.len().min(60) } else { 12.min(coins.len()) } as u64;
        let coin = coins.get((bits >> 8) as usize % among.max(1) as usize);
        let (title, summary) = THEMES.get((bits >> 24) as usize % THEMES.len()).copied().unwrap_or_default();
        let n = 2 + (bits >> 40) % 40;
        (fill(title, coin, n), fill(summary, coin, n))
    }
}

fn fill(text: &str, coin: Option<&Coin>, n: u64) -> String {
    let (name, ticker) = coin.map_or(("crypto", "coins"), |coin| (coin.name.as_str(), coin.ticker.as_str()));
    text.replace("{name}", name).replace("{ticker}", ticker).replace("{n}", &n.to_string())
}

fn slug(title: &str, number: u64) -> String {
    let letters = title.to_lowercase();
    let words: Vec<_> = letters.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("{}-{number}", words.join("-"))
}
