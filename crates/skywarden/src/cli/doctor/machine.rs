//! What is looked at on this machine: the configuration, its secrets and their files, the channels,
//! the store, the time zone. Nothing is sent.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use base::Clock;
use store::{Db, Look};
use warden::Exit;

use super::check::{Check, Status};
use crate::Host;
use crate::cli::lines::Words;
use crate::cli::{Ui, advice, references};
use crate::config::{Config, Problem, Secrets, sealed_path};
use crate::wiring::{self, channels};

/// Who did it last, in the small state of duties.
const DOCTOR: &str = "doctor";

/// Looks at the configuration and everything it refers to.
pub(super) fn settings(config: &Config, ui: &Ui) -> Vec<Check> {
    let words = Words(ui.language);
    let secrets = Secrets::new(config, &ui.host.surroundings);
    let mut checks = vec![configuration(config, words)];
    checks.extend(warnings(config));
    checks.extend(open_files(config, words));
    checks.extend(references_open(config, &secrets, ui));
    checks.extend(channels_usable(config, &secrets, ui));
    if config.network.proxy.is_some() || config.network.ca_file.is_some() {
        checks.push(network(config, &secrets, words));
    }
    checks.push(time_zone(config, &*ui.host.clock, words));
    checks
}

fn configuration(config: &Config, words: Words) -> Check {
    let places = [
        ("path", config.path.display().to_string().into()),
        ("accounts", config.accounts.len().into()),
        ("channels", config.channels.len().into()),
    ];
    Check::new("config", Status::Ok, words.say("doctor-config", &places))
}

/// What works but should not stay so, in the order of the file.
fn warnings(config: &Config) -> Vec<Check> {
    let line = |it: &Problem| it.excerpt.as_ref().map(|at| at.line);
    let mut problems: Vec<&Problem> = config.warnings.iter().collect();
    problems.sort_by_key(|it| line(it));
    let file = config
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    problems
        .into_iter()
        .map(|it| {
            let place = line(it).map(|line| format!("{file}:{line}"));
            Check::new("config", Status::Warning, &*it.message)
                .of(place.unwrap_or_default())
                .hint_if(it.hint.clone())
        })
        .collect()
}

/// A file that others may write is a program that others may run; one with secrets in it that
/// others may read is worse than no secret.
fn open_files(config: &Config, words: Words) -> Vec<Check> {
    let has_secrets = references::of(config)
        .iter()
        .any(references::Reference::is_plain);
    let sealed = sealed_path(&config.path);
    let watched: [(&Path, u32); 2] = [
        (&config.path, if has_secrets { 0o077 } else { 0o022 }),
        (&sealed, 0o022),
    ];
    let mut checks = Vec::new();
    for (path, forbidden) in watched {
        // A file that is not there has said so elsewhere, or is not needed.
        let Ok(metadata) = fs::metadata(path) else {
            continue;
        };
        let mode = metadata.mode() & 0o777;
        if mode & forbidden != 0 {
            let path = path.display().to_string();
            let places = [
                ("path", path.as_str().into()),
                ("mode", format!("{mode:04o}").into()),
            ];
            let check = Check::new(
                "files",
                Status::Warning,
                words.say("doctor-file-open", &places),
            );
            checks.push(check.hint(format!("chmod 600 {path}")));
        }
    }
    checks
}

fn references_open(config: &Config, secrets: &Secrets<'_>, ui: &Ui) -> Vec<Check> {
    let words = Words(ui.language);
    let references = references::of(config);
    let mut checks = Vec::new();
    for reference in &references {
        if let Err(error) = reference.check(secrets, &ui.host.surroundings) {
            let check = Check::new("secrets", Status::Failed, base::chain(&error))
                .hint_if(advice::secret_hint(&error, ui))
                .exit(Exit::Usage);
            checks.push(check);
        }
    }
    if checks.is_empty() && !references.is_empty() {
        let detail = words.say("doctor-secrets", &[("many", references.len().into())]);
        checks.push(Check::new("secrets", Status::Ok, detail));
    }
    let is_sealed = references.iter().any(|it| !it.sealed_names().is_empty());
    // A key that cannot be used has failed with the secrets that need it.
    if is_sealed && let Ok(Some(key)) = secrets.key() {
        checks.push(Check::new("key", Status::Ok, key.fingerprint().to_string()));
    }
    checks
}

fn channels_usable(config: &Config, secrets: &Secrets<'_>, ui: &Ui) -> Vec<Check> {
    let channel = |channel| match channels::one(config, channel, secrets, ui.language) {
        Ok(settings) => {
            let target = format!("{} {}", settings.kind.word(), settings.shown_target());
            Check::new("channel", Status::Ok, target)
        }
        Err(error) => Check::new("channel", Status::Failed, base::chain(&error))
            .hint_if(advice::channel_hint(&error, ui))
            .exit(Exit::Usage),
    };
    config
        .channels
        .iter()
        .map(|it| channel(it).of(it.name.as_str()))
        .collect()
}

fn network(config: &Config, secrets: &Secrets<'_>, words: Words) -> Check {
    match wiring::http(config, secrets) {
        Ok(_) => Check::new("network", Status::Ok, words.say("doctor-network", &[])),
        Err(error) => {
            let mut check = Check::new("network", Status::Failed, error.text).exit(Exit::Usage);
            check.hints = error.hints;
            check
        }
    }
}

fn time_zone(config: &Config, clock: &dyn Clock, words: Words) -> Check {
    let zone = &config.patrol.timezone;
    let now = clock.now().to_zoned(zone.time_zone().clone());
    let next = config.patrol.every.cron().find_next_occurrence(&now, false);
    let minute = |it: &jiff::Zoned| it.strftime("%Y-%m-%d %H:%M").to_string();
    let places = [
        ("zone", zone.name().into()),
        ("now", minute(&now).into()),
        (
            "next",
            next.map(|it| minute(&it)).unwrap_or_default().into(),
        ),
        ("every", config.patrol.every.as_str().into()),
    ];
    Check::new(
        "timezone",
        Status::Ok,
        words.say("doctor-timezone", &places),
    )
}

/// Looks at the store, writes one small thing to it, and returns what earlier looks at the clouds
/// gave. A store that is not there yet is left so.
pub(super) async fn store(config: &Config, host: &Host, words: Words) -> (Check, Vec<Look>) {
    if config.store.url.is_none()
        && let Some(path) = config.store.default_path.as_ref().filter(|it| !it.exists())
    {
        let places = [("path", path.display().to_string().into())];
        let check = Check::new("store", Status::Ok, words.say("doctor-store-none", &places));
        return (check, Vec::new());
    }
    let secrets = Secrets::new(config, &host.surroundings);
    let opened = wiring::store(config, &secrets).await;
    let failed = |text: String, hints, exit| {
        let mut check = Check::new("store", Status::Failed, text).exit(exit);
        check.hints = hints;
        (check, Vec::new())
    };
    let db = match opened {
        Ok(db) => db,
        Err(error) => return failed(error.text.clone(), error.hints.clone(), error.exit()),
    };
    let outcome = usable(&db, host).await;
    let places = [
        ("place", db.place().to_owned().into()),
        ("version", db.schema_version().into()),
    ];
    let detail = words.say("doctor-store", &places);
    db.close().await;
    match outcome {
        Ok(looks) => (Check::new("store", Status::Ok, detail), looks),
        Err(error) => failed(
            base::chain(&error),
            error.hint().into_iter().collect(),
            Exit::Internal,
        ),
    }
}

async fn usable(db: &Db, host: &Host) -> Result<Vec<Look>, store::StoreError> {
    let now = host.clock.now();
    db.duty_state_put(DOCTOR, "checked", &now.to_string(), now)
        .await?;
    db.look_list().await
}
