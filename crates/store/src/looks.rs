//! Looks: when each scope was last seen whole, and why it was not.
//!
//! Invariant: a look that failed never wipes out what is known of the last one that succeeded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{AccountId, Kind, Place, RegionId, Scope};

use crate::db::{Db, Row, values};
use crate::error::StoreError;

/// What one look at a scope gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It was seen whole.
    Complete {
        /// How many things there were.
        count: u64,
    },
    /// It was not seen, or not whole.
    Unseen {
        /// Why, for people.
        why: String,
    },
}

/// What is known of the looks at one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Which scope.
    pub scope: Scope,
    /// When it was last looked at.
    pub attempted: Timestamp,
    /// When it was last seen whole; `None` when it never was.
    pub complete: Option<Timestamp>,
    /// How many things there were then.
    pub count: Option<u64>,
    /// Why the last look did not see it whole; `None` when it did.
    pub unseen: Option<String>,
    /// Since when each look failed for that reason.
    pub unseen_since: Option<Timestamp>,
}

impl Db {
    /// Records what a run saw of its scopes, all or none.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn looks_put(
        &self,
        looks: &[(Scope, Sight)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change("record what was looked at").await?;
        let by_scope: BTreeMap<&Scope, &Sight> = looks.iter().map(|it| (&it.0, &it.1)).collect();
        let row = |(scope, sight): (&Scope, &Sight)| {
            let (complete, count, why, since) = match sight {
                Sight::Complete { count } => (
                    Some(now),
                    Some(i64::try_from(*count).unwrap_or(i64::MAX)),
                    None,
                    None,
                ),
                Sight::Unseen { why } => (None, None, Some(why.as_str()), Some(now)),
            };
            values![
                scope.account.as_str(),
                place_text(&scope.place),
                scope.kind.as_str(),
                now,
                complete,
                count,
                why,
                since
            ]
        };
        change
            .put_rows(
                "INSERT INTO looks (account, place, kind, attempted_ms, complete_ms, item_count, \
                 unseen_why, unseen_since_ms)",
                "ON CONFLICT (account, place, kind) DO UPDATE SET \
                 attempted_ms = excluded.attempted_ms, \
                 complete_ms = COALESCE(excluded.complete_ms, looks.complete_ms), \
                 item_count = COALESCE(excluded.item_count, looks.item_count), \
                 unseen_why = excluded.unseen_why, \
                 unseen_since_ms = CASE WHEN looks.unseen_why = excluded.unseen_why \
                 THEN COALESCE(looks.unseen_since_ms, looks.attempted_ms) \
                 ELSE excluded.unseen_since_ms END",
                by_scope.into_iter().map(row).collect(),
            )
            .await?;
        change.commit().await
    }

    /// Returns the looks at every scope, sorted by scope.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn look_list(&self) -> Result<Vec<Look>, StoreError> {
        let rows = self
            .fetch(
                "read what was looked at",
                "SELECT account, place, kind, attempted_ms, complete_ms, item_count, unseen_why, \
                 unseen_since_ms FROM looks",
                values![],
            )
            .await?;
        let mut looks = rows.iter().map(look).collect::<Result<Vec<_>, _>>()?;
        looks.sort_by(|a, b| a.scope.cmp(&b.scope));
        Ok(looks)
    }
}

fn look(row: &Row) -> Result<Look, StoreError> {
    Ok(Look {
        scope: Scope {
            account: AccountId::new(row.text("account")?),
            place: row.word("place", place_from_text)?,
            kind: Kind::new(row.text("kind")?),
        },
        attempted: row.instant("attempted_ms")?,
        complete: row.instant_or_null("complete_ms")?,
        count: row
            .int_or_null("item_count")?
            .map(u64::try_from)
            .transpose()
            .map_err(|error| row.site.corrupt(error))?,
        unseen: row.text_or_null("unseen_why")?,
        unseen_since: row.instant_or_null("unseen_since_ms")?,
    })
}

/// Spells a place so that a region named `global` is still a region.
pub(crate) fn place_text(place: &Place) -> String {
    match place {
        Place::Global => "global".to_owned(),
        Place::Region(region) => format!("region/{region}"),
    }
}

/// Reads what [`place_text`] spelled.
pub(crate) fn place_from_text(text: &str) -> Option<Place> {
    match text {
        "global" => Some(Place::Global),
        _ => text
            .strip_prefix("region/")
            .map(|region| Place::Region(RegionId::new(region))),
    }
}

#[cfg(test)]
mod tests;
