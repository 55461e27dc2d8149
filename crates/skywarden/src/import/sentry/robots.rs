//! The robots of the old file, each address one channel.

use std::collections::BTreeSet;

use url::Url;

use super::SentryError;
use super::ini::Section;
use crate::config::ChannelKind;
use crate::import::Note;

/// A robot of the old file.
pub(super) struct Channel {
    pub(super) name: String,
    pub(super) kind: ChannelKind,
    pub(super) webhook: String,
}

impl Channel {
    /// Returns the name that the address is sealed under.
    pub(super) fn secret_name(&self) -> String {
        format!("{}.webhook", self.name)
    }
}

/// The robots, each address once.
#[derive(Default)]
pub(super) struct Channels {
    pub(super) list: Vec<Channel>,
    names: Names,
}

impl Channels {
    /// Returns the channel for `webhook`, a new one called after `name` if need be.
    pub(super) fn add(
        &mut self,
        webhook: &str,
        name: &str,
        section: &Section,
        key: &str,
        notes: &mut Vec<Note>,
    ) -> Result<String, SentryError> {
        if let Some(known) = self.list.iter().find(|it| it.webhook == webhook) {
            return Ok(known.name.clone());
        }
        let address = Url::parse(webhook)
            .ok()
            .filter(|it| crate::config::check_transport(it).is_ok())
            .ok_or_else(|| section.bad(key, "an https address"))?;
        let name = self.names.take(name);
        let kind = robot_kind(&address, webhook).unwrap_or_else(|| {
            let section = section.name.clone();
            notes.push(Note::UnknownRobot {
                section,
                channel: name.clone(),
            });
            ChannelKind::DingTalk
        });
        self.list.push(Channel {
            name: name.clone(),
            kind,
            webhook: webhook.to_owned(),
        });
        Ok(name)
    }
}

/// The old program looks for these words anywhere in the address, so a relay of one's own counts.
fn robot_kind(address: &Url, webhook: &str) -> Option<ChannelKind> {
    ChannelKind::of_address(address).or_else(|| {
        if webhook.contains("dingtalk") {
            Some(ChannelKind::DingTalk)
        } else if webhook.contains("feishu") || webhook.contains("larksuite") {
            Some(ChannelKind::Feishu)
        } else {
            None
        }
    })
}

/// Makes names that can stand in the new file, each once whatever its case.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// Returns `wanted` as a name that nobody else has.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let plain: String = wanted
            .chars()
            .map(|it| {
                if it.is_alphanumeric() || it == '_' {
                    it
                } else {
                    '-'
                }
            })
            .take(48)
            .collect();
        let plain = match plain.trim_matches('-') {
            name if name.contains(char::is_alphanumeric) => name,
            _ => "account",
        };
        let mut name = plain.to_owned();
        let mut count = 1;
        while !self.taken.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{plain}-{count}");
        }
        name
    }
}
