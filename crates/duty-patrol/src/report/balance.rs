//! What is said of the money of an account.

use cloud::Sighting;
use duty::Severity;
use jiff::SignedDuration;
use model::message::Line;
use model::{AccountId, Balance, Span, Tone};
use rust_decimal::Decimal;

use super::view::{Entry, View};
use super::words::{Words, number, plain};
use crate::days::day_of;
use crate::facts;
use crate::kind::PatrolKind;
use crate::rules::forecast::{Forecast, forecast};
use crate::settings::PatrolSettings;

/// Returns the lines about the money of an account; none where nobody asks.
pub(super) fn lines(
    view: &View<'_>,
    account: &AccountId,
    sighting: Option<&Sighting<Balance>>,
    entries: &[&Entry<'_>],
    words: Words,
) -> Vec<Line> {
    let settings = view.settings.of(account);
    let (Some(thresholds), Some(sighting)) = (settings.thresholds(), sighting) else {
        return Vec::new();
    };
    let Some(balance) = sighting.seen().map(|it| it.get()) else {
        return vec![words.line("balance-unseen", &[])];
    };
    let mut lines = vec![balance_line(view, account, balance, words)];
    let currency = &balance.available.currency;
    if !thresholds.is_empty() && !thresholds.contains_key(currency) {
        lines.push(words.line("balance-no-threshold", &[("currency", plain(currency))]));
    }
    lines.extend(runway_line(view, account, balance, words));
    lines.extend(unfunded_line(entries, settings, words));
    lines
}

/// Returns the balance as one value, colored by how it stands to its threshold.
pub(super) fn value(view: &View<'_>, account: &AccountId, balance: &Balance, words: Words) -> Span {
    let settings = view.settings.of(account);
    let standing = Standing::of(view, account, balance);
    let text = match (settings.amount_invisible, standing) {
        (false, _) => balance.available.to_string(),
        (true, Standing::Low) => words.say("balance-hidden-low"),
        (true, Standing::Fine) => words.say("balance-hidden-fine"),
        (true, Standing::Unjudged) => words.say("balance-hidden"),
    };
    let tone = match standing {
        Standing::Low => Tone::Urgent,
        Standing::Fine => Tone::Good,
        Standing::Unjudged => Tone::Plain,
    };
    Span::bold(text).toned(tone)
}

/// Says how many accounts have a balance in a currency that no threshold was set for, where others
/// were: whoever set one believes that all are watched.
pub(super) fn unjudged_line(view: &View<'_>, words: Words) -> Option<Line> {
    let unjudged = view.accounts.iter().filter(|(account, sight)| {
        let thresholds = view
            .settings
            .of(account)
            .thresholds()
            .filter(|it| !it.is_empty());
        let balance = sight.balance.as_ref().and_then(Sighting::seen);
        thresholds
            .zip(balance)
            .is_some_and(|(all, balance)| !all.contains_key(&balance.get().available.currency))
    });
    let count = unjudged.count();
    (count > 0).then(|| words.line("several-no-threshold", &[("count", number(count))]))
}

/// How a balance stands to its threshold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Low,
    Fine,
    /// There is no threshold to go by.
    Unjudged,
}

impl Standing {
    fn of(view: &View<'_>, account: &AccountId, balance: &Balance) -> Self {
        let thresholds = view.settings.of(account).thresholds();
        let threshold = thresholds.and_then(|it| it.get(&balance.available.currency));
        match threshold {
            _ if balance.available.amount < Decimal::ZERO => Self::Low,
            Some(threshold) if balance.available.amount < *threshold => Self::Low,
            Some(_) => Self::Fine,
            None => Self::Unjudged,
        }
    }
}

fn balance_line(view: &View<'_>, account: &AccountId, balance: &Balance, words: Words) -> Line {
    let settings = view.settings.of(account);
    let mut line = words.line(
        "balance-line",
        &[("amount", value(view, account, balance, words))],
    );
    let thresholds = settings.thresholds();
    let threshold = thresholds.and_then(|it| it.get(&balance.available.currency));
    if let Some(threshold) = threshold
        && Standing::of(view, account, balance) == Standing::Low
        && !settings.amount_invisible
    {
        let money = model::Money::new(*threshold, balance.available.currency.clone());
        line.extend(words.line("balance-below", &[("threshold", plain(money))]));
    }
    line
}

fn runway_line(
    view: &View<'_>,
    account: &AccountId,
    balance: &Balance,
    words: Words,
) -> Option<Line> {
    let days = match forecast(account, &balance.available, view.balances, view.now) {
        Forecast::Lasts { days, .. } => days,
        Forecast::NotEnough { .. } => return Some(words.line("runway-not-enough", &[])),
        Forecast::Ages => return None,
    };
    let settings = view.settings.of(account);
    let tone = match days {
        _ if days <= i64::from(settings.urgent_days) => Tone::Urgent,
        _ if days <= i64::from(settings.warn_days) => Tone::Warning,
        _ => Tone::Plain,
    };
    let until = view
        .now
        .saturating_add(SignedDuration::from_hours(days * 24))
        .ok()?;
    let day = plain(day_of(until, &settings.timezone));
    Some(words.line(
        "runway-line",
        &[("days", number(days).toned(tone)), ("day", day)],
    ))
}

fn unfunded_line(entries: &[&Entry<'_>], settings: &PatrolSettings, words: Words) -> Option<Line> {
    let entry = entries
        .iter()
        .find(|it| it.facts.kind == Some(PatrolKind::RenewalUnfunded))?;
    let facts = &entry.facts;
    let tone = match entry.severity {
        Severity::Urgent => Tone::Urgent,
        _ => Tone::Warning,
    };
    let count = ("count", number(facts.get(facts::PRICED)).toned(tone));
    // It may have been written down while amounts were still to be seen.
    let needed = facts.get(facts::NEEDED).parse::<Decimal>().ok();
    let needed = needed
        .filter(|_| !settings.amount_invisible)
        .map(|amount| model::Money::new(amount, model::Currency::new(facts.get(facts::CURRENCY))));
    let mut line = match needed {
        Some(needed) => words.line(
            "unfunded-line",
            &[count, ("needed", number(needed).toned(tone))],
        ),
        None => words.line("unfunded-hidden", &[count]),
    };
    let unpriced = facts.get(facts::UNPRICED);
    if unpriced != "0" {
        line.extend(words.line("unfunded-unpriced", &[("count", plain(unpriced))]));
    }
    Some(line)
}
