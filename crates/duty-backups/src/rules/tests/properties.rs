//! What holds for every estate and every row of bad days.

use std::collections::{BTreeMap, BTreeSet};

use duty::{Backlog, Limits, Plan, Step, guard};
use jiff::SignedDuration;
use model::{CopyState, CopyTier, KeyState, ResourceId, SET_TAG};
use proptest::prelude::*;

use crate::Keep;
use crate::sample::{Blind, World, days, now, settings};
use crate::settings::{BackupSettings, ImageRhythm};

const MACHINES: usize = 3;

/// One run of the schedule.
#[derive(Debug, Clone)]
struct Run {
    blind: BTreeSet<Blind>,
    /// Which of the steps fail, counted round.
    failing: Vec<bool>,
    /// How many hours after the last one.
    hours: i64,
    /// Which machine is terminated before it, if any.
    terminated: Option<usize>,
    /// What becomes of a snapshot before it, if anything: which, and what.
    changed: Option<(usize, u8)>,
}

fn run() -> impl Strategy<Value = Run> {
    let blind = prop_oneof![
        Just(Blind::Machines),
        Just(Blind::Disks),
        Just(Blind::Snapshots),
        Just(Blind::Images),
        Just(Blind::Uses),
        Just(Blind::ById),
        Just(Blind::Unasked),
    ];
    let blind = prop_oneof![
        4 => Just(BTreeSet::new()),
        1 => prop::collection::btree_set(blind, 1..3),
    ];
    let failing = prop_oneof![
        2 => Just(vec![false]),
        2 => prop::collection::vec(any::<bool>(), 1..7),
    ];
    let hours = prop_oneof![6 => Just(24i64), 1 => 1..200i64, 1 => Just(24 * 45)];
    let terminated = prop::option::weighted(0.05, 0..MACHINES);
    let changed = prop::option::weighted(0.2, (0..60usize, 0..8u8));
    (blind, failing, hours, terminated, changed).prop_map(
        |(blind, failing, hours, terminated, changed)| Run {
            blind,
            failing,
            hours,
            terminated,
            changed,
        },
    )
}

fn keep() -> impl Strategy<Value = Keep> {
    let many = || prop_oneof![2 => Just(0u32), 1 => 1..4u32];
    let within = prop::option::weighted(0.4, 0..5i64);
    (many(), many(), many(), many(), within, 1..4u32).prop_map(
        |(last, daily, weekly, monthly, within, at_least)| Keep {
            last,
            hourly: 0,
            daily,
            weekly,
            monthly,
            within: within.map(days),
            at_least,
        },
    )
}

/// Returns how many whole sets each machine has, by the snapshots alone.
fn whole_sets(world: &World) -> BTreeMap<String, usize> {
    let ids = (0..MACHINES).map(|it| format!("i-{it}"));
    ids.map(|id| {
        let whole = world.days_of(&id).len();
        (id, whole)
    })
    .collect()
}

fn held(world: &World) -> BTreeSet<String> {
    let bound = world.snapshots.iter().filter(|it| {
        let by_other = it.held_by.is_some() || it.tier != CopyTier::Standard;
        by_other || !it.tags.contains_key("AutoSnapshot") || !world.is_readable(it)
    });
    bound.map(|it| it.id.to_string()).collect()
}

/// Does a plan step by step; after each, every machine has as many whole sets as are asked for, or
/// as it had before.
fn apply(world: &mut World, plan: &Plan, run: &Run, at: jiff::Timestamp, floor: usize) {
    let present: BTreeSet<String> = world.machines.iter().map(|it| it.id.to_string()).collect();
    let before = whole_sets(world);
    let bound = held(world);
    let mut done = BTreeSet::new();
    for (place, planned) in plan.steps.iter().enumerate() {
        let may = planned.after.iter().all(|it| {
            assert!(*it < place);
            done.contains(it)
        });
        if !may || run.failing[place % run.failing.len()] {
            continue;
        }
        if let Step::DeleteSnapshot { snapshot, set } = &planned.step {
            let row = world
                .snapshots
                .iter()
                .find(|it| it.id == *snapshot)
                .unwrap();
            assert_eq!(row.tags.get(SET_TAG), Some(&set.to_string()));
            assert!(!run.blind.contains(&Blind::Snapshots));
            assert!(!run.blind.contains(&Blind::Images));
            assert!(!run.blind.contains(&Blind::Machines));
        }
        world.run(&planned.step, at);
        done.insert(place);
        for (machine, whole) in whole_sets(world) {
            let floor = if present.contains(&machine) { floor } else { 1 };
            assert!(
                whole >= before[&machine].min(floor),
                "{machine} has {whole} of {} after {place} of {plan:#?}",
                before[&machine],
            );
        }
    }
    let left: BTreeSet<String> = world.snapshots.iter().map(|it| it.id.to_string()).collect();
    assert!(bound.is_subset(&left), "what was held went");
}

fn change(world: &mut World, which: usize, what: u8) {
    if world.snapshots.is_empty() {
        return;
    }
    let which = which % world.snapshots.len();
    let key = format!("key-{}", which % 2);
    match what {
        5 => return world.encrypt(which, &key),
        6 | 7 => {
            let state = [KeyState::Disabled, KeyState::Usable][usize::from(what - 6)].clone();
            world.keys.insert(ResourceId::new(key), state);
            return;
        }
        _ => {}
    }
    let snapshot = &mut world.snapshots[which];
    match what {
        0 => snapshot.held_by = Some("lock".into()),
        1 => snapshot.tier = CopyTier::Archive,
        2 => snapshot.state = CopyState::Failed,
        3 => drop(snapshot.tags.remove("AutoSnapshot")),
        _ => snapshot.state = CopyState::Pending,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn at_every_prefix_of_every_bad_day_the_last_good_sets_are_there(
        runs in prop::collection::vec(run(), 1..24),
        keep in keep(),
        images in any::<bool>(),
        letting in any::<bool>(),
    ) {
        let mut world = World::default();
        for number in 0..MACHINES {
            world.machine(&format!("i-{number}"), "twin", 1 + number % 2);
        }
        let defaults = BackupSettings {
            keep,
            image: if images { ImageRhythm::Weekly } else { ImageRhythm::Off },
            image_keep: days(7),
            limits: Limits {
                backlog: if letting { Backlog::Once } else { Backlog::Refused },
                ..Limits::default()
            },
            ..BackupSettings::default()
        };
        let settings = settings(defaults.clone());
        let mut at = now();
        for run in &runs {
            at += SignedDuration::from_hours(run.hours);
            if let Some(number) = run.terminated {
                world.terminate(&format!("i-{number}"));
            }
            if let Some((which, what)) = run.changed {
                change(&mut world, which, what);
            }
            world.blind.clone_from(&run.blind);
            let census = world.census(at);
            let plan = crate::plan(&census, &settings, at);
            prop_assert_eq!(plan.to_json(), crate::plan(&census, &settings, at).to_json());
            let (approved, _) = guard(plan, |_| defaults.limits.clone());
            let mut plan = approved.plan().clone();
            // What was refused is not done, and neither is what waits for it.
            let may: BTreeSet<usize> = approved.steps().map(|(place, _, _)| place).collect();
            for (place, planned) in plan.steps.iter_mut().enumerate() {
                if !may.contains(&place) {
                    planned.step = Step::PutTags {
                        kind: duty::Tagged::Snapshot,
                        ids: Vec::new(),
                        tags: model::Tags::new(),
                    };
                }
            }
            apply(&mut world, &plan, run, at, keep.at_least as usize);
            world.blind.clear();
            // All of it done, nothing is left to do in this period.
            if run.failing == [false] && run.blind.is_empty() && letting {
                let later = at + SignedDuration::from_secs(60);
                let again = crate::plan(&world.census(later), &settings, later);
                let creates = again.steps.iter().filter(|it| it.step.word() == "create_set");
                prop_assert_eq!(creates.count(), 0);
            }
        }
    }
}
