//! A run of the patrol as plain rows, for tables and JSON.
//!
//! Invariant: no amount is in a row where amounts are hidden.

use std::collections::BTreeMap;

use cloud::{AccountSight, Census, Harvest};
use duty::{BalancePoint, Finding, KnownFinding, coverage};
use jiff::Timestamp;
use jiff::civil::Date;
use model::{AccountId, Prepaid};
use rust_decimal::Decimal;
use serde::Serialize;

pub use duty::coverage::{CoverageRows, UnseenRow};

use crate::days::day_of;
use crate::facts::{self, Facts};
use crate::kind::PatrolKind;
use crate::notice::without_successors;
use crate::rules::forecast::{Forecast, forecast};
use crate::settings::{PatrolSettings, Settings};

/// A run of the patrol; the names of the fields are those of the JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatrolReport {
    /// When the census was taken.
    pub taken: Timestamp,
    /// Each account, by name.
    pub accounts: Vec<AccountRow>,
    /// Each known finding, the worst first; gone and muted ones too, and marked so.
    pub findings: Vec<ItemRow>,
    /// The balance of each account where it is asked for.
    pub balances: Vec<BalanceRow>,
    /// What was looked at.
    pub coverage: CoverageRows,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Its name in the config.
    pub account: String,
    /// What reports call it.
    pub title: String,
    /// Its cloud.
    pub cloud: String,
    /// The cloud's own number of it; `null` when it could not be seen.
    pub number: Option<String>,
    /// How many things paid in advance it has; `null` when the list was not seen.
    pub prepaid: Option<u64>,
    /// How many of those renew by themselves.
    pub renewing: Option<u64>,
    /// Products known from the bill alone, with how many things there are.
    pub uncovered: BTreeMap<String, u64>,
}

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemRow {
    /// Its identity, as `skywarden findings` takes it.
    pub key: String,
    /// The account's name in the config; `-` for endpoints.
    pub account: String,
    /// What was found: `expiry`, `expired`, `certificate`, `balance` …
    pub kind: String,
    /// How soon to act: `notice`, `warning`, `urgent`.
    pub severity: &'static str,
    /// `new`, `still` or `gone`.
    pub state: &'static str,
    /// Whether it was not seen this time and is told as last seen.
    pub frozen: bool,
    /// The cloud's product code, or `certificate`, `domain`, `endpoint`, `maintenance`, `access_key`;
    /// empty for the balance.
    pub product: String,
    /// The id of the thing.
    pub id: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its region; empty when it has none.
    pub region: String,
    /// When it ends; of maintenance, when it begins; `null` when that is not known.
    pub ends: Option<Timestamp>,
    /// The calendar day of that in the account's zone.
    pub ends_on: Option<Date>,
    /// How many midnights are left; negative after the end.
    pub days_left: Option<i64>,
    /// Whether it has ended.
    pub ended: bool,
    /// What happens at the end: `auto`, `manual`, `never`, `unknown`; empty where that is no question.
    pub renewal: String,
    /// Who owns it by its tags; empty when unknown.
    pub owner: String,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Until when it is kept quiet.
    pub muted_until: Option<Timestamp>,
    /// Who has taken it on.
    pub acked_by: Option<String>,
    /// All facts it rests on, by stable names.
    pub evidence: BTreeMap<String, String>,
}

/// One balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceRow {
    /// The account's name in the config.
    pub account: String,
    /// `ok`, `low`, `no_threshold` or `unseen`.
    pub verdict: &'static str,
    /// The ISO code of the currency; `null` when unseen.
    pub currency: Option<String>,
    /// What can be spent; `null` when unseen or hidden.
    pub available: Option<String>,
    /// The threshold; `null` when there is none or amounts are hidden.
    pub threshold: Option<String>,
    /// How many days it lasts; `null` when there is no forecast, or it lasts for ages.
    pub days_left: Option<i64>,
    /// `lasts`, `ages` or `not_enough_history`; `null` when unseen.
    pub forecast: Option<&'static str>,
}

/// Returns a run as plain rows. `balances` are the readings before this run, for the forecast.
#[must_use]
pub fn summarize(
    census: &Census,
    known: &[KnownFinding],
    balances: &[BalancePoint],
    settings: &Settings,
    now: Timestamp,
) -> PatrolReport {
    let accounts = census.accounts.iter();
    PatrolReport {
        taken: census.taken,
        accounts: accounts
            .clone()
            .map(|(id, sight)| account_row(id, sight, settings))
            .collect(),
        findings: rows(known, settings, now),
        balances: accounts
            .filter_map(|(id, sight)| balance_row(id, sight, balances, settings, now))
            .collect(),
        coverage: coverage::rows(census, |scope| settings.accepts_gap(scope, now)),
    }
}

/// Returns the findings that are still asked for as rows, the worst first.
#[must_use]
pub fn rows(known: &[KnownFinding], settings: &Settings, now: Timestamp) -> Vec<ItemRow> {
    let asked = known
        .iter()
        .filter(|it| is_still_asked(&it.finding, settings));
    let asked: Vec<&KnownFinding> = asked.collect();
    let mut sorted = without_successors(&asked);
    sorted.sort_by_cached_key(|it| {
        Facts::of(&it.finding).rank(now, &settings.of(&it.finding.key.account).timezone)
    });
    sorted
        .into_iter()
        .map(|it| item_row(it, settings, now))
        .collect()
}

/// Returns whether the settings still ask for what was found. What is no longer looked at stays
/// frozen for ever, and nobody wants to read of it.
pub(crate) fn is_still_asked(finding: &Finding, settings: &Settings) -> bool {
    if !settings.knows(&finding.key.account) {
        return false;
    }
    match PatrolKind::from_word(&finding.key.kind) {
        Some(kind) if kind.is_about_money() => {
            settings.of(&finding.key.account).thresholds().is_some()
        }
        Some(PatrolKind::Endpoint) => settings.endpoints().contains(finding.key.resource.as_str()),
        Some(PatrolKind::Maintenance) => settings.of(&finding.key.account).maintenance,
        Some(PatrolKind::AccessKey) => {
            let asked = settings.of(&finding.key.account);
            asked.access_key_days.is_some()
        }
        _ => true,
    }
}

fn account_row(account: &AccountId, sight: &AccountSight, settings: &Settings) -> AccountRow {
    let harvests = sight.ending(account);
    let harvests: Vec<_> = harvests
        .filter_map(|(_, it)| it.seen().map(cloud::Seen::get))
        .collect();
    let counted = |of: fn(&Harvest<Prepaid>) -> u64| {
        (!harvests.is_empty()).then(|| harvests.iter().map(|it| of(it)).sum())
    };
    let uncovered = sight
        .uncovered
        .iter()
        .map(|(kind, many)| (kind.to_string(), *many));
    AccountRow {
        account: account.to_string(),
        title: settings.title(account).to_owned(),
        cloud: sight.cloud.to_string(),
        number: sight.identity.seen().map(|it| it.get().account.clone()),
        prepaid: counted(Harvest::total),
        renewing: counted(|it| it.renewing.values().sum()),
        uncovered: uncovered.collect(),
    }
}

fn item_row(known: &KnownFinding, settings: &Settings, now: Timestamp) -> ItemRow {
    let finding = &known.finding;
    let facts = Facts::of(finding);
    let PatrolSettings {
        timezone: zone,
        amount_invisible,
        ..
    } = settings.of(&finding.key.account);
    let mut evidence = finding.evidence.clone();
    if *amount_invisible {
        // They may have been written down while they were still to be seen.
        evidence.retain(|name, _| !facts::AMOUNTS.contains(&name.as_str()));
    }
    ItemRow {
        key: finding.key.to_string(),
        account: finding.key.account.to_string(),
        kind: finding.key.kind.clone(),
        severity: finding.severity.word(),
        state: known.state.word(),
        frozen: known.frozen,
        product: facts.product().to_owned(),
        id: finding.key.resource.to_string(),
        name: finding.name.clone(),
        region: facts.get(facts::REGION).to_owned(),
        ends: facts.ends,
        ends_on: facts.ends.map(|it| day_of(it, zone)),
        days_left: facts.days_left(now, zone),
        ended: facts.has_ended(now),
        renewal: facts.get(facts::RENEWAL).to_owned(),
        owner: finding.owner.clone(),
        first_seen: known.first_seen,
        last_seen: known.last_seen,
        muted_until: known
            .muted
            .as_ref()
            .map(|it| it.until)
            .filter(|it| now < *it),
        acked_by: known.acked.as_ref().map(|it| it.by.clone()),
        evidence,
    }
}

fn balance_row(
    account: &AccountId,
    sight: &AccountSight,
    balances: &[BalancePoint],
    settings: &Settings,
    now: Timestamp,
) -> Option<BalanceRow> {
    let thresholds = settings.of(account).thresholds()?;
    let mut row = BalanceRow {
        account: account.to_string(),
        verdict: "unseen",
        currency: None,
        available: None,
        threshold: None,
        days_left: None,
        forecast: None,
    };
    let Some(balance) = sight.balance.as_ref()?.seen().map(|it| it.get()) else {
        return Some(row);
    };
    let money = &balance.available;
    let threshold = thresholds.get(&money.currency);
    let shown =
        |amount: &Decimal| (!settings.of(account).amount_invisible).then(|| amount.to_string());
    row.currency = Some(money.currency.to_string());
    row.available = shown(&money.amount);
    row.threshold = threshold.and_then(shown);
    row.verdict = match threshold {
        _ if money.amount < Decimal::ZERO => "low",
        Some(threshold) if money.amount < *threshold => "low",
        Some(_) => "ok",
        None => "no_threshold",
    };
    (row.forecast, row.days_left) = match forecast(account, money, balances, now) {
        Forecast::Lasts { days, .. } => (Some("lasts"), Some(days)),
        Forecast::Ages => (Some("ages"), None),
        Forecast::NotEnough { .. } => (Some("not_enough_history"), None),
    };
    Some(row)
}

#[cfg(test)]
mod tests;
