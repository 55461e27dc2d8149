//! From the sections of the configuration to the settings of the duties.

use std::collections::BTreeMap;

use duty_patrol::{BalanceRule, Patrol, PatrolSettings, Settings};
use jiff::{Timestamp, ToSpan as _};
use model::{AccountId, Currency};

use crate::config::{BalanceWatch, Config, PatrolSection};

/// Returns the patrol as the configuration sets it.
pub(crate) fn patrol(config: &Config) -> Patrol {
    let id = |name: &str| AccountId::new(name);
    let accounts = config.accounts.iter();
    Patrol {
        settings: Settings {
            accounts: accounts
                .clone()
                .map(|it| (id(it.name.as_str()), patrol_settings(&it.patrol)))
                .collect(),
            defaults: patrol_settings(&config.patrol),
            titles: accounts
                .map(|it| (id(it.name.as_str()), it.title.clone()))
                .collect(),
            accepted_gaps: ignore_unseen(config),
        },
    }
}

/// Returns the known gaps, from their patterns to the end of their last day.
pub(crate) fn ignore_unseen(config: &Config) -> BTreeMap<String, Timestamp> {
    let sections = config
        .accounts
        .iter()
        .map(|it| &it.patrol)
        .chain([&config.patrol]);
    let mut gaps = BTreeMap::new();
    for section in sections {
        for gap in &section.ignore_unseen {
            let midnight = gap.until.0.checked_add(1.day());
            let zone = section.timezone.time_zone().clone();
            let Ok(end) = midnight.and_then(|it| it.to_zoned(zone)) else {
                continue;
            };
            // A gap that is named twice is known until the later day.
            let until = gaps.entry(gap.scope.clone()).or_insert(end.timestamp());
            *until = (*until).max(end.timestamp());
        }
    }
    gaps
}

fn patrol_settings(section: &PatrolSection) -> PatrolSettings {
    let thresholds = section.balance_below.iter();
    PatrolSettings {
        warn_days: section.warn_days,
        urgent_days: section.urgent_days,
        balance: match section.balance {
            BalanceWatch::Off => BalanceRule::Off,
            BalanceWatch::On => BalanceRule::Below(
                thresholds
                    .map(|(currency, amount)| (Currency::new(currency.as_str()), amount.0))
                    .collect(),
            ),
        },
        amount_invisible: section.amount_invisible,
        timezone: section.timezone.time_zone().clone(),
        max_list_length: section.max_list_length,
        ping: section.ping,
        digest_hour: section.digest_hour.get(),
        owner_tags: section.owner_tags.clone(),
        endpoints: section
            .tls
            .iter()
            .map(|it| format!("{}:{}", it.host, it.port))
            .collect(),
    }
}
