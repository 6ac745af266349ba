//! Values that the Cosmos SDK signs in another text than the wire has: times, durations and decimal fractions.

/// The first second of the year 1 and the last of the year 9999 since 1970, between which a time has four digits a year.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A time in RFC 3339, in UTC, with as many digits of the second as it needs; `None` beyond the years 1 to 9999.
pub(super) fn time(seconds: i64, nanos: i32) -> Option<String> {
    if !(FIRST_SECOND..=LAST_SECOND).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return None;
    }
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let fraction = match nanos {
        0 => String::new(),
        nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

/// Year, month and day of a day since 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
/// Years are counted from March, so that a leap day is a year's last; the caller's bounds keep every sum small.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A duration in nanoseconds; `None` where they pass 64 bits.
pub(super) fn duration(seconds: i64, nanos: i32) -> Option<i64> {
    seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(nanos))
}

/// A fraction from its wire form, an integer of 10^-18 parts: `100000000000000000` is `0.100000000000000000`; nothing is
/// `0`. `None` for text that is no such integer in its shortest form.
pub(super) fn fraction(wire: &str) -> Option<String> {
    const PLACES: usize = 18;
    if wire.is_empty() {
        return Some("0".into());
    }
    let (sign, digits) = match wire.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", wire),
    };
    let is_shortest = digits == "0" && sign.is_empty() || !digits.starts_with('0');
    if digits.is_empty() || !is_shortest || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0>width$}", width = PLACES + 1);
    let (whole, parts) = padded.split_at(padded.len().saturating_sub(PLACES));
    Some(format!("{sign}{whole}.{parts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_writes_them() {
        let check =
            |seconds, nanos, expected: &str| assert_eq!(time(seconds, nanos).as_deref(), Some(expected));
        check(0, 0, "1970-01-01T00:00:00Z");
        check(1_700_000_000, 120_000_000, "2023-11-14T22:13:20.12Z");
        check(951_782_400, 1, "2000-02-29T00:00:00.000000001Z");
        check(-1, 0, "1969-12-31T23:59:59Z");
        check(4_107_542_399, 999_999_999, "2100-02-28T23:59:59.999999999Z");
        check(FIRST_SECOND, 0, "0001-01-01T00:00:00Z");
        check(LAST_SECOND, 0, "9999-12-31T23:59:59Z");
        for (seconds, nanos) in
            [(FIRST_SECOND - 1, 0), (LAST_SECOND + 1, 0), (0, -1), (0, 1_000_000_000), (i64::MIN, 0)]
        {
            assert_eq!(time(seconds, nanos), None);
        }
    }

    #[test]
    fn fractions_have_eighteen_places() {
        let check =
            |wire: &str, expected: Option<&str>| assert_eq!(fraction(wire).as_deref(), expected, "{wire}");
        check("", Some("0"));
        check("0", Some("0.000000000000000000"));
        check("1", Some("0.000000000000000001"));
        check("100000000000000000", Some("0.100000000000000000"));
        check("1000000000000000000", Some("1.000000000000000000"));
        check("-25000000000000000000", Some("-25.000000000000000000"));
        for wrong in ["-", "-0", "01", "0.1", "+1", "0x1", "1_0", " 1"] {
            check(wrong, None);
        }
    }

    #[test]
    fn durations_are_nanoseconds() {
        assert_eq!(duration(3_600, 5), Some(3_600_000_000_005));
        assert_eq!(duration(-1, -1), Some(-1_000_000_001));
        assert_eq!(duration(i64::MAX, 0), None);
    }
}
