//! What the config asks of a channel, secrets already resolved.
//!
//! Invariant: an address or a secret never shows in `Debug` or in an error; the URL of a robot is
//! its credential.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use model::Language;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use crate::Kind;

/// How one person is called in the chats; what is missing cannot be mentioned there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The mobile number: DingTalk and WeCom mention by it.
    pub mobile: Option<String>,
    /// DingTalk's user id, preferred to the number.
    pub dingtalk: Option<String>,
    /// Feishu's `open_id` or `user_id`; Feishu's robots know no numbers.
    pub feishu: Option<String>,
    /// WeCom's user id, preferred to the number.
    pub wecom: Option<String>,
    /// Slack's member id, `U…`.
    pub slack: Option<String>,
}

impl Person {
    /// Checks that every id is one: letters, digits and `_ - . + $ @` inside, no word that would
    /// call everybody.
    ///
    /// # Errors
    ///
    /// Names the id that could act as markup or mention a whole group.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let ids = [
            &self.mobile,
            &self.dingtalk,
            &self.feishu,
            &self.wecom,
            &self.slack,
        ];
        for id in ids.into_iter().flatten() {
            let is_plain = id
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "_-.+$@".contains(it));
            let is_everybody =
                ["all", "everyone", "channel", "here"].contains(&id.to_lowercase().as_str());
            if id.is_empty() || !is_plain || is_everybody || id.starts_with('@') {
                return Err(SettingsError::Person {
                    id: id.chars().take(40).collect(),
                });
            }
        }
        Ok(self)
    }
}

/// A webhook address that was checked; shows its host only.
#[derive(Clone)]
pub struct Webhook {
    address: SecretString,
    shown: String,
}

impl Webhook {
    /// Checks an address: https, or http to loopback; no metadata service, no link-local address.
    ///
    /// Names are checked once more when they are resolved, by `net`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, showing at most its host.
    pub fn parse(address: &SecretString) -> Result<Self, SettingsError> {
        let url = Url::parse(address.expose_secret().trim()).map_err(|_| SettingsError::NoUrl)?;
        let host = url.host().ok_or(SettingsError::NoUrl)?;
        let is_metadata = match &host {
            Host::Ipv4(v4) => net::is_metadata_address((*v4).into()),
            Host::Ipv6(v6) => net::is_metadata_address((*v6).into()),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name == "metadata"
                    || name.starts_with("metadata.")
                    || name.starts_with("instance-data")
            }
        };
        if is_metadata {
            return Err(SettingsError::Metadata {
                host: host.to_string(),
            });
        }
        let is_loopback = match &host {
            Host::Ipv4(v4) => v4.is_loopback(),
            Host::Ipv6(v6) => v6.is_loopback(),
            Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            _ => {
                return Err(SettingsError::PlainHttp {
                    host: host.to_string(),
                });
            }
        }
        let shown = base::redact::url(&url);
        Ok(Self {
            address: String::from(url).into(),
            shown,
        })
    }

    /// Returns the address in full, to send to and for nothing else.
    pub(crate) fn url(&self) -> Result<Url, SettingsError> {
        Url::parse(self.address.expose_secret()).map_err(|_| SettingsError::NoUrl)
    }

    /// Returns scheme and host.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// How the line to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// Plain first, then STARTTLS, which must succeed (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
    /// None; refused unless the server is on loopback.
    PlainLoopback,
}

/// A mail channel.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub security: MailSecurity,
    /// User and password for AUTH; QQ and 163 want an app password.
    pub login: Option<(String, SecretString)>,
    /// The sender: `a@example.com` or `Name <a@example.com>`.
    pub from: String,
    /// The recipients, in the same form.
    pub to: Vec<String>,
    /// More certificate authorities, as PEM text.
    pub extra_roots: Vec<String>,
}

/// Where a channel leads.
#[derive(Debug, Clone)]
pub enum Target {
    /// A robot or a webhook.
    Webhook(Webhook),
    /// A mail server.
    Mail(MailSettings),
}

/// One channel. No `Default`: a channel without a target is none.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// Its name in the config.
    pub name: String,
    /// What it speaks.
    pub kind: Kind,
    /// Where it leads.
    pub target: Target,
    /// The signing secret, for DingTalk, Feishu and the generic webhook.
    pub secret: Option<SecretString>,
    /// The keyword that the robot demands in every message.
    pub keyword: Option<String>,
    /// The language of what the channel itself adds.
    pub language: Language,
    /// How long one request may take.
    pub timeout: Duration,
    /// How many messages one report may become; what does not fit is announced.
    pub max_parts: usize,
    /// People by the value of the owner tag.
    pub people: BTreeMap<String, Person>,
}

impl ChannelSettings {
    /// How long one request may take unless the config says otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(15);
    /// How many messages one report may become unless the config says otherwise.
    pub const MAX_PARTS: usize = 5;

    /// Returns the settings of a robot or webhook with everything else at its default.
    ///
    /// # Errors
    ///
    /// When the address is refused, or `kind` is mail.
    pub fn webhook(name: &str, kind: Kind, address: &SecretString) -> Result<Self, SettingsError> {
        if kind == Kind::Mail {
            return Err(SettingsError::MailByUrl);
        }
        Ok(Self::with(
            name,
            kind,
            Target::Webhook(Webhook::parse(address)?),
        ))
    }

    /// Returns the settings of a mail channel with everything else at its default.
    ///
    /// # Errors
    ///
    /// When there is no recipient, an address is no mailbox, or the line would be plain beyond
    /// loopback.
    pub fn mail(name: &str, mail: MailSettings) -> Result<Self, SettingsError> {
        crate::mail::check(&mail)?;
        Ok(Self::with(name, Kind::Mail, Target::Mail(mail)))
    }

    fn with(name: &str, kind: Kind, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            target,
            secret: None,
            keyword: None,
            language: Language::default(),
            timeout: Self::TIMEOUT,
            max_parts: Self::MAX_PARTS,
            people: BTreeMap::new(),
        }
    }

    /// Returns where the channel leads, as it may be shown.
    #[must_use]
    pub fn shown_target(&self) -> String {
        match &self.target {
            Target::Webhook(webhook) => webhook.shown().to_owned(),
            Target::Mail(mail) => format!("smtp://{}:{}", mail.host, mail.port),
        }
    }
}

/// Why a channel cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address at all.
    #[error("the webhook is not a web address; expected https://host/path")]
    NoUrl,
    /// A metadata service or link-local address.
    #[error("{host} is a metadata service or link-local and may not be a webhook")]
    Metadata {
        /// Its host.
        host: String,
    },
    /// Not encrypted.
    #[error("the webhook at {host} must be https; plain http is for loopback only")]
    PlainHttp {
        /// Its host.
        host: String,
    },
    /// A mail channel with a webhook.
    #[error("a mail channel needs host, from and to, not a webhook")]
    MailByUrl,
    /// No mail could be sent by these settings.
    #[error("the mail settings cannot work: {why}")]
    Mail {
        /// What is wrong.
        why: String,
    },
    /// An id that would act.
    #[error("{id:?} cannot be the id of one person")]
    Person {
        /// The id.
        id: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(address: &str) -> Result<Webhook, SettingsError> {
        Webhook::parse(&address.to_owned().into())
    }

    #[test]
    fn metadata_services_and_link_local_addresses_are_no_webhooks() {
        for address in [
            "http://100.100.100.200/latest/meta-data/",
            "https://169.254.169.254/latest",
            "https://169.254.0.23/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://metadata.google.internal/computeMetadata",
            "https://METADATA.google.internal./",
            "https://2852039166/",
        ] {
            let error = webhook(address).unwrap_err();
            assert!(
                matches!(error, SettingsError::Metadata { .. }),
                "{address}: {error}"
            );
        }
    }

    #[test]
    fn robots_need_https_and_loopback_may_do_without() {
        assert!(webhook("https://oapi.dingtalk.com/robot/send?access_token=T").is_ok());
        assert!(webhook("http://127.0.0.1:9/robot").is_ok());
        assert!(webhook("http://localhost:9/robot").is_ok());
        assert!(matches!(
            webhook("http://oapi.dingtalk.com/robot/send").unwrap_err(),
            SettingsError::PlainHttp { .. }
        ));
        assert!(webhook("http://10.0.0.1/").is_err());
        assert!(webhook("file:///etc/passwd").is_err());
        assert_eq!(webhook("canary-secret").unwrap_err(), SettingsError::NoUrl);
    }

    #[test]
    fn addresses_and_secrets_do_not_show() {
        let address = "https://oapi.dingtalk.com/robot/send?access_token=CANARY".to_owned();
        let mut settings =
            ChannelSettings::webhook("ops", Kind::DingTalk, &address.into()).unwrap();
        settings.secret = Some("CANARY".to_owned().into());
        let shown = format!("{settings:?} {}", settings.shown_target());
        assert!(!shown.contains("CANARY"), "{shown}");
        assert!(shown.contains("oapi.dingtalk.com"));
    }

    #[test]
    fn a_person_is_one_person() {
        let person = |id: &str| Person {
            feishu: Some(id.to_owned()),
            ..Person::default()
        };
        assert!(
            person("ou_7d8a6e6df7621556ce0d21922b676706")
                .checked()
                .is_ok()
        );
        for id in ["all", "ALL", "@all", "", "x></at><at id=all", "a b", "here"] {
            assert!(person(id).checked().is_err(), "{id}");
        }
    }
}
