//! Help in the language of who asks.

use std::ffi::OsString;
use std::sync::LazyLock;

use base::Texts;
use clap::{Arg, ArgAction, Command, CommandFactory as _};
use model::Language;

use super::Cli;
use crate::surroundings::Surroundings;

const CHINESE_SOURCE: &str = include_str!("../../locales/zh-CN/help.ftl");
const ENGLISH_SOURCE: &str = include_str!("../../locales/en/help.ftl");
/// The arguments that every command takes.
const GLOBAL: [&str; 5] = ["config", "lang", "output", "quiet", "color"];
const FIRST_GLOBAL: usize = 100;
const LAST: usize = 200;

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
    let words = Words {
        texts,
        headings: super::ui::texts(language),
    };
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(texts.say("skywarden--version"))
        .display_order(LAST + 1)
        .help_heading(words.headings.say("help-options"));
    let command = Cli::command().disable_version_flag(true);
    words.put_on(command, "skywarden").arg(version)
}

/// The words of help: the texts of commands and arguments, and the headings over them.
struct Words<'a> {
    texts: &'a Texts,
    headings: &'a Texts,
}

impl Words<'_> {
    /// Puts the texts `PATH` and `PATH--ARGUMENT` on a command, its arguments and its subcommands.
    ///
    /// Possible values and defaults are left to the texts, since clap names them in English only.
    fn put_on(&self, command: Command, path: &str) -> Command {
        let names: Vec<String> = command
            .get_subcommands()
            .map(|it| it.get_name().to_owned())
            .collect();
        let heading = |key: &str| self.headings.say(key);
        let help = Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help)
            .help(self.texts.say("skywarden--help"))
            .display_order(LAST)
            .help_heading(heading("help-options"));
        let template = format!(
            "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}",
            heading("help-usage")
        );
        let mut command = command
            .about(self.texts.say(path))
            .help_template(template)
            .subcommand_help_heading(heading("help-commands"))
            .disable_help_flag(true)
            .mut_args(|argument| {
                let id = argument.get_id().as_str();
                let global = GLOBAL.iter().position(|it| *it == id);
                let owner = match global {
                    Some(_) => "skywarden",
                    None => path,
                };
                let text = self.texts.say(&format!("{owner}--{id}").replace('_', "-"));
                // What a command alone takes comes before what every command takes.
                let argument = match global {
                    Some(place) => argument.display_order(FIRST_GLOBAL + place),
                    None => argument,
                };
                let above = match argument.is_positional() {
                    true => "help-arguments",
                    false => "help-options",
                };
                let takes_value = argument.get_action().takes_values();
                argument
                    .help(text)
                    .help_heading(heading(above))
                    .hide_possible_values(takes_value)
                    .hide_default_value(takes_value)
            })
            .arg(help);
        for name in names {
            let path = format!("{path}-{name}");
            command = command.mut_subcommand(&name, |it| self.put_on(it, &path));
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(command: &Command, path: &str, keys: &mut Vec<String>) {
        keys.push(path.to_owned());
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let global = GLOBAL.contains(&id);
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
            let variables = surroundings.variables_mut();
            variables.insert("LANG".into(), locale.into());
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
