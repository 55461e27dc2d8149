use model::Currency;
use proptest::prelude::*;

use super::*;
use crate::sample::{at, decimal, money, now};

/// Returns a reading so many hours ago.
fn point(hours_ago: i64, yuan: &str) -> BalancePoint {
    BalancePoint {
        account: AccountId::new("shop"),
        at: now() - SignedDuration::from_hours(hours_ago),
        available: money(yuan),
    }
}

fn of(available: &str, history: &[BalancePoint]) -> Forecast {
    forecast(&AccountId::new("shop"), &money(available), history, now())
}

fn lasts(days: i64, per_day: &str) -> Forecast {
    Forecast::Lasts {
        days,
        per_day: decimal(per_day),
    }
}

/// Returns a forecast with the rate in whole numbers.
fn rounded(forecast: Forecast) -> Forecast {
    match forecast {
        Forecast::Lasts { days, per_day } => Forecast::Lasts {
            days,
            per_day: per_day.round().normalize(),
        },
        other => other,
    }
}

#[test]
fn three_readings_over_a_day_make_a_forecast_and_fewer_do_not() {
    assert_eq!(of("800", &[]), Forecast::NotEnough { points: 1 });
    assert_eq!(
        of("800", &[point(48, "1000")]),
        Forecast::NotEnough { points: 2 }
    );
    let three = [point(48, "1000"), point(24, "900")];
    assert_eq!(rounded(of("800", &three)), lasts(8, "100"));
    let at_once = [point(2, "1000"), point(1, "900")];
    assert_eq!(of("800", &at_once), Forecast::NotEnough { points: 3 });
}

#[test]
fn a_top_up_is_no_spending_and_hides_none() {
    let history = [
        point(96, "1000"),
        point(72, "900"),
        point(48, "5000"),
        point(24, "4900"),
    ];
    assert_eq!(rounded(of("4800", &history)), lasts(48, "100"));
}

#[test]
fn one_purchase_that_towers_over_the_rest_counts_only_so_far() {
    let mut yuan = 100_000;
    let mut history = Vec::new();
    for day in (1..=20).rev() {
        history.push(point(24 * day, &yuan.to_string()));
        yuan -= if day == 10 { 50_000 } else { 100 };
    }
    // 19 days at 100 and one that counts as 500.
    assert_eq!(rounded(of(&yuan.to_string(), &history)), lasts(400, "120"));
}

#[test]
fn nothing_spent_lasts_for_ages_and_nothing_left_lasts_no_day() {
    let flat = [point(48, "1000"), point(24, "1000")];
    assert_eq!(of("1000", &flat), Forecast::Ages);
    let slow = [point(48, "1000.02"), point(24, "1000.01")];
    assert_eq!(of("1000", &slow), Forecast::Ages);
    let used_up = [point(48, "200"), point(24, "100")];
    assert_eq!(rounded(of("-50", &used_up)), lasts(0, "125"));
}

#[test]
fn other_accounts_currencies_and_older_or_later_readings_do_not_count() {
    let mut stranger = point(48, "9000");
    stranger.account = AccountId::new("game");
    let mut dollars = point(47, "9000");
    dollars.available.currency = Currency::new("USD");
    let history = [
        stranger,
        dollars,
        point(24 * 31, "9000"),
        point(-24, "9000"),
        point(0, "7"),
    ];
    assert_eq!(of("800", &history), Forecast::NotEnough { points: 1 });
}

#[test]
fn amounts_beyond_all_measure_do_not_break_it() {
    let huge = Decimal::MAX.to_string();
    let history = [
        point(72, &huge),
        point(48, "-79228162514264337593543950335"),
        point(24, &huge),
    ];
    let lowest = Decimal::MIN.to_string();
    for available in ["0", huge.as_str(), lowest.as_str()] {
        of(available, &history);
    }
    let ancient = BalancePoint {
        at: at("-009999-01-02T01:59:59Z"),
        ..point(0, "1")
    };
    assert_eq!(of("1", &[ancient]), Forecast::NotEnough { points: 1 });
}

proptest! {
    #[test]
    fn there_is_never_a_forecast_from_fewer_than_three_readings(
        hours in prop::collection::vec(1_i64..2_000, 0..4),
        yuan in prop::collection::vec(0_i64..10_000, 4),
    ) {
        let history: Vec<BalancePoint> = hours
            .iter()
            .zip(&yuan)
            .map(|(hours, yuan)| point(*hours, &yuan.to_string()))
            .collect();
        let mut counted: Vec<i64> = hours.into_iter().filter(|it| *it <= 30 * 24).collect();
        counted.sort_unstable();
        counted.dedup();
        if counted.len() + 1 < FEWEST_POINTS {
            let points = counted.len() + 1;
            prop_assert_eq!(of("100", &history), Forecast::NotEnough { points });
        }
    }

    #[test]
    fn steady_spending_is_foretold_exactly(per_day in 1_u32..10_000, days in 3_i64..29, left in 0_u32..1000) {
        let amount = |days_ago: i64| i64::from(left) + i64::from(per_day) * days_ago;
        let history: Vec<BalancePoint> =
            (1..=days).map(|it| point(24 * it, &amount(it).to_string())).collect();
        let expected = i64::from(left / per_day);
        match of(&left.to_string(), &history) {
            Forecast::Lasts { days, .. } => prop_assert!((expected - 1..=expected).contains(&days)),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_top_up_never_shortens_a_forecast(top_up in 1_u32..100_000) {
        let plain = [point(72, "1000"), point(48, "900"), point(24, "800")];
        let more = |yuan: i64| (yuan + i64::from(top_up)).to_string();
        let topped = [point(72, "1000"), point(48, "900"), point(24, &more(800))];
        let days = |forecast| match forecast {
            Forecast::Lasts { days, .. } => days,
            Forecast::Ages => i64::MAX,
            Forecast::NotEnough { .. } => i64::MIN,
        };
        prop_assert!(days(of(&more(700), &topped)) >= days(of("700", &plain)));
    }
}
