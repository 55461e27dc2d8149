//! What is checked of the duties that may change something.

use std::collections::BTreeSet;

use super::Checker;
use crate::config::backups::CopySection;
use crate::config::changing::Mode;
use crate::config::error::Problem;
use crate::config::file::{AccountSection, Partition};
use crate::config::orphans::Act;
use crate::config::values::Name;

/// AWS and the others look at no more than a day of periods.
const LONGEST_SPAN_SECONDS: i64 = 24 * 60 * 60;
/// The clouds on which one account can lend snapshots to another.
const LENDING_CLOUDS: [&str; 1] = ["aws"];

/// Returns whether two accounts are in different partitions, as far as the file says it.
fn are_apart(one: &AccountSection, other: &AccountSection) -> bool {
    let partition = |it: &AccountSection| {
        let by_region = || {
            let region = it.regions.first()?;
            Some(match region.as_str().starts_with("cn-") {
                true => Partition::China,
                false => Partition::Aws,
            })
        };
        it.partition.or_else(by_region)
    };
    matches!((partition(one), partition(other)), (Some(a), Some(b)) if a != b)
}

impl Checker<'_> {
    /// Checks `[backups]`, `[alarms]` and what `[orphans]` says of acting.
    pub(super) fn changing(&mut self) {
        let file = self.file;
        let (backups, alarms) = (&file.backups, &file.alarms);
        self.known_channels(&backups.report_to, &["backups", "report_to"]);
        self.known_accounts(&backups.accounts, &["backups", "accounts"]);
        self.shown(backups.max_list_length, &["backups"]);
        self.known_channels(&alarms.report_to, &["alarms", "report_to"]);
        self.known_accounts(&alarms.accounts, &["alarms", "accounts"]);
        self.shown(alarms.max_list_length, &["alarms"]);
        self.span(
            alarms.outbound.period().as_secs(),
            alarms.periods,
            &["alarms"],
        );
        self.selects(&backups.require, &["backups", "require"]);
        self.copied(&backups.copy_to, &["backups", "copy_to"]);
        self.nobody(&alarms.notify, &["alarms"]);
        self.selects(&file.orphans.act_select, &["orphans", "act_select"]);
        self.idle(file.orphans.mode, file.orphans.act, &["orphans"]);
    }

    /// Checks what an account says differently.
    pub(super) fn changing_of(&mut self, name: &Name, account: &AccountSection) {
        let path = ["accounts", name.as_str()];
        let at = |more: &[&'static str]| [&path[..], more].concat();
        if let Some(channels) = &account.backups.report_to {
            self.known_channels(channels, &at(&["backups", "report_to"]));
        }
        if let Some(channels) = &account.alarms.report_to {
            self.known_channels(channels, &at(&["alarms", "report_to"]));
        }
        let its_own = at(&["backups", "copy_to"]);
        let all = ["backups", "copy_to"];
        let backups = self.file.backups.overridden_by(&account.backups);
        if let Some(copies) = &account.backups.copy_to {
            self.copied(copies, &its_own);
            self.copied_from(name, account, copies, &its_own);
        } else if self.file.backups.accounts.is_empty() || self.file.backups.accounts.contains(name)
        {
            let named = |it: &&CopySection| it.account.as_ref() != Some(name);
            let others: Vec<CopySection> = backups.copy_to.iter().filter(named).cloned().collect();
            // Where all accounts say it, it does not hold for the one that is named, and the places
            // are those of the list as it stands.
            if others.len() == backups.copy_to.len() {
                self.copied_from(name, account, &others, &all);
            }
        }
        let alarms = self.file.alarms.overridden_by(&account.alarms);
        let orphans = self.file.orphans.overridden_by(&account.orphans);
        self.shown(backups.max_list_length, &at(&["backups"]));
        self.shown(alarms.max_list_length, &at(&["alarms"]));
        self.selects(&backups.require, &at(&["backups", "require"]));
        let period = alarms.outbound.period().as_secs();
        self.span(period, alarms.periods, &at(&["alarms"]));
        self.nobody(&alarms.notify, &at(&["alarms"]));
        self.selects(&orphans.act_select, &at(&["orphans", "act_select"]));
        self.idle(orphans.mode, orphans.act, &at(&["orphans"]));
        let acts = [backups.mode, alarms.mode, orphans.mode].contains(&Mode::Apply);
        if acts && account.expect_identity.is_none() {
            let message = format!(
                "things are changed in the account `{name}`, and nothing says who it must be"
            );
            let mut problem = self.source.problem_at_key(&path, message);
            problem.hint = Some(
                "add expect_identity, as `skywarden whoami` shows it, so that a wrong key changes \
                 nothing."
                    .to_owned(),
            );
            self.warnings.push(problem);
        }
    }

    /// Checks the places that sets are copied to by themselves.
    fn copied(&mut self, copies: &[CopySection], at: &[&str]) {
        let mut seen: BTreeSet<&Name> = BTreeSet::new();
        for (index, copy) in copies.iter().enumerate() {
            let index = index.to_string();
            let at = [at, &[index.as_str()]].concat();
            let Some(account) = &copy.account else {
                if copy.region.is_none() {
                    let message = "this says neither a region nor an account".to_owned();
                    let mut problem = self.source.problem_at(&at, message);
                    problem.hint = Some("add region, account, or both.".to_owned());
                    self.problems.push(problem);
                }
                continue;
            };
            let at = [&at[..], &["account"]].concat();
            if !self.file.accounts.contains_key(account) {
                let known: Vec<&str> = self.file.accounts.keys().map(Name::as_str).collect();
                let message = format!("there is no account `{account}`");
                self.unknown(message, account.as_str(), &known, &at);
            } else if !seen.insert(account) {
                let message = format!("the account `{account}` stands here twice");
                let mut problem = self.source.problem_at(&at, message);
                problem.hint = Some(
                    "a leave to copy is given to an account, whatever the region: name one region of \
                     it."
                        .to_owned(),
                );
                self.problems.push(problem);
            }
        }
    }

    /// Checks whether the sets of an account can be copied to the accounts that are named.
    fn copied_from(
        &mut self,
        name: &Name,
        account: &AccountSection,
        copies: &[CopySection],
        at: &[&str],
    ) {
        for (index, copy) in copies.iter().enumerate() {
            let Some(to) = &copy.account else { continue };
            let Some(there) = self.file.accounts.get(to) else {
                continue;
            };
            let cloud = account.cloud.as_str();
            let (message, hint) = if to == name {
                (
                    format!("the account `{name}` is copied to itself"),
                    "leave `account` out to copy to another region of it.".to_owned(),
                )
            } else if account.cloud != there.cloud {
                (
                    format!(
                        "`{name}` is at {cloud} and `{to}` at {}",
                        there.cloud.as_str()
                    ),
                    format!(
                        "snapshots stay within a cloud: say copy_to in [accounts.{name}.backups] with \
                         another account at {cloud}."
                    ),
                )
            } else if !LENDING_CLOUDS.contains(&cloud) {
                (
                    format!("snapshots at {cloud} are not copied to other accounts"),
                    "copy them to another region of the same account: say `region` alone."
                        .to_owned(),
                )
            } else if are_apart(account, there) {
                (
                    format!("`{name}` and `{to}` are in different partitions of {cloud}"),
                    "snapshots stay within a partition: name another account of the same one."
                        .to_owned(),
                )
            } else {
                continue;
            };
            let index = index.to_string();
            let at = [at, &[index.as_str(), "account"]].concat();
            let mut problem = self.source.problem_at(&at, message);
            problem.hint = Some(hint);
            // Said of all accounts, it may be wrong of many of them.
            let is_new = |it: &Problem| it.message != problem.message;
            if self.problems.iter().all(is_new) {
                self.problems.push(problem);
            }
        }
    }

    fn span(&mut self, period: i64, periods: u32, table: &[&str]) {
        let at = [table, &["periods"]].concat();
        let too_long = period.saturating_mul(i64::from(periods)) > LONGEST_SPAN_SECONDS;
        if (periods == 0 || too_long) && self.source.has(&at) {
            let message = "an alarm fires after 1 period or more, within a day".to_owned();
            self.problems.push(self.source.problem_at(&at, message));
        }
    }

    fn selects(&mut self, text: &str, at: &[&str]) {
        if text.trim().is_empty() || !self.source.has(at) {
            return;
        }
        if let Err(bad) = duty::Selection::compile(text) {
            let message = format!("this selects nothing: {bad}");
            self.problems.push(self.source.problem_at(at, message));
        }
    }

    fn nobody(&mut self, notify: &str, table: &[&str]) {
        let at = [table, &["notify"]].concat();
        if notify.trim().is_empty() && self.source.has(&at) {
            let message = "an alarm that tells nobody is none; name whom it tells".to_owned();
            self.problems.push(self.source.problem_at(&at, message));
        }
    }

    fn idle(&mut self, mode: Mode, act: Act, table: &[&str]) {
        let at = [table, &["mode"]].concat();
        if mode == Mode::Apply && act == Act::Nothing && self.source.has(&at) {
            let message = "there is nothing to apply while `act` is \"nothing\"".to_owned();
            let mut problem = self.source.problem_at(&at, message);
            problem.hint = Some("say act = \"stop\" or act = \"delete\".".to_owned());
            self.problems.push(problem);
        }
    }
}
