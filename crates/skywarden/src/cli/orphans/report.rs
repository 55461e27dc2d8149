//! How a look for orphans is printed: for people as tables, for machines as one document or as rows.

use duty::FindingState;
use duty_orphans::Settings;
use duty_orphans::summary::{ItemRow, OrphanReport, summarize};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use warden::{Exit, Outcome};

use crate::cli::told::{Gap, deliveries, delivery_documents, unseen};
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};

/// What a run found, saw and delivered.
pub(super) struct Report {
    rows: OrphanReport,
    /// All of it as a document, where one was asked for.
    document: Option<String>,
    zone: TimeZone,
}

impl Report {
    /// Returns the report of a run, as far as it can be made before anything is printed.
    ///
    /// # Errors
    ///
    /// When it cannot be written as a document.
    pub(super) fn of(
        outcome: &Outcome,
        settings: Settings,
        format: OutputFormat,
    ) -> Result<Self, CliError> {
        let rows = summarize(&outcome.census, &outcome.known, &settings, outcome.now);
        let document = match format {
            OutputFormat::Json => Some(format!("{:#}\n", document(outcome, &rows)?)),
            _ => None,
        };
        Ok(Self {
            rows,
            document,
            zone: settings.defaults.timezone,
        })
    }

    /// Returns whether there is anything that a person should act on.
    pub(super) fn has_findings(&self) -> bool {
        has_findings(&self.rows)
    }

    /// Prints it.
    ///
    /// # Errors
    ///
    /// When nobody takes the output.
    pub(super) fn print(&self, outcome: &Outcome, ui: &mut Ui) -> Result<(), CliError> {
        if let Some(document) = &self.document {
            return ui.data(document);
        }
        match ui.format() {
            OutputFormat::Json | OutputFormat::Table => {
                let when = outcome.now.to_zoned(self.zone.clone());
                let when = when.strftime("%Y-%m-%d %H:%M").to_string();
                tables(outcome, &self.rows, &when, ui)
            }
            OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => {
                ui.sheet(&findings(&self.rows.findings))
            }
        }
    }
}

/// Returns whether there is anything that a person should act on: open, and heard.
fn has_findings(report: &OrphanReport) -> bool {
    let open = |it: &&ItemRow| it.state != FindingState::Gone.word() && it.muted_until.is_none();
    report.findings.iter().any(|it| open(&it))
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
