use std::os::unix::fs::PermissionsExt as _;

use expect_test::expect;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::super::load;
use super::*;

struct Place {
    folder: TempDir,
    surroundings: Surroundings,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let surroundings = Surroundings {
            home: Some(folder.path().into()),
            ..Surroundings::default()
        };
        Self {
            folder,
            surroundings,
        }
    }

    fn set(&mut self, variable: &str, value: &str) {
        self.surroundings
            .variables_mut()
            .insert(variable.to_owned(), value.into());
    }

    fn config(&self) -> Config {
        let path = self.folder.path().join("skywarden.toml");
        fs::write(&path, "").unwrap();
        load(Some(&path), &self.surroundings).unwrap()
    }

    fn open(&self, reference: &SecretRef) -> Result<String, SecretError> {
        let config = self.config();
        let secrets = Secrets::new(&config, &self.surroundings);
        secrets
            .open("channels.ops.webhook", reference)
            .map(|it| it.expose_secret().to_owned())
    }

    /// What a person sees of a secret that cannot be had.
    fn said(&self, reference: &SecretRef) -> String {
        let error = self.open(reference).unwrap_err();
        let hint = error.hint().unwrap_or_default();
        let text = format!("{}\nhint: {hint}\n", base::chain(&error));
        text.replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    fn key_path(&self) -> PathBuf {
        self.folder
            .path()
            .join(".local/share/skywarden/skywarden.key")
    }

    fn make_key(&self) -> MasterKey {
        fs::create_dir_all(self.key_path().parent().unwrap()).unwrap();
        let key = MasterKey::generate();
        key.write_key_file(&self.key_path()).unwrap();
        key
    }

    fn seal(&self, key: MasterKey) {
        let sealed = sealed_path(&self.folder.path().join("skywarden.toml"));
        Vault::open(&sealed, key)
            .unwrap()
            .put("hook", &"https://sealed".into())
            .unwrap();
    }
}

fn sealed(name: &str) -> SecretRef {
    SecretRef::Sealed(name.to_owned())
}

#[test]
fn each_kind_of_reference_gives_its_secret() {
    let mut place = Place::new();
    place.set("HOOK", " https://env \n");
    fs::write(
        place.folder.path().join("hook.txt"),
        "https://file\r\nsecond line\n",
    )
    .unwrap();
    place.seal(place.make_key());
    assert_eq!(
        place
            .open(&SecretRef::Plain("https://plain".into()))
            .unwrap(),
        "https://plain"
    );
    assert_eq!(
        place.open(&SecretRef::Env("HOOK".into())).unwrap(),
        "https://env"
    );
    assert_eq!(
        place.open(&SecretRef::File("hook.txt".into())).unwrap(),
        "https://file"
    );
    assert_eq!(place.open(&sealed("hook")).unwrap(), "https://sealed");
}

#[test]
fn a_missing_secret_is_named_with_the_key_that_wants_it() {
    let place = Place::new();
    let mut said = place.said(&SecretRef::Env("HOOK".into()));
    said.push_str(&place.said(&SecretRef::File("nothing.txt".into())));
    said.push_str(&place.said(&sealed("hook")));
    place.seal(place.make_key());
    said.push_str(&place.said(&sealed("other")));
    expect![[r#"
        channels.ops.webhook wants the environment variable HOOK, which is not set
        hint: set HOOK for this process, or seal the secret and refer to it by { sealed = "…" }.
        channels.ops.webhook wants the file FOLDER/nothing.txt, which cannot be used: No such file or directory (os error 2)
        hint: 
        channels.ops.webhook wants a sealed secret, and there is no key to open it with
        hint: set SKYWARDEN_KEY, or put the key file at FOLDER/.local/share/skywarden/skywarden.key (mode 0600).
        channels.ops.webhook wants a sealed secret, which does not open: there is no secret "other" in FOLDER/skywarden.sealed
        hint: seal it with `skywarden seal set other`.
    "#]].assert_eq(&said);
}

#[test]
fn the_variable_goes_before_the_key_file() {
    let mut place = Place::new();
    place.make_key();
    let key = MasterKey::generate();
    place.set("SKYWARDEN_KEY", key.to_base64().expose_secret());
    place.seal(key);
    assert_eq!(place.open(&sealed("hook")).unwrap(), "https://sealed");

    let path = place.folder.path().join("named.key").display().to_string();
    place.set("SKYWARDEN_KEY_FILE", &path);
    assert_eq!(
        key_file_path(Some(Path::new("/in/config")), &place.surroundings),
        Some(PathBuf::from(path))
    );
}

#[test]
fn the_wrong_key_and_an_open_key_file_are_refused() {
    let place = Place::new();
    let key = place.make_key();
    place.seal(MasterKey::generate());
    let said = place.said(&sealed("hook"));
    assert!(
        said.contains(&key.fingerprint().to_string()) && said.contains("sealed with the key"),
        "{said}"
    );

    fs::set_permissions(place.key_path(), fs::Permissions::from_mode(0o644)).unwrap();
    let said = place.said(&sealed("hook"));
    expect![[r#"
        channels.ops.webhook wants a sealed secret, which does not open: the key file FOLDER/.local/share/skywarden/skywarden.key is open to others (mode 0644)
        hint: chmod 600 FOLDER/.local/share/skywarden/skywarden.key
    "#]].assert_eq(&said);
}
