//! The duties that may change something, and for which accounts they may.

mod alarms;
pub(crate) mod backups;

use std::collections::{BTreeMap, BTreeSet};

use duty::{Backlog, Duty, Limits, ProtectedTag, Selection};
use jiff::Timestamp;
use model::{Currency, Money};

use super::Told;
use super::duties;
use crate::cli::CliError;
use crate::config::{
    self, AccountConfig, Config, DutyWord, GuardSection, Limit, Mode, Name, Partition, Site,
    TagRule,
};
use crate::wiring::Gathered as _;

/// A duty that may change something.
pub(crate) struct Changer {
    /// The duty.
    pub(crate) duty: Box<dyn Duty>,
    /// Whose letters go out.
    pub(crate) told: Told,
    /// Known gaps, and until when.
    pub(crate) ignore_unseen: BTreeMap<String, Timestamp>,
}

/// What a person asks for this once, besides what is configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Makes whom alarms tell where there is none.
    pub(crate) create_topic: bool,
    /// Who is invited to hear it then.
    pub(crate) subscribe: Vec<String>,
}

/// Returns a duty as the configuration sets it, or `None` when it is one that only looks.
///
/// # Errors
///
/// When a value that was checked when it was read cannot be understood now, a defect.
pub(crate) fn changer(
    config: &Config,
    word: DutyWord,
    asked: &Asked,
) -> Result<Option<Changer>, CliError> {
    Ok(match word {
        DutyWord::Patrol => None,
        DutyWord::Orphans => {
            let duty = duties::orphans(config);
            Some(Changer {
                ignore_unseen: duty.settings.accepted_gaps.clone(),
                duty: Box::new(duty),
                told: Told::Orphans,
            })
        }
        DutyWord::Alarms => {
            let duty = alarms::alarms(config, asked)?;
            Some(Changer {
                ignore_unseen: duty.settings.accepted_gaps.clone(),
                duty: Box::new(duty),
                told: Told::Alarms,
            })
        }
        DutyWord::Backups => {
            let duty = backups::backups(config)?;
            Some(Changer {
                ignore_unseen: duty.settings.accepted_gaps.clone(),
                duty: Box::new(duty),
                told: Told::Backups,
            })
        }
    })
}

/// Returns a selection of the configuration, which was checked when it was read.
fn selection(text: &config::Selection) -> Result<Selection, CliError> {
    Selection::compile(text.as_str()).map_err(|bad| CliError::usage(bad.to_string()))
}

/// Returns the accounts that a duty's own table names; all of them when empty.
pub(crate) fn section_accounts(config: &Config, word: DutyWord) -> &[Name] {
    match word {
        DutyWord::Patrol => &config.patrol.accounts,
        DutyWord::Orphans => &config.orphans.accounts,
        DutyWord::Backups => &config.backups.accounts,
        DutyWord::Alarms => &config.alarms.accounts,
    }
}

/// Returns whether a duty may change something of an account by itself.
pub(crate) fn mode(account: &AccountConfig, word: DutyWord) -> Mode {
    match word {
        DutyWord::Patrol => Mode::Plan,
        DutyWord::Orphans => account.orphans.mode,
        DutyWord::Backups => account.backups.mode,
        DutyWord::Alarms => account.alarms.mode,
    }
}

/// Returns the accounts of which a duty may change something by itself.
pub(crate) fn applies_to(config: &Config, word: DutyWord) -> BTreeSet<String> {
    let named = section_accounts(config, word);
    let accounts = config.accounts.iter();
    accounts
        .filter(|it| named.is_empty() || named.contains(&it.name))
        .filter(|it| mode(it, word) == Mode::Apply)
        .map(|it| it.name.to_string())
        .gathered()
}

/// Returns how much may be done at once in an account that is paid in a currency; what carries one of
/// `more` stays, too.
pub(crate) fn limits(guard: &GuardSection, currency: &Currency, more: &[TagRule]) -> Limits {
    let mut monthly = guard.monthly.iter();
    let monthly = monthly.find(|(it, _)| it.as_str() == currency.code());
    Limits {
        at_most: match guard.at_most {
            Limit::Number(number) => number,
            Limit::Lifted => u64::MAX,
        },
        percent: match guard.percent {
            Limit::Number(percent) => u32::try_from(percent).unwrap_or(100),
            Limit::Lifted => 100,
        },
        monthly: monthly.map(|(_, amount)| Money::new(amount.0, currency.clone())),
        backlog: Backlog::Refused,
        protected: guard
            .protected_tags
            .iter()
            .chain(more)
            .map(protected)
            .collect(),
    }
}

/// Returns a tag that keeps what carries it.
fn protected(rule: &TagRule) -> ProtectedTag {
    ProtectedTag {
        key: rule.key.clone(),
        value: rule.value.clone(),
    }
}

/// Returns what an account is paid in: prices of its plans are in it.
pub(crate) fn currency(account: &AccountConfig) -> Currency {
    let priced = account.backups.prices.get(&account.cloud);
    if let Some(price) = priced {
        return Currency::new(price.currency.as_str());
    }
    let abroad = match account.cloud.as_str() {
        "aws" => account.partition != Some(Partition::China) && !in_china(account),
        _ => account.site == Site::International,
    };
    Currency::new(if abroad { "USD" } else { "CNY" })
}

fn in_china(account: &AccountConfig) -> bool {
    let mut regions = account.regions.iter();
    regions.any(|it| it.as_str().starts_with("cn-"))
}
