//! The file that is being made: what was answered, and the text of it.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use secrecy::SecretString;

use crate::cli::lines::Words;
use crate::config::{ChannelKind, Credentials};

/// Everything that was answered.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) words: Words,
    pub(super) accounts: Vec<DraftAccount>,
    /// Addresses instead of the clouds' own, by service.
    pub(super) endpoints: Vec<(String, String)>,
    pub(super) channel: Option<DraftChannel>,
    pub(super) timezone: String,
    pub(super) warn_days: u16,
    pub(super) urgent_days: u16,
    /// Thresholds by currency.
    pub(super) balance_below: Vec<(&'static str, Decimal)>,
}

/// One account.
#[derive(Debug)]
pub(super) struct DraftAccount {
    pub(super) name: String,
    pub(super) credentials: DraftCredentials,
    /// The cloud's number of it, once it was seen.
    pub(super) number: Option<String>,
}

/// How an account proves who it is.
#[derive(Debug)]
pub(super) enum DraftCredentials {
    Profile(String),
    Env(String),
    MachineRole(Option<String>),
    /// An access key that is to be sealed.
    Typed {
        id: SecretString,
        secret: SecretString,
    },
}

/// The channel.
#[derive(Debug)]
pub(super) struct DraftChannel {
    pub(super) name: String,
    pub(super) kind: ChannelKind,
    pub(super) address: SecretString,
    pub(super) secret: Option<SecretString>,
    pub(super) keyword: Option<String>,
    /// What its records in the sealed file begin with.
    pub(super) record: String,
}

/// The prefix of the environment variables by which a typed key is tried before it is sealed.
pub(super) fn trial_prefix(index: usize) -> String {
    format!("SKYWARDEN_TRIAL_{index}")
}

/// Which text is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The accounts alone, to try their keys.
    Trial,
    /// The file.
    File,
}

impl Draft {
    /// Returns the text of the file; no secret is in it.
    pub(super) fn text(&self, purpose: Purpose) -> String {
        let mut text = String::new();
        self.comment(&mut text, "init-file-head");
        line(&mut text, "language", &quoted(self.words.0.tag()));
        text.push('\n');
        self.comment(&mut text, "init-file-accounts");
        for (index, account) in self.accounts.iter().enumerate() {
            self.account(&mut text, index, account, purpose);
        }
        if purpose == Purpose::Trial {
            return text;
        }
        if let Some(channel) = &self.channel {
            self.comment(&mut text, "init-file-channel");
            table(&mut text, &format!("channels.{}", key(&channel.name)));
            line(&mut text, "kind", &quoted(channel.kind.as_str()));
            line(&mut text, "webhook", &sealed(&channel.webhook_record()));
            if channel.secret.is_some() {
                line(&mut text, "secret", &sealed(&channel.secret_record()));
            }
            if let Some(keyword) = &channel.keyword {
                line(&mut text, "keyword", &quoted(keyword));
            }
            text.push('\n');
        }
        self.patrol(&mut text);
        text
    }

    fn account(&self, text: &mut String, index: usize, account: &DraftAccount, purpose: Purpose) {
        table(text, &format!("accounts.{}", key(&account.name)));
        line(text, "cloud", &quoted("aliyun"));
        let credentials = match &account.credentials {
            DraftCredentials::Profile(name) => format!("{{ profile = {} }}", quoted(name)),
            DraftCredentials::Env(prefix) => format!("{{ env = {} }}", quoted(prefix)),
            DraftCredentials::MachineRole(None) => "{ role = true }".to_owned(),
            DraftCredentials::MachineRole(Some(name)) => format!("{{ role = {} }}", quoted(name)),
            DraftCredentials::Typed { .. } if purpose == Purpose::Trial => {
                format!("{{ env = {} }}", quoted(&trial_prefix(index)))
            }
            DraftCredentials::Typed { .. } => sealed(&account.name),
        };
        line(text, "credentials", &credentials);
        if let Some(number) = &account.number {
            self.comment(text, "init-file-number");
            line(text, "expect_identity", &quoted(number));
        }
        if !self.endpoints.is_empty() {
            let pairs = self.endpoints.iter();
            let pairs: Vec<String> = pairs
                .map(|(service, url)| format!("{} = {}", key(service), quoted(url)))
                .collect();
            line(text, "endpoints", &format!("{{ {} }}", pairs.join(", ")));
        }
        text.push('\n');
    }

    fn patrol(&self, text: &mut String) {
        self.comment(text, "init-file-patrol");
        table(text, "patrol");
        line(text, "every", &quoted("0 30 9 * * *"));
        line(text, "timezone", &quoted(&self.timezone));
        self.comment(text, "init-file-days");
        line(text, "warn_days", &self.warn_days.to_string());
        line(text, "urgent_days", &self.urgent_days.to_string());
        self.comment(text, "init-file-maintenance");
        line(text, "maintenance", "true");
        if !self.balance_below.is_empty() {
            self.comment(text, "init-file-balance");
            let below: Vec<String> = self
                .balance_below
                .iter()
                .map(|(currency, amount)| format!("{currency} = {}", number(*amount)))
                .collect();
            line(
                text,
                "balance_below",
                &format!("{{ {} }}", below.join(", ")),
            );
        }
        if let Some(channel) = &self.channel {
            line(text, "report_to", &format!("[{}]", quoted(&channel.name)));
        }
    }

    fn comment(&self, text: &mut String, key: &str) {
        for line in self.words.say(key, &[]).lines() {
            // Writing to a string cannot fail.
            writeln!(text, "# {}", line.trim()).ok();
        }
    }

    /// Returns the secrets to seal, each by the name that the file calls it by.
    pub(super) fn secrets(&self) -> Vec<(String, &SecretString)> {
        let mut secrets = Vec::new();
        for account in &self.accounts {
            if let DraftCredentials::Typed { id, secret } = &account.credentials {
                let [id_record, secret_record] = Credentials::sealed_records(&account.name);
                secrets.extend([(id_record, id), (secret_record, secret)]);
            }
        }
        if let Some(channel) = &self.channel {
            secrets.push((channel.webhook_record(), &channel.address));
            secrets.extend(
                channel
                    .secret
                    .as_ref()
                    .map(|it| (channel.secret_record(), it)),
            );
        }
        secrets
    }
}

impl DraftChannel {
    fn webhook_record(&self) -> String {
        format!("{}.webhook", self.record)
    }

    fn secret_record(&self) -> String {
        format!("{}.secret", self.record)
    }
}

fn table(text: &mut String, name: &str) {
    writeln!(text, "[{name}]").ok();
}

fn line(text: &mut String, key: &str, value: &str) {
    writeln!(text, "{key} = {value}").ok();
}

fn sealed(name: &str) -> String {
    format!("{{ sealed = {} }}", quoted(name))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A whole number as one, all else as text that keeps every digit.
fn number(amount: Decimal) -> String {
    match i64::try_from(amount) {
        Ok(whole) if Decimal::from(whole) == amount => whole.to_string(),
        _ => quoted(&amount.to_string()),
    }
}

/// Returns a name as a key: bare where TOML lets it, else in quotes.
fn key(name: &str) -> String {
    let is_bare = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

#[cfg(test)]
mod tests;
