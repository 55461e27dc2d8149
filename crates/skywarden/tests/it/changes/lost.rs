//! Answers that are lost on their way: what they told of is found, and not asked for a second time.

use cloudsim::{Effect, Fault};
use testkit::crash::{KillAt, Side, crash};

use super::crash::play::{Play, Stage};
use super::crash::stages;

/// Loses the first answer to each of these calls, one play after the other, and checks that the world
/// comes out as if nothing had been lost.
#[track_caller]
fn survives(stage: &Stage, calls: &[&str]) {
    for call in calls {
        loses(|| stage.play(None), call);
    }
}

/// Loses the first answer to a call: once in peace, and once after a crash right before it.
#[track_caller]
fn loses<'a>(play: impl Fn() -> Play<'a>, call: &str) {
    let before_it = KillAt {
        write: 2,
        side: Side::After,
    };
    for kills in [vec![], vec![before_it]] {
        let play = play();
        let faults = play.scene.sim.faults();
        let lost = faults.add(Fault::new(Effect::LostAnswer).action(call).times(1));
        let rehearsal = crash(&play, &kills);
        assert_eq!(rehearsal.faults, [""; 0], "{call}, {kills:?}");
        assert_eq!(faults.hits(lost), 1, "{call}, {kills:?}");
    }
}

#[test]
fn a_lost_answer_to_an_image_or_a_deletion_makes_or_takes_nothing_twice() {
    survives(&stages::backups(), &["DeleteSnapshot", "RegisterImage"]);
}

#[test]
fn a_lost_answer_to_a_set_makes_no_second_one_and_the_next_run_tags_the_root() {
    let stage = stages::backups();
    loses(
        || stage.play(None).healed_by_the_next_run(),
        "CreateSnapshots",
    );
}

#[test]
fn a_lost_answer_to_a_leave_or_a_copy_makes_no_second_copy_and_no_leave_stands() {
    survives(
        &stages::abroad(),
        &["CopySnapshot", "ModifySnapshotAttribute"],
    );
}

#[test]
fn a_lost_answer_starts_no_second_machine() {
    survives(&stages::beside(), &["RegisterImage", "RunInstances"]);
}

#[test]
fn a_lost_answer_makes_no_second_alarm() {
    survives(&stages::alarms(), &["PutMetricAlarm"]);
}

#[test]
fn a_lost_answer_to_the_end_of_an_orphan_is_found_out() {
    survives(&stages::orphan_stops(), &["StopInstance"]);
    survives(&stages::orphan_goes(), &["DeleteInstance"]);
}

#[test]
fn a_lost_answer_of_a_cloud_with_tokens_makes_nothing_twice() {
    survives(
        &stages::aliyun(),
        &["CreateSnapshotGroup", "DeleteSnapshot"],
    );
}
