use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;
use secrecy::ExposeSecret as _;
use vault::{MasterKey, Vault};

use crate::house::House;

const CANARY: &str = "CANARY-seal-5d2b";
const KEY_FILE: &str = ".local/share/skywarden/skywarden.key";
const SEALED: &str = ".config/skywarden/skywarden.sealed";

fn opened(house: &House, name: &str) -> String {
    let key = MasterKey::from_file(&house.path(KEY_FILE)).unwrap();
    let vault = Vault::open(&house.path(SEALED), key).unwrap();
    vault.get(name).unwrap().expose_secret().to_owned()
}

#[test]
fn the_first_secret_makes_a_key_that_only_the_user_may_read_and_says_where() {
    let house = House::new();
    let said = house.run_with(&["seal", "set", "ops.webhook"], &format!("{CANARY}\n"));
    assert_snapshot!("first_en", said);
    assert_eq!(house.mode(KEY_FILE), 0o600);
    assert_eq!(house.mode(SEALED), 0o600);
    assert_eq!(opened(&house, "ops.webhook"), CANARY);
    let said = house.run_with(&["seal", "set", "ops.webhook"], "another\n");
    assert_snapshot!("replaced_en", said);
    assert_eq!(opened(&house, "ops.webhook"), "another");
    assert_eq!(house.leaks(CANARY), [""; 0]);
}

#[test]
fn the_same_in_chinese() {
    let house = House::new();
    let set = ["--lang", "zh-CN", "seal", "set", "ops.webhook"];
    assert_snapshot!("first_zh", house.run_with(&set, CANARY));
    assert_snapshot!("list_zh", house.run(&["--lang", "zh-CN", "seal", "list"]));
    assert_snapshot!(
        "remove_unknown_zh",
        house.run(&["--lang", "zh-CN", "seal", "remove", "other"])
    );
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let house = House::new();
    for secret in [
        CANARY.to_owned(),
        format!("--value={CANARY}"),
        format!("-{CANARY}"),
    ] {
        let said = house.run(&["seal", "set", "ops", &secret]);
        assert_eq!(said.code, 2, "{said}");
        assert!(!house.path(SEALED).exists());
    }
    assert_snapshot!("argv", house.run(&["seal", "set", "ops", CANARY]));
    assert_eq!(house.leaks(CANARY), [""; 0]);
}

#[test]
fn nothing_is_made_when_nothing_is_given() {
    let house = House::new();
    let said = house.run_with(&["seal", "set", "ops"], "\n");
    assert_eq!(said.code, 2);
    assert!(!house.path(KEY_FILE).exists());
    let said = house.run_with(&["seal", "set", "not a name"], CANARY);
    assert_snapshot!("bad_name", said);
    assert!(!house.path(KEY_FILE).exists());
}

#[test]
fn names_are_listed_and_values_are_not() {
    let house = House::new();
    assert_snapshot!("list_empty", house.run(&["seal", "list"]));
    for name in ["b", "a"] {
        house.run_with(&["seal", "set", name], CANARY);
    }
    assert_snapshot!("list_en", house.run(&["seal", "list"]));
    assert_eq!(
        house.run(&["seal", "list", "-o", "jsonl"]).stdout,
        "{\"name\":\"a\"}\n{\"name\":\"b\"}\n"
    );
    assert_eq!(house.leaks(CANARY), [""; 0]);
}

#[test]
fn what_is_removed_is_gone_and_who_still_wants_it_is_named() {
    let house = House::new();
    house.run_with(&["seal", "set", "hook"], CANARY);
    house.configure("[channels.ops]\nkind = \"feishu\"\nwebhook = { sealed = \"hook\" }\n");
    assert_snapshot!("removed", house.run(&["seal", "remove", "hook"]));
    let said = house.run(&["seal", "remove", "hook"]);
    assert_eq!(said.code, 2);
    assert_eq!(house.run(&["seal", "list"]).stdout, "");
}

#[test]
fn a_lost_key_is_not_replaced_by_a_new_one() {
    let house = House::new();
    house.run_with(&["seal", "set", "a"], CANARY);
    fs::remove_file(house.path(KEY_FILE)).unwrap();
    let said = house.run_with(&["seal", "set", "b"], CANARY);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("there is no key here"), "{said}");
    assert!(
        said.stderr
            .contains("hint: set SKYWARDEN_KEY, or put the key file at HOME/")
    );
    assert!(!house.path(KEY_FILE).exists());
}

#[test]
fn a_key_file_that_others_may_read_and_a_wrong_key_are_refused() {
    let mut house = House::new();
    house.run_with(&["seal", "set", "a"], CANARY);
    fs::set_permissions(house.path(KEY_FILE), fs::Permissions::from_mode(0o644)).unwrap();
    assert_snapshot!(
        "open_key_file",
        house.run_with(&["seal", "set", "b"], CANARY)
    );
    fs::set_permissions(house.path(KEY_FILE), fs::Permissions::from_mode(0o600)).unwrap();
    let key = MasterKey::generate().to_base64().expose_secret().to_owned();
    house.set("SKYWARDEN_KEY", &key);
    let said = house.run(&["seal", "list"]);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr
            .contains("does not open HOME/.config/skywarden/skywarden.sealed")
    );
    assert_eq!(house.leaks(&key), [""; 0]);
}

#[test]
fn secrets_lie_beside_the_configuration_that_is_named() {
    let house = House::new();
    house.write("etc/prod.toml", "[vault]\nkey_file = \"keys/prod.key\"\n");
    let said = house.run_with(&["--config", "etc/prod.toml", "seal", "set", "a"], CANARY);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(house.mode("etc/keys/prod.key"), 0o600);
    assert!(house.path("etc/prod.sealed").exists());
    assert!(!house.path(KEY_FILE).exists());
    // One that is yet to be written has its place too.
    let said = house.run_with(&["--config", "new/x.toml", "seal", "set", "a"], CANARY);
    assert_eq!(said.code, 0, "{said}");
    assert!(house.path("new/x.sealed").exists());
}

#[test]
fn a_rotated_key_opens_everything_and_the_old_one_is_kept() {
    let house = House::new();
    house.run_with(&["seal", "set", "a"], CANARY);
    let old = MasterKey::from_file(&house.path(KEY_FILE))
        .unwrap()
        .fingerprint();
    let said = house.run(&["seal", "key", "rotate"]);
    let kept = format!("{KEY_FILE}.{old}.old");
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!(
        "rotated",
        said.to_string().replace(&old.to_string(), "FINGERPRINT")
    );
    assert_eq!((house.mode(KEY_FILE), house.mode(&kept)), (0o600, 0o600));
    assert_ne!(
        MasterKey::from_file(&house.path(KEY_FILE))
            .unwrap()
            .fingerprint(),
        old
    );
    assert_eq!(
        MasterKey::from_file(&house.path(&kept))
            .unwrap()
            .fingerprint(),
        old
    );
    assert_eq!(opened(&house, "a"), CANARY);
}

#[test]
fn a_rotation_that_was_cut_off_is_taken_up_wherever_it_stopped() {
    // Before the sealed file was written: the new key is there, nothing needs it yet.
    let house = House::new();
    house.run_with(&["seal", "set", "a"], CANARY);
    let new = MasterKey::generate();
    new.write_key_file(&house.path(&format!("{KEY_FILE}.new")))
        .unwrap();
    assert_eq!(house.run(&["seal", "key", "rotate"]).code, 0);
    assert_eq!(opened(&house, "a"), CANARY);
    // After it: only the new key opens the file.
    let newer = MasterKey::generate();
    newer
        .write_key_file(&house.path(&format!("{KEY_FILE}.new")))
        .unwrap();
    let current = MasterKey::from_file(&house.path(KEY_FILE)).unwrap();
    let mut vault = Vault::open(&house.path(SEALED), current).unwrap();
    vault.rotate(newer).unwrap();
    assert_eq!(house.run(&["seal", "list"]).code, 2);
    assert_eq!(house.run(&["seal", "key", "rotate"]).code, 0);
    assert_eq!(opened(&house, "a"), CANARY);
    assert!(!house.path(&format!("{KEY_FILE}.new")).exists());
}

#[test]
fn a_key_from_the_environment_is_rotated_into_a_file_that_is_named() {
    let mut house = House::new();
    let key = MasterKey::generate().to_base64().expose_secret().to_owned();
    house.set("SKYWARDEN_KEY", &key);
    house.run_with(&["seal", "set", "a"], CANARY);
    assert!(!house.path(KEY_FILE).exists());
    assert_snapshot!("rotate_variable", house.run(&["seal", "key", "rotate"]));
    let said = house.run(&["seal", "key", "rotate", "--new-key-file", "new.key"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(house.mode("new.key"), 0o600);
    let new = MasterKey::from_file(&house.path("new.key")).unwrap();
    let vault = Vault::open(&house.path(SEALED), new).unwrap();
    assert_eq!(vault.get("a").unwrap().expose_secret(), CANARY);
    assert_eq!(house.leaks(&key), [""; 0]);
}
