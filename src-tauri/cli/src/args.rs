//! The words of the command line. What they mean is in docs/cli.md.

mod algorithms;
mod amend;
mod books;
mod chart;
mod equity;
mod export;
mod limits;
mod tax;
mod trades;

pub use algorithms::{AlgorithmCommand, AlgorithmWords, AlgorithmsCommand, MadeOf};
pub use amend::AmendArgs;
pub use books::{AddArgs, BooksWords, JudgeArgs, MovementCommand};
pub use chart::ChartWords;
pub use equity::EquityArgs;
pub use export::{ExportArgs, ParquetArgs};
pub use limits::{LimitsAnew, LimitsSet};
pub use tax::{ParcelCommand, ParcelWords, TaxCommand, TaxWords, WhatIf};
pub use trades::{HistoryArgs, TradeWords, TradesArgs, WhichTrades};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Oh My Coins: the workstation on a command line.
#[derive(Debug, Parser)]
#[command(name = "omc", version, about, max_term_width = 100)]
pub struct Cli {
    /// The workspace folder [default: the platform's place for application data]
    #[arg(long, global = true, env = "OMC_HOME", value_name = "DIR", overrides_with = "home")]
    pub home: Option<PathBuf>,
    /// Exactly one JSON document on standard output
    #[arg(long, global = true, overrides_with = "json")]
    pub json: bool,
    /// The demo workspace, on the simulated world
    #[arg(long, global = true, overrides_with = "demo")]
    pub demo: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BookArg {
    Paper,
    Live,
}

impl BookArg {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import trades and movements from a file
    Import {
        /// The file, or - for standard input
        #[arg(required_unless_present = "coinspot_api", conflicts_with = "coinspot_api")]
        file: Option<PathBuf>,
        /// Ask CoinSpot for the account's history, with the key at hand; it may be read-only
        #[arg(long)]
        coinspot_api: bool,
        /// From which day on; later runs go on where the last one ended
        #[arg(long, requires = "coinspot_api")]
        from: Option<String>,
        /// auto, omc or coinspot
        #[arg(long, default_value = "auto")]
        format: String,
        /// Import the good lines of a file with bad ones
        #[arg(long)]
        skip_bad: bool,
        /// Zone of times without one [default: the workspace's]
        #[arg(long)]
        timezone: Option<String>,
    },
    /// Trades, oldest first
    History(Box<HistoryArgs>),
    /// What is held, with its parcels
    Positions {
        #[arg(long, value_enum, default_value = "live")]
        book: BookArg,
        #[arg(long)]
        coin: Option<String>,
    },
    /// Realised and unrealised profit and loss
    Pnl(PnlArgs),
    /// What a book was worth, day by day, and how good that was
    Equity(EquityArgs),
    /// The capital gains of a financial year; filing it, and what is said for the rules
    Tax(TaxWords),
    /// Open parcels, or pick those of a sale
    Parcels(ParcelWords),
    /// What something would come to, by each method; nothing is done
    WhatIf {
        #[command(subcommand)]
        what: WhatIf,
    },
    /// Write a report
    Report {
        /// trades, pnl, equity, cgt, income or audit
        kind: String,
        /// csv, json, html, xlsx or pdf
        #[arg(long, default_value = "csv")]
        format: String,
        #[arg(long)]
        out: PathBuf,
        /// For cgt and income: the year the financial year ends in
        #[arg(long)]
        fy: Option<i32>,
        /// RFC 3339 time, in place of now: the same journal and time give the same bytes
        #[arg(long)]
        generated_at: Option<String>,
        #[command(flatten)]
        pnl: PnlArgs,
    },
    /// Draw a picture into a file
    Chart {
        #[command(subcommand)]
        what: ChartWords,
    },
    /// Write the live trades in the layout of another program, or what is stored as Parquet
    Export(ExportArgs),
    /// Candles of a coin, or import them from a file
    #[command(args_conflicts_with_subcommands = true)]
    Candles {
        #[command(subcommand)]
        import: Option<CandlesImport>,
        #[command(flatten)]
        show: CandlesArgs,
    },
    /// Prices as last seen
    Prices {
        #[arg(long)]
        coin: Option<String>,
        #[arg(long)]
        limit: Option<usize>,
    },
    /// The closes of the last hours, coin by coin
    Sparks {
        /// Those with an order book when none is named
        coins: Vec<String>,
        #[arg(long)]
        hours: Option<u32>,
    },
    /// Collect from the sources now
    Collect {
        /// All of them when none is named
        sources: Vec<String>,
        /// One pass, then exit (continuous collection is `omc run`)
        #[arg(long, required = true)]
        once: bool,
    },
    /// The sources and how they are
    #[command(args_conflicts_with_subcommands = true)]
    Sources {
        #[command(subcommand)]
        command: Option<SourcesCommand>,
    },
    /// How far each source and ledger can be trusted
    Quality {
        /// Over the last so many hours [default: 24]
        #[arg(long)]
        hours: Option<u32>,
    },
    /// What is missing, and what became of it, newest first
    Gaps {
        /// Only of this source
        #[arg(long)]
        source: Option<String>,
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Keys and tokens, in the system's keyring
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
    /// The journal and your own Postgres, so that several devices hold the same
    Sync {
        #[command(subcommand)]
        command: crate::sync::SyncCommand,
    },
    /// The key of CoinSpot at hand: whether it is declared, and what it may do
    #[command(args_conflicts_with_subcommands = true)]
    Key {
        #[command(subcommand)]
        command: Option<KeyCommand>,
    },
    /// The trading lease: whether this machine may trade live
    #[command(args_conflicts_with_subcommands = true)]
    Lease {
        #[command(subcommand)]
        command: Option<LeaseCommand>,
    },
    /// What called for attention, newest first
    #[command(args_conflicts_with_subcommands = true)]
    Alerts {
        #[command(subcommand)]
        command: Option<AlertsCommand>,
        /// Only the newest so many
        #[arg(long)]
        limit: Option<usize>,
        /// Only those nobody saw
        #[arg(long)]
        unseen: bool,
    },
    /// What a ledger holds: prices, news, mood, announcements
    Ledger(LedgerArgs),
    /// Fundamentals as series: money locked, fees, supply, what companies hold
    Glass {
        /// Days back, 1 to 3650; 90 unless told
        #[arg(long)]
        days: Option<u32>,
    },
    /// Place an order
    Order(OrderArgs),
    /// All orders, newest last
    Orders {
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Orders cut into slices over time, or start and stop one
    #[command(args_conflicts_with_subcommands = true)]
    Twap {
        #[command(subcommand)]
        command: Option<TwapCommand>,
    },
    /// How well orders were executed: slippage, fees, time
    Execution {
        #[arg(long, value_enum, default_value = "live")]
        book: BookArg,
    },
    /// Give an order that rests another limit
    Amend(AmendArgs),
    /// Cancel an order
    Cancel {
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// Every resting order
        #[arg(long)]
        all: bool,
    },
    /// Look at the exchange for every live order that is not over, once
    Reconcile,
    /// Say what became of an order nobody knows the fate of
    Resolve {
        id: String,
        /// What became of it
        #[arg(value_enum)]
        word: WordArg,
        /// Which order at the exchange it is, where there are several
        #[arg(long, value_name = "ID")]
        venue_order: Option<String>,
        /// Why: it is kept with the order
        #[arg(long)]
        why: String,
    },
    /// The account at the exchange: balances, what rests, what was not made here
    Venue,
    /// What waits for you: approve, reject or answer it by its id
    #[command(args_conflicts_with_subcommands = true)]
    #[command(args_conflicts_with_subcommands = true)]
    Approvals {
        #[command(subcommand)]
        set: Option<ApprovalsSet>,
        /// What each decision would have made by now, after 1 h, 24 h and 7 d
        #[arg(long)]
        scorecard: bool,
        /// Only the newest so many decisions, 2000 at most
        #[arg(long, requires = "scorecard")]
        limit: Option<usize>,
    },
    /// Approve an order that waits, perhaps with changes, or say yes to a session
    Approve {
        id: String,
        /// The fingerprint you looked at; another order is refused then
        #[arg(long)]
        hash: Option<String>,
        /// What is changed before it is sent: `quantity=0.5` `limit=98000`
        #[arg(long, value_name = "NAME=VALUE", num_args = 1..)]
        edit: Vec<String>,
    },
    /// Reject an order that waits, or say no to a session
    Reject {
        id: String,
        /// Your reason; it is kept
        #[arg(long)]
        why: String,
    },
    /// Say something to an order that waits, which waits on; or answer a session, in words or JSON
    Answer { id: String, words: String },
    /// What you allow an algorithm, or your own hand
    #[command(args_conflicts_with_subcommands = true)]
    Mandate {
        #[command(subcommand)]
        command: Option<MandateCommand>,
    },
    /// Limits, or change them
    #[command(args_conflicts_with_subcommands = true)]
    Limits {
        #[command(flatten)]
        anew: LimitsAnew,
        #[command(subcommand)]
        set: Option<LimitsSet>,
    },
    /// Count a coin nothing while it has no fresh bid
    WriteDown {
        coin: String,
        #[arg(long, value_enum)]
        book: BookArg,
        #[arg(long)]
        why: String,
    },
    /// Halve some limits while the market is wild: on, off, or auto by its own history
    Volatile {
        mode: String,
        /// Meant, though it lets more through
        #[arg(long)]
        yes_loosen: bool,
    },
    /// What locks an algorithm for a while, or change it
    Protections {
        #[command(subcommand)]
        command: Option<ProtectionsCommand>,
    },
    /// The paper wallet
    Paper {
        #[command(subcommand)]
        command: PaperCommand,
    },
    /// Stop trading: cancel everything that rests
    Kill {
        /// Also sell what is held, once every cancel is confirmed
        #[arg(long)]
        liquidate: bool,
        /// Only in this book: paper or live; without it in both
        #[arg(long, requires = "liquidate")]
        book: Option<String>,
        /// Also what is not ours: orders made by hand at the exchange, and coins this program did not buy
        #[arg(long)]
        all: bool,
    },
    /// Open paper trading again
    Unkill,
    #[command(flatten)]
    Trades(TradeWords),
    #[command(flatten)]
    Algorithms(AlgorithmWords),
    #[command(flatten)]
    Research(crate::research::ResearchWords),
    /// Sessions of the Lab: a goal in plain words becomes a plan, tests and a report
    Lab {
        #[command(subcommand)]
        command: crate::lab::LabWords,
    },
    #[command(flatten)]
    Books(BooksWords),
    /// What stands between this workspace and an order with real money
    Readiness,
    /// What the workspace takes on disk, or change how long ticks are kept
    Storage {
        #[command(subcommand)]
        set: Option<StorageSet>,
    },
    /// The journal in words: who did what, and why; newest first
    Journal(JournalArgs),
    /// Prove the journal and what is derived from it
    Verify {
        /// First fold what is derived anew from the journal
        #[arg(long)]
        rebuild: bool,
        /// Prove this report instead: the journal up to its heads gives the same file
        #[arg(long, value_name = "FILE", conflicts_with = "rebuild")]
        report: Option<PathBuf>,
    },
    /// Write a checked copy of the workspace
    Backup { file: PathBuf },
    /// Begin again from a backup, as a new device
    Restore { file: PathBuf },
    /// Check this machine and the workspace
    Doctor,
    /// Run the workstation without a window
    Run {
        /// Stop after so many seconds
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
        /// Serve figures for Prometheus at http://ADDRESS/metrics, on this machine alone
        #[arg(long, value_name = "127.0.0.1:PORT")]
        metrics: Option<String>,
        /// Tell amounts of money among them too
        #[arg(long, requires = "metrics")]
        metrics_amounts: bool,
    },
    /// Run the simulated outside world
    Staging {
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 0 takes any free port
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Faults as JSON, see docs/cli.md
        #[arg(long)]
        faults: Option<PathBuf>,
        /// Replay a candle file (`ts_ms,open,high,low,close,volume`, .gz too)
        #[arg(long)]
        replay: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct JournalArgs {
    /// Only what names this order
    #[arg(long)]
    pub order: Option<String>,
    /// Such as order_denied
    #[arg(long)]
    pub kind: Option<String>,
    /// Date or RFC 3339 time
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside
    #[arg(long)]
    pub to: Option<String>,
    #[arg(long)]
    pub timezone: Option<String>,
    /// At most so many, 1000 at most [default: 200]
    #[arg(long)]
    pub limit: Option<usize>,
    /// The page after this one: what --json gave as next
    #[arg(long)]
    pub after: Option<String>,
    /// From the beginning
    #[arg(long)]
    pub oldest_first: bool,
}

#[derive(Debug, Args)]
pub struct PnlArgs {
    /// fifo, lifo, hifo or average [default: fifo]
    #[arg(long)]
    pub method: Option<String>,
    /// coin, algorithm, day, week, month or year
    #[arg(long)]
    pub by: Option<String>,
    #[arg(long)]
    pub coin: Option<String>,
    #[arg(long)]
    pub algorithm: Option<String>,
    /// Date or RFC 3339 time
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside
    #[arg(long)]
    pub to: Option<String>,
    #[arg(long, value_enum, default_value = "live")]
    pub book: BookArg,
    /// IANA zone [default: the workspace's]
    #[arg(long)]
    pub timezone: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum CandlesImport {
    /// Import candles from `ts_ms,open,high,low,close,volume` (.gz too)
    Import {
        file: PathBuf,
        #[arg(long)]
        coin: String,
        #[arg(long)]
        interval: String,
    },
}

#[derive(Debug, Args)]
pub struct CandlesArgs {
    #[arg(long, required = true)]
    pub coin: Option<String>,
    /// 1m, 5m, 15m, 1h, 4h or 1d
    #[arg(long, required = true)]
    pub interval: Option<String>,
    #[arg(long)]
    pub from: Option<String>,
    #[arg(long)]
    pub to: Option<String>,
    #[arg(long)]
    pub timezone: Option<String>,
    /// Only the newest so many
    #[arg(long)]
    pub limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// The last runs of a source, newest first
    Runs {
        source: String,
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Run a source only when asked to
    Pause { source: String },
    /// Run a source at its cadence again
    Resume { source: String },
    /// Accept that a source's replies have other fields now
    Accept { source: String },
    /// One source in full: what may be set, how it fared, what it brought
    Show { source: String },
    /// Change what is set for a source: NAME=VALUE …, an empty value clears it
    Set {
        source: String,
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Keep a secret; its value comes from standard input, or from a prompt that does not show it
    Set {
        name: String,
        /// With coinspot_key: I looked at its rights at CoinSpot, and it cannot withdraw
        #[arg(long)]
        no_withdrawals: bool,
    },
    /// Every secret there may be, and whether there is one; never a value
    List,
    /// Forget a secret
    Remove { name: String },
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Note that the key at hand cannot withdraw
    Declare {
        /// I looked at its rights at CoinSpot, and it cannot withdraw
        #[arg(long, required = true)]
        no_withdrawals: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum TwapCommand {
    /// Buy in slices
    Buy(TwapArgs),
    /// Sell in slices
    Sell(TwapArgs),
    /// Begin no further slice
    Stop { id: String },
}

#[derive(Debug, Args)]
pub struct TwapArgs {
    pub coin: String,
    /// What all slices together cost or bring, fees included
    #[arg(long)]
    pub aud: String,
    /// Over how long, such as 1h
    #[arg(long)]
    pub over: String,
    #[arg(long)]
    pub slices: u16,
    /// Each slice on the order book at this price or better [default: at once]
    #[arg(long)]
    pub limit: Option<String>,
    #[arg(long, value_enum)]
    pub book: BookArg,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum LeaseCommand {
    /// Trade live on this machine
    Take,
    /// Trade live elsewhere; what rests stays
    Release,
}

#[derive(Debug, Subcommand)]
pub enum AlertsCommand {
    /// Note that an alert was seen
    Seen {
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
    /// How alerts are told to your webhook, turn it on or off, or send a test
    Webhook {
        #[arg(value_enum)]
        word: Option<WebhookWord>,
    },
    /// Change what is told: `severity_min=6` `notify=off` `muted=large_move,filing`
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LedgerArg {
    Exchange,
    Glass,
    Human,
    Catalyst,
}

impl LedgerArg {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Glass => "glass",
            Self::Human => "human",
            Self::Catalyst => "catalyst",
        }
    }
}

#[derive(Debug, Args)]
pub struct LedgerArgs {
    #[arg(value_enum)]
    pub ledger: LedgerArg,
    #[arg(long)]
    pub coin: Option<String>,
    /// Such as price, news, fear_greed, announcement
    #[arg(long)]
    pub kind: Option<String>,
    /// Only what this source said
    #[arg(long)]
    pub source: Option<String>,
    /// Date or RFC 3339 time
    #[arg(long)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside
    #[arg(long)]
    pub to: Option<String>,
    /// Only what was known at this date or time, as it was known then
    #[arg(long)]
    pub as_of: Option<String>,
    #[arg(long)]
    pub timezone: Option<String>,
    /// Only the newest so many
    #[arg(long)]
    pub limit: Option<usize>,
    /// Only catalysts that matter at least so much
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub min_severity: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WordArg {
    /// It is at the exchange, or was executed there
    Placed,
    /// It never came to be
    NotPlaced,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SideArg {
    Buy,
    Sell,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("size").required(true))]
pub struct OrderArgs {
    pub side: SideArg,
    pub coin: String,
    /// Coins
    #[arg(long, allow_negative_numbers = true, group = "size")]
    pub quantity: Option<String>,
    /// What a buy costs or a sale brings, fees included
    #[arg(long, allow_negative_numbers = true, group = "size")]
    pub aud: Option<String>,
    /// On the order book at this price or better
    #[arg(long, allow_negative_numbers = true, conflicts_with = "instant")]
    pub limit: Option<String>,
    /// Take back what is not filled by then: a time, a date, or how long from now, such as 30m
    #[arg(long, requires = "limit", alias = "for")]
    pub until: Option<String>,
    /// At once, at the instant rate (what an order without a limit is)
    #[arg(long)]
    pub instant: bool,
    /// Meant, though the same order was asked for just now
    #[arg(long)]
    pub again: bool,
    /// Of a sale: the parcels it sells, as `omc parcels` names them
    #[arg(long, value_name = "PARCEL=QUANTITY", num_args = 1..)]
    pub parcels: Vec<String>,
    #[arg(long, value_enum)]
    pub book: BookArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WebhookWord {
    On,
    Off,
    Test,
}

#[derive(Debug, Subcommand)]
pub enum ApprovalsSet {
    /// Change how long you have to decide: `ask_s=300`
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum MandateCommand {
    /// Grant a mandate, in place of the holder's earlier one in that book
    Set(MandateArgs),
    /// Take a mandate back
    Revoke {
        /// `manual`, or an algorithm's name
        holder: String,
        #[arg(long, value_enum)]
        book: BookArg,
    },
}

#[derive(Debug, Args)]
pub struct MandateArgs {
    /// `manual`, or an algorithm's name
    pub holder: String,
    #[arg(long, value_enum)]
    pub book: BookArg,
    /// When you are asked first: always, never, or above:AUD
    #[arg(long)]
    pub approval: String,
    /// The most one buy may cost
    #[arg(long, allow_negative_numbers = true)]
    pub max_order_aud: Option<String>,
    /// The most its buys of a day may cost
    #[arg(long, allow_negative_numbers = true)]
    pub max_day_aud: Option<String>,
    /// Only these coins: BTC,ETH
    #[arg(long, value_delimiter = ',')]
    pub coins: Vec<String>,
    /// Only at these hours of your day: 09:00-17:00
    #[arg(long)]
    pub hours: Option<String>,
    /// Until a date or RFC 3339 time
    #[arg(long)]
    pub until: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum ProtectionsCommand {
    /// Change protections: NAME=VALUE …
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
    /// Turn all of them on
    On,
    /// Turn all of them off
    Off,
    /// End what one locks
    Lift {
        algorithm: String,
        /// streak, cooldown, low_profit or drawdown
        rule: String,
        /// The coin, for a lock of one coin
        #[arg(long)]
        coin: Option<String>,
        #[arg(long, value_enum)]
        book: BookArg,
        #[arg(long)]
        why: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum StorageSet {
    /// Change how ticks are kept: ticks_days=N ticks_mb=N
    Set {
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum PaperCommand {
    /// A fresh paper wallet; history stays
    Reset {
        #[arg(long, allow_negative_numbers = true)]
        cash: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(words.split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn a_ledger_is_asked_for_by_its_name_and_nothing_else() {
        let Ok(Command::Ledger(asked)) = read("omc ledger human --kind news --as-of 2026-01-01 --limit 5 --coin btc")
        else {
            panic!("it was read as something else");
        };
        assert_eq!((asked.ledger.as_str(), asked.kind.as_deref(), asked.limit), ("human", Some("news"), Some(5)));
        assert_eq!(
            (asked.as_of.as_deref(), asked.coin.as_deref(), asked.from),
            (Some("2026-01-01"), Some("btc"), None)
        );
        assert!(read("omc ledger gossip").is_err() && read("omc ledger").is_err());
    }

    #[test]
    fn sources_are_shown_unless_something_is_done_to_one() {
        assert!(matches!(read("omc sources"), Ok(Command::Sources { command: None })));
        let paused = read("omc sources pause fear_greed");
        let Ok(Command::Sources { command: Some(SourcesCommand::Pause { source }) }) = paused else {
            panic!("it was read as something else");
        };
        assert_eq!(source, "fear_greed");
        assert!(read("omc sources pause").is_err());
    }
}
