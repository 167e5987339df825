//! Whose filings are read.
//!
//! Each number stands in the SEC's own list of tickers (`company_tickers.json`, an extract of which the recorded test
//! compares with this table). A number alone proves nothing, so each reply must also show the ticker or the name given here;
//! else it is another company's, and nothing of it is taken. Deliberately absent: asset managers for whom crypto is a side
//! line, such as BlackRock, whose hundreds of filings a day are about other things.

/// A company or fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filer {
    /// Its number at the SEC.
    pub cik: u32,
    /// Its ticker when this was written; tickers change.
    pub ticker: &'static str,
    /// A word of its name that stays when the rest of it changes.
    pub word: &'static str,
}

const fn filer(cik: u32, ticker: &'static str, word: &'static str) -> Filer {
    Filer { cik, ticker, word }
}

/// Everyone whose filings are read.
pub const FILERS: &[Filer] = &[
    // exchanges and brokers
    filer(1_679_788, "COIN", "coinbase"),
    filer(1_783_879, "HOOD", "robinhood"),
    filer(1_512_673, "XYZ", "block"), // not 1073349, as is sometimes written
    filer(1_633_917, "PYPL", "paypal"),
    // treasuries
    filer(1_050_446, "MSTR", "strategy"),
    filer(1_318_605, "TSLA", "tesla"),
    filer(1_554_859, "SMLR", "semler"),
    filer(1_829_311, "BMNR", "bitmine"),
    filer(1_981_535, "SBET", "sharplink"),
    // miners
    filer(1_507_605, "MARA", "mara"),
    filer(1_167_419, "RIOT", "riot"),
    filer(827_876, "CLSK", "cleanspark"),
    filer(1_964_789, "HUT", "hut 8"),
    filer(1_819_989, "CIFR", "cipher"),
    filer(1_083_301, "WULF", "terawulf"),
    filer(1_839_341, "CORZ", "core scientific"),
    filer(1_878_848, "IREN", "iris energy"),
    filer(1_812_477, "BITF", "bitfarms"),
    filer(1_710_350, "BTBT", "bit digital"),
    filer(1_720_424, "HIVE", "hive"),
    filer(1_899_123, "BTDR", "bitdeer"),
    // funds
    filer(1_980_994, "IBIT", "ishares bitcoin"),
    filer(1_852_317, "FBTC", "wise origin"),
    filer(1_588_489, "GBTC", "grayscale bitcoin"),
    filer(2_015_034, "BTC", "grayscale bitcoin mini"),
    filer(1_869_699, "ARKB", "21shares"),
    filer(1_763_415, "BITB", "bitwise"),
    filer(1_838_028, "HODL", "vaneck"),
    filer(1_841_175, "BRRR", "bitcoin"),
    filer(1_855_781, "BTCO", "galaxy bitcoin"),
    filer(1_992_870, "EZBC", "franklin"),
    filer(1_850_391, "BTCW", "wisdomtree"),
    filer(1_725_210, "ETHE", "ethereum"),
];

impl Filer {
    /// The number as it stands in addresses: ten digits.
    #[must_use]
    pub fn padded(self) -> String {
        format!("{:010}", self.cik)
    }

    /// Whether a reply is about this filer.
    pub(super) fn is_meant(self, cik: u32, name: &str, tickers: &[String]) -> bool {
        let named = name.to_lowercase().contains(self.word);
        cik == self.cik && (named || tickers.iter().any(|ticker| ticker.eq_ignore_ascii_case(self.ticker)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_at_least_twenty_and_none_twice() {
        let numbers: HashSet<_> = FILERS.iter().map(|filer| filer.cik).collect();
        assert!(FILERS.len() >= 20 && numbers.len() == FILERS.len());
    }

    #[test]
    fn a_filer_is_known_by_its_number_and_by_ticker_or_name() {
        let block = FILERS.iter().find(|filer| filer.ticker == "XYZ").copied().unwrap();
        assert_eq!(block.padded(), "0001512673");
        let tickers = |ticker: &str| vec![ticker.to_owned()];
        assert!(block.is_meant(1_512_673, "Block, Inc.", &tickers("SQ")));
        assert!(block.is_meant(1_512_673, "Something New", &tickers("XYZ")));
        assert!(!block.is_meant(1_073_349, "Block, Inc.", &tickers("XYZ")));
        assert!(!block.is_meant(1_512_673, "Somebody Else", &tickers("ELSE")));
    }
}
