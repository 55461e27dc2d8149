//! A house of one's own: a home folder, an environment, a clock and streams, to run commands in.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Cursor, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use base::{ManualClock, SeededChance};
use jiff::Timestamp;
use secrecy::SecretString;
use skywarden::Host;
use skywarden::surroundings::Surroundings;
use store::StoreOptions;
use tempfile::TempDir;

/// When everything here happens.
pub(crate) const NOW: &str = "2026-11-21T02:00:00Z";

/// Where commands are run, and everything they have said so far.
pub(crate) struct House {
    folder: TempDir,
    variables: BTreeMap<String, String>,
    pub(crate) clock: ManualClock,
    pub(crate) store_options: StoreOptions,
    stdin_is_terminal: bool,
    chance: Option<Arc<SeededChance>>,
    heard: Mutex<Vec<String>>,
}

/// What a command came to.
pub(crate) struct Said {
    pub(crate) code: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl House {
    /// Returns an empty house whose locale is English.
    pub(crate) fn new() -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            variables: BTreeMap::from([
                ("LANG".to_owned(), "en_US.UTF-8".to_owned()),
                ("USER".to_owned(), "zhang".to_owned()),
            ]),
            clock: ManualClock::hurrying(now),
            store_options: StoreOptions::default(),
            stdin_is_terminal: false,
            chance: None,
            heard: Mutex::default(),
        }
    }

    /// Sets an environment variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Lets a person sit at the keyboard.
    pub(crate) fn with_person(mut self) -> Self {
        self.stdin_is_terminal = true;
        self
    }

    /// Lets no command draw what another one drew: a simulated cloud refuses a nonce it has seen.
    pub(crate) fn with_lasting_chance(mut self) -> Self {
        self.chance = Some(Arc::new(SeededChance::new(7)));
        self
    }

    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.home().join(path)
    }

    /// Writes a file under the home folder.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes the configuration where it is looked for.
    pub(crate) fn configure(&self, text: &str) {
        self.write(".config/skywarden/skywarden.toml", text);
    }

    /// Lets nobody else write the configuration, whatever the umask of the tests.
    pub(crate) fn protect(&self) {
        let path = self.path(".config/skywarden/skywarden.toml");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Returns how much of its clock's time has gone by.
    pub(crate) fn clock_spent(&self) -> std::time::Duration {
        base::Clock::monotonic(&self.clock)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path(path)).unwrap().permissions().mode() & 0o7777
    }

    /// Runs a command line (without the program's name) with nothing on stdin.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Runs a command line with this on stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Said {
        let stdout = Stream::default();
        let said = self.run_on(arguments, stdin, Box::new(stdout.clone()));
        self.heard(said, stdout.text())
    }

    /// Runs a command line whose data goes to `stdout`.
    pub(crate) fn run_to(&self, arguments: &[&str], stdout: Box<dyn Write + Send>) -> Said {
        let said = self.run_on(arguments, "", stdout);
        self.heard(said, String::new())
    }

    fn run_on(
        &self,
        arguments: &[&str],
        stdin: &str,
        stdout: Box<dyn Write + Send>,
    ) -> (u8, String) {
        let stderr = Stream::default();
        let host = Host {
            surroundings: self.surroundings(),
            clock: Arc::new(self.clock.clone()),
            chance: match &self.chance {
                Some(chance) => chance.clone(),
                None => Arc::new(SeededChance::new(7)),
            },
            stdin: Box::new(Cursor::new(stdin.to_owned())),
            stdout,
            stderr: Box::new(stderr.clone()),
            store_options: self.store_options.clone(),
        };
        let line = ["skywarden"].iter().chain(arguments).map(Into::into);
        (skywarden::run(line, host), stderr.text())
    }

    /// Returns the real program, about to be started in this house: its home, its variables, and
    /// nothing else of what is around.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_skywarden"));
        program
            .args(arguments)
            .env_clear()
            .envs(&self.variables)
            .env("HOME", self.home())
            .current_dir(self.home())
            .stdin(Stdio::null());
        program
    }

    /// Runs the real program to its end.
    pub(crate) fn run_program(&self, arguments: &[&str]) -> Said {
        let done = self.program(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        // A signal has no code; none of ours is 255.
        let code = done
            .status
            .code()
            .map_or(255, |it| u8::try_from(it).unwrap());
        self.heard((code, text(done.stderr)), text(done.stdout))
    }

    fn heard(&self, (code, stderr): (u8, String), stdout: String) -> Said {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend([stdout.clone(), stderr.clone()]);
        let home = self.home().display().to_string();
        Said {
            code,
            stdout: stdout.replace(&home, "HOME"),
            stderr: stderr.replace(&home, "HOME"),
        }
    }

    fn surroundings(&self) -> Surroundings {
        let variables = self.variables.iter();
        Surroundings {
            variables: Arc::new(
                variables
                    .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())))
                    .collect(),
            ),
            home: Some(self.home().to_owned()),
            working_directory: self.home().to_owned(),
            stdin_is_terminal: self.stdin_is_terminal,
            user_id: 1000,
            executable: Some("/usr/local/bin/skywarden".into()),
            ..Surroundings::default()
        }
    }

    /// Returns where a secret can be read that should be nowhere: outputs and files.
    pub(crate) fn leaks(&self, secret: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut leaks: Vec<String> = heard
            .iter()
            .filter(|it| it.contains(secret))
            .cloned()
            .collect();
        let mut folders = vec![self.home().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).unwrap();
                if bytes
                    .windows(secret.len())
                    .any(|it| it == secret.as_bytes())
                {
                    leaks.push(path.display().to_string());
                }
            }
        }
        leaks
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// A stream that remembers.
#[derive(Clone, Default)]
struct Stream(Arc<Mutex<Vec<u8>>>);

impl Stream {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
