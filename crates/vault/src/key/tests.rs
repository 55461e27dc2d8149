use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use tempfile::TempDir;

use super::*;

fn fixed() -> MasterKey {
    MasterKey::from_base64(&"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()).unwrap()
}

#[test]
fn the_same_text_is_the_same_key_and_names_it_without_showing_it() {
    assert_eq!(fixed().fingerprint(), fixed().fingerprint());
    assert_ne!(fixed().fingerprint(), MasterKey::generate().fingerprint());
    let shown = format!("{:?} {}", fixed(), fixed().fingerprint());
    expect!["MasterKey(a2ebe7d90b15ab84) a2ebe7d90b15ab84"].assert_eq(&shown);
    assert!(!shown.contains("AAEC"));
    assert!(!shown.contains("000102"));
}

#[test]
fn text_that_is_no_key_is_refused_without_showing_it() {
    let mut said = String::new();
    for text in [
        "",
        "  \n",
        "hunter2hunter2",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8h",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8!",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ] {
        let error = MasterKey::from_base64(&text.into()).unwrap_err();
        assert!(text.trim().len() < 4 || !format!("{error} {error:?}").contains(text.trim()));
        writeln!(said, "{error}").unwrap();
    }
    expect![[r#"
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it is empty)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it is empty)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it is not 44 characters long)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it is not 44 characters long)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it has another length)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it has characters that are not base64)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it has characters that are not base64)
        the key from SKYWARDEN_KEY is not 32 bytes in base64 (it is not 44 characters long)
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_key_file_is_private_and_is_read_back() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    let key = MasterKey::generate();
    key.write_key_file(&path).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert_eq!(
        MasterKey::from_file(&path).unwrap().fingerprint(),
        key.fingerprint()
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file stays"
    );

    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert_eq!(
        MasterKey::from_file(&path).unwrap().fingerprint(),
        key.fingerprint()
    );
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    fixed().write_key_file(&path).unwrap();
    let error = MasterKey::generate().write_key_file(&path).unwrap_err();
    assert!(matches!(error, VaultError::Exists { .. }), "{error}");
    assert_eq!(
        MasterKey::from_file(&path).unwrap().fingerprint(),
        fixed().fingerprint()
    );

    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &dangling).unwrap();
    let error = fixed().write_key_file(&dangling).unwrap_err();
    assert!(matches!(error, VaultError::Exists { .. }), "{error}");
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn a_key_file_that_others_may_touch_is_refused_with_the_command_that_helps() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    fixed().write_key_file(&path).unwrap();
    for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = MasterKey::from_file(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the key file {} is open to others (mode {mode:04o})",
                path.display()
            )
        );
        assert_eq!(error.hint(), Some(format!("chmod 600 {}", path.display())));
    }
}

#[test]
fn a_key_file_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away; the build machines run this as root.
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    fixed().write_key_file(&path).unwrap();
    std::os::unix::fs::chown(&path, Some(4321), None).unwrap();
    let error = MasterKey::from_file(&path).unwrap_err();
    assert!(
        matches!(
            error,
            VaultError::ForeignKeyFile {
                owner: 4321,
                own: 0,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_key_file_that_is_missing_a_folder_or_long_says_so() {
    let folder = TempDir::new().unwrap();
    let missing = MasterKey::from_file(&folder.path().join("nothing")).unwrap_err();
    assert!(matches!(&missing, VaultError::Io { .. }), "{missing}");
    assert!(missing.hint().unwrap().contains("exists"));
    let error = MasterKey::from_file(folder.path()).unwrap_err();
    assert!(matches!(error, VaultError::KeyFileKind { .. }), "{error}");

    let long = folder.path().join("long");
    atomic_file::write_new(&long, &[b'A'; 4096]).unwrap();
    let error = MasterKey::from_file(&long).unwrap_err();
    assert!(matches!(error, VaultError::MalformedKey { .. }), "{error}");
}

#[test]
fn a_mac_holds_for_one_message_and_one_key() {
    let mac = fixed().mac(b"plan");
    assert!(fixed().verify(b"plan", &mac));
    assert!(!fixed().verify(b"plan2", &mac));
    assert!(!fixed().verify(b"plan", &mac[..31]));
    assert!(!fixed().verify(b"plan", &[]));
    assert!(!MasterKey::generate().verify(b"plan", &mac));
    for bit in 0..256 {
        let mut changed = mac;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!fixed().verify(b"plan", &changed));
    }
}
