use std::str::FromStr as _;

use model::{RegionId, Scope};

use super::*;

const NOW: &str = "2026-08-20T00:00:00Z";

fn runs(cron: &str, zone: &str) -> u64 {
    let zone = TimeZone::get(zone).unwrap();
    runs_a_month(&Cron::from_str(cron).unwrap(), &zone, NOW.parse().unwrap())
}

#[test]
fn runs_are_counted_in_the_zone_and_a_busy_schedule_is_extrapolated() {
    assert_eq!(runs("0 30 9 * * *", "Asia/Shanghai"), 30);
    assert_eq!(runs("0 0 9 * * 1-5", "Asia/Shanghai"), 22);
    assert_eq!(runs("0 */10 * * * *", "UTC"), 6 * 24 * 30);
    assert_eq!(runs("* * * * * *", "UTC"), 86_400 * 30);
    // The clocks go back on 25 October: that hour comes twice, and the month has an hour more.
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let october: Timestamp = "2026-10-10T00:00:00Z".parse().unwrap();
    let daily = Cron::from_str("0 30 9 * * *").unwrap();
    assert_eq!(runs_a_month(&daily, &berlin, october), 30);
}

fn requirement(kind: &'static str, page_size: u32, free: Option<u64>) -> Requirement {
    Requirement {
        kind,
        permissions: &["x:List"],
        operations: &["List"],
        page_size,
        free_calls_a_month: free,
    }
}

fn look(account: &str, region: Option<&str>, kind: &str, count: Option<u64>) -> Look {
    let account = AccountId::new(account);
    let scope = match region {
        Some(region) => Scope::regional(&account, &RegionId::new(region), kind),
        None => Scope::global(&account, kind),
    };
    Look {
        scope,
        attempted: NOW.parse().unwrap(),
        complete: count.map(|_| NOW.parse().unwrap()),
        count,
        unseen: None,
        unseen_since: None,
    }
}

fn calls(wanted: &[Requirement], looks: &[Look]) -> Vec<(&'static str, u64, bool)> {
    let account = AccountId::new("shop");
    let covers = ["ecs"];
    let basis = Basis {
        account: &account,
        wanted,
        covers: &covers,
        looks,
    };
    let estimate = estimate(&basis, 30);
    estimate
        .rows
        .iter()
        .map(|it| (it.kind, it.calls, it.assumed))
        .collect()
}

#[test]
fn pages_are_counted_from_the_last_look_and_one_page_is_assumed_without() {
    let wanted = [
        requirement(Kind::PREPAID, 300, None),
        requirement(Kind::BALANCE, 1, None),
        requirement(Kind::INSTANCE, 100, None),
        requirement(Kind::DOMAIN, 100, None),
    ];
    let looks = [
        look("shop", None, Kind::PREPAID, Some(301)),
        look("shop", Some("cn-hangzhou"), "ecs", Some(101)),
        look("shop", Some("cn-beijing"), "ecs", Some(0)),
        look("shop", Some("cn-beijing"), "rds", Some(9_000)),
        look("shop", None, Kind::DOMAIN, None),
        look("game", None, Kind::PREPAID, Some(90_000)),
    ];
    assert_eq!(
        calls(&wanted, &looks),
        [
            (Kind::IDENTITY, 30, false),
            (Kind::PREPAID, 60, false),
            (Kind::BALANCE, 30, false),
            (Kind::INSTANCE, 90, false),
            (Kind::DOMAIN, 30, true),
        ]
    );
}

#[test]
fn members_are_asked_too_and_only_their_administrator_lists_them() {
    let wanted = [
        requirement(Kind::PREPAID, 300, None),
        requirement(Kind::MEMBER, 100, None),
    ];
    let looks = [
        look("shop", None, Kind::PREPAID, Some(1)),
        look("shop", None, Kind::MEMBER, Some(2)),
        look("shop/1", None, Kind::PREPAID, Some(900)),
        look("shop/2", None, Kind::PREPAID, None),
        look("shopping/3", None, Kind::PREPAID, Some(900)),
    ];
    assert_eq!(
        calls(&wanted, &looks),
        [
            (Kind::IDENTITY, 90, false),
            (Kind::PREPAID, 150, true),
            (Kind::MEMBER, 30, false)
        ]
    );
}

#[test]
fn an_operation_that_is_called_twice_for_a_page_counts_twice() {
    let twice = Requirement {
        operations: &["List", "List"],
        ..requirement(Kind::CERTIFICATE, 50, None)
    };
    let looks = [look("shop", None, Kind::CERTIFICATE, Some(51))];
    assert_eq!(
        calls(&[twice], &looks),
        [(Kind::IDENTITY, 30, false), (Kind::CERTIFICATE, 120, false)]
    );
}

#[test]
fn calls_beyond_the_free_ones_are_a_warning() {
    let account = AccountId::new("shop");
    let words = Words(model::Language::English);
    let status = |free| {
        let wanted = [requirement(Kind::PREPAID, 300, free)];
        let basis = Basis {
            account: &account,
            wanted: &wanted,
            covers: &[],
            looks: &[],
        };
        estimate(&basis, 1_000).check(words).status
    };
    assert_eq!(status(None), Status::Ok);
    assert_eq!(status(Some(1_000)), Status::Ok);
    assert_eq!(status(Some(999)), Status::Warning);
}
