//! Filings with the securities regulator: some a week by each filer, during the regulator's hours in New York.

use super::Moment;
use super::path::draw;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// How far back the lists go.
const DAYS: i64 = 120;
/// The regulator's doors open at 06:00 and close at 22:00.
const OPEN_MINUTE: u64 = 6 * 60;
const OPEN_MINUTES: u64 = 16 * 60;
/// What is accepted later than this counts as filed the next day.
const LATE_MINUTE: i64 = 17 * 60 + 30;

/// A company or fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filer {
    /// Its number.
    pub cik: u32,
    /// Its ticker.
    pub ticker: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Every filer the regulator knows of here, by their true numbers.
pub const FILERS: [Filer; 33] = [
    Filer { cik: 1_679_788, ticker: "COIN", name: "Coinbase Global, Inc." },
    Filer { cik: 1_783_879, ticker: "HOOD", name: "Robinhood Markets, Inc." },
    Filer { cik: 1_512_673, ticker: "XYZ", name: "Block, Inc." },
    Filer { cik: 1_633_917, ticker: "PYPL", name: "PayPal Holdings, Inc." },
    Filer { cik: 1_050_446, ticker: "MSTR", name: "Strategy Inc" },
    Filer { cik: 1_318_605, ticker: "TSLA", name: "Tesla, Inc." },
    Filer { cik: 1_554_859, ticker: "SMLR", name: "Semler Scientific, Inc." },
    Filer { cik: 1_829_311, ticker: "BMNR", name: "BITMINE IMMERSION TECHNOLOGIES, INC." },
    Filer { cik: 1_981_535, ticker: "SBET", name: "SharpLink Gaming, Inc." },
    Filer { cik: 1_507_605, ticker: "MARA", name: "MARA Holdings, Inc." },
    Filer { cik: 1_167_419, ticker: "RIOT", name: "Riot Platforms, Inc." },
    Filer { cik: 827_876, ticker: "CLSK", name: "CLEANSPARK, INC." },
    Filer { cik: 1_964_789, ticker: "HUT", name: "Hut 8 Corp." },
    Filer { cik: 1_819_989, ticker: "CIFR", name: "Cipher Mining Inc." },
    Filer { cik: 1_083_301, ticker: "WULF", name: "TERAWULF INC." },
    Filer { cik: 1_839_341, ticker: "CORZ", name: "Core Scientific, Inc./tx" },
    Filer { cik: 1_878_848, ticker: "IREN", name: "IREN Ltd" },
    Filer { cik: 1_812_477, ticker: "BITF", name: "Bitfarms Ltd" },
    Filer { cik: 1_710_350, ticker: "BTBT", name: "Bit Digital, Inc" },
    Filer { cik: 1_720_424, ticker: "HIVE", name: "HIVE Digital Technologies Ltd." },
    Filer { cik: 1_899_123, ticker: "BTDR", name: "Bitdeer Technologies Group" },
    Filer { cik: 1_980_994, ticker: "IBIT", name: "iShares Bitcoin Trust ETF" },
    Filer { cik: 1_852_317, ticker: "FBTC", name: "Fidelity Wise Origin Bitcoin Fund" },
    Filer { cik: 1_588_489, ticker: "GBTC", name: "Grayscale Bitcoin Trust ETF" },
    Filer { cik: 2_015_034, ticker: "BTC", name: "Grayscale Bitcoin Mini Trust ETF" },
    Filer { cik: 1_869_699, ticker: "ARKB", name: "ARK 21Shares Bitcoin ETF" },
    Filer { cik: 1_763_415, ticker: "BITB", name: "Bitwise Bitcoin ETF" },
    Filer { cik: 1_838_028, ticker: "HODL", name: "VanEck Bitcoin ETF" },
    Filer { cik: 1_841_175, ticker: "BRRR", name: "CoinShares Valkyrie Bitcoin Fund" },
    Filer { cik: 1_855_781, ticker: "BTCO", name: "Invesco Galaxy Bitcoin ETF" },
    Filer { cik: 1_992_870, ticker: "EZBC", name: "Franklin Templeton Digital Holdings Trust" },
    Filer { cik: 1_850_391, ticker: "BTCW", name: "WisdomTree Bitcoin Fund" },
    Filer { cik: 1_725_210, ticker: "ETHE", name: "Grayscale Ethereum Trust ETF" },
];

/// One filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Such as `0001679788-26-000042`.
    pub accession: String,
    /// Such as `8-K`.
    pub form: &'static str,
    /// Such as `8.01,9.01`; empty for other forms.
    pub items: &'static str,
    /// What it says it is.
    pub description: &'static str,
    /// The name of its document.
    pub document: String,
    /// When it was accepted: the true moment.
    pub accepted_ms: i64,
    /// The same as New York's clock showed it.
    pub local_ms: i64,
    /// Midnight of the day it counts as filed on.
    pub filed_ms: i64,
    /// Midnight of the day it reports about.
    pub report_ms: Option<i64>,
}

/// Forms, their items and descriptions, the frequent ones more than once.
const FORMS: [(&str, &str, &str); 9] = [
    ("8-K", "7.01,9.01", "8-K"),
    ("8-K", "8.01", "CURRENT REPORT"),
    ("8-K", "2.02,9.01", "EARNINGS RELEASE"),
    ("4", "", "PRIMARY DOCUMENT"),
    ("4", "", "PRIMARY DOCUMENT"),
    ("10-Q", "", "QUARTERLY REPORT"),
    ("424B3", "", "PROSPECTUS SUPPLEMENT"),
    ("S-1/A", "", ""),
    ("10-K", "", "ANNUAL REPORT"),
];

impl Filer {
    /// The filer of this number.
    pub fn of(cik: u32) -> Option<Self> {
        FILERS.into_iter().find(|filer| filer.cik == cik)
    }

    /// Whether its times are New York's, though they say UTC, as with about a quarter of filers.
    pub fn stamps_new_york(self) -> bool {
        self.cik.is_multiple_of(3)
    }
}

impl Moment<'_> {
    /// What a filer filed in the last months, newest first.
    pub fn filings(&self, filer: Filer) -> Vec<Filing> {
        let newest = self.time_ms / DAY_MS;
        let all = (newest - DAYS..=newest).rev().filter_map(|day| self.filing(filer, day));
        let mut all: Vec<Filing> = all.filter(|filing| filing.accepted_ms <= self.time_ms).collect();
        all.sort_by_key(|filing| std::cmp::Reverse(filing.accepted_ms));
        all
    }

    /// What a filer filed on a day of New York's.
    fn filing(&self, filer: Filer, day: i64) -> Option<Filing> {
        let of = |purpose| draw(self.world.seed ^ 0x5345_4300 ^ u64::from(filer.cik), purpose, day.unsigned_abs());
        let is_weekend = matches!((day + 4).rem_euclid(7), 0 | 6); // 1970-01-01 was a Thursday
        if is_weekend || !of(1).is_multiple_of(3) {
            return None;
        }
        let minute = (OPEN_MINUTE + of(2) % OPEN_MINUTES) as i64;
        let local_ms = day * DAY_MS + minute * MINUTE_MS + (of(3) % 60) as i64 * 1000;
        let accepted_ms = local_ms + behind_utc_ms(local_ms);
        let filed_ms = (day + i64::from(minute >= LATE_MINUTE)) * DAY_MS;
        let (form, items, description) = FORMS.get((of(4) % FORMS.len() as u64) as usize).copied()?;
        let number = day.rem_euclid(365) * 4 + (of(5) % 4) as i64;
        let year = 1970 + day * 400 / 146_097;
        let accession = format!("{:010}-{:02}-{number:06}", filer.cik, year.rem_euclid(100));
        let document = if form == "4" {
            format!("xslF345X05/wk-form4_{number}.xml")
        } else {
            format!("{}-{number}.htm", filer.ticker.to_lowercase())
        };
        let report_ms = (form != "424B3").then_some((day - 1) * DAY_MS);
        Some(Filing { accession, form, items, description, document, accepted_ms, local_ms, filed_ms, report_ms })
    }
}

/// How far New York's clock is behind UTC: four hours from the second Sunday of March to the first of November, else five.
fn behind_utc_ms(local_ms: i64) -> i64 {
    let day = local_ms.div_euclid(DAY_MS);
    let year = 1970 + day * 400 / 146_097;
    // Near New Year the estimate may name the wrong year, where both answers are winter's.
    let first_of = |month_day: i64| {
        let years = year - 1970;
        let leaps = (year - 1969) / 4;
        let is_leap = i64::from(year % 4 == 0);
        years * 365 + leaps + month_day + is_leap
    };
    let sunday_from = |day: i64| day + (3 - day).rem_euclid(7); // day 3 was a Sunday
    let (spring, autumn) = (sunday_from(first_of(59)) + 7, sunday_from(first_of(304)));
    let is_summer = local_ms >= spring * DAY_MS + 2 * HOUR_MS && local_ms < autumn * DAY_MS + 2 * HOUR_MS;
    if is_summer { 4 * HOUR_MS } else { 5 * HOUR_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_yorks_clock_changes_on_its_sundays() {
        for (local_ms, hours) in [
            (1_772_932_800_000, 5), // 2026-03-08 01:20
            (1_772_937_600_000, 4), // 2026-03-08 02:40, which is 03:40 there
            (1_793_491_200_000, 4), // 2026-11-01 00:00
            (1_793_502_000_000, 5), // 2026-11-01 03:00
            (1_710_046_800_000, 4), // 2024-03-10 05:00
            (1_709_960_400_000, 5), // 2024-03-09 05:00
            (1_767_225_600_000, 5), // 2026-01-01
            (1_798_675_200_000, 5), // 2026-12-31
        ] {
            assert_eq!(behind_utc_ms(local_ms) / HOUR_MS, hours, "{local_ms}");
        }
    }
}
