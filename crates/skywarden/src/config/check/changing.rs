//! What is checked of the duties that may change something.

use super::Checker;
use crate::config::changing::Mode;
use crate::config::file::AccountSection;
use crate::config::orphans::Act;
use crate::config::values::Name;

/// AWS and the others look at no more than a day of periods.
const LONGEST_SPAN_SECONDS: i64 = 24 * 60 * 60;

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
        let backups = self.file.backups.overridden_by(&account.backups);
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
