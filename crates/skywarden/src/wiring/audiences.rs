//! Who is told what: from `report_to` and `[[routes]]` to one audience for each channel.

use std::collections::{BTreeMap, BTreeSet};

use duty::{Audience, Takes};
use model::{AccountId, Language};

use crate::config::{self, Config};

/// Whose letters they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The patrol's.
    Patrol,
    /// The orphan duty's.
    Orphans,
    /// The backup duty's.
    Backups,
    /// Those of the traffic alarms.
    Alarms,
}

/// Returns the audience of every channel that is told anything of a duty, by the channel's name.
///
/// A route adds a channel to those that `report_to` names and takes none away: a mistake in a
/// route can make a message too many, never one too few.
pub(super) fn of(config: &Config, told: Told, fallback: Language) -> BTreeMap<String, Audience> {
    let mut takes: BTreeMap<String, Vec<Takes>> = BTreeMap::new();
    let mut reported: BTreeMap<&str, BTreeSet<AccountId>> = BTreeMap::new();
    for account in &config.accounts {
        let channels = match told {
            Told::Patrol => &account.patrol.report_to,
            Told::Orphans => &account.orphans.report_to,
            Told::Backups => &account.backups.report_to,
            Told::Alarms => &account.alarms.report_to,
        };
        for channel in channels {
            let id = AccountId::new(account.name.as_str());
            reported.entry(channel.as_str()).or_default().insert(id);
        }
    }
    // TLS endpoints belong to no account: who asked for them hears of them.
    let sections = config.accounts.iter().map(|it| &it.patrol);
    for section in sections
        .chain([&config.patrol])
        .filter(|it| told == Told::Patrol && !it.tls.is_empty())
    {
        for channel in &section.report_to {
            let nobody = AccountId::new(cloud::census::NO_ACCOUNT);
            reported.entry(channel.as_str()).or_default().insert(nobody);
        }
    }
    for (channel, accounts) in reported {
        takes
            .entry(channel.to_owned())
            .or_default()
            .push(Takes::Accounts(accounts));
    }
    let everybody: BTreeSet<AccountId> = config
        .accounts
        .iter()
        .map(|it| AccountId::new(it.name.as_str()))
        .collect();
    for route in &config.routes {
        let named: BTreeSet<AccountId> = route
            .accounts
            .iter()
            .map(|it| AccountId::new(it.as_str()))
            .collect();
        let taken = match (named.is_empty(), route.tags.is_empty()) {
            (true, true) => Takes::Accounts(everybody.clone()),
            (false, true) => Takes::Accounts(named),
            (_, false) => Takes::Tagged {
                tags: route.tags.clone().into_iter().collect(),
                accounts: named,
            },
        };
        for channel in &route.channels {
            takes
                .entry(channel.as_str().to_owned())
                .or_default()
                .push(taken.clone());
        }
    }
    let language = |name: &str| {
        let channel = config.channels.iter().find(|it| it.name.as_str() == name);
        channel
            .and_then(|it| it.section.language)
            .or(config.language)
    };
    takes
        .into_iter()
        .map(|(channel, takes)| {
            let language = language(&channel).map_or(fallback, spoken);
            (
                channel.clone(),
                Audience {
                    channel,
                    language,
                    takes,
                },
            )
        })
        .collect()
}

/// Returns the language that a word of the config stands for.
pub(crate) fn spoken(language: config::Language) -> Language {
    match language {
        config::Language::Chinese => Language::Chinese,
        config::Language::English => Language::English,
    }
}
