//! Dates as services write them, and whether to believe them.

use chrono::DateTime;
use domain::Timestamp;
use ledgers::Undated;

/// How far ahead of this machine's clock a service's may be.
const AHEAD_MAX_MICROS: i64 = 15 * 60 * 1_000_000;
/// 2009-01-03: before it nothing was traded.
const OLDEST: Timestamp = Timestamp::from_millis(1_230_940_800_000);
/// No date is longer.
const DATE_BYTES_MAX: usize = 64;

/// A date as RSS (RFC 2822, also with a wrong or missing weekday, named US zones) or an API (RFC 3339) writes it.
pub fn date(text: Option<&str>, now: Timestamp) -> Result<Timestamp, Undated> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or(Undated::Missing)?;
    believed(read(text).ok_or(Undated::Unreadable)?, now)
}

/// A moment, if it can be true.
pub fn believed(time: Timestamp, now: Timestamp) -> Result<Timestamp, Undated> {
    if time > now.plus_micros(AHEAD_MAX_MICROS) {
        Err(Undated::Future)
    } else if time < OLDEST {
        Err(Undated::TooOld)
    } else {
        Ok(time)
    }
}

fn read(text: &str) -> Option<Timestamp> {
    if text.len() > DATE_BYTES_MAX {
        return None;
    }
    if let Ok(time) = Timestamp::parse(text) {
        return Some(time);
    }
    // The weekday says nothing the date doesn't, and is sometimes wrong.
    let date = text.split_once(',').map_or(text, |(_, date)| date).trim();
    let date = date.strip_suffix("UTC").map_or_else(|| date.to_owned(), |date| format!("{date}GMT"));
    DateTime::parse_from_rfc2822(&date).ok().map(|time| Timestamp::from_utc(time.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    #[test]
    fn dates_of_every_usual_form_are_read() {
        for text in [
            "Sun, 30 Aug 2026 12:00:00 +0000",
            "Sun, 30 Aug 2026 12:00:00 GMT",
            "Sun, 30 Aug 2026 12:00:00 UTC",
            "Sun, 30 Aug 2026 12:00:00 Z",
            "Sun, 30 Aug 2026 08:00:00 EDT",
            "Sun, 30 Aug 2026 05:00:00 PDT",
            "Sun, 30 Aug 2026 22:00:00 +1000",
            "Mon, 30 Aug 2026 12:00:00 +0000",
            "30 Aug 2026 12:00:00 +0000",
            " Sun, 30 Aug 26 12:00 +0000 ",
            "2026-08-30T12:00:00Z",
            "2026-08-30T22:00:00+10:00",
        ] {
            let expected = Timestamp::parse("2026-08-30T12:00:00Z").unwrap();
            assert_eq!(date(Some(text), now()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        let far = "9".repeat(1000);
        for (text, why) in [
            (None, Undated::Missing),
            (Some("  "), Undated::Missing),
            (Some("yesterday"), Undated::Unreadable),
            (Some("Sun, 31 Feb 2026 12:00:00 +0000"), Undated::Unreadable),
            (Some("2026-08-30 12:00:00"), Undated::Unreadable),
            (Some("Sun, 30 Aug 2026 12:00:00 AEST"), Undated::Unreadable),
            (Some("NaN"), Undated::Unreadable),
            (Some(far.as_str()), Undated::Unreadable),
            (Some("Mon, 30 Aug 2027 12:00:00 +0000"), Undated::Future),
            (Some("Thu, 01 Jan 1970 00:00:00 +0000"), Undated::TooOld),
        ] {
            assert_eq!(date(text, now()), Err(why), "{text:?}");
        }
    }

    #[test]
    fn a_service_whose_clock_is_a_little_ahead_is_believed() {
        assert!(date(Some("2026-08-30T13:10:00Z"), now()).is_ok());
        assert_eq!(date(Some("2026-08-30T13:16:00Z"), now()), Err(Undated::Future));
    }
}
