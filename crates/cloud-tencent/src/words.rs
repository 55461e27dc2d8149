//! The words that several products share: how a thing is paid for, and what happens at its end.

use model::{Charge, Renewal};

use crate::decode::Loose;

/// Returns how something is paid for. What runs on a host that is paid for is paid with the host.
pub(crate) fn charge(field: &Loose<'_>) -> Charge {
    match field.text().as_ref() {
        "PREPAID" => Charge::Prepaid,
        "POSTPAID_BY_HOUR" | "CDHPAID" | "CDCPAID" => Charge::OnDemand,
        "SPOTPAID" => Charge::Spot,
        other => Charge::Other(other.to_owned()),
    }
}

/// Returns what happens at the end, in the words of machines, disks, addresses and gateways.
pub(crate) fn renewal(field: &Loose<'_>) -> Renewal {
    match field.text().as_ref() {
        "NOTIFY_AND_AUTO_RENEW" | "RENEW_FLAG_AUTO" | "AUTO_RENEW" => {
            Renewal::Auto { months: None }
        }
        "NOTIFY_AND_MANUAL_RENEW" | "RENEW_FLAG_MANUAL" | "MANUAL_RENEW" | "RENEW_FLAG_DEFAULT" => {
            Renewal::Manual
        }
        "DISABLE_NOTIFY_AND_MANUAL_RENEW" | "NOT_NOTIFY_AND_NOT_RENEW" => Renewal::Never,
        other => Renewal::Unknown(other.to_owned()),
    }
}

/// Returns the addresses in a list; what is none (masked, a host name) is left out.
pub(crate) fn ips(list: Option<Vec<Loose<'_>>>) -> Vec<std::net::IpAddr> {
    crate::decode::texts(list)
        .filter_map(|it| it.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn text(text: &'static str) -> Loose<'static> {
        Loose::Text(Cow::Borrowed(text))
    }

    #[test]
    fn words_are_understood_and_new_ones_kept() {
        assert_eq!(charge(&text("PREPAID")), Charge::Prepaid);
        assert_eq!(charge(&text("CDHPAID")), Charge::OnDemand);
        assert_eq!(charge(&text("SPOTPAID")), Charge::Spot);
        assert_eq!(charge(&text("BARTER")), Charge::Other("BARTER".to_owned()));
        assert_eq!(charge(&Loose::Absent), Charge::Other(String::new()));
        let auto = Renewal::Auto { months: None };
        assert_eq!(renewal(&text("NOTIFY_AND_AUTO_RENEW")), auto);
        assert_eq!(renewal(&text("NOTIFY_AND_MANUAL_RENEW")), Renewal::Manual);
        assert_eq!(renewal(&text("NOT_NOTIFY_AND_NOT_RENEW")), Renewal::Never);
        assert_eq!(renewal(&Loose::Absent), Renewal::Unknown(String::new()));
    }
}
