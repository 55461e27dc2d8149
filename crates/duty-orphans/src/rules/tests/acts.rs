//! What is done about orphans, and whom nothing is done to.

use std::fmt::Write as _;

use duty::{Ack, Limits, Mishap, Mute, Plan, ProtectedTag, Selection, Step, TooMuch, guard};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use model::{AccountId, Language, RegionId, ResourceId};

use crate::acts::{Acts, MachineActs};
use crate::sample::{Town, Watch, minutes, now};
use crate::settings::OrphanSettings;

const HOUR: i64 = 60;

fn hours(many: i64) -> SignedDuration {
    SignedDuration::from_hours(many)
}

/// Returns settings by which an orphan is stopped at once and deleted a day later, and what nobody
/// uses goes a day after it is marked.
pub(super) fn eager() -> OrphanSettings {
    OrphanSettings {
        waste_age: SignedDuration::ZERO,
        acts: Acts {
            machines: Some(MachineActs {
                stop_after: SignedDuration::ZERO,
                delete_after: Some(hours(24)),
                ..MachineActs::default()
            }),
            disks_after: Some(hours(24)),
            addresses_after: Some(hours(24)),
            limits: Limits::default(),
        },
        ..OrphanSettings::default()
    }
}

fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for it in &plan.steps {
        let why = crate::explain::explain(&it.reason, Language::English);
        let (sign, word) = (it.step.sign(), it.step.word());
        _ = writeln!(text, "{sign} {word} {}: {why}", it.step.subject());
    }
    for it in &plan.undecided {
        let why = crate::explain::explain(&it.reason, Language::English);
        _ = writeln!(text, "? {}: {why}", it.resource);
    }
    text
}

/// Looks at a town each so many minutes after ten, and returns what is wanted at the last look.
fn planned(watch: &mut Watch, looks: &[(i64, &Town)]) -> Plan {
    let (last, before) = looks.split_last().unwrap();
    for (minute, town) in before {
        watch.look(town, now() + minutes(*minute));
    }
    let at = now() + minutes(last.0);
    let census = watch.census(&[("game", "1000", last.1)], at);
    let plan = crate::plan(&census, &watch.memory, &watch.settings, at);
    watch.look(last.1, at);
    plan.unwrap()
}

#[track_caller]
fn check(settings: OrphanSettings, town: &str, expected: &Expect) {
    let town = Town::read(town, now());
    let mut watch = Watch::with(settings);
    let plan = planned(&mut watch, &[(0, &town), (HOUR, &town)]);
    expected.assert_eq(&shown(&plan));
}

#[test]
fn nothing_is_done_unless_somebody_asks() {
    let town = Town::read("cluster cls-1\n machine ins-1 name-of=cls-1", now());
    let mut watch = Watch::default();
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(HOUR));
    assert_eq!(watch.verdict("ins-1"), "orphan");
    assert_eq!(
        crate::plan(&census, &watch.memory, &watch.settings, census.taken),
        None
    );
}

#[test]
fn a_proven_orphan_is_stopped_and_marked_and_a_suspect_is_not() {
    let town = Town::read("cluster cls-1\n machine ins-1 name-of=cls-1", now());
    let mut watch = Watch::with(eager());
    let first = planned(&mut watch, &[(0, &town)]);
    assert_eq!(first.steps, []);
    let plan = planned(&mut watch, &[(HOUR, &town)]);
    expect![[r#"
        ~ stop_machine ins-1: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more
    "#]]
    .assert_eq(&shown(&plan));
    let Step::StopMachine { tags, proof, .. } = &plan.steps[0].step else {
        panic!("{plan:?}");
    };
    assert_eq!(tags["skywarden:orphan"], "ins-1/20261121T030000Z");
    assert!(proof.is_empty());
    // The same thing an hour later, but for when: a plan of then is the plan of now.
    let later = planned(&mut watch, &[(2 * HOUR, &town)]);
    assert_ne!(plan.steps[0].step, later.steps[0].step);
    assert_eq!(plan.steps[0].step.gist(), later.steps[0].step.gist());
}

#[test]
fn it_is_stopped_only_so_long_after_the_proof() {
    let mut settings = eager();
    settings.acts.machines.as_mut().unwrap().stop_after = hours(24);
    let town = Town::read("cluster cls-1\n machine ins-1 name-of=cls-1", now());
    let mut watch = Watch::with(settings);
    let plan = planned(&mut watch, &[(0, &town), (HOUR, &town), (24 * HOUR, &town)]);
    assert_eq!(plan.steps, []);
    let plan = planned(&mut watch, &[(25 * HOUR, &town)]);
    assert_eq!(plan.steps.len(), 1);
}

#[test]
fn it_is_deleted_when_it_is_marked_long_enough_ago_and_stopped_still() {
    let town = |words: &str| format!("cluster cls-1\n machine ins-1 name-of=cls-1 {words}");
    check(eager(), &town("state=stopped mark=22"), &expect![""]);
    check(
        eager(),
        &town("state=stopped mark=23"),
        &expect![[r#"
            - delete_machine ins-1: marked at 2026-11-20 11:00 +08:00, and nobody has claimed it
        "#]],
    );
    check(
        eager(),
        &town("state=running mark=100"),
        &expect![[r#"
            ? ins-1: somebody started it again after it was stopped and marked at 2026-11-17 06:00 +08:00: take off the tag skywarden:orphan, or stop it
        "#]],
    );
    check(
        eager(),
        &town("state=changing mark=100"),
        &expect![[r#"
        ? ins-1: it is neither running nor stopped (changing)
    "#]],
    );
    check(
        eager(),
        &town("state=stopped"),
        &expect![[r#"
            ~ put_tags ins-1: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more, and stopped already: it is only marked
        "#]],
    );
    check(
        eager(),
        &town("state=stopped mark=-5"),
        &expect![[r#"
            ? ins-1: its mark is of 2026-11-21 15:00 +08:00, which is yet to come
        "#]],
    );
    check(
        eager(),
        &town("state=stopped mark-of=ins-2"),
        &expect![[r#"
            ~ put_tags ins-1: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more, and stopped already: it is only marked
        "#]],
    );
    let mut never = eager();
    never.acts.machines.as_mut().unwrap().delete_after = None;
    check(never, &town("state=stopped mark=9999"), &expect![""]);
}

#[test]
fn one_that_was_started_meanwhile_begins_anew_when_it_is_stopped() {
    let town = |words: &str| {
        let text = format!("cluster cls-1\n machine ins-1 name-of=cls-1 {words}");
        Town::read(&text, now())
    };
    let (running, stopped) = (town("mark=100"), town("state=stopped mark=100"));
    let mut watch = Watch::with(eager());
    let looks = [(0, &running), (HOUR, &stopped), (2 * HOUR, &stopped)];
    let plan = planned(&mut watch, &looks);
    expect![[r#"
        ~ put_tags ins-1: started again after it was marked at 2026-11-17 06:00 +08:00, and stopped now: its time begins anew
    "#]].assert_eq(&shown(&plan));
    // Marked anew two hours after ten, it goes a day after that.
    let anew = town("state=stopped mark=-2");
    let plan = planned(&mut watch, &[(3 * HOUR, &anew), (25 * HOUR, &anew)]);
    assert_eq!(plan.steps, []);
    let plan = planned(&mut watch, &[(26 * HOUR, &anew)]);
    expect![[r#"
        - delete_machine ins-1: marked at 2026-11-21 12:00 +08:00, and nobody has claimed it
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn a_machine_that_joined_a_cluster_again_is_not_touched() {
    let alone = "cluster cls-1\n machine ins-1 name-of=cls-1 state=stopped mark=100";
    let member = format!("{alone}\n node cls-1 ins-1");
    let says =
        "cluster cls-1\n machine ins-1 name-of=cls-1 state=stopped mark=100 says=cluster:cls-1";
    let read = |text: &str| Town::read(text, now());
    for joined in [member.as_str(), says] {
        let mut watch = Watch::with(eager());
        let looks = [
            (0, &read(alone)),
            (HOUR, &read(alone)),
            (2 * HOUR, &read(joined)),
        ];
        let plan = planned(&mut watch, &looks);
        assert_eq!(
            (plan.steps.as_slice(), plan.undecided.len()),
            (&[][..], 0),
            "{joined}"
        );
    }
    // And with all clusters unseen nothing is told, and nothing is done.
    for fault in [
        "clusters",
        "nodes cls-1",
        "machines",
        "opinions",
        "by-id",
        "identity",
    ] {
        let mut watch = Watch::with(eager());
        let dark = read(&format!("{alone}\n unseen {fault}"));
        let plan = planned(
            &mut watch,
            &[(0, &read(alone)), (HOUR, &read(alone)), (2 * HOUR, &dark)],
        );
        assert_eq!(plan.steps, [], "{fault}");
    }
}

#[test]
fn what_somebody_holds_on_to_is_left_to_people() {
    let mut settings = eager();
    settings.acts.limits.protected.push(ProtectedTag {
        key: "keep".into(),
        value: None,
    });
    check(
        settings,
        "
        cluster cls-1
        machine ins-a name-of=cls-1 protected
        machine ins-b name-of=cls-1 label=Keep:yes
        machine ins-c name-of=cls-1 charge=prepaid
        machine ins-d name-of=cls-1 charge=odd
        machine ins-e tag=cls-1
        machine ins-f name-of=cls-1 charge=spot
        disk disk-a label=keep:1
        disk disk-b charge=prepaid
        disk disk-c label=kubernetes.io/created-for/pvc/name:data
        disk disk-d name=pvc-0a1b
        disk disk-e label=createdby:alibabacloud-csi-plugin
        disk disk-f on=ins-a
        disk disk-g label=app:description
        ",
        &expect![[r#"
            ~ stop_machine ins-f: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more
            ~ put_tags disk-g: unused since 2026-11-21 10:00 +08:00: it is marked first
            ? ins-a: the cloud is told not to let it be deleted
            ? ins-b: it is protected by the tag keep
            ? ins-c: it is not paid by use (prepaid)
            ? ins-d: it is not paid by use (odd)
            ? ins-e: a tag is all that ties it to a cluster (tag tke-clusterId=cls-1), and it was never seen as a node: the tag may have been copied
            ? disk-a: it is protected by the tag keep
            ? disk-b: it is not paid by use (prepaid)
            ? disk-c: a cluster may have made it, and need it again (kubernetes.io/created-for/pvc/name)
            ? disk-d: a cluster may have made it, and need it again (pvc-0a1b)
            ? disk-e: a cluster may have made it, and need it again (alibabacloud-csi-plugin)
        "#]],
    );
    let mut by_tag = eager();
    by_tag.acts.machines.as_mut().unwrap().tag_alone = true;
    check(
        by_tag,
        "cluster cls-1\n machine ins-e tag=cls-1",
        &expect![[r#"
            ~ stop_machine ins-e: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more
        "#]],
    );
}

#[test]
fn a_machine_that_was_seen_as_a_node_is_no_copied_tag() {
    let member = Town::read(
        "cluster cls-1\n machine ins-1 tag=cls-1\n node cls-1 ins-1",
        now(),
    );
    let left = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    let mut watch = Watch::with(eager());
    let plan = planned(
        &mut watch,
        &[(0, &member), (HOUR, &left), (2 * HOUR, &left)],
    );
    expect![[r#"
        ~ stop_machine ins-1: proven at 2026-11-21 12:00 +08:00 to belong to no cluster any more
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn whom_a_person_has_spoken_for_is_left_alone() {
    let town = Town::read("cluster cls-1\n machine ins-1 name-of=cls-1", now());
    let mut watch = Watch::with(eager());
    watch.look(&town, now());
    watch.look(&town, now() + minutes(HOUR));
    let known = &mut watch.memory.findings[0];
    known.muted = Some(Mute {
        until: now() + hours(10),
        reason: "moves out".into(),
        by: "li".into(),
    });
    let plan = planned(&mut watch, &[(2 * HOUR, &town)]);
    expect![[r#"
        ? ins-1: it is muted until 2026-11-21 20:00 +08:00: moves out
    "#]]
    .assert_eq(&shown(&plan));
    watch.memory.findings[0].acked = Some(Ack {
        at: now(),
        by: "li".into(),
    });
    let plan = planned(&mut watch, &[(12 * HOUR, &town)]);
    expect![[r#"
        ? ins-1: li has taken it on
    "#]]
    .assert_eq(&shown(&plan));
}

#[test]
fn a_selection_says_which_may_be_touched() {
    let mut settings = eager();
    let select = Selection::compile(r#"tags.env == "test""#).unwrap();
    settings.acts.machines.as_mut().unwrap().select = Some(select);
    check(
        settings,
        "
        cluster cls-1
        machine ins-a name-of=cls-1 label=env:test
        machine ins-b name-of=cls-1 label=env:prod
        machine ins-c name-of=cls-1
        ",
        &expect![[r#"
            ~ stop_machine ins-a: proven at 2026-11-21 11:00 +08:00 to belong to no cluster any more
        "#]],
    );
}

#[test]
fn one_that_was_marked_and_could_not_be_stopped_is_stopped_and_its_clock_goes_on() {
    let town = Town::read("cluster cls-1\n machine ins-1 name-of=cls-1 mark=1", now());
    let mut watch = Watch::with(eager());
    watch.memory.mishaps.push(Mishap {
        account: AccountId::new("game"),
        region: RegionId::new("ap-beijing"),
        step: "stop_machine".into(),
        subject: ResourceId::new("ins-1"),
        since: now(),
        why: "InternalError".into(),
    });
    let plan = planned(&mut watch, &[(0, &town), (HOUR, &town)]);
    let Step::StopMachine { tags, .. } = &plan.steps[0].step else {
        panic!("{plan:?}");
    };
    assert_eq!(tags["skywarden:orphan"], "ins-1/20261121T010000Z");
}

#[test]
fn a_typo_that_matches_everything_is_stopped_by_the_guard() {
    let mut text = "cluster cls-1\n".to_owned();
    for index in 0..30 {
        _ = writeln!(text, "machine ins-{index} name-of=cls-1");
    }
    for index in 0..10 {
        _ = writeln!(text, "machine other-{index}");
    }
    let town = Town::read(&text, now());
    let mut watch = Watch::with(eager());
    let plan = planned(&mut watch, &[(0, &town), (HOUR, &town)]);
    assert_eq!(plan.steps.len(), 30);
    let (approved, refusals) = guard(plan, |_| Limits::default());
    assert!(approved.is_empty());
    assert_eq!(
        refusals[0].why,
        TooMuch::Share {
            asked: 30,
            total: 40,
            allowed: 8
        }
    );
}

#[test]
fn a_disk_is_marked_and_goes_a_day_later_unless_it_was_used_meanwhile() {
    check(
        eager(),
        "disk disk-a",
        &expect![[r#"
            ~ put_tags disk-a: unused since 2026-11-21 10:00 +08:00: it is marked first
        "#]],
    );
    check(eager(), "disk disk-a mark=22", &expect![""]);
    check(
        eager(),
        "disk disk-a mark=23",
        &expect![[r#"
            - delete_disk disk-a: marked at 2026-11-20 11:00 +08:00, and nobody has claimed it
        "#]],
    );
    check(
        eager(),
        "disk disk-a mark=30 detached=60",
        &expect![[r#"
            ~ put_tags disk-a: in use until 2026-11-21 09:00 +08:00, after it was marked: its time begins anew
        "#]],
    );
    check(eager(), "disk disk-a mark=30 on=ins-1", &expect![""]);
    check(eager(), "disk disk-a mark=30 moving", &expect![""]);
    check(eager(), "disk disk-a mark=30\n unseen disks", &expect![""]);
    let mut settings = eager();
    settings.acts.disks_after = None;
    check(settings, "disk disk-a mark=30", &expect![""]);
}

#[test]
fn an_address_is_given_back_when_it_was_unused_for_so_long() {
    let unused = Town::read(
        "address eip-a ip=1.2.3.4\n address eip-b label=k8s.io/cluster:c1\n address eip-c charge=prepaid",
        now(),
    );
    let mut watch = Watch::with(eager());
    let plan = planned(&mut watch, &[(0, &unused), (23 * HOUR, &unused)]);
    assert_eq!(plan.steps, []);
    let plan = planned(&mut watch, &[(24 * HOUR, &unused)]);
    expect![[r#"
        - release_address eip-a: unused since 2026-11-21 10:00 +08:00 (1.2.3.4)
        ? eip-b: a cluster may have made it, and need it again (k8s.io/cluster)
        ? eip-c: it is not paid by use (prepaid)
    "#]]
    .assert_eq(&shown(&plan));
    // In use for a moment, its time begins anew.
    let used = Town::read("address eip-a ip=1.2.3.4 at=ins-1", now());
    let plan = planned(&mut watch, &[(25 * HOUR, &used), (26 * HOUR, &unused)]);
    assert_eq!(plan.steps, []);
}

#[test]
fn what_was_done_is_not_wanted_again() {
    let town = |machine: &str, disk: &str| {
        let text =
            format!("cluster cls-1\n machine ins-1 name-of=cls-1 {machine}\n disk disk-1 {disk}");
        Town::read(&text, now())
    };
    let mut watch = Watch::with(eager());
    let before = town("", "");
    let plan = planned(&mut watch, &[(0, &before), (HOUR, &before)]);
    assert_eq!(plan.steps.len(), 2);
    let done = town("state=stopped mark=-1", "mark=-1");
    let plan = planned(&mut watch, &[(HOUR, &done)]);
    assert_eq!((plan.steps.as_slice(), plan.undecided.len()), (&[][..], 0));
    let plan = planned(&mut watch, &[(25 * HOUR, &done)]);
    let words: Vec<&str> = plan.steps.iter().map(|it| it.step.word()).collect();
    assert_eq!(words, ["delete_machine", "delete_disk"]);
}

#[test]
fn people_are_told_when_it_goes() {
    let town = "cluster cls-1\n machine ins-1 name-of=cls-1 state=stopped mark=1";
    let town = Town::read(town, now());
    let mut watch = Watch::with(eager());
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(HOUR));
    let audience = crate::sample::audience(&["game"], Language::English);
    let scene = crate::sample::scene(&census, &watch.memory);
    let letter = crate::report::letter(&watch.settings, &audience, &scene).unwrap();
    let text = testkit::message_text(&letter.message);
    let note = text.lines().find(|it| it.contains("Note")).unwrap();
    expect!["  Note: stopped; stopped and marked by Skywarden on 2026-11-21 09:00:00 +08:00; it is deleted after 2026-11-22 09:00:00 +08:00 unless it is started again or the mark is taken off"].assert_eq(note);
}
