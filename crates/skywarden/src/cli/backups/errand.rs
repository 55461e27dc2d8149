//! What a person asks of the copies by hand: a plan like any other, shown, confirmed, guarded and
//! journaled; the `mode` of the configuration is for what goes by the clock.

use std::sync::{Mutex, PoisonError};

use cloud::{Census, Doubt, Wants};
use duty::{Audience, Duty, Finding, Letter, Limits, Memory, Plan, Reason, Scene};
use duty_backups::{Backups, Beyond, How, adopt_plan, restore_plan, verify_plan};
use jiff::Timestamp;
use model::{AccountId, Language};
use warden::{Applied, ApplyRequest, Exit, Tell};

use super::{ErrandArgs, moment};
use crate::cli::apply::{confirm::Asker, report, somebody_answers};
use crate::cli::changing::{of_apply, print, request, warden};
use crate::cli::duty_run::choose_accounts;
use crate::cli::plan::zone;
use crate::cli::run_time::block_on;
use crate::cli::{CliError, Context, ErrorClass, Global, OutputFormat, Ui};
use crate::config::{Config, DutyWord};
use crate::wiring::changing::{Changer, backups, section_accounts};

/// What a person asks for.
pub(super) enum Wish {
    /// Copies back, as disks or as a machine.
    Restore {
        who: String,
        at: Option<String>,
        how: How,
    },
    /// Older copies taken on.
    Adopt,
    /// A proof that a copy can be used.
    Verify {
        who: Option<String>,
        attach_to: Option<String>,
    },
}

/// A wish, and how it is to be done.
pub(super) struct Errand {
    wish: Wish,
    args: ErrandArgs,
}

impl Errand {
    pub(super) fn new(wish: Wish, args: ErrandArgs) -> Self {
        Self { wish, args }
    }

    /// Plans it, and does it once it is confirmed.
    pub(super) fn run(self, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
        let mut config = Context::load(global, ui)?.config;
        if !self.args.plan {
            somebody_answers(self.args.yes, ui)?;
        }
        let at = match &self.wish {
            Wish::Restore { at: Some(text), .. } => {
                let zone = config.backups.timezone.time_zone();
                Some(moment::parse(text, zone, ui)?)
            }
            _ => None,
        };
        let section = section_accounts(&config, DutyWord::Backups).to_vec();
        choose_accounts(&mut config, &section, &self.args.account)?;
        let duty = ByHand {
            backups: backups::backups(&config)?,
            wish: self.wish,
            at,
            beyond: Mutex::new(None),
        };
        let changer = Changer {
            ignore_unseen: duty.backups.settings.accepted_gaps.clone(),
            duty: Box::new(duty.backups.clone()),
            told: crate::wiring::Told::Backups,
        };
        match self.args.plan {
            true => plan(&duty, &changer, &config, ui),
            false => apply(&duty, &changer, &config, self.args.yes, ui),
        }
    }
}

fn plan(duty: &ByHand, changer: &Changer, config: &Config, ui: &mut Ui) -> Result<Exit, CliError> {
    let planning = block_on(async {
        let warden = warden(config, changer, ui).await?;
        let request = request(duty, &changer.ignore_unseen, Tell::Nobody, ui);
        let planning = warden.plan(&request, duty::Backlog::Refused).await;
        planning.map_err(|error| of_apply(error, ui))
    })?;
    duty.possible(ui)?;
    let exits = planning.exits();
    match ui.format() {
        OutputFormat::Table => print::table(&planning, duty, &zone(config, DutyWord::Backups), ui)?,
        OutputFormat::Json => {
            let document = print::document(&planning, duty, &exits, ui);
            ui.data(&format!("{document:#}\n"))?;
        }
        _ => {
            let sheet = print::sheet(&planning, duty, ui);
            ui.sheet(&sheet)?;
        }
    }
    Ok(Exit::gravest(&exits))
}

fn apply(
    duty: &ByHand,
    changer: &Changer,
    config: &Config,
    yes: bool,
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let zone = zone(config, DutyWord::Backups);
    let applied = block_on(applied(duty, changer, config, yes, ui))?;
    duty.possible(ui)?;
    report::print(&applied, duty, &zone, ui)?;
    Ok(Exit::gravest(&applied.exits()))
}

async fn applied(
    duty: &ByHand,
    changer: &Changer,
    config: &Config,
    yes: bool,
    ui: &mut Ui,
) -> Result<Applied, CliError> {
    let warden = warden(config, changer, ui).await?;
    let run = request(duty, &changer.ignore_unseen, Tell::Nobody, ui);
    let applied = {
        let asker = Asker::new(yes, duty, zone(config, DutyWord::Backups), ui);
        let request = ApplyRequest {
            run,
            backlog: duty::Backlog::Refused,
            file: None,
            confirm: &asker,
        };
        let applied = warden.apply(&request).await;
        if let Some(failed) = asker.failed() {
            return Err(failed);
        }
        applied
    };
    applied.map_err(|error| of_apply(error, ui))
}

/// The backup duty, whose plan is what a person asked for.
struct ByHand {
    backups: Backups,
    wish: Wish,
    at: Option<Timestamp>,
    /// Why it cannot be planned, once that is known.
    beyond: Mutex<Option<Beyond>>,
}

impl ByHand {
    /// Returns an error when what was asked for cannot be planned.
    fn possible(&self, ui: &Ui) -> Result<(), CliError> {
        let beyond = self.beyond.lock().unwrap_or_else(PoisonError::into_inner);
        match &*beyond {
            None => Ok(()),
            Some(beyond) => Err(CliError {
                class: ErrorClass::Usage,
                text: base::chain(beyond),
                hints: vec![ui.say("backups-list-hint", &[])],
            }),
        }
    }

    fn planned(&self, census: &Census, now: Timestamp) -> Result<Plan, Beyond> {
        let settings = &self.backups.settings;
        match &self.wish {
            Wish::Restore { who, how, .. } => {
                restore_plan(census, settings, who, self.at, how, now)
            }
            Wish::Adopt => Ok(adopt_plan(census, settings, now)),
            Wish::Verify { who, attach_to } => {
                let (who, attach_to) = (who.as_deref(), attach_to.as_deref());
                verify_plan(census, settings, who, attach_to, now)
            }
        }
    }
}

impl Duty for ByHand {
    fn name(&self) -> &'static str {
        self.backups.name()
    }

    fn wants(&self, now: Timestamp) -> Wants {
        self.backups.wants(now)
    }

    fn doubts(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Doubt> {
        self.backups.doubts(census, memory, now)
    }

    fn assess(&self, census: &Census, memory: &Memory, now: Timestamp) -> Vec<Finding> {
        self.backups.assess(census, memory, now)
    }

    fn plan(&self, census: &Census, _memory: &Memory, now: Timestamp) -> Option<Plan> {
        let planned = self.planned(census, now).unwrap_or_else(|why| {
            let mut beyond = self.beyond.lock().unwrap_or_else(PoisonError::into_inner);
            *beyond = Some(why);
            Plan::empty(self.name(), now)
        });
        Some(planned)
    }

    fn limits(&self, account: &AccountId) -> Limits {
        self.backups.limits(account)
    }

    fn explain(&self, reason: &Reason, language: Language) -> String {
        self.backups.explain(reason, language)
    }

    fn letter(&self, _audience: &Audience, _scene: &Scene<'_>) -> Option<Letter> {
        None
    }
}
