//! Which credentials there are on this machine, and which of them are to be used.

use secrecy::SecretString;

use super::ask::{Manner, ask, secret};
use super::draft::{DraftAccount, DraftCredentials};
use super::{InitArgs, Names};
use crate::cli::run_time::block_on;
use crate::cli::{CliError, Ui};
use crate::wiring::clouds;

/// Variables by which the environment has an access key, as the official clients look for them.
const VARIABLES: [&str; 3] = [
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALICLOUD_ACCESS_KEY_ID",
];

/// The prefix that stands for all spellings of them.
const PREFIX: &str = "ALIBABA_CLOUD";

/// One way to prove who one is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Profile {
        name: String,
        mode: String,
        current: bool,
    },
    Environment,
    MachineRole(Option<String>),
    TypedKey,
}

/// Returns the accounts to begin with: as the flags say, or as a person chooses.
///
/// # Errors
///
/// When there are no credentials, a profile is not there, or the input ends.
pub(super) fn choose(
    args: &InitArgs,
    manner: Manner,
    ui: &mut Ui,
) -> Result<Vec<DraftAccount>, CliError> {
    let profiles = block_on(async { Ok(clouds::profiles(&ui.host).await) })?;
    let profiles = profiles.unwrap_or_else(|error| {
        ui.warn(&base::chain(&error));
        Vec::new()
    });
    let mut found: Vec<Source> = profiles
        .into_iter()
        .map(|it| Source::Profile {
            name: it.name,
            mode: it.mode,
            current: it.current,
        })
        .collect();
    if VARIABLES
        .iter()
        .any(|name| ui.host.surroundings.variable(name).is_some())
    {
        found.push(Source::Environment);
    }
    let chosen = match flagged(args, &found, ui)? {
        flagged if !flagged.is_empty() => flagged,
        _ => asked(found, manner, ui)?,
    };
    let mut names = Names::default();
    let mut accounts = Vec::new();
    for source in chosen {
        accounts.push(account(source, manner, &mut names, ui)?);
    }
    Ok(accounts)
}

fn flagged(args: &InitArgs, found: &[Source], ui: &Ui) -> Result<Vec<Source>, CliError> {
    let mut chosen = Vec::new();
    for wanted in &args.profile {
        let is_it = |it: &&Source| matches!(it, Source::Profile { name, .. } if name == wanted);
        let Some(source) = found.iter().find(is_it) else {
            let known: Vec<&str> = found
                .iter()
                .filter_map(|it| match it {
                    Source::Profile { name, .. } => Some(name.as_str()),
                    _ => None,
                })
                .collect();
            let places = [
                ("name", wanted.as_str().into()),
                ("known", known.join(", ").into()),
            ];
            return Err(CliError::usage(ui.say("init-no-profile", &places)));
        };
        chosen.push(source.clone());
    }
    if args.env {
        chosen.push(Source::Environment);
    }
    if let Some(role) = &args.role {
        chosen.push(Source::MachineRole(
            (!role.is_empty()).then(|| role.clone()),
        ));
    }
    Ok(chosen)
}

fn asked(mut found: Vec<Source>, manner: Manner, ui: &mut Ui) -> Result<Vec<Source>, CliError> {
    let current = found
        .iter()
        .position(|it| matches!(it, Source::Profile { current: true, .. }))
        .unwrap_or_default();
    if manner == Manner::TakeDefaults {
        if found.is_empty() {
            let error = CliError::usage(ui.say("init-no-credentials", &[]));
            return Err(error.hint(ui.say("init-no-credentials-hint", &[])));
        }
        return Ok(vec![found.swap_remove(current)]);
    }
    let there_are_none = found.is_empty();
    found.extend([Source::MachineRole(None), Source::TypedKey]);
    let text = ui.say(
        if there_are_none {
            "init-sources-none"
        } else {
            "init-sources"
        },
        &[],
    );
    ui.status_always(&text);
    for (index, source) in found.iter().enumerate() {
        let line = format!("  {}) {}", index + 1, source.shown(ui));
        ui.status_always(&line);
    }
    let question = ui.say("init-which", &[]);
    let default = match there_are_none {
        true => found.len(),
        false => current + 1,
    };
    let why = ui.say("init-which-again", &[("last", found.len().into())]);
    let numbers = ask(ui, manner, &question, &default.to_string(), |answer| {
        let numbers = answer
            .split([',', '，', '、', ' '])
            .filter(|it| !it.is_empty());
        let numbers: Option<Vec<usize>> = numbers
            .map(|it| it.parse().ok().filter(|it| (1..=found.len()).contains(it)))
            .collect();
        numbers
            .filter(|it| !it.is_empty())
            .ok_or_else(|| why.clone())
    })?;
    let chosen = found.into_iter().enumerate();
    Ok(chosen
        .filter(|(index, _)| numbers.contains(&(index + 1)))
        .map(|(_, it)| it)
        .collect())
}

fn account(
    source: Source,
    manner: Manner,
    names: &mut Names,
    ui: &mut Ui,
) -> Result<DraftAccount, CliError> {
    let suggestion = match &source {
        Source::Profile { name, .. } => names.free(name),
        _ => names.free("main"),
    };
    let shown = source.shown(ui);
    let question = ui.say("init-name", &[("source", shown.into())]);
    let taken = ui.say("init-name-taken", &[]);
    let name = ask(ui, manner, &question, &suggestion, |answer| {
        let name = crate::config::Name::try_from(answer.to_owned())?;
        match names.has(name.as_str()) {
            true => Err(taken.clone()),
            false => Ok(name),
        }
    })?;
    names.take(name.as_str());
    let credentials = match source {
        Source::Profile { name, .. } => DraftCredentials::Profile(name),
        Source::Environment => DraftCredentials::Env(PREFIX.to_owned()),
        Source::MachineRole(role) => DraftCredentials::MachineRole(role),
        Source::TypedKey => typed_key(manner, ui)?,
    };
    Ok(DraftAccount {
        name: name.to_string(),
        credentials,
        number: None,
    })
}

fn typed_key(manner: Manner, ui: &mut Ui) -> Result<DraftCredentials, CliError> {
    let question = ui.say("init-key-id", &[]);
    let empty = ui.say("error-empty-secret", &[]);
    let id = ask(ui, manner, &question, "", |answer| match answer {
        "" => Err(empty.clone()),
        id => Ok(SecretString::from(id)),
    })?;
    let question = ui.say("init-key-secret", &[]);
    loop {
        if let Some(secret) = secret(ui, &question)? {
            return Ok(DraftCredentials::Typed { id, secret });
        }
        ui.status_always(&empty);
    }
}

impl Source {
    fn shown(&self, ui: &Ui) -> String {
        match self {
            Self::Profile {
                name,
                mode,
                current,
            } => {
                let key = if *current {
                    "init-source-current"
                } else {
                    "init-source-profile"
                };
                ui.say(
                    key,
                    &[
                        ("name", name.as_str().into()),
                        ("mode", mode.as_str().into()),
                    ],
                )
            }
            Self::Environment => ui.say("init-source-env", &[]),
            Self::MachineRole(_) => ui.say("init-source-role", &[]),
            Self::TypedKey => ui.say("init-source-typed", &[]),
        }
    }
}
