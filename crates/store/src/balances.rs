//! Balances: what could be spent when, for the forecast.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{AccountId, Currency, Money};
use rust_decimal::Decimal;

use duty::BalancePoint;

use crate::db::{Db, Row, values};
use crate::error::StoreError;

impl Db {
    /// Remembers a reading of a balance; the same instant twice keeps the later word.
    ///
    /// # Errors
    ///
    /// When the store does not take it.
    pub async fn balance_put(&self, point: &BalancePoint) -> Result<(), StoreError> {
        self.balances_put(std::slice::from_ref(point)).await
    }

    /// Remembers readings of many balances like [`Db::balance_put`], all or none; [`Db::prune`]
    /// forgets them.
    ///
    /// # Errors
    ///
    /// When the store does not take them.
    pub async fn balances_put(&self, points: &[BalancePoint]) -> Result<(), StoreError> {
        let key = |it: &BalancePoint| (it.account.clone(), it.available.currency.clone(), it.at);
        let by_key: BTreeMap<_, &BalancePoint> = points.iter().map(|it| (key(it), it)).collect();
        let row = |it: &BalancePoint| {
            values![
                it.account.as_str(),
                it.available.currency.code(),
                it.at,
                it.available.amount.to_string()
            ]
        };
        let mut change = self.change("remember a balance").await?;
        change
            .put_rows(
                "INSERT INTO balances (account, currency, read_ms, amount)",
                "ON CONFLICT (account, currency, read_ms) DO UPDATE SET amount = excluded.amount",
                by_key.into_values().map(row).collect(),
            )
            .await?;
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
