//! What an attempt to deliver came to, judged by the other side's own word.

use std::time::Duration;

use serde_json::Value;

use crate::texts;
use model::Language;

/// What the other side answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, or the SMTP code.
    pub status: u16,
    /// How long it asked us to wait.
    pub retry_after: Option<Duration>,
    /// The host of a redirect.
    pub location: Option<String>,
    /// Its text, cut, without our credential should it have echoed it.
    pub text: String,
}

/// What to do after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side said that it has it.
    Delivered,
    /// Again, after this long at least.
    Retry {
        /// What the other side asked for.
        after: Option<Duration>,
    },
    /// Nothing to this robot for so long: it said that it mutes us, or that we are too fast.
    Mute {
        /// How long.
        period: Duration,
    },
    /// Too large for the other side: in two halves.
    Split,
    /// In a simpler form.
    Downgrade,
    /// A code nobody has heard of: once more, then give up.
    Unfamiliar,
    /// Never.
    Permanent {
        /// Why.
        reason: Trouble,
    },
}

/// Why something will never be delivered as things are, sorted by what a person does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// The robot's keyword is missing.
    Keyword,
    /// The signature does not match.
    Signature,
    /// Our address is not on its allow-list.
    Address,
    /// The robot is gone, stopped, or never was.
    RobotGone,
    /// It does not take this form of message.
    Payload,
    /// It wants to send us elsewhere.
    Redirect,
    /// A metadata service, a link-local address, or plain http.
    ForbiddenAddress,
    /// The mail server refused.
    MailRefused,
    /// The mail server does not accept the login.
    MailLogin,
    /// An error code we do not know.
    Unknown,
    /// It waited too long.
    Expired,
    /// A newer version wrote what waits.
    Unreadable,
}

impl Trouble {
    /// Returns what to do about it, as a sentence.
    #[must_use]
    pub fn hint(self, language: Language) -> String {
        let texts = texts::texts(language);
        match self {
            Self::Keyword => texts.say("trouble-keyword"),
            Self::Signature => texts.say("trouble-signature"),
            Self::Address => texts.say("trouble-address"),
            Self::RobotGone => texts.say("trouble-robot-gone"),
            Self::Payload => texts.say("trouble-payload"),
            Self::Redirect => texts.say("trouble-redirect"),
            Self::ForbiddenAddress => texts.say("trouble-forbidden-address"),
            Self::MailRefused => texts.say("trouble-mail-refused"),
            Self::MailLogin => texts.say("trouble-mail-login"),
            Self::Unknown => texts.say("trouble-unknown"),
            Self::Expired => texts.say("trouble-expired"),
            Self::Unreadable => texts.say("trouble-unreadable"),
        }
    }

    /// Returns whether it holds for everything sent to this robot, not for one message alone.
    #[must_use]
    pub(crate) fn holds_for_the_robot(self) -> bool {
        matches!(
            self,
            Self::Signature
                | Self::Address
                | Self::RobotGone
                | Self::Redirect
                | Self::ForbiddenAddress
                | Self::MailLogin
        )
    }
}

/// Returns the outcome of an answer that is one whatever its text says: redirects, overload,
/// trouble on the other side.
pub(crate) fn by_status(answer: &Answer) -> Option<Outcome> {
    match answer.status {
        300..=399 => Some(Outcome::Permanent {
            reason: Trouble::Redirect,
        }),
        429 => {
            let period = answer.retry_after.unwrap_or(Duration::from_secs(60));
            Some(Outcome::Mute { period })
        }
        408 | 425 | 500..=599 => Some(Outcome::Retry {
            after: answer.retry_after,
        }),
        _ => None,
    }
}

/// Returns the envelope of a Chinese robot: its code and its words, or `None` when the answer is
/// none of its own, such as a gateway's page.
pub(crate) fn envelope(answer: &Answer, code: &str, message: &str) -> Option<(i64, String)> {
    let json: Value = serde_json::from_str(&answer.text).ok()?;
    let words = json[message].as_str().unwrap_or_default().to_owned();
    Some((json[code].as_i64()?, words))
}

/// Returns the outcome of an answer without an envelope: never a success.
pub(crate) fn no_envelope(answer: &Answer) -> Outcome {
    match answer.status {
        400..=499 => Outcome::Unfamiliar,
        _ => Outcome::Retry { after: None },
    }
}

#[cfg(test)]
mod tests;
