//! Plans that were saved in a file: the store vouches for them by their digest.

use jiff::Timestamp;

use crate::db::{Db, values};
use crate::error::StoreError;

impl Db {
    /// Remembers that a plan of a duty was saved; the first time counts.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn plan_save(
        &self,
        digest: &str,
        duty: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute(
            "remember a saved plan",
            "INSERT INTO plans (digest, duty, saved_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (digest) DO NOTHING",
            values![digest, duty, at],
        )
        .await?;
        Ok(())
    }

    /// Returns when the plan of that digest was saved, or `None` when this store knows of none.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn plan_known(&self, digest: &str) -> Result<Option<Timestamp>, StoreError> {
        let rows = self
            .fetch(
                "look for a saved plan",
                "SELECT saved_ms FROM plans WHERE digest = $1",
                values![digest],
            )
            .await?;
        rows.first().map(|row| row.instant("saved_ms")).transpose()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Store, at, on_both_engines};

    on_both_engines!(only_the_very_plan_that_was_saved_is_known);

    async fn only_the_very_plan_that_was_saved_is_known(Store { db, .. }: Store) {
        db.plan_save("abc", "backups", at(10)).await.unwrap();
        db.plan_save("abc", "backups", at(20)).await.unwrap();
        assert_eq!(db.plan_known("abc").await.unwrap(), Some(at(10)));
        assert_eq!(db.plan_known("abd").await.unwrap(), None);
    }
}
