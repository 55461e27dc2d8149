//! The checked configuration, which the rest of the program works with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::alarms::AlarmSection;
use super::backups::BackupSection;
use super::beside;
use super::channel::{ChannelKind, ChannelSection, Language};
use super::check::plain_address;
use super::error::Problem;
use super::file::{
    BillSection, CloudName, ConfigFile, DiscoverSection, LogSection, NetworkSection, PaceSection,
    Partition, PersonSection, Region, RouteSection, Site,
};
use super::guard::GuardSection;
use super::locate::{Located, Origin};
use super::orphans::OrphanSection;
use super::patrol::PatrolSection;
use super::quotas::QuotaSection;
use super::reference::{Credentials, SecretRef};
use super::source::Source;
use super::values::Name;
use crate::surroundings::Surroundings;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// How the file was found.
    pub origin: Origin,
    /// The language of messages and of the command line, when one is set.
    pub language: Option<Language>,
    /// The accounts, in the order of the file.
    pub accounts: Vec<AccountConfig>,
    /// The channels, in the order of the file.
    pub channels: Vec<ChannelConfig>,
    /// What goes elsewhere than `report_to` says.
    pub routes: Vec<RouteSection>,
    /// People, by the value of the owner tag.
    pub people: BTreeMap<String, PersonSection>,
    /// The patrol as it holds where an account says nothing else.
    pub patrol: PatrolSection,
    /// The orphan duty as it holds where an account says nothing else.
    pub orphans: OrphanSection,
    /// The backup duty as it holds where an account says nothing else.
    pub backups: BackupSection,
    /// The duty of traffic alarms as it holds where an account says nothing else.
    pub alarms: AlarmSection,
    /// The limits of plans where an account says nothing else.
    pub guard: GuardSection,
    /// The duties that the file speaks of; the patrol always.
    pub duties: Vec<DutyWord>,
    /// Where state is kept.
    pub store: StoreConfig,
    /// Where the key of sealed secrets is, when a file is named.
    pub key_file: Option<PathBuf>,
    /// What is logged, and where; the path is absolute.
    pub log: LogSection,
    /// How the outside is reached; the path is absolute.
    pub network: NetworkSection,
    /// How much of the API quotas is used.
    pub pace: PaceSection,
    /// What works but should not stay so; shown by `config validate`.
    pub warnings: Vec<Problem>,
    /// The file as it was read, defaults filled in.
    pub(super) file: ConfigFile,
}

/// One account with everything that holds for it.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// Its name in the file.
    pub name: Name,
    /// Its cloud.
    pub cloud: CloudName,
    /// What reports call it.
    pub title: String,
    /// How it proves who it is.
    pub credentials: Credentials,
    /// The regions to look at; all when empty.
    pub regions: Vec<Region>,
    /// The commercial site it belongs to.
    pub site: Site,
    /// The partition it belongs to.
    pub partition: Option<Partition>,
    /// What of its bill is read.
    pub bill: BillSection,
    /// The account id that the cloud must answer with.
    pub expect_identity: Option<String>,
    /// Other addresses for services.
    pub endpoints: BTreeMap<String, Url>,
    /// What it may call, where it differs from what its cloud publishes.
    pub quotas: QuotaSection,
    /// How member accounts are found.
    pub discover: Option<DiscoverSection>,
    /// The patrol as it holds for this account.
    pub patrol: PatrolSection,
    /// The orphan duty as it holds for this account.
    pub orphans: OrphanSection,
    /// The backup duty as it holds for this account.
    pub backups: BackupSection,
    /// The duty of traffic alarms as it holds for this account.
    pub alarms: AlarmSection,
    /// The limits of plans in this account.
    pub guard: GuardSection,
}

/// One channel.
#[derive(Debug, Clone)]
pub struct ChannelConfig {
    /// Its name in the file.
    pub name: Name,
    /// Its kind; `None` when only the address tells, which is not in the file.
    pub kind: Option<ChannelKind>,
    /// All else that the file says.
    pub section: ChannelSection,
}

/// A duty of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyWord {
    /// Expiry and balance.
    Patrol,
    /// Orphans.
    Orphans,
    /// Snapshots and images.
    Backups,
    /// Traffic alarms.
    Alarms,
}

impl DutyWord {
    /// All but the patrol, which every configuration has.
    const OTHERS: [Self; 3] = [Self::Orphans, Self::Backups, Self::Alarms];

    /// Returns the word of its table and of its command.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patrol => "patrol",
            Self::Orphans => "orphans",
            Self::Backups => "backups",
            Self::Alarms => "alarms",
        }
    }
}

/// Where state is kept.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The address or path from the file, when there is one.
    pub url: Option<SecretRef>,
    /// The SQLite file that is used otherwise, when there is a state folder for it.
    pub default_path: Option<PathBuf>,
    /// The folder that a relative path in `url` starts from.
    pub folder: PathBuf,
}

/// Puts together what was checked.
pub(super) fn assemble(
    file: ConfigFile,
    source: &Source<'_>,
    located: &Located,
    surroundings: &Surroundings,
    warnings: Vec<Problem>,
) -> Config {
    let kept = file.clone();
    let says = |word: &DutyWord| {
        let table = word.as_str();
        let mut names = file.accounts.keys();
        source.has(&[table]) || names.any(|it| source.has(&["accounts", it.as_str(), table]))
    };
    let mut duties = vec![DutyWord::Patrol];
    duties.extend(DutyWord::OTHERS.into_iter().filter(says));
    let from_here = |path: PathBuf| beside(&located.path, &path, surroundings);
    let mut accounts: Vec<AccountConfig> = file
        .accounts
        .into_iter()
        .map(|(name, account)| AccountConfig {
            cloud: account.cloud,
            title: account.title.unwrap_or_else(|| name.to_string()),
            credentials: account.credentials,
            regions: account.regions,
            site: account.site,
            partition: account.partition,
            bill: account.bill,
            expect_identity: account.expect_identity,
            endpoints: account
                .endpoints
                .into_iter()
                .map(|(service, address)| (service, address.url().clone()))
                .collect(),
            quotas: account.quotas,
            discover: account.discover,
            patrol: within_warning(file.patrol.overridden_by(&account.patrol)),
            orphans: {
                let mut orphans = file.orphans.overridden_by(&account.orphans);
                let told = account.patrol.report_to.as_ref();
                reported(
                    &mut orphans.report_to,
                    told.unwrap_or(&file.patrol.report_to),
                );
                orphans
            },
            backups: {
                let mut backups = file.backups.overridden_by(&account.backups);
                let told = account.patrol.report_to.as_ref();
                reported(
                    &mut backups.report_to,
                    told.unwrap_or(&file.patrol.report_to),
                );
                backups
            },
            alarms: {
                let mut alarms = file.alarms.overridden_by(&account.alarms);
                let told = account.patrol.report_to.as_ref();
                reported(
                    &mut alarms.report_to,
                    told.unwrap_or(&file.patrol.report_to),
                );
                alarms
            },
            guard: file.guard.overridden_by(&account.guard),
            name,
        })
        .collect();
    accounts.sort_by_key(|it| source.position(&["accounts", it.name.as_str()]));
    let mut channels: Vec<ChannelConfig> = file
        .channels
        .into_iter()
        .map(|(name, section)| {
            let of_mail = section.smtp.as_ref().map(|_| ChannelKind::Mail);
            let guessed = section.webhook.as_ref().and_then(plain_address);
            let kind = section
                .kind
                .or(of_mail)
                .or_else(|| ChannelKind::of_address(guessed.as_ref()?));
            ChannelConfig {
                name,
                kind,
                section,
            }
        })
        .collect();
    let (mut orphans, mut backups, mut alarms) = (file.orphans, file.backups, file.alarms);
    reported(&mut orphans.report_to, &file.patrol.report_to);
    reported(&mut backups.report_to, &file.patrol.report_to);
    reported(&mut alarms.report_to, &file.patrol.report_to);
    channels.sort_by_key(|it| source.position(&["channels", it.name.as_str()]));
    Config {
        path: located.path.clone(),
        origin: located.origin,
        language: file.language,
        accounts,
        channels,
        routes: file.routes,
        people: file.people,
        orphans,
        backups,
        alarms,
        guard: file.guard,
        duties,
        patrol: within_warning(file.patrol),
        store: StoreConfig {
            url: file.store.url,
            default_path: surroundings
                .state_folder()
                .map(|it| it.join("skywarden.db")),
            folder: from_here(PathBuf::new()),
        },
        key_file: file.vault.key_file.map(from_here),
        log: LogSection {
            file: file.log.file.map(from_here),
            ..file.log
        },
        network: NetworkSection {
            ca_file: file.network.ca_file.map(from_here),
            proxy: file.network.proxy,
        },
        pace: file.pace,
        warnings,
        file: kept,
    }
}

/// Who names no channel for a duty is told of it where the patrol goes.
fn reported(report_to: &mut Vec<Name>, patrol: &[Name]) {
    if report_to.is_empty() {
        *report_to = patrol.to_vec();
    }
}

/// Who sets `warn_days = 5` and nothing else means that all of these are urgent.
fn within_warning(mut patrol: PatrolSection) -> PatrolSection {
    patrol.urgent_days = patrol.urgent_days.min(patrol.warn_days);
    patrol
}
