//! How a look for orphans is printed: for people as tables, for machines as one document or as rows.

use cloud::Why;
use duty::{FindingState, KnownFinding, Severity};
use duty_orphans::{Facts, Settings, facts};
use jiff::Timestamp;
use serde_json::{Value, json};
use warden::{Exit, Outcome};

use crate::cli::told::{Gap, deliveries, delivery_documents, unseen};
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};
use crate::config::Config;
use crate::wiring;

/// What a run found that is worth telling.
pub(super) struct Found<'a> {
    known: Vec<&'a KnownFinding>,
    now: Timestamp,
}

impl Found<'_> {
    /// Returns whether there is anything that a person should act on: open, and heard.
    pub(super) fn has_findings(&self) -> bool {
        let open = |it: &&&KnownFinding| it.state != FindingState::Gone && !it.is_muted(self.now);
        self.known.iter().any(|it| open(&it))
    }
}

/// Prints what a run found, saw and delivered, and returns it.
pub(super) fn print<'a>(
    outcome: &'a Outcome,
    config: &Config,
    ui: &mut Ui,
) -> Result<Found<'a>, CliError> {
    let settings = wiring::duties::orphans(config).settings;
    let found = found(outcome, &settings);
    match ui.format() {
        OutputFormat::Json => {
            let document = document(outcome, &found, &settings);
            ui.data(&format!("{document:#}\n"))?;
        }
        OutputFormat::Table => tables(outcome, &found, &settings, ui)?,
        OutputFormat::Jsonl | OutputFormat::Csv => ui.sheet(&findings(&found))?,
    }
    Ok(found)
}

fn found<'a>(outcome: &'a Outcome, settings: &Settings) -> Found<'a> {
    let told = |it: &&KnownFinding| {
        settings.still_asks(&it.finding) && Facts::of(&it.finding).is_worth_telling()
    };
    let mut known: Vec<&KnownFinding> = outcome.known.iter().filter(told).collect();
    known.sort_by_cached_key(|it| {
        (
            it.state == FindingState::Gone,
            Facts::of(&it.finding).rank(),
        )
    });
    Found {
        known,
        now: outcome.now,
    }
}

fn tables(
    outcome: &Outcome,
    found: &Found<'_>,
    settings: &Settings,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let zone = settings.defaults.timezone.clone();
    let when = outcome.now.to_zoned(zone).strftime("%Y-%m-%d %H:%M");
    let covered = outcome.census.coverage();
    let seen = covered.iter().filter(|it| it.sight.is_ok()).count();
    let head = ui.say(
        "orphans-head",
        &[
            ("when", when.to_string().into()),
            ("accounts", outcome.census.accounts.len().into()),
            ("seen", seen.into()),
            ("scopes", covered.len().into()),
            ("findings", found.known.len().into()),
        ],
    );
    ui.data(&format!("{head}\n\n"))?;
    let sheet = findings(found);
    if !sheet.rows.is_empty() {
        ui.sheet(&sheet)?;
        ui.data("\n")?;
    }
    let gaps = gaps(outcome, settings);
    let gaps: Vec<Gap<'_>> = gaps.iter().map(OwnedGap::borrowed).collect();
    unseen(&gaps, ui)?;
    for line in deliveries(outcome, ui) {
        ui.status(&line);
    }
    Ok(())
}

/// A scope that was not seen, with its words made.
struct OwnedGap {
    scope: String,
    why: &'static str,
    permission: Option<String>,
    detail: String,
    accepted: bool,
}

impl OwnedGap {
    fn borrowed(&self) -> Gap<'_> {
        Gap {
            scope: &self.scope,
            why: self.why,
            permission: self.permission.as_deref(),
            detail: &self.detail,
            accepted: self.accepted,
        }
    }
}

fn gaps(outcome: &Outcome, settings: &Settings) -> Vec<OwnedGap> {
    let unseen = outcome.census.unseen().into_iter();
    unseen
        .map(|(scope, unseen)| OwnedGap {
            accepted: settings.accepts_gap(&scope, outcome.now),
            scope: scope.to_string(),
            why: unseen.why.word(),
            permission: match &unseen.why {
                Why::Denied { permission } => permission.clone(),
                _ => None,
            },
            detail: unseen.detail.clone(),
        })
        .collect()
}

/// One row a finding, the worst first.
fn findings(found: &Found<'_>) -> Sheet {
    let mut sheet = Sheet::new(&[
        "severity",
        "state",
        "account",
        "kind",
        "verdict",
        "id",
        "name",
        "region",
        "cluster",
        "private_ips",
        "public_ips",
        "since",
        "confirmed_after",
        "why",
        "owner",
    ]);
    for known in &found.known {
        let finding = &known.finding;
        let facts = Facts::of(finding);
        let severity = finding.severity.word().to_owned();
        let fact = |name: &str| Cell::text(facts.get(name));
        let state = if known.frozen {
            "unseen"
        } else {
            known.state.word()
        };
        sheet.rows.push(vec![
            match finding.severity {
                Severity::Urgent => Cell::Urgent(severity),
                Severity::Warning => Cell::Warning(severity),
                Severity::Notice => Cell::Text(severity),
            },
            Cell::text(state),
            Cell::text(finding.key.account.as_str()),
            Cell::text(&*finding.key.kind),
            fact(facts::VERDICT),
            Cell::text(finding.key.resource.as_str()),
            Cell::text(&*finding.name),
            fact(facts::REGION),
            fact(facts::CLUSTER),
            fact(facts::PRIVATE_IPS),
            fact(facts::PUBLIC_IPS),
            fact(facts::SINCE),
            fact(facts::CONFIRMED_AFTER),
            fact(facts::WHY),
            Cell::text(&*finding.owner),
        ]);
    }
    sheet
}

/// The whole run as one JSON document; its names are a promise.
fn document(outcome: &Outcome, found: &Found<'_>, settings: &Settings) -> Value {
    let mut exits = outcome.exits();
    if found.has_findings() {
        exits.push(Exit::Findings);
    }
    let findings = found.known.iter().map(|known| {
        let finding = &known.finding;
        json!({
            "key": finding.key.to_string(),
            "kind": finding.key.kind,
            "account": finding.key.account.as_str(),
            "id": finding.key.resource.as_str(),
            "name": finding.name,
            "severity": finding.severity.word(),
            "state": known.state.word(),
            "frozen": known.frozen,
            "first_seen": known.first_seen,
            "last_seen": known.last_seen,
            "muted_until": known.muted.as_ref().map(|it| it.until),
            "acked_by": known.acked.as_ref().map(|it| it.by.as_str()),
            "owner": finding.owner,
            "tags": finding.tags,
            "evidence": finding.evidence,
        })
    });
    let covered = outcome.census.coverage();
    let unseen = gaps(outcome, settings);
    json!({
        "schema": "skywarden.orphans/1",
        "run": outcome.run,
        "at": outcome.now,
        "findings": findings.collect::<Vec<_>>(),
        "coverage": {
            "scopes": covered.len(),
            "seen": covered.iter().filter(|it| it.sight.is_ok()).count(),
            "unseen": unseen.iter().map(|it| json!({
                "scope": it.scope,
                "why": it.why,
                "permission": it.permission,
                "detail": it.detail,
                "accepted": it.accepted,
            })).collect::<Vec<_>>(),
        },
        "holds": exits.into_iter().map(Exit::code).collect::<Vec<_>>(),
        "deliveries": delivery_documents(outcome),
    })
}
