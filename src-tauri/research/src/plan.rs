//! A plan by the local calendar: at a time of the day, every day, week or month.
//!
//! Invariants: the slots of a plan are moments that never move; where a clock change takes a local time away, the slot is the
//! first moment after it; where there are two, the first.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;
use domain::Timestamp;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every day.
    Day,
    /// Every week on this day, 1 for Monday to 7.
    Week(u32),
    /// Every month on this day, 1 to 28.
    Month(u32),
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// On which days.
    pub every: Every,
    /// Minutes since local midnight.
    pub minute: u16,
    /// Whose midnight.
    pub zone: Tz,
}

/// Days looked back for a slot: longer than a month.
const DAYS_BACK: u64 = 40;
/// A clock change takes away less than this.
const CHANGE_MINUTES_MAX: i64 = 240;

impl Plan {
    /// The newest slot that is not after a moment.
    #[must_use]
    pub fn newest(&self, now: Timestamp) -> Option<Timestamp> {
        // A day ahead: the first moment after a gap may lie on the next local date.
        let ahead = now.to_utc().with_timezone(&self.zone).date_naive().checked_add_days(Days::new(1))?;
        (0..DAYS_BACK)
            .filter_map(|back| ahead.checked_sub_days(Days::new(back)))
            .filter(|day| self.holds(*day))
            .filter_map(|day| self.moment(day))
            .find(|slot| *slot <= now)
    }

    fn holds(&self, day: NaiveDate) -> bool {
        match self.every {
            Every::Day => true,
            Every::Week(on) => Weekday::number_from_monday(&day.weekday()) == on,
            Every::Month(on) => day.day() == on,
        }
    }

    fn moment(&self, day: NaiveDate) -> Option<Timestamp> {
        let time = NaiveTime::from_hms_opt(u32::from(self.minute / 60), u32::from(self.minute % 60), 0)?;
        (0..CHANGE_MINUTES_MAX).find_map(|later| {
            let local = day.and_time(time).checked_add_signed(TimeDelta::minutes(later))?;
            Some(Timestamp::from_utc(self.zone.from_local_datetime(&local).earliest()?.to_utc()))
        })
    }
}

/// Reads `HH:MM`.
pub(crate) fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str, most: u16| {
        let good = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number: &u16| good && *number <= most)
    };
    Some(two(hour, 23)? * 60 + two(minute, 59)?)
}

pub(crate) fn parse_zone(text: &str) -> Option<Tz> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(every: Every, at: &str, now: &str) -> String {
        let plan = Plan { every, minute: parse_minute(at).unwrap(), zone: chrono_tz::Australia::Sydney };
        plan.newest(Timestamp::parse(now).unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_newest_slot_is_the_last_local_time_of_the_plan() {
        assert_eq!(newest(Every::Day, "09:00", "2026-07-10T22:59:59Z"), "2026-07-09T23:00:00Z");
        assert_eq!(newest(Every::Day, "09:00", "2026-07-10T23:00:00Z"), "2026-07-10T23:00:00Z");
        // 10 July 2026 is a Friday.
        assert_eq!(newest(Every::Week(1), "09:00", "2026-07-10T02:00:00Z"), "2026-07-05T23:00:00Z");
        assert_eq!(newest(Every::Month(28), "00:00", "2026-07-10T02:00:00Z"), "2026-06-27T14:00:00Z");
    }

    #[test]
    fn a_local_time_that_a_clock_change_takes_away_is_due_right_after_it() {
        // On 4 October 2026 the clocks go from 02:00 to 03:00 (16:00 UTC the day before).
        assert_eq!(newest(Every::Day, "02:30", "2026-10-03T16:00:00Z"), "2026-10-03T16:00:00Z");
        assert_eq!(newest(Every::Day, "02:30", "2026-10-03T15:59:59Z"), "2026-10-02T16:30:00Z");
        // On 5 April 2026 02:30 comes twice; the first counts, and only it.
        assert_eq!(newest(Every::Day, "02:30", "2026-04-04T17:00:00Z"), "2026-04-04T15:30:00Z");
    }

    #[test]
    fn only_times_of_the_day_are_read() {
        assert_eq!(parse_minute("09:05"), Some(545));
        for bad in ["9:05", "24:00", "09:60", "0905", "", "+9:05", "09:5"] {
            assert_eq!(parse_minute(bad), None, "{bad}");
        }
    }
}
