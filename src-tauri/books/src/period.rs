//! Calendar periods in the trader's zone.
//!
//! Every moment is placed by its own local date, never by the length of a day: days of 23 and 25 hours, and clocks put
//! back over midnight, come out as the wall calendar says.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use domain::Timestamp;

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    /// The first local day of the period a moment lies in.
    pub fn start(self, time: Timestamp, zone: Tz) -> NaiveDate {
        let utc = time.to_utc().naive_utc();
        let offset = zone.offset_from_utc_datetime(&utc).fix();
        // At the ends of chrono's calendar there is no local time: the UTC day stands in.
        self.first_day(utc.checked_add_offset(offset).unwrap_or(utc).date())
    }

    pub fn first_day(self, day: NaiveDate) -> NaiveDate {
        let first = match self {
            Self::Day => Some(day),
            Self::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
            Self::Month => day.with_day(1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        };
        first.unwrap_or(day) // only the first week of chrono's calendar, 262,000 years ago, has none
    }

    /// `2024-10-06`, `2024-W40` (ISO), `2024-10` or `2024`, from the period's first day.
    pub fn key(self, first: NaiveDate) -> String {
        match self {
            Self::Day => first.format("%Y-%m-%d").to_string(),
            Self::Week => format!("{:04}-W{:02}", first.iso_week().year(), first.iso_week().week()),
            Self::Month => format!("{:04}-{:02}", first.year(), first.month()),
            Self::Year => format!("{:04}", first.year()),
        }
    }
}

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// Until when the local day of a moment surely lasts: its midnight if no clock is put forward or back before, else the moment
/// itself. Clocks are looked at every hour; none was ever put there and back within one.
pub(crate) fn end_of_day(time: Timestamp, zone: Tz) -> Timestamp {
    let offset_s = |at: Timestamp| {
        let utc = at.to_utc().naive_utc();
        i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
    };
    let offset = offset_s(time);
    let local = time.micros().saturating_add(offset * 1_000_000);
    let Some(end) = time.micros().checked_add(DAY_MICROS - local.rem_euclid(DAY_MICROS)) else { return time };
    let hours = (0..=25).map(|hour| Timestamp::from_micros(end.min(time.micros().saturating_add(hour * HOUR_MICROS))));
    let steady = hours.into_iter().all(|at| offset_s(at) == offset);
    if steady { Timestamp::from_micros(end) } else { time }
}

/// The first moment of a local day.
#[must_use]
pub fn day_start(day: NaiveDate, zone: Tz) -> Option<Timestamp> {
    // Zones that change at midnight skip at most a few hours; the day begins with the first hour it has.
    (0..24).find_map(|hour| {
        let local = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        Some(Timestamp::from_utc(zone.from_local_datetime(&local).earliest()?.to_utc()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_sure_until_midnight_unless_a_clock_is_put_on() {
        let sydney = chrono_tz::Australia::Sydney;
        let end = |time: &str, zone| end_of_day(Timestamp::parse(time).unwrap(), zone).to_string();
        assert_eq!(end("2024-10-04T20:00:00Z", sydney), "2024-10-05T14:00:00Z");
        assert_eq!(end("2024-10-05T14:00:00Z", sydney), "2024-10-05T14:00:00Z", "clocks go forward two hours later");
        assert_eq!(end("2024-10-05T16:00:00Z", sydney), "2024-10-06T13:00:00Z");
        // One minute past midnight, clocks go back an hour, into the day before.
        let st_johns = chrono_tz::America::St_Johns;
        assert_eq!(end("2006-10-29T02:00:00Z", st_johns), "2006-10-29T02:30:00Z");
        assert_eq!(end("2006-10-29T02:30:30Z", st_johns), "2006-10-29T02:30:30Z");
    }

    fn key(period: Period, time: &str, zone: Tz) -> String {
        period.key(period.start(Timestamp::parse(time).unwrap(), zone))
    }

    #[test]
    fn a_moment_belongs_to_the_local_day() {
        let sydney = chrono_tz::Australia::Sydney;
        assert_eq!(key(Period::Day, "2024-10-05T13:59:59.999999Z", sydney), "2024-10-05");
        assert_eq!(key(Period::Day, "2024-10-05T14:00:00Z", sydney), "2024-10-06");
        assert_eq!(key(Period::Day, "2024-10-05T14:00:00Z", Tz::UTC), "2024-10-05");
    }

    #[test]
    fn days_of_23_and_25_hours_end_at_local_midnight() {
        let sydney = chrono_tz::Australia::Sydney;
        // Clocks forward on 6 October 2024: the day ends at 13:00 UTC. Back on 6 April 2025: it ends at 14:00 UTC.
        assert_eq!(key(Period::Day, "2024-10-06T12:59:59Z", sydney), "2024-10-06");
        assert_eq!(key(Period::Day, "2024-10-06T13:00:00Z", sydney), "2024-10-07");
        assert_eq!(key(Period::Day, "2025-04-06T13:59:59Z", sydney), "2025-04-06");
        assert_eq!(key(Period::Day, "2025-04-06T14:00:00Z", sydney), "2025-04-07");
    }

    #[test]
    fn a_clock_put_back_over_midnight_keeps_the_wall_date() {
        let havana = chrono_tz::America::Havana; // 01:00 back to 00:00 on 3 November 2024
        assert_eq!(key(Period::Day, "2024-11-03T03:59:00Z", havana), "2024-11-02");
        assert_eq!(key(Period::Day, "2024-11-03T04:30:00Z", havana), "2024-11-03");
        assert_eq!(key(Period::Day, "2024-11-03T05:30:00Z", havana), "2024-11-03");
    }

    #[test]
    fn weeks_are_iso_weeks_and_belong_to_the_iso_year() {
        assert_eq!(key(Period::Week, "2024-10-06T00:00:00Z", Tz::UTC), "2024-W40");
        assert_eq!(key(Period::Week, "2024-10-07T00:00:00Z", Tz::UTC), "2024-W41");
        assert_eq!(key(Period::Week, "2024-12-30T00:00:00Z", Tz::UTC), "2025-W01");
        assert_eq!(key(Period::Week, "2021-01-03T00:00:00Z", Tz::UTC), "2020-W53");
    }

    #[test]
    fn months_and_years_are_local() {
        let sydney = chrono_tz::Australia::Sydney;
        assert_eq!(key(Period::Month, "2024-09-30T14:00:00Z", sydney), "2024-10");
        assert_eq!(key(Period::Year, "2023-12-31T13:00:00Z", sydney), "2024");
        assert_eq!(key(Period::Year, "2023-12-31T12:59:59Z", sydney), "2023");
    }

    #[test]
    fn the_ends_of_time_have_keys() {
        for micros in [i64::MIN, i64::MAX] {
            for period in [Period::Day, Period::Week, Period::Month, Period::Year] {
                let first = period.start(Timestamp::from_micros(micros), chrono_tz::Australia::Sydney);
                assert!(!period.key(first).is_empty());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_until_the_sure_end_is_in_the_same_day(
            second in 0i64..1_900_000_000,
            later in 0i64..90_000,
            zone in proptest::sample::select(vec![
                chrono_tz::Australia::Sydney,
                chrono_tz::Australia::Lord_Howe,
                chrono_tz::America::St_Johns,
                chrono_tz::America::Havana,
                chrono_tz::Africa::Monrovia,
            ]),
        ) {
            let time = Timestamp::from_millis(second * 1000);
            let end = end_of_day(time, zone);
            let within = time.plus_micros(later * 1_000_000);
            if within < end {
                proptest::prop_assert_eq!(Period::Day.start(within, zone), Period::Day.start(time, zone));
            }
        }
    }
}
