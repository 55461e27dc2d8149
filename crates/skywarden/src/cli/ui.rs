//! Talking: data to stdout, talk to stderr, questions to a person.

use std::io::{self, BufRead as _, Write};
use std::sync::LazyLock;

use base::Texts;
use base::texts::FluentValue;
use model::Language;
use secrecy::SecretString;

use super::error::{CliError, ErrorClass};
use super::output::Sheet;
use super::{ColorWhen, Global, OutputFormat};
use crate::Host;

static CHINESE: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("zh-CN", include_str!("../../locales/zh-CN/cli.ftl")));
static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| Texts::read("en", include_str!("../../locales/en/cli.ftl")));

/// Returns the command line's texts of a language.
pub(crate) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

/// The terminal, or what stands for it.
pub struct Ui {
    /// The outside of this run.
    pub host: Host,
    /// The language of talk and tables.
    pub language: Language,
    format: OutputFormat,
    quiet: bool,
    colored: bool,
}

impl Ui {
    /// Returns the terminal of a run.
    #[must_use]
    pub fn new(global: &Global, language: Language, host: Host) -> Self {
        let colored = match global.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                host.surroundings.stdout_is_terminal
                    && host.surroundings.variable("NO_COLOR").is_none()
                    && host.surroundings.variable("TERM") != Some("dumb")
            }
        };
        Self {
            host,
            language,
            format: global.output,
            quiet: global.quiet,
            colored,
        }
    }

    /// Returns how data is to be printed.
    #[must_use]
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// Returns whether tables may be colored.
    #[must_use]
    pub fn is_colored(&self) -> bool {
        self.colored
    }

    /// Returns whether a person sees the progress of things.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        !self.quiet && self.host.surroundings.stderr_is_terminal
    }

    /// Returns a text of the command line in its language.
    #[must_use]
    pub fn say(&self, key: &str, places: &[(&'static str, FluentValue<'_>)]) -> String {
        texts(self.language).say_with(key, places)
    }

    /// Prints data, as it is.
    ///
    /// # Errors
    ///
    /// When nobody reads it any more.
    pub fn data(&mut self, text: &str) -> Result<(), CliError> {
        self.host.stdout.write_all(text.as_bytes())?;
        self.host.stdout.flush()?;
        Ok(())
    }

    /// Prints a long document as it is written, without holding it whole.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or nobody reads it any more.
    pub fn document(
        &mut self,
        write: impl FnOnce(&Self, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let stdout = std::mem::replace(&mut self.host.stdout, Box::new(io::sink()));
        let mut buffered = io::BufWriter::new(stdout);
        let written = write(self, &mut buffered);
        let written = written.and_then(|()| buffered.write_all(b"\n"));
        let written = written.and_then(|()| buffered.flush());
        // What could not be written is nobody's any more.
        self.host.stdout = buffered.into_parts().0;
        Ok(written?)
    }

    /// Prints rows in the format that was asked for.
    ///
    /// # Errors
    ///
    /// When nobody reads it any more.
    pub fn sheet(&mut self, sheet: &Sheet) -> Result<(), CliError> {
        let text = sheet.print(self.format, texts(self.language), self.colored);
        self.data(&text)
    }

    /// Returns rows as a table for people, whatever format was asked for.
    #[must_use]
    pub fn drawn(&self, sheet: &Sheet) -> String {
        sheet.print(OutputFormat::Table, texts(self.language), self.colored)
    }

    /// Says something on the way, unless it is to be quiet.
    pub fn status(&mut self, text: &str) {
        if !self.quiet {
            self.talk(text);
        }
    }

    /// Says something that a question stands on, also when it is to be quiet.
    pub fn status_always(&mut self, text: &str) {
        self.talk(text);
    }

    /// Says something that is wrong and does not stop the work.
    pub fn warn(&mut self, text: &str) {
        let text = self.say("talk-warning", &[("text", text.into())]);
        self.talk(&text);
    }

    /// Shows an error and returns the exit code.
    pub fn fail(&mut self, error: &CliError) -> u8 {
        if error.class != ErrorClass::BrokenPipe {
            let text = self.say("talk-error", &[("text", error.text.as_str().into())]);
            self.talk(&text);
            for hint in &error.hints {
                let hint = self.say("talk-hint", &[("text", hint.as_str().into())]);
                self.talk(&hint);
            }
        }
        error.exit().code()
    }

    /// Asks a person and returns the answer without white space at its ends; empty at end of input.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn ask(&mut self, question: &str) -> Result<String, CliError> {
        write!(self.host.stderr, "{question} ")?;
        self.host.stderr.flush()?;
        let mut answer = String::new();
        self.host.stdin.read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// Asks a person yes or no; `y`, `yes`, `是` mean yes, all else means no.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn confirm(&mut self, question: &str) -> Result<bool, CliError> {
        let question = format!("{question} [y/N]");
        let answer = self.ask(&question)?.to_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes" | "是" | "好"))
    }

    /// Reads a secret: unseen from a terminal, else the first line of the input.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or is empty.
    pub fn read_secret(&mut self, question: &str) -> Result<SecretString, CliError> {
        let mut line = zeroize::Zeroizing::new(String::new());
        if self.host.surroundings.stdin_is_terminal {
            *line = rpassword::prompt_password(format!("{question} "))?;
        } else {
            self.host.stdin.read_line(&mut line)?;
        }
        match line.trim_end_matches(['\r', '\n']) {
            "" => Err(CliError::usage(self.say("error-empty-secret", &[]))),
            secret => Ok(SecretString::from(secret)),
        }
    }

    fn talk(&mut self, text: &str) {
        // Where talk cannot be written there is nobody to tell of it either.
        writeln!(self.host.stderr, "{text}").ok();
    }
}
