use duty::Mute;
use expect_test::expect;
use model::Language;
use testkit::message_text;

use super::*;
use crate::sample::{Town, Watch, audience, hours, now, scene};

const TOWN: &str = "
    machine i-a
    machine i-b tag=owner:li
    machine i-off
    target arn:aws:sns:here:1000:quiet quiet listeners=0
    alarm mute on=i-b tells=
    alarm off on=i-off off
    alarm left on=i-gone
    alarm left-ours on=i-past ours=i-past
";

fn told(watch: &Watch, census: &cloud::Census, language: Language) -> Option<Letter> {
    letter(
        &watch.settings,
        &audience(language),
        &scene(census, &watch.memory),
    )
}

#[test]
fn the_digest_names_everything_the_worst_first() {
    let mut watch = Watch::default();
    let (census, _) = watch.look(&Town::read(TOWN), now());
    let letter = told(&watch, &census, Language::English).unwrap();
    assert!(letter.is_digest);
    assert_eq!(letter.tells.len(), watch.memory.findings.len());
    assert_eq!(letter.message.mention, ["li"]);
    expect![[r#"
        # 🔔 Traffic alarms: please note (orange)
        [Time] 2026-11-21 12:00:00 +08:00
        [Account] shop
        ---
        ## 📭 Nobody to tell (1)
        here: there is no ec2-NetworkOut-Alarm; skywarden apply alarms --create-topic makes it
        ---
        ## 🔇 Alarms that tell nobody (1)
        here: mute of i-b tells nobody who listens
        ---
        ## ⏸ Alarms that are switched off (1)
        here: off of i-off is switched off
        ---
        ## 👀 Instances without an alarm
        here: **1** (i-a); skywarden plan alarms shows what would be made
        ---
        ## 🧹 Alarms whose instance is gone (2)
        here: left of i-gone
        here: left-ours of i-past, made by us: the plan removes it
        ---
        Scopes seen: 6/6.
        @ li
    "#]]
    .assert_eq(&message_text(&letter.message));
    let letter = told(&watch, &census, Language::Chinese).unwrap();
    expect![[r#"
        # 🔔 流量警报：请处理 (orange)
        【时间】2026-11-21 12:00:00 +08:00
        【账号】shop
        ---
        ## 📭 通知对象不存在（1）
        here：ec2-NetworkOut-Alarm 不存在；用 skywarden apply alarms --create-topic 创建
        ---
        ## 🔇 没有通知任何人的警报（1）
        here：i-b 的 mute 没有通知到任何人
        ---
        ## ⏸ 已停用的警报（1）
        here：i-off 的 off 已停用
        ---
        ## 👀 没有警报的实例
        here：**1** 台（i-a）；用 skywarden plan alarms 查看将创建的警报
        ---
        ## 🧹 实例已不存在的警报（2）
        here：left（i-gone）
        here：left-ours（i-past），由我们创建，计划会将其清理
        ---
        已查看 6/6 个范围。
        @ li
    "#]]
    .assert_eq(&message_text(&letter.message));
}

#[test]
fn what_was_not_seen_is_said() {
    let mut watch = Watch::default();
    let (census, _) = watch.look(&Town::read("unseen alarms"), now());
    let letter = told(&watch, &census, Language::English).unwrap();
    expect![[r#"
        # ⚠️ Traffic alarms: not everything was seen (orange)
        [Time] 2026-11-21 12:00:00 +08:00
        [Account] shop
        ---
        Scopes seen: 4/5, not seen: {red **1**}:
        `shop/here/alarm`: throttled all the time
    "#]]
    .assert_eq(&message_text(&letter.message));
}

#[test]
fn nothing_to_tell_is_silence_or_a_sign_of_life_where_that_is_asked() {
    let town = Town::read("machine i-a\n alarm out on=i-a\n target arn:1:x ec2-NetworkOut-Alarm");
    let mut watch = Watch::default();
    let (census, _) = watch.look(&town, now());
    assert_eq!(told(&watch, &census, Language::English), None);
    watch.settings.defaults.ping = true;
    let letter = told(&watch, &census, Language::English).unwrap();
    expect![[r#"
        # ✅ Traffic alarms: all is well (green)
        In all that was seen, every instance that ought to have a traffic alarm has one, and someone hears it.
        [Time] 2026-11-21 12:00:00 +08:00
        [Account] shop
        Scopes seen: 5/5.
    "#]].assert_eq(&message_text(&letter.message));
}

#[test]
fn what_is_resolved_is_told_once_and_what_is_muted_is_not_told() {
    let mut watch = Watch::default();
    watch.look(&Town::read(TOWN), now());
    for known in &mut watch.memory.findings {
        known.notified = Some(duty::Notified {
            at: now(),
            severity: known.finding.severity,
        });
        if known.finding.key.kind == "off" {
            known.muted = Some(Mute {
                until: now() + hours(100),
                reason: "moves".into(),
                by: "li".into(),
            });
        }
    }
    let after = "machine i-off\n alarm off on=i-off off\n target arn:1:x ec2-NetworkOut-Alarm";
    let (census, _) = watch.look(&Town::read(after), now() + hours(1));
    let letter = told(&watch, &census, Language::English).unwrap();
    expect![[r#"
        # ✅ Traffic alarms: resolved (green)
        [Time] 2026-11-21 13:00:00 +08:00
        [Account] shop
        ---
        Resolved: 5.
        Muted: 1.
        Scopes seen: 5/5.
    "#]]
    .assert_eq(&message_text(&letter.message));
}
