//! `[channels.NAME]`: where messages go.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::reference::SecretRef;
use super::values::Span;

/// The hosts that tell the kind of a channel.
const HOSTS: [(&str, ChannelKind); 5] = [
    ("oapi.dingtalk.com", ChannelKind::DingTalk),
    ("open.feishu.cn", ChannelKind::Feishu),
    ("open.larksuite.com", ChannelKind::Feishu),
    ("qyapi.weixin.qq.com", ChannelKind::WeCom),
    ("hooks.slack.com", ChannelKind::Slack),
];

/// One place that messages go to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelSection {
    /// What kind of channel it is; guessed from the address of the webhook when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// The address of the robot. It is the credential, so better a reference than the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<SecretRef>,
    /// The secret that messages are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRef>,
    /// The word that the robot demands in every message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// The language of the messages; that of the configuration when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whom urgent messages mention.
    #[serde(default)]
    pub mention: Mention,
    /// How long one attempt to send may take.
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    /// The mail server, for `kind = "mail"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<SmtpSection>,
}

/// The kinds of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A DingTalk group robot.
    DingTalk,
    /// A Feishu or Lark custom bot.
    Feishu,
    /// A WeCom group robot.
    WeCom,
    /// A Slack incoming webhook.
    Slack,
    /// Any receiver of CloudEvents in JSON.
    Webhook,
    /// Mail over SMTP.
    Mail,
}

impl ChannelKind {
    /// Returns the kind that an address belongs to by its host, when the host tells.
    #[must_use]
    pub fn of_address(address: &Url) -> Option<Self> {
        let host = address.host_str()?;
        HOSTS
            .iter()
            .find(|(known, _)| *known == host)
            .map(|(_, kind)| *kind)
    }

    /// Returns the word for it in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DingTalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::WeCom => "wecom",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The languages of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub enum Language {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Returns the language tag.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Whom urgent messages mention.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Mention {
    /// Mentions everybody in the group.
    pub all: bool,
    /// Mentions the owners of the resources, found by their owner tag in `[people]`.
    pub owners: bool,
    /// Mentions these people of `[people]` each time.
    pub people: Vec<String>,
}

impl Default for Mention {
    fn default() -> Self {
        Self {
            all: false,
            owners: true,
            people: Vec::new(),
        }
    }
}

/// A mail server and the addresses of a mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SmtpSection {
    /// The host name of the server.
    pub host: String,
    /// Its port; 465 for `tls`, 587 for `starttls`, 25 for `none` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: SmtpSecurity,
    /// The user to log in as; no login when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password, or the app password of QQ and 163 mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// The sender, such as `Skywarden <ops@example.com>`.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// A plain connection that must be raised to TLS before anything is said.
    StartTls,
    /// No protection; to this machine only.
    None,
}

fn default_timeout() -> Span {
    Span::seconds(10)
}
