use std::collections::BTreeMap;

use expect_test::expect;
use model::{CloudId, CopyState};

use super::*;
use crate::sample::{World, days, now, settings};
use crate::settings::BackupSettings;

#[test]
fn what_is_kept_is_told_with_its_size_and_cost() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    for day in (1..=3).rev() {
        world.set("i-1", now() - days(day));
    }
    world.snapshots[0].state = CopyState::Failed;
    world.snapshots[2].held_by = Some("lock".into());
    let on = vec![world.snapshots[2].id.clone()];
    world.image("ami-1", on, now());
    let mut settings = settings(BackupSettings::default());
    let price = Money::parse("0.277", Currency::new("CNY")).unwrap();
    settings.prices = BTreeMap::from([(CloudId::new("aws"), price)]);
    let report = summarize(&world.census(now()), &[], &settings, now());
    let json = serde_json::to_string_pretty(&report.kept).unwrap();
    expect![[r#"
        [
          {
            "account": "data",
            "region": "cn-north-1",
            "machine": "i-1",
            "name": "web",
            "from": null,
            "whole": 2,
            "partial": 1,
            "newest": "2026-11-19T20:00:03Z",
            "oldest": "2026-11-18T20:00:03Z",
            "size_gib": 30,
            "monthly": "9.14 ¥",
            "sets": [
              {
                "set": "i-1/20261119T200000Z",
                "begun": "2026-11-19T20:00:03Z",
                "state": "whole",
                "disks": 2,
                "wanted": 2,
                "size_gib": 30,
                "bound": null,
                "images": []
              },
              {
                "set": "i-1/20261118T200000Z",
                "begun": "2026-11-18T20:00:03Z",
                "state": "whole",
                "disks": 2,
                "wanted": 2,
                "size_gib": 30,
                "bound": "held",
                "images": [
                  "ami-1"
                ]
              },
              {
                "set": "i-1/20261117T200000Z",
                "begun": "2026-11-17T20:00:03Z",
                "state": "partial",
                "disks": 1,
                "wanted": 2,
                "size_gib": 30,
                "bound": null,
                "images": []
              }
            ]
          }
        ]"#]]
    .assert_eq(&json);
}

#[test]
fn the_names_of_the_fields_are_a_promise() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    let settings = settings(BackupSettings::default());
    let census = world.census(now());
    let found = crate::assess(&census, &duty::Memory::default(), &settings, now());
    let known = duty::reconcile(&[], found, &std::collections::BTreeSet::new(), now()).known;
    let report = summarize(&census, &known, &settings, now());
    assert_eq!(
        report.counts,
        BTreeMap::from([("unprotected".to_owned(), 1)])
    );
    let json = serde_json::to_string_pretty(&report.findings).unwrap();
    expect![[r#"
        [
          {
            "key": "backups:unprotected:data:i-1",
            "account": "data",
            "kind": "unprotected",
            "severity": "warning",
            "state": "new",
            "frozen": false,
            "id": "i-1",
            "name": "web",
            "region": "cn-north-1",
            "newest": null,
            "owner": "",
            "tags": {
              "AutoSnapshot": "true"
            },
            "first_seen": "2026-11-20T20:00:00Z",
            "last_seen": "2026-11-20T20:00:00Z",
            "muted_until": null,
            "acked_by": null,
            "evidence": {
              "cloud": "aws",
              "identity": "1000-data",
              "max_age_hours": "26",
              "region": "cn-north-1"
            }
          }
        ]"#]]
    .assert_eq(&json);
}
