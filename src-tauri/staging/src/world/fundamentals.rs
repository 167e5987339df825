//! What protocols, chains and stablecoins are worth from day to day, and what companies hold.

use super::Moment;
use super::path::draw;
use rust_decimal::Decimal;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Days from one turn to the next.
const SWING_DAYS: i64 = 23;
/// Most series go back so far; every seventh goes back further than a reader wants.
const DAYS: i64 = 200;
const DAYS_LONG: i64 = 900;

/// Protocols by the service's names, with their money locked and their fees, in thousands of dollars.
const PROTOCOLS: [(&str, i64, i64); 24] = [
    ("lido", 27_500_000, 2_100),
    ("aave", 33_800_000, 2_600),
    ("sky-lending", 6_100_000, 900),
    ("uniswap", 5_200_000, 3_900),
    ("curve-dex", 2_300_000, 140),
    ("justlend", 3_900_000, 30),
    ("compound-finance", 2_400_000, 120),
    ("pancakeswap", 2_200_000, 3_100),
    ("balancer", 800_000, 60),
    ("rocket-pool", 1_600_000, 110),
    ("convex-finance", 1_000_000, 80),
    ("sushi", 190_000, 50),
    ("venus-core-pool", 1_800_000, 0),
    ("venus-finance", 0, 170),
    ("gmx", 450_000, 210),
    ("frax-finance", 300_000, 40),
    ("liquity", 400_000, 20),
    ("yearn-finance", 480_000, 30),
    ("stargate-finance", 350_000, 25),
    ("synthetix", 160_000, 45),
    ("pendle", 6_200_000, 190),
    ("morpho", 7_900_000, 480),
    ("sparklend", 3_400_000, 230),
    ("quiet-protocol", 9_000, 1),
];

/// Chains and the money locked on them, in thousands of dollars.
const CHAINS: [(&str, i64); 9] = [
    ("Ethereum", 68_000_000),
    ("Solana", 8_900_000),
    ("BSC", 6_600_000),
    ("Tron", 4_700_000),
    ("Bitcoin", 6_400_000),
    ("Base", 4_200_000),
    ("Arbitrum", 2_700_000),
    ("Avalanche", 1_200_000),
    ("Polygon", 1_000_000),
];

/// Stablecoins by the service's numbers, and what there is of them, in thousands.
const STABLECOINS: [(&str, i64); 6] = [
    ("1", 183_000_000),
    ("2", 74_000_000),
    ("5", 5_000_000),
    ("146", 8_000_000),
    ("209", 9_500_000),
    ("120", 2_800_000),
];

/// Companies, their tickers, and what they hold of Bitcoin and of Ether.
const COMPANIES: [(&str, &str, i64, i64); 16] = [
    ("Strategy", "NASDAQ:MSTR", 640_800, 0),
    ("MARA Holdings", "NASDAQ:MARA", 53_250, 0),
    ("Metaplanet", "TSE:3350", 30_823, 0),
    ("Riot Platforms", "NASDAQ:RIOT", 19_287, 0),
    ("Coinbase Global", "NASDAQ: COIN", 14_548, 148_715),
    ("Hut 8", "NASDAQ:HUT", 13_696, 0),
    ("CleanSpark", "NASDAQ:CLSK", 13_011, 0),
    ("Tesla", "NASDAQ: TSLA", 11_509, 0),
    ("Block", "NYSE:XYZ", 8_780, 0),
    ("Galaxy Digital", "NASDAQ:GLXY", 6_894, 3_000),
    ("Semler Scientific", "NASDAQ:SMLR", 5_048, 0),
    ("Bitmine Immersion", "NASDAQ:BMNR", 192, 3_505_723),
    ("SharpLink Gaming", "NASDAQ:SBET", 0, 861_251),
    ("Bit Digital", "NASDAQ:BTBT", 0, 150_244),
    ("Boyaa Interactive", "HKG:0434", 4_091, 0),
    ("DigitalX", "ASX:DCC", 504, 0),
];

/// A figure of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayAmount {
    /// Midnight of the day, UTC; for a day that is not over, the moment itself.
    pub time_ms: i64,
    /// How much.
    pub amount: Decimal,
    /// Whether the day is over.
    pub is_closed: bool,
}

/// What a company holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The company.
    pub company: &'static str,
    /// Its ticker, sometimes written with a blank.
    pub symbol: &'static str,
    /// Coins.
    pub coins: Decimal,
    /// What they are worth, in dollars.
    pub value_usd: Decimal,
}

/// Which figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series<'a> {
    /// Money locked in a protocol.
    Tvl(&'a str),
    /// What its users paid.
    Fees(&'a str),
    /// What of it the protocol kept.
    Revenue(&'a str),
    /// Money locked on a chain.
    Chain(&'a str),
    /// What there is of a stablecoin, by its number.
    Stablecoin(&'a str),
}

impl Series<'_> {
    /// What to draw it from, and about how much it is in thousands; none when there is no such thing.
    fn base(self) -> Option<(u64, i64)> {
        let place = |at: Option<usize>, kind: u64| at.map(|at| kind << 32 | at as u64);
        let protocol = |name: &str| PROTOCOLS.iter().position(|(known, ..)| *known == name);
        let found = match self {
            Self::Tvl(name) => (place(protocol(name), 1)?, PROTOCOLS.get(protocol(name)?)?.1),
            Self::Fees(name) => (place(protocol(name), 2)?, PROTOCOLS.get(protocol(name)?)?.2),
            Self::Revenue(name) => (place(protocol(name), 3)?, PROTOCOLS.get(protocol(name)?)?.2 / 4),
            Self::Chain(name) => {
                let at = CHAINS.iter().position(|(known, _)| *known == name)?;
                (place(Some(at), 4)?, CHAINS.get(at)?.1)
            }
            Self::Stablecoin(number) => {
                let at = STABLECOINS.iter().position(|(known, _)| *known == number)?;
                (place(Some(at), 5)?, STABLECOINS.get(at)?.1)
            }
        };
        (found.1 > 0 || matches!(self, Self::Revenue(_)) && protocol_has_fees(self)).then_some(found)
    }
}

fn protocol_has_fees(series: Series<'_>) -> bool {
    matches!(series, Series::Revenue(name) if PROTOCOLS.iter().any(|(known, _, fees)| *known == name && *fees > 0))
}

impl Moment<'_> {
    /// A figure from day to day, oldest first, the last one of today so far; none when there is no such thing.
    pub fn series(&self, series: Series<'_>) -> Option<Vec<DayAmount>> {
        let (key, thousands) = series.base()?;
        let today = self.time_ms / DAY_MS;
        let days = if key.is_multiple_of(7) { DAYS_LONG } else { DAYS };
        let mut all: Vec<DayAmount> = ((today - days).max(0)..today)
            .map(|day| DayAmount {
                time_ms: day * DAY_MS,
                amount: self.of_day(key, thousands, day, series),
                is_closed: true,
            })
            .collect();
        let so_far = self.time_ms % DAY_MS / HOUR_MS + 1;
        let whole = self.of_day(key, thousands, today, series);
        let amount = match series {
            Series::Fees(_) | Series::Revenue(_) => whole * Decimal::from(so_far) / Decimal::from(24),
            _ => whole + Decimal::from(so_far * thousands) / Decimal::from(10),
        };
        all.push(DayAmount { time_ms: self.time_ms, amount: amount.round_dp(4), is_closed: false });
        Some(all)
    }

    /// In dollars: a slow swing between four fifths and six fifths, and some noise; flows swing more, and rest some days.
    fn of_day(&self, key: u64, thousands: i64, day: i64, series: Series<'_>) -> Decimal {
        let of = |purpose: u64, at: i64| draw(self.world.seed ^ 0x474C_4153, key << 8 | purpose, at.unsigned_abs());
        let turn = |swing: i64| 8_000 + (of(1, swing) % 4_000) as i64;
        let (swing, within) = (day / SWING_DAYS, day % SWING_DAYS);
        let between = (turn(swing) * (SWING_DAYS - within) + turn(swing + 1) * within) / SWING_DAYS;
        let is_flow = matches!(series, Series::Fees(_) | Series::Revenue(_));
        if is_flow && of(2, day).is_multiple_of(61) {
            return Decimal::ZERO;
        }
        let noise = (of(3, day) % if is_flow { 4_000 } else { 300 }) as i64;
        let cents = Decimal::new((of(4, day) % 1_000_000) as i64, 6);
        Decimal::from(thousands) * Decimal::new(between + noise, 4) * Decimal::from(1_000) + cents
    }

    /// What companies hold of `bitcoin` or `ethereum`, the largest first; none of other coins. Some buy on some days.
    pub fn holdings(&self, coin: &str) -> Option<Vec<Holding>> {
        let ticker = match coin {
            "bitcoin" => "BTC",
            "ethereum" => "ETH",
            _ => return None,
        };
        let price = self.last(ticker).unwrap_or_default();
        let day = self.time_ms / DAY_MS;
        let held = |(place, (company, symbol, bitcoin, ether)): (usize, &(&'static str, &'static str, i64, i64))| {
            let start = if ticker == "BTC" { *bitcoin } else { *ether };
            let of = |purpose| draw(self.world.seed ^ 0x5452_4541, purpose, place as u64);
            // Bought on one day in nine, counted since some day in the past.
            let bought = (day + (of(1) % 9) as i64) / 9 % 400 * (start / 2_000);
            let coins = Decimal::from(start + bought);
            (start > 0).then(|| Holding { company, symbol, coins, value_usd: (coins * price).round_dp(0) })
        };
        let mut all: Vec<Holding> = COMPANIES.iter().enumerate().filter_map(held).collect();
        all.sort_by_key(|holding| std::cmp::Reverse(holding.coins));
        Some(all)
    }
}
