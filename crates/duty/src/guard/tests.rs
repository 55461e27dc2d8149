use jiff::Timestamp;
use model::{Currency, RegionId, ResourceId, SetId, Tags};

use super::*;
use crate::plan::{Population, Reason};
use crate::step::{Part, Spot, Step};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn set(machine: &str) -> SetId {
    SetId {
        machine: ResourceId::new(machine),
        period: at(0),
    }
}

fn planned(account: &str, step: Step, after: Vec<usize>) -> Planned {
    Planned {
        spot: Spot {
            account: AccountId::new(account),
            region: RegionId::new("r-1"),
        },
        step,
        reason: Reason::new("because", []),
        after,
        monthly: None,
    }
}

fn create(machine: &str) -> Step {
    Step::CreateSet {
        machine: ResourceId::new(machine),
        set: set(machine),
        disks: vec![Part {
            disk: ResourceId::new("d-1"),
            root: true,
        }],
        name: String::new(),
        tags: Tags::new(),
        root_tags: Tags::new(),
    }
}

fn delete(snapshot: usize) -> Step {
    Step::DeleteSnapshot {
        snapshot: ResourceId::new(format!("s-{snapshot}")),
        set: set("m-1"),
    }
}

fn plan(steps: Vec<Planned>, populations: Vec<Population>) -> Plan {
    Plan {
        steps,
        populations,
        ..Plan::empty("backups", at(0))
    }
}

fn population(account: &str, total: u64, measure: Measure) -> Population {
    Population {
        account: AccountId::new(account),
        kind: Kind::new(Kind::SNAPSHOT),
        total,
        measure,
    }
}

fn verdict(many: usize, total: u64, measure: Measure, limits: &Limits) -> Option<TooMuch> {
    let steps = (0..many).map(|it| planned("a", delete(it), vec![]));
    let plan = plan(steps.collect(), vec![population("a", total, measure)]);
    let (approved, refusals) = guard(plan, |_| limits.clone());
    // Whole or not at all.
    let left = approved.steps().count();
    assert_eq!(left, if refusals.is_empty() { many } else { 0 });
    refusals.into_iter().next().map(|it| it.why)
}

#[test]
fn a_plan_is_known_by_the_whole_of_its_json() {
    use sha2::{Digest as _, Sha256};

    let mut plan = plan(Vec::new(), Vec::new());
    plan.notes.push(Reason::new("\"steps\":[]", []));
    for _ in 0..3 {
        let whole = base::hex::encode(&Sha256::digest(plan.to_json()));
        assert_eq!(plan.digest(), whole);
        plan.steps.push(planned("a", create("\"steps\":["), vec![]));
    }
}

#[test]
fn a_share_of_all_there_are_may_go_and_of_few_one() {
    let share = |many, total| verdict(many, total, Measure::Share, &Limits::default()).is_none();
    for (many, total, passes) in [
        (0, 0, true),
        (1, 0, false),
        (1, 1, true),
        (1, 2, true),
        (2, 2, false),
        (1, 9, true),
        (2, 9, false),
        (2, 10, true),
        (3, 10, false),
        (200, 1_000, true),
        (201, 10_000, false),
        (1_000, 1_000, false),
    ] {
        assert_eq!(share(many, total), passes, "{many} of {total}");
    }
}

#[test]
fn retention_takes_its_daily_number_and_half_as_many_again() {
    let steady = |many, daily| {
        verdict(many, 10_000, Measure::Steady { daily }, &Limits::default()).is_none()
    };
    for (many, daily, passes) in [
        (1, 0, false),
        (2, 1, true),
        (3, 1, false),
        (15, 10, true),
        (16, 10, false),
    ] {
        assert_eq!(steady(many, daily), passes, "{many} by {daily} a day");
    }
    let once = Limits {
        backlog: Backlog::Once,
        ..Limits::default()
    };
    assert_eq!(
        verdict(100, 10_000, Measure::Steady { daily: 1 }, &once),
        None
    );
    assert!(matches!(
        verdict(201, 10_000, Measure::Steady { daily: 1 }, &once),
        Some(TooMuch::Many {
            asked: 201,
            allowed: 200
        })
    ));
}

#[test]
fn of_an_unknown_number_nothing_goes() {
    let plan = plan(
        vec![planned("a", delete(1), vec![])],
        vec![population("b", 100, Measure::Share)],
    );
    let (approved, refusals) = guard(plan, |_| Limits::default());
    assert!(approved.is_empty());
    assert_eq!(refusals[0].why, TooMuch::UnknownPopulation);
}

#[test]
fn what_protects_does_not_wait_for_what_destroys_and_accounts_not_for_each_other() {
    let mut steps = vec![planned("a", create("m-1"), vec![])];
    steps.extend((0..5).map(|it| planned("a", delete(it), vec![0])));
    steps.push(planned("b", delete(9), vec![]));
    let plan = plan(
        steps,
        vec![
            population("a", 10, Measure::Share),
            population("b", 10, Measure::Share),
        ],
    );
    let (approved, refusals) = guard(plan, |_| Limits::default());
    let left: Vec<usize> = approved.steps().map(|it| it.0).collect();
    assert_eq!(left, [0, 6]);
    assert_eq!(refusals.len(), 1);
    assert_eq!(
        refusals[0].why,
        TooMuch::Share {
            asked: 5,
            total: 10,
            allowed: 2
        }
    );
}

#[test]
fn what_would_cost_too_much_is_refused_with_all_that_waits_for_it() {
    let yuan = |amount: i64| Money::new(amount.into(), Currency::new("CNY"));
    let priced = |amount| Planned {
        monthly: Some(yuan(amount)),
        ..planned("a", create("m-1"), vec![])
    };
    let steps = vec![
        priced(60),
        priced(50),
        planned("a", delete(1), vec![1]),
        planned("b", delete(2), vec![]),
    ];
    let populations = vec![
        population("a", 100, Measure::Share),
        population("b", 100, Measure::Share),
    ];
    let plan = plan(steps, populations);
    let limits = |allowed| Limits {
        monthly: Some(yuan(allowed)),
        ..Limits::default()
    };
    let (approved, refusals) = guard(plan.clone(), |_| limits(100));
    assert_eq!(approved.steps().map(|it| it.0).collect::<Vec<_>>(), [3]);
    let why: Vec<&TooMuch> = refusals.iter().map(|it| &it.why).collect();
    let dear = TooMuch::Dear {
        asked: yuan(110),
        allowed: yuan(100),
    };
    assert_eq!(why, [&dear, &TooMuch::Waits]);
    assert!(guard(plan, |_| limits(110)).1.is_empty());
}
