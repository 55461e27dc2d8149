use model::{RegionId, ResourceId, Tags};

use super::*;
use crate::plan::{Planned, Reason};
use crate::step::{Spot, Step, Tagged};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn file() -> PlanFile {
    let plan = Plan {
        steps: vec![Planned {
            spot: Spot {
                account: AccountId::new("shop"),
                region: RegionId::new("cn-north-1"),
            },
            step: Step::PutTags {
                kind: Tagged::Snapshot,
                ids: vec![ResourceId::new("snap-1")],
                tags: Tags::from([("a".into(), "b".into())]),
            },
            reason: Reason::new("adopted", [("from", "aws-man".to_owned())]),
            after: vec![],
            monthly: None,
        }],
        ..Plan::empty("backups", at("2026-11-21T04:00:00Z"))
    };
    let identities = BTreeMap::from([("shop".to_owned(), "123456789012".to_owned())]);
    PlanFile::new(plan, identities)
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let file = file();
    assert_eq!(PlanFile::read(&file.text()).unwrap(), file);
    assert_eq!(file.plan.digest(), file.plan.clone().digest());
}

#[test]
fn a_hand_that_changed_anything_changed_what_is_vouched_for() {
    let file = file();
    let changed = file.text().replace("snap-1", "snap-2");
    let changed = PlanFile::read(&changed).unwrap();
    assert_ne!(changed.body(), file.body());
    assert_ne!(changed.plan.tokens(), file.plan.tokens());
}

#[test]
fn what_is_no_plan_of_ours_is_refused_with_its_reason() {
    let text = file().text();
    let later = text.replace("\"version\": 1", "\"version\": 2");
    assert_eq!(PlanFile::read(&later), Err(BadFile::Version(2)));
    let strange = text.replace("\"put_tags\"", "\"burn\"");
    for bad in ["", "{}", "[]", &strange, &text[..40]] {
        let read = PlanFile::read(bad);
        assert!(matches!(read, Err(BadFile::Unreadable(_))), "{bad}");
    }
    let more = text.replace("\"notes\": []", "\"notes\": [], \"yes\": true");
    assert!(matches!(PlanFile::read(&more), Err(BadFile::Unreadable(_))));
}

#[test]
fn a_plan_is_good_for_a_day() {
    let file = file();
    assert_eq!(file.check_age(at("2026-11-21T03:56:00Z")), Ok(()));
    assert_eq!(file.check_age(at("2026-11-22T04:00:00Z")), Ok(()));
    let stale = file.check_age(at("2026-11-22T04:00:01Z"));
    assert!(matches!(stale, Err(BadFile::Stale { .. })));
    let future = file.check_age(at("2026-11-21T03:54:00Z"));
    assert!(matches!(future, Err(BadFile::Future { .. })));
}

#[test]
fn an_account_that_is_somebody_else_now_is_not_touched() {
    let file = file();
    let now = |number: &str| BTreeMap::from([(AccountId::new("shop"), number.to_owned())]);
    assert_eq!(file.check_identities(&now("123456789012")), Ok(()));
    for is in [now("999999999999"), BTreeMap::new()] {
        let refused = file.check_identities(&is);
        assert!(matches!(refused, Err(BadFile::Identity { .. })));
    }
    let nobody = PlanFile {
        identities: BTreeMap::new(),
        ..file
    };
    assert!(nobody.check_identities(&BTreeMap::new()).is_err());
}
