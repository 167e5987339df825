//! Thirty-one terms that move crypto markets, each with a theme, a direction, an impact and a horizon.
//!
//! Score: `Σ(direction × impact) / Σ impact` over every place a term stands, in [-1, 1]. Invariants: words are whole ("bank"
//! holds no "ban"); abbreviations count as written only ("SEC", not "sec"); each place is kept with the words around it, at
//! most [`TERMS_MAX`]. Deliberately absent: negation, which the sentiment score has ("no rate cut" is still about one).

use super::text::{Case, Phrases, Text};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Places noted of a text; further ones don't count.
pub const TERMS_MAX: usize = 32;

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The economy and the world.
    Macro,
    /// How much money looks for a place.
    Liquidity,
    /// Regulators and courts.
    Regulatory,
    /// Coins and those who build and use them.
    Fundamental,
}

impl Theme {
    /// Its name in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Macro => "macro",
            Self::Liquidity => "liquidity",
            Self::Regulatory => "regulatory",
            Self::Fundamental => "fundamental",
        }
    }
}

/// How long it takes to show in prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Horizon {
    /// Hours.
    Immediate,
    /// Days to weeks.
    Short,
    /// Months and more.
    Long,
}

impl Horizon {
    /// Its name in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Short => "short",
            Self::Long => "long",
        }
    }
}

/// A term of the taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub theme: Theme,
    /// 1 bullish, 0 neutral, -1 bearish.
    pub direction: i8,
    /// 3 high, 2 medium, 1 low.
    pub impact: u8,
    /// How long it takes.
    pub horizon: Horizon,
    /// How it stands in texts. In capitals as written, or else in any case, as [`Case`] says.
    forms: &'static [&'static str],
    case: Case,
    /// Why this direction, impact and horizon.
    pub why: &'static str,
}

use Case::{Any, Exact};
use Horizon::{Immediate, Long, Short};
use Theme::{Fundamental, Liquidity, Macro, Regulatory};

#[allow(clippy::too_many_arguments, reason = "a line of the table below")]
const fn term(
    name: &'static str,
    theme: Theme,
    direction: i8,
    impact: u8,
    horizon: Horizon,
    case: Case,
    forms: &'static [&'static str],
    why: &'static str,
) -> Term {
    Term { name, theme, direction, impact, horizon, forms, case, why }
}

/// The taxonomy.
#[rustfmt::skip]
pub const TAXONOMY: [Term; 31] = [
    term("tariff", Macro, -1, 2, Immediate, Any, &["tariff", "tariffs"], "risk is sold on the day tariffs are named"),
    term("sanction", Macro, -1, 2, Short, Any, &["sanction", "sanctions", "sanctioned", "sanctioning"], "closes venues and addresses to part of the market"),
    term("trade war", Macro, -1, 3, Short, Any, &["trade war", "trade wars"], "risk is sold as long as it lasts"),
    term("geopolitical", Macro, -1, 2, Short, Any, &["geopolitical", "geopolitics"], "named when something threatens; risk is sold"),
    term("recession", Macro, -1, 3, Long, Any, &["recession", "recessions", "recessionary"], "less money to invest, for quarters"),
    term("inflation", Macro, -1, 2, Short, Any, &["inflation", "inflationary"], "in the news when it is too high: rates stay up"),
    term("GDP", Macro, 0, 1, Long, Exact, &["GDP"], "a figure that says nothing without its number"),
    term("rate cut", Liquidity, 1, 3, Short, Any, &["rate cut", "rate cuts", "rates cut", "cut rates", "cuts rates", "cutting rates", "interest rate cut"], "cheaper money seeks risk"),
    term("rate hike", Liquidity, -1, 3, Short, Any, &["rate hike", "rate hikes", "rates hiked", "hike rates", "hikes rates", "raise rates", "raises rates", "interest rate hike"], "dearer money leaves risk"),
    term("QE", Liquidity, 1, 3, Long, Exact, &["QE", "quantitative easing", "Quantitative easing", "Quantitative Easing"], "a central bank buys: money for years"),
    term("QT", Liquidity, -1, 3, Long, Exact, &["QT", "quantitative tightening", "Quantitative tightening", "Quantitative Tightening"], "a central bank sells: less money for years"),
    term("Fed", Liquidity, 0, 3, Short, Exact, &["Fed", "FOMC", "Federal Reserve"], "what it decides moves all, its name alone neither way"),
    term("liquidity", Liquidity, 1, 2, Short, Any, &["liquidity"], "mostly named when it comes; its opposite is \"illiquid\""),
    term("yield", Liquidity, 0, 1, Short, Any, &["yield", "yields"], "a bond's draws money away, a protocol's draws it in"),
    term("SEC", Regulatory, 0, 3, Short, Exact, &["SEC"], "it sues and it approves"),
    term("regulation", Regulatory, 0, 2, Long, Any, &["regulation", "regulations", "regulator", "regulators", "regulatory"], "clear rules help, strict ones hurt, both slowly"),
    term("ban", Regulatory, -1, 3, Immediate, Any, &["ban", "bans", "banned", "banning"], "a market is closed"),
    term("approval", Regulatory, 1, 3, Immediate, Any, &["approval", "approvals", "approve", "approves", "approved"], "a market is opened"),
    term("ETF", Regulatory, 1, 3, Short, Exact, &["ETF", "ETFs"], "a way in for those who can't hold coins"),
    term("lawsuit", Regulatory, -1, 2, Short, Any, &["lawsuit", "lawsuits", "sues", "sued"], "costs and doubt until it ends"),
    term("compliance", Regulatory, 1, 1, Long, Any, &["compliance", "compliant"], "opens doors to institutions, slowly"),
    term("halving", Fundamental, 1, 3, Long, Any, &["halving", "halvings", "halvening"], "half the new supply, felt over a year"),
    term("upgrade", Fundamental, 1, 2, Short, Any, &["upgrade", "upgrades", "upgraded"], "a network gets better, and attention"),
    term("hack", Fundamental, -1, 3, Immediate, Any, &["hack", "hacks", "hacked", "hacker", "hackers"], "what was stolen is sold"),
    term("exploit", Fundamental, -1, 3, Immediate, Any, &["exploit", "exploits", "exploited", "exploiter"], "as a hack"),
    term("partnership", Fundamental, 1, 1, Short, Any, &["partnership", "partnerships", "partners with"], "announced more often than used"),
    term("adoption", Fundamental, 1, 2, Long, Any, &["adoption", "adopts", "adopted"], "more users, over years"),
    term("whale", Fundamental, 0, 1, Immediate, Any, &["whale", "whales"], "they buy and they sell"),
    term("burn", Fundamental, 1, 1, Short, Any, &["burn", "burns", "burned", "burnt"], "less supply, mostly a little"),
    term("airdrop", Fundamental, 0, 1, Short, Any, &["airdrop", "airdrops", "airdropped"], "draws users before it and sellers after it"),
    term("fork", Fundamental, 0, 2, Short, Any, &["fork", "forks", "hard fork", "forked"], "an upgrade, or a quarrel"),
];

/// What holds a term's word and is none.
const NOT_TERMS: [&str; 4] = ["Fed up", "life hack", "life hacks", "burn rate"];

static PHRASES: LazyLock<Phrases<Option<&'static Term>>> = LazyLock::new(|| {
    let forms = TAXONOMY.iter().flat_map(|term| term.forms.iter().map(move |form| (*form, term.case, Some(term))));
    Phrases::new(forms.chain(NOT_TERMS.map(|phrase| (phrase, Any, None))))
});

/// A term where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermHit {
    /// Its name.
    pub term: String,
    /// What it is about.
    pub theme: Theme,
    /// 1 bullish, 0 neutral, -1 bearish.
    pub direction: i8,
    /// 3 high, 2 medium, 1 low.
    pub impact: u8,
    /// How long it takes.
    pub horizon: Horizon,
    /// The words around it.
    pub context: String,
}

/// The terms of a text, in their order.
pub(super) fn terms(text: &Text<'_>) -> Vec<TermHit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while at < text.words.len() && hits.len() < TERMS_MAX {
        let Some((words, found)) = PHRASES.longest(text, at) else {
            at += 1;
            continue;
        };
        if let (Some(term), Some(first), Some(last)) = (found, text.words.get(at), text.words.get(at + words - 1)) {
            hits.push(TermHit {
                term: term.name.to_owned(),
                theme: term.theme,
                direction: term.direction,
                impact: term.impact,
                horizon: term.horizon,
                context: text.around((first.bytes.0, last.bytes.1)),
            });
        }
        at += words;
    }
    hits
}

/// The mean of the terms' directions by impact; none without terms.
#[must_use]
pub fn taxonomy_score(hits: &[TermHit]) -> Option<f64> {
    let weight: i32 = hits.iter().map(|hit| i32::from(hit.impact)).sum();
    let sum: i32 = hits.iter().map(|hit| i32::from(hit.direction) * i32::from(hit.impact)).sum();
    (weight > 0).then(|| super::rounded(f64::from(sum) / f64::from(weight)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        terms(&Text::read(text)).into_iter().map(|hit| hit.term).collect()
    }

    #[test]
    fn words_are_whole_and_abbreviations_as_written() {
        assert_eq!(found("The bank said a sec; fed, qe, urban, forklift, unyielding gdp, etf"), [""; 0]);
        assert_eq!(
            found("SEC bans it; Fed's QE ends, QT begins, ETFs, GDP"),
            ["SEC", "ban", "Fed", "QE", "QT", "ETF", "GDP"]
        );
        assert_eq!(found("A trade-war, rate\ncut? No: a rate cut, hard fork"), ["trade war", "rate cut", "fork"]);
        assert_eq!(found("Fed up with a life hack"), [""; 0]);
    }

    #[test]
    fn every_place_is_kept_with_its_words() {
        let hits = terms(&Text::read("Hack drains pool. After the hack, a lawsuit."));
        let told: Vec<_> = hits.iter().map(|hit| (hit.term.as_str(), hit.theme)).collect();
        assert_eq!(told, [("hack", Fundamental), ("hack", Fundamental), ("lawsuit", Regulatory)]);
        assert!(hits[2].context.ends_with("After the hack, a lawsuit."), "{}", hits[2].context);
        assert_eq!(terms(&Text::read(&"ban ".repeat(999))).len(), TERMS_MAX);
    }

    #[test]
    fn the_score_is_the_mean_direction_by_impact() {
        let score = |text: &str| taxonomy_score(&terms(&Text::read(text)));
        assert_eq!(score("nothing of note"), None);
        assert_eq!(score("SEC approval of the ETF"), Some(0.6667));
        assert_eq!(score("rate cut and rate hike"), Some(0.0));
        assert_eq!(score("lawsuit and partnership"), Some(-0.3333));
    }

    #[test]
    fn the_table_is_whole() {
        let mut names: Vec<&str> = TAXONOMY.iter().map(|term| term.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 31);
        for term in &TAXONOMY {
            assert!((-1..=1).contains(&term.direction) && (1..=3).contains(&term.impact), "{}", term.name);
            assert!(term.why.len() > 5 && found(term.forms[0]) == [term.name], "{}", term.name);
        }
    }

    proptest! {
        #[test]
        fn the_score_stays_within_its_bounds(text in "((ban|ETF|rate cut|hack|yield|x)[ .,-]){0,40}") {
            let score = taxonomy_score(&terms(&Text::read(&text)));
            prop_assert!(score.is_none_or(|score| (-1.0..=1.0).contains(&score)));
        }
    }
}
