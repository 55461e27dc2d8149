//! Messages to people: one neutral [`model::Message`], one module for each channel, and a courier
//! that knows what was delivered.
//!
//! [`Courier::queue`] writes a message for each channel and puts its parts into the outbox;
//! [`Courier::deliver`] takes them from there at each robot's pace and judges every answer by the
//! robot's own code. A new chat is one file here and one line in [`all`].
//!
//! Invariant: text of a message is data: it never mentions, styles or links.
//! Invariant: a webhook's address is a credential; what is shown of it is its host.
//! Invariant: no duty is known here.

mod channel;
mod clean;
mod courier;
pub mod dead_man;
mod dingtalk;
mod feishu;
mod mail;
mod outbox;
mod outcome;
mod pace;
mod page;
mod parts;
mod render;
mod report;
mod settings;
mod sign;
mod slack;
mod split;
mod texts;
mod webhook;
mod wecom;

use std::fmt;
use std::str::FromStr;

pub use courier::{Courier, Dispatch, TestReport};
pub use outbox::{MemoryOutbox, Outbox};
pub use outcome::{Answer, Outcome, Trouble};
pub use parts::{Part, compose};
pub use report::{ChannelReport, DeadPart, DeliveredPart, DeliveryReport, WaitingPart};
pub use settings::{
    ChannelSettings, MailSecurity, MailSettings, Person, SettingsError, Target, Webhook,
};

/// The kinds of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// DingTalk custom robot.
    DingTalk,
    /// Feishu or Lark custom bot.
    Feishu,
    /// WeCom group robot.
    WeCom,
    /// Slack incoming webhook.
    Slack,
    /// Any receiver of CloudEvents.
    Webhook,
    /// Mail by SMTP.
    Mail,
}

/// Returns every kind of channel there is.
#[must_use]
pub fn all() -> &'static [Kind] {
    &[
        Kind::DingTalk,
        Kind::Feishu,
        Kind::WeCom,
        Kind::Slack,
        Kind::Webhook,
        Kind::Mail,
    ]
}

/// Returns the kind of robot that lives at `host`, or `None` when that has to be said.
#[must_use]
pub fn guess_kind(host: &str) -> Option<Kind> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    all()
        .iter()
        .copied()
        .find(|it| channel::of(*it).hosts().contains(&host.as_str()))
}

impl Kind {
    /// Returns the word for it in the config.
    #[must_use]
    pub fn word(self) -> &'static str {
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

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no kind of channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no kind of channel; there are dingtalk, feishu, wecom, slack, webhook, mail")]
pub struct UnknownKind {
    /// What stood there.
    pub word: String,
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        let kind = all().iter().copied().find(|it| it.word() == word);
        kind.ok_or_else(|| UnknownKind {
            word: word.chars().take(40).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once_and_found_by_its_word() {
        for kind in all() {
            assert_eq!(kind.word().parse::<Kind>().unwrap(), *kind);
        }
        assert_eq!(all().len(), 6);
        assert!("teams".parse::<Kind>().is_err());
    }

    #[test]
    fn robots_are_known_by_their_host_and_strangers_are_not_guessed() {
        assert_eq!(guess_kind("oapi.dingtalk.com"), Some(Kind::DingTalk));
        assert_eq!(guess_kind("OPEN.FEISHU.CN"), Some(Kind::Feishu));
        assert_eq!(guess_kind("open.larksuite.com"), Some(Kind::Feishu));
        assert_eq!(guess_kind("qyapi.weixin.qq.com"), Some(Kind::WeCom));
        assert_eq!(guess_kind("hooks.slack.com"), Some(Kind::Slack));
        assert_eq!(guess_kind("evil-oapi.dingtalk.com.example"), None);
        assert_eq!(guess_kind("127.0.0.1"), None);
    }
}
