//! What a plan says in words: why the guard refuses, what it costs.

use std::collections::BTreeMap;

use duty::{Planned, Refusal, TooMuch};
use model::{Currency, Money};
use rust_decimal::Decimal;

use crate::cli::Ui;

/// Returns why a part was refused, and what can be done about it.
pub(in crate::cli) fn refusal(refusal: &Refusal, ui: &Ui) -> (String, Option<String>) {
    let number = |it: &u64| it.to_string().into();
    let (key, places) = match &refusal.why {
        TooMuch::UnknownPopulation => ("guard-unknown", Vec::new()),
        TooMuch::Many { asked, allowed } => (
            "guard-many",
            vec![("asked", number(asked)), ("allowed", number(allowed))],
        ),
        TooMuch::Share {
            asked,
            total,
            allowed,
        } => (
            "guard-share",
            vec![
                ("asked", number(asked)),
                ("total", number(total)),
                ("allowed", number(allowed)),
            ],
        ),
        TooMuch::Backlog { asked, allowed } => (
            "guard-backlog",
            vec![("asked", number(asked)), ("allowed", number(allowed))],
        ),
        TooMuch::Dear { asked, allowed } => (
            "guard-dear",
            vec![
                ("asked", asked.to_string().into()),
                ("allowed", allowed.to_string().into()),
            ],
        ),
        TooMuch::Waits => ("guard-waits", Vec::new()),
    };
    let hint = match &refusal.why {
        TooMuch::Many { .. } => Some("guard-many-hint"),
        TooMuch::Share { .. } => Some("guard-share-hint"),
        TooMuch::Backlog { .. } => Some("guard-backlog-hint"),
        TooMuch::Dear { .. } => Some("guard-dear-hint"),
        TooMuch::UnknownPopulation | TooMuch::Waits => None,
    };
    (ui.say(key, &places), hint.map(|it| ui.say(it, &[])))
}

/// Returns the stable word of why a part was refused.
pub(in crate::cli) fn refusal_word(why: &TooMuch) -> &'static str {
    match why {
        TooMuch::UnknownPopulation => "unknown_population",
        TooMuch::Many { .. } => "too_many",
        TooMuch::Share { .. } => "too_large_a_share",
        TooMuch::Backlog { .. } => "backlog",
        TooMuch::Dear { .. } => "too_dear",
        TooMuch::Waits => "waits_for_refused",
    }
}

/// Returns what steps cost a month, by currency; savings are negative.
pub(in crate::cli) fn monthly<'a>(steps: impl Iterator<Item = &'a Planned>) -> Vec<Money> {
    let mut sums: BTreeMap<&Currency, Decimal> = BTreeMap::new();
    for money in steps.filter_map(|it| it.monthly.as_ref()) {
        *sums.entry(&money.currency).or_default() += money.amount;
    }
    sums.into_iter()
        .map(|(currency, amount)| Money::new(amount.normalize(), currency.clone()))
        .collect()
}
