//! How a look for orphans is printed: for people as tables, for machines as one document or as rows.

use duty::FindingState;
use duty_orphans::summary::{ItemRow, OrphanReport, summarize};
use serde_json::{Value, json};
use warden::{Exit, Outcome};

use crate::cli::told::{Gap, deliveries, delivery_documents, unseen};
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};
use crate::config::Config;
use crate::wiring;

/// Returns whether there is anything that a person should act on: open, and heard.
pub(super) fn has_findings(report: &OrphanReport) -> bool {
    let open = |it: &&ItemRow| it.state != FindingState::Gone.word() && it.muted_until.is_none();
    report.findings.iter().any(|it| open(&it))
}

/// Prints what a run found, saw and delivered, and returns it.
pub(super) fn print(
    outcome: &Outcome,
    config: &Config,
    ui: &mut Ui,
) -> Result<OrphanReport, CliError> {
    let settings = wiring::duties::orphans(config).settings;
    let report = summarize(&outcome.census, &outcome.known, &settings, outcome.now);
    match ui.format() {
        OutputFormat::Json => {
            let document = document(outcome, &report)?;
            ui.data(&format!("{document:#}\n"))?;
        }
        OutputFormat::Table => {
            let when = outcome.now.to_zoned(settings.defaults.timezone);
            let when = when.strftime("%Y-%m-%d %H:%M").to_string();
            tables(outcome, &report, &when, ui)?;
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => {
            ui.sheet(&findings(&report.findings))?;
        }
    }
    Ok(report)
}

fn tables(
    outcome: &Outcome,
    report: &OrphanReport,
    when: &str,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let head = ui.say(
        "orphans-head",
        &[
            ("when", when.into()),
            ("accounts", report.accounts.len().into()),
            ("seen", report.coverage.seen.into()),
            ("scopes", report.coverage.scopes.into()),
            ("orphans", report.counts.orphans.into()),
            ("suspects", report.counts.suspects.into()),
            ("unknown", report.counts.unknown.into()),
            ("unused", report.counts.unused.into()),
        ],
    );
    ui.data(&format!("{head}\n\n"))?;
    let sheet = findings(&report.findings);
    if !sheet.rows.is_empty() {
        ui.sheet(&sheet)?;
        ui.data("\n")?;
    }
    let gaps: Vec<Gap<'_>> = report.coverage.unseen.iter().map(Gap::of).collect();
    unseen(&gaps, ui)?;
    for line in deliveries(outcome, ui) {
        ui.status(&line);
    }
    Ok(())
}

/// One row a finding, the worst first.
fn findings(rows: &[ItemRow]) -> Sheet {
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
    for row in rows {
        let severity = row.severity.to_owned();
        let why = row.why.iter().map(|it| match it.about.as_str() {
            "" => it.reason.clone(),
            about => format!("{}:{about}", it.reason),
        });
        let time = |it: Option<jiff::Timestamp>| {
            // Whole seconds: nobody tells two looks apart by less.
            Cell::text(it.map(|it| format!("{it:.0}")).unwrap_or_default())
        };
        sheet.rows.push(vec![
            match row.severity {
                "urgent" => Cell::Urgent(severity),
                "warning" => Cell::Warning(severity),
                _ => Cell::Text(severity),
            },
            Cell::text(if row.frozen { "unseen" } else { row.state }),
            Cell::text(&*row.account),
            Cell::text(&*row.kind),
            Cell::text(&*row.verdict),
            Cell::text(&*row.id),
            Cell::text(&*row.name),
            Cell::text(&*row.region),
            Cell::text(&*row.cluster),
            Cell::text(row.private_ips.join(" ")),
            Cell::text(row.public_ips.join(" ")),
            time(row.since),
            time(row.confirmed_after),
            Cell::text(why.collect::<Vec<_>>().join(" ")),
            Cell::text(&*row.owner),
        ]);
    }
    sheet
}

/// The whole run as one JSON document; its names are a promise.
fn document(outcome: &Outcome, report: &OrphanReport) -> Result<Value, CliError> {
    let mut exits = outcome.exits();
    if has_findings(report) {
        exits.push(Exit::Findings);
    }
    let failed = |error: serde_json::Error| CliError::internal("cannot write JSON", &error);
    let mut document = serde_json::to_value(report).map_err(failed)?;
    document["schema"] = json!("skywarden.orphans/1");
    document["run"] = json!(outcome.run);
    document["holds"] = exits.into_iter().map(Exit::code).collect();
    document["deliveries"] = delivery_documents(outcome);
    Ok(document)
}
