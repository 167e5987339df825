//! The main coins by name, and which tickers are also words.
//!
//! A ticker that is nothing but a ticker counts wherever it stands in capitals. One that is a word, an abbreviation or a
//! company's name counts only with evidence; how much is [`Standing`]. A coin of the workspace that is not in the table
//! is as doubtful as [`Standing::Beside`]: of 500 tickers most are words somewhere.

/// How much a ticker in capitals needs before it counts. `$OP`, `OP/AUD` and the coin's full name nearby always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing.
    Plain,
    /// A word of the market, or a plain ticker, within three words.
    Near,
    /// A word that says it is a coin directly beside it: "ELF token".
    Beside,
    /// No word is enough: `$GAS`, `GAS/AUD` or the full name.
    Marked,
}

/// A main coin.
#[derive(Debug)]
pub struct Main {
    /// Its ticker.
    pub ticker: &'static str,
    /// Names that are nothing else, in any case.
    pub names: &'static [&'static str],
    /// Names that are words too: they count with a capital and evidence.
    pub also_words: &'static [&'static str],
}

const fn main(ticker: &'static str, names: &'static [&'static str], also_words: &'static [&'static str]) -> Main {
    Main { ticker, names, also_words }
}

/// The main coins.
pub const MAIN: [Main; 76] = [
    main("BTC", &["Bitcoin", "Bitcoins"], &[]),
    main("ETH", &["Ethereum", "Ether"], &[]),
    main("XRP", &["XRP Ledger", "Ripple"], &[]),
    main("SOL", &["Solana"], &[]),
    main("BNB", &["BNB Chain", "Binance Coin"], &[]),
    main("USDT", &["Tether USD", "Tether"], &[]),
    main("USDC", &["USD Coin"], &[]),
    main("DOGE", &["Dogecoin"], &[]),
    main("ADA", &["Cardano"], &[]),
    main("TRX", &["Tron"], &[]),
    main("LTC", &["Litecoin"], &[]),
    main("BCH", &["Bitcoin Cash"], &[]),
    main("BSV", &["Bitcoin SV", "Bitcoin Satoshi Vision"], &[]),
    main("ETC", &["Ethereum Classic"], &[]),
    main("XLM", &["Stellar Lumens"], &["Stellar"]),
    main("LINK", &["Chainlink"], &[]),
    main("DOT", &["Polkadot"], &[]),
    main("AVAX", &[], &["Avalanche"]),
    main("POL", &["Polygon Ecosystem Token"], &["Polygon"]),
    main("MATIC", &["Matic Network"], &[]),
    main("UNI", &["Uniswap"], &[]),
    main("AAVE", &["Aave"], &[]),
    main("MKR", &["MakerDAO"], &["Maker"]),
    main("SKY", &["Sky Protocol"], &[]),
    main("COMP", &["Compound Finance"], &["Compound"]),
    main("CRV", &["Curve DAO", "Curve Finance"], &["Curve"]),
    main("SNX", &["Synthetix"], &[]),
    main("LDO", &["Lido DAO", "Lido Finance"], &["Lido"]),
    main("ENA", &["Ethena"], &[]),
    main("ONDO", &["Ondo Finance"], &["Ondo"]),
    main("PENDLE", &["Pendle"], &[]),
    main("ATOM", &["Cosmos Hub"], &["Cosmos"]),
    main("ALGO", &["Algorand"], &[]),
    main("VET", &["VeChain", "VeChainThor"], &[]),
    main("ICP", &["Internet Computer"], &[]),
    main("FIL", &["Filecoin"], &[]),
    main("HBAR", &["Hedera"], &[]),
    main("NEAR", &["NEAR Protocol"], &["Near"]),
    main("APT", &["Aptos"], &[]),
    main("SUI", &["Sui Network"], &["Sui"]),
    main("SEI", &["Sei Network"], &["Sei"]),
    main("INJ", &["Injective Protocol"], &["Injective"]),
    main("TIA", &[], &["Celestia"]),
    main("ARB", &["Arbitrum"], &[]),
    main("OP", &["OP Mainnet"], &["Optimism"]),
    main("IMX", &["Immutable X", "ImmutableX"], &["Immutable"]),
    main("MNT", &[], &["Mantle"]),
    main("STRK", &["Starknet"], &[]),
    main("GRT", &["The Graph"], &[]),
    main("RENDER", &["Render Network"], &["Render"]),
    main("FET", &["Fetch AI", "Artificial Superintelligence Alliance"], &[]),
    main("TAO", &["Bittensor"], &[]),
    main("WLD", &["Worldcoin"], &[]),
    main("TON", &["Toncoin", "The Open Network"], &[]),
    main("SAND", &["The Sandbox"], &["Sandbox"]),
    main("MANA", &["Decentraland"], &[]),
    main("AXS", &["Axie Infinity"], &[]),
    main("GALA", &["Gala Games"], &[]),
    main("FLOW", &["Flow blockchain"], &[]),
    main("SHIB", &["Shiba Inu"], &[]),
    main("PEPE", &["Pepecoin"], &["Pepe"]),
    main("BONK", &[], &["Bonk"]),
    main("WIF", &["dogwifhat"], &[]),
    main("FLOKI", &["Floki Inu", "Floki"], &[]),
    main("TRUMP", &["Official Trump"], &[]),
    main("HYPE", &["Hyperliquid"], &[]),
    main("JUP", &[], &["Jupiter"]),
    main("XMR", &["Monero"], &[]),
    main("ZEC", &["Zcash"], &[]),
    main("DASH", &[], &["Dash"]),
    main("EOS", &["EOSIO"], &[]),
    main("XTZ", &["Tezos"], &[]),
    main("NEO", &[], &["Neo"]),
    main("BAT", &["Basic Attention Token"], &[]),
    main("KAS", &["Kaspa"], &[]),
    main("POWR", &["Power Ledger", "Powerledger"], &[]),
];

/// Tickers that are something else too, how much they need, and what else they are.
pub const DOUBTFUL: [(&str, Standing, &str); 106] = [
    ("ADA", Standing::Near, "the Americans with Disabilities Act"),
    ("ALGO", Standing::Near, "short for algorithm"),
    ("APT", Standing::Near, "an advanced persistent threat: who is behind a hack"),
    ("ARB", Standing::Near, "short for arbitrage"),
    ("ATOM", Standing::Near, "a word"),
    ("COMP", Standing::Near, "short for compensation"),
    ("DASH", Standing::Near, "a word; a food courier's stock"),
    ("DOGE", Standing::Near, "an American department"),
    ("DOT", Standing::Near, "a department of transport"),
    ("ENA", Standing::Near, "an abbreviation"),
    ("ETC", Standing::Near, "et cetera; an exchange-traded commodity"),
    ("FET", Standing::Near, "a kind of transistor"),
    ("FIL", Standing::Near, "a word in other languages"),
    ("FLOW", Standing::Near, "a word"),
    ("GALA", Standing::Near, "a word"),
    ("HYPE", Standing::Near, "a word"),
    ("ICP", Standing::Near, "an industrial coupling process, a band, a permit"),
    ("IMX", Standing::Near, "a camera sensor"),
    ("LINK", Standing::Near, "a word"),
    ("MANA", Standing::Near, "a word of games"),
    ("MNT", Standing::Near, "a currency, the tugrik"),
    ("NEAR", Standing::Near, "a word"),
    ("NEO", Standing::Near, "a prefix"),
    ("POL", Standing::Near, "short for policy"),
    ("RENDER", Standing::Near, "a word"),
    ("SAND", Standing::Near, "a word"),
    ("SEI", Standing::Near, "an abbreviation of companies"),
    ("SUI", Standing::Near, "a word in other languages"),
    ("TAO", Standing::Near, "a philosophy, a name"),
    ("TIA", Standing::Near, "thanks in advance"),
    ("TON", Standing::Near, "a word"),
    ("UNI", Standing::Near, "short for university"),
    ("VET", Standing::Near, "a word"),
    ("WIF", Standing::Near, "wallet import format"),
    ("BAT", Standing::Beside, "a word"),
    ("OP", Standing::Beside, "the original poster, in forums"),
    ("SKY", Standing::Beside, "a word, a broadcaster"),
    ("STRK", Standing::Near, "a stock of Strategy"),
    ("TRUMP", Standing::Beside, "a president"),
    ("2FA", Standing::Marked, "a way to log in"),
    ("AML", Standing::Marked, "a law"),
    ("APP", Standing::Marked, "a word"),
    ("ASIC", Standing::Marked, "a regulator; a machine"),
    ("ATO", Standing::Marked, "a tax office"),
    ("AUSTRAC", Standing::Marked, "a regulator"),
    ("BPAY", Standing::Marked, "a way to pay"),
    ("CGT", Standing::Marked, "a tax"),
    ("FAQ", Standing::Marked, "questions and answers"),
    ("GST", Standing::Marked, "a tax"),
    ("IOS", Standing::Marked, "a system of phones"),
    ("KYC", Standing::Marked, "a check of who somebody is"),
    ("NPP", Standing::Marked, "a way to pay"),
    ("OTC", Standing::Marked, "trading over the counter"),
    ("PAYID", Standing::Marked, "a way to pay"),
    ("PIN", Standing::Marked, "a code"),
    ("SMS", Standing::Marked, "a message"),
    ("SMSF", Standing::Marked, "a fund for retirement"),
    ("ACT", Standing::Marked, "a law"),
    ("AI", Standing::Marked, "artificial intelligence: \"AI tokens\" are many"),
    ("API", Standing::Marked, "an interface"),
    ("ATH", Standing::Marked, "an all-time high"),
    ("AUD", Standing::Marked, "a currency"),
    ("BIG", Standing::Marked, "a word"),
    ("BULL", Standing::Marked, "a word of the market"),
    ("CAT", Standing::Marked, "a word"),
    ("CEO", Standing::Marked, "who leads a company"),
    ("COIN", Standing::Marked, "a word; Coinbase's stock"),
    ("CORE", Standing::Marked, "a word"),
    ("DAO", Standing::Marked, "a kind of organisation"),
    ("DATA", Standing::Marked, "a word"),
    ("DEX", Standing::Marked, "a kind of exchange"),
    ("DOG", Standing::Marked, "a word"),
    ("ETF", Standing::Marked, "a kind of fund"),
    ("EU", Standing::Marked, "the European Union"),
    ("EUR", Standing::Marked, "a currency"),
    ("FREE", Standing::Marked, "a word"),
    ("FUN", Standing::Marked, "a word"),
    ("GAME", Standing::Marked, "a word"),
    ("GAS", Standing::Marked, "what transactions cost on a chain"),
    ("GOLD", Standing::Marked, "the metal"),
    ("ID", Standing::Marked, "an identity; an ID token is a log-in"),
    ("IN", Standing::Marked, "a word"),
    ("KEY", Standing::Marked, "a word; keys are what wallets have"),
    ("L1", Standing::Marked, "a kind of chain"),
    ("L2", Standing::Marked, "a kind of chain"),
    ("MEME", Standing::Marked, "a kind of coin"),
    ("NEW", Standing::Marked, "a word"),
    ("NFT", Standing::Marked, "a kind of token"),
    ("NOT", Standing::Marked, "a word"),
    ("ONE", Standing::Marked, "a word"),
    ("OPEN", Standing::Marked, "a word"),
    ("PAY", Standing::Marked, "a word"),
    ("RWA", Standing::Marked, "a kind of token"),
    ("SAFE", Standing::Marked, "a word"),
    ("SEC", Standing::Marked, "a regulator"),
    ("SUN", Standing::Marked, "a word"),
    ("TOKEN", Standing::Marked, "a word"),
    ("TOP", Standing::Marked, "a word"),
    ("UK", Standing::Marked, "a country"),
    ("US", Standing::Marked, "a country"),
    ("USA", Standing::Marked, "a country"),
    ("USD", Standing::Marked, "a currency"),
    ("WEB3", Standing::Marked, "a word"),
    ("WIN", Standing::Marked, "a word"),
    ("X", Standing::Marked, "a network, a letter"),
    ("YOU", Standing::Marked, "a word"),
];

/// Names that count with a capital and need nothing more, though they are words too.
pub const CAPITALISED: [&str; 2] = ["Ripple", "Tether"];

/// What begins like a name and is none.
pub const NO_NAMES: [&str; 5] =
    ["ripple effect", "ripple effects", "the graph shows", "the graph above", "Tether Gold"];

/// Words of the market: within three words of a doubtful ticker they say it is one.
pub const MARKET_WORDS: [&str; 38] = [
    "airdrop",
    "altcoin",
    "altcoins",
    "blockchain",
    "bulls",
    "bears",
    "buyback",
    "coin",
    "coins",
    "crypto",
    "cryptocurrency",
    "defi",
    "etf",
    "etfs",
    "futures",
    "holders",
    "mainnet",
    "memecoin",
    "network",
    "perpetual",
    "price",
    "protocol",
    "rally",
    "rallies",
    "spot",
    "stakers",
    "staking",
    "supply",
    "testnet",
    "token",
    "tokens",
    "tokenomics",
    "traders",
    "treasury",
    "tvl",
    "unlock",
    "validators",
    "whales",
];

/// Words that, directly beside a ticker, say it is a coin.
pub const COIN_WORDS: [&str; 8] = ["airdrop", "coin", "coins", "mainnet", "memecoin", "price", "token", "tokens"];

/// Words an exchange puts directly before a coin it adds or removes.
pub const VENUE_WORDS: [&str; 11] =
    ["add", "adding", "adds", "added", "delist", "delisting", "list", "listing", "lists", "removing", "supporting"];

/// What prices are told in: after a slash or hyphen they make a pair, and are not what the text is about.
pub const MEASURES: [&str; 13] =
    ["AUD", "USD", "EUR", "GBP", "NZD", "JPY", "KRW", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI"];
