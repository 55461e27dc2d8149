//! Rows of the world in the words of the model, as far as the cloud shows them.

use cloud::{Detail, Member};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use model::{
    Balance, Certificate, Currency, Domain, Expiry, Kind, Money, Prepaid, PrepaidStatus, Region,
    RegionId, Renewal, ResourceId, Tags,
};

use crate::world::directory;
use crate::world::machines::Machine;

/// From 2099 on, an end stands for "never".
const NEVER_FROM: Timestamp = Timestamp::constant(4_070_908_800, 0);

pub(super) fn expiry(ends: Timestamp) -> Expiry {
    if ends < NEVER_FROM {
        Expiry::At(ends)
    } else {
        Expiry::Never
    }
}

/// A row of the bill; it has neither a name nor tags.
pub(super) fn prepaid(row: &crate::Prepaid, now: Timestamp) -> Prepaid {
    let renewal = match (row.ends, row.renewal) {
        // What is paid by use has no word on renewal at all.
        (None, _) => Renewal::Unknown(String::new()),
        (_, crate::Renewal::Auto | crate::Renewal::AutoFailing) => Renewal::Auto {
            months: Some(row.renewal_months.into()),
        },
        (_, crate::Renewal::Manual) => Renewal::Manual,
        (_, crate::Renewal::Never) => Renewal::Never,
    };
    let status = match row.status(now) {
        "Creating" => PrepaidStatus::Creating,
        "Normal" | "WaitForExpire" => PrepaidStatus::Normal,
        "Expired" => PrepaidStatus::Expired,
        other => PrepaidStatus::Other(other.to_owned()),
    };
    let ended = row.ends.filter(|ends| *ends <= now);
    Prepaid {
        kind: Kind::new(row.product.as_ref()),
        product_type: (*row.product_type).into(),
        id: ResourceId::new(&row.id),
        name: None,
        region: (!row.region.is_empty()).then(|| RegionId::new(row.region.as_ref())),
        tags: Tags::new(),
        created: Some(row.created),
        expiry: row.ends.map_or(Expiry::Never, expiry),
        renewal,
        status,
        release: ended.map(|ends| row.released(ends)),
        renewal_price: None,
    }
}

/// The money, in hundredths.
pub(super) fn balance(money: &crate::world::Money) -> Balance {
    let shown = |amount: rust_decimal::Decimal| {
        Money::new(amount.round_dp(2), Currency::new(money.currency))
    };
    Balance {
        available: shown(money.available),
        cash: Some(shown(money.cash)),
        credit: Some(shown(money.credit)),
    }
}

/// A certificate; the cloud shows days, in Beijing's time, and nothing of what uses it.
pub(super) fn certificate(row: &crate::Certificate, _now: Timestamp) -> Certificate {
    let mut names: Vec<String> = row.names.iter().map(|it| it.to_lowercase()).collect();
    names.sort();
    names.dedup();
    let ends = day_in_beijing(row.end_date(), jiff::civil::time(23, 59, 59, 0));
    Certificate {
        id: ResourceId::new(row.id.to_string()),
        name: row.name.clone(),
        names,
        starts: day_in_beijing(row.start_date(), jiff::civil::Time::midnight()),
        expiry: ends.map_or(Expiry::Unknown, expiry),
        issuer: row.issuer.clone(),
        uploaded: row.uploaded,
        deployed: None,
    }
}

fn day_in_beijing(day: Date, time: jiff::civil::Time) -> Option<Timestamp> {
    let zoned = day.to_datetime(time).to_zoned(TimeZone::fixed(offset(8)));
    zoned.ok().map(|it| it.timestamp())
}

/// A domain name.
pub(super) fn domain(row: &crate::Domain, now: Timestamp) -> Domain {
    Domain {
        id: ResourceId::new(&row.id),
        name: row.name.clone(),
        expiry: expiry(row.ends),
        auto_renew: Some(row.auto_renew),
        in_redemption: row.status(now) == "2",
        tags: Tags::new(),
    }
}

/// A member; one on its way in or out cannot be entered.
pub(super) fn member(row: &directory::Member, _now: Timestamp) -> Member {
    Member {
        number: row.uid.to_string(),
        name: row.display_name.clone(),
        active: row.status.ends_with("Success"),
    }
}

/// What the machine service knows of a machine, and of its renewal where it was asked for that.
pub(super) fn detail(shown: &Machine, renewal: Option<crate::Renewal>) -> Detail {
    Detail {
        id: ResourceId::new(&shown.id),
        name: shown.name.clone(),
        tags: shown.tags.iter().cloned().collect(),
        renewal: renewal.map(super::nouns::renewal),
    }
}

/// A region, by its Chinese name.
pub(super) fn region(row: &(&'static str, &'static str, &'static str)) -> Region {
    Region {
        id: RegionId::new(row.0),
        name: row.1.to_owned(),
    }
}
