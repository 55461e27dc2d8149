//! From the channels of the configuration to those that the courier knows: secrets opened, kinds
//! settled, people mapped.
//!
//! Invariant: no address and no secret is part of an error; what is wrong is told by the key of the
//! configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::Language;
use notify::{ChannelSettings, Kind, MailSecurity, MailSettings, Person, SettingsError};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::cli::CliError;
use crate::config::{
    ChannelConfig, ChannelKind, Config, PersonSection, SecretError, SecretRef, Secrets,
    SmtpSection, SmtpSecurity,
};

/// Why a channel of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    /// A secret that it needs cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Its address does not tell what it is, and neither does the configuration.
    #[error("{key} does not tell by its host what kind of channel it is")]
    UnknownKind {
        /// The key of the configuration.
        key: String,
    },
    /// The courier refuses what is set.
    #[error("{key} cannot be used")]
    Refused {
        /// The key of the configuration.
        key: String,
        /// Why.
        #[source]
        source: SettingsError,
    },
    /// A user name alone logs nobody in.
    #[error("{key} is missing, and there is a `username`")]
    NoPassword {
        /// The key of the configuration.
        key: String,
    },
    /// The certificate authorities of `[network]` cannot be read.
    #[error("network.ca_file {} cannot be read", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: std::io::Error,
    },
}

impl ChannelError {
    /// Returns what the reader can do about it, as one sentence, when there is something.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Secret(error) => error.hint(),
            Self::UnknownKind { .. } => {
                Some("add `kind`: dingtalk, feishu, wecom, slack or webhook.".to_owned())
            }
            Self::Refused { .. } => {
                Some("correct it and run `skywarden config validate`.".to_owned())
            }
            Self::NoPassword { .. } => {
                Some("add `password`, or leave `username` out to send without a login.".to_owned())
            }
            Self::Authorities { .. } => None,
        }
    }
}

impl From<ChannelError> for CliError {
    fn from(error: ChannelError) -> Self {
        let hints = error.hint().into_iter().collect();
        Self {
            hints,
            ..Self::usage(base::chain(&error))
        }
    }
}

/// Returns all channels in the order of the file; `language` is that of those which do not say
/// their own.
///
/// # Errors
///
/// [`ChannelError`] of the first that cannot be used.
pub(crate) fn all(
    config: &Config,
    secrets: &Secrets<'_>,
    language: Language,
) -> Result<Vec<ChannelSettings>, ChannelError> {
    let channels = config.channels.iter();
    channels
        .map(|it| one(config, it, secrets, language))
        .collect()
}

/// Returns one channel; `language` is that of a channel which does not say its own.
///
/// # Errors
///
/// [`ChannelError`] names the key of the configuration, never a value.
pub(crate) fn one(
    config: &Config,
    channel: &ChannelConfig,
    secrets: &Secrets<'_>,
    language: Language,
) -> Result<ChannelSettings, ChannelError> {
    let key = |part: &str| format!("channels.{}.{part}", channel.name);
    let section = &channel.section;
    let mut settings = match (&section.webhook, &section.smtp) {
        (Some(reference), _) => robot(channel, reference, secrets)?,
        (None, Some(smtp)) => mail(config, channel, smtp, secrets)?,
        // The check of the configuration has refused it long before.
        (None, None) => {
            return Err(ChannelError::UnknownKind {
                key: key("webhook"),
            });
        }
    };
    if let Some(reference) = &section.secret {
        settings.secret = Some(secrets.open(&key("secret"), reference)?);
    }
    settings.keyword.clone_from(&section.keyword);
    settings.language = match section.language.or(config.language) {
        Some(language) => super::audiences::spoken(language),
        None => language,
    };
    settings.timeout = section.timeout.duration();
    settings.people = people(&config.people)?;
    Ok(settings)
}

fn robot(
    channel: &ChannelConfig,
    reference: &SecretRef,
    secrets: &Secrets<'_>,
) -> Result<ChannelSettings, ChannelError> {
    let key = format!("channels.{}.webhook", channel.name);
    let address = secrets.open(&key, reference)?;
    let kind = match channel.kind {
        Some(kind) => notify_kind(kind),
        None => {
            guessed_kind(&address).ok_or_else(|| ChannelError::UnknownKind { key: key.clone() })?
        }
    };
    ChannelSettings::webhook(channel.name.as_str(), kind, &address)
        .map_err(|source| ChannelError::Refused { key, source })
}

fn guessed_kind(address: &SecretString) -> Option<Kind> {
    let url = Url::parse(address.expose_secret().trim()).ok()?;
    notify::guess_kind(url.host_str()?)
}

fn notify_kind(kind: ChannelKind) -> Kind {
    match kind {
        ChannelKind::DingTalk => Kind::DingTalk,
        ChannelKind::Feishu => Kind::Feishu,
        ChannelKind::WeCom => Kind::WeCom,
        ChannelKind::Slack => Kind::Slack,
        ChannelKind::Webhook => Kind::Webhook,
        ChannelKind::Mail => Kind::Mail,
    }
}

fn mail(
    config: &Config,
    channel: &ChannelConfig,
    smtp: &SmtpSection,
    secrets: &Secrets<'_>,
) -> Result<ChannelSettings, ChannelError> {
    let key = format!("channels.{}.smtp", channel.name);
    let password_key = format!("{key}.password");
    let login = match (&smtp.username, &smtp.password) {
        (Some(user), Some(reference)) => {
            Some((user.clone(), secrets.open(&password_key, reference)?))
        }
        (Some(_), None) => return Err(ChannelError::NoPassword { key: password_key }),
        (None, _) => None,
    };
    // The ports that the default configuration documents for each.
    let (security, port) = match smtp.security {
        SmtpSecurity::Tls => (MailSecurity::Tls, 465),
        SmtpSecurity::StartTls => (MailSecurity::StartTls, 587),
        SmtpSecurity::None => (MailSecurity::PlainLoopback, 25),
    };
    let settings = MailSettings {
        host: smtp.host.clone(),
        port: smtp.port.unwrap_or(port),
        security,
        login,
        from: smtp.from.clone(),
        to: smtp.to.clone(),
        extra_roots: extra_roots(config)?,
    };
    ChannelSettings::mail(channel.name.as_str(), settings)
        .map_err(|source| ChannelError::Refused { key, source })
}

fn extra_roots(config: &Config) -> Result<Vec<String>, ChannelError> {
    let Some(path) = &config.network.ca_file else {
        return Ok(Vec::new());
    };
    std::fs::read_to_string(path)
        .map(|pem| vec![pem])
        .map_err(|source| ChannelError::Authorities {
            path: path.clone(),
            source,
        })
}

fn people(
    sections: &BTreeMap<String, PersonSection>,
) -> Result<BTreeMap<String, Person>, ChannelError> {
    let person = |(name, section): (&String, &PersonSection)| {
        let person = Person {
            mobile: section.mobile.clone(),
            dingtalk: section.dingtalk.clone(),
            feishu: section.feishu.clone(),
            wecom: section.wecom.clone(),
            slack: section.slack.clone(),
        };
        let checked = person.checked().map_err(|source| ChannelError::Refused {
            key: format!("people.{name}"),
            source,
        })?;
        Ok((name.clone(), checked))
    };
    sections.iter().map(person).collect()
}
