//! The money: below its threshold, or soon used up.

use std::collections::BTreeMap;

use duty::{BalancePoint, Finding, Severity};
use model::{Balance, Currency, Kind, Money, ResourceId};
use rust_decimal::Decimal;

use super::desk::{Desk, note};
use super::forecast::{Forecast, forecast};
use crate::facts;
use crate::kind::PatrolKind;

/// Returns the finding that a balance is below the threshold of its currency, or below zero.
pub(super) fn below(
    desk: &Desk<'_>,
    thresholds: &BTreeMap<Currency, Decimal>,
    balance: &Balance,
) -> Option<Finding> {
    let Money { amount, currency } = &balance.available;
    let threshold = thresholds.get(currency);
    // Below zero is arrears: services stop, whatever threshold was thought of.
    let severity = if *amount < Decimal::ZERO {
        Severity::Urgent
    } else if threshold.is_some_and(|it| amount < it) {
        Severity::Warning
    } else {
        return None;
    };
    let mut finding = about_account(desk, PatrolKind::Balance, severity);
    note(&mut finding, facts::CURRENCY, currency);
    desk.note_amount(&mut finding, facts::AVAILABLE, *amount);
    if let Some(threshold) = threshold {
        desk.note_amount(&mut finding, facts::THRESHOLD, *threshold);
    }
    if *amount < Decimal::ZERO {
        note(&mut finding, facts::NEGATIVE, true);
    }
    Some(finding)
}

/// Returns the finding that a balance will be used up within the days of warning.
pub(super) fn runway(
    desk: &Desk<'_>,
    balance: &Balance,
    history: &[BalancePoint],
) -> Option<Finding> {
    let Forecast::Lasts { days, per_day } =
        forecast(desk.account, &balance.available, history, desk.now)
    else {
        return None;
    };
    let severity = desk.urgency(days)?;
    let mut finding = about_account(desk, PatrolKind::BalanceRunway, severity);
    note(&mut finding, facts::DAYS_LEFT, days);
    note(&mut finding, facts::CURRENCY, &balance.available.currency);
    desk.note_amount(&mut finding, facts::AVAILABLE, balance.available.amount);
    desk.note_amount(&mut finding, facts::PER_DAY, per_day.round_dp(2));
    Some(finding)
}

fn about_account(desk: &Desk<'_>, kind: PatrolKind, severity: Severity) -> Finding {
    let resource = ResourceId::new(desk.account.as_str());
    desk.finding(kind, &resource, severity, &[Kind::BALANCE])
}
