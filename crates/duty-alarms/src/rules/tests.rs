use std::fmt::Write as _;

use duty::{ProtectedTag, Selection, Step, guard};
use expect_test::{Expect, expect};
use model::{Language, Money};

use super::*;
use crate::sample::{Town, Watch, hours, now, shown};
use crate::settings::{AlarmSettings, Counts};

mod properties;

const TOPIC: &str = "target arn:aws:sns:here:1000:ec2-NetworkOut-Alarm ec2-NetworkOut-Alarm\n";

#[track_caller]
fn check(town: &str, plan: &Expect) {
    check_with(AlarmSettings::default(), &format!("{TOPIC}{town}"), plan);
}

#[track_caller]
fn check_with(settings: AlarmSettings, town: &str, plan: &Expect) {
    let (_, made) = Watch::with(settings).look(&Town::read(town), now());
    plan.assert_eq(&shown(&made, Language::English));
}

#[test]
fn each_running_machine_without_an_alarm_gets_one() {
    check(
        "
        machine i-b name=web
        machine i-a
        machine i-off state=stopped
        machine i-going state=leaving
        machine i-odd state=hibernated
        alarm cpu on=i-a metric=CPUUtilization
        ",
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            + i-b i-b-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn an_alarm_is_known_by_what_it_watches_and_not_by_its_name() {
    check(
        "
        machine i-a
        machine i-b
        machine i-eip
        machine i-eip-by-ip
        machine i-public public=47.1.2.3
        machine i-bare
        address eip-1 at=i-eip ip=47.0.0.1
        address eip-2 at=i-eip-by-ip ip=47.0.0.2
        alarm tuned-by-hand on=i-a,i-b
        alarm at-address on=eip-1
        alarm at-ip on=47.0.0.2
        alarm at-public on=47.1.2.3
        alarm switched-off on=i-b off
        ",
        &expect![[r#"
            + i-bare i-bare-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn an_alarm_on_all_watches_all_unless_it_is_off() {
    check("machine i-a\n alarm one-click all", &expect![""]);
    check(
        "machine i-a\n alarm one-click all off",
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn an_alarm_on_a_group_leaves_it_open_unless_the_group_is_another() {
    let town =
        format!("{TOPIC}machine i-a\n machine i-b\n alarm own on=i-b\n alarm shop group=web");
    check_with(
        AlarmSettings::default(),
        &town,
        &expect![[r#"
        ? here i-a: the alarm of group web may watch it, and its members are not told; other_groups in the config names groups that hold none of these instances
    "#]],
    );
    let settings = AlarmSettings {
        other_groups: ["web".to_owned()].into(),
        ..AlarmSettings::default()
    };
    check_with(
        settings,
        &town,
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn what_was_not_seen_makes_nothing() {
    for list in ["machines", "alarms", "addresses", "targets"] {
        let town = format!("{TOPIC}machine i-a\n unseen {list}");
        let (_, plan) = Watch::default().look(&Town::read(&town), now());
        assert_eq!(plan.steps, [], "{list}");
        assert_eq!(plan.undecided.len(), 1, "{list}");
    }
    check(
        "machine i-a\n unseen alarms",
        &expect![[r#"
        ? here *: the list of alarms was not seen whole (throttled); none is made, so that none is replaced
    "#]],
    );
    check(
        "machine i-a\n unseen addresses",
        &expect![[r#"
        ? here i-a: the list of addresses was not seen (throttled); an alarm may be at its address
    "#]],
    );
}

#[test]
fn managed_machines_get_one_only_when_asked() {
    let town = format!("{TOPIC}machine i-a group=asg-1\n machine i-b hint=k8s");
    check_with(
        AlarmSettings::default(),
        &town,
        &expect![[r#"
            + i-b i-b-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
    let managed = AlarmSettings {
        managed: true,
        ..AlarmSettings::default()
    };
    check_with(
        managed,
        &town,
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            + i-b i-b-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn a_selection_says_which_and_what_it_cannot_tell_is_left_alone() {
    let select = r#"tags.env == "prod" && zone == "here-1""#;
    let settings = AlarmSettings {
        select: Some(Selection::compile(select).unwrap()),
        ..AlarmSettings::default()
    };
    let town = format!(
        "{TOPIC}
        machine i-a tag=env:prod
        machine i-b tag=env:test
        machine i-c tag=env:prod zoneless
        machine i-d tag=env:test zoneless
        "
    );
    check_with(
        settings,
        &town,
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ? here i-c: it cannot be told whether it is selected: the cloud does not say its `zone`
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn a_tag_that_no_machine_has_is_told() {
    let settings = || AlarmSettings {
        select: Some(Selection::compile(r#"tags.Trafic == "yes""#).unwrap()),
        ..AlarmSettings::default()
    };
    let town = format!("{TOPIC}machine i-a tag=Traffic:yes\n machine i-b");
    check_with(
        settings(),
        &town,
        &expect![[r#"
        ! no instance of shop or any other account has the tag Trafic; did you mean Traffic?
    "#]],
    );
    let mut watch = Watch::with(settings());
    watch.look(&Town::read(&town), now());
    expect![[r#"
        new no_such_tag Trafic like=Traffic tag=Trafic
    "#]]
    .assert_eq(&watch.shown());
    // Where a list was not seen, one of its machines may have it.
    let dark = Town::read("unseen machines");
    let town = Town::read(&town);
    let mut watch = Watch::with(settings());
    let places = [("shop@here", "1000", &town), ("shop@there", "1000", &dark)];
    let (_, plan) = watch.look_at(&places, now());
    assert!(plan.notes.iter().all(|it| it.word != "no_such_tag"));
}

#[test]
fn a_machine_may_have_a_threshold_of_its_own() {
    check(
        "
        machine i-a tag=TrafficAlarm:50MB/5m
        machine i-b tag=TrafficAlarm:100MBx1
        machine i-c tag=TrafficAlarm:loud
        machine i-d tag=TrafficAlarm:5MB/90s
        machine i-e tag=TrafficAlarm:off
        ",
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 50 MB or more in each of 4 periods of 5 min (on average 1.3 Mbit/s), by its tag
            + i-b i-b-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 100 MB or more in 5 min (on average 2.6 Mbit/s), by its tag
            ? here i-c: its tag TrafficAlarm is loud: thresholds look like `20MB/5m`, `20MB/5m x4` or `20000000`
            ? here i-d: its tag TrafficAlarm is 5MB/90s: a period is whole minutes, and all periods of a rule are within a day
            ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn a_name_that_is_taken_is_never_taken_over() {
    let named = AlarmSettings {
        name: "{name}-out".to_owned(),
        ..AlarmSettings::default()
    };
    let town = format!(
        "{TOPIC}
        machine i-a name=cpu
        machine i-b name=twin
        machine i-c name=twin
        machine i-d name=id
        alarm cpu-out on=i-a metric=CPUUtilization
        alarm other id=id-out metric=StatusCheckFailed
        "
    );
    check_with(
        named,
        &town,
        &expect![[r#"
        ? here i-a: there is an alarm cpu-out that measures something else; none is made, so that it is not replaced
        ? here i-b: another instance would have an alarm of the same name twin-out
        ? here i-c: another instance would have an alarm of the same name twin-out
        ? here i-d: there is an alarm id-out that measures something else; none is made, so that it is not replaced
    "#]],
    );
}

/// Where an alarm is made first and bound then, an attempt may have ended between the two.
#[test]
fn one_that_was_begun_and_not_finished_is_made_on() {
    let begun = "machine i-a\n alarm i-a-网络流出流量警报 id=policy-1";
    let steps = |words: &str| {
        let town = Town::read(&format!("{TOPIC}{begun} {words}"));
        Watch::default().look(&town, now()).1.steps.len()
    };
    assert_eq!(steps("ours=i-a"), 1);
    for words in ["", "made", "ours=i-b", "ours=i-a metric=CPU on=i-a"] {
        assert_eq!(steps(words), 0, "{words}");
    }
}

#[test]
fn without_anyone_to_tell_nothing_is_made_and_the_command_is_named() {
    let town = "machine i-a\n machine i-b\n target arn:aws:sns:here:1000:other other";
    check_with(
        AlarmSettings::default(),
        town,
        &expect![[r#"
            ? here *: 2 alarms are wanted, and ec2-NetworkOut-Alarm, whom they would tell, is not there; skywarden apply alarms --create-topic makes it
            ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
            ! shop here: 2 alarms are wanted, and ec2-NetworkOut-Alarm, whom they would tell, is not there; skywarden apply alarms --create-topic makes it
        "#]],
    );
    let creating = AlarmSettings {
        create_target: true,
        subscribe: vec!["ops@example.com".to_owned()],
        ..AlarmSettings::default()
    };
    check_with(
        creating.clone(),
        town,
        &expect![[r#"
            + ec2-NetworkOut-Alarm: 2 alarms are wanted, and ec2-NetworkOut-Alarm, whom they would tell, is not there; skywarden apply alarms --create-topic makes it
            + i-a i-a-网络流出流量警报 -> ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            + i-b i-b-网络流出流量警报 -> ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
            ! shop here: ec2-NetworkOut-Alarm is made first; the 2 alarms that tell it after it
        "#]],
    );
    // The alarms wait for it, and tell what it makes.
    let (mut town, mut watch) = (Town::read(town), Watch::with(creating));
    let (_, plan) = watch.look(&town, now());
    let Step::CreateTarget { subscribe, .. } = &plan.steps[0].step else {
        panic!("{plan:?}");
    };
    assert_eq!(subscribe, &["ops@example.com"]);
    for planned in &plan.steps[1..] {
        let Step::CreateAlarm { made_by, .. } = &planned.step else {
            panic!("{planned:?}");
        };
        assert_eq!((*made_by, planned.after.as_slice()), (Some(0), &[0][..]));
    }
    assert_eq!(plan.steps.len(), 3);
    town.apply(&plan);
    let (_, plan) = watch.look(&town, now());
    assert_eq!(plan.steps, []);
}

#[test]
fn someone_who_hears_nothing_is_named() {
    let town = "machine i-a\n target arn:1:x ec2-NetworkOut-Alarm listeners=0";
    check_with(
        AlarmSettings::default(),
        town,
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:1:x: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: nobody listens to ec2-NetworkOut-Alarm; skywarden apply alarms --subscribe ADDRESS invites someone
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
    let inviting = AlarmSettings {
        create_target: true,
        subscribe: vec!["ops@example.com".to_owned()],
        ..AlarmSettings::default()
    };
    check_with(
        inviting.clone(),
        town,
        &expect![[r#"
        + ec2-NetworkOut-Alarm: nobody listens to ec2-NetworkOut-Alarm: those of the config are invited
        + i-a i-a-网络流出流量警报 -> arn:1:x: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
        ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
    "#]],
    );
    let (mut town, mut watch) = (Town::read(town), Watch::with(inviting));
    let (_, plan) = watch.look(&town, now());
    town.apply(&plan);
    let (_, plan) = watch.look(&town, now());
    assert_eq!(plan.steps, []);
    // Also when every machine has its alarm already; but not when those tell somebody else.
    let settings = || watch.settings.defaults.clone();
    let watched =
        "machine i-a\n target arn:1:x ec2-NetworkOut-Alarm listeners=0\n alarm out on=i-a";
    check_with(
        settings(),
        &format!("{watched} tells=arn:1:x"),
        &expect![[r#"
            + ec2-NetworkOut-Alarm: nobody listens to ec2-NetworkOut-Alarm: those of the config are invited
        "#]],
    );
    check_with(settings(), watched, &expect![""]);
    let town = "machine i-a\n target arn:1:x ec2-NetworkOut-Alarm invited=ops@example.com";
    check_with(
        AlarmSettings::default(),
        town,
        &expect![[r#"
            + i-a i-a-网络流出流量警报 -> arn:1:x: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
            ! shop here: ops@example.com was invited to ec2-NetworkOut-Alarm and has not confirmed
            ! shop here: there are no numbers of what the 1 instances sent out in the last 7 days
        "#]],
    );
}

#[test]
fn before_the_first_alarm_the_past_is_told() {
    let town = Town::read(&format!(
        "{TOPIC}
        machine i-loud
        machine i-quiet
        machine i-short
        machine i-own tag=TrafficAlarm:1MB
        machine i-other tag=TrafficAlarm:1MB/10m
        traffic i-loud 24 20000000
        traffic i-quiet 24 19999999
        traffic i-own 1 1000000
        traffic i-other 1 1000000
        "
    ));
    let mut watch = Watch::default();
    let cloud = model::CloudId::new("aws");
    watch
        .settings
        .counts
        .insert(cloud.clone(), Counts::AllInterfaces);
    let price = Money::new("0.10".parse().unwrap(), model::Currency::new("USD"));
    watch.settings.prices.insert(cloud, price.clone());
    let (_, plan) = watch.look(&town, now());
    expect![[r#"
        + i-loud i-loud-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured; times it would have fired in the last 7 days: 1
        + i-other i-other-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 1 MB or more in each of 4 periods of 10 min (on average 13.3 kbit/s), by its tag
        + i-own i-own-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 1 MB or more in each of 4 periods of 5 min (on average 26.6 kbit/s), by its tag; times it would have fired in the last 7 days: 1
        + i-quiet i-quiet-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured; would not have fired in the last 7 days
        + i-short i-short-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
        ! shop here: aws counts all that leaves an instance, private traffic too
        ! shop here: 2 of 3 would have fired in the last 7 days (5 are wanted): 20 MB or more in each of 4 periods of 5 min, on average 533.3 kbit/s
    "#]].assert_eq(&shown(&plan, Language::English));
    expect![[r#"
        + i-loud i-loud-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: 没有警报监控其流出流量：连续 4 个 5 min 周期内均不低于 20 MB（平均 533.3 kbit/s），按配置；过去 7 天会触发 1 次
        + i-other i-other-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: 没有警报监控其流出流量：连续 4 个 10 min 周期内均不低于 1 MB（平均 13.3 kbit/s），按实例标签
        + i-own i-own-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: 没有警报监控其流出流量：连续 4 个 5 min 周期内均不低于 1 MB（平均 26.6 kbit/s），按实例标签；过去 7 天会触发 1 次
        + i-quiet i-quiet-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: 没有警报监控其流出流量：连续 4 个 5 min 周期内均不低于 20 MB（平均 533.3 kbit/s），按配置；过去 7 天不会触发
        + i-short i-short-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: 没有警报监控其流出流量：连续 4 个 5 min 周期内均不低于 20 MB（平均 533.3 kbit/s），按配置
        ! shop here：aws 统计实例流出的全部流量，包括内网流量
        ! shop here：过去 7 天内 3 台中有 2 台会触发（共需 5 个）：连续 4 个 5 min 周期内均不低于 20 MB，平均 533.3 kbit/s
    "#]].assert_eq(&shown(&plan, Language::Chinese));
    assert!(
        plan.steps
            .iter()
            .all(|it| it.monthly.as_ref() == Some(&price))
    );
    // Once there is one of ours, nobody asks again.
    let mut later = town;
    later.apply(&plan);
    later.machines.push(crate::sample::machine("i-new", &[]));
    let (_, plan) = watch.look(&later, now());
    assert_eq!(plan.notes, []);
    assert_eq!(plan.steps.len(), 1);
}

#[test]
fn a_past_that_was_not_seen_is_said_and_stops_nothing() {
    check(
        "machine i-a\n unseen traffic",
        &expect![[r#"
        + i-a i-a-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
        ! shop here: what the 1 instances sent out in the last 7 days was not seen (throttled)
    "#]],
    );
}

#[test]
fn an_address_is_measured_where_the_cloud_counts_there() {
    let town = Town::read(&format!(
        "{TOPIC}machine i-a\n machine i-b\n address eip-2 at=i-a\n address eip-1 at=i-a"
    ));
    let mut watch = Watch::default();
    watch
        .settings
        .counts_at_address
        .insert(model::CloudId::new("aws"));
    let (_, plan) = watch.look(&town, now());
    expect![[r#"
        + i-a i-a-网络流出流量警报 at eip-1 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
        + i-b i-b-网络流出流量警报 -> arn:aws:sns:here:1000:ec2-NetworkOut-Alarm: no alarm watches what it sends out: 20 MB or more in each of 4 periods of 5 min (on average 533.3 kbit/s), as configured
        ! shop here: there are no numbers of what the 2 instances sent out in the last 7 days
    "#]].assert_eq(&shown(&plan, Language::English));
}

#[test]
fn two_logins_of_one_identity_make_one_alarm() {
    let town = Town::read(&format!("{TOPIC}machine i-a"));
    let dark = Town::read("unseen alarms");
    let places = [("blind@here", "1000", &dark), ("shop@here", "1000", &town)];
    let (_, plan) = Watch::default().look_at(&places, now());
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].spot.account.as_str(), "shop");
    let places = [("other@here", "2000", &town), ("shop@here", "1000", &town)];
    let (_, plan) = Watch::default().look_at(&places, now());
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn who_could_not_say_who_he_is_changes_nothing() {
    let town = Town::read(&format!("{TOPIC}machine i-a\n unseen identity"));
    let (_, plan) = Watch::default().look(&town, now());
    assert_eq!(plan.steps, []);
}

/// Looks three times, twelve hours apart and a day after, and returns what is removed each time.
fn removed(settings: AlarmSettings, first: &str, then: &str) -> Vec<Vec<String>> {
    let (first, then) = (Town::read(first), Town::read(then));
    let mut watch = Watch::with(settings);
    watch.look(&first, now() - hours(1));
    let looks = [0, 12, 24, 25].map(|it| watch.look(&then, now() + hours(it)).1);
    looks
        .iter()
        .map(|plan| {
            let gone = plan.steps.iter().filter(|it| it.step.destroys().is_some());
            gone.map(|it| it.step.subject()).collect()
        })
        .collect()
}

#[test]
fn our_alarm_goes_a_day_after_its_machine() {
    let town = "machine i-a\n alarm out-a on=i-a ours=i-a\n alarm hers-a on=i-a";
    let gone = "machine i-z\n alarm out-a on=i-a ours=i-a\n alarm hers-a on=i-a";
    let steps = removed(AlarmSettings::default(), town, gone);
    assert_eq!(
        steps,
        [
            vec![],
            vec![],
            vec!["out-a".to_owned()],
            vec!["out-a".to_owned()]
        ]
    );
}

#[test]
fn an_alarm_stays_whose_machine_may_be_there() {
    for then in [
        // A person's.
        "alarm out-a on=i-a",
        // On more than the machine that is gone.
        "machine i-b\n alarm out-a on=i-a,i-b ours=i-a",
        // The list is a filtered one.
        "machine i-a hidden\n alarm out-a on=i-a ours=i-a",
        "alarm out-a on=i-a ours=i-a\n unseen sources",
        "alarm out-a on=i-a ours=i-a\n unseen machines",
        "alarm out-a on=i-a ours=i-a\n unseen alarms",
        // Protected.
        "alarm out-a on=i-a ours=i-a keep",
        // Of several machines, so that it cannot be told whose.
        "alarm out-a on=i-a,i-b made",
        // Stopped, on its way out.
        "machine i-a state=stopped\n alarm out-a on=i-a ours=i-a",
        "machine i-a state=leaving\n alarm out-a on=i-a ours=i-a",
        // Its address is kept.
        "address eip-1\n alarm out-a on=eip-1 ours=i-a",
        "alarm out-a on=eip-1 ours=i-a\n unseen addresses",
        // Not on outgoing traffic.
        "alarm out-a on=i-a ours=i-a metric=CPUUtilization",
    ] {
        let mut settings = AlarmSettings::default();
        let protected = ProtectedTag {
            key: "keep".to_owned(),
            value: None,
        };
        settings.limits.protected.push(protected);
        let steps = removed(settings, "machine i-a\n alarm out-a on=i-a ours=i-a", then);
        assert!(steps.iter().all(Vec::is_empty), "{then}: {steps:?}");
    }
}

#[test]
fn an_alarm_at_an_address_goes_with_both() {
    let town = "machine i-a\n address eip-1 at=i-a\n alarm out-a on=eip-1 ours=i-a";
    let steps = removed(
        AlarmSettings::default(),
        town,
        "alarm out-a on=eip-1 ours=i-a",
    );
    assert_eq!(steps[2], ["out-a"]);
}

#[test]
fn a_look_that_failed_between_does_not_start_the_clock_again() {
    let gone = Town::read("machine i-z\n alarm out-a on=i-a ours=i-a");
    let dark = Town::read("machine i-z\n alarm out-a on=i-a ours=i-a\n unseen sources");
    let mut watch = Watch::default();
    watch.look(&gone, now());
    let (_, plan) = watch.look(&dark, now() + hours(23));
    assert_eq!(plan.steps, []);
    let (_, plan) = watch.look(&gone, now() + hours(24));
    let removed: Vec<&str> = plan.steps.iter().map(|it| it.step.word()).collect();
    assert!(removed.contains(&"delete_alarm"), "{removed:?}");
}

#[test]
fn the_guard_measures_by_what_we_made() {
    let mut text = String::new();
    for index in 0..40 {
        _ = writeln!(
            text,
            "alarm hers-{index} on=i-x{index} metric=CPUUtilization"
        );
    }
    for index in 0..20 {
        _ = writeln!(text, "alarm out-{index} on=i-{index} ours=i-{index}");
    }
    let town = Town::read(&text);
    let mut watch = Watch::default();
    watch.look(&town, now());
    let (_, plan) = watch.look(&town, now() + hours(24));
    assert_eq!(plan.steps.len(), 20);
    assert_eq!(plan.populations[0].total, 20);
    let (approved, refusals) = guard(plan, |_| duty::Limits::default());
    assert!(approved.is_empty());
    assert_eq!(refusals.len(), 1);
}

#[test]
fn what_a_person_should_know_is_found() {
    let text = "
        machine i-a
        machine i-deaf
        machine i-mute
        machine i-lost
        machine i-off
        machine i-group
        target arn:aws:sns:here:1000:quiet quiet listeners=0
        alarm deaf on=i-deaf tells=arn:aws:sns:here:1000:quiet
        alarm mute on=i-mute tells=
        alarm lost on=i-lost tells=arn:aws:sns:here:1000:no-more
        alarm far on=i-lost tells=arn:aws:sns:there:1000:no-more
        alarm off on=i-off off
        alarm left on=i-gone
        alarm left-ours on=i-past ours=i-past
    ";
    let mut watch = Watch::default();
    watch.memory.mishaps.push(duty::Mishap {
        account: model::AccountId::new("shop"),
        region: model::RegionId::new("here"),
        step: "create_alarm".to_owned(),
        subject: ResourceId::new("i-a"),
        since: now() - hours(30),
        why: "LimitExceeded".to_owned(),
    });
    watch.look(&Town::read(text), now());
    expect![[r#"
        new left left alarm=left machine=i-gone ours=false
        new left left-ours alarm=left-ours machine=i-past ours=true
        new no_target here/ec2-NetworkOut-Alarm target=ec2-NetworkOut-Alarm
        new not_made i-a machine=i-a since=2026-11-19T22:00:00Z why=LimitExceeded
        new off off alarm=off machine=i-off ours=false
        new silent deaf alarm=deaf machine=i-deaf ours=false
        new silent lost alarm=lost machine=i-lost ours=false
        new silent mute alarm=mute machine=i-mute ours=false
        new unwatched here count=2 machines=i-a,i-group
    "#]]
    .assert_eq(&watch.shown());
    watch.look(
        &Town::read(&format!("{text}\n unseen alarms")),
        now() + hours(1),
    );
    let frozen = watch.memory.findings.iter().filter(|it| it.frozen).count();
    assert_eq!(frozen, watch.memory.findings.len());
    watch.look(
        &Town::read(&format!("{TOPIC}machine i-a\n alarm out on=i-a")),
        now() + hours(2),
    );
    assert!(
        watch.shown().lines().all(|it| it.starts_with("gone ")),
        "{}",
        watch.shown()
    );
}

#[test]
fn a_cloud_without_alarms_is_left_alone() {
    let watch = Watch::default();
    let town = Town::read("machine i-a");
    let mut census = watch.census(&[("shop@here", "1000", &town)], now());
    let shop = census
        .accounts
        .get_mut(&model::AccountId::new("shop"))
        .unwrap();
    for sight in shop.estate.values_mut() {
        sight.alarms = None;
        sight.alarm_targets = None;
    }
    let plan = plan(&census, &watch.memory, &watch.settings, now());
    assert_eq!((plan.steps.len(), plan.undecided.len()), (0, 0));
    expect![[r#"
        ! shop: alarms of aws cannot be read by this program yet; nothing is made there
    "#]]
    .assert_eq(&shown(&plan, Language::English));
}

#[test]
fn an_alarm_that_may_watch_any_region_is_left_only_when_no_region_has_its_machine() {
    let rule = "alarm hers on=i-far anywhere id=r-1";
    let here = Town::read(&format!("machine i-a\n{rule}"));
    let there = Town::read(&format!("machine i-far\n{rule}"));
    let empty = Town::read(rule);
    let left = |all: Option<&[&str]>, places: &[(&str, &str, &Town)]| {
        let mut watch = Watch::with(AlarmSettings::default());
        watch.regions = all.map(|it| it.iter().map(ToString::to_string).collect());
        watch.look_at(places, now());
        let left = watch.memory.findings.iter();
        let left = left.filter(|it| it.finding.key.kind == "left");
        left.map(|it| it.finding.evidence["region"].clone())
            .collect::<Vec<_>>()
    };
    let none: [String; 0] = [];
    let both = Some(&["here", "there"][..]);
    let (near, far) = (("shop@here", "1000", &here), ("shop@there", "1000", &there));
    assert_eq!(left(both, &[near, far]), none, "it is in the other region");
    assert_eq!(
        left(None, &[near]),
        none,
        "nobody knows which regions there are"
    );
    assert_eq!(left(both, &[near]), none, "one was not looked at");
    let mut blind = empty.clone();
    blind.unseen.insert("machines".to_owned());
    let places = [near, ("shop@there", "1000", &blind)];
    assert_eq!(left(both, &places), none, "one was not seen");
    let hidden = Town::read(&format!("machine i-far hidden\n{rule}"));
    let places = [near, ("shop@there", "1000", &hidden)];
    assert_eq!(left(both, &places), none, "it is not listed, and is there");
    let places = [near, ("shop@there", "1000", &empty)];
    assert_eq!(left(both, &places), ["here"], "it is told once");
    // One whose list is of its region is told by that alone.
    let own = Town::read("machine i-a\n alarm hers on=i-far id=r-1");
    assert_eq!(left(None, &[("shop@here", "1000", &own)]), ["here"]);
}

#[test]
fn an_alarm_that_was_left_stays_told_while_not_every_region_is_looked_at() {
    let rule = "alarm hers on=i-far anywhere id=r-1";
    let (here, there) = (
        Town::read(&format!("machine i-a\n{rule}")),
        Town::read(rule),
    );
    let mut watch = Watch::with(AlarmSettings::default());
    watch.regions = Some(vec!["here".to_owned(), "there".to_owned()]);
    let (near, far) = (("shop@here", "1000", &here), ("shop@there", "1000", &there));
    watch.look_at(&[near, far], now());
    watch.look_at(&[near], now() + hours(24));
    let left = watch.memory.findings.iter();
    let mut left = left.filter(|it| it.finding.key.kind == "left");
    assert_eq!(left.next().unwrap().state.word(), "still");
}
