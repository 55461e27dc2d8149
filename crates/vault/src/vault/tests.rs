use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use super::*;

const CANARY: &str = "CANARY-7f3a-secret-value-000001";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("skywarden.sealed")
    }

    fn open(&self) -> Vault {
        Vault::open(&self.path(), key()).unwrap()
    }
}

fn key() -> MasterKey {
    MasterKey::from_base64(&"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()).unwrap()
}

fn other_key() -> MasterKey {
    MasterKey::from_base64(&"AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()).unwrap()
}

fn secret(vault: &Vault, name: &str) -> String {
    vault.get(name).unwrap().expose_secret().to_owned()
}

#[test]
fn what_was_sealed_is_there_when_the_vault_is_opened_again() {
    let place = Place::new();
    place.open().put("dingtalk-ops", &CANARY.into()).unwrap();
    place.open().put("另一个.secret", &"二".into()).unwrap();
    let vault = place.open();
    assert_eq!(secret(&vault, "dingtalk-ops"), CANARY);
    assert_eq!(secret(&vault, "另一个.secret"), "二");
    assert_eq!(
        vault.names().collect::<Vec<_>>(),
        ["dingtalk-ops", "另一个.secret"]
    );
    let mode = fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn neither_the_file_nor_debug_shows_a_secret() {
    let place = Place::new();
    let mut vault = place.open();
    vault.put("name", &CANARY.into()).unwrap();
    let file = fs::read_to_string(place.path()).unwrap();
    let shown = format!("{vault:?} {:?} {file}", vault.get("name"));
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(shown.contains(&key().fingerprint().to_string()));
}

#[test]
fn sealing_twice_gives_other_bytes_each_time() {
    let place = Place::new();
    place.open().put("name", &CANARY.into()).unwrap();
    let first = fs::read_to_string(place.path()).unwrap();
    place.open().put("name", &CANARY.into()).unwrap();
    assert_ne!(first, fs::read_to_string(place.path()).unwrap());
}

#[test]
fn the_wrong_key_is_named_beside_the_right_one() {
    let place = Place::new();
    place.open().put("name", &CANARY.into()).unwrap();
    let error = Vault::open(&place.path(), other_key()).unwrap_err();
    let said = error
        .to_string()
        .replace(&place.path().display().to_string(), "PATH");
    expect![[r#"
        the key 9a5e051dce65453c does not open PATH, which was sealed with the key a2ebe7d90b15ab84
        hint: give the key with the fingerprint a2ebe7d90b15ab84, or seal the secrets again with the new key."#]].assert_eq(&format!("{said}\nhint: {}", error.hint().unwrap()));
    assert_eq!(
        Vault::fingerprint_of(&place.path()).unwrap(),
        Some(key().fingerprint())
    );
}

#[test]
fn a_file_relabelled_for_another_key_still_does_not_open() {
    let place = Place::new();
    place.open().put("name", &CANARY.into()).unwrap();
    let text = fs::read_to_string(place.path()).unwrap();
    let relabelled = text.replace(
        &key().fingerprint().to_string(),
        &other_key().fingerprint().to_string(),
    );
    fs::write(place.path(), relabelled).unwrap();
    let vault = Vault::open(&place.path(), other_key()).unwrap();
    let error = vault.get("name").unwrap_err();
    assert!(matches!(error, VaultError::Tampered { .. }), "{error}");
}

#[test]
fn a_missing_secret_is_named_with_its_file() {
    let place = Place::new();
    let mut vault = place.open();
    let mut said = String::new();
    for error in [
        vault.get("nothing").unwrap_err(),
        vault.remove("nothing").unwrap_err(),
    ] {
        let text = error
            .to_string()
            .replace(&place.path().display().to_string(), "PATH");
        writeln!(said, "{text}\nhint: {}", error.hint().unwrap()).unwrap();
    }
    expect![[r#"
        there is no secret "nothing" in PATH
        hint: seal it with `skywarden seal set nothing`.
        there is no secret "nothing" in PATH
        hint: seal it with `skywarden seal set nothing`.
    "#]]
    .assert_eq(&said);
    assert!(!place.path().exists(), "looking makes no file");
}

#[test]
fn removed_is_gone_and_the_others_stay() {
    let place = Place::new();
    let mut vault = place.open();
    vault
        .put_all([("a", &"1".into()), ("b", &"2".into())])
        .unwrap();
    vault.remove("a").unwrap();
    assert_eq!(place.open().names().collect::<Vec<_>>(), ["b"]);
    assert_eq!(secret(&place.open(), "b"), "2");
}

#[test]
fn of_several_secrets_all_are_sealed_or_none() {
    let place = Place::new();
    let error = place
        .open()
        .put_all([("good", &"1".into()), ("bad name", &"2".into())])
        .unwrap_err();
    assert!(matches!(error, VaultError::BadName { .. }), "{error}");
    let error = place
        .open()
        .put_all([("good", &"1".into()), ("empty", &"".into())])
        .unwrap_err();
    assert!(matches!(error, VaultError::EmptyValue { .. }), "{error}");
    assert!(!place.path().exists());
}

#[test]
fn names_that_could_mislead_are_refused() {
    for name in [
        "",
        ".",
        ".hidden",
        "a b",
        "a/b",
        "a\nb",
        "a\u{202e}b",
        &"n".repeat(129),
    ] {
        assert!(
            matches!(check_name(name), Err(VaultError::BadName { .. })),
            "{name:?}"
        );
    }
    for name in ["a", "shop.access_key_id", "Ops-2", "测试", &"n".repeat(128)] {
        check_name(name).unwrap();
    }
}

#[test]
fn a_vault_opened_earlier_does_not_undo_what_another_sealed_since() {
    let place = Place::new();
    let mut early = place.open();
    place.open().put("later", &"2".into()).unwrap();
    early.put("early", &"1".into()).unwrap();
    assert_eq!(place.open().names().collect::<Vec<_>>(), ["early", "later"]);
    assert_eq!(secret(&early, "later"), "2");
}

#[test]
fn many_writers_at_once_lose_nothing() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = place.path();
            scope.spawn(move || {
                for count in 0..5 {
                    let name = format!("w{writer}-{count}");
                    Vault::open(&path, key())
                        .unwrap()
                        .put(&name, &name.as_str().into())
                        .unwrap();
                }
            });
        }
    });
    let vault = place.open();
    assert_eq!(vault.names().count(), 20);
    assert!(vault.names().all(|name| secret(&vault, name) == name));
}

#[test]
fn after_rotation_only_the_new_key_opens_and_the_values_are_the_same() {
    let place = Place::new();
    let mut vault = place.open();
    vault
        .put_all([("a", &CANARY.into()), ("b", &"2".into())])
        .unwrap();
    let before: Value = serde_json::from_slice(&fs::read(place.path()).unwrap()).unwrap();
    vault.rotate(other_key()).unwrap();
    assert_eq!(secret(&vault, "a"), CANARY);
    let after: Value = serde_json::from_slice(&fs::read(place.path()).unwrap()).unwrap();
    assert_eq!(
        before["records"]["a"]["value"],
        after["records"]["a"]["value"]
    );
    assert_ne!(
        before["records"]["a"]["data_key"],
        after["records"]["a"]["data_key"]
    );
    assert!(matches!(
        Vault::open(&place.path(), key()),
        Err(VaultError::WrongKey { .. })
    ));
    assert_eq!(
        secret(&Vault::open(&place.path(), other_key()).unwrap(), "b"),
        "2"
    );
    vault.put("c", &"3".into()).unwrap();
}

#[test]
fn a_rotation_over_a_changed_record_changes_nothing() {
    let place = Place::new();
    place
        .open()
        .put_all([("a", &"1".into()), ("b", &"2".into())])
        .unwrap();
    swap(&place, "/records/a/value", "/records/b/value");
    let before = fs::read(place.path()).unwrap();
    let error = place.open().rotate(other_key()).unwrap_err();
    assert!(matches!(error, VaultError::Tampered { .. }), "{error}");
    assert_eq!(before, fs::read(place.path()).unwrap());
}

#[test]
fn a_record_under_another_name_does_not_open_in_whole_or_in_part() {
    for part in ["", "/value", "/data_key"] {
        let place = Place::new();
        place
            .open()
            .put_all([("a", &"1".into()), ("b", &"2".into())])
            .unwrap();
        swap(
            &place,
            &format!("/records/a{part}"),
            &format!("/records/b{part}"),
        );
        let vault = place.open();
        for name in ["a", "b"] {
            let error = vault.get(name).unwrap_err();
            assert!(matches!(error, VaultError::Tampered { .. }), "{error}");
        }
    }
}

#[test]
fn the_layers_of_one_record_cannot_stand_for_each_other() {
    let place = Place::new();
    place.open().put("a", &"1".into()).unwrap();
    swap(&place, "/records/a/value", "/records/a/data_key");
    assert!(matches!(
        place.open().get("a"),
        Err(VaultError::Tampered { .. })
    ));
}

#[test]
fn a_file_that_is_not_ours_is_refused_without_quoting_it() {
    let place = Place::new();
    let mut said = String::new();
    for text in [
        "",
        "secret: hunter2",
        "{}",
        r#"{"format":"skywarden-sealed","version":1,"key":"hunter2","records":{}}"#,
        r#"{"format":"hunter2","version":1,"key":"","records":{}}"#,
        r#"{"format":"skywarden-sealed","version":2,"new":"shape"}"#,
        r#"{"format":"skywarden-sealed","version":1,"key":"0123456789abcdef","records":{},"hunter2":1}"#,
        r#"{"format":"skywarden-sealed","version":1,"key":"","records":{"a":"hunter2"}}"#,
    ] {
        fs::write(place.path(), text).unwrap();
        let error = Vault::open(&place.path(), key()).unwrap_err();
        said.push_str(
            &error
                .to_string()
                .replace(&place.path().display().to_string(), "PATH"),
        );
        said.push('\n');
        assert_eq!(
            fs::read_to_string(place.path()).unwrap(),
            text,
            "it is left as it is"
        );
    }
    assert!(!said.contains("hunter2"));
    expect![[r#"
        PATH is not a sealed file: it is empty
        PATH is not a sealed file: line 1, column 1 does not belong there
        PATH is not a sealed file: line 1, column 2 does not belong there
        PATH is not a sealed file: it names no key
        PATH is not a sealed file: its format is not "skywarden-sealed"
        PATH has format version 2, this program reads version 1
        PATH is not a sealed file: line 1, column 88 does not belong there
        PATH is not a sealed file: line 1, column 74 does not belong there
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_folder_that_cannot_be_written_leaves_everything_as_it_was() {
    let place = Place::new();
    let path = place.folder.path().join("no/such/folder/skywarden.sealed");
    let error = Vault::open(&path, key())
        .unwrap()
        .put("a", &"1".into())
        .unwrap_err();
    assert!(matches!(error, VaultError::Io { .. }), "{error}");
}

#[test]
fn a_link_to_the_file_stays_a_link() {
    let place = Place::new();
    let real = place.folder.path().join("kept-elsewhere");
    Vault::open(&real, key())
        .unwrap()
        .put("a", &"1".into())
        .unwrap();
    std::os::unix::fs::symlink(&real, place.path()).unwrap();
    place.open().put("b", &"2".into()).unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert_eq!(Vault::open(&real, key()).unwrap().names().count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_text_comes_back_as_it_went_in(value in "(?s).{1,400}", name in "[a-z0-9_-]{1,40}") {
        let envelope = Envelope::seal(&key(), &name, value.as_bytes()).unwrap();
        let opened = envelope.open(&key(), &name).unwrap();
        prop_assert_eq!(opened.as_slice(), value.as_bytes());
        let rewrapped = envelope.rewrap(&key(), &other_key(), &name).unwrap();
        let opened = rewrapped.open(&other_key(), &name).unwrap();
        prop_assert_eq!(opened.as_slice(), value.as_bytes());
        prop_assert!(rewrapped.open(&key(), &name).is_err());
    }

    #[test]
    fn a_record_opens_under_no_other_name(name in "[a-z.]{1,12}", other in "[a-z.]{1,12}") {
        prop_assume!(name != other);
        let envelope = Envelope::seal(&key(), &name, b"value").unwrap();
        prop_assert!(envelope.open(&key(), &other).is_err());
    }
}

#[test]
fn any_flipped_bit_of_the_file_is_refused() {
    let place = Place::new();
    place.open().put("name", &"v".into()).unwrap();
    let sound = fs::read(place.path()).unwrap();
    for position in 0..sound.len() {
        for bit in 0..8 {
            let mut changed = sound.clone();
            changed[position] ^= 1 << bit;
            fs::write(place.path(), &changed).unwrap();
            let opened = Vault::open(&place.path(), key());
            let got = opened.as_ref().map(|vault| vault.get("name"));
            assert!(
                !matches!(got, Ok(Ok(_))),
                "bit {bit} of byte {position} ({:?}) went unseen",
                char::from(sound[position])
            );
            // The renamed record must not open under its new name either.
            if let Ok(vault) = &opened {
                assert!(vault.names().all(|name| vault.get(name).is_err()));
            }
        }
    }
}

fn swap(place: &Place, one: &str, other: &str) {
    let mut file: Value = serde_json::from_slice(&fs::read(place.path()).unwrap()).unwrap();
    let (first, second) = (
        file.pointer(one).unwrap().clone(),
        file.pointer(other).unwrap().clone(),
    );
    *file.pointer_mut(one).unwrap() = second;
    *file.pointer_mut(other).unwrap() = first;
    fs::write(place.path(), file.to_string()).unwrap();
}
