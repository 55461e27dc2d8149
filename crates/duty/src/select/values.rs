//! The values of an expression: the fields of a machine, and the two types that the CEL crate has
//! only together with a library of dates that we do not use.

use std::any::Any;
use std::cmp::Ordering;

use cel::common::traits::{Comparer, Container, Indexer};
use cel::common::types::{CelBool, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};
use cel::context::VariableResolver;
use cel::{Env, ExecutionError};
use jiff::{SignedDuration, Timestamp};
use model::{Machine, Tags, TieSort};

static TAGS: Type = Type::new_unspecified_type("tags");
static DURATION: Type = Type::new_unspecified_type("duration");
static TIMESTAMP: Type = Type::new_unspecified_type("timestamp");

/// Returns the functions that expressions have: those of CEL, and ours.
pub(super) fn env() -> Env {
    let mut env = Env::stdlib().with_optional_support(false);
    // CEL has none of these names without its own dates: there is nothing to refuse.
    let _added = cel::add_overload!(env, fn duration: (CelString<'_>) -> Result<Length>);
    let _added = cel::add_overload!(env, fn timestamp: (CelString<'_>) -> Result<Moment>);
    env
}

/// The fields of one machine.
pub(super) struct Fields<'a> {
    pub(super) machine: &'a Machine,
    pub(super) now: Timestamp,
}

impl VariableResolver for Fields<'_> {
    /// Returns a field, or nothing where the cloud does not say.
    fn resolve<'b>(&'b self, field: &str) -> Option<CowVal<'b, 'b>> {
        let machine = self.machine;
        let text = |it: &'b str| Some(CowVal::owned(CelString::from(it)));
        let said = |it: &'b str| text(it).filter(|_| !it.is_empty());
        match field {
            "tags" => Some(CowVal::owned(TagMap(&machine.tags))),
            "state" => said(machine.state.word()),
            "name" => text(&machine.name),
            "id" => text(machine.id.as_str()),
            "type" => said(&machine.machine_type),
            "zone" => said(&machine.zone),
            "charge" => said(machine.charge.word()),
            "created" => Some(CowVal::owned(Moment(machine.created?))),
            "age" => {
                let age = self.now.duration_since(machine.created?);
                Some(CowVal::owned(Length(age)))
            }
            "managed" => Some(CowVal::owned(CelBool::from(is_managed(machine)))),
            "cluster" => text(cluster(machine)),
            _ => None,
        }
    }
}

/// Returns whether something else than a person makes and removes it, as the cloud says.
fn is_managed(machine: &Machine) -> bool {
    let mut ties = machine.ties.iter();
    ties.any(|it| matches!(it.sort, TieSort::Tag | TieSort::Name | TieSort::Group))
}

fn cluster(machine: &Machine) -> &str {
    let strong = machine.ties.iter().filter(|it| it.sort.is_strong());
    let mut clusters = strong.filter_map(|it| it.cluster.as_ref());
    clusters.next().map_or("", |it| it.as_str())
}

/// Reads a length of time: `30d`, `1w2d`, `90m`, `1h30m`, `45s`.
pub(super) fn length(text: &str) -> Option<SignedDuration> {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let unit = after.chars().next()?;
        let seconds = match unit {
            'w' => 7 * 24 * 3600,
            'd' => 24 * 3600,
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        let part = number.parse::<i64>().ok()?.checked_mul(seconds)?;
        total = total.checked_add(part)?;
        rest = &after[unit.len_utf8()..];
    }
    (!text.is_empty()).then(|| SignedDuration::from_secs(total))
}

fn duration(text: &CelString<'_>) -> Result<Length, ExecutionError> {
    let length = length(text.inner());
    length.map(Length).ok_or_else(|| {
        let problem = format!("`{}` is no length of time", text.inner());
        ExecutionError::function_error("duration", problem)
    })
}

fn timestamp(text: &CelString<'_>) -> Result<Moment, ExecutionError> {
    let moment = text.inner().parse();
    moment.map(Moment).map_err(|_| {
        let problem = format!("`{}` is no time", text.inner());
        ExecutionError::function_error("timestamp", problem)
    })
}

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Length(SignedDuration);

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Timestamp);

macro_rules! ordered {
    ($value:ty, $type:ident) => {
        impl Val for $value {
            fn get_type(&self) -> &Type {
                &$type
            }

            fn cel_type() -> &'static Type {
                &$type
            }

            fn as_comparer(&self) -> Option<&dyn Comparer> {
                Some(self)
            }

            fn equals(&self, other: &dyn Val) -> bool {
                other.downcast_ref::<Self>() == Some(self)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
                Box::new(*self)
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }

        impl StaticVal for $value {}

        impl Comparer for $value {
            fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
                let of = |it: &dyn Val| it.get_type().name().to_owned();
                match other.downcast_ref::<Self>() {
                    Some(other) => Ok(self.cmp(other)),
                    None => Err(ExecutionError::no_such_overload(
                        "compare",
                        vec![of(self), of(other)],
                    )),
                }
            }
        }
    };
}

ordered!(Length, DURATION);
ordered!(Moment, TIMESTAMP);

/// Tags, in which a missing one is the empty text.
#[derive(Debug, Clone, Copy)]
struct TagMap<'t>(&'t Tags);

impl Val for TagMap<'_> {
    fn get_type(&self) -> &Type {
        &TAGS
    }

    fn cel_type() -> &'static Type {
        &TAGS
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Container for TagMap<'_> {
    fn contains(&self, name: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.0.contains_key(tag_name(name)?))
    }
}

impl Indexer for TagMap<'_> {
    fn get<'b, 'v>(&'b self, name: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let value = self.0.get(tag_name(name)?).map_or("", String::as_str);
        Ok(CowVal::owned(CelString::from(value)))
    }

    fn steal<'v>(self: Box<Self>, name: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let value = self.0.get(tag_name(name)?).map_or("", String::as_str);
        Ok(Box::new(CelString::from(value)))
    }
}

fn tag_name(name: &dyn Val) -> Result<&str, ExecutionError> {
    let text = name.downcast_ref::<CelString<'_>>().map(|it| it.inner());
    text.ok_or_else(|| {
        let of = name.get_type().name().to_owned();
        ExecutionError::no_such_overload("tags", vec![of])
    })
}
