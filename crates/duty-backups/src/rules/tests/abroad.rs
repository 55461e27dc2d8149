//! Copies in a second account: what is planned of them, and what of them may go.

use std::collections::BTreeMap;

use duty::{Plan, Step};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use model::{AccountId, RegionId, ResourceId};

use super::without_images;
use crate::sample::{Blind, World, census, days, disk_id, now, shown};
use crate::settings::{BackupSettings, CopyAccount, CopyTo, Entry, Keep, Settings};

fn to_vault(region: Option<&str>, entry: Entry) -> CopyTo {
    CopyTo {
        region: region.map(RegionId::new),
        key: Some("key-vault".to_owned()),
        account: Some(CopyAccount {
            account: AccountId::new("vault"),
            entry,
        }),
    }
}

/// Returns settings by which `data` copies its sets so, and keeps a week of them.
fn settings(copy_to: Vec<CopyTo>) -> Settings {
    let week = BackupSettings {
        keep: Keep::a_week(),
        ..without_images()
    };
    let data = BackupSettings {
        copy_to,
        ..week.clone()
    };
    Settings {
        accounts: BTreeMap::from([
            (AccountId::new("data"), data),
            (AccountId::new("vault"), week),
        ]),
        ..Settings::default()
    }
}

/// A machine in one account, and another account.
#[derive(Clone)]
struct Two {
    data: World,
    vault: World,
}

impl Two {
    fn new() -> Self {
        let mut data = World::default();
        data.machine("i-1", "web", 1);
        let vault = World::default();
        Self { data, vault }
    }

    fn plan(&self, settings: &Settings, at: Timestamp) -> Plan {
        let both = [("data@a", &self.data), ("vault@a", &self.vault)];
        crate::plan(&census(&both, at), settings, at)
    }

    /// Does a plan as it stands.
    fn run(&mut self, plan: &Plan, at: Timestamp) {
        for (place, planned) in plan.steps.iter().enumerate() {
            assert!(planned.after.iter().all(|it| *it < place));
            match (&planned.step, planned.spot.account.as_str()) {
                (Step::CopySet { .. }, _) => self.copy(&planned.step, at),
                (Step::EndLoan { snapshots, number }, _) => {
                    for snapshot in &mut self.data.snapshots {
                        assert!(snapshots.contains(&snapshot.id));
                        let key = format!("{}{number}", model::LENT_TAG);
                        snapshot.tags.insert(key, model::RETURNED.to_owned());
                    }
                }
                (step, "data") => self.data.run(step, at),
                (step, _) => self.vault.run(step, at),
            }
        }
    }

    fn copy(&mut self, step: &Step, at: Timestamp) {
        let Step::CopySet {
            tags,
            root_tags,
            other,
            ..
        } = step
        else {
            panic!("{step:?} copies nothing");
        };
        assert_eq!(other.as_ref().unwrap().number, "1000-vault");
        assert_eq!(tags["skywarden:from"], "1000-data/a");
        let begun = at + SignedDuration::from_mins(20);
        let copy = self.vault.snapshot(&disk_id("i-1", 0), 10, begun);
        copy.tags.clone_from(tags);
        copy.tags.extend(root_tags.clone());
    }

    /// Makes and copies a set a day, so many of them, the last one yesterday.
    fn of_days(many: i64) -> Self {
        let mut two = Self::new();
        let settings = settings(vec![to_vault(None, Entry::Open)]);
        for day in (1..=many).rev() {
            let at = now() - days(day);
            let plan = two.plan(&settings, at);
            two.run(&plan, at);
        }
        two
    }
}

#[test]
fn sets_are_copied_once_and_kept_there_by_the_words_of_that_account() {
    let two = Two::of_days(9);
    assert_eq!(two.data.days_of("i-1").len(), 7);
    assert_eq!(two.vault.days_of("i-1").len(), 7);
    let settings = settings(vec![to_vault(None, Entry::Open)]);
    expect![[r#"
        0 + create_set i-1/20261120T200000Z 1 disks (set_due)
        1 + copy_set i-1/20261120T200000Z to vault/a after [0] (copy_due)
        2 - delete_snapshot snap-0003 of i-1/20261113T200000Z after [0] (set_past)
        3 - delete_snapshot snap-0003 of i-1/20261113T200000Z after [0, 1] (set_past)
    "#]]
    .assert_eq(&shown(&two.plan(&settings, now())));
    let mut done = two.clone();
    let plan = done.plan(&settings, now());
    done.run(&plan, now());
    assert_eq!(shown(&done.plan(&settings, now())), "");
}

#[test]
fn what_stands_in_the_other_account_stays_while_its_home_is_not_seen() {
    let two = Two::of_days(9);
    let settings = settings(vec![to_vault(None, Entry::Open)]);
    let at = now() + days(100);
    let alone = census(&[("vault@a", &two.vault)], at);
    expect![[r#"
        ? a/* homes_unseen
    "#]]
    .assert_eq(&shown(&crate::plan(&alone, &settings, at)));
    let mut blind = two.clone();
    blind.data.blind.insert(Blind::Machines);
    expect![[r#"
        ? a/* machines_unseen
        ? a/* homes_unseen
    "#]]
    .assert_eq(&shown(&blind.plan(&settings, at)));
}

#[test]
fn of_a_machine_that_is_gone_the_copies_go_late_one_a_day_and_never_the_last() {
    let mut two = Two::of_days(3);
    two.data.terminate("i-1");
    let settings = settings(vec![to_vault(None, Entry::Open)]);
    let soon = two.plan(&settings, now() + days(20));
    assert_eq!(shown(&soon), "");
    // It is asked for where it was at home, and not where the copies are.
    let at = now() + days(40);
    let mut unasked = two.data.clone();
    unasked.blind.insert(Blind::Unasked);
    let both = [("data@a", &unasked), ("vault@a", &two.vault)];
    let doubts = crate::doubts(&census(&both, at), &settings, at);
    let asked = doubts
        .iter()
        .map(|it| (it.account.as_str(), it.sources.len()));
    assert_eq!(asked.collect::<Vec<_>>(), [("data", 1)]);
    expect![[r#"
        0 - delete_snapshot snap-0001 of i-1/20261117T200000Z (set_of_gone)
        1 - delete_snapshot snap-0001 of i-1/20261117T200000Z (set_of_gone)
    "#]]
    .assert_eq(&shown(&two.plan(&settings, at)));
    for _ in 0..5 {
        let plan = two.plan(&settings, at);
        two.run(&plan, at);
    }
    assert_eq!(two.vault.days_of("i-1").len(), 1);
    assert_eq!(two.data.days_of("i-1").len(), 1);
}

#[test]
fn where_nothing_may_be_copied_to_it_is_said_why() {
    let two = Two::new();
    let said = |copy_to: Vec<CopyTo>, two: &Two| {
        let plan = two.plan(&settings(copy_to), now());
        let copies = plan.steps.iter().filter(|it| it.step.other().is_some());
        let undecided = plan.undecided.iter();
        let said = undecided.map(|it| format!("{} {}", it.reason.word, it.reason.facts["to"]));
        let said: Vec<String> = said.collect();
        format!("{}: {}", copies.count(), said.join(", "))
    };
    let open = to_vault(None, Entry::Open);
    assert_eq!(said(vec![open.clone()], &two), "1: ");
    let closed = to_vault(None, Entry::Closed);
    assert_eq!(said(vec![closed], &two), "0: copies_closed vault/a");
    let elsewhere = to_vault(Some("b"), Entry::Open);
    assert_eq!(said(vec![elsewhere], &two), "0: copies_unseen vault/b");
    let twice = vec![open.clone(), open.clone()];
    assert_eq!(said(twice, &two), "1: copies_twice vault/a");
    let mut blind = two.clone();
    blind.vault.blind.insert(Blind::Snapshots);
    assert_eq!(said(vec![open.clone()], &blind), "0: copies_unseen vault/a");
    let mut itself = open;
    itself.account.as_mut().unwrap().account = AccountId::new("data");
    assert_eq!(said(vec![itself], &two), "0: copies_same data/a");
}

#[test]
fn a_copy_is_paid_in_the_account_it_stands_in() {
    let two = Two::new();
    let mut settings = settings(vec![to_vault(None, Entry::Open)]);
    let price = model::Money::new("0.05".parse().unwrap(), model::Currency::new("USD"));
    settings.prices = BTreeMap::from([(model::CloudId::new("aws"), price)]);
    let plan = two.plan(&settings, now());
    let copy = plan.steps.iter().find(|it| it.step.other().is_some());
    assert_eq!(
        copy.unwrap().monthly.as_ref().unwrap().to_string(),
        "0.50 $"
    );
    let none = |account: &AccountId| duty::Limits {
        monthly: (account.as_str() == "vault")
            .then(|| model::Money::new("0.4".parse().unwrap(), model::Currency::new("USD"))),
        ..duty::Limits::default()
    };
    let (approved, refusals) = duty::guard(plan, none);
    let words: Vec<&str> = approved.steps().map(|it| it.2.step.word()).collect();
    assert_eq!(words, ["create_set"]);
    assert_eq!(refusals[0].account.as_str(), "vault");
}

/// Marks every snapshot of the first account as lent to the second.
fn lent(two: &mut Two, word: &str) {
    for snapshot in &mut two.data.snapshots {
        let key = format!("{}1000-vault", model::LENT_TAG);
        snapshot.tags.insert(key, word.to_owned());
    }
}

#[test]
fn a_leave_that_serves_no_copy_any_more_is_taken_back_once() {
    let settings = settings(vec![to_vault(None, Entry::Open)]);
    let mut two = Two::of_days(1);
    let at = now() - days(1) + SignedDuration::from_hours(1);
    lent(&mut two, model::LENT);
    expect![[r#"
        0 ~ end_loan snap-0001 (loan_stands)
    "#]]
    .assert_eq(&shown(&two.plan(&settings, at)));
    let plan = two.plan(&settings, at);
    two.run(&plan, at);
    assert_eq!(shown(&two.plan(&settings, at)), "");
}

#[test]
fn a_leave_stands_while_something_is_copied_by_it_or_nobody_knows() {
    let settings = settings(vec![to_vault(None, Entry::Open)]);
    let mut two = Two::of_days(1);
    lent(&mut two, model::LENT);
    let at = now() - days(1) + SignedDuration::from_hours(1);
    let ends = |two: &Two, at: Timestamp| {
        let plan = two.plan(&settings, at);
        let mut words = plan.steps.iter().map(|it| it.step.word());
        words.any(|it| it == "end_loan")
    };
    let mut copying = two.clone();
    copying.vault.snapshots[0].state = model::CopyState::Pending;
    assert!(!ends(&copying, at));
    let mut unseen = two.clone();
    unseen.vault.blind.insert(Blind::Snapshots);
    assert!(!ends(&unseen, at));
    // No copy takes as long as that.
    assert!(ends(&unseen, at + days(2)));
    // The step that makes the copy ends it.
    let mut gone = two.clone();
    gone.vault.snapshots.clear();
    assert!(!ends(&gone, at));
    let of_a_person = ResourceId::new("vol-person");
    let person = two.data.snapshot(&of_a_person, 8, at);
    person
        .tags
        .insert(format!("{}1", model::LENT_TAG), model::LENT.to_owned());
    lent(&mut two, model::RETURNED);
    assert!(!ends(&two, at));
}
