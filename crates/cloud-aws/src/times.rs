//! Reads the cloud's ways to write a time.
//!
//! XML services write `2026-11-21T07:45:27.000Z`, JSON services seconds since 1970 with a fraction,
//! and savings plans text without one. There is no time without a zone.

use jiff::{SignedDuration, Timestamp};
use model::Expiry;

use crate::decode::Loose;

/// Returns the instant `text` names.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

/// Returns the instant of seconds since 1970; zero and less stand for "not said".
fn seconds(since_1970: f64) -> Option<Timestamp> {
    let span = SignedDuration::try_from_secs_f64(since_1970).ok()?;
    span.is_positive()
        .then(|| Timestamp::UNIX_EPOCH.checked_add(span).ok())?
}

/// Returns the instant a field names, as text or as seconds.
pub(crate) fn instant_of(field: &Loose<'_>) -> Option<Timestamp> {
    match field {
        Loose::Text(text) => instant(text),
        #[expect(clippy::cast_precision_loss, reason = "seconds of this millennium fit")]
        Loose::Whole(number) => seconds(*number as f64),
        Loose::Fraction(number) => seconds(*number),
        Loose::Absent | Loose::Flag(_) => None,
    }
}

/// Returns an end; one that cannot be read is unknown.
pub(crate) fn expiry(end: Option<Timestamp>) -> Expiry {
    end.map_or(Expiry::Unknown, Expiry::At)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn each_service_writes_time_in_its_own_way() {
        let text = |it| Loose::Text(Cow::Borrowed(it));
        for (field, expected) in [
            (
                text("2026-11-21T07:45:27.000Z"),
                Some("2026-11-21T07:45:27Z"),
            ),
            (text("2026-11-21T07:45:27Z"), Some("2026-11-21T07:45:27Z")),
            (Loose::Whole(1_795_247_132), Some("2026-11-21T07:45:32Z")),
            (
                Loose::Fraction(1_795_247_131.5),
                Some("2026-11-21T07:45:31.5Z"),
            ),
            (text("soon"), None),
            (text(""), None),
            (Loose::Whole(0), None),
            (Loose::Fraction(f64::NAN), None),
            (Loose::Absent, None),
        ] {
            let read = instant_of(&field).map(|it| it.to_string());
            assert_eq!(read.as_deref(), expected, "{field:?}");
        }
        assert_eq!(expiry(None), Expiry::Unknown);
    }
}
