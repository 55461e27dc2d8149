//! `skywarden demo`: three clouds, and what goes wrong on them, without a key and without waiting.

use std::fs;
use std::path::Path;

use cloudsim::estate::demo::{aws, clusters, tencent};

use crate::house::{House, Said};

/// A demo that was run, and what it printed, part by part.
struct Shown {
    said: Said,
    patrol: String,
    first: String,
    second: String,
    plan: String,
    robots: String,
}

/// Runs the demo, and clears its home away.
fn demo(language: &str, receives: &str) -> Shown {
    let house = House::new().with_lasting_chance();
    let said = house.run(&["demo", "--lang", language]);
    assert_eq!(said.code, 0, "{said}");
    let config = said
        .stderr
        .split_whitespace()
        .find(|it| it.ends_with("skywarden.toml"));
    let config = Path::new(config.unwrap().rsplit('：').next().unwrap());
    let text = fs::read_to_string(config).unwrap();
    for name in ["shop", "game", "data"] {
        assert!(
            text.contains(&format!("credentials = {{ sealed = \"{name}\" }}")),
            "{text}"
        );
    }
    for secret in [
        "demo-shop-secret",
        "demo-arcade-secret",
        "demo-warehouse-secret",
    ] {
        assert!(!text.contains(secret) && house.leaks(secret).is_empty());
    }
    fs::remove_dir_all(config.ancestors().nth(3).unwrap()).unwrap();

    let robots = said.stdout.find(receives).unwrap();
    let (reports, robots) = said.stdout.split_at(robots);
    let mut parts = reports.split("── skywarden ").skip(1).map(str::to_owned);
    let mut part = || parts.next().unwrap();
    let (patrol, first, second, plan) = (part(), part(), part(), part());
    let robots = robots.to_owned();
    Shown {
        said,
        patrol,
        first,
        second,
        plan,
        robots,
    }
}

/// Returns the row of a table that is about `id`.
fn row<'a>(table: &'a str, id: &str) -> &'a str {
    let mut rows = table.lines().filter(|it| it.contains(id));
    rows.next()
        .unwrap_or_else(|| panic!("{id} is not in {table}"))
}

#[test]
fn the_demo_shows_an_orphan_a_suspect_an_unseen_cluster_what_ended_and_who_is_short_of_money() {
    let shown = demo("en", "── ops (dingtalk)");

    assert!(
        row(&shown.patrol, "ins-d3m0over").contains("expired"),
        "{}",
        shown.patrol
    );
    assert!(
        row(&shown.patrol, "rm-bp1shoporders").contains("expired"),
        "{}",
        shown.patrol
    );
    assert!(
        row(&shown.patrol, "m6i.xlarge").contains("data"),
        "{}",
        shown.patrol
    );
    for account in ["game", "lobby"] {
        let is_low = |it: &&str| it.trim_start().starts_with(account) && it.contains(" low ");
        assert!(
            shown.patrol.lines().any(|it| is_low(&it)),
            "{}",
            shown.patrol
        );
    }

    // The first look proves nothing; the second one, an hour later, does.
    for orphan in [clusters::ORPHAN, tencent::ORPHAN, aws::ORPHAN] {
        assert!(
            row(&shown.first, orphan).contains("suspect"),
            "{}",
            shown.first
        );
        assert!(
            row(&shown.second, orphan).contains("orphan"),
            "{}",
            shown.second
        );
    }
    assert!(row(&shown.second, tencent::ORPHAN).contains(tencent::CLUSTER));
    assert!(row(&shown.second, clusters::ORPHAN).contains(clusters::PRODUCTION));
    // Who left its cluster after the first look is none yet.
    assert!(!shown.first.contains(clusters::SUSPECT), "{}", shown.first);
    assert!(
        row(&shown.second, clusters::SUSPECT).contains("suspect"),
        "{}",
        shown.second
    );
    // The nodes of a cluster are not spoken of, those of the unseen one neither.
    for node in [
        "ins-d3m0wk01",
        "ins-d3m0nat1",
        "ins-d3m0sh01",
        "i-uf6demoworker1",
    ] {
        assert!(!shown.second.contains(node), "{}", shown.second);
    }
    // Whoever left the unseen one may be in it all the same: nobody can say.
    let left = row(&shown.second, tencent::UNTOLD);
    assert!(
        left.contains("unknown") && left.contains(&format!("nodes_unseen:{}", tencent::SILENT))
    );
    let unseen = format!("game/{}/node@{}", tencent::SILENT_REGION, tencent::SILENT);
    assert!(shown.second.contains(&unseen), "{}", shown.second);
    assert!(shown.second.contains("[InternalError]"), "{}", shown.second);
    // Its cluster is gone, and no other one shares its network.
    assert!(row(&shown.second, aws::ORPHAN).contains("reports"));
    assert!(
        row(&shown.second, "eip-uf6demounused").contains("unused"),
        "{}",
        shown.second
    );

    // A backup is due, and whom alarms would tell is not there yet.
    let due = row(&shown.plan, aws::DATABASE);
    assert!(due.contains("create_set"), "{}", shown.plan);
    assert!(shown.plan.contains("--create-topic"), "{}", shown.plan);
    for robot in ["ops (dingtalk)", "feishu (feishu)", "wecom (wecom)"] {
        assert!(shown.robots.contains(robot), "{}", shown.robots);
    }
    assert!(
        shown.robots.contains("To be confirmed after"),
        "{}",
        shown.robots
    );
    assert!(
        shown.robots.contains("Orphaned instances"),
        "{}",
        shown.robots
    );
    assert!(
        shown
            .said
            .stderr
            .contains("The patrol ended with 3, the looks for orphans with 3 and 3")
    );
}

#[test]
fn the_demo_speaks_chinese_too() {
    let shown = demo("zh-CN", "── ops（dingtalk）");
    assert!(
        shown.said.stderr.contains("模拟的阿里云、腾讯云与 AWS"),
        "{}",
        shown.said
    );
    assert!(
        shown
            .said
            .stderr
            .contains("巡检以 3 退出，两次孤儿检查以 3 和 3 退出"),
        "{}",
        shown.said
    );
    assert!(row(&shown.second, tencent::ORPHAN).contains("orphan"));
    assert!(shown.robots.contains("孤儿"), "{}", shown.robots);
}
