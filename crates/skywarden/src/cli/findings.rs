//! `skywarden findings`: what is known, and what people say about it.
//!
//! Invariant: muting and acknowledging change what people are told, never what is found.

mod until;

use clap::{Args, Subcommand, ValueEnum};
use duty::{Ack, FindingState, KnownFinding, Mute, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::AccountId;
use store::{Db, FindingFilter};
use warden::Exit;

use super::context::has_store;
use super::run_time::block_on;
use super::{Cell, CliError, Context, Global, Sheet, Ui};
use crate::config::{Config, Secrets};
use crate::surroundings::Surroundings;
use crate::wiring;

#[derive(Debug, Args)]
pub(crate) struct FindingsArgs {
    #[command(subcommand)]
    action: FindingsAction,
}

#[derive(Debug, Subcommand)]
enum FindingsAction {
    List(ListArgs),
    Mute(MuteArgs),
    Unmute(KeyArgs),
    Ack(KeyArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    #[arg(long, value_enum, value_name = "STATE")]
    state: Option<StateWord>,
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    #[arg(long, value_enum, value_name = "SEVERITY")]
    severity: Option<SeverityWord>,
    #[arg(long)]
    muted: bool,
}

#[derive(Debug, Args)]
struct MuteArgs {
    key: String,
    #[arg(long, value_name = "DATE|DURATION")]
    until: String,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, Args)]
struct KeyArgs {
    key: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateWord {
    New,
    Still,
    Gone,
}

impl StateWord {
    fn state(self) -> FindingState {
        match self {
            Self::New => FindingState::New,
            Self::Still => FindingState::Still,
            Self::Gone => FindingState::Gone,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeverityWord {
    Notice,
    Warning,
    Urgent,
}

impl SeverityWord {
    fn severity(self) -> Severity {
        match self {
            Self::Notice => Severity::Notice,
            Self::Warning => Severity::Warning,
            Self::Urgent => Severity::Urgent,
        }
    }
}

/// Runs `skywarden findings`.
pub(crate) fn run(args: &FindingsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let Context { config } = Context::load(global, ui)?;
    block_on(async {
        match &args.action {
            FindingsAction::List(args) => list(args, &config, ui).await,
            FindingsAction::Mute(args) => mute(args, &config, ui).await,
            FindingsAction::Unmute(args) => unmute(args, &config, ui).await,
            FindingsAction::Ack(args) => ack(args, &config, ui).await,
        }
    })?;
    Ok(Exit::Fine)
}

async fn list(args: &ListArgs, config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let now = ui.host.clock.now();
    let filter = FindingFilter {
        account: args.account.as_deref().map(AccountId::new),
        ..FindingFilter::default()
    };
    let known = match open(config, ui).await? {
        Some(db) => db.finding_list(&filter).await?,
        None => Vec::new(),
    };
    let wanted = |it: &&KnownFinding| {
        args.state.is_none_or(|state| it.state == state.state())
            && args
                .severity
                .is_none_or(|severity| it.finding.severity == severity.severity())
            && (!args.muted || it.is_muted(now))
    };
    let mut chosen: Vec<&KnownFinding> = known.iter().filter(wanted).collect();
    // The worst first; the store has sorted the rest by key.
    chosen.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
    if chosen.is_empty() {
        let text = ui.say("findings-none", &[]);
        ui.status(&text);
    }
    let zone = config.patrol.timezone.time_zone();
    let mut sheet = Sheet::new(&[
        "key",
        "severity",
        "state",
        "frozen",
        "name",
        "owner",
        "first_seen",
        "last_seen",
        "muted_until",
        "muted_reason",
        "acked_by",
        "evidence",
    ]);
    sheet.rows = chosen.iter().map(|it| row(it, now, zone)).collect();
    ui.sheet(&sheet)
}

fn row(known: &KnownFinding, now: Timestamp, zone: &TimeZone) -> Vec<Cell> {
    let finding = &known.finding;
    let word = finding.severity.word().to_owned();
    let mute = known.muted.as_ref().filter(|it| now < it.until);
    let evidence = finding.evidence.iter();
    let evidence: Vec<String> = evidence
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    vec![
        Cell::text(finding.key.to_string()),
        match finding.severity {
            Severity::Urgent => Cell::Urgent(word),
            Severity::Warning => Cell::Warning(word),
            Severity::Notice => Cell::Text(word),
        },
        Cell::text(known.state.word()),
        Cell::Flag(known.frozen),
        Cell::text(&finding.name),
        Cell::text(&finding.owner),
        Cell::text(shown(known.first_seen, zone)),
        Cell::text(shown(known.last_seen, zone)),
        mute.map_or(Cell::None, |it| Cell::text(shown(it.until, zone))),
        mute.map_or(Cell::None, |it| Cell::text(&it.reason)),
        known
            .acked
            .as_ref()
            .map_or(Cell::None, |it| Cell::text(&it.by)),
        Cell::text(evidence.join("; ")),
    ]
}

async fn mute(args: &MuteArgs, config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let zone = config.patrol.timezone.time_zone();
    let now = ui.host.clock.now();
    let until = until::parse(&args.until, now, zone).ok_or_else(|| {
        let error =
            CliError::usage(ui.say("findings-until", &[("text", args.until.as_str().into())]));
        error.hint(ui.say("findings-until-hint", &[]))
    })?;
    let end = shown(until, zone);
    if until <= now {
        let text = ui.say("findings-until-past", &[("end", end.into())]);
        return Err(CliError::usage(text).hint(ui.say("findings-until-hint", &[])));
    }
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(CliError::usage(ui.say("findings-reason", &[])));
    }
    let (db, known) = find(&args.key, config, ui).await?;
    let mute = Mute {
        until,
        reason: reason.to_owned(),
        by: person(&ui.host.surroundings),
    };
    let changed = db.finding_mute(&known.finding.key, Some(&mute)).await?;
    said(
        changed,
        "findings-muted",
        &known,
        &[("end", end.into())],
        ui,
    )
}

async fn unmute(args: &KeyArgs, config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let (db, known) = find(&args.key, config, ui).await?;
    let changed = db.finding_mute(&known.finding.key, None).await?;
    said(changed, "findings-unmuted", &known, &[], ui)
}

async fn ack(args: &KeyArgs, config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let (db, known) = find(&args.key, config, ui).await?;
    let ack = Ack {
        at: ui.host.clock.now(),
        by: person(&ui.host.surroundings),
    };
    let changed = db.finding_ack(&known.finding.key, Some(&ack)).await?;
    let by = [("by", ack.by.into())];
    said(changed, "findings-acked", &known, &by, ui)
}

/// Says what was done, or that a run has forgotten the finding in between.
fn said(
    changed: bool,
    text: &str,
    known: &KnownFinding,
    places: &[(&'static str, base::texts::FluentValue<'_>)],
    ui: &mut Ui,
) -> Result<(), CliError> {
    let key = known.finding.key.to_string();
    if !changed {
        return Err(CliError::usage(
            ui.say("findings-unknown", &[("key", key.into())]),
        ));
    }
    let mut places = places.to_vec();
    places.push(("key", key.into()));
    let text = ui.say(text, &places);
    ui.status(&text);
    Ok(())
}

/// Finds the one that is meant. A resource may have colons in its id, so keys are compared as they
/// are shown and not taken apart.
async fn find(key: &str, config: &Config, ui: &Ui) -> Result<(Db, KnownFinding), CliError> {
    let unknown = |known: &[KnownFinding]| {
        let error = CliError::usage(ui.say("findings-unknown", &[("key", key.into())]));
        let keys: Vec<String> = known.iter().map(|it| it.finding.key.to_string()).collect();
        match nearest(key, &keys) {
            Some(nearest) => error.hint(ui.say("findings-nearest", &[("key", nearest.into())])),
            None => error.hint(ui.say("findings-list-hint", &[])),
        }
    };
    let Some(db) = open(config, ui).await? else {
        return Err(unknown(&[]));
    };
    let known = db.finding_list(&FindingFilter::default()).await?;
    match known.iter().find(|it| it.finding.key.to_string() == key) {
        Some(found) => Ok((db, found.clone())),
        None => Err(unknown(&known)),
    }
}

fn nearest<'a>(wanted: &str, keys: &'a [String]) -> Option<&'a str> {
    let likeness = |it: &&String| strsim::jaro_winkler(wanted, it);
    let best = keys
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) > 0.8).then_some(best)
}

async fn open(config: &Config, ui: &Ui) -> Result<Option<Db>, CliError> {
    if !has_store(config) {
        return Ok(None);
    }
    let secrets = Secrets::new(config, &ui.host.surroundings);
    wiring::store(config, &secrets).await.map(Some)
}

/// Returns who is at the keyboard, as the system calls them.
fn person(surroundings: &Surroundings) -> String {
    ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|it| surroundings.variable(it))
        .map_or_else(|| format!("uid {}", surroundings.user_id), str::to_owned)
}

/// Returns an instant as RFC 3339 in a zone, to the second.
fn shown(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
