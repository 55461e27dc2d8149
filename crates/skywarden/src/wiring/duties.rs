//! From the sections of the configuration to the settings of the duties.

use std::collections::BTreeMap;

use cloud::Hint;
use duty::{Limits, Selection, Severity};
use duty_orphans::{Acts, Allowance, Allowed, MachineActs, OrphanKind, OrphanSettings, Orphans};
use duty_patrol::{BalanceRule, Patrol, PatrolSettings, Settings};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::{AccountId, CloudId, Currency, ResourceId};

use super::{changing, clouds};
use crate::config::{
    Act, Allow, BalanceWatch, Config, Day, HintSection, IgnoreUnseen, LookAt, OrphanSection,
    PatrolSection, Span, Urgency, Zone,
};
use crate::wiring::Gathered as _;

/// Returns the patrol as the configuration sets it.
pub(crate) fn patrol(config: &Config) -> Patrol {
    let id = |name: &str| AccountId::new(name);
    let accounts = config.accounts.iter();
    Patrol {
        settings: Settings {
            accounts: accounts
                .clone()
                .map(|it| (id(it.name.as_str()), patrol_settings(&it.patrol)))
                .gathered(),
            defaults: patrol_settings(&config.patrol),
            titles: accounts
                .map(|it| (id(it.name.as_str()), it.title.clone()))
                .gathered(),
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
    until_their_day(sections.flat_map(|it| it.ignore_unseen.iter().map(|gap| (gap, &it.timezone))))
}

pub(super) fn until_their_day<'a>(
    gaps: impl Iterator<Item = (&'a IgnoreUnseen, &'a Zone)>,
) -> BTreeMap<String, Timestamp> {
    let mut known = BTreeMap::new();
    for (gap, zone) in gaps {
        let Some(end) = end_of(gap.until, zone) else {
            continue;
        };
        // A gap that is named twice is known until the later day.
        let until = known.entry(gap.scope.clone()).or_insert(end);
        *until = (*until).max(end);
    }
    known
}

/// Returns the end of a day.
fn end_of(day: Day, zone: &Zone) -> Option<Timestamp> {
    let midnight = day.0.checked_add(1.day()).ok()?;
    Some(
        midnight
            .to_zoned(zone.time_zone().clone())
            .ok()?
            .timestamp(),
    )
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
                    .gathered(),
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
            .gathered(),
        maintenance: section.maintenance,
        access_key_days: Some(section.access_key_days).filter(|it| *it > 0),
    }
}

/// Returns the orphan duty as the configuration sets it.
pub(crate) fn orphans(config: &Config) -> Orphans {
    let id = |name: &str| AccountId::new(name);
    let accounts = config.accounts.iter();
    let sections = accounts
        .clone()
        .map(|it| &it.orphans)
        .chain([&config.orphans]);
    let gaps = sections.flat_map(|it| it.ignore_unseen.iter().map(|gap| (gap, &it.timezone)));
    Orphans {
        settings: duty_orphans::Settings {
            accounts: accounts
                .clone()
                .map(|it| {
                    let limits = changing::limits(&it.guard, &changing::currency(it), &[]);
                    (id(it.name.as_str()), orphan_settings(&it.orphans, limits))
                })
                .gathered(),
            defaults: {
                let limits = changing::limits(&config.guard, &Currency::new("CNY"), &[]);
                orphan_settings(&config.orphans, limits)
            },
            titles: accounts
                .map(|it| (id(it.name.as_str()), it.title.clone()))
                .gathered(),
            machine_words: clouds::MACHINE_WORDS
                .iter()
                .map(|(cloud, word)| (CloudId::new(*cloud), (*word).to_owned()))
                .gathered(),
            accepted_gaps: until_their_day(gaps),
        },
    }
}

/// Returns what may be done about orphans.
fn acts(section: &OrphanSection, limits: Limits) -> Acts {
    let nothing = Acts {
        limits,
        ..Acts::default()
    };
    let select = match section.act_select.trim() {
        "" => None,
        text => match Selection::compile(text) {
            Ok(select) => Some(select),
            // It was checked when it was read; who cannot be chosen is let be.
            Err(_) => return nothing,
        },
    };
    let delete_after = Some(section.delete_after.length()).filter(|_| section.act == Act::Delete);
    match section.act {
        Act::Nothing => nothing,
        Act::Stop | Act::Delete => Acts {
            machines: Some(MachineActs {
                select,
                stop_after: section.stop_after.length(),
                delete_after,
                tag_alone: section.tag_alone,
            }),
            disks_after: delete_after,
            addresses_after: delete_after,
            ..nothing
        },
    }
}

fn orphan_settings(section: &OrphanSection, limits: Limits) -> OrphanSettings {
    let zone = section.timezone.time_zone();
    let time =
        |span: &Span| SignedDuration::try_from(span.duration()).unwrap_or(SignedDuration::MAX);
    let hints = section.hints.iter().map(|hint| match hint {
        HintSection::Word(word) => Hint::Word(word.clone()),
        HintSection::TagKey(key) => Hint::TagKey(key.clone()),
        HintSection::NamePrefix(prefix) => Hint::NamePrefix(prefix.clone()),
    });
    let allowed = section.allow.iter().filter_map(|allow| {
        Some(Allowance {
            what: match &allow.what {
                Allow::Id(id) => Allowed::Id(ResourceId::new(id)),
                Allow::Tag(key, value) => Allowed::Tag(key.clone(), value.clone()),
                Allow::Name(name) => Allowed::Name(name.clone()),
            },
            until: end_of(allow.until, &section.timezone)?,
            reason: allow.reason.clone(),
        })
    });
    OrphanSettings {
        grace: time(&section.grace),
        waste_age: time(&section.waste_after),
        kinds: section.look_at.iter().map(|it| orphan_kind(*it)).gathered(),
        hints: hints.collect(),
        cloud_names: section.cloud_names,
        allowed: allowed.collect(),
        acts: acts(section, limits),
        severity: severity(section.severity),
        waste_severity: severity(section.waste_severity),
        level: section.level.clone(),
        timezone: zone.clone(),
        max_list_length: section.max_list_length,
        ping: section.ping,
        digest_hour: section.digest_hour.get(),
        owner_tags: section.owner_tags.clone(),
    }
}

fn orphan_kind(kind: LookAt) -> OrphanKind {
    match kind {
        LookAt::Machine => OrphanKind::Machine,
        LookAt::Disk => OrphanKind::Disk,
        LookAt::Address => OrphanKind::Address,
        LookAt::LoadBalancer => OrphanKind::LoadBalancer,
        LookAt::Snapshot => OrphanKind::Snapshot,
        LookAt::Image => OrphanKind::Image,
    }
}

pub(super) fn severity(urgency: Urgency) -> Severity {
    match urgency {
        Urgency::Notice => Severity::Notice,
        Urgency::Warning => Severity::Warning,
        Urgency::Urgent => Severity::Urgent,
    }
}
