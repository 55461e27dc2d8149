//! What can be told of an expression before there is a machine: names that there are not, comparisons
//! that never hold, an answer that is not yes or no.
//!
//! Invariant: an expression that passes names nothing but the fields of a machine and its own
//! variables.

mod calls;

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, SelectExpr, operators,
};

use super::BadSelection;

/// The words that a state may be, besides the clouds' own.
const STATES: [&str; 6] = [
    "running", "pending", "stopped", "changing", "leaving", "recycled",
];
/// The words that a way to pay may be, besides the clouds' own.
const CHARGES: [&str; 3] = ["prepaid", "on_demand", "spot"];
/// The fields of a machine.
const FIELDS: [(&str, Sort); 11] = [
    ("tags", Sort::Tags),
    ("state", Sort::Word(&STATES)),
    ("name", Sort::Text),
    ("id", Sort::Text),
    ("type", Sort::Text),
    ("zone", Sort::Text),
    ("charge", Sort::Word(&CHARGES)),
    ("created", Sort::Time),
    ("age", Sort::Length),
    ("managed", Sort::Truth),
    ("cluster", Sort::Text),
];
/// How much a word must be like another to be taken for a typing error of it.
const LIKENESS: f64 = 0.6;
/// How deep its parts may stand in one another. Asking takes 40 KiB of stack for each without
/// optimization; `&&` and `||` of many parts make a shallow tree.
const DEEPEST: usize = 20;

/// An expression that passed.
pub(super) struct Checked {
    /// The expression, `has(tags.x)` in it asking whether there is such a tag.
    pub(super) expression: IdedExpr,
    /// The tags it asks for by name.
    pub(super) tag_names: BTreeSet<String>,
}

/// What is wrong, and at which node.
#[derive(Debug)]
pub(super) struct Complaint {
    node: u64,
    problem: String,
    suggestion: Option<String>,
}

/// What sort of value a part of an expression gives.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sort {
    Truth,
    Text,
    /// A text that is one of these words, as a rule.
    Word(&'static [&'static str]),
    Number,
    Length,
    Time,
    List,
    Tags,
    /// Cannot be told before there is a machine.
    Any,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Self::Truth => "yes or no",
            Self::Text | Self::Word(_) => "a text",
            Self::Number => "a number",
            Self::Length => "a length of time",
            Self::Time => "a time",
            Self::List => "a list",
            Self::Tags => "the tags",
            Self::Any => "anything",
        }
    }

    /// Returns whether two values may be of one type.
    fn fits(self, other: Self) -> bool {
        use Sort::{Any, Text, Word};
        matches!(
            (self, other),
            (Any, _) | (_, Any) | (Text | Word(_), Text | Word(_))
        ) || self == other
    }

    fn is_text(self) -> bool {
        self.fits(Self::Text)
    }
}

type Found = Result<Sort, Complaint>;

/// Checks an expression.
pub(super) fn check(mut expression: IdedExpr) -> Result<Checked, Complaint> {
    let mut checker = Checker::default();
    let sort = checker.sort(&mut expression)?;
    if !sort.fits(Sort::Truth) {
        let problem = format!("it gives {}, and has to say yes or no", sort.word());
        return Err(complaint(&expression, problem));
    }
    Ok(Checked {
        expression,
        tag_names: checker.tag_names,
    })
}

/// Returns the word that is most like another, if any is much like it.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let like = |it: &str| strsim::normalized_damerau_levenshtein(&lower, &it.to_lowercase());
    let scored = known.into_iter().map(|it| (like(it), it));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= LIKENESS).then_some(best.1)
}

fn complaint(at: &IdedExpr, problem: String) -> Complaint {
    Complaint {
        node: at.id,
        problem,
        suggestion: None,
    }
}

impl Complaint {
    /// Returns it with its place in the text, of which `start` gives that of a node, counted in
    /// characters.
    pub(super) fn placed(self, text: &str, start: impl Fn(u64) -> Option<u32>) -> BadSelection {
        let start = start(self.node).unwrap_or_default() as usize;
        let before: Vec<char> = text.chars().take(start).collect();
        BadSelection::at(&before, self.problem, self.suggestion)
    }
}

#[derive(Default)]
struct Checker {
    tag_names: BTreeSet<String>,
    /// The variables of the list function that is being checked.
    variables: Vec<(String, Sort)>,
    /// How deep the part that is being checked stands.
    depth: usize,
}

impl Checker {
    fn sort(&mut self, at: &mut IdedExpr) -> Found {
        if self.depth == DEEPEST {
            let problem = format!("more than {DEEPEST} parts stand in one another here");
            return Err(complaint(at, problem));
        }
        self.depth += 1;
        let sort = self.sort_of(at);
        self.depth -= 1;
        sort
    }

    fn sort_of(&mut self, at: &mut IdedExpr) -> Found {
        if let Expr::Select(select) = &at.expr
            && select.test
        {
            return self.has(at);
        }
        let id = at.id;
        match &mut at.expr {
            Expr::Ident(name) => self.name(name, id),
            Expr::Select(select) => self.select(select),
            Expr::Literal(value) => Ok(literal(value)),
            Expr::Call(call) => self.call(call, id),
            Expr::List(list) => self.list(list),
            Expr::Comprehension(each) => self.comprehension(each, id),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(complaint(at, "a selection has no use for this".to_owned()))
            }
        }
    }

    fn name(&self, name: &str, node: u64) -> Found {
        let mut variables = self.variables.iter().rev();
        if let Some((_, sort)) = variables.find(|it| it.0 == name) {
            return Ok(*sort);
        }
        if let Some((_, sort)) = FIELDS.iter().find(|it| it.0 == name) {
            return Ok(*sort);
        }
        let fields = FIELDS.iter().map(|it| it.0);
        let suggestion = nearest(name, fields.clone()).map(|it| format!("`{it}`"));
        let known: Vec<&str> = fields.collect();
        let problem = match &suggestion {
            Some(_) => format!("a machine has no field `{name}`"),
            None => format!(
                "a machine has no field `{name}`; it has {}",
                known.join(", ")
            ),
        };
        Err(Complaint {
            node,
            problem,
            suggestion,
        })
    }

    fn select(&mut self, select: &mut SelectExpr) -> Found {
        match self.sort(&mut select.operand)? {
            Sort::Tags => {
                self.tag_names.insert(select.field.clone());
                Ok(Sort::Text)
            }
            other => {
                let problem = format!(
                    "{} has no `.{}`: only `tags` has",
                    other.word(),
                    select.field
                );
                Err(complaint(&select.operand, problem))
            }
        }
    }

    /// Makes `has(tags.x)` ask for the tag: as a value, a missing one is an empty text like another.
    fn has(&mut self, at: &mut IdedExpr) -> Found {
        let Expr::Select(select) = &mut at.expr else {
            return Ok(Sort::Any);
        };
        self.select(select)?;
        let name = LiteralValue::String(select.field.clone().into());
        let name = IdedExpr {
            id: at.id,
            expr: Expr::Literal(name),
        };
        let operand = std::mem::take(&mut *select.operand);
        at.expr = Expr::Call(CallExpr {
            func_name: operators::IN.to_owned(),
            target: None,
            args: vec![name, operand],
        });
        Ok(Sort::Truth)
    }

    fn list(&mut self, list: &mut ListExpr) -> Found {
        for element in &mut list.elements {
            self.sort(element)?;
        }
        Ok(Sort::List)
    }

    fn comprehension(&mut self, each: &mut ComprehensionExpr, node: u64) -> Found {
        if !self.variables.is_empty() {
            return Err(Complaint {
                node,
                problem: "list functions cannot stand one inside another".to_owned(),
                suggestion: None,
            });
        }
        let over = self.sort(&mut each.iter_range)?;
        if !over.fits(Sort::List) {
            let problem = format!("list functions take a list, and this is {}", over.word());
            return Err(complaint(&each.iter_range, problem));
        }
        let result = self.sort(&mut each.accu_init)?;
        self.variables = vec![
            (each.iter_var.clone(), Sort::Any),
            (each.accu_var.clone(), result),
        ];
        let inside = [&mut each.loop_cond, &mut each.loop_step, &mut each.result];
        let sorts: Result<Vec<Sort>, Complaint> =
            inside.into_iter().map(|it| self.sort(it)).collect();
        self.variables.clear();
        Ok(sorts?.pop().unwrap_or(Sort::Any))
    }
}

fn literal(value: &LiteralValue) -> Sort {
    match value {
        LiteralValue::Boolean(_) => Sort::Truth,
        LiteralValue::String(_) => Sort::Text,
        LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => Sort::Number,
        LiteralValue::Bytes(_) | LiteralValue::Null => Sort::Any,
    }
}
