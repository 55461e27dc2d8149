//! Thresholds as people write them: `20MB/5m`, `50 MiB / 300s`, `20000000`, `20MB/5m x4`.

use std::fmt;

use jiff::SignedDuration;
use model::TrafficRule;

/// The shortest period that all clouds measure in.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest time that periods in a row may take: a day, as AWS has it.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Why a text is no threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadThreshold {
    /// It is not written like one.
    Form,
    /// It is nothing, or more than can be counted.
    Bytes,
    /// Its period is no whole number of minutes, or its periods are more than a day.
    Period,
}

impl fmt::Display for BadThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "thresholds look like `20MB/5m`, `20MB/5m x4` or `20000000`",
            Self::Bytes => "the bytes of a threshold are more than nothing and less than 2^63",
            Self::Period => "a period is whole minutes, and all periods of a rule are within a day",
        })
    }
}

impl std::error::Error for BadThreshold {}

/// Reads a threshold; what it does not say is as in `otherwise`.
///
/// `MB` is a million bytes and `MiB` 1,048,576; without a unit they are bytes.
///
/// # Errors
///
/// When it is none.
pub fn parse(text: &str, otherwise: &TrafficRule) -> Result<TrafficRule, BadThreshold> {
    let text: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    let text = text.to_lowercase();
    let (text, periods) = match text.rsplit_once(['x', '×', '*']) {
        Some((rest, count)) => (rest, count.parse().map_err(|_| BadThreshold::Form)?),
        None => (text.as_str(), otherwise.periods),
    };
    let (amount, period) = match text.split_once('/') {
        Some((amount, period)) => (amount, read_period(period)?),
        None => (text, otherwise.period),
    };
    let rule = TrafficRule {
        bytes: read_bytes(amount)?,
        period,
        periods,
    };
    check(&rule)?;
    Ok(rule)
}

/// Checks what no cloud would take.
///
/// # Errors
///
/// When the rule is never, or always, broken, or its periods cannot be measured.
pub fn check(rule: &TrafficRule) -> Result<(), BadThreshold> {
    // The clouds take numbers that a double can hold.
    if rule.bytes == 0 || i64::try_from(rule.bytes).is_err() {
        return Err(BadThreshold::Bytes);
    }
    let seconds = rule.period.as_secs();
    let whole = rule.period >= SHORTEST && seconds % SHORTEST.as_secs() == 0;
    let all = seconds.checked_mul(i64::from(rule.periods));
    let within = rule.periods > 0 && all.is_some_and(|it| it <= LONGEST.as_secs());
    (whole && within).then_some(()).ok_or(BadThreshold::Period)
}

fn read_bytes(text: &str) -> Result<u64, BadThreshold> {
    let unit = text.find(|it: char| !it.is_ascii_digit() && it != '.' && it != '_');
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    let factor: u64 = match unit {
        "" | "b" | "bytes" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(BadThreshold::Form),
    };
    let number = number.replace('_', "");
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    if whole.is_empty() && part.is_empty() {
        return Err(BadThreshold::Form);
    }
    let whole: u64 = match whole {
        "" => 0,
        digits => digits.parse().map_err(|_| BadThreshold::Bytes)?,
    };
    let bytes = whole.checked_mul(factor).ok_or(BadThreshold::Bytes)?;
    let mut of_part = 0;
    let mut place = factor;
    for digit in part.chars() {
        place /= 10;
        let digit = digit.to_digit(10).ok_or(BadThreshold::Form)?;
        of_part += u64::from(digit) * place;
    }
    bytes.checked_add(of_part).ok_or(BadThreshold::Bytes)
}

fn read_period(text: &str) -> Result<SignedDuration, BadThreshold> {
    let unit = text.find(|it: char| !it.is_ascii_digit());
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    let seconds = match unit {
        "" | "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return Err(BadThreshold::Form),
    };
    let number: i64 = match number {
        "" => 1,
        digits => digits.parse().map_err(|_| BadThreshold::Period)?,
    };
    let seconds = number.checked_mul(seconds).ok_or(BadThreshold::Period)?;
    Ok(SignedDuration::from_secs(seconds))
}

/// Returns an amount of bytes as people read it: `20 MB`, `1.5 GB`, `999 B`.
#[must_use]
pub fn bytes(amount: u64) -> String {
    scaled(amount, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// Returns a rate as people read it: `533.3 kbit/s`.
#[must_use]
pub fn rate(bits_a_second: u64) -> String {
    let units = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s"];
    scaled(bits_a_second, &units)
}

/// Returns a number with one decimal where it is not whole, cut and not rounded: what is shown is
/// never more than what is.
fn scaled(amount: u64, units: &[&str]) -> String {
    let mut unit = 1_u64;
    let mut place = 0;
    while place + 1 < units.len() && amount / unit >= 1000 {
        unit *= 1000;
        place += 1;
    }
    let (whole, tenth) = (amount / unit, amount % unit * 10 / unit);
    match tenth {
        0 => format!("{whole} {}", units[place]),
        tenth => format!("{whole}.{tenth} {}", units[place]),
    }
}

/// Returns a length of time as people read it: `5 min`, `90 s`.
#[must_use]
pub fn period(length: SignedDuration) -> String {
    match length.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: TrafficRule = TrafficRule {
        bytes: 20_000_000,
        period: SignedDuration::from_mins(5),
        periods: 4,
    };

    #[test]
    fn thresholds_are_read_as_people_write_them() {
        let rule = |bytes, minutes, periods| TrafficRule {
            bytes,
            period: SignedDuration::from_mins(minutes),
            periods,
        };
        for (text, wanted) in [
            ("20000000", rule(20_000_000, 5, 4)),
            ("20_000_000", rule(20_000_000, 5, 4)),
            ("50MB/5m", rule(50_000_000, 5, 4)),
            ("50 MB / 300 s", rule(50_000_000, 5, 4)),
            ("1.5GB/h", rule(1_500_000_000, 60, 4)),
            ("50MiB/10m", rule(52_428_800, 10, 4)),
            ("20MB/5m x1", rule(20_000_000, 5, 1)),
            ("20mb/5min×2", rule(20_000_000, 5, 2)),
            (".5m", rule(500_000, 5, 4)),
        ] {
            assert_eq!(parse(text, &SEED), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_no_cloud_would_take_is_refused() {
        for (text, why) in [
            ("", BadThreshold::Form),
            ("off", BadThreshold::Form),
            ("20 apples", BadThreshold::Form),
            ("-5MB", BadThreshold::Form),
            ("5MB/", BadThreshold::Period),
            ("5MB/90s", BadThreshold::Period),
            ("5MB/30s", BadThreshold::Period),
            ("5MB/d", BadThreshold::Form),
            ("5MB/12h x4", BadThreshold::Period),
            ("5MB/5m x0", BadThreshold::Period),
            ("5MB/5m x", BadThreshold::Form),
            ("0", BadThreshold::Bytes),
            ("0.1", BadThreshold::Bytes),
            ("99999999999999999999", BadThreshold::Bytes),
            ("99999999TB", BadThreshold::Bytes),
            ("9300000TB", BadThreshold::Bytes),
            ("5MB/9223372036854775807h", BadThreshold::Period),
        ] {
            assert_eq!(parse(text, &SEED), Err(why), "{text}");
        }
    }

    #[test]
    fn amounts_and_rates_are_shown_in_the_unit_that_suits_them() {
        assert_eq!(bytes(20_000_000), "20 MB");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_999_999), "1.9 MB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
        assert_eq!(rate(SEED.bits_a_second()), "533.3 kbit/s");
        assert_eq!(period(SignedDuration::from_secs(300)), "5 min");
        assert_eq!(period(SignedDuration::from_secs(7200)), "2 h");
        assert_eq!(period(SignedDuration::from_secs(61)), "61 s");
    }
}
