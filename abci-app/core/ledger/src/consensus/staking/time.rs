//! Block times: sums of them, on the wire, and as text.

use sirius_primitives::Timestamp;
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

/// The moment that many seconds later.
pub(crate) fn later(time: Timestamp, seconds: u64) -> Timestamp {
    let more = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp { seconds: time.seconds.saturating_add(more), ..time }
}

/// The moment as the wire has it.
pub(crate) fn wire(time: Timestamp) -> WireTimestamp {
    WireTimestamp { seconds: time.seconds, nanos: time.nanos }
}

/// The moment as RFC 3339 writes it, to the second, for events.
pub(super) fn text(time: Timestamp) -> String {
    let (days, second) = (time.seconds.div_euclid(86_400), time.seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a count of days since 1970-01-01: the Gregorian calendar in 400-year eras that begin on 1
/// March, so that a leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = day
        .saturating_sub(day / 1_460)
        .saturating_add(day / 36_524)
        .saturating_sub(day / 146_096)
        .div_euclid(365);
    let first = year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100);
    let day = day.saturating_sub(first);
    let month = day.saturating_mul(5).saturating_add(2) / 153;
    let begin = month.saturating_mul(153).saturating_add(2) / 5;
    let (day, spring) = (day.saturating_sub(begin).saturating_add(1), month < 10);
    let month = if spring { month.saturating_add(3) } else { month.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year).saturating_add(i64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_time_is_not_passed() {
        assert_eq!(later(Timestamp { seconds: i64::MAX, nanos: 1 }, 5).seconds, i64::MAX);
    }

    #[test]
    fn texts_are_those_of_the_calendar() {
        let check = |seconds, expected: &str| assert_eq!(text(Timestamp { seconds, nanos: 7 }), expected);
        check(0, "1970-01-01T00:00:00Z");
        check(-1, "1969-12-31T23:59:59Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_700_000_000, "2023-11-14T22:13:20Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
    }
}
