use model::{CopyState, CopyTier, KeyState};

use super::reader::split;
use super::*;
use crate::rules::AUTO_TAG;
use crate::sample::{World, at, days, now};

#[test]
fn a_tag_is_read_as_the_noun_reads_it() {
    for text in [
        "i-0abc/20261120T200000Z",
        "i/0abc/20261120T200000Z",
        "i-1/20260229T000000Z",
        "i-1/2026112T0200000Z",
        "/20261120T200000Z",
        "i-1/20261120T20000+Z",
        "i-1",
        "",
    ] {
        let noun = SetId::parse(text).map(|it| (it.machine.to_string(), it.period));
        let read = split(text).map(|(machine, period)| (machine.to_owned(), period));
        assert_eq!(read, noun, "{text}");
    }
}

/// Returns the sets of a machine: whole or not, and what binds it.
fn sets(world: &World) -> Vec<(bool, Option<&'static str>)> {
    let settings = BackupSettings::default();
    let period = settings.every.period(now(), &settings.timezone);
    let keys = world.keys.iter().filter(|it| it.1.bars());
    let barred = keys.map(|it| it.0).collect();
    let times = Times {
        period,
        elsewhere: SignedDuration::ZERO,
        now: now(),
    };
    let stock = Stock::of(&world.snapshots, &barred, times, &settings);
    let sets = stock.sets_of(&ResourceId::new("i-1"));
    let set = |it: &Set| (it.whole, it.bound.map(Bound::word));
    sets.iter().map(set).collect()
}

fn with_a_set(change: impl FnOnce(&mut Vec<Snapshot>)) -> World {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    world.set("i-1", now() - days(1));
    change(&mut world.snapshots);
    world
}

#[test]
fn a_set_is_whole_when_all_it_says_of_itself_is_there_and_can_be_used() {
    assert_eq!(sets(&with_a_set(|_| ())), [(true, None)]);
    assert_eq!(sets(&with_a_set(|it| it.truncate(1))), [(false, None)]);
    let states = [
        (CopyState::Pending, None),
        (CopyState::Failed, None),
        (CopyState::Other("recovering".into()), Some("state")),
    ];
    for (state, bound) in states {
        let world = with_a_set(|it| it[1].state = state);
        assert_eq!(sets(&world), [(false, bound)]);
    }
    let one_disk_twice = with_a_set(|it| it[1].disk = it[0].disk.clone());
    assert_eq!(sets(&one_disk_twice), [(false, None)]);
}

#[test]
fn what_is_held_locked_archived_or_protected_is_bound() {
    let held = with_a_set(|it| it[1].held_by = Some("lock".into()));
    assert_eq!(sets(&held), [(true, Some("held"))]);
    let archived = with_a_set(|it| it[1].tier = CopyTier::Archive);
    assert_eq!(sets(&archived), [(false, Some("archived"))]);
    let unknown = with_a_set(|it| it[0].tier = CopyTier::Other("cold".into()));
    assert_eq!(sets(&unknown), [(false, Some("archived"))]);
    let mut taken_off = with_a_set(|_| ());
    taken_off.snapshots[0].tags.remove(AUTO_TAG);
    assert_eq!(sets(&taken_off), [(true, Some("protected"))]);
    let mut base = with_a_set(|_| ());
    base.snapshots[0]
        .tags
        .insert("baseami".into(), "True".into());
    assert_eq!(sets(&base), [(true, Some("protected"))]);
    let ageless = with_a_set(|it| it[0].created = None);
    assert_eq!(sets(&ageless), [(false, Some("age_unknown"))]);
    let imaged = with_a_set(|it| it[0].held_by = Some("image ami-1".into()));
    assert_eq!(sets(&imaged), [(true, None)]);
}

#[test]
fn a_set_under_a_key_that_cannot_be_used_is_no_copy_and_stays() {
    let under = |state: KeyState| {
        let key = ResourceId::new("key-1");
        let mut world = with_a_set(|it| it[1].key = Some(ResourceId::new("key-1")));
        world.keys.insert(key, state);
        sets(&world)
    };
    for state in [
        KeyState::Disabled,
        KeyState::Leaving { at: None },
        KeyState::Gone,
        KeyState::Unusable("Unavailable".into()),
    ] {
        assert_eq!(under(state), [(false, Some("key"))]);
    }
    // What is not known is taken for what it was before keys were looked at.
    for state in [
        KeyState::Usable,
        KeyState::Withheld,
        KeyState::Other("Creating".into()),
    ] {
        assert_eq!(under(state), [(true, None)]);
    }
}

#[test]
fn a_tag_that_copied_itself_onto_a_later_snapshot_makes_no_set_of_it() {
    let later = |hours: i64| {
        let begun = at("2026-11-19T20:00:00Z");
        with_a_set(|it| it[1].created = Some(begun + SignedDuration::from_hours(hours)))
    };
    assert_eq!(sets(&later(25)), [(true, None)]);
    assert_eq!(sets(&later(26)), [(false, None)]);
    assert_eq!(sets(&later(-1)), [(false, None)]);
}

#[test]
fn a_set_that_a_persons_snapshot_joined_by_its_tags_stays_as_it_is() {
    let mut world = with_a_set(|_| ());
    let mut joined = world.snapshots[1].clone();
    joined.id = ResourceId::new("snap-person");
    joined.disk = Some(ResourceId::new("vol-made-of-it"));
    joined.created = joined.created.map(|it| it + SignedDuration::from_hours(5));
    world.snapshots.push(joined);
    assert_eq!(sets(&world), [(true, Some("protected"))]);
}

#[test]
fn a_second_attempt_makes_a_set_whole() {
    let mut world = with_a_set(|it| it[1].state = CopyState::Failed);
    let mut again = world.snapshots[1].clone();
    again.id = ResourceId::new("snap-again");
    again.state = CopyState::Ready;
    world.snapshots.push(again);
    assert_eq!(sets(&world), [(true, None)]);
}
