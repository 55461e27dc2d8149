//! `config.ini` of the Python sentry (`cloud_instance_sentry`), as it is.
//!
//! That program reads it with Python's `configparser`: keys in any case, sections exactly as
//! written, values to the end of the line (a `;` or `#` in a webhook is part of it), `%%` for a
//! percent sign, `[DEFAULT]` for every section. An access key is plain or "encrypted" (`B_…`).
//! Where it stopped with exit code 0 over a bad file, this is an error that names section and key.

mod error;
mod ini;
mod robots;
mod text;

use rust_decimal::Decimal;
use secrecy::SecretString;
use vault::des::open_sentry_value;

pub use self::error::SentryError;
use self::ini::{Ini, Section};
use self::robots::{Channel, Channels, Names};
use super::{Imported, Note};
use crate::config::Credentials;

const GLOBAL: &str = "global-config";

/// The most resources that the old program ever showed in a message.
const LIST_LIMIT: u16 = 20;

/// From so many days before the end on, the old program showed the days in red.
const RED_DAYS: u16 = 7;

const GLOBAL_KEYS: [&str; 6] = [
    "global_overdue_day",
    "global_amount_threshold",
    "global_webhook",
    "max_list_length",
    "ping",
    "global_amount_invisible",
];

const USER_KEYS: [&str; 9] = [
    "username",
    "access_key",
    "access_key_secret",
    "webhook",
    "amount_threshold",
    "overdue_day",
    "amount_invisible",
    "max_list_length",
    "ping",
];

/// Reads the text of the old `config.ini`.
///
/// # Errors
///
/// [`SentryError`] for the first thing that keeps any account from being taken over: an import
/// that leaves one out would leave it unwatched.
pub fn sentry(ini_text: &str) -> Result<Imported, SentryError> {
    let ini = Ini::parse(ini_text)?;
    let global = ini.section(GLOBAL).ok_or(SentryError::NoGlobal)?;
    let mut notes = unknown_keys(global, &GLOBAL_KEYS);
    let users: Vec<&Section> = ini.sections().filter(|it| it.name != GLOBAL).collect();
    if users.is_empty() {
        return Err(SentryError::NoAccounts);
    }
    let defaults = Defaults::read(global, &mut notes)?;
    let mut channels = Channels::default();
    if let Some(webhook) = global.value("global_webhook") {
        channels.add(webhook, "global", global, "global_webhook", &mut notes)?;
    }
    let mut names = Names::default();
    let mut accounts = Vec::new();
    for section in users {
        notes.extend(unknown_keys(section, &USER_KEYS));
        accounts.push(account(
            section,
            global,
            &mut names,
            &mut channels,
            &mut notes,
        )?);
    }
    if ini.sections().any(Section::is_encrypted) {
        notes.push(Note::OldEncryption);
    }
    let mut secrets = Vec::new();
    for account in &mut accounts {
        let [id, secret] = Credentials::sealed_records(&account.name);
        let (access_key, access_key_secret) = account.keys.clone();
        secrets.extend([(id, access_key), (secret, access_key_secret)]);
    }
    for channel in &channels.list {
        secrets.push((
            channel.secret_name(),
            SecretString::from(channel.webhook.as_str()),
        ));
    }
    let toml = text::render(&defaults, &channels.list, &accounts);
    Ok(Imported {
        toml,
        secrets,
        notes,
    })
}

/// What `[global-config]` says.
struct Defaults {
    overdue_day: Option<u16>,
    amount_threshold: Option<Decimal>,
    amount_invisible: bool,
    max_list_length: u16,
    ping: bool,
    has_webhook: bool,
}

impl Defaults {
    fn read(global: &Section, notes: &mut Vec<Note>) -> Result<Self, SentryError> {
        let max_list_length = match global.value("max_list_length") {
            Some(_) => list_length(global, notes)?,
            None => None,
        };
        for (key, value) in [
            ("max_list_length", "20"),
            ("ping", "off"),
            ("global_amount_invisible", "off"),
        ] {
            if global.value(key).is_none() {
                notes.push(Note::Defaulted { key, value });
            }
        }
        Ok(Self {
            overdue_day: days(global, "global_overdue_day")?,
            amount_threshold: amount(global, "global_amount_threshold")?,
            amount_invisible: switch(global, "global_amount_invisible").unwrap_or(false),
            max_list_length: max_list_length.unwrap_or(LIST_LIMIT),
            ping: switch(global, "ping").unwrap_or(false),
            has_webhook: global.value("global_webhook").is_some(),
        })
    }
}

/// One section of the old file as an account of the new one.
struct Account {
    name: String,
    title: String,
    keys: (SecretString, SecretString),
    /// The channel, when it is not the global one.
    channel: Option<String>,
    overdue_day: Option<u16>,
    amount_threshold: Option<Decimal>,
    amount_invisible: Option<bool>,
    max_list_length: Option<u16>,
    ping: Option<bool>,
}

fn account(
    section: &Section,
    global: &Section,
    names: &mut Names,
    channels: &mut Channels,
    notes: &mut Vec<Note>,
) -> Result<Account, SentryError> {
    let title = required(section, "username")?.to_owned();
    let keys = (
        access_key(section, "access_key")?,
        access_key(section, "access_key_secret")?,
    );
    for (key, global_key) in [
        ("overdue_day", "global_overdue_day"),
        ("amount_threshold", "global_amount_threshold"),
        ("webhook", "global_webhook"),
    ] {
        if section.value(key).is_none() && global.value(global_key).is_none() {
            let section = section.name.clone();
            return Err(SentryError::Missing {
                section,
                key,
                global: Some(global_key),
            });
        }
    }
    let name = names.take(&section.name);
    if name != section.name {
        let section = section.name.clone();
        notes.push(Note::Renamed {
            section,
            account: name.clone(),
        });
    }
    let channel = match section.value("webhook") {
        Some(webhook) if Some(webhook) != global.value("global_webhook") => {
            Some(channels.add(webhook, &name, section, "webhook", notes)?)
        }
        _ => None,
    };
    Ok(Account {
        title,
        keys,
        channel,
        overdue_day: days(section, "overdue_day")?,
        amount_threshold: amount(section, "amount_threshold")?,
        amount_invisible: switch(section, "amount_invisible"),
        max_list_length: list_length(section, notes)?,
        ping: switch(section, "ping"),
        name,
    })
}

fn required<'a>(section: &'a Section, key: &'static str) -> Result<&'a str, SentryError> {
    section.value(key).ok_or_else(|| SentryError::Missing {
        section: section.name.clone(),
        key,
        global: None,
    })
}

fn access_key(section: &Section, key: &'static str) -> Result<SecretString, SentryError> {
    open_sentry_value(required(section, key)?).map_err(|source| SentryError::Key {
        section: section.name.clone(),
        key,
        line: section.line(key),
        source,
    })
}

fn days(section: &Section, key: &str) -> Result<Option<u16>, SentryError> {
    number(section, key, "a number of days")
}

fn list_length(section: &Section, notes: &mut Vec<Note>) -> Result<Option<u16>, SentryError> {
    let Some(asked) = number::<u64>(section, "max_list_length", "a number of resources")? else {
        return Ok(None);
    };
    let kept = u16::try_from(asked)
        .unwrap_or(LIST_LIMIT)
        .clamp(1, LIST_LIMIT);
    if u64::from(kept) != asked {
        notes.push(Note::ListShortened { asked, kept });
    }
    Ok(Some(kept))
}

fn number<T: std::str::FromStr>(
    section: &Section,
    key: &str,
    expected: &'static str,
) -> Result<Option<T>, SentryError> {
    section
        .value(key)
        .map(|it| it.parse().map_err(|_| section.bad(key, expected)))
        .transpose()
}

fn amount(section: &Section, key: &str) -> Result<Option<Decimal>, SentryError> {
    // The old program takes thousands commas out, too.
    section
        .value(key)
        .map(|it| {
            it.replace(',', "")
                .parse()
                .map_err(|_| section.bad(key, "an amount of money"))
        })
        .transpose()
}

/// Only the very word `on` switches something on, as in the old program.
fn switch(section: &Section, key: &str) -> Option<bool> {
    section.value(key).map(|it| it == "on")
}

fn unknown_keys(section: &Section, known: &[&str]) -> Vec<Note> {
    section
        .keys()
        .filter(|key| !known.contains(key))
        .map(|key| Note::Ignored {
            section: section.name.clone(),
            key: key.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
