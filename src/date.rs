//! Days of the calendar: how they are written, and which one it is.
//!
//! "Today" is asked once, at the edge, and handed down; a run knows no other clock.

use jiff::civil::Date;

/// A day written as `YYYY-MM-DD`, and in no other way.
pub(crate) fn parse(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| is_plain)
}

/// The day it is, in UTC, so that it is the same for everybody who asks at the same time.
pub(crate) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// How many days lie between two days; negative where the second comes first.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_days() {
        for (text, is_day) in [
            ("2027-03-01", true),
            ("2028-02-29", true),
            ("2027-02-29", false),
            ("2027-13-01", false),
            ("2027-3-1", false),
            ("20270301", false),
            ("2027-03-01T10:00", false),
            ("01-03-2027", false),
            ("2027-03-0\u{661}", false),
            ("", false),
        ] {
            assert_eq!(parse(text).is_some(), is_day, "{text}");
        }
    }

    #[test]
    fn days_are_counted_across_years() {
        let day = |text| parse(text).expect("a day");
        assert_eq!(days_between(day("2026-12-31"), day("2027-01-01")), 1);
        assert_eq!(days_between(day("2027-03-01"), day("2026-03-01")), -365);
    }
}
