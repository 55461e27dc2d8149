//! What is told of keys.

use model::KeyState;

use super::*;
use crate::sample::at;

#[test]
fn a_key_is_told_with_what_stands_under_it_and_its_day() {
    let mut world = World::default();
    for (place, state) in [
        KeyState::Disabled,
        KeyState::Leaving {
            at: Some(at("2026-11-28T04:00:00Z")),
        },
        KeyState::Gone,
        KeyState::Unusable("PendingImport".into()),
        KeyState::Withheld,
    ]
    .into_iter()
    .enumerate()
    {
        let machine = format!("i-{place}");
        world.machine(&machine, "web", 1);
        world.set(&machine, now());
        let key = ResourceId::new(format!("key-{place}"));
        world.snapshots[place].key = Some(key.clone());
        world.keys.insert(key, state);
    }
    check(
        &world,
        &Memory::default(),
        [
            expect![[r#"
        # 🚨 有实例没有备份 (red)
        【缺少备份】 **4**
        【检查时间】 2026-11-21 04:00:00 +08:00
        【告警级别】 `URGENT`
        【账号】 data
        ---
        **🚨 没有任何备份（****4****）**
        `i-0` cn-north-1 · web · 现有备份所用的密钥不可用：key-0
        `i-1` cn-north-1 · web · 现有备份所用的密钥不可用：key-1
        `i-2` cn-north-1 · web · 现有备份所用的密钥不可用：key-2
        `i-3` cn-north-1 · web · 现有备份所用的密钥不可用：key-3
        ---
        **🔑 密钥不可用，用它加密的备份无法恢复（****3****）**
        `key-0` cn-north-1 · 已禁用 · 快照 1 个 · 快照组 1 组 · 实例 1 台 · i-0 没有其他备份
        `key-2` cn-north-1 · 密钥已不存在 · 快照 1 个 · 快照组 1 组 · 实例 1 台 · i-2 没有其他备份
        `key-3` cn-north-1 · PendingImport · 快照 1 个 · 快照组 1 组 · 实例 1 台 · i-3 没有其他备份
        ---
        **⏳ 密钥即将删除，用它加密的备份将永远无法恢复（****1****）**
        `key-1` cn-north-1 · 将于 2026-11-28 12:00:00 +08:00 删除 · 快照 1 个 · 快照组 1 组 · 实例 1 台 · i-1 没有其他备份
        ---
        **❔ 无法判断用该密钥加密的备份能否恢复（****1****）**
        `key-4` cn-north-1 · 属于其他账号，无权查看 · 快照 1 个 · 快照组 1 组 · 实例 1 台
        ---
        现有 5 台实例的 **1** 组完整快照，每月约 **15.00 ¥**
        已查看 10/10 个范围。
    "#]],
            expect![[r#"
        # 🚨 Machines without a backup (red)
        [Without a backup] **4**
        [Time] 2026-11-21 04:00:00 +08:00
        [Level] `URGENT`
        [Account] data
        ---
        **🚨 No copy at all (****4****)**
        `i-0` cn-north-1 · web · its copies stand under a key that cannot be used: key-0
        `i-1` cn-north-1 · web · its copies stand under a key that cannot be used: key-1
        `i-2` cn-north-1 · web · its copies stand under a key that cannot be used: key-2
        `i-3` cn-north-1 · web · its copies stand under a key that cannot be used: key-3
        ---
        **🔑 The key cannot be used: nothing under it can be restored (****3****)**
        `key-0` cn-north-1 · switched off · snapshots: 1 · sets: 1 · machines: 1 · no other copy of i-0
        `key-2` cn-north-1 · there is no such key any more · snapshots: 1 · sets: 1 · machines: 1 · no other copy of i-2
        `key-3` cn-north-1 · PendingImport · snapshots: 1 · sets: 1 · machines: 1 · no other copy of i-3
        ---
        **⏳ The key goes, and with it for good what stands under it (****1****)**
        `key-1` cn-north-1 · goes on 2026-11-28 12:00:00 +08:00 · snapshots: 1 · sets: 1 · machines: 1 · no other copy of i-1
        ---
        **❔ Whether what stands under the key can be restored cannot be told (****1****)**
        `key-4` cn-north-1 · another account's, who does not let us see it · snapshots: 1 · sets: 1 · machines: 1
        ---
        Kept: **1** whole sets of 5 machines, about **15.00 ¥** a month
        Scopes seen: 10/10.
    "#]],
        ],
    );
}

#[test]
fn a_key_that_was_told_stays_while_it_cannot_be_seen_and_is_over_when_it_can_be_used() {
    let mut world = World::default();
    world.machine("i-1", "web", 1);
    world.set("i-1", now());
    let key = ResourceId::new("key-1");
    world.snapshots[0].key = Some(key.clone());
    world.keys.insert(key.clone(), KeyState::Disabled);
    let memory = Memory {
        findings: known(&world, &Memory::default()),
        ..Memory::default()
    };
    let of_key = |world: &World| {
        let found = known(world, &memory).into_iter();
        let mut found = found.filter(|it| it.finding.key.resource == ResourceId::new("key-1"));
        let it = found.next().unwrap();
        (it.state, it.frozen)
    };
    for blind in [Blind::Keys, Blind::Snapshots] {
        let mut world = world.clone();
        world.blind.insert(blind);
        assert_eq!(of_key(&world), (FindingState::New, true), "{blind:?}");
    }
    world.keys.insert(key, KeyState::Usable);
    assert_eq!(of_key(&world), (FindingState::Gone, false));
}
