//! Questions to a person, each with a default; the end of the input stops everything at once.
//!
//! Invariant: what is asked for unseen is never shown, and no answer is written anywhere from here.

use std::io::{self, BufRead as _, ErrorKind, Write as _};

use secrecy::SecretString;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::cli::run_time::block_on;
use crate::cli::{CliError, Ui};

/// Whether there is somebody to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Every question is asked.
    Ask,
    /// The defaults are taken.
    TakeDefaults,
}

/// Asks until the answer can be understood; an empty one means `default`.
///
/// # Errors
///
/// When the input ends, or nobody is asked and the default is wrong.
pub(super) fn ask<T>(
    ui: &mut Ui,
    manner: Manner,
    question: &str,
    default: &str,
    understand: impl Fn(&str) -> Result<T, String>,
) -> Result<T, CliError> {
    if manner == Manner::TakeDefaults {
        return understand(default).map_err(CliError::usage);
    }
    let question = match default.is_empty() {
        true => question.to_owned(),
        false => format!("{question} [{default}]"),
    };
    loop {
        let answer = line(ui, &question)?;
        let answer = answer.trim();
        match understand(if answer.is_empty() { default } else { answer }) {
            Ok(understood) => return Ok(understood),
            Err(why) => {
                let text = ui.say("init-again", &[("why", why.into())]);
                ui.status_always(&text);
            }
        }
    }
}

/// Asks yes or no; all but a clear word is asked again.
///
/// # Errors
///
/// When the input ends.
pub(super) fn confirm(
    ui: &mut Ui,
    manner: Manner,
    question: &str,
    default: Answer,
) -> Result<Answer, CliError> {
    let why = ui.say("init-yes-or-no", &[]);
    let shown = match default {
        Answer::Yes => "y",
        Answer::No => "n",
    };
    ask(ui, manner, question, shown, |answer| {
        match answer.to_lowercase().as_str() {
            "y" | "yes" | "是" | "好" => Ok(Answer::Yes),
            "n" | "no" | "否" | "不" => Ok(Answer::No),
            _ => Err(why.clone()),
        }
    })
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Asks for something that is not shown; `None` for an empty answer.
///
/// # Errors
///
/// When the input ends.
pub(super) fn secret(ui: &mut Ui, question: &str) -> Result<Option<SecretString>, CliError> {
    if !ui.host.surroundings.stdin_is_terminal {
        return Ok(kept(&line(ui, question)?));
    }
    let question = format!("{question} ");
    match unless_interrupted(move || rpassword::prompt_password(question))? {
        Ok(text) => Ok(kept(&Zeroizing::new(text))),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(stopped(ui)),
        Err(error) => Err(error.into()),
    }
}

/// Reads one line that nobody was asked for; `None` at the end of the input.
pub(super) fn unasked(ui: &mut Ui) -> Result<Option<SecretString>, CliError> {
    let mut line = Zeroizing::new(String::new());
    ui.host.stdin.read_line(&mut line)?;
    Ok(kept(&line))
}

fn kept(text: &str) -> Option<SecretString> {
    let text = text.trim();
    (!text.is_empty()).then(|| SecretString::from(text))
}

fn line(ui: &mut Ui, question: &str) -> Result<Zeroizing<String>, CliError> {
    write!(ui.host.stderr, "{question} ")?;
    ui.host.stderr.flush()?;
    let mut stdin = std::mem::replace(&mut ui.host.stdin, Box::new(io::empty()));
    let (stdin, read, line) = unless_interrupted(move || {
        let mut line = Zeroizing::new(String::new());
        let read = stdin.read_line(&mut line);
        (stdin, read, line)
    })?;
    ui.host.stdin = stdin;
    if read? == 0 {
        return Err(stopped(ui));
    }
    if !ui.host.surroundings.stdin_is_terminal {
        // Nobody's Enter has ended the line.
        writeln!(ui.host.stderr)?;
    }
    Ok(line)
}

/// Waits for a person in a thread of its own: once the runtime has listened for Ctrl-C, only it can
/// still hear it. A thread that is waiting then ends with the process.
fn unless_interrupted<T: Send + 'static>(
    wait: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CliError> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || drop(tell.send(wait())));
    block_on(async {
        told.await
            .map_err(|error| CliError::internal("the question ended abnormally", &error))
    })
}

fn stopped(ui: &Ui) -> CliError {
    CliError::usage(format!("\n{}", ui.say("init-stopped", &[])))
        .hint(ui.say("init-stopped-hint", &[]))
}
