//! How much a catalyst matters, 1 to 10, and why in words.
//!
//! Announcements by what they are, filings by form and items, events of our own carry theirs; news and posts have none.
//! Deliberately absent: whether the trader holds the coin.

use super::announced::{Announced, AnnouncedKind, Grave};
use crate::payload::Payload;
use serde::{Deserialize, Serialize};

/// How much something matters, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    /// 1 to 10.
    pub level: u8,
    /// Why.
    pub reason: String,
}

/// Levels of announcements.
#[must_use]
pub const fn announcement_level(kind: AnnouncedKind) -> (u8, &'static str) {
    match kind {
        AnnouncedKind::Delisting => (9, "a coin is removed: who holds it must act"),
        AnnouncedKind::Listing => (9, "a coin is added: its price often moves within minutes"),
        AnnouncedKind::Maintenance => (4, "something is unavailable for a while"),
        AnnouncedKind::Trading => (5, "how trading works changes"),
        AnnouncedKind::Feature => (3, "something new on the site"),
        AnnouncedKind::Other => (2, "an announcement of another kind"),
    }
}

/// Levels of what makes an announcement graver.
#[must_use]
pub const fn grave_level(grave: Grave) -> (u8, &'static str) {
    match grave {
        Grave::Halt => (8, "trading stops"),
        Grave::Incident => (6, "something broke that nobody planned"),
    }
}

/// A form that is not in [`FORMS`].
pub const OTHER_FORM: (u8, &str) = (3, "a form without a level of its own");

/// Levels of forms. An amendment (`/A`) counts one less than its form: most of it was known.
pub const FORMS: [(&str, u8, &str); 35] = [
    ("8-K", 8, "something happened that investors must know within four days"),
    ("6-K", 6, "a foreign company's report between the years' reports"),
    ("S-1", 9, "securities are offered to the public for the first time"),
    ("F-1", 9, "a foreign company offers securities for the first time"),
    ("S-3", 7, "more securities may be sold at any time"),
    ("F-3", 7, "more securities may be sold at any time"),
    ("S-4", 8, "a merger or an exchange of shares"),
    ("425", 8, "word of a merger"),
    ("10-K", 6, "the year's report"),
    ("20-F", 6, "a foreign company's report of the year"),
    ("40-F", 6, "a Canadian company's report of the year"),
    ("10-Q", 5, "the quarter's report"),
    ("NT 10-K", 7, "the year's report will be late"),
    ("NT 10-Q", 7, "the quarter's report will be late"),
    ("4", 5, "an insider bought or sold"),
    ("3", 3, "somebody became an insider"),
    ("5", 3, "an insider's trades of the year"),
    ("144", 4, "an insider means to sell"),
    ("SC 13D", 7, "somebody holds more than 5 % and wants a say"),
    ("SCHEDULE 13D", 7, "somebody holds more than 5 % and wants a say"),
    ("SC 13G", 5, "somebody holds more than 5 %, passively"),
    ("SCHEDULE 13G", 5, "somebody holds more than 5 %, passively"),
    ("13F-HR", 4, "what a fund held at the quarter's end"),
    ("424B2", 6, "the terms of an offer"),
    ("424B3", 6, "the terms of an offer"),
    ("424B4", 7, "the final terms of an offer"),
    ("424B5", 7, "shares are sold from the shelf: the holders' part shrinks"),
    ("FWP", 5, "an offer in free words"),
    ("25", 8, "a security leaves its exchange"),
    ("15-12G", 7, "a company stops reporting"),
    ("DEF 14A", 4, "the yearly meeting's papers"),
    ("PRE 14A", 4, "the yearly meeting's papers, in draft"),
    ("8-A12B", 8, "a security comes to an exchange"),
    ("S-8", 3, "shares for employees"),
    ("EFFECT", 8, "an offer may begin"),
];

/// Items of an 8-K that count more than the form.
pub const ITEMS: [(&str, u8, &str); 8] = [
    ("1.03", 10, "bankruptcy or receivership"),
    ("4.02", 10, "earlier accounts can't be relied on"),
    ("1.05", 9, "a material cybersecurity incident"),
    ("2.04", 9, "a debt falls due early"),
    ("2.06", 9, "a material impairment"),
    ("3.01", 9, "notice of delisting"),
    ("4.01", 9, "the auditor changed"),
    ("5.01", 9, "control of the company changed"),
];

/// How much an announcement matters: by what is graver, its kind or what it says of halts and incidents.
pub(super) fn of_announcement(announced: &Announced) -> Severity {
    let (kind, why) = announcement_level(announced.kind);
    let because = if announced.because.is_empty() { String::new() } else { format!(" (\"{}\")", announced.because) };
    match announced.grave.map(grave_level) {
        Some((level, grave)) if level > kind => {
            Severity { level, reason: format!("{}, but graver: {grave}", announced.kind.as_str()) }
        }
        _ => Severity { level: kind, reason: format!("{}{because}: {why}", announced.kind.as_str()) },
    }
}

fn of_filing(form: &str, items: &[String]) -> Severity {
    let base = form.strip_suffix("/A").unwrap_or(form);
    let known = FORMS.iter().find(|(name, _, _)| *name == base).map(|(_, level, why)| (*level, *why));
    let (level, why) = known.unwrap_or(OTHER_FORM);
    let named = || ITEMS.iter().filter(|(item, _, _)| items.iter().any(|named| named == item));
    let graver = if base == "8-K" { named().max_by_key(|(_, level, _)| *level) } else { None };
    let (level, mut reason) = match graver {
        Some((item, graver, why)) => (*graver, format!("{form}, item {item}: {why}")),
        None => (level, format!("{form}: {why}")),
    };
    if base == form {
        return Severity { level, reason };
    }
    reason.push_str("; an amendment counts one less");
    Severity { level: level.saturating_sub(1).max(1), reason }
}

/// How much something matters; none for what is no catalyst.
pub(super) fn severity(payload: &Payload, announced: Option<&Announced>) -> Option<Severity> {
    match payload {
        Payload::Announcement { .. } => announced.map(of_announcement),
        Payload::Filing { form, items, .. } => Some(of_filing(crate::inert(form).trim(), items)),
        Payload::Event { rule, severity, .. } => {
            Some(Severity { level: (*severity).clamp(1, 10), reason: format!("as its rule {} says", rule.as_str()) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filing(form: &str, items: &[&str]) -> (u8, String) {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        let told = of_filing(form, &items);
        (told.level, told.reason)
    }

    fn announced(kind: AnnouncedKind, grave: Option<Grave>) -> u8 {
        of_announcement(&Announced { kind, because: "word".to_owned(), grave }).level
    }

    #[test]
    fn a_filing_counts_by_its_form_and_the_gravest_item_of_an_8_k() {
        for (form, level) in [("8-K", 8), ("S-1", 9), ("10-K", 6), ("10-Q", 5), ("4", 5), ("X-17A-5", 3)] {
            assert_eq!(filing(form, &[]).0, level, "{form}");
        }
        assert_eq!(
            filing("8-K", &["9.01", "3.01", "1.03"]),
            (10, "8-K, item 1.03: bankruptcy or receivership".to_owned())
        );
        assert_eq!(filing("8-K", &["7.01", "9.01"]).0, 8);
        assert_eq!(filing("10-K", &["1.03"]).0, 6, "only an 8-K has these items");
        assert_eq!(filing("S-1/A", &[]).0, 8);
    }

    #[test]
    fn an_announcement_counts_by_the_graver_of_what_it_is_and_what_it_says() {
        assert_eq!(announced(AnnouncedKind::Listing, None), 9);
        assert_eq!(announced(AnnouncedKind::Delisting, Some(Grave::Halt)), 9);
        assert_eq!(
            (announced(AnnouncedKind::Maintenance, None), announced(AnnouncedKind::Maintenance, Some(Grave::Incident))),
            (4, 6)
        );
        assert_eq!(announced(AnnouncedKind::Trading, Some(Grave::Halt)), 8);
    }

    #[test]
    fn every_level_is_between_one_and_ten_and_has_a_reason() {
        let levels = FORMS.iter().chain(&ITEMS).map(|(_, level, why)| (*level, *why)).chain([OTHER_FORM]);
        assert!(levels.into_iter().all(|(level, why)| (1..=10).contains(&level) && !why.is_empty()));
        let mut names: Vec<_> = FORMS.iter().chain(&ITEMS).map(|(name, _, _)| name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
