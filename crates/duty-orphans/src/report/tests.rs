use cloud::Hint;
use duty::{FindingState, Memory, Notified};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use model::{AccountId, Charge, CloudId, Expiry, Renewal};
use testkit::message_text;

use super::*;
use crate::sample::{Fault, Town, Watch, at, audience, minutes, now, scene};
use crate::settings::OrphanSettings;

mod robots;

/// Returns a watch that calls Tencent's machines what people call them.
fn watch(defaults: OrphanSettings) -> Watch {
    let mut watch = Watch::with(defaults);
    let words = &mut watch.settings.machine_words;
    words.insert(CloudId::new("tencent"), "CVM".into());
    watch
}

fn written(watch: &Watch, census: &cloud::Census, language: Language) -> Option<Letter> {
    let audience = audience(&["game"], language);
    letter(&watch.settings, &audience, &scene(census, &watch.memory))
}

/// Looks at a town each so many minutes after ten, and checks the digest of the last look.
fn check(town: &Town, at_minutes: &[i64], settings: OrphanSettings, expected: [Expect; 2]) {
    let mut watch = watch(settings);
    let mut census = None;
    for minute in at_minutes {
        census = Some(watch.look(town, now() + minutes(*minute)));
    }
    let census = census.unwrap();
    let languages = [Language::Chinese, Language::English];
    for (language, expected) in languages.into_iter().zip(expected) {
        let letter = written(&watch, &census, language);
        expected.assert_eq(&letter.map_or("nothing\n".into(), |it| message_text(&it.message)));
    }
}

/// Marks everything that is open as told at its severity.
fn told(memory: &mut Memory, at: Timestamp) {
    for known in &mut memory.findings {
        known.notified = Some(Notified {
            at,
            severity: known.finding.severity,
        });
    }
}

/// Returns what is said between two digests.
fn news(watch: &Watch, census: &cloud::Census) -> Option<String> {
    let memory = &watch.memory;
    let scene = Scene {
        last_digest: Some(census.taken),
        ..scene(census, memory)
    };
    let audience = audience(&["game"], Language::Chinese);
    let letter = letter(&watch.settings, &audience, &scene)?;
    assert!(!letter.is_digest);
    Some(message_text(&letter.message))
}

fn two_orphans() -> Town {
    let mut town = Town::read(
        "
        cluster cls-1 name=prod vpc=vpc-1
        cluster cls-2 name=test vpc=vpc-1
        machine ins-aaaa1111 name-of=cls-1 label=team:web vpc=vpc-1 ip=10.0.0.11 public=1.2.3.4
        machine ins-bbbb2222 tag=cls-gone label=app:db label=owner:alice ip=10.0.0.12 state=stopped
        ",
        now(),
    );
    let second = &mut town.machines[1];
    second.charge = Charge::Prepaid;
    second.renewal = Some(Renewal::Auto { months: Some(1) });
    second.expiry = Expiry::At(at("2026-12-31T16:00:00Z"));
    town
}

#[test]
fn the_well_known_alarm_has_its_well_known_words_and_what_a_decision_needs() {
    check(
        &two_orphans(),
        &[0, 60],
        OrphanSettings::default(),
        [
            expect![[r#"
            # 🚨 孤儿 CVM 实例告警 (red)
            【实例总数】 **2**
            【发生时间】 2026-11-21 11:00:00 +08:00
            【告警级别】 `WARNING`
            【账号】 game
            ---
            ## 📌 孤儿实例明细
            - 1️⃣ **`ins-aaaa1111`**
              名称: tke_cls-1_worker
              内网IP: `10.0.0.11`
              公网IP: `1.2.3.4`
              标签: team=web
              位置: ap-beijing-3 · vpc-1
              规格: S5.LARGE8 · 按量计费 · 创建于 2026-11-19
              原集群: prod (cls-1)
              依据: 名称 tke_cls-1_worker
              核对: 集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群
              首次发现: 2026-11-21 10:00:00 +08:00
            - 2️⃣ **`ins-bbbb2222`**
              内网IP: `10.0.0.12`
              标签: app=db, owner=alice, tke-clusterId=cls-gone
              位置: ap-beijing-3
              规格: S5.LARGE8 · 包年包月 · 创建于 2026-11-19 · 到期 2027-01-01
              原集群: cls-gone（集群已删除）
              依据: 标签 tke-clusterId=cls-gone
              核对: 它所属的集群已不存在；第二来源也确认它不属于任何集群
              首次发现: 2026-11-21 10:00:00 +08:00
              备注: 已关机；已设置自动续费，会继续扣费；仅有集群标签，且从未见过它是节点：标签可能是复制来的
            ---
            ## 📊 快速汇总（便于复制）
            **实例ID（按量计费）：** ins-aaaa1111
            **实例ID（包年包月）：** ins-bbbb2222
            **内网IP：** 10.0.0.11,10.0.0.12
            ---
            已查看 11/11 个范围。
            @ alice
        "#]],
            expect![[r#"
            # 🚨 Orphaned CVM instances (red)
            [Instances] **2**
            [Time] 2026-11-21 11:00:00 +08:00
            [Level] `WARNING`
            [Account] game
            ---
            ## 📌 Orphaned instances
            - 1️⃣ **`ins-aaaa1111`**
              Name: tke_cls-1_worker
              Private IP: `10.0.0.11`
              Public IP: `1.2.3.4`
              Tags: team=web
              Where: ap-beijing-3 · vpc-1
              Type: S5.LARGE8 · on demand · made 2026-11-19
              Cluster of origin: prod (cls-1)
              Rests on: name tke_cls-1_worker
              Checked: not among the nodes of cls-1, cls-2; a second source says it is in no cluster
              First seen: 2026-11-21 10:00:00 +08:00
            - 2️⃣ **`ins-bbbb2222`**
              Private IP: `10.0.0.12`
              Tags: app=db, owner=alice, tke-clusterId=cls-gone
              Where: ap-beijing-3
              Type: S5.LARGE8 · prepaid · made 2026-11-19 · ends 2027-01-01
              Cluster of origin: cls-gone (deleted)
              Rests on: tag tke-clusterId=cls-gone
              Checked: its cluster no longer exists; a second source says it is in no cluster
              First seen: 2026-11-21 10:00:00 +08:00
              Note: stopped; renews by itself and goes on costing; a cluster tag is all there is, and it was never seen as a node: the tag may have been copied
            ---
            ## 📊 Summary, to be copied
            **Instance IDs (on demand):** ins-aaaa1111
            **Instance IDs (prepaid):** ins-bbbb2222
            **Private IPs:** 10.0.0.11,10.0.0.12
            ---
            Scopes seen: 11/11.
            @ alice
        "#]],
        ],
    );
}

#[test]
fn what_is_not_proven_has_sections_of_its_own_with_the_reason() {
    let mut town = Town::read(
        "
        cluster cls-1 name=prod vpc=vpc-1
        cluster cls-dead vpc=vpc-2
        cluster cls-new vpc=vpc-3 unsettled
        unseen nodes cls-dead
        machine ins-left tag=cls-1 vpc=vpc-1 ip=10.0.0.11
        machine ins-dark-1 tag=cls-dead vpc=vpc-2
        machine ins-dark-2 tag=cls-dead vpc=vpc-2
        machine ins-new tag=cls-new vpc=vpc-3 says=silent
        machine ins-js label=app:nodejs
        machine ins-bin tag=cls-1 state=recycled
        ",
        now(),
    );
    town.machines[0].name = "worker".into();
    let settings = OrphanSettings {
        hints: vec![Hint::Word("node".into())],
        ..OrphanSettings::default()
    };
    check(
        &town,
        &[0],
        settings,
        [
            expect![[r#"
        # 🔎 孤儿实例巡检提示 (orange)
        【发生时间】 2026-11-21 10:00:00 +08:00
        【告警级别】 `NOTICE`
        【账号】 game
        ---
        ## ⏳ 疑似孤儿（1）：再次查看后才能确认
        - 1️⃣ **`ins-left`**
          名称: worker
          内网IP: `10.0.0.11`
          标签: tke-clusterId=cls-1
          位置: ap-beijing-3 · vpc-1
          规格: S5.LARGE8 · 按量计费 · 创建于 2026-11-19
          原集群: prod (cls-1)
          依据: 标签 tke-clusterId=cls-1
          首次发现: 2026-11-21 10:00:00 +08:00
          可确认时间: 2026-11-21 10:30:00 +08:00
          备注: 仅有集群标签，且从未见过它是节点：标签可能是复制来的
        ---
        ## ❔ 无法判断（3）
        集群 cls-dead 的节点未能查看 (2): `ins-dark-1`, `ins-dark-2`
        集群 cls-new 正在创建、删除或异常，节点列表可能不全；第二来源没有给出结论 (1): `ins-new`
        ---
        ## 💡 仅有弱线索（1）：名称或标签里有配置的关键词，不能证明属于集群
        `ins-js`
        ---
        另有 1 台集群机器已隔离或在回收站，将自动销毁。
        已查看 11/12 个范围，{red **1**} 个未看到：
        `game/ap-beijing/node@cls-dead`：无法连接或没有应答
    "#]],
            expect![[r#"
        # 🔎 Orphan patrol: please note (orange)
        [Time] 2026-11-21 10:00:00 +08:00
        [Level] `NOTICE`
        [Account] game
        ---
        ## ⏳ Suspects (1): another look will tell
        - 1️⃣ **`ins-left`**
          Name: worker
          Private IP: `10.0.0.11`
          Tags: tke-clusterId=cls-1
          Where: ap-beijing-3 · vpc-1
          Type: S5.LARGE8 · on demand · made 2026-11-19
          Cluster of origin: prod (cls-1)
          Rests on: tag tke-clusterId=cls-1
          First seen: 2026-11-21 10:00:00 +08:00
          To be confirmed after: 2026-11-21 10:30:00 +08:00
          Note: a cluster tag is all there is, and it was never seen as a node: the tag may have been copied
        ---
        ## ❔ Cannot be told (3)
        the nodes of cluster cls-dead were not seen (2): `ins-dark-1`, `ins-dark-2`
        cluster cls-new is being made or deleted, or broken: its list of nodes may not be whole; the second source does not say (1): `ins-new`
        ---
        ## 💡 Weak hints alone (1): a word of the config in a name or tag proves nothing
        `ins-js`
        ---
        Cluster instances that are isolated or in the recycle bin, and will end by themselves: 1.
        Scopes seen: 11/12, not seen: {red **1**}:
        `game/ap-beijing/node@cls-dead`: could not be reached or did not answer
    "#]],
        ],
    );
}

#[test]
fn a_suspect_alone_waits_for_the_digest() {
    let mut watch = watch(OrphanSettings::default());
    let census = watch.look(&two_orphans(), now());
    assert_eq!(watch.verdict("ins-aaaa1111"), "suspect");
    assert_eq!(news(&watch, &census), None);
    let census = watch.look(&two_orphans(), now() + minutes(60));
    assert!(news(&watch, &census).is_some());
}

#[test]
fn news_are_the_new_orphans_and_say_what_else_there_is() {
    let mut town = two_orphans();
    let mut watch = watch(OrphanSettings::default());
    watch.look(&town, now());
    watch.look(&town, now() + minutes(60));
    told(&mut watch.memory, now() + minutes(60));
    let more = Town::read(
        "
        machine ins-cccc3333 tag=cls-1 vpc=vpc-1
        machine ins-dddd4444 tag=cls-1 vpc=vpc-1 says=silent
        ",
        now(),
    );
    town.machines.extend(more.machines);
    town.opinions.extend(more.opinions);
    let census = watch.look(&town, now() + minutes(120));
    assert_eq!(news(&watch, &census), None);
    let census = watch.look(&town, now() + minutes(180));
    expect![[r#"
        # 🚨 孤儿 CVM 实例告警 (red)
        【实例总数】 **3**（新增 **1**）
        【发生时间】 2026-11-21 13:00:00 +08:00
        【告警级别】 `WARNING`
        【账号】 game
        ---
        ## 📌 孤儿实例明细
        - 1️⃣ **`ins-cccc3333`**
          标签: tke-clusterId=cls-1
          位置: ap-beijing-3 · vpc-1
          规格: S5.LARGE8 · 按量计费 · 创建于 2026-11-19
          原集群: prod (cls-1)
          依据: 标签 tke-clusterId=cls-1
          核对: 集群 cls-1, cls-2 的节点列表里没有它；第二来源也确认它不属于任何集群
          首次发现: 2026-11-21 12:00:00 +08:00
          备注: 仅有集群标签，且从未见过它是节点：标签可能是复制来的
        ---
        ## 📊 快速汇总（便于复制）
        **实例ID：** ins-cccc3333
        ---
        另有 2 台已告警的孤儿、1 个无法判断，见每日汇总。
        已查看 11/11 个范围。
    "#]]
    .assert_eq(&news(&watch, &census).unwrap());
}

#[test]
fn the_same_orphans_are_told_once_and_in_the_same_words_each_day() {
    let town = two_orphans();
    let mut watch = watch(OrphanSettings::default());
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(60));
    let words = |watch: &Watch, census: &cloud::Census| {
        let text = message_text(&written(watch, census, Language::Chinese).unwrap().message);
        let mut lines: Vec<&str> = text.lines().collect();
        // The time is another one, and nobody is called a second time.
        lines.retain(|it| !it.contains("发生时间") && !it.starts_with('@'));
        let lines = lines.into_iter();
        lines.map(|it| format!("{it}\n")).collect::<String>()
    };
    let first = words(&watch, &census);
    told(&mut watch.memory, census.taken);
    let mut shuffled = town.clone();
    shuffled.machines.reverse();
    shuffled.clusters.reverse();
    let census = watch.look(&shuffled, now() + minutes(24 * 60));
    assert_eq!(news(&watch, &census), None);
    assert_eq!(words(&watch, &census), first);
}

#[test]
fn what_people_were_told_of_and_is_gone_is_told() {
    let mut watch = watch(OrphanSettings::default());
    watch.look(&two_orphans(), now());
    watch.look(&two_orphans(), now() + minutes(60));
    told(&mut watch.memory, now() + minutes(60));
    let mut town = two_orphans();
    town.machines.clear();
    let census = watch.look(&town, now() + minutes(120));
    let states = watch.memory.findings.iter().map(|it| it.state);
    assert!(states.eq([FindingState::Gone, FindingState::Gone]));
    expect![[r#"
        # ✅ 孤儿实例告警已解除 (green)
        【发生时间】 2026-11-21 12:00:00 +08:00
        【账号】 game
        ---
        已解除 **2** 个：实例 `ins-aaaa1111`, 实例 `ins-bbbb2222`
        已查看 11/11 个范围。
    "#]]
    .assert_eq(&news(&watch, &census).unwrap());
}

#[test]
fn an_orphan_that_was_told_is_not_told_again_because_a_source_was_dead() {
    let town = two_orphans();
    let mut dark = town.clone();
    dark.faults.insert(Fault::Clusters);
    let mut watch = watch(OrphanSettings::default());
    watch.look(&town, now());
    watch.look(&town, now() + minutes(60));
    told(&mut watch.memory, now() + minutes(60));
    let census = watch.look(&dark, now() + minutes(120));
    assert_eq!(news(&watch, &census), None);
    // Even after a digest that said it cannot be told now.
    told(&mut watch.memory, now() + minutes(120));
    let census = watch.look(&town, now() + minutes(180));
    assert_eq!(watch.verdict("ins-aaaa1111"), "orphan");
    assert_eq!(news(&watch, &census), None);
}

#[test]
fn silence_is_never_taken_for_all_is_well() {
    let mut town = Town::read("cluster cls-1\n node cls-1 ins-1\n machine ins-1", now());
    check(
        &town,
        &[0],
        OrphanSettings::default(),
        [
            expect![[r#"
            # ✅ 孤儿实例巡检正常 (green)
            孤儿实例巡检运行正常：在已查看的范围内，没有孤儿实例和闲置资源。
            【发生时间】 2026-11-21 10:00:00 +08:00
            【账号】 game
            已查看 9/9 个范围。
        "#]],
            expect![[r#"
            # ✅ Orphan patrol: all is well (green)
            The orphan patrol is running: in all that was seen there is no orphaned instance and no unused resource.
            [Time] 2026-11-21 10:00:00 +08:00
            [Account] game
            Scopes seen: 9/9.
        "#]],
        ],
    );
    town.faults.insert(Fault::Clusters);
    check(
        &town,
        &[0],
        OrphanSettings::default(),
        [
            expect![[r#"
            # ⚠️ 孤儿实例巡检不完整 (orange)
            【发生时间】 2026-11-21 10:00:00 +08:00
            【账号】 game
            ---
            已查看 7/8 个范围，{red **1**} 个未看到：
            `game/ap-beijing/cluster`：无法连接或没有应答
        "#]],
            expect![[r#"
            # ⚠️ Orphan patrol: not everything was seen (orange)
            [Time] 2026-11-21 10:00:00 +08:00
            [Account] game
            ---
            Scopes seen: 7/8, not seen: {red **1**}:
            `game/ap-beijing/cluster`: could not be reached or did not answer
        "#]],
        ],
    );
}

#[test]
fn the_list_is_cut_and_says_so_and_the_summary_is_whole() {
    let lines: String = (100..130)
        .map(|it| format!("machine ins-{it} tag=cls-1\n"))
        .collect();
    let town = Town::read(&format!("cluster cls-1\n{lines}"), now());
    let mut watch = watch(OrphanSettings {
        max_list_length: 3,
        level: "CRITICAL".into(),
        ..OrphanSettings::default()
    });
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(60));
    let message = written(&watch, &census, Language::Chinese).unwrap().message;
    let text = message_text(&message);
    assert!(text.contains("(shown 3 of 30)"), "{text}");
    assert!(text.contains("【告警级别】 `CRITICAL`"), "{text}");
    let ids = message.blocks.iter().find_map(|it| match it {
        Block::Values { values, .. } => Some(values.len()),
        _ => None,
    });
    assert_eq!(ids, Some(30));
}

#[test]
fn names_and_tags_stay_data_and_long_ones_are_cut() {
    let mut town = Town::read("cluster cls-1\n machine ins-1 tag=cls-1", now());
    town.machines[0].name = format!("@all <at id=all> ](http://x) {}", "长".repeat(500));
    for index in 0..40 {
        let tags = &mut town.machines[0].tags;
        tags.insert(format!("key-{index:02}"), "x".repeat(300));
    }
    let mut watch = watch(OrphanSettings::default());
    watch.look(&town, now());
    let census = watch.look(&town, now() + minutes(60));
    let message = written(&watch, &census, Language::English).unwrap().message;
    let Some(Block::Items { items, .. }) = message
        .blocks
        .iter()
        .find(|it| matches!(it, Block::Items { .. }))
    else {
        panic!("no list")
    };
    let longest = items[0].rows.iter().flat_map(|(_, line)| line);
    let longest = longest.map(|it| it.text.chars().count()).max().unwrap();
    assert!(longest <= 10 * 83 + 3, "{longest}");
    assert!(message.mention.is_empty());
}

#[test]
fn several_accounts_are_named_and_each_audience_reads_its_own() {
    let town = two_orphans();
    let mut watch = watch(OrphanSettings::default());
    let accounts = [("game", "1000", &town), ("shop", "2000", &town)];
    watch.look_at(&accounts, now());
    let census = watch.look_at(&accounts, now() + minutes(60));
    let titles = &mut watch.settings.titles;
    titles.insert(AccountId::new("game"), "游戏".into());
    let read = |names: &[&str]| {
        let audience = audience(names, Language::Chinese);
        let letter = letter(&watch.settings, &audience, &scene(&census, &watch.memory));
        message_text(&letter.unwrap().message)
    };
    let both = read(&["game", "shop"]);
    assert!(both.contains("【实例总数】 **4**"), "{both}");
    assert!(both.contains("【账号】 游戏 等 2 个账号"), "{both}");
    assert!(both.contains("位置: 游戏 · ap-beijing-3"), "{both}");
    let one = read(&["shop"]);
    assert!(one.contains("【实例总数】 **2**"), "{one}");
    assert!(one.contains("【账号】 shop"), "{one}");
    assert!(!one.contains("游戏"), "{one}");
}
