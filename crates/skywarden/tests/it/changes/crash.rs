//! The program as a process of its own, killed at every write of its journal while it changes things:
//! nothing is made twice, nothing is lost, and nothing else is touched.

pub(super) mod play;
pub(super) mod stages;

use std::sync::Arc;
use std::time::Duration;

use base::{Clock as _, SystemClock};
use cloudsim::World;
use cloudsim::world::deeds::{Act, Sort};
use expect_test::{Expect, expect};
use store::rehearsal::KILL_AT;
use testkit::crash::{KillAt, Side, crash, crash_at_every_write, crash_on_one_side, crash_until};

use self::play::{Stage, was_told_to_work};
use super::{DATA, data, quick};
use crate::house::House;
use crate::scene::Scene;

/// The test that is also the process that the others kill.
const WORKER: &str = "changes::crash::a_process_that_nobody_kills_does_everything_once";

/// Kills the program on both sides of each write, and checks that it has written at least so often.
#[track_caller]
fn survives(stage: &Stage, writes: u32, wanted: &Expect) {
    wanted.assert_eq(&stage.wanted());
    let rehearsal = crash_at_every_write(|| stage.play(None));
    assert_eq!(rehearsal.faults, [""; 0]);
    assert!(rehearsal.kills >= 2 * writes, "{} kills", rehearsal.kills);
}

/// Kills the program on one side of each write of the run with the most steps.
#[track_caller]
fn survives_on(side: Side) {
    let stage = stages::backups();
    let rehearsal = crash_on_one_side(|| stage.play(None), side);
    assert_eq!(rehearsal.faults, [""; 0]);
    // The plan, and intentions, marks and ends of what is made at first and of what waits for it.
    assert!(rehearsal.kills >= 7, "{} kills", rehearsal.kills);
}

/// Shows that without these lines of the journal a crash is seen to do harm.
#[track_caller]
fn goes_red(stage: &Stage, forgets: &'static str, says: &str) {
    let rehearsal = crash_until(|| stage.play(Some(forgets)), |it| it.contains(says));
    let seen = rehearsal.faults.last();
    assert!(seen.is_some_and(|it| it.contains(says)), "{seen:?}");
}

#[test]
fn a_process_that_nobody_kills_does_everything_once() {
    if was_told_to_work() {
        return;
    }
    let stage = stages::backups();
    expect![[r#"
        created image in i-00000000000000001/20261121T200000Z
        created image in i-00000000000000002/20261121T200000Z
        created snapshot vol-00000000000000010 in i-00000000000000001/20261122T200000Z
        created snapshot vol-00000000000000011 in i-00000000000000001/20261122T200000Z
        created snapshot vol-00000000000000020 in i-00000000000000002/20261122T200000Z
        created snapshot vol-00000000000000021 in i-00000000000000002/20261122T200000Z
        deleted snapshot vol-00000000000000010 in i-00000000000000001/20261120T200000Z
        deleted snapshot vol-00000000000000011 in i-00000000000000001/20261120T200000Z
        deleted snapshot vol-00000000000000020 in i-00000000000000002/20261120T200000Z
        deleted snapshot vol-00000000000000021 in i-00000000000000002/20261120T200000Z
        tagged snapshot in i-00000000000000001/20261122T200000Z
        tagged snapshot in i-00000000000000002/20261122T200000Z"#]]
    .assert_eq(&stage.wanted());
    let rehearsal = crash(&stage.play(None), &[]);
    assert_eq!(rehearsal.faults, [""; 0]);
}

#[test]
fn killed_before_any_write_sets_and_images_are_made_once_and_just_the_old_sets_go() {
    survives_on(Side::Before);
}

#[test]
fn killed_after_any_write_sets_and_images_are_made_once_and_just_the_old_sets_go() {
    survives_on(Side::After);
}

/// The real program, which goes by the machine's clock, gets as far as to what it made; who takes over
/// need not wait as long as that clock would.
#[test]
fn killed_before_it_wrote_down_what_it_made_the_real_program_leaves_it_to_be_found() {
    let clock = Arc::new(SystemClock::new());
    let world = World::new(clock.now());
    world.add(data("data", DATA, 1));
    let house = House::new();
    house.clock.set_wall(clock.now());
    let mut scene = Scene::on(world, house, clock);
    quick(&mut scene);
    scene.table("[backups]\nmode = \"apply\"\nimage = \"off\"");
    scene.house.configure(&scene.config());
    let line = ["apply", "backups", "--yes", "-o", "json"];
    let mut program = scene.house.program(&line);
    // The plan, the intention, and then the mark of what was made.
    let end = program.env(KILL_AT, "3:before").output().unwrap();
    assert_eq!(end.status.code(), None, "{end:?}");
    let world = scene.sim.world();
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 2);
    scene.house.clock.advance(Duration::from_secs(60));
    let said = play::run(&scene, &line);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(world.done(Act::Created, Sort::Snapshot).len(), 2, "{said}");
}

#[test]
fn killed_again_and_again_it_comes_to_the_same_end() {
    let stage = stages::backups();
    let after = |write| KillAt {
        write,
        side: Side::After,
    };
    let before = |write| KillAt {
        write,
        side: Side::Before,
    };
    for kills in [
        vec![after(1), after(1), after(1), after(2)],
        vec![before(3), before(2), before(1), after(3)],
        vec![after(4), before(1), after(2), before(3), after(1)],
    ] {
        let rehearsal = crash(&stage.play(None), &kills);
        assert_eq!(rehearsal.faults, [""; 0], "{kills:?}");
    }
}

/// Kills the program on one side of each write while it copies a set to another account.
#[track_caller]
fn survives_abroad_on(side: Side) {
    let stage = stages::abroad();
    expect![[r#"
        created snapshot copy in i-00000000000000001/20261121T200000Z
        created snapshot copy in i-00000000000000001/20261121T200000Z
        created snapshot vol-00000000000000010 in i-00000000000000001/20261121T200000Z
        created snapshot vol-00000000000000011 in i-00000000000000001/20261121T200000Z
        shared snapshot vol-00000000000000010 in i-00000000000000001/20261121T200000Z
        shared snapshot vol-00000000000000011 in i-00000000000000001/20261121T200000Z
        tagged snapshot in i-00000000000000001/20261121T200000Z
        unshared snapshot vol-00000000000000010 in i-00000000000000001/20261121T200000Z
        unshared snapshot vol-00000000000000011 in i-00000000000000001/20261121T200000Z"#]]
    .assert_eq(&stage.wanted());
    let rehearsal = crash_on_one_side(|| stage.play(None), side);
    assert_eq!(rehearsal.faults, [""; 0]);
    // The plan, and intention, mark and end of the set and of its copy.
    assert!(rehearsal.kills >= 7, "{} kills", rehearsal.kills);
}

#[test]
fn killed_before_any_write_a_set_is_copied_to_the_other_account_once_and_no_leave_stands() {
    survives_abroad_on(Side::Before);
}

#[test]
fn killed_after_any_write_a_set_is_copied_to_the_other_account_once_and_no_leave_stands() {
    survives_abroad_on(Side::After);
}

#[test]
fn killed_at_any_write_a_machine_is_brought_back_once() {
    survives(
        &stages::beside(),
        7,
        &expect![[r#"
        created image in i-00000000000000001/20261120T200000Z
        created machine"#]],
    );
}

#[test]
fn killed_at_any_write_alarms_are_made_once_and_none_is_altered() {
    survives(
        &stages::alarms(),
        4,
        &expect![[r#"
        created alarm i-00000000000000001
        created alarm i-00000000000000002
        created target arn:aws:sns:us-east-1:210987654321:ec2-NetworkOut-Alarm"#]],
    );
}

#[test]
fn killed_at_any_write_an_orphan_is_stopped_and_marked_and_nothing_else() {
    survives(
        &stages::orphan_stops(),
        4,
        &expect![[r#"
        stopped machine i-node2
        tagged machine i-node2"#]],
    );
}

#[test]
fn killed_at_any_write_a_stopped_orphan_goes_and_nothing_else() {
    survives(
        &stages::orphan_goes(),
        4,
        &expect![[r#"
        deleted machine i-node2"#]],
    );
}

#[test]
fn killed_at_any_write_on_a_cloud_with_tokens_sets_are_made_once_and_just_the_old_one_goes() {
    survives(
        &stages::aliyun(),
        4,
        &expect![[r#"
        created snapshot d-bp1disk00010
        created snapshot d-bp1disk00011
        created snapshot_set i-bp1machine0001 in i-bp1machine0001/20261122T200000Z
        deleted snapshot d-bp1disk00010 in i-bp1machine0001/20261120T200000Z
        deleted snapshot d-bp1disk00011 in i-bp1machine0001/20261120T200000Z
        tagged snapshot in i-bp1machine0001/20261122T200000Z"#]],
    );
}

#[test]
fn without_intentions_a_crash_is_seen_to_make_a_set_twice() {
    goes_red(&stages::backups(), "intend", "2 times instead of 1");
}

#[test]
fn without_marks_a_crash_is_seen_to_leave_nothing_to_go_on_from() {
    goes_red(&stages::beside(), "mark", "has left nothing to go on with");
}

#[test]
fn without_ends_a_run_is_seen_to_be_open_for_ever() {
    let stage = stages::backups();
    let rehearsal = crash(&stage.play(Some("end")), &[]);
    let is_open = |it: &String| it.contains("has no end");
    assert!(
        rehearsal.faults.iter().any(is_open),
        "{:?}",
        rehearsal.faults
    );
}
