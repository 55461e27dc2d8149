//! From `[alarms]` to the settings of the alarm duty.

use duty_alarms::{AlarmSettings, Alarms, Counts, Settings};
use model::{AccountId, CloudId, Currency, TrafficRule};

use super::{Asked, currency, limits, selection};
use crate::cli::CliError;
use crate::config::{self, AlarmSection, Config, GuardSection};
use crate::wiring::Gathered as _;
use crate::wiring::clouds::{COUNTED_AT_THE_ADDRESS, OUTBOUND_COUNTS};
use crate::wiring::duties::{severity, until_their_day};

/// Returns the alarm duty as the configuration sets it.
///
/// # Errors
///
/// When a value that was checked when it was read cannot be understood now, a defect.
pub(crate) fn alarms(config: &Config, asked: &Asked) -> Result<Alarms, CliError> {
    let accounts = config.accounts.iter();
    let sections = accounts.clone().map(|it| &it.alarms);
    let sections = sections.chain([&config.alarms]);
    let gaps = sections.flat_map(|it| it.ignore_unseen.iter().map(|gap| (gap, &it.timezone)));
    let id = |name: &config::Name| AccountId::new(name.as_str());
    let of_account = |it: &config::AccountConfig| {
        let settings = settings(&it.alarms, &it.guard, &currency(it), asked)?;
        Ok::<_, CliError>((id(&it.name), settings))
    };
    let prices = accounts.clone().flat_map(|it| {
        let prices = it.alarms.prices.iter();
        prices.map(|(cloud, price)| (CloudId::new(cloud.as_str()), price.money()))
    });
    let counts = OUTBOUND_COUNTS.iter();
    let at_address = COUNTED_AT_THE_ADDRESS.iter();
    Ok(Alarms {
        settings: Settings {
            accounts: accounts.clone().map(of_account).collect::<Result<_, _>>()?,
            defaults: settings(&config.alarms, &config.guard, &Currency::new("CNY"), asked)?,
            titles: accounts
                .clone()
                .map(|it| (id(&it.name), it.title.clone()))
                .gathered(),
            counts: counts
                .filter_map(|(cloud, word)| Some((CloudId::new(*cloud), Counts::from_word(word)?)))
                .gathered(),
            counts_at_address: at_address.map(|it| CloudId::new(*it)).gathered(),
            prices: prices.gathered(),
            accepted_gaps: until_their_day(gaps),
        },
    })
}

fn settings(
    section: &AlarmSection,
    guard: &GuardSection,
    currency: &Currency,
    asked: &Asked,
) -> Result<AlarmSettings, CliError> {
    Ok(AlarmSettings {
        select: Some(selection(&section.select)?),
        managed: section.managed,
        outbound: TrafficRule {
            bytes: section.outbound.bytes(),
            period: section.outbound.period(),
            periods: section.periods,
        },
        threshold_tag: section.threshold_tag.clone(),
        name: section.name.as_str().to_owned(),
        notify: section.notify.clone(),
        create_target: asked.create_topic,
        subscribe: asked.subscribe.clone(),
        other_groups: section.other_groups.iter().cloned().gathered(),
        gone_after: section.gone_after.length(),
        limits: limits(guard, currency, &[]),
        severity: severity(section.severity),
        timezone: section.timezone.time_zone().clone(),
        max_list_length: section.max_list_length,
        ping: section.ping,
        digest_hour: section.digest_hour.get(),
        owner_tags: section.owner_tags.clone(),
    })
}
