use duty::BalancePoint;
use model::{AccountId, Currency, Money};

use crate::Retention;
use crate::testing::{Store, at, on_both_engines};

on_both_engines!(
    readings_come_back_oldest_first_to_the_last_digit,
    readings_older_than_any_forecast_are_forgotten,
    the_same_instant_twice_keeps_the_later_word,
);

const DAY: i64 = 86_400;

fn point(account: &str, second: i64, amount: &str) -> BalancePoint {
    BalancePoint {
        account: AccountId::new(account),
        at: at(second),
        available: Money::parse(amount, Currency::new("CNY")).unwrap(),
    }
}

async fn readings_come_back_oldest_first_to_the_last_digit(Store { db, .. }: Store) {
    let points = [
        point("shop", 30, "2,672,769.60"),
        point("shop", 10, "-1,234.50"),
        point("shop", 20, "0.0050"),
        point("game", 20, "1"),
    ];
    db.balances_put(&points[..3]).await.unwrap();
    db.balance_put(&points[3]).await.unwrap();
    let all = db.balance_list(at(0)).await.unwrap();
    let oldest_first = [1, 3, 2, 0].map(|it: usize| points[it].clone());
    assert_eq!(all, oldest_first);
    assert_eq!(all[2].available.amount.to_string(), "0.0050");
    assert_eq!(db.balance_list(at(20)).await.unwrap(), oldest_first[1..]);
}

async fn readings_older_than_any_forecast_are_forgotten(Store { db, .. }: Store) {
    for (account, day) in [("shop", 0), ("game", 1), ("shop", 1), ("shop", 401)] {
        db.balance_put(&point(account, day * DAY, "1"))
            .await
            .unwrap();
    }
    let today = at(401 * DAY);
    db.prune(&Retention::default(), today).await.unwrap();
    let left = db.balance_list(at(0)).await.unwrap();
    let left: Vec<(&str, i64)> = left
        .iter()
        .map(|it| (it.account.as_str(), it.at.as_second() / DAY))
        .collect();
    assert_eq!(left, [("game", 1), ("shop", 1), ("shop", 401)]);
}

async fn the_same_instant_twice_keeps_the_later_word(Store { db, .. }: Store) {
    db.balance_put(&point("shop", 10, "1")).await.unwrap();
    db.balance_put(&point("shop", 10, "2")).await.unwrap();
    let points = db.balance_list(at(0)).await.unwrap();
    assert_eq!(points, [point("shop", 10, "2")]);
}
