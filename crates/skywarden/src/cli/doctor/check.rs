//! One thing that was looked at, and what came of it.

use warden::Exit;

use crate::cli::lines::Words;

/// What came of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is as it should be.
    Ok,
    /// It works and should not stay so.
    Warning,
    /// A permission is missing.
    Missing,
    /// It does not work.
    Failed,
    /// It could not be found out.
    Unknown,
    /// It was not looked at, because of what was found before.
    Skipped,
}

impl Status {
    /// Returns the stable word of JSON output.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing => "missing",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }

    /// Returns the mark a line begins with, and the ANSI color it has where colors are wanted.
    fn mark(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("✓", "32"),
            Self::Warning => ("!", "33"),
            Self::Missing | Self::Failed => ("✗", "31"),
            Self::Unknown => ("?", "33"),
            Self::Skipped => ("–", "2"),
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// Its stable name: `identity`, `permission`, `clock`.
    pub(crate) name: &'static str,
    /// Which of several of that name: the ability, the channel; empty where there is one.
    pub(crate) subject: String,
    /// What came of it.
    pub(crate) status: Status,
    /// What was found, for people.
    pub(crate) detail: String,
    /// What to do, one sentence each.
    pub(crate) hints: Vec<String>,
    /// What holds because of it, for the exit code.
    pub(crate) exit: Exit,
}

impl Check {
    /// Returns a check without hints that lets the exit code alone.
    pub(crate) fn new(name: &'static str, status: Status, detail: impl Into<String>) -> Self {
        Self {
            name,
            subject: String::new(),
            status,
            detail: detail.into(),
            hints: Vec::new(),
            exit: Exit::Fine,
        }
    }

    /// Says which of several of its name it is.
    pub(crate) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says what to do, if there is something.
    pub(crate) fn hint_if(mut self, hint: Option<String>) -> Self {
        self.hints.extend(hint);
        self
    }

    /// Says what holds because of it.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Returns the lines a person reads.
    pub(crate) fn lines(&self, words: Words, colored: bool) -> String {
        let (mark, color) = self.status.mark();
        let mark = match colored {
            true => format!("\u{1b}[{color}m{mark}\u{1b}[0m"),
            false => mark.to_owned(),
        };
        let mut check = words.say(&format!("check-{}", self.name), &[]);
        if !self.subject.is_empty() {
            check.push(' ');
            check.push_str(&self.shown_subject(words));
        }
        let places = [
            ("mark", mark.into()),
            ("check", check.into()),
            ("detail", shown(&self.detail).into()),
        ];
        let mut lines = words.say("doctor-line", &places);
        for hint in &self.hints {
            lines.push_str("\n    ");
            lines.push_str(&words.say("talk-hint", &[("text", shown(hint).into())]));
        }
        lines.push('\n');
        lines
    }
}

impl Check {
    /// Returns the subject for people: abilities have names in their language.
    fn shown_subject(&self, words: Words) -> String {
        if self.name != "permission" {
            return shown(&self.subject);
        }
        let key = format!("ability-{}", self.subject);
        match words.say(&key, &[]) {
            unnamed if unnamed == key => shown(&self.subject),
            named => named,
        }
    }
}

/// Returns outside text without what could repaint the terminal, on one line.
fn shown(text: &str) -> String {
    let bidirectional = |it: &char| matches!(*it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let flat = text.replace(['\n', '\t'], " ");
    flat.chars()
        .filter(|it| !it.is_control() && !bidirectional(it))
        .collect()
}
