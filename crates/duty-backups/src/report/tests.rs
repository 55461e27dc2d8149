use duty::{FindingState, KnownFinding, Memory, Mishap, Notified, Takes, reconcile};
use expect_test::{Expect, expect};
use model::{
    AccountId, CopyNote, CopyNoteSort, CopyState, Covers, ImageUse, Language, MachineState,
    Protection, RegionId, ResourceId,
};
use testkit::message_text;

use super::*;
use crate::sample::{Blind, World, days, now, settings};
use crate::settings::{BackupSettings, ImageRhythm};

mod keys;
mod robots;

/// One of everything that can be found.
pub(super) fn troubled() -> (World, Memory) {
    let mut world = World::default();
    let bare = world.machine("i-bare", "支付*网关*", 1);
    bare.tags.insert("owner".into(), "li".into());
    world.machine("i-old", "db", 2);
    world.machine("i-off", "report", 1).state = MachineState::Stopped;
    world.machine("i-part", "cache", 2);
    world.machine("i-gone", "legacy", 1);
    world.machine("i-fine", "web", 1);
    world.set("i-gone", now() - days(40));
    world.terminate("i-gone");
    world.set("i-old", now() - days(5));
    world.machines[2].state = MachineState::Running;
    world.set("i-off", now() - days(9));
    world.machines[2].state = MachineState::Stopped;
    world.set("i-fine", now());
    world.set("i-part", now() - days(1));
    world.set("i-part", now());
    world.snapshots.last_mut().unwrap().state = CopyState::Failed;
    let held = world.image("ami-1", vec![], now() - days(50));
    held.name = "web-2026-40".into();
    held.tags.insert("AutoAMI".into(), "true".into());
    held.tags
        .insert("skywarden:set".into(), "i-fine/20261001T200000Z".into());
    let newer = world.images[0].clone();
    world.image("ami-2", vec![], now()).tags = newer.tags;
    world.uses.push(ImageUse {
        image: ResourceId::new("ami-1"),
        user: "lt-0abc".into(),
    });
    world.protections.push(Protection {
        policy: ResourceId::new("policy-1"),
        service: "dlm".into(),
        active: true,
        covers: Covers::MachinesTagged([("owner".to_owned(), "li".to_owned())].into()),
    });
    let memory = Memory {
        mishaps: vec![Mishap {
            account: AccountId::new("data"),
            region: RegionId::new("cn-north-1"),
            step: "create_set".into(),
            subject: ResourceId::new("i-old"),
            since: now() - days(4),
            why: "SnapshotLimitExceeded: the quota of 100,000 snapshots is used up".into(),
        }],
        ..Memory::default()
    };
    (world, memory)
}

/// Assesses a world, and remembers what was found.
pub(super) fn known(world: &World, memory: &Memory) -> Vec<KnownFinding> {
    let settings = settings(BackupSettings::default());
    let census = world.census(now());
    let found = crate::assess(&census, memory, &settings, now());
    let covered = census.coverage().into_iter();
    let whole = covered.filter(|it| it.sight.is_ok()).map(|it| it.scope);
    reconcile(&memory.findings, found, &whole.collect(), now()).known
}

pub(super) fn written(
    world: &World,
    known: &[KnownFinding],
    language: Language,
    last_digest: Option<jiff::Timestamp>,
) -> Option<Letter> {
    let memory = Memory::default();
    let census = world.census(now());
    let scene = Scene {
        census: &census,
        memory: &memory,
        known,
        now: now(),
        last_digest,
    };
    let audience = Audience {
        channel: "ops".into(),
        language,
        takes: vec![Takes::Accounts([AccountId::new("data")].into())],
    };
    let mut settings = settings(BackupSettings::default());
    let price = Money::parse("0.3", model::Currency::new("CNY")).unwrap();
    settings.prices.insert(model::CloudId::new("aws"), price);
    letter(&settings, &audience, &scene)
}

fn check(world: &World, memory: &Memory, expected: [Expect; 2]) {
    let known = known(world, memory);
    let languages = [Language::Chinese, Language::English];
    for (language, expected) in languages.into_iter().zip(expected) {
        let letter = written(world, &known, language, None);
        expected.assert_eq(&letter.map_or("nothing\n".into(), |it| message_text(&it.message)));
    }
}

#[test]
fn everything_that_can_be_found_is_told() {
    let (world, memory) = troubled();
    check(
        &world,
        &memory,
        [
            expect![[r#"
                # 🚨 有实例没有备份 (red)
                【缺少备份】 **3**
                【检查时间】 2026-11-21 04:00:00 +08:00
                【告警级别】 `URGENT`
                【账号】 data
                ---
                **🚨 没有任何备份（****1****）**
                `i-bare` cn-north-1 · 支付*网关* · 云上自带策略：dlm policy-1
                ---
                **⏰ 最近的备份太旧（****2****）**
                `i-old` cn-north-1 · db · 最近备份 2026-11-16 04:00:03 +08:00
                `i-off` cn-north-1 · report · stopped · 最近备份 2026-11-12 04:00:03 +08:00
                ---
                **❌ 未完成（****1****）**
                `i-old` cn-north-1 · db · 快照 · 始于 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up
                ---
                **🧩 最近一组快照不完整（****1****）**
                `i-part` cn-north-1 · cache · 2026-11-21 04:00:00 +08:00 的快照组 · 2 块盘中 1 块可用
                ---
                **🔒 已过期但被占用的镜像（****1****）**
                `ami-1` cn-north-1 · web-2026-40 · 实例 i-fine · 创建于 2026-10-02 04:00:00 +08:00 · 占用者 lt-0abc
                ---
                **📦 实例已不存在，最后一份备份保留到有人决定为止（****1****）**
                `i-gone` cn-north-1 · legacy · 最近备份 2026-10-12 04:00:03 +08:00 · 2026-10-12 04:00:00 +08:00 的快照组 · 10 GiB
                ---
                现有 5 台实例的 **5** 组完整快照，每月约 **27.45 ¥**
                已查看 10/10 个范围。
                @ li
            "#]],
            expect![[r#"
                # 🚨 Machines without a backup (red)
                [Without a backup] **3**
                [Time] 2026-11-21 04:00:00 +08:00
                [Level] `URGENT`
                [Account] data
                ---
                **🚨 No copy at all (****1****)**
                `i-bare` cn-north-1 · 支付*网关* · the cloud keeps copies itself: dlm policy-1
                ---
                **⏰ The newest copy is too old (****2****)**
                `i-old` cn-north-1 · db · newest copy 2026-11-16 04:00:03 +08:00
                `i-off` cn-north-1 · report · stopped · newest copy 2026-11-12 04:00:03 +08:00
                ---
                **❌ Not done (****1****)**
                `i-old` cn-north-1 · db · snapshots · since 2026-11-17 04:00:00 +08:00 · SnapshotLimitExceeded: the quota of 100,000 snapshots is used up
                ---
                **🧩 The newest set is not whole (****1****)**
                `i-part` cn-north-1 · cache · set of 2026-11-21 04:00:00 +08:00 · 1 of 2 disks
                ---
                **🔒 Images past their time that something holds (****1****)**
                `ami-1` cn-north-1 · web-2026-40 · of i-fine · made 2026-10-02 04:00:00 +08:00 · held by lt-0abc
                ---
                **📦 The machine is gone; its last copy stays until a person decides (****1****)**
                `i-gone` cn-north-1 · legacy · newest copy 2026-10-12 04:00:03 +08:00 · set of 2026-10-12 04:00:00 +08:00 · 10 GiB
                ---
                Kept: **5** whole sets of 5 machines, about **27.45 ¥** a month
                Scopes seen: 10/10.
                @ li
            "#]],
        ],
    );
}

#[test]
fn a_day_on_which_all_is_well_is_one_short_letter() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    world.set("i-1", now());
    check(
        &world,
        &Memory::default(),
        [
            expect![[r#"
                # ✅ 备份正常 (green)
                需要备份的实例都有新的备份。
                【检查时间】 2026-11-21 04:00:00 +08:00
                【账号】 data
                现有 1 台实例的 **1** 组完整快照，每月约 **9.00 ¥**
                已查看 10/10 个范围。
            "#]],
            expect![[r#"
                # ✅ Backups: all is well (green)
                Every machine that ought to have a copy has a fresh one.
                [Time] 2026-11-21 04:00:00 +08:00
                [Account] data
                Kept: **1** whole sets of 1 machines, about **9.00 ¥** a month
                Scopes seen: 10/10.
            "#]],
        ],
    );
}

#[test]
fn what_was_not_seen_is_said_and_calls_nobody_unprotected() {
    let mut world = World::default();
    world.machine("i-1", "web", 2);
    world.blind.insert(Blind::Snapshots);
    check(
        &world,
        &Memory::default(),
        [
            expect![[r#"
                # ⚠️ 备份检查不完整 (orange)
                【检查时间】 2026-11-21 04:00:00 +08:00
                【账号】 data
                ---
                已查看 8/9 个范围，{red **1**} 个未看到：
                `data/cn-north-1/snapshot`：持续被限流
            "#]],
            expect![[r#"
                # ⚠️ Backups: not everything was seen (orange)
                [Time] 2026-11-21 04:00:00 +08:00
                [Account] data
                ---
                Scopes seen: 8/9, not seen: {red **1**}:
                `data/cn-north-1/snapshot`: throttled all the time
            "#]],
        ],
    );
}

#[test]
fn between_two_digests_only_what_is_new_and_grave_is_told() {
    let (world, memory) = troubled();
    let mut known = known(&world, &memory);
    let letter = written(&world, &known, Language::Chinese, Some(now())).unwrap();
    let kinds: Vec<&str> = letter.tells.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["incomplete", "not_done", "stale", "unprotected"]);
    assert_eq!(letter.message.mention, ["li"]);
    for it in &mut known {
        it.notified = Some(Notified {
            at: now(),
            severity: it.finding.severity,
        });
    }
    assert_eq!(
        written(&world, &known, Language::Chinese, Some(now())),
        None
    );
    for it in &mut known {
        it.state = FindingState::Gone;
    }
    let letter = written(&world, &known, Language::English, Some(now())).unwrap();
    expect![[r#"
        # ✅ Backups: resolved (green)
        [Time] 2026-11-21 04:00:00 +08:00
        [Account] data
        ---
        Resolved since (**4**): `i-old`, `i-bare`, `i-old`, `i-part`
        Scopes seen: 10/10.
    "#]]
    .assert_eq(&message_text(&letter.message));
}

#[test]
fn copies_by_whatever_means_count_when_they_are_of_all_disks_and_young() {
    let kinds = |change: fn(&mut World)| {
        let mut world = World::default();
        world.machine("i-1", "web", 2);
        change(&mut world);
        let known = known(&world, &Memory::default());
        let kinds = known.iter().map(|it| it.finding.key.kind.clone());
        kinds.collect::<Vec<_>>()
    };
    fn copied(world: &mut World, ages: &[i64]) {
        for (disk, age) in ages.iter().enumerate() {
            let id = crate::sample::disk_id("i-1", disk);
            world.snapshot(&id, 10, now() - days(*age));
        }
    }
    assert_eq!(kinds(|_| ()), ["unprotected"]);
    assert!(kinds(|it| copied(it, &[1, 0])).is_empty());
    assert_eq!(kinds(|it| copied(it, &[0])), ["unprotected"]);
    assert_eq!(kinds(|it| copied(it, &[2, 0])), ["stale"]);
    assert!(kinds(|it| it.machines[0].tags.clear()).is_empty());
    assert!(kinds(|it| it.machines[0].created = Some(now() - days(1))).is_empty());
}

#[test]
fn a_step_that_was_not_done_is_told_on_the_first_day() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    world.set("i-1", now() - days(1));
    let memory = Memory {
        mishaps: vec![Mishap {
            account: AccountId::new("data"),
            region: RegionId::new("cn-north-1"),
            step: "create_set".into(),
            subject: ResourceId::new("i-1"),
            since: now(),
            why: "the key is disabled".into(),
        }],
        ..Memory::default()
    };
    let known = known(&world, &memory);
    let letter = written(&world, &known, Language::English, Some(now())).unwrap();
    expect![[r#"
        # ⚠️ Backups: something was not done (orange)
        [Time] 2026-11-21 04:00:00 +08:00
        [Level] `WARNING`
        [Account] data
        ---
        **❌ Not done (****1****)**
        `i-1` cn-north-1 · web · snapshots · since 2026-11-21 04:00:00 +08:00 · the key is disabled
        ---
        Scopes seen: 10/10.
    "#]]
    .assert_eq(&message_text(&letter.message));
}

#[test]
fn a_reason_is_said_in_both_languages_and_an_unknown_one_by_its_word() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    let settings = settings(BackupSettings {
        image: ImageRhythm::Off,
        ..BackupSettings::default()
    });
    let plan = crate::plan(&world.census(now()), &settings, now());
    let reason = &plan.steps[0].reason;
    let said = [Language::Chinese, Language::English].map(|it| explain(reason, it));
    expect![[r#"
        2026-11-21 04:00 +08:00 起的这一期还没有快照组：1 块盘，10 GiB
        no set yet of the period from 2026-11-21 04:00 +08:00: 1 disks, 10 GiB"#]]
    .assert_eq(&said.join("\n"));
    let unknown = duty::Reason::new("of_tomorrow", []);
    assert_eq!(explain(&unknown, Language::English), "of_tomorrow");
}

#[test]
fn a_finding_stays_while_a_list_that_it_rests_on_is_not_seen() {
    let (world, memory) = troubled();
    let mut memory = Memory {
        findings: known(&world, &memory),
        ..memory
    };
    let open = |memory: &Memory| {
        let known = memory.findings.iter();
        known.filter(|it| it.state != FindingState::Gone).count()
    };
    assert_eq!(open(&memory), 7);
    for blind in [
        Blind::Machines,
        Blind::Disks,
        Blind::Snapshots,
        Blind::Images,
        Blind::Uses,
        Blind::ById,
        Blind::Unasked,
        Blind::Protections,
        Blind::Identity,
    ] {
        let mut world = world.clone();
        world.blind.insert(blind);
        memory.findings = known(&world, &memory);
        assert_eq!(open(&memory), 7, "{blind:?}");
    }
}

#[test]
fn what_costs_and_stands_in_no_list_is_told_until_it_is_over() {
    let note = |about: &str, sort, zones: &[&str], until: i64| CopyNote {
        about: ResourceId::new(about),
        sort,
        zones: zones.iter().map(ToString::to_string).collect(),
        until: (until > 0).then(|| now() + days(until)),
    };
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    world.set("i-1", now());
    world.notes = vec![
        note(
            "snap-7",
            CopyNoteSort::FastRestore,
            &["cn-north-1a", "cn-north-1b"],
            0,
        ),
        note("snap-8", CopyNoteSort::BinnedSnapshot, &[], 3),
        note("snap-9", CopyNoteSort::BinnedSnapshot, &[], 14),
        note("ami-9", CopyNoteSort::BinnedImage, &[], 7),
    ];
    let first = known(&world, &Memory::default());
    let told = |known: &[KnownFinding]| {
        let rows = known.iter().map(|it| {
            let (key, facts) = (&it.finding.key, &it.finding.evidence);
            let facts: Vec<String> = facts
                .iter()
                .filter(|it| !["cloud", "identity", "region"].contains(&it.0.as_str()))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let state = if it.frozen { "unseen" } else { it.state.word() };
            format!("{state} {} {} {}", key.kind, key.resource, facts.join(" "))
        });
        rows.collect::<Vec<_>>().join("\n") + "\n"
    };
    expect![[r#"
        new fast_restore snap-7 zones=cn-north-1a,cn-north-1b
        new recycle_bin cn-north-1/recycle-bin images=1 snapshots=2 until=2026-12-04T20:00:00Z
    "#]]
    .assert_eq(&told(&first));
    let memory = Memory {
        findings: first,
        ..Memory::default()
    };
    world.notes.clear();
    world.blind.insert(Blind::Notes);
    let blind = known(&world, &memory);
    assert!(blind.iter().all(|it| it.frozen), "not seen is not gone");
    world.blind.clear();
    let after = known(&world, &memory);
    assert!(after.iter().all(|it| it.state == FindingState::Gone));
}
