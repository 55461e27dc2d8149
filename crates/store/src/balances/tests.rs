use duty::BalancePoint;
use model::{AccountId, Currency, Money};

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
    let shop = AccountId::new("shop");
    let all = db.balance_list(&shop, at(0)).await.unwrap();
    assert_eq!(
        all,
        [points[1].clone(), points[2].clone(), points[0].clone()]
    );
    assert_eq!(all[1].available.amount.to_string(), "0.0050");
    assert_eq!(db.balance_list(&shop, at(20)).await.unwrap().len(), 2);
}

async fn readings_older_than_any_forecast_are_forgotten(Store { db, .. }: Store) {
    for (account, day) in [("shop", 0), ("game", 0), ("shop", 1), ("shop", 401)] {
        db.balance_put(&point(account, day * DAY, "1"))
            .await
            .unwrap();
    }
    let days = async |account| -> Vec<i64> {
        let points = db
            .balance_list(&AccountId::new(account), at(0))
            .await
            .unwrap();
        points.iter().map(|it| it.at.as_second() / DAY).collect()
    };
    assert_eq!(days("shop").await, [1, 401]);
    assert_eq!(days("game").await, [0]);
}

async fn the_same_instant_twice_keeps_the_later_word(Store { db, .. }: Store) {
    db.balance_put(&point("shop", 10, "1")).await.unwrap();
    db.balance_put(&point("shop", 10, "2")).await.unwrap();
    let points = db
        .balance_list(&AccountId::new("shop"), at(0))
        .await
        .unwrap();
    assert_eq!(points, [point("shop", 10, "2")]);
}
