//! A look at an expression before the parser gets it: the parser and what comes after it walk it by
//! recursion, and the stack of a thread has an end.
//!
//! Invariant: what passes is read, checked and asked within a part of two mebibytes of stack. So the
//! ways to write a text are few here: whoever could hide brackets in one could hide a crash.

use super::BadSelection;

/// How many brackets may be open at once. 12 overflow two mebibytes without optimization.
const DEEPEST: usize = 6;
/// How many operators, calls and fields there may be. A chain of 400 overflows them.
const MOST_PARTS: usize = 100;

/// Checks how an expression is built.
pub(super) fn check(text: &str) -> Result<(), BadSelection> {
    let mut walk = Walk::new(text);
    let mut open = 0_usize;
    let mut parts = 0_usize;
    while let Some(character) = walk.next() {
        match character {
            '"' | '\'' => walk.skip_text(character)?,
            '/' if walk.peek() == Some('/') => while walk.next().is_some_and(|it| it != '\n') {},
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '=' | '&' | '|' if walk.peek() == Some(character) => {
                walk.next();
            }
            '=' if !matches!(walk.before(), Some('<' | '>' | '!')) => {
                return Err(walk.wrong("a single `=` compares nothing", Some("`==`")));
            }
            it if it.is_alphabetic() || it == '_' => walk.skip_word()?,
            _ => {}
        }
        if open > DEEPEST {
            let problem = format!("more than {DEEPEST} brackets are open here");
            return Err(walk.wrong(&problem, None));
        }
        if "+-*/%!?.[(<>=&|".contains(character) {
            parts += 1;
        }
        if parts > MOST_PARTS {
            let problem = format!("more than {MOST_PARTS} operators; fewer tags say it better");
            return Err(walk.wrong(&problem, None));
        }
    }
    Ok(())
}

/// A walk through a text that knows where it is.
struct Walk {
    characters: Vec<char>,
    /// How many were read.
    at: usize,
}

impl Walk {
    fn new(text: &str) -> Self {
        Self {
            characters: text.chars().collect(),
            at: 0,
        }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    /// Returns the character before the one that was read last.
    fn before(&self) -> Option<char> {
        self.characters.get(self.at.checked_sub(2)?).copied()
    }

    /// Reads a text to its end; its first quote was read.
    fn skip_text(&mut self, quote: char) -> Result<(), BadSelection> {
        let start = self.at;
        if self.peek() == Some(quote) && self.characters.get(start + 1) == Some(&quote) {
            return Err(self.wrong("a text begins with one quote, not with three", None));
        }
        loop {
            match self.next() {
                Some(it) if it == quote => return Ok(()),
                Some('\\') if matches!(self.peek(), Some('\\' | '"' | '\'')) => self.at += 1,
                Some('\\') => {
                    let problem = "in a text, a backslash stands before a quote or another one";
                    return Err(self.wrong(problem, None));
                }
                None | Some('\n' | '\r') => {
                    self.at = start;
                    return Err(self.wrong("the text that begins here has no end", None));
                }
                Some(_) => {}
            }
        }
    }

    /// Reads a word to its end; its first letter was read.
    fn skip_word(&mut self) -> Result<(), BadSelection> {
        let start = self.at - 1;
        while self
            .peek()
            .is_some_and(|it| it.is_alphanumeric() || it == '_')
        {
            self.at += 1;
        }
        let word: String = self.characters[start..self.at].iter().collect();
        let meant = match word.to_ascii_lowercase().as_str() {
            "and" => "`&&`",
            "or" => "`||`",
            "not" => "`!`",
            _ if matches!(self.peek(), Some('"' | '\'')) => {
                return Err(self.wrong("a quote cannot follow a letter", None));
            }
            _ => return Ok(()),
        };
        // `tags.and` is a tag like another.
        let is_field = start > 0 && self.characters[start - 1] == '.';
        if is_field {
            return Ok(());
        }
        self.at = start + 1;
        Err(self.wrong(&format!("`{word}` is no word of CEL"), Some(meant)))
    }

    /// Returns a complaint about the character that was read last.
    fn wrong(&self, problem: &str, suggestion: Option<&str>) -> BadSelection {
        let before = &self.characters[..self.at.saturating_sub(1)];
        BadSelection::at(before, problem.to_owned(), suggestion.map(str::to_owned))
    }
}
