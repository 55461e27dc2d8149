//! `skywarden patrol -o ics`: the calendar of everything that ends.

use cloudsim::world::upkeep::Event;
use cloudsim::{Effect, Fault, Instance, Prepaid, Renewal};
use insta::assert_snapshot;

use crate::scene::{Scene, day, shop};

fn scene() -> Scene {
    let name = "商城前端，第一台; 与\\后端, 同机架的那一台很长很长的名字\r\nEND:VEVENT";
    let auto = Prepaid {
        renewal: Renewal::Auto,
        ..Prepaid::new("rds", "rm-auto", day(12))
    };
    let shop = shop()
        .prepaid(Prepaid::new("ecs", "i-web", day(3)))
        .instance(Instance::new("i-web", name, day(-9)).tag("owner", "li"))
        .prepaid(Prepaid::new("rds", "rm-far", day(100)))
        .prepaid(auto);
    Scene::of([shop])
}

#[test]
fn what_ends_is_a_calendar_in_both_languages() {
    let scene = scene();
    let said = scene.run(&["patrol", "--no-send", "-o", "ics"]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!("en", said.stdout.replace("\r\n", "\n"));
    let lines = said.stdout.split_terminator("\r\n");
    for line in lines {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    let ends = said.stdout.matches("\r\nEND:VEVENT\r\n").count();
    assert_eq!(ends, said.stdout.matches("BEGIN:VEVENT\r\n").count());
    let said = scene.run(&["patrol", "--no-send", "-o", "ics", "--lang", "zh-CN"]);
    assert_snapshot!("zh", said.stdout.replace("\r\n", "\n"));
}

#[test]
fn the_same_things_keep_their_ids_from_run_to_run() {
    let scene = scene();
    let ids = || {
        let said = scene.run(&["patrol", "--no-send", "-o", "ics"]);
        let ids = said.stdout.lines().filter(|it| it.starts_with("UID:"));
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = ids();
    assert_eq!(before.len(), 2);
    assert_eq!(ids(), before);
    // The one that was to end has ended, and the other one was renewed.
    scene.go_by(jiff::SignedDuration::from_hours(24 * 4));
    assert_eq!(ids(), before[..1]);
}

#[test]
fn a_calendar_that_is_not_whole_says_so_and_exits_with_3() {
    let scene = scene();
    let broken = Fault::new(Effect::Status { status: 502 });
    scene
        .sim
        .faults()
        .add(broken.action("QueryAvailableInstances"));
    let said = scene.run(&["patrol", "--no-send", "-o", "ics"]);
    assert_eq!(said.code, 3, "{said}");
    let whole = said.stdout.replace("\r\n ", "");
    assert!(whole.contains("X-WR-CALDESC:Not whole: 1 of "), "{said}");
    assert!(whole.contains("shop/global/prepaid"), "{said}");
}

#[test]
fn only_the_patrol_makes_a_calendar() {
    let scene = scene();
    for command in [&["orphans"][..], &["findings", "list"], &["whoami"]] {
        let said = scene.run(&[command, &["-o", "ics"]].concat());
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said}");
        assert!(said.stderr.contains("skywarden patrol -o ics"), "{said}");
    }
}

#[test]
fn what_is_planned_for_machines_is_told_once_it_is_asked_for() {
    let machine = cloudsim::world::machines::Machine::new("i-old", "old", day(-90));
    let shop = shop().holding("cn-beijing", |held| {
        held.add_machine(machine);
        let code = "SystemMaintenance.Reboot";
        held.add_event(Event::new("e-1", "i-old", code, day(-1), day(2)));
    });
    let mut scene = Scene::of([shop]);
    scene.account_key("shop", "regions = [\"cn-beijing\"]");
    let report = scene.report();
    assert_eq!(report.findings(), [""; 0]);
    scene.patrol_key("maintenance = true");
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(report.findings(), ["shop maintenance e-1 new"]);
    let said = scene.run(&["patrol", "--no-send", "-o", "ics"]);
    assert!(
        said.stdout.contains("UID:patrol/shop/e-1@skywarden"),
        "{said}"
    );
}
