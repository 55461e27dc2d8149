//! When a cloud charges for a renewal, when it is plain that it failed, and whether the money is
//! there.

use cloud::{Harvest, Seen};
use duty::{Finding, Severity};
use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};
use model::{Balance, CloudId, Expiry, Kind, Prepaid, Renewal, ResourceId, Scope};
use rust_decimal::Decimal;

use super::desk::{Desk, note};
use crate::days::days_left;
use crate::facts;
use crate::kind::PatrolKind;

/// How a cloud charges for renewals.
struct Custom {
    cloud: &'static str,
    /// How many calendar days before the end it charges first.
    lead_days: i64,
    /// At which hour of its own day.
    hour: i8,
    /// The zone of its days, in hours east of UTC.
    offset: i8,
}

/// The clouds whose custom is known. Alibaba Cloud documents with `DescribeInstanceAutoRenewAttribute`
/// that the fee is deducted nine days before the end, at 08:00 UTC+8.
const CUSTOMS: [Custom; 1] = [Custom {
    cloud: "aliyun",
    lead_days: 9,
    hour: 8,
    offset: 8,
}];

/// The most days that any cloud charges before the end.
pub(super) const LONGEST_LEAD_DAYS: i64 = CUSTOMS[0].lead_days;

/// How long after the charge an end that has not moved means that the renewal failed.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Returns whether something that renews by itself should have been renewed by now and was not.
pub(super) fn has_failed(cloud: &CloudId, row: &Prepaid, end: Timestamp, now: Timestamp) -> bool {
    let Some(charged) = charged_at(cloud, end) else {
        return false;
    };
    // What was bought after that moment has not had its day of charge yet.
    let bought_later = row.created.is_some_and(|it| it > charged);
    if bought_later {
        return end.duration_since(now) <= PATIENCE;
    }
    now.duration_since(charged) >= PATIENCE
}

/// Returns when the cloud charges for the renewal of what ends then; `None` when nobody knows.
fn charged_at(cloud: &CloudId, end: Timestamp) -> Option<Timestamp> {
    let custom = CUSTOMS.iter().find(|it| it.cloud == cloud.as_str())?;
    let zone = TimeZone::fixed(tz::offset(custom.offset));
    let lead = Span::new().days(custom.lead_days);
    let day = zone.to_datetime(end).date().checked_sub(lead).ok()?;
    Some(
        day.at(custom.hour, 0, 0, 0)
            .to_zoned(zone)
            .ok()?
            .timestamp(),
    )
}

/// Returns the finding that the balance does not cover the renewals that will be charged while a
/// person would be warned, by the prices that are known.
pub(super) fn unfunded(
    desk: &Desk<'_>,
    cloud: &CloudId,
    ending: &[(Scope, &Seen<Harvest<Prepaid>>)],
    balance: &Balance,
) -> Option<Finding> {
    let (mut needed, mut priced, mut unpriced) = (Decimal::ZERO, 0_u64, 0_u64);
    let mut first_charge: Option<Timestamp> = None;
    for row in ending.iter().flat_map(|(_, it)| &it.get().kept) {
        let (Renewal::Auto { .. }, Expiry::At(end)) = (&row.renewal, row.expiry) else {
            continue;
        };
        let charged = charged_at(cloud, end).unwrap_or(end).max(desk.now);
        if end <= desk.now || desk.urgency(desk.days_left(charged)).is_none() {
            continue;
        }
        match row
            .renewal_price
            .as_ref()
            .filter(|it| it.currency == balance.available.currency)
        {
            Some(price) => {
                needed = needed.saturating_add(price.amount);
                priced += 1;
                first_charge = Some(first_charge.map_or(charged, |it| it.min(charged)));
            }
            None => unpriced += 1,
        }
    }
    let first_charge = first_charge.filter(|_| needed > balance.available.amount)?;
    let days = days_left(desk.now, first_charge, &desk.settings.timezone);
    let severity = desk.urgency(days).unwrap_or(Severity::Warning);
    let resource = ResourceId::new(desk.account.as_str());
    let looks = ending.iter().map(|(scope, _)| scope.clone());
    let looks = looks.chain([Scope::global(desk.account, Kind::BALANCE)]);
    let mut finding = desk.finding_in(PatrolKind::RenewalUnfunded, &resource, severity, looks);
    note(&mut finding, facts::DAYS_LEFT, days);
    note(&mut finding, facts::PRICED, priced);
    note(&mut finding, facts::UNPRICED, unpriced);
    note(&mut finding, facts::CURRENCY, &balance.available.currency);
    desk.note_amount(&mut finding, facts::NEEDED, needed);
    desk.note_amount(&mut finding, facts::AVAILABLE, balance.available.amount);
    Some(finding)
}
