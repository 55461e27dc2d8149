//! Configurations that cannot be used: told before anything is asked, sent or made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use cloudsim::Prepaid;

use crate::house::Said;
use crate::scene::{Scene, day, shop};

const KEY_FILE: &str = ".local/share/skywarden/skywarden.key";

fn scene() -> Scene {
    let mut scene = Scene::of([shop().prepaid(Prepaid::new("rds", "rm-1", day(3)))]);
    scene.dingtalk("ops");
    scene
}

/// Checks that a patrol was refused as wrongly configured and has touched nothing.
#[track_caller]
fn refused(scene: &Scene, said: &Said, words: &[&str]) {
    assert_eq!(said.code, 2, "{said}");
    assert_eq!(said.stdout, "", "{said}");
    for word in words {
        assert!(said.stderr.contains(word), "{word:?} is not in {said}");
    }
    assert_eq!(scene.sim.stats().connections, 0, "the cloud was asked");
    assert_eq!(scene.robots.calls("ops"), 0, "a robot was told");
    assert!(!scene.store_path().exists(), "a store was made");
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
    let mut scene = scene();
    scene.patrol_key("warn_day = 3");
    let said = scene.patrol();
    refused(&scene, &said, &["warn_day", "did you mean `warn_days`"]);
}

#[test]
fn toml_that_cannot_be_read_is_shown_with_line_column_and_caret() {
    let scene = scene();
    scene
        .house
        .configure(&format!("{}\n[patrol\nwarn_days = 3\n", scene.config()));
    let line = scene.config().lines().count() + 2;
    let said = scene.house.run(&["patrol"]);
    refused(
        &scene,
        &said,
        &[&format!("skywarden.toml:{line}:8"), "[patrol", "       ^"],
    );
}

#[test]
fn a_secret_that_is_missing_is_named_with_who_wants_it() {
    let mut scene = scene();
    scene.channel_table(
        "lark",
        "kind = \"feishu\"\nwebhook = { env = \"NOT_SET\" }\n",
    );
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &["channels.lark.webhook", "NOT_SET", "hint: set NOT_SET"],
    );
}

#[test]
fn a_sealed_secret_that_is_missing_is_named_with_the_command_that_seals_it() {
    let mut scene = scene();
    scene
        .house
        .run_with(&["seal", "set", "other"], "something\n");
    scene.channel_table(
        "lark",
        "kind = \"feishu\"\nwebhook = { sealed = \"lark\" }\n",
    );
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "channels.lark.webhook",
            "hint: seal it with `skywarden seal set lark`",
        ],
    );
}

#[test]
fn the_wrong_key_for_the_sealed_file_is_refused_by_its_fingerprint() {
    let mut scene = scene();
    for name in ["shop.access_key_id", "shop.access_key_secret"] {
        scene.house.run_with(&["seal", "set", name], "something\n");
    }
    scene.credentials("shop", "{ sealed = \"shop\" }");
    scene.house.set(
        "SKYWARDEN_KEY",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    );
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "accounts.shop.credentials",
            "hint: give the key with the fingerprint",
        ],
    );
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let mut scene = scene();
    for name in ["shop.access_key_id", "shop.access_key_secret"] {
        scene.house.run_with(&["seal", "set", name], "something\n");
    }
    scene.credentials("shop", "{ sealed = \"shop\" }");
    fs::set_permissions(
        scene.house.path(KEY_FILE),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let said = scene.patrol();
    refused(&scene, &said, &[&format!("chmod 600 HOME/{KEY_FILE}")]);
}

#[test]
fn two_accounts_with_one_name_are_refused() {
    let scene = scene();
    let account = "[accounts.shop]\ncloud = \"aliyun\"\ncredentials = { env = \"KEY0\" }\n";
    scene
        .house
        .configure(&format!("{}\n{account}", scene.config()));
    let said = scene.house.run(&["patrol"]);
    refused(
        &scene,
        &said,
        &["skywarden.toml:", "shop", "this key is here twice"],
    );

    scene.house.configure(&format!(
        "{}\n{}",
        scene.config(),
        account.replace("shop", "Shop")
    ));
    let said = scene.house.run(&["patrol"]);
    refused(
        &scene,
        &said,
        &["two accounts have one name: `shop` and `Shop`"],
    );
}

#[test]
fn a_configuration_of_the_working_directory_runs_no_commands() {
    let mut scene = scene();
    let witness = scene.house.path("witness");
    let command = format!(
        "{{ command = [\"/usr/bin/touch\", {:?}] }}",
        witness.display().to_string()
    );
    scene.credentials("shop", &command);
    scene.house.write("skywarden.toml", &scene.config());
    let said = scene.house.run(&["patrol"]);
    refused(
        &scene,
        &said,
        &[
            "may not run commands",
            "hint: if you trust this file, name it with --config",
        ],
    );
    assert!(!witness.exists(), "the command was run");

    // Named by its user, the same file may; the program then gives no credentials.
    let said = scene.house.run(&["patrol", "--config", "skywarden.toml"]);
    assert_eq!(said.code, 4, "{said}");
    assert!(witness.exists());
}

#[test]
fn a_webhook_at_a_metadata_service_is_refused() {
    let mut scene = scene();
    scene
        .house
        .set("LARK", "http://100.100.100.200/latest/meta-data/");
    scene.channel_table("lark", "kind = \"feishu\"\nwebhook = { env = \"LARK\" }\n");
    let said = scene.patrol();
    refused(
        &scene,
        &said,
        &[
            "channels.lark.webhook",
            "100.100.100.200",
            "metadata service",
        ],
    );
}
