//! One channel gets one digest a day, whatever its accounts say: an hour that cannot be kept is told.

use std::collections::{BTreeMap, BTreeSet};

use super::file::ConfigFile;
use super::values::{Hour, Name};

/// An account that wants its digest at an hour of its own, on a channel where others want another.
pub(super) struct Conflict<'a> {
    /// The account.
    pub(super) account: &'a Name,
    /// The channel.
    pub(super) channel: &'a Name,
    /// One of the others.
    pub(super) other: &'a Name,
}

/// Returns the first conflict of each account that sets an hour itself.
pub(super) fn conflicts(file: &ConfigFile) -> Vec<Conflict<'_>> {
    let told = told(file);
    let clashing = |account: &Name, channel: &Name| {
        let others = told.get(channel).into_iter().flatten();
        let mine = hour(file, account);
        others.copied().find(|other| hour(file, other) != mine)
    };
    let setting = file
        .accounts
        .iter()
        .filter(|(_, section)| section.patrol.digest_hour.is_some());
    let mut conflicts = Vec::new();
    for (account, _) in setting {
        let mut channels = told
            .iter()
            .filter(|(_, accounts)| accounts.contains(account));
        conflicts.extend(channels.find_map(|(channel, _)| {
            Some(Conflict {
                account,
                channel,
                other: clashing(account, channel)?,
            })
        }));
    }
    conflicts
}

/// Returns the accounts that each channel is told all about.
fn told(file: &ConfigFile) -> BTreeMap<&Name, BTreeSet<&Name>> {
    let mut told: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    let patrolled = |name: &Name| {
        let named = &file.patrol.accounts;
        named.is_empty() || named.contains(name)
    };
    for (name, account) in file.accounts.iter().filter(|(name, _)| patrolled(name)) {
        let own = account.patrol.report_to.as_ref();
        let routed = file.routes.iter().filter(|it| {
            it.tags.is_empty() && (it.accounts.is_empty() || it.accounts.contains(name))
        });
        let channels = own.unwrap_or(&file.patrol.report_to).iter();
        for channel in channels.chain(routed.flat_map(|it| &it.channels)) {
            told.entry(channel).or_default().insert(name);
        }
    }
    told
}

fn hour(file: &ConfigFile, account: &Name) -> Hour {
    let own = file.accounts.get(account);
    own.and_then(|it| it.patrol.digest_hour)
        .unwrap_or(file.patrol.digest_hour)
}
