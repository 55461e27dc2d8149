//! Selections: which machines a duty is for, as one expression in CEL, the Common Expression Language.
//!
//! An expression is read once and asked for each machine. What it may name is closed: these fields,
//! the operators, a few functions. A name that is not among them, or a comparison that can never hold,
//! is an error when the expression is read, with its place, and not a machine silently left out.
//!
//! | field | what it is |
//! | --- | --- |
//! | `tags` | its tags: `tags.AutoSnapshot`, `tags["team:name"]`; a missing one is `""`, `has(tags.x)` tells |
//! | `state` | `running`, `pending`, `stopped`, `changing`, `leaving`, `recycled`, or the cloud's own word |
//! | `name` `id` `type` `zone` | texts |
//! | `charge` | `prepaid`, `on_demand`, `spot`, or the cloud's own word |
//! | `created` | when it was made: `created < timestamp("2026-01-01T00:00:00Z")` |
//! | `age` | how long ago that was: `age > duration("30d")` |
//! | `managed` | whether a scaling group, a node pool or a cluster makes and removes it |
//! | `cluster` | the cluster that the cloud ties it to; `""` when none |
//!
//! Invariant: what cannot be told is [`Choice::Unknown`], which never selects a machine for a change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::common::types::CelBool;
use cel::{Context, Env, ExecutionError, IdedExpr, Value};
use jiff::Timestamp;
use model::Machine;

mod check;
mod shape;
mod values;

use values::Fields;

/// How many characters an expression may have.
const LONGEST: usize = 1000;

/// The functions and types of all expressions; made once.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(values::env()));

/// Which machines a duty is for.
#[derive(Clone)]
pub struct Selection {
    text: String,
    expression: Arc<IdedExpr>,
    tag_names: BTreeSet<String>,
}

/// What a selection says of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It is chosen.
    Yes,
    /// It is not.
    No,
    /// That cannot be told, and why. It is not to be changed.
    Unknown(String),
}

/// Why a text is no selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSelection {
    /// In which line, from 1 on.
    pub line: usize,
    /// At which character of it, from 1 on.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for BadSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "character {}: {}", self.column, self.problem)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BadSelection {}

impl Selection {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// When it is too long, is no CEL, names what there is not, compares what can never be equal, or
    /// does not say yes or no.
    pub fn compile(text: &str) -> Result<Self, BadSelection> {
        let length = text.chars().count();
        if length > LONGEST {
            let problem = format!("it has {length} characters; {LONGEST} are the most");
            return Err(BadSelection::at_start(problem));
        }
        if text.trim().is_empty() {
            let problem = "it is empty; `true` stands for every machine".to_owned();
            return Err(BadSelection::at_start(problem));
        }
        shape::check(text)?;
        let parsed = ENV.parser().parse_with_source_info(text);
        let (expression, source) = parsed.map_err(|errors| unreadable(&errors))?;
        let place = |id: u64| source.offset_for(id).map(|(start, _)| start);
        let checked =
            check::check(expression).map_err(|complaint| complaint.placed(text, place))?;
        Ok(Self {
            text: text.to_owned(),
            expression: Arc::new(checked.expression),
            tag_names: checked.tag_names,
        })
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether a machine is chosen, at this time.
    #[must_use]
    pub fn choose(&self, machine: &Machine, now: Timestamp) -> Choice {
        let fields = Fields { machine, now };
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.set_variable_resolver(&fields);
        match Value::resolve_val(&self.expression, &context) {
            Ok(value) => match value.downcast_ref::<CelBool>().map(|it| *it.inner()) {
                Some(true) => Choice::Yes,
                Some(false) => Choice::No,
                None => Choice::Unknown(format!(
                    "it gives a value of type {}, not yes or no",
                    value.get_type().name()
                )),
            },
            Err(ExecutionError::UndeclaredReference(field)) => {
                Choice::Unknown(format!("the cloud does not say its `{field}`"))
            }
            Err(error) => Choice::Unknown(error.to_string()),
        }
    }

    /// Returns the names of all tags that it asks for by name.
    ///
    /// A typing error in one cannot be known from the expression alone: it selects nothing, or
    /// everything. A name that no machine of a whole census has deserves a word.
    #[must_use]
    pub fn tag_names(&self) -> &BTreeSet<String> {
        &self.tag_names
    }

    /// Returns the names of tags it asks for that none of these machines has, each with the name
    /// of a tag that is much like it, if one is.
    #[must_use]
    pub fn strangers<'a>(
        &self,
        machines: impl IntoIterator<Item = &'a Machine>,
    ) -> BTreeMap<String, Option<String>> {
        let mut missing = self.tag_names.clone();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for machine in machines {
            for name in machine.tags.keys() {
                missing.remove(name);
                known.insert(name);
            }
        }
        let suggest = |name: String| {
            let like = check::nearest(&name, known.iter().copied()).map(str::to_owned);
            (name, like)
        };
        missing.into_iter().map(suggest).collect()
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Selection").field(&self.text).finish()
    }
}

/// Two selections are the same when they are written the same.
impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Selection {}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl BadSelection {
    /// Returns a complaint about what stands after `before`.
    fn at(before: &[char], problem: String, suggestion: Option<String>) -> Self {
        let mut lines = before.split(|it| *it == '\n');
        Self {
            line: lines.clone().count(),
            column: lines.next_back().map_or(0, <[char]>::len) + 1,
            problem,
            suggestion,
        }
    }

    fn at_start(problem: String) -> Self {
        Self {
            line: 1,
            column: 1,
            problem,
            suggestion: None,
        }
    }
}

/// Returns the first of the reader's complaints: those after it mostly follow from it.
fn unreadable(errors: &cel::ParseErrors) -> BadSelection {
    let Some(first) = errors.errors.first() else {
        return BadSelection::at_start("it is no CEL expression".to_owned());
    };
    let (line, column) = first.pos;
    BadSelection {
        line: usize::try_from(line).unwrap_or(1).max(1),
        column: usize::try_from(column).unwrap_or(1).max(1),
        problem: first.msg.trim().to_owned(),
        suggestion: None,
    }
}

#[cfg(test)]
mod tests;
