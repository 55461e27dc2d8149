//! Help and parse errors in the language of who asks.

use std::ffi::OsString;
use std::io::Write as _;
use std::sync::LazyLock;

use base::Texts;
use clap::{Command, CommandFactory as _};
use model::Language;

use super::Cli;
use crate::Host;
use crate::surroundings::Surroundings;

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/help.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/help.ftl");
static CHINESE: LazyLock<Texts> = LazyLock::new(|| Texts::read("zh-CN", CHINESE_SOURCE));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::read("en", ENGLISH_SOURCE));

/// Returns the language to speak before the configuration is known: `--lang`, the locale, Chinese.
pub(crate) fn spoken_language(arguments: &[OsString], surroundings: &Surroundings) -> Language {
    let mut words = arguments.iter().filter_map(|it| it.to_str());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(language) = value.and_then(Language::from_tag) {
            return language;
        }
    }
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| surroundings.variable(name))
        .and_then(Language::from_tag)
        .unwrap_or_default()
}

/// Returns the command line with its help in a language.
#[must_use]
pub(crate) fn command(language: Language) -> Command {
    let texts = match language {
        Language::Chinese => &*CHINESE,
        Language::English => &*ENGLISH,
    };
    localized(Cli::command(), "skywarden", texts)
}

/// Puts the texts `PATH` and `PATH--ARGUMENT` on a command, its arguments and its subcommands.
fn localized(command: Command, path: &str, texts: &Texts) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    let mut command = command.about(texts.say(path));
    command = command.mut_args(|argument| {
        let id = argument.get_id().as_str();
        let global = ["config", "lang", "output", "quiet", "color"].contains(&id);
        let owner = if global { "skywarden" } else { path };
        let text = texts.say(&format!("{owner}--{id}").replace('_', "-"));
        argument.help(text)
    });
    for name in names {
        let path = format!("{path}-{name}");
        command = command.mut_subcommand(&name, |it| localized(it, &path, texts));
    }
    command
}

/// Prints what clap has to say (help goes to stdout, errors to stderr) and returns the exit code.
pub(crate) fn parse_error(error: &clap::Error, host: &mut Host) -> u8 {
    let colored =
        host.surroundings.stderr_is_terminal && host.surroundings.variable("NO_COLOR").is_none();
    let rendered = error.render();
    let text = if colored {
        rendered.ansi().to_string()
    } else {
        rendered.to_string()
    };
    let stream = if error.use_stderr() {
        &mut host.stderr
    } else {
        &mut host.stdout
    };
    stream.write_all(text.as_bytes()).ok();
    u8::try_from(error.exit_code()).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(command: &Command, path: &str, keys: &mut Vec<String>) {
        keys.push(path.to_owned());
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let global = ["config", "lang", "output", "quiet", "color"].contains(&id);
            if !global && !["help", "version"].contains(&id) {
                keys.push(format!("{path}--{id}").replace('_', "-"));
            }
        }
        for subcommand in command.get_subcommands() {
            wanted(
                subcommand,
                &format!("{path}-{}", subcommand.get_name()),
                keys,
            );
        }
    }

    #[test]
    fn every_command_and_argument_has_its_help_in_both_languages_and_no_help_is_left_over() {
        let mut keys: Vec<String> = [
            "config", "lang", "output", "quiet", "color", "help", "version",
        ]
        .map(|it| format!("skywarden--{it}"))
        .to_vec();
        wanted(&Cli::command(), "skywarden", &mut keys);
        keys.sort();
        for source in [CHINESE_SOURCE, ENGLISH_SOURCE] {
            let mut there = base::texts::keys(source).unwrap();
            there.sort();
            assert_eq!(there, keys);
        }
    }

    #[test]
    fn the_language_is_taken_from_the_flag_then_the_locale_then_chinese() {
        let spoken = |arguments: &[&str], locale: &str| {
            let mut surroundings = Surroundings::default();
            surroundings.variables.insert("LANG".into(), locale.into());
            let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
            spoken_language(&arguments, &surroundings)
        };
        assert_eq!(
            spoken(&["skywarden", "--lang", "en"], "zh_CN.UTF-8"),
            Language::English
        );
        assert_eq!(
            spoken(&["skywarden", "--lang=zh-CN"], "en_US"),
            Language::Chinese
        );
        assert_eq!(spoken(&["skywarden"], "en_US.UTF-8"), Language::English);
        assert_eq!(spoken(&["skywarden"], "C.UTF-8"), Language::Chinese);
    }
}
