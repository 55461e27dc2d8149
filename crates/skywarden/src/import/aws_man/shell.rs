//! As much of a shell's language as a run script of assignments and commands has.

/// A script, line by line.
pub(super) struct Script<'a> {
    lines: Vec<Line>,
    text: &'a str,
}

/// What a line of the script is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// `NAME=value`, exported or not.
    Assigned(Assigned),
    /// `NAME=` with something that only a shell can tell.
    Computed {
        /// The line, from 1.
        number: usize,
        /// The variable.
        name: String,
    },
    /// A command, by its first word without its folder.
    Command {
        /// The line, from 1.
        number: usize,
        /// The program.
        program: String,
    },
    /// Nothing, or a comment.
    Silent,
}

/// A variable with the value that a shell would give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    /// The line, from 1.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// The variables and programs that a run script of the documents has beside those that mean something.
const PASSED_OVER: [&str; 8] = [
    "DIR", "LOG_DIR", "mkdir", "cd", "set", "PATH", "echo", "date",
];
const UNDERSTOOD: [&str; 9] = [
    "TZ",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ACCOUNT_ID",
    "ec2_snapshot",
    "ec2_networkout_alerm",
    "exit",
];

impl<'a> Script<'a> {
    /// Reads a script; every text is one.
    pub(super) fn read(text: &'a str) -> Self {
        let lines = text.lines().enumerate();
        Self {
            lines: lines
                .map(|(index, line)| read_line(index + 1, line))
                .collect(),
            text,
        }
    }

    /// Returns the last line that gives `name` a value: it is the one that holds.
    pub(super) fn assigned(&self, name: &str) -> Option<&Line> {
        self.lines.iter().rev().find(|line| match line {
            Line::Assigned(assigned) => assigned.name == name,
            Line::Computed { name: it, .. } => it == name,
            _ => false,
        })
    }

    /// Tells whether it starts a program.
    pub(super) fn starts(&self, wanted: &str) -> bool {
        let starts =
            |line: &Line| matches!(line, Line::Command { program, .. } if program == wanted);
        self.lines.iter().any(starts)
    }

    /// Returns the line of cron that stands in it, as a comment or as it is.
    pub(super) fn crontab(&self) -> Option<&'a str> {
        let mut lines = self
            .text
            .lines()
            .map(|it| it.trim_start_matches(['#', ' ', '\t']));
        lines.find(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_time = |it: &&str| {
                it.chars()
                    .all(|it| it.is_ascii_alphanumeric() || "*/,-".contains(it))
            };
            let starts_as_time =
                |it: &str| it.starts_with(|it: char| it == '*' || it.is_ascii_digit());
            words.len() > 5
                && words[..5].iter().all(is_time)
                && words[..2].iter().all(|it| starts_as_time(it))
                && words[5..].iter().any(|it| it.contains(".sh"))
        })
    }

    /// Returns what else it has, that nobody here understands: line and name.
    pub(super) fn others(&self) -> impl Iterator<Item = (usize, &str)> {
        let known = |name: &str| PASSED_OVER.contains(&name) || UNDERSTOOD.contains(&name);
        let named = self.lines.iter().filter_map(|line| match line {
            Line::Assigned(assigned) => Some((assigned.number, assigned.name.as_str())),
            Line::Computed { number, name } => Some((*number, name.as_str())),
            Line::Command { number, program } => Some((*number, program.as_str())),
            Line::Silent => None,
        });
        named.filter(move |(_, name)| !known(name))
    }
}

fn read_line(number: usize, line: &str) -> Line {
    let line = line.trim();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    if line.is_empty() || line.starts_with('#') || is_crontab(line) {
        return Line::Silent;
    }
    if let Some((name, rest)) = line.split_once('=')
        && is_name(name)
    {
        return match value(rest) {
            Some(value) => Line::Assigned(Assigned {
                number,
                name: name.to_owned(),
                value,
            }),
            None => Line::Computed {
                number,
                name: name.to_owned(),
            },
        };
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    let word = word.trim_matches(['"', '\'']);
    let program = word.rsplit('/').next().unwrap_or(word);
    Line::Command {
        number,
        program: program.to_owned(),
    }
}

fn is_crontab(line: &str) -> bool {
    line.starts_with(|it: char| it == '*' || it.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let plain = text
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_');
    plain && !text.is_empty() && !text.starts_with(|it: char| it.is_ascii_digit())
}

/// Returns what a shell makes of the right side of an assignment, or `None` when it has to compute it.
fn value(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = text.chars();
    let mut quote = None;
    while let Some(next) = rest.next() {
        match (quote, next) {
            (None, '"' | '\'') => quote = Some(next),
            (Some(open), close) if open == close => quote = None,
            (Some('\''), plain) => value.push(plain),
            (_, '$' | '`') => return None,
            (_, '\\') => value.push(rest.next()?),
            // The template of the documents has `<aws account>` without quotes.
            (None, ' ' | '\t') if !text.starts_with('<') => break,
            (None, '#') if value.is_empty() => break,
            (None, ';' | '&' | '|') => break,
            (_, plain) => value.push(plain),
        }
    }
    // A quote that nobody closes goes on in the next line.
    quote.is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_a_shell_makes_of_them() {
        for (text, expected) in [
            ("'Asia/Shanghai'", Some("Asia/Shanghai")),
            ("\"a b\" # why", Some("a b")),
            ("cn-north-1", Some("cn-north-1")),
            ("a'b'\"c\"", Some("abc")),
            ("", Some("")),
            ("<aws account>", Some("<aws account>")),
            ("'$HOME'", Some("$HOME")),
            ("a\\ b", Some("a b")),
            ("$(cat key)", None),
            ("\"${KEY}\"", None),
            ("`cat key`", None),
            ("'open", None),
        ] {
            assert_eq!(value(text).as_deref(), expected, "{text}");
        }
    }
}
