//! From `[backups]` to the settings of the backup duty.

use duty_backups::{
    BackupSettings, Backups, Cadence, CopyAccount, CopyTo, Entry, ImageDisks, ImageRhythm, Keep,
    Settings,
};
use model::{AccountId, CloudId, Currency, RegionId};

use super::{currency, limits, selection};
use crate::cli::CliError;
use crate::config::{self, BackupSection, Config, GuardSection, Mode};
use crate::wiring::Gathered as _;
use crate::wiring::clouds::{LONGEST_IMAGE_NAMES, NO_DISK_OF_ROOT};
use crate::wiring::duties::until_their_day;

/// Returns the backup duty as the configuration sets it.
///
/// # Errors
///
/// When a value that was checked when it was read cannot be understood now, a defect.
pub(crate) fn backups(config: &Config) -> Result<Backups, CliError> {
    let accounts = config.accounts.iter();
    let sections = accounts.clone().map(|it| &it.backups);
    let sections = sections.chain([&config.backups]);
    let gaps = sections.flat_map(|it| it.ignore_unseen.iter().map(|gap| (gap, &it.timezone)));
    let id = |name: &config::Name| AccountId::new(name.as_str());
    let of_account = |it: &config::AccountConfig| {
        let mut settings = settings(&it.backups, &it.guard, &currency(it))?;
        settings.copy_to = copy_to(config, &it.backups, Some(&it.name));
        Ok::<_, CliError>((id(&it.name), settings))
    };
    let prices = accounts.clone().flat_map(|it| {
        let prices = it.backups.prices.iter();
        prices.map(|(cloud, price)| (CloudId::new(cloud.as_str()), price.money()))
    });
    let longest = LONGEST_IMAGE_NAMES.iter();
    Ok(Backups {
        settings: Settings {
            accounts: accounts.clone().map(of_account).collect::<Result<_, _>>()?,
            defaults: BackupSettings {
                copy_to: copy_to(config, &config.backups, None),
                ..settings(&config.backups, &config.guard, &Currency::new("CNY"))?
            },
            titles: accounts
                .clone()
                .map(|it| (id(&it.name), it.title.clone()))
                .gathered(),
            longest_image_names: longest
                .map(|(cloud, most)| (CloudId::new(*cloud), *most))
                .gathered(),
            no_disk_of_root: NO_DISK_OF_ROOT.into_iter().map(CloudId::new).gathered(),
            prices: prices.gathered(),
            accepted_gaps: until_their_day(gaps),
        },
    })
}

fn settings(
    section: &BackupSection,
    guard: &GuardSection,
    currency: &Currency,
) -> Result<BackupSettings, CliError> {
    let select = selection(&section.select)?;
    // Who ought to have backups are those that get them, unless something else is said.
    let require = match section.require.trim() {
        "" => select.clone(),
        text => selection(&config::Selection::try_from(text.to_owned()).map_err(CliError::usage)?)?,
    };
    let every = Cadence::parse(section.every.as_str());
    Ok(BackupSettings {
        select,
        require,
        every: every.map_err(|bad| CliError::usage(base::chain(&bad)))?,
        timezone: section.timezone.time_zone().clone(),
        keep: keep(&section.keep),
        image: match section.image {
            config::ImageRhythm::Weekly => ImageRhythm::Weekly,
            config::ImageRhythm::Off => ImageRhythm::Off,
        },
        image_disks: match section.image_disks {
            config::ImageDisks::All => ImageDisks::All,
            config::ImageDisks::Root => ImageDisks::Root,
        },
        image_keep: section.image_keep.length(),
        gone_keep: section.gone_keep.length(),
        max_age: section.max_age.as_ref().map(config::Age::length),
        limits: limits(guard, currency, &section.protected_tags),
        max_list_length: section.max_list_length,
        ping: section.ping,
        digest_hour: section.digest_hour.get(),
        owner_tags: section.owner_tags.clone(),
        ..BackupSettings::default()
    })
}

/// Returns where the sets of an account are copied to. What all accounts say does not hold for the one
/// that it names.
fn copy_to(config: &Config, section: &BackupSection, of: Option<&config::Name>) -> Vec<CopyTo> {
    let foreign = section.copy_to.iter();
    let foreign = foreign.filter(|it| it.account.is_none() || it.account.as_ref() != of);
    let copy = |it: &config::CopySection| CopyTo {
        region: it.region.as_ref().map(|it| RegionId::new(it.as_str())),
        key: it.key.clone(),
        account: it.account.as_ref().map(|name| CopyAccount {
            account: AccountId::new(name.as_str()),
            entry: entry(config, section.mode, name),
        }),
    };
    foreign.map(copy).collect()
}

/// Returns whether copies may be made in an account: where they are made by themselves, only in one in
/// which that is allowed, too. Those that this run leaves out are not among the accounts.
fn entry(config: &Config, mode: Mode, name: &config::Name) -> Entry {
    let there = config.accounts.iter().find(|it| it.name == *name);
    match there.map(|it| it.backups.mode) {
        None => Entry::Closed,
        Some(Mode::Plan) if mode == Mode::Apply => Entry::Closed,
        Some(_) => Entry::Open,
    }
}

fn keep(keep: &config::Keep) -> Keep {
    Keep {
        last: keep.last,
        hourly: keep.hourly,
        daily: keep.daily,
        weekly: keep.weekly,
        monthly: keep.monthly,
        within: keep.within.as_ref().map(config::Age::length),
        at_least: keep.at_least,
    }
}
