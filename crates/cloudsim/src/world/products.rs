//! Whatever else an account pays for: one row for a database, a cache, a package, a reservation, a plan.
//!
//! Which service it belongs to decides which door shows it, and how: `cdb`, `redis`, `lighthouse` …,
//! `ec2-reserved`, `savings-plan`, `rds-reserved`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::machines::Tags;
use super::rows::{Row, sooner};
use super::terms::{RECYCLE_BIN, Term, Turn, later};

/// Where a product stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductState {
    /// In use.
    Active,
    /// Cut off: its paid time is over, or it was not paid for.
    Isolated,
    /// Over, and still shown (reservations and plans of AWS).
    Retired,
    /// A word that no door translates: it is shown as it stands.
    Odd(String),
}

/// One thing that is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The service, as the table of the adapter's reference calls it.
    pub service: String,
    /// Its id.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
    /// Its finer sort: an instance class, an engine; may be empty.
    pub kind: String,
    /// Where it stands.
    pub state: ProductState,
    /// What it turns into next.
    pub turn: Option<Turn<ProductState>>,
    /// How it is paid for.
    pub term: Term,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// Whatever only one door shows.
    pub extra: BTreeMap<&'static str, String>,
}

impl Product {
    /// Returns a product of `service` that is in use.
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        id: impl Into<String>,
        created: Timestamp,
        term: Term,
    ) -> Self {
        Self {
            service: service.into(),
            id: id.into(),
            name: String::new(),
            kind: String::new(),
            state: ProductState::Active,
            turn: None,
            term,
            created,
            tags: Vec::new(),
            extra: BTreeMap::new(),
        }
    }

    /// Sets its name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets its finer sort.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sets what only one door shows.
    #[must_use]
    pub fn extra(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.extra.insert(field, value.into());
        self
    }
}

impl Row for Product {
    fn id(&self) -> &str {
        &self.id
    }

    fn due(&self) -> Option<Timestamp> {
        let lapse = self.term.due();
        let active = self.state == ProductState::Active;
        sooner(self.turn.as_ref().map(|it| it.at), lapse.filter(|_| active))
    }

    fn age(&mut self, now: Timestamp) -> bool {
        while let Some(at) = self.due().filter(|it| *it <= now) {
            if self.turn.as_ref().is_some_and(|it| it.at == at) {
                match self.turn.take().and_then(|it| it.into) {
                    Some(state) => self.state = state,
                    None => return false,
                }
            } else if !self.term.renew() {
                // What was promised, and not lent, cannot be cut off: it is just over.
                let promised =
                    self.service.ends_with("-reserved") || self.service.ends_with("-plan");
                if promised {
                    self.state = ProductState::Retired;
                } else {
                    self.state = ProductState::Isolated;
                    self.turn = Turn::gone(later(at, RECYCLE_BIN));
                }
            }
        }
        true
    }
}
