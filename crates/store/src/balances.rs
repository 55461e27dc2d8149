//! Balances: what could be spent when, for the forecast.

use jiff::Timestamp;
use model::{AccountId, Currency, Money};
use rust_decimal::Decimal;

use duty::BalancePoint;

use crate::db::{Db, Row, values};
use crate::error::StoreError;
use crate::retention::Retention;

impl Db {
    /// Remembers a reading of a balance, and forgets the readings of the same account that are too old
    /// for any forecast; the same instant twice keeps the later word.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn balance_put(&self, point: &BalancePoint) -> Result<(), StoreError> {
        self.balances_put(std::slice::from_ref(point)).await
    }

    /// Remembers readings of many balances like [`Db::balance_put`], all or none: the disk is waited
    /// for once.
    ///
    /// # Errors
    ///
    /// When the store does not take them.
    pub async fn balances_put(&self, points: &[BalancePoint]) -> Result<(), StoreError> {
        let mut change = self.change("remember a balance").await?;
        for point in points {
            change
                .execute(
                    "INSERT INTO balances (account, currency, read_ms, amount) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT (account, currency, read_ms) \
                     DO UPDATE SET amount = excluded.amount",
                    values![
                        point.account.as_str(),
                        point.available.currency.code(),
                        point.at,
                        point.available.amount.to_string()
                    ],
                )
                .await?;
            change
                .execute(
                    "DELETE FROM balances WHERE account = $1 AND read_ms < $2",
                    values![
                        point.account.as_str(),
                        Retention::default().balances_before(point.at)
                    ],
                )
                .await?;
        }
        change.commit().await
    }

    /// Returns the readings of all accounts since an instant, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn balance_list(&self, since: Timestamp) -> Result<Vec<BalancePoint>, StoreError> {
        let rows = self
            .fetch(
                "read the balances",
                "SELECT account, currency, read_ms, amount FROM balances \
                 WHERE read_ms >= $1 ORDER BY read_ms, account, currency",
                values![since],
            )
            .await?;
        rows.iter().map(balance_point).collect()
    }
}

fn balance_point(row: &Row) -> Result<BalancePoint, StoreError> {
    let amount: Decimal = row
        .text("amount")?
        .parse()
        .map_err(|error: rust_decimal::Error| row.site.corrupt(error))?;
    Ok(BalancePoint {
        account: AccountId::new(row.text("account")?),
        at: row.instant("read_ms")?,
        available: Money::new(amount, Currency::new(&row.text("currency")?)),
    })
}

#[cfg(test)]
mod tests;
