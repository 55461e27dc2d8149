//! Words that other services share with machines: of payment, of renewal, of size.

use crate::world::prepaid::Renewal;
use crate::world::terms::{Charge, Term};

/// Returns the word for how something is paid for.
pub(in crate::tencent) fn charge_word(term: &Term) -> &'static str {
    match term.charge {
        Charge::Prepaid => "PREPAID",
        Charge::OnDemand => "POSTPAID_BY_HOUR",
        Charge::Spot => "SPOTPAID",
    }
}

/// Returns the word for what happens at the end, where something is paid in advance.
pub(in crate::tencent) fn renew_word(term: &Term) -> Option<&'static str> {
    Some(match term.renewal? {
        Renewal::Auto | Renewal::AutoFailing => "NOTIFY_AND_AUTO_RENEW",
        Renewal::Manual => "NOTIFY_AND_MANUAL_RENEW",
        Renewal::Never => "DISABLE_NOTIFY_AND_MANUAL_RENEW",
    })
}

/// Returns the processors and the GiB of memory that the name of a type tells: `S5.LARGE8` has 4 and 8.
pub(in crate::tencent) fn cpu_and_memory(kind: &str) -> (u32, u32) {
    let size = kind.rsplit('.').next().unwrap_or_default();
    let word = size.trim_end_matches(|it: char| it.is_ascii_digit());
    let memory = size[word.len()..].parse().unwrap_or(4);
    let cpu = match word {
        "SMALL" => 1,
        "MEDIUM" => 2,
        "LARGE" => 4,
        word => word
            .strip_suffix("XLARGE")
            .and_then(|it| it.parse::<u32>().ok())
            .map_or(2, |it| it * 4),
    };
    (cpu, memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_tells_processors_and_memory() {
        for (kind, expected) in [
            ("S2.SMALL2", (1, 2)),
            ("SA3.MEDIUM4", (2, 4)),
            ("S5.LARGE8", (4, 8)),
            ("S5.2XLARGE16", (8, 16)),
            ("S6.16XLARGE256", (64, 256)),
            ("general.large", (2, 4)),
            ("", (2, 4)),
        ] {
            assert_eq!(cpu_and_memory(kind), expected, "{kind}");
        }
    }
}
