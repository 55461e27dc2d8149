//! `config.yaml` of the Go detector of orphaned CVM instances on TKE, as it is.
//!
//! That program reads it with `yaml.v2`: keys exactly as they are written here, anything else
//! passed over in silence. Here a key that it would pass over is an error, because whoever wrote it
//! meant something; and so is a placeholder, with which it would have run and sent nothing.
//!
//! Invariant: no text of a value is in any error; an excerpt ends where the value begins.

mod error;
mod excerpt;
mod text;
mod yaml;

use secrecy::SecretString;
use url::Url;

pub use self::error::TkeOrphansError;
use self::excerpt::Lines;
use self::yaml::{Leaf, OldFile, OldRobot};
use super::{Imported, Note};
use crate::config::{ChannelKind, Credentials, check_transport};

/// The name of the one account.
const ACCOUNT: &str = "tencent";

/// How long one attempt to send may take where the old file has no limit.
const TIMEOUT_SECONDS: u64 = 10;

/// The longest limit that is believed to be meant.
const LONGEST_TIMEOUT_SECONDS: u64 = 300;

/// The words by which the old program took a machine for a node: in keys and values of tags, and in
/// names.
const HINTS: [&str; 8] = [
    "tke",
    "qcloud-app",
    "tencentcloud",
    "kubernetes",
    "cluster",
    "node",
    "k8s",
    "-np-",
];

/// Reads the text of the old `config.yaml`.
///
/// # Errors
///
/// [`TkeOrphansError`] for the first thing that keeps a key of the file from being taken over.
pub fn tke_orphans(yaml_text: &str) -> Result<Imported, TkeOrphansError> {
    let lines = Lines::of(yaml_text);
    let file = yaml::read(yaml_text, &lines)?;
    let cloud = file.tencentcloud.as_ref().ok_or(TkeOrphansError::Missing {
        key: "tencentcloud",
    })?;
    let key_id = filled(cloud.secret_id.as_ref(), &SECRET_ID, &lines)?;
    let key_secret = filled(cloud.secret_key.as_ref(), &SECRET_KEY, &lines)?;
    let region = region(cloud.region.as_ref(), &lines)?;
    let mut notes = Vec::new();
    let robots = robots(&file, &lines, &mut notes)?;
    let draft = Draft {
        region,
        timeout_seconds: timeout_seconds(&file, &lines, &mut notes)?,
        log_level: log_level(&file, &lines)?,
        robots,
    };
    let [id_record, secret_record] = Credentials::sealed_records(ACCOUNT);
    let mut secrets = vec![
        (id_record, SecretString::from(key_id)),
        (secret_record, SecretString::from(key_secret)),
    ];
    for robot in &draft.robots {
        let webhook = SecretString::from(robot.webhook.as_str());
        secrets.push((format!("{}.webhook", robot.name), webhook));
        if let Some(secret) = &robot.secret {
            let secret = SecretString::from(secret.as_str());
            secrets.push((format!("{}.secret", robot.name), secret));
        }
    }
    Ok(Imported {
        toml: text::render(&draft),
        secrets,
        notes,
    })
}

/// What the new file says.
struct Draft {
    region: String,
    timeout_seconds: u64,
    log_level: &'static str,
    robots: Vec<Robot>,
}

/// One robot that has an address.
struct Robot {
    name: &'static str,
    kind: ChannelKind,
    webhook: String,
    secret: Option<String>,
    /// Whether anything is sent to it.
    is_on: bool,
}

/// A key that a person has to fill in.
struct Blank {
    key: &'static str,
    /// The key of the text that says what belongs there.
    what: &'static str,
}

const SECRET_ID: Blank = Blank {
    key: "tencentcloud.secret_id",
    what: "import-blank-secret-id",
};

const SECRET_KEY: Blank = Blank {
    key: "tencentcloud.secret_key",
    what: "import-blank-secret-key",
};

const REGION: Blank = Blank {
    key: "tencentcloud.region",
    what: "import-blank-region",
};

/// Returns what a person filled in.
fn filled(
    leaf: Option<&Leaf>,
    blank: &Blank,
    lines: &Lines<'_>,
) -> Result<String, TkeOrphansError> {
    let Some(leaf) = leaf else {
        return Err(TkeOrphansError::Blank {
            key: blank.key,
            what: blank.what,
            excerpt: None,
        });
    };
    let text = leaf.value.trim();
    if is_placeholder(text) {
        return Err(TkeOrphansError::Blank {
            key: blank.key,
            what: blank.what,
            excerpt: Some(lines.excerpt(leaf.place)),
        });
    }
    Ok(text.to_owned())
}

/// The sample file of the old program has `xxx`, `AKxxx` and addresses that end with it.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    text.is_empty() || text.ends_with("xxx") || (text.starts_with('<') && text.ends_with('>'))
}

fn region(leaf: Option<&Leaf>, lines: &Lines<'_>) -> Result<String, TkeOrphansError> {
    let region = filled(leaf, &REGION, lines)?;
    let is_name = region
        .bytes()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    match (is_name && region.contains('-'), leaf) {
        (false, Some(leaf)) => Err(bad(leaf, REGION.key, "a region such as ap-beijing", lines)),
        _ => Ok(region),
    }
}

fn robots(
    file: &OldFile,
    lines: &Lines<'_>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Robot>, TkeOrphansError> {
    let Some(webhook) = &file.webhook else {
        return Ok(Vec::new());
    };
    let sends = switch(webhook.enabled.as_ref(), "webhook.enabled", lines)?;
    let Some(platforms) = &webhook.platforms else {
        return Ok(Vec::new());
    };
    let all = [
        ("wecom", ChannelKind::WeCom, &platforms.wecom),
        ("dingtalk", ChannelKind::DingTalk, &platforms.dingtalk),
        ("feishu", ChannelKind::Feishu, &platforms.feishu),
    ];
    let mut robots = Vec::new();
    for (name, kind, old) in all {
        if let Some(old) = old {
            robots.extend(robot((name, kind), old, sends, lines, notes)?);
        }
    }
    Ok(robots)
}

fn robot(
    (name, kind): (&'static str, ChannelKind),
    old: &OldRobot,
    sends: bool,
    lines: &Lines<'_>,
    notes: &mut Vec<Note>,
) -> Result<Option<Robot>, TkeOrphansError> {
    let key = |last: &str| format!("webhook.platforms.{name}.{last}");
    let is_on = switch(old.enabled.as_ref(), &key("enabled"), lines)? && sends;
    let url = old.url.as_ref().filter(|it| !is_placeholder(&it.value));
    let Some(url) = url else {
        // Of a robot that is switched off nothing is asked.
        if !is_on {
            return Ok(None);
        }
        return Err(TkeOrphansError::NoAddress {
            key: key("url"),
            switch: key("enabled"),
            excerpt: old.url.as_ref().map(|it| lines.excerpt(it.place)),
        });
    };
    let address = Url::parse(url.value.trim()).ok();
    let address = address.filter(|it| check_transport(it).is_ok());
    if address.is_none() {
        return Err(bad(url, &key("url"), "an https address", lines));
    }
    if !is_on {
        notes.push(Note::SwitchedOff {
            channel: name.to_owned(),
        });
    }
    Ok(Some(Robot {
        name,
        kind,
        webhook: url.value.trim().to_owned(),
        secret: secret(old.secret.as_ref(), kind, &key("secret"), lines, notes)?,
        is_on,
    }))
}

fn secret(
    leaf: Option<&Leaf>,
    kind: ChannelKind,
    key: &str,
    lines: &Lines<'_>,
    notes: &mut Vec<Note>,
) -> Result<Option<String>, TkeOrphansError> {
    let Some(leaf) = leaf.filter(|it| !it.value.trim().is_empty()) else {
        return Ok(None);
    };
    if kind == ChannelKind::WeCom {
        // Robots of WeCom sign nothing, and the old program did not read it.
        notes.push(Note::LeftOut {
            key: key.to_owned(),
        });
        return Ok(None);
    }
    if is_placeholder(&leaf.value) {
        return Err(TkeOrphansError::NoSecret {
            key: key.to_owned(),
            excerpt: lines.excerpt(leaf.place),
        });
    }
    Ok(Some(leaf.value.trim().to_owned()))
}

fn timeout_seconds(
    file: &OldFile,
    lines: &Lines<'_>,
    notes: &mut Vec<Note>,
) -> Result<u64, TkeOrphansError> {
    let leaf = file.webhook.as_ref().and_then(|it| it.timeout.as_ref());
    let Some(leaf) = leaf.filter(|it| !matches!(it.value.trim(), "" | "0")) else {
        if file.webhook.is_some() {
            notes.push(Note::NoTimeout {
                seconds: TIMEOUT_SECONDS,
            });
        }
        return Ok(TIMEOUT_SECONDS);
    };
    let seconds = leaf.value.trim().parse().ok();
    seconds
        .filter(|it| (1..=LONGEST_TIMEOUT_SECONDS).contains(it))
        .ok_or_else(|| {
            bad(
                leaf,
                "webhook.timeout",
                "a number of seconds up to 300",
                lines,
            )
        })
}

fn log_level(file: &OldFile, lines: &Lines<'_>) -> Result<&'static str, TkeOrphansError> {
    let leaf = file.logging.as_ref().and_then(|it| it.level.as_ref());
    let Some(leaf) = leaf.filter(|it| !it.value.trim().is_empty()) else {
        return Ok("info");
    };
    match leaf.value.trim().to_ascii_lowercase().as_str() {
        "trace" => Ok("trace"),
        "debug" => Ok("debug"),
        "info" => Ok("info"),
        "warn" | "warning" => Ok("warn"),
        "error" | "fatal" | "panic" => Ok("error"),
        _ => {
            let expected = "one of trace, debug, info, warn and error";
            Err(bad(leaf, "logging.level", expected, lines))
        }
    }
}

/// Returns whether something is switched on, in the words that `yaml.v2` takes; off when it is not
/// said, as there.
fn switch(leaf: Option<&Leaf>, key: &str, lines: &Lines<'_>) -> Result<bool, TkeOrphansError> {
    let Some(leaf) = leaf else {
        return Ok(false);
    };
    match leaf.value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Ok(true),
        "false" | "no" | "off" | "n" | "" => Ok(false),
        _ => Err(bad(leaf, key, "true or false", lines)),
    }
}

fn bad(leaf: &Leaf, key: &str, expected: &'static str, lines: &Lines<'_>) -> TkeOrphansError {
    TkeOrphansError::Value {
        key: key.to_owned(),
        expected,
        excerpt: lines.excerpt(leaf.place),
    }
}

#[cfg(test)]
mod tests;
