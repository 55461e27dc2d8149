use std::collections::BTreeMap;

use duty::{Finding, FindingKey, FindingState, KnownFinding, Severity};
use insta::assert_snapshot;
use jiff::Timestamp;
use model::{AccountId, ResourceId, Tags};
use store::{Db, FindingFilter, StoreUrl};

use crate::house::House;

const STORE: &str = ".local/state/skywarden/skywarden.db";
const EXPIRY: &str = "patrol:expiry:shop:i-1";

fn known(kind: &str, resource: &str, severity: Severity, state: FindingState) -> KnownFinding {
    let seen: Timestamp = "2026-11-20T01:30:00Z".parse().unwrap();
    KnownFinding {
        finding: Finding {
            key: FindingKey {
                duty: "patrol".to_owned(),
                kind: kind.to_owned(),
                account: AccountId::new(if kind == "balance" { "game" } else { "shop" }),
                resource: ResourceId::new(resource),
            },
            severity,
            scopes: Vec::new(),
            name: "web-01".to_owned(),
            owner: "zhang".to_owned(),
            tags: Tags::new(),
            evidence: BTreeMap::from([("days_left".to_owned(), "3".to_owned())]),
        },
        state,
        frozen: false,
        first_seen: seen,
        last_seen: seen,
        notified: None,
        muted: None,
        acked: None,
    }
}

fn house() -> House {
    let house = House::new();
    house.configure("");
    let after = [
        known("expiry", "i-1", Severity::Urgent, FindingState::New),
        known(
            "expiry",
            "acs:rds:1:rm-1",
            Severity::Warning,
            FindingState::Still,
        ),
        known("balance", "game", Severity::Notice, FindingState::Gone),
    ];
    on_store(&house, async |db| {
        db.finding_note(&[], &after.iter().collect::<Vec<_>>())
            .await
            .unwrap();
    });
    house
}

fn on_store<T>(house: &House, act: impl AsyncFnOnce(&Db) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let db = Db::open(&StoreUrl::sqlite(house.path(STORE)))
            .await
            .unwrap();
        let done = act(&db).await;
        db.close().await;
        done
    })
}

fn stored(house: &House, key: &str) -> KnownFinding {
    let all = on_store(house, async |db| {
        db.finding_list(&FindingFilter::default()).await.unwrap()
    });
    all.into_iter()
        .find(|it| it.finding.key.to_string() == key)
        .unwrap()
}

fn keys(house: &House, arguments: &[&str]) -> Vec<String> {
    let said = house.run(&[&["findings", "list", "-o", "jsonl"], arguments].concat());
    assert_eq!(said.code, 0, "{said}");
    let key = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        row["key"].as_str().unwrap().to_owned()
    };
    said.stdout.lines().map(key).collect()
}

#[test]
fn findings_are_listed_by_their_stable_keys_the_worst_first() {
    let house = house();
    assert_snapshot!("list_en", house.run(&["findings", "list"]));
    assert_snapshot!(
        "list_zh",
        house.run(&["--lang", "zh-CN", "findings", "list"])
    );
    assert_snapshot!("list_json", house.run(&["findings", "list", "-o", "json"]));
}

#[test]
fn each_filter_leaves_only_what_it_names() {
    let house = house();
    assert_eq!(keys(&house, &["--state", "new"]), [EXPIRY]);
    assert_eq!(
        keys(&house, &["--severity", "warning"]),
        ["patrol:expiry:shop:acs:rds:1:rm-1"]
    );
    assert_eq!(
        keys(&house, &["--account", "game"]),
        ["patrol:balance:game:game"]
    );
    assert_eq!(keys(&house, &["--muted"]), [""; 0]);
    assert_eq!(keys(&house, &["--account", "nobody"]), [""; 0]);
}

#[test]
fn before_the_first_run_nothing_is_known_and_no_store_is_made() {
    let house = House::new();
    house.configure("");
    let said = house.run(&["findings", "list"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said}");
    assert_eq!(house.run(&["findings", "ack", EXPIRY]).code, 2);
    assert!(!house.path(STORE).exists());
}

#[test]
fn a_mute_holds_to_the_end_of_its_day_with_reason_and_name() {
    let house = house();
    let mute = [
        "findings",
        "mute",
        EXPIRY,
        "--until",
        "2026-11-30",
        "--reason",
        "moves in December",
    ];
    assert_snapshot!("muted_en", house.run(&mute));
    let mute = stored(&house, EXPIRY).muted.unwrap();
    assert_eq!(mute.until.to_string(), "2026-11-30T16:00:00Z");
    assert_eq!(
        (mute.reason.as_str(), mute.by.as_str()),
        ("moves in December", "zhang")
    );
    assert_eq!(keys(&house, &["--muted"]), [EXPIRY]);
    assert_snapshot!(
        "unmuted_zh",
        house.run(&["--lang", "zh-CN", "findings", "unmute", EXPIRY])
    );
    assert_eq!(stored(&house, EXPIRY).muted, None);
}

#[test]
fn a_mute_without_end_or_reason_is_refused() {
    let house = house();
    let cases = [
        [
            "findings", "mute", EXPIRY, "--until", "someday", "--reason", "x",
        ],
        [
            "findings",
            "mute",
            EXPIRY,
            "--until",
            "2026-11-20",
            "--reason",
            "x",
        ],
        [
            "findings", "mute", EXPIRY, "--until", "-3d", "--reason", "x",
        ],
        [
            "findings", "mute", EXPIRY, "--until", "7d", "--reason", "  ",
        ],
    ];
    for case in cases {
        assert_eq!(house.run(&case).code, 2, "{case:?}");
    }
    assert_snapshot!("mute_until_refused", house.run(&cases[0]));
    assert_eq!(house.run(&["findings", "mute", EXPIRY]).code, 2);
    assert_eq!(stored(&house, EXPIRY).muted, None);
}

#[test]
fn taking_a_finding_on_is_noted_with_who_and_when() {
    let house = house();
    assert_snapshot!(
        "acked",
        house.run(&["findings", "ack", "patrol:expiry:shop:acs:rds:1:rm-1"])
    );
    let ack = stored(&house, "patrol:expiry:shop:acs:rds:1:rm-1")
        .acked
        .unwrap();
    assert_eq!(ack.by, "zhang");
    assert_eq!(ack.at.to_string(), crate::house::NOW);
}

#[test]
fn a_key_that_is_not_there_is_answered_with_the_nearest() {
    let house = house();
    let said = house.run(&["findings", "ack", "patrol:expiry:shop:i-2"]);
    assert_eq!(said.code, 2);
    assert_snapshot!("nearest", said);
}
