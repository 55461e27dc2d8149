//! Command lines that cannot be understood, told in the language of who wrote them.

use std::io::Write as _;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use model::Language;

use super::ui;
use crate::Host;

/// Prints what clap has to say (help goes to stdout, errors to stderr) and returns the exit code.
pub(crate) fn told(error: &Error, language: Language, host: &mut Host) -> u8 {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    // Where nobody reads it there is nobody to tell of it either.
    if !error.use_stderr() {
        let text = rendered(error, host.surroundings.stdout_is_terminal, host);
        host.stdout.write_all(text.as_bytes()).ok();
        return code;
    }
    let texts = ui::texts(language);
    let text = match wrong(error, language) {
        Some(wrong) => {
            let hint = match suggestion(error) {
                Some(nearest) => texts.say_with("usage-nearest", &[("nearest", nearest.into())]),
                None => texts.say("usage-help"),
            };
            let wrong = texts.say_with("talk-error", &[("text", wrong.into())]);
            let hint = texts.say_with("talk-hint", &[("text", hint.into())]);
            format!("{wrong}\n{hint}\n")
        }
        None => rendered(error, host.surroundings.stderr_is_terminal, host),
    };
    host.stderr.write_all(text.as_bytes()).ok();
    code
}

fn rendered(error: &Error, is_terminal: bool, host: &Host) -> String {
    let text = error.render();
    match is_terminal && host.surroundings.variable("NO_COLOR").is_none() {
        true => text.ansi().to_string(),
        false => text.to_string(),
    }
}

/// Returns what is wrong, for the mistakes that people make; the rest is told as clap tells it.
fn wrong(error: &Error, language: Language) -> Option<String> {
    let texts = ui::texts(language);
    let argument = || context(error, ContextKind::InvalidArg);
    let value = || context(error, ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => {
            texts.say_with("usage-unknown", &[("argument", argument()?.into())])
        }
        ErrorKind::InvalidSubcommand => {
            let command = context(error, ContextKind::InvalidSubcommand)?;
            texts.say_with("usage-command", &[("command", command.into())])
        }
        ErrorKind::MissingRequiredArgument => {
            texts.say_with("usage-missing", &[("arguments", argument()?.into())])
        }
        ErrorKind::MissingSubcommand => texts.say("usage-no-command"),
        ErrorKind::InvalidValue if value()?.is_empty() => {
            texts.say_with("usage-no-value", &[("argument", argument()?.into())])
        }
        ErrorKind::InvalidValue => {
            let places = [
                ("argument", argument()?.into()),
                ("value", value()?.into()),
                ("valid", context(error, ContextKind::ValidValue)?.into()),
            ];
            texts.say_with("usage-value", &places)
        }
        ErrorKind::ArgumentConflict => {
            let places = [
                ("argument", argument()?.into()),
                ("other", context(error, ContextKind::PriorArg)?.into()),
            ];
            texts.say_with("usage-conflict", &places)
        }
        _ => return None,
    })
}

fn suggestion(error: &Error) -> Option<String> {
    [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .find_map(|it| context(error, it))
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    }
}
