//! Small state of a duty, for which no table is worth having.

use jiff::Timestamp;

use crate::db::{Change, Db, values};
use crate::error::StoreError;

impl Db {
    /// Returns what a duty remembered under a name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn duty_state_get(
        &self,
        duty: &str,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        let rows = self
            .fetch(
                "read the state of a duty",
                "SELECT state FROM duty_states WHERE duty = $1 AND name = $2",
                values![duty, name],
            )
            .await?;
        rows.first().map(|row| row.text("state")).transpose()
    }

    /// Remembers something for a duty under a name, as JSON that carries its own version.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn duty_state_put(
        &self,
        duty: &str,
        name: &str,
        json: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change("remember the state of a duty").await?;
        put(&mut change, duty, name, json, now).await?;
        change.commit().await
    }

    /// Forgets what a duty remembered under a name.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn duty_state_remove(&self, duty: &str, name: &str) -> Result<(), StoreError> {
        self.execute(
            "forget the state of a duty",
            "DELETE FROM duty_states WHERE duty = $1 AND name = $2",
            values![duty, name],
        )
        .await?;
        Ok(())
    }
}

/// Remembers something for a duty together with something else.
pub(crate) async fn put(
    change: &mut Change,
    duty: &str,
    name: &str,
    json: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    change
        .execute(
            "INSERT INTO duty_states (duty, name, state, updated_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (duty, name) DO UPDATE SET state = excluded.state, \
             updated_ms = excluded.updated_ms",
            values![duty, name, json, now],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Store, at, on_both_engines};

    on_both_engines!(each_duty_remembers_its_own_last_word);

    async fn each_duty_remembers_its_own_last_word(Store { db, .. }: Store) {
        db.duty_state_put("patrol", "digest", "1", at(1))
            .await
            .unwrap();
        db.duty_state_put("patrol", "digest", "2", at(2))
            .await
            .unwrap();
        db.duty_state_put("orphans", "digest", "3", at(2))
            .await
            .unwrap();
        let get = async |duty| db.duty_state_get(duty, "digest").await.unwrap();
        assert_eq!(get("patrol").await.as_deref(), Some("2"));
        db.duty_state_remove("patrol", "digest").await.unwrap();
        assert_eq!(get("patrol").await, None);
        assert_eq!(get("orphans").await.as_deref(), Some("3"));
    }
}
