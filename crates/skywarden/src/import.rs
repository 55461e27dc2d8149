//! The configurations of older programs, turned into ours.
//!
//! Invariant: what an old file says is read as that program read it, secrets leave it only as
//! sealed records, and nothing that exists is ever overwritten.

mod apply;
pub mod aws_man;
pub mod sentry;
pub mod tke_orphans;

pub use apply::{Applied, ApplyError, Destination, apply, remove_source};

use secrecy::SecretString;

/// An old configuration in our words: the text of the new file, and the secrets it refers to.
#[derive(Debug)]
pub struct Imported {
    /// The text of `skywarden.toml`; it refers to the secrets by name.
    pub toml: String,
    /// The secrets to seal, each with the name that the text calls it by.
    pub secrets: Vec<(String, SecretString)>,
    /// What the reader should know about the change.
    pub notes: Vec<Note>,
}

/// Something to know about an import; `Display` says it in English, the variants carry what a
/// translation needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The name of a section cannot be the name of an account.
    #[error("the section [{section}] became the account `{account}`")]
    Renamed {
        /// The section as it was.
        section: String,
        /// The name it has now.
        account: String,
    },
    /// The address of a robot does not tell what kind it is.
    #[error(
        "the robot of [{section}] is none that the address tells; it became a DingTalk channel \
         `{channel}`, check its `kind`"
    )]
    UnknownRobot {
        /// The section it stands in.
        section: String,
        /// The channel it became.
        channel: String,
    },
    /// The old program never showed more than this many resources.
    #[error("max_list_length = {asked} became {kept}, the most the old program showed")]
    ListShortened {
        /// What the file said.
        asked: u64,
        /// What holds.
        kept: u16,
    },
    /// A key that the old program did not know either.
    #[error("the key `{key}` in [{section}] means nothing and was left out")]
    Ignored {
        /// The section it stands in.
        section: String,
        /// The key.
        key: String,
    },
    /// A key that is missing where the old program would have failed; a default holds.
    #[error("the key `{key}` was missing in [global-config]; {value} holds")]
    Defaulted {
        /// The key.
        key: &'static str,
        /// What holds now.
        value: &'static str,
    },
    /// A robot that nothing was sent to.
    #[error("the robot `{channel}` was switched off; it became a channel that nothing is sent to")]
    SwitchedOff {
        /// The channel it became.
        channel: String,
    },
    /// A key with a value that did nothing.
    #[error("the key `{key}` did nothing and was left out")]
    LeftOut {
        /// The key.
        key: String,
    },
    /// There was no limit to how long sending may take.
    #[error("webhook.timeout had no limit; {seconds} seconds hold")]
    NoTimeout {
        /// What holds now.
        seconds: u64,
    },
    /// A variable that the script does not set; a default holds.
    #[error("`{key}` is not set; {value} holds")]
    Unset {
        /// The variable.
        key: &'static str,
        /// What holds now.
        value: &'static str,
    },
    /// A line of the script that nobody understands.
    #[error("line {line}: `{name}` is none of the script of the documents and was left out")]
    NotUnderstood {
        /// The line, from 1.
        line: usize,
        /// The variable or program.
        name: String,
    },
    /// The script has no access key; the role of the machine stands for it.
    #[error("the script had no access key, so the role of the machine is taken; or name a profile")]
    NoKeys,
    /// The old program looked at another region than its script says.
    #[error("the script says {region}, and the old program looked at cn-north-1 all the same")]
    OtherRegion {
        /// The region that holds now.
        region: String,
    },
    /// The old encryption protected nothing.
    #[error(
        "the key of the old encryption is public: whoever saw the old file has these access keys, \
         so make new ones when you can"
    )]
    OldEncryption,
}
