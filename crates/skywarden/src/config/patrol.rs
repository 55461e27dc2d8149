//! `[patrol]`, and what an account may say differently.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::TlsEndpoint;
use super::money::{Amount, Currency};
use super::reference::SecretRef;
use super::values::{Day, Hour, Name, Schedule, Zone};

/// Declares the global section and the override of an account from one list of keys, so that no
/// key can be forgotten in either.
macro_rules! patrol_sections {
    ($($(#[$about:meta])* $key:ident: $kind:ty;)*) => {
        /// What the expiry and balance patrol does.
        #[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct PatrolSection {
            $($(#[$about])* pub $key: $kind,)*
            /// An address to call after each patrol that did its job (a dead man's switch).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub dead_man: Option<SecretRef>,
            /// The accounts to patrol; all of them when empty.
            pub accounts: Vec<Name>,
        }

        /// What one account wants otherwise than `[patrol]`.
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
        #[serde(deny_unknown_fields, default)]
        pub struct PatrolOverride {
            $($(#[$about])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $key: Option<$kind>,)*
            /// An address to call after each patrol that did its job (a dead man's switch).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub dead_man: Option<SecretRef>,
        }

        impl PatrolSection {
            /// Returns these settings with those of `over` in place of the global ones.
            #[must_use]
            pub fn overridden_by(&self, over: &PatrolOverride) -> Self {
                let mut merged = self.clone();
                $(if let Some(value) = &over.$key {
                    merged.$key = value.clone();
                })*
                if over.dead_man.is_some() {
                    merged.dead_man = over.dead_man.clone();
                }
                merged
            }
        }
    };
}

patrol_sections! {
    /// When the patrol runs: cron with seconds first.
    every: Schedule;
    /// The zone in which days are counted and `every` is meant.
    timezone: Zone;
    /// From how many days before its end a resource is reported.
    warn_days: u16;
    /// From how many days before its end it is urgent.
    urgent_days: u16;
    /// Whether the balance is looked at.
    balance: BalanceWatch;
    /// The balance below which is alarmed, by currency.
    balance_below: BTreeMap<Currency, Amount>;
    /// Hides the amount in messages; a low balance still alarms.
    amount_invisible: bool;
    /// How many resources a message shows at most.
    max_list_length: u16;
    /// Sends a sign of life when nothing is to be reported.
    ping: bool;
    /// The channels that reports go to.
    report_to: Vec<Name>;
    /// The hour from which on the daily digest goes out.
    digest_hour: Hour;
    /// The tags whose value names the owner of a resource, the first one there wins.
    owner_tags: Vec<String>;
    /// TLS endpoints whose certificates are looked at from here.
    tls: Vec<TlsEndpoint>;
    /// Whether what the clouds have planned for machines is looked at.
    maintenance: bool;
    /// How many days old an access key of a user may get; 0: keys are not looked at.
    access_key_days: u16;
    /// Known gaps that do not count as unseen until their day.
    ignore_unseen: Vec<IgnoreUnseen>;
}

impl Default for PatrolSection {
    /// The defaults that the embedded default configuration documents.
    fn default() -> Self {
        Self {
            every: Schedule::literal("0 30 9 * * *"),
            timezone: Zone::china(),
            warn_days: 15,
            urgent_days: 7,
            balance: BalanceWatch::On,
            balance_below: BTreeMap::new(),
            amount_invisible: false,
            max_list_length: 20,
            ping: true,
            report_to: Vec::new(),
            digest_hour: Hour::new(9),
            owner_tags: vec!["owner".to_owned(), "Owner".to_owned(), "负责人".to_owned()],
            tls: Vec::new(),
            maintenance: false,
            access_key_days: 0,
            dead_man: None,
            ignore_unseen: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

/// Whether the balance of an account is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BalanceWatch {
    /// It is looked at, and alarmed about when it is low.
    On,
    /// It is not asked for.
    Off,
}

/// A gap in what is seen that is known and accepted until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IgnoreUnseen {
    /// The scope, as reports name it: `account/region/kind`, `*` for any part.
    pub scope: String,
    /// The last day on which the gap is accepted.
    pub until: Day,
}
