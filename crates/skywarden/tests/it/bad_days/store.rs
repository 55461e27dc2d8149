//! Stores that are full, read-only, held or too new.

use std::time::Duration;

use cloudsim::Prepaid;
use store::{Access, StoreOptions};

use crate::house::Said;
use crate::scene::{SHOP, Scene, day, shop};

fn scene() -> Scene {
    let mut scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    scene.dingtalk("ops");
    scene
}

/// Returns a scene that has patrolled once, with nothing counted and nobody told since.
fn lived_in() -> Scene {
    let scene = scene();
    assert_eq!(scene.patrol().code, 0);
    assert_eq!(scene.robots.messages("ops").len(), 1);
    // News, of which nobody must hear before the store has it.
    scene.sim.world().edit(SHOP, |it| {
        it.prepaid.add(Prepaid::new("rds", "rm-2", day(3)));
    });
    scene.sim.reset_stats();
    scene
}

/// Checks that the store's trouble was told, and that nothing else was done.
#[track_caller]
fn refused(scene: &Scene, said: &Said, words: &[&str]) {
    assert_eq!(said.code, 7, "{said}");
    for word in words {
        assert!(said.stderr.contains(word), "{word:?} is not in {said}");
    }
    assert_eq!(said.stdout, "", "{said}");
    assert_eq!(scene.sim.stats().calls, 0, "the cloud was asked");
    assert!(scene.robots.calls("ops") <= 1, "somebody was told");
}

/// Checks that the next run works as if nothing had been.
#[track_caller]
fn works_again(scene: &mut Scene) {
    scene.house.store_options = StoreOptions::default();
    let report = scene.report();
    assert_eq!(report.said.code, 0, "{}", report.said);
    assert_eq!(
        report.findings(),
        ["shop expiry rm-1 still", "shop expiry rm-2 new"]
    );
    assert_eq!(scene.robots.messages("ops").len(), 2);
}

#[test]
fn a_store_without_room_to_be_made_is_told_before_the_cloud_is_asked() {
    let mut scene = scene();
    scene.house.store_options.max_pages = Some(2);
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "there is no room left for the store HOME/",
            "hint: free some disk space for HOME/",
        ],
    );
    assert_eq!(scene.robots.calls("ops"), 0);
}

#[test]
fn a_store_that_fills_up_in_mid_run_keeps_what_it_had_and_nobody_is_told() {
    let mut scene = lived_in();
    for number in 0..400 {
        let row = Prepaid::new("rds", format!("rm-more-{number}"), day(300));
        scene
            .sim
            .world()
            .edit(SHOP, |it| it.prepaid.add(row.clone()));
    }
    scene.patrol_key("warn_days = 365");
    // No more pages than there are.
    scene.house.store_options.max_pages = Some(1);
    let said = scene.patrol();
    assert_eq!(said.code, 7, "{said}");
    assert!(
        said.stderr
            .contains("there is no room left for the store HOME/"),
        "{said}"
    );
    assert!(said.stderr.contains("nothing was half written"), "{said}");
    assert_eq!(said.stdout, "", "{said}");
    assert_eq!(
        scene.robots.calls("ops"),
        1,
        "somebody was told of what the store did not take"
    );

    let listed = scene.run(&["findings", "list", "-o", "jsonl"]);
    assert_eq!(listed.stdout.lines().count(), 1, "{listed}");
    scene.house.store_options = StoreOptions::default();
    let report = scene.report();
    assert_eq!((report.said.code, report.findings().len()), (0, 402));
    assert!(scene.robots.messages("ops").len() >= 2);
}

#[test]
fn a_read_only_store_is_told_before_the_cloud_is_asked() {
    let mut scene = lived_in();
    scene.house.store_options.access = Access::ReadOnly;
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "cannot ",
            "the store HOME/.local/state/skywarden/skywarden.db is read-only",
            "hint: let this user write HOME/",
        ],
    );
    works_again(&mut scene);
}

#[test]
fn a_store_that_another_program_holds_is_told_before_the_cloud_is_asked() {
    let mut scene = lived_in();
    scene.house.store_options.lock_patience = Duration::from_millis(50);
    let said = scene.on_store(async |stranger| {
        stranger.execute("BEGIN IMMEDIATE").await.unwrap();
        tokio::task::block_in_place(|| scene.patrol())
    });
    refused(
        &scene,
        &said,
        &[
            "is held by another process",
            "hint: wait for the other skywarden that uses HOME/",
        ],
    );
    works_again(&mut scene);
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let scene = lived_in();
    scene.on_store(async |stranger| {
        let newer = "INSERT INTO _sqlx_migrations SELECT 99, description, installed_on, success, \
                     checksum, execution_time FROM _sqlx_migrations LIMIT 1";
        stranger.execute(newer).await.unwrap();
    });
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "its schema is version 99, this program knows ",
            "hint: use the newer skywarden that wrote HOME/",
        ],
    );
}

#[test]
fn a_store_that_is_no_database_is_told_and_not_overwritten() {
    let scene = scene();
    let text = "This is a letter to my grandmother, and no database at all.\n".repeat(99);
    scene
        .house
        .write(".local/state/skywarden/skywarden.db", &text);
    let said = scene.patrol();
    refused(&scene, &said, &["the store HOME/"]);
    assert_eq!(
        scene.house.read(".local/state/skywarden/skywarden.db"),
        text
    );
    assert_eq!(scene.robots.calls("ops"), 0);
}
