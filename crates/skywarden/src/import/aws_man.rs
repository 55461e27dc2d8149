//! The run script of aws-man, `<account>.sh`: who the account is, where, and what of it is run.
//!
//! The script is read, never run: assignments, the two programs it starts, and the line of cron where
//! one stands in it. All else in it is about folders and logs.
//!
//! Invariant: no value is in any error, since any of them may be a key that stands in a wrong place.

mod error;
mod shell;
mod text;

use secrecy::SecretString;

pub use self::error::AwsManError;
use self::shell::{Assigned, Line, Script};
use super::{Imported, Note};
use crate::config::{Credentials, Region, Schedule, Zone};

/// When the old program's own documents let it run.
const EVERY: &str = "0 0 4 * * *";

/// The region that the old program looks at, whatever its script says.
const REGION: &str = "cn-north-1";

/// Reads the text of a run script; `crontab` is the line that starts it, where the reader gives one.
///
/// # Errors
///
/// [`AwsManError`] for the first thing that keeps something of the script from being taken over.
pub fn aws_man(script: &str, crontab: Option<&str>) -> Result<Imported, AwsManError> {
    let script = Script::read(script);
    let mut notes = Vec::new();
    let draft = Draft {
        snapshots: script.starts("ec2_snapshot"),
        alarms: script.starts("ec2_networkout_alerm"),
        zone: zone(&script, &mut notes)?,
        region: region(&script, &mut notes)?,
        identity: identity(&script)?,
        sealed: false,
        every: every(&script, crontab)?,
    };
    if !draft.snapshots && !draft.alarms {
        return Err(AwsManError::Nothing);
    }
    let keys = keys(&script)?;
    if keys.is_none() {
        notes.push(Note::NoKeys);
    }
    for (number, name) in script.others() {
        notes.push(Note::NotUnderstood {
            line: number,
            name: name.to_owned(),
        });
    }
    let draft = Draft {
        sealed: keys.is_some(),
        ..draft
    };
    let secrets = keys.map(|(id, secret)| {
        let [id_record, secret_record] = Credentials::sealed_records(&draft.account());
        vec![(id_record, id), (secret_record, secret)]
    });
    Ok(Imported {
        toml: text::render(&draft),
        secrets: secrets.unwrap_or_default(),
        notes,
    })
}

/// What the new file says.
struct Draft {
    /// Whether the script makes snapshots and images.
    snapshots: bool,
    /// Whether it makes alarms.
    alarms: bool,
    zone: String,
    region: String,
    /// The account id, where someone filled it in.
    identity: Option<String>,
    /// Whether the keys stood in the script.
    sealed: bool,
    every: String,
}

impl Draft {
    /// Returns the name of the one account.
    fn account(&self) -> String {
        match &self.identity {
            Some(identity) => format!("aws-{identity}"),
            None => "aws".to_owned(),
        }
    }
}

fn zone(script: &Script<'_>, notes: &mut Vec<Note>) -> Result<String, AwsManError> {
    let Some(assigned) = filled(script, "TZ")? else {
        // The old program counts weeks and ages by the clock of its machine then.
        notes.push(Note::Unset {
            key: "TZ",
            value: "Asia/Shanghai",
        });
        return Ok("Asia/Shanghai".to_owned());
    };
    // A leading colon is POSIX for "look it up".
    let name = assigned.value.trim_start_matches(':').to_owned();
    match Zone::try_from(name.clone()) {
        Ok(_) => Ok(name),
        Err(_) => Err(bad(&assigned, "TZ", "a time zone such as Asia/Shanghai")),
    }
}

fn region(script: &Script<'_>, notes: &mut Vec<Note>) -> Result<String, AwsManError> {
    let assigned = match filled(script, "AWS_REGION")? {
        Some(assigned) => Some(assigned),
        None => filled(script, "AWS_DEFAULT_REGION")?,
    };
    let Some(assigned) = assigned else {
        notes.push(Note::Unset {
            key: "AWS_REGION",
            value: REGION,
        });
        return Ok(REGION.to_owned());
    };
    if Region::try_from(assigned.value.clone()).is_err() {
        return Err(bad(&assigned, "AWS_REGION", "a region such as cn-north-1"));
    }
    if assigned.value != REGION {
        notes.push(Note::OtherRegion {
            region: assigned.value.clone(),
        });
    }
    Ok(assigned.value)
}

fn identity(script: &Script<'_>) -> Result<Option<String>, AwsManError> {
    let Some(assigned) = filled(script, "ACCOUNT_ID")? else {
        return Ok(None);
    };
    let plain: String = assigned.value.chars().filter(|it| *it != '-').collect();
    match plain.len() == 12 && plain.bytes().all(|it| it.is_ascii_digit()) {
        true => Ok(Some(plain)),
        false => Err(bad(
            &assigned,
            "ACCOUNT_ID",
            "an account id of twelve digits",
        )),
    }
}

/// Returns the access key, or `None` when neither half is filled in: then the program took the role of
/// its machine.
fn keys(script: &Script<'_>) -> Result<Option<(SecretString, SecretString)>, AwsManError> {
    let id = filled(script, "AWS_ACCESS_KEY_ID")?;
    let secret = filled(script, "AWS_SECRET_ACCESS_KEY")?;
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => Ok(Some((id.value.into(), secret.value.into()))),
        (Some(_), None) => Err(AwsManError::HalfKey {
            missing: "AWS_SECRET_ACCESS_KEY",
        }),
        (None, Some(_)) => Err(AwsManError::HalfKey {
            missing: "AWS_ACCESS_KEY_ID",
        }),
    }
}

/// Returns when it runs, seconds first, by the line of cron that was given or that stands in the script.
fn every(script: &Script<'_>, crontab: Option<&str>) -> Result<String, AwsManError> {
    let Some(fields) = crontab.or_else(|| script.crontab()) else {
        return Ok(EVERY.to_owned());
    };
    let words: Vec<&str> = fields.split_whitespace().collect();
    let every = match words.as_slice() {
        [word, ..] if word.starts_with('@') => (*word).to_owned(),
        words if words.len() >= 5 => format!("0 {}", words[..5].join(" ")),
        _ => return Err(AwsManError::Crontab),
    };
    match Schedule::try_from(every.clone()) {
        Ok(_) => Ok(every),
        Err(_) => Err(AwsManError::Crontab),
    }
}

/// Returns what a person filled in; the script of the documents has nothing there, or `<aws account>`.
fn filled(script: &Script<'_>, name: &'static str) -> Result<Option<Assigned>, AwsManError> {
    let Some(line) = script.assigned(name) else {
        return Ok(None);
    };
    match line {
        Line::Assigned(assigned) => {
            let value = assigned.value.trim();
            let placeholder = value.starts_with('<') && value.ends_with('>');
            let filled = !value.is_empty() && !placeholder;
            Ok(filled.then(|| Assigned {
                value: value.to_owned(),
                ..assigned.clone()
            }))
        }
        Line::Computed { number, .. } => Err(AwsManError::Computed {
            line: *number,
            name,
        }),
        _ => Ok(None),
    }
}

fn bad(assigned: &Assigned, name: &'static str, expected: &'static str) -> AwsManError {
    AwsManError::Value {
        line: assigned.number,
        name,
        expected,
    }
}

#[cfg(test)]
mod tests;
