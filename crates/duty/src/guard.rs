//! What a plan must pass before anything of it is done.
//!
//! A part that destroys is measured by account and kind, and stops whole when it is over its limit:
//! it is never cut to size. What protects is not kept waiting by it. What waits for a refused step is
//! refused with it.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountId, Kind, Money, Tags};

use crate::plan::{Measure, Plan, Planned, Token};

/// Populations below this are too small for a share: one may go.
const SMALL: u64 = 10;

/// How much may be done at once, for each account and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// So many things of a kind may go.
    pub at_most: u64,
    /// And so many of a hundred.
    pub percent: u32,
    /// What the things that are made may cost a month, in each currency; without a limit when `None`.
    pub monthly: Option<Money>,
    /// Whether more than retention's daily number may go, once.
    pub backlog: Backlog,
    /// Tags that keep what carries them; they are looked for once more before anything goes.
    pub protected: Vec<ProtectedTag>,
}

/// A tag that keeps what carries it from going. The case of key and value does not count: people
/// write `BaseAMI`, `baseami` and `TRUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedTag {
    /// Its key.
    pub key: String,
    /// Its value; any when `None`.
    pub value: Option<String>,
}

impl ProtectedTag {
    /// Returns whether it stands among `tags`.
    #[must_use]
    pub fn stands_on(&self, tags: &Tags) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        tags.iter().any(|(key, value)| {
            let asked = self.value.as_deref();
            same(key, &self.key) && asked.is_none_or(|asked| same(value.trim(), asked))
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_most: 200,
            percent: 20,
            monthly: None,
            backlog: Backlog::Refused,
            protected: Vec::new(),
        }
    }
}

/// Whether more may go than retention takes on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backlog {
    /// No.
    Refused,
    /// This once, by a person's word.
    Once,
}

/// A part of a plan that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In which account.
    pub account: AccountId,
    /// What kind of thing it destroys, or makes.
    pub kind: Kind,
    /// The steps, by their places in the plan.
    pub steps: Vec<usize>,
    /// Why.
    pub why: TooMuch,
}

/// Why a part of a plan was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TooMuch {
    /// Nobody said of how many.
    UnknownPopulation,
    /// More than may go at once.
    Many {
        /// So many are to go.
        asked: u64,
        /// So many may.
        allowed: u64,
    },
    /// Too large a share of all there are.
    Share {
        /// So many are to go.
        asked: u64,
        /// Of so many.
        total: u64,
        /// So many may.
        allowed: u64,
    },
    /// More than retention takes on a day.
    Backlog {
        /// So many are to go.
        asked: u64,
        /// So many may.
        allowed: u64,
    },
    /// What is made would cost too much a month.
    Dear {
        /// So much.
        asked: Money,
        /// So much may it cost.
        allowed: Money,
    },
    /// A step that it waits for was refused.
    Waits,
}

/// A plan that passed, as far as it did. There is no other way to come by one than [`guard`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    plan: Plan,
    tokens: Vec<Token>,
    refused: BTreeSet<usize>,
}

impl Approved {
    /// Returns the whole plan, with what was refused of it.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the steps that may be done: place, token, step.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &Token, &Planned)> {
        let steps = self.plan.steps.iter().enumerate().zip(&self.tokens);
        steps
            .filter(|((place, _), _)| !self.refused.contains(place))
            .map(|((place, step), token)| (place, token, step))
    }

    /// Returns whether nothing of it may be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }
}

/// Measures a plan by the limits of each account; returns what may be done of it, and what not.
pub fn guard(plan: Plan, limits: impl Fn(&AccountId) -> Limits) -> (Approved, Vec<Refusal>) {
    let mut refusals = Vec::new();
    for ((account, kind), steps) in destroyed(&plan) {
        let limits = limits(&account);
        let asked = steps.len() as u64;
        if let Some(why) = too_many(&plan, &account, &kind, asked, &limits) {
            refusals.push(Refusal {
                account,
                kind,
                steps,
                why,
            });
        }
    }
    for (account, steps) in made(&plan) {
        if let Some(why) = too_dear(&plan, &steps, &limits(&account)) {
            refusals.push(Refusal {
                account,
                kind: Kind::new("made"),
                steps,
                why,
            });
        }
    }
    let mut refused: BTreeSet<usize> = refusals.iter().flat_map(|it| it.steps.clone()).collect();
    let mut waiting: BTreeMap<(AccountId, Kind), Vec<usize>> = BTreeMap::new();
    // A step stands after those it waits for, so one pass reaches all.
    for (place, planned) in plan.steps.iter().enumerate() {
        let waits = planned.after.iter().any(|it| refused.contains(it));
        if waits && refused.insert(place) {
            let kind = planned.step.destroys();
            let kind = kind.unwrap_or_else(|| Kind::new("made"));
            let part = waiting.entry((planned.spot.account.clone(), kind));
            part.or_default().push(place);
        }
    }
    refusals.extend(waiting.into_iter().map(|((account, kind), steps)| Refusal {
        account,
        kind,
        steps,
        why: TooMuch::Waits,
    }));
    let tokens = plan.tokens();
    let approved = Approved {
        plan,
        tokens,
        refused,
    };
    (approved, refusals)
}

/// Returns the steps that destroy, by account and kind.
fn destroyed(plan: &Plan) -> BTreeMap<(AccountId, Kind), Vec<usize>> {
    let mut parts: BTreeMap<(AccountId, Kind), Vec<usize>> = BTreeMap::new();
    for (place, planned) in plan.steps.iter().enumerate() {
        if let Some(kind) = planned.step.destroys() {
            let part = parts.entry((planned.spot.account.clone(), kind));
            part.or_default().push(place);
        }
    }
    parts
}

/// Returns the steps that cost, by account.
fn made(plan: &Plan) -> BTreeMap<AccountId, Vec<usize>> {
    let mut parts: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
    for (place, planned) in plan.steps.iter().enumerate() {
        let costs = planned
            .monthly
            .as_ref()
            .is_some_and(|it| it.amount.is_sign_positive());
        if planned.step.destroys().is_none() && costs {
            // What is made in another account is paid there.
            let other = planned.step.other().map(|it| &it.account);
            let account = other.unwrap_or(&planned.spot.account);
            parts.entry(account.clone()).or_default().push(place);
        }
    }
    parts
}

fn too_many(
    plan: &Plan,
    account: &AccountId,
    kind: &Kind,
    asked: u64,
    limits: &Limits,
) -> Option<TooMuch> {
    let mut populations = plan.populations.iter();
    let Some(population) = populations.find(|it| it.account == *account && it.kind == *kind) else {
        return Some(TooMuch::UnknownPopulation);
    };
    if asked > limits.at_most {
        return Some(TooMuch::Many {
            asked,
            allowed: limits.at_most,
        });
    }
    match population.measure {
        Measure::Share => {
            let total = population.total;
            let allowed = if total < SMALL {
                total.min(1)
            } else {
                total.saturating_mul(u64::from(limits.percent)) / 100
            };
            (asked > allowed).then_some(TooMuch::Share {
                asked,
                total,
                allowed,
            })
        }
        Measure::Steady { daily } => {
            // One and a half times, rounded up, so that one a day may be two on a day.
            let allowed = daily.saturating_mul(3).div_ceil(2);
            let over = asked > allowed && limits.backlog == Backlog::Refused;
            over.then_some(TooMuch::Backlog { asked, allowed })
        }
    }
}

fn too_dear(plan: &Plan, steps: &[usize], limits: &Limits) -> Option<TooMuch> {
    let allowed = limits.monthly.as_ref()?;
    let prices = steps
        .iter()
        .filter_map(|place| plan.steps.get(*place)?.monthly.as_ref());
    let same = prices.filter(|it| it.currency == allowed.currency);
    let asked = same.map(|it| it.amount).sum();
    (asked > allowed.amount).then(|| TooMuch::Dear {
        asked: Money::new(asked, allowed.currency.clone()),
        allowed: allowed.clone(),
    })
}

#[cfg(test)]
mod tests;
