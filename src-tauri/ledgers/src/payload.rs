//! What was said, by kind: one shape for each kind of observation.
//!
//! Invariants: text is plain, bounded and stays data; amounts are exact. Two payloads that say the same have the same lines
//! ([`Payload::lines`]), which is what makes another wording a revision. Deliberately absent: when, by whom, and what it means.

use crate::observation::ObservationKind;
use domain::{Coin, Money, Quantity, Timestamp};
use serde::{Deserialize, Serialize};

/// One figure of one day about something that has a name: a protocol, a chain, a stablecoin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFigure {
    /// The service's stable name, such as `aave-v3`.
    pub subject: String,
    /// The name to show, such as `Aave V3`.
    pub name: String,
    /// How much, in the currency it is told in.
    pub amount: Money,
}

/// The rules of our own that make events. What each looks at is the rule engine's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventRule {
    /// A price went far in a short time.
    LargeMove,
    /// Bid and ask of a book fell apart.
    SpreadBlowOut,
    /// The money locked in a protocol, or its stablecoin's supply, changed at a blow.
    TvlShock,
    /// A company bought or sold coins.
    TreasuryChange,
    /// A source that should speak is silent, or speaks again.
    FeedOutage,
}

impl EventRule {
    /// Every rule.
    pub const ALL: [Self; 5] =
        [Self::LargeMove, Self::SpreadBlowOut, Self::TvlShock, Self::TreasuryChange, Self::FeedOutage];

    /// Its name in replies and storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LargeMove => "large_move",
            Self::SpreadBlowOut => "spread_blow_out",
            Self::TvlShock => "tvl_shock",
            Self::TreasuryChange => "treasury_change",
            Self::FeedOutage => "feed_outage",
        }
    }
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// A headline.
    News {
        /// The headline as plain text.
        title: String,
        /// The canonical link.
        url: String,
        /// The outlet's own short text; empty when it gave none.
        summary: String,
        /// The outlet's name.
        outlet: String,
        /// Who wrote it, several joined by commas.
        author: Option<String>,
    },
    /// The mood of a day.
    FearGreed {
        /// 0 (extreme fear) to 100 (extreme greed).
        value: u8,
        /// The source's word for it.
        label: String,
    },
    /// What somebody wrote in a forum.
    Post {
        /// Its title as plain text.
        title: String,
        /// Its permanent link.
        url: String,
        /// Its text, plain and cut; empty when there is none.
        text: String,
        /// The forum, such as `r/Bitcoin`.
        community: String,
        /// Who wrote it.
        author: Option<String>,
        /// Votes when it was first seen. They move all the time, so another count is no revision.
        score: i64,
        /// Comments when it was first seen; no revision either.
        comments: u64,
    },
    /// An announcement.
    Announcement {
        /// Its title as plain text.
        title: String,
        /// Its page.
        url: String,
        /// Its text, plain and cut; empty when there is none.
        text: String,
        /// The number of its section.
        section: Option<u64>,
        /// When this text was written, as the source says.
        edited_at: Option<Timestamp>,
    },
    /// A document filed with a securities regulator.
    Filing {
        /// Its accession number, with hyphens.
        accession: String,
        /// The form, such as `8-K`.
        form: String,
        /// The items it names, such as `7.01`.
        items: Vec<String>,
        /// Who filed it.
        filer: String,
        /// The filer's number, ten digits.
        cik: String,
        /// What it says it is, in the filer's words; empty when there is none.
        title: String,
        /// The document.
        url: String,
        /// The day it reports about, as the source writes it.
        report_date: Option<String>,
    },
    /// Something our own rules noticed.
    Event {
        /// Which rule.
        rule: EventRule,
        /// What it is about: a ticker, a protocol, a company, a source.
        subject: String,
        /// What happened, in one line.
        title: String,
        /// What was measured, and against what.
        detail: String,
        /// 1 to 10.
        severity: u8,
    },
    /// The money locked in a protocol at the end of a day.
    Tvl(DayFigure),
    /// What users of a protocol paid in a day.
    Fees(DayFigure),
    /// What of it the protocol kept.
    Revenue(DayFigure),
    /// The money locked on a chain at the end of a day.
    ChainTvl(DayFigure),
    /// What there is of a stablecoin at the end of a day, in its own unit.
    StablecoinSupply(DayFigure),
    /// Coins a listed company holds.
    Treasury {
        /// The company.
        company: String,
        /// Its ticker on a stock exchange, as the source writes it.
        symbol: Option<String>,
        /// Which coins.
        coin: Coin,
        /// How many.
        holdings: Quantity,
        /// What they were worth when this was first seen, as the source says. It moves with the price, so another one is no
        /// revision.
        value: Option<Money>,
    },
}

impl Payload {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> ObservationKind {
        match self {
            Self::News { .. } => ObservationKind::News,
            Self::FearGreed { .. } => ObservationKind::FearGreed,
            Self::Post { .. } => ObservationKind::Post,
            Self::Announcement { .. } => ObservationKind::Announcement,
            Self::Filing { .. } => ObservationKind::Filing,
            Self::Event { .. } => ObservationKind::Event,
            Self::Tvl(_) => ObservationKind::Tvl,
            Self::Fees(_) => ObservationKind::Fees,
            Self::Revenue(_) => ObservationKind::Revenue,
            Self::ChainTvl(_) => ObservationKind::ChainTvl,
            Self::StablecoinSupply(_) => ObservationKind::StablecoinSupply,
            Self::Treasury { .. } => ObservationKind::Treasury,
        }
    }

    /// What was said, a line a part.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::News { title, url, summary, outlet, author } => vec![
                format!("title {title}"),
                format!("url {url}"),
                format!("summary {summary}"),
                format!("outlet {outlet}"),
                format!("author {}", author.as_deref().unwrap_or_default()),
            ],
            Self::FearGreed { value, label } => vec![format!("value {value}"), format!("label {label}")],
            Self::Post { title, url, text, community, author, score: _, comments: _ } => vec![
                format!("title {title}"),
                format!("url {url}"),
                format!("text {text}"),
                format!("community {community}"),
                format!("author {}", author.as_deref().unwrap_or_default()),
            ],
            Self::Announcement { title, url, text, section, edited_at } => vec![
                format!("title {title}"),
                format!("url {url}"),
                format!("text {text}"),
                format!("section {section:?}"),
                format!("edited {}", edited_at.map(|time| time.to_string()).unwrap_or_default()),
            ],
            Self::Filing { accession, form, items, filer, cik, title, url, report_date } => vec![
                format!("accession {accession}"),
                format!("form {form}"),
                format!("items {}", items.join(" ")),
                format!("filer {filer}"),
                format!("cik {cik}"),
                format!("title {title}"),
                format!("url {url}"),
                format!("report {}", report_date.as_deref().unwrap_or_default()),
            ],
            Self::Event { rule, subject, title, detail, severity } => vec![
                format!("rule {}", rule.as_str()),
                format!("subject {subject}"),
                format!("title {title}"),
                format!("detail {detail}"),
                format!("severity {severity}"),
            ],
            Self::Tvl(figure)
            | Self::Fees(figure)
            | Self::Revenue(figure)
            | Self::ChainTvl(figure)
            | Self::StablecoinSupply(figure) => vec![
                format!("subject {}", figure.subject),
                format!("name {}", figure.name),
                format!("amount {} {}", figure.amount.amount().normalize(), figure.amount.currency()),
            ],
            Self::Treasury { company, symbol, coin, holdings, value: _ } => vec![
                format!("company {company}"),
                format!("symbol {}", symbol.as_deref().unwrap_or_default()),
                format!("holdings {} {coin}", holdings.decimal().normalize()),
            ],
        }
    }
}
