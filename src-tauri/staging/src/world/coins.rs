//! Which coins the world lists and how each of them behaves, drawn from the seed.

use super::fixed::PRICE_PLACES;
use super::path::{Noise, Path};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// How many coins trade instantly only.
pub const INSTANT_COINS: usize = 520;

const OPENED_MS: i64 = 1_514_764_800_000; // 2018-01-01
const DAY_MS: i64 = 86_400_000;

/// How a coin can be traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has an order book: `/latest` carries it.
    Book,
    /// Only the coin list carries it.
    Instant,
}

/// One listed coin.
#[derive(Debug, Clone)]
pub struct Coin {
    /// The ticker people use, upper case: `NEO`.
    pub ticker: String,
    /// The name on the coin list.
    pub name: String,
    /// The key in `/latest`, which for two old coins is a legacy ticker: `ans`.
    pub key: String,
    /// How it can be traded.
    pub kind: Kind,
    /// Decimal places of its prices.
    pub places: u32,
    /// Nothing is known of it before this time.
    pub listed_ms: i64,
    /// It sometimes has no buyers: its bid is then "NaN".
    pub sometimes_unbid: bool,
    /// Bid to ask (or Sell to Buy) in basis points of the price, on average.
    pub spread_bp: i64,
    pub(crate) base: u64,
    pub(crate) noise_key: u64,
    pub(crate) path: Path,
}

/// ticker, key, name, AUD × 10^-6, places, spread bp, own daily bp, beta in eighths, grain
type BookRow = (&'static str, &'static str, &'static str, u64, u32, i64, i64, i64, u32);

const BOOK: [BookRow; 16] = [
    ("BTC", "btc", "Bitcoin", 138_000_000_000, 2, 35, 90, 8, 0),
    ("ETH", "eth", "Ethereum", 4_650_000_000, 2, 90, 140, 10, 0),
    ("SOL", "sol", "Solana", 214_000_000, 2, 75, 260, 11, 0),
    ("XRP", "xrp", "XRP (Ripple)", 3_350_000, 6, 65, 240, 9, 0),
    ("DOGE", "doge", "Dogecoin", 242_000, 8, 180, 320, 11, 0),
    ("ADA", "ada", "Cardano", 715_000, 6, 200, 280, 10, 0),
    ("LTC", "ltc", "Litecoin", 148_000_000, 2, 250, 220, 9, 1),
    ("USDT", "usdt", "Tether USD", 1_524_000, 4, 18, 12, 0, 0),
    ("TRX", "trx", "TRON", 463_000, 6, 220, 170, 6, 1),
    ("EOS", "eos", "EOS", 912_000, 4, 300, 300, 10, 2),
    ("LINK", "link", "ChainLink", 21_400_000, 4, 160, 290, 11, 1),
    ("BCH", "bch", "Bitcoin Cash", 742_000_000, 2, 240, 260, 9, 2),
    ("NEO", "ans", "Neo", 9_150_000, 4, 380, 290, 9, 4),
    ("XLM", "str", "Stellar", 412_000, 6, 260, 260, 9, 2),
    ("GAS", "gas", "GAS", 4_720_000, 4, 650, 340, 8, 5),
    ("POWR", "powr", "Power Ledger", 248_000, 6, 700, 380, 8, 6),
];

/// ticker, name, AUD × 10^-6
const KNOWN: [(&str, &str, u64); 24] = [
    ("BNB", "BNB", 1_320_000_000),
    ("AVAX", "Avalanche", 28_400_000),
    ("DOT", "Polkadot", 5_120_000),
    ("UNI", "Uniswap", 10_900_000),
    ("AAVE", "Aave", 312_000_000),
    ("ATOM", "Cosmos", 5_430_000),
    ("XTZ", "Tezos", 1_040_000),
    ("ALGO", "Algorand", 271_000),
    ("VET", "VeChain", 30_100),
    ("MANA", "Decentraland", 402_000),
    ("SAND", "Sandbox", 382_000),
    ("SHIB", "Shiba Inu", 17),
    ("PEPE", "Pepe", 11),
    ("FIL", "Filecoin", 3_020_000),
    ("COMP", "Compound", 63_500_000),
    ("SNX", "Synthetix", 1_050_000),
    ("SUSHI", "SushiSwap", 1_010_000),
    ("BAT", "Basic Attention Token", 241_000),
    ("ZRX", "0x", 352_000),
    ("ENJ", "Enjin Coin", 98_000),
    ("1INCH", "1inch", 310_000),
    ("CHZ", "Chiliz", 52_000),
    ("IOTA", "IOTA", 248_000),
    ("USDC", "USD Coin", 1_526_000),
];

/// All coins of a world: those with a book first.
pub(crate) fn list(seed: u64) -> Vec<Coin> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let market = Noise::new(rng.random(), 170, 19);
    let mut coins: Vec<Coin> = BOOK.iter().map(|row| book_coin(row, &market, &mut rng)).collect();
    let mut taken: BTreeSet<String> = coins.iter().map(|coin| coin.ticker.clone()).collect();
    taken.extend(["ANS", "STR", "RHOC", "BCC", "AUD"].map(String::from));
    for (ticker, name, price) in KNOWN {
        taken.insert(ticker.to_owned());
        coins.push(instant_coin(ticker.to_owned(), name.to_owned(), price, &market, &mut rng));
    }
    while coins.len() < BOOK.len() + INSTANT_COINS {
        let ticker = ticker(&mut rng);
        if !taken.insert(ticker.clone()) {
            continue;
        }
        let name = name(&mut rng);
        let magnitude = 10u64.pow(rng.random_range(1..9));
        let price = rng.random_range(12..100) * magnitude / 10;
        coins.push(instant_coin(ticker, name, price, &market, &mut rng));
    }
    coins
}

fn micro(price: u64) -> u64 {
    price * 10u64.pow(PRICE_PLACES - 6)
}

fn book_coin(row: &BookRow, market: &Noise, rng: &mut ChaCha8Rng) -> Coin {
    let &(ticker, key, name, price, places, spread_bp, daily_bp, beta, grain) = row;
    let pegged = beta == 0;
    let own = Noise::new(rng.random(), daily_bp, if pegged { 10 } else { 19 });
    Coin {
        ticker: ticker.to_owned(),
        name: name.to_owned(),
        key: key.to_owned(),
        kind: Kind::Book,
        places,
        listed_ms: OPENED_MS,
        sometimes_unbid: grain >= 5,
        spread_bp,
        base: micro(price),
        noise_key: rng.random(),
        path: Path::new(own, market.clone(), beta, grain),
    }
}

fn instant_coin(ticker: String, name: String, price: u64, market: &Noise, rng: &mut ChaCha8Rng) -> Coin {
    let pegged = rng.random_range(0..100) == 0 || ticker == "USDC";
    let own =
        Noise::new(rng.random(), if pegged { 10 } else { rng.random_range(150..600) }, if pegged { 10 } else { 19 });
    let beta = if pegged { 0 } else { rng.random_range(5..14) };
    let places = match price {
        100_000_000.. => 2,
        1_000_000.. => 4,
        10_000.. => 6,
        _ => 8,
    };
    Coin {
        key: ticker.to_lowercase(),
        ticker,
        name,
        kind: Kind::Instant,
        places,
        listed_ms: OPENED_MS + rng.random_range(0..2_500) * DAY_MS,
        sometimes_unbid: false,
        spread_bp: if pegged { 0 } else { rng.random_range(60..500) },
        base: micro(price),
        noise_key: rng.random(),
        path: Path::new(own, market.clone(), beta, rng.random_range(0..3)),
    }
}

fn ticker(rng: &mut ChaCha8Rng) -> String {
    let length = rng.random_range(3..6);
    (0..length).filter_map(|_| b"ABCDEFGHIKLMNOPRSTUVWXYZ".choose(rng)).map(|&letter| char::from(letter)).collect()
}

fn name(rng: &mut ChaCha8Rng) -> String {
    const STARTS: [&str; 12] = ["Al", "Bor", "Cal", "Den", "Ely", "Fer", "Gal", "Hel", "Kor", "Lum", "Mer", "Ny"];
    const ENDS: [&str; 10] = ["adia", "chain", "dex", "fi", "ion", "net", "ora", "pay", "swap", "verse"];
    const KINDS: [&str; 5] = ["", " Coin", " Network", " Protocol", " Token"];
    let mut pick = |from: &[&'static str]| from.choose(rng).copied().unwrap_or_default();
    format!("{}{}{}", pick(&STARTS), pick(&ENDS), pick(&KINDS))
}
