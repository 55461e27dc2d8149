//! What operators and functions may be given, and what they give.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::{Checker, Complaint, Found, Sort, complaint, literal, nearest};
use crate::select::values;

/// The functions that may be called by name.
const FUNCTIONS: [&str; 12] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "duration",
    "timestamp",
    "has",
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
];

impl Checker {
    pub(super) fn call(&mut self, call: &mut CallExpr, node: u64) -> Found {
        let mut sorts = Vec::new();
        for part in call
            .target
            .iter_mut()
            .map(|it| &mut **it)
            .chain(&mut call.args)
        {
            sorts.push(self.sort(part)?);
        }
        let wrong = |problem: String| Complaint {
            node,
            problem,
            suggestion: None,
        };
        let parts: Vec<&IdedExpr> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        let of_one = |wanted: Sort, says: &str| match sorts.iter().find(|it| !it.fits(wanted)) {
            None => Ok(()),
            Some(other) => Err(wrong(format!("{says} {}", other.word()))),
        };
        match (call.func_name.as_str(), sorts.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, _) => {
                of_one(
                    Sort::Truth,
                    "`&&`, `||` and `!` take yes or no, and this is",
                )?;
                Ok(Sort::Truth)
            }
            (operators::NOT_STRICTLY_FALSE, _) => Ok(Sort::Truth),
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                if !left.fits(*right) {
                    return Err(wrong(format!(
                        "{} is never equal to {}{}",
                        left.word(),
                        right.word(),
                        quoted(parts[1])
                            .or_else(|| quoted(parts[0]))
                            .unwrap_or_default()
                    )));
                }
                known_word(*left, parts[1])?;
                known_word(*right, parts[0])?;
                Ok(Sort::Truth)
            }
            (
                operators::LESS
                | operators::LESS_EQUALS
                | operators::GREATER
                | operators::GREATER_EQUALS,
                [left, right],
            ) => {
                let ordered = |it: &Sort| !matches!(it, Sort::Truth | Sort::List | Sort::Tags);
                if left.fits(*right) && ordered(left) && ordered(right) {
                    return Ok(Sort::Truth);
                }
                let (left, right) = (left.word(), right.word());
                Err(wrong(format!("{left} and {right} have no order")))
            }
            (operators::IN, [left, Sort::List | Sort::Any]) => {
                if let Expr::List(list) = &parts[1].expr {
                    for element in &list.elements {
                        known_word(*left, element)?;
                        let other = literal_sort(element);
                        if !left.fits(other) {
                            let (left, other) = (left.word(), other.word());
                            let problem = format!("{left} is never equal to {other}");
                            return Err(complaint(element, problem));
                        }
                    }
                }
                Ok(Sort::Truth)
            }
            (operators::IN, [name, Sort::Tags]) if name.is_text() => {
                self.tag_names.extend(literal_text(parts[0]));
                Ok(Sort::Truth)
            }
            (operators::INDEX, [Sort::Tags, name]) if name.is_text() => {
                self.tag_names.extend(literal_text(parts[1]));
                Ok(Sort::Text)
            }
            (operators::INDEX, [Sort::List | Sort::Any, Sort::Number | Sort::Any]) => Ok(Sort::Any),
            (operators::CONDITIONAL, [condition, yes, no]) if condition.fits(Sort::Truth) => {
                Ok(if yes == no { *yes } else { Sort::Any })
            }
            (operators::ADD, [left, right]) if left.fits(*right) => match left {
                Sort::Number | Sort::List | Sort::Any => Ok(*left),
                Sort::Text | Sort::Word(_) => Ok(Sort::Text),
                other => Err(wrong(format!("{} cannot be added", other.word()))),
            },
            (
                operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO
                | operators::NEGATE,
                _,
            ) => {
                of_one(
                    Sort::Number,
                    "only numbers can be reckoned with, and this is",
                )?;
                Ok(Sort::Number)
            }
            ("size", [it]) if it.is_text() || *it == Sort::List => Ok(Sort::Number),
            ("contains" | "startsWith" | "endsWith", [it, part])
                if call.target.is_some() && it.is_text() && part.is_text() =>
            {
                Ok(Sort::Truth)
            }
            ("duration", [text]) if text.is_text() && call.target.is_none() => {
                match literal_text(parts[0]) {
                    Some(it) if values::length(&it).is_none() => Err(complaint(
                        parts[0],
                        format!(
                            "`{it}` is no length of time; they look like `30d`, `12h`, `1h30m`"
                        ),
                    )),
                    _ => Ok(Sort::Length),
                }
            }
            ("timestamp", [text]) if text.is_text() && call.target.is_none() => {
                match literal_text(parts[0]) {
                    Some(it) if it.parse::<jiff::Timestamp>().is_err() => Err(complaint(
                        parts[0],
                        format!("`{it}` is no time; they look like `2026-01-31T08:00:00+08:00`"),
                    )),
                    _ => Ok(Sort::Time),
                }
            }
            (name, sorts)
                if FUNCTIONS.contains(&name) || name.starts_with(['_', '@', '!', '-']) =>
            {
                let given: Vec<&str> = sorts.iter().map(|it| it.word()).collect();
                let name = name.trim_matches(['_', '@']);
                Err(wrong(format!(
                    "`{name}` cannot take {}",
                    given.join(" and ")
                )))
            }
            (name, _) => Err(Complaint {
                node,
                problem: format!("there is no function `{name}`"),
                suggestion: nearest(name, FUNCTIONS).map(|it| format!("`{it}`")),
            }),
        }
    }
}

fn literal_sort(at: &IdedExpr) -> Sort {
    match &at.expr {
        Expr::Literal(value) => literal(value),
        _ => Sort::Any,
    }
}

fn literal_text(at: &IdedExpr) -> Option<String> {
    match &at.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        _ => None,
    }
}

/// Returns how a value that is no text is written as one, for those who forgot the quotes.
fn quoted(at: &IdedExpr) -> Option<String> {
    match &at.expr {
        Expr::Literal(LiteralValue::Boolean(it)) => Some(format!("; write \"{}\"", it.inner())),
        Expr::Literal(LiteralValue::Int(it)) => Some(format!("; write \"{}\"", it.inner())),
        _ => None,
    }
}

/// Refuses a word that is much like one of those a field has, and is none of them.
fn known_word(field: Sort, at: &IdedExpr) -> Result<(), Complaint> {
    let (Sort::Word(words), Some(text)) = (field, literal_text(at)) else {
        return Ok(());
    };
    let nearest = nearest(&text, words.iter().copied()).filter(|it| **it != text);
    match nearest {
        Some(word) if !words.contains(&text.as_str()) => Err(Complaint {
            node: at.id,
            problem: format!("there is no such word as \"{text}\" here"),
            suggestion: Some(format!("\"{word}\"")),
        }),
        _ => Ok(()),
    }
}
