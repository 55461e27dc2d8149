//! How a patrol is printed: for people as tables, for machines as one document or as rows.

use std::collections::BTreeMap;

use duty::FindingState;
use duty_patrol::summary::{AccountRow, BalanceRow, CoverageRows, ItemRow, summarize};
use duty_patrol::{PatrolReport, Settings, calendar};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use warden::{Exit, Outcome};

use super::ics;
use crate::cli::told::{Gap, deliveries, delivery_documents, unseen};
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};

/// What a run found, saw and delivered.
pub(super) struct Report {
    rows: PatrolReport,
    /// All of it as a document, where one was asked for.
    document: Option<String>,
    settings: Settings,
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
        let Outcome {
            census,
            known,
            balances,
            now,
            ..
        } = outcome;
        let rows = summarize(census, known, balances, &settings, *now);
        let document = match format {
            OutputFormat::Json => Some(serde_json::to_string_pretty(&document(outcome, &rows))),
            _ => None,
        };
        let document = document.transpose();
        Ok(Self {
            rows,
            document: document.map_err(|error| CliError::internal("cannot write JSON", &error))?,
            settings,
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
        let Outcome {
            census, known, now, ..
        } = outcome;
        let Self { rows, settings, .. } = self;
        if let Some(document) = &self.document {
            ui.data(document)?;
            return ui.data("\n");
        }
        match ui.format() {
            OutputFormat::Json | OutputFormat::Table => {
                let zone = settings.defaults.timezone.clone();
                let when = now.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
                tables(outcome, rows, &when, ui)
            }
            OutputFormat::Jsonl | OutputFormat::Csv => ui.sheet(&findings(&rows.findings)),
            OutputFormat::Ics => {
                let language = ui.language;
                let about = calendar::about(census, settings, language, *now);
                let days = calendar::days(census, known, settings, language, *now);
                ui.data(&ics::calendar(&about, &days, *now))
            }
        }
    }
}

/// Returns whether there is anything that a person should act on: open, heard, and still asked for.
fn has_findings(report: &PatrolReport) -> bool {
    let open = |it: &&ItemRow| it.state != FindingState::Gone.word() && it.muted_until.is_none();
    report.findings.iter().any(|it| open(&it))
}

fn tables(
    outcome: &Outcome,
    report: &PatrolReport,
    when: &str,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let head = ui.say(
        "patrol-head",
        &[
            ("when", when.into()),
            ("accounts", report.accounts.len().into()),
            ("seen", report.coverage.seen.into()),
            ("scopes", report.coverage.scopes.into()),
            ("findings", report.findings.len().into()),
        ],
    );
    ui.data(&format!("{head}\n\n"))?;
    for sheet in [findings(&report.findings), balances(&report.balances)] {
        if !sheet.rows.is_empty() {
            ui.sheet(&sheet)?;
            ui.data("\n")?;
        }
    }
    let gaps: Vec<Gap<'_>> = report.coverage.unseen.iter().map(Gap::of).collect();
    unseen(&gaps, ui)?;
    let uncovered = uncovered(report);
    if !uncovered.is_empty() {
        let products: Vec<String> = uncovered
            .iter()
            .map(|(kind, many)| format!("{kind} ({many})"))
            .collect();
        let line = ui.say(
            "patrol-uncovered",
            &[("products", products.join(", ").into())],
        );
        ui.data(&format!("{line}\n"))?;
    }
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
        "product",
        "id",
        "name",
        "days_left",
        "ends_on",
        "renewal",
        "owner",
        "muted_until",
    ]);
    for row in rows {
        let severity = row.severity.to_owned();
        let ends_on = row.ends_on.map(|it| it.to_string());
        let muted_until = row.muted_until.map(|it| it.to_string());
        sheet.rows.push(vec![
            match row.severity {
                "urgent" => Cell::Urgent(severity),
                "warning" => Cell::Warning(severity),
                _ => Cell::Text(severity),
            },
            Cell::text(if row.frozen { "unseen" } else { row.state }),
            Cell::text(&*row.account),
            Cell::text(&*row.kind),
            Cell::text(&*row.product),
            Cell::text(&*row.id),
            Cell::text(&*row.name),
            row.days_left.map_or(Cell::None, Cell::Number),
            Cell::text(ends_on.unwrap_or_default()),
            Cell::text(&*row.renewal),
            Cell::text(&*row.owner),
            Cell::text(muted_until.unwrap_or_default()),
        ]);
    }
    sheet
}

fn balances(rows: &[BalanceRow]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "account",
        "balance",
        "available",
        "currency",
        "threshold",
        "lasts_days",
    ]);
    for row in rows {
        let verdict = row.verdict.to_owned();
        let text = |it: &Option<String>| Cell::text(it.as_deref().unwrap_or_default());
        sheet.rows.push(vec![
            Cell::text(&*row.account),
            match row.verdict {
                "low" => Cell::Urgent(verdict),
                "unseen" => Cell::Warning(verdict),
                _ => Cell::Good(verdict),
            },
            text(&row.available),
            text(&row.currency),
            text(&row.threshold),
            match (row.days_left, row.forecast) {
                (Some(days), _) => Cell::Number(days),
                (None, Some(forecast)) => Cell::text(forecast),
                (None, None) => Cell::None,
            },
        ]);
    }
    sheet
}

/// Products of which only the bill is read, with how many rows, over all accounts.
fn uncovered(report: &PatrolReport) -> BTreeMap<&str, u64> {
    let mut products = BTreeMap::new();
    for (kind, many) in report.accounts.iter().flat_map(|it| &it.uncovered) {
        *products.entry(kind.as_str()).or_insert(0) += many;
    }
    products
}

/// The whole run as one JSON document; its names are a promise.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    run: &'a str,
    holds: Vec<u8>,
    taken: &'a Timestamp,
    coverage: &'a CoverageRows,
    accounts: &'a [AccountRow],
    balances: &'a [BalanceRow],
    findings: &'a [ItemRow],
    deliveries: Value,
}

fn document<'a>(outcome: &'a Outcome, report: &'a PatrolReport) -> Document<'a> {
    let mut exits = outcome.exits();
    if has_findings(report) {
        exits.push(Exit::Findings);
    }
    // Taken apart, so that nothing that joins it is left out here.
    let PatrolReport {
        taken,
        accounts,
        findings,
        balances,
        coverage,
    } = report;
    Document {
        schema: "skywarden.patrol/1",
        run: &outcome.run,
        holds: exits.into_iter().map(Exit::code).collect(),
        taken,
        coverage,
        accounts,
        balances,
        findings,
        deliveries: delivery_documents(outcome),
    }
}

#[cfg(test)]
mod tests {
    use cloud::Why;
    use cloud::census::Census;
    use duty::{KnownFinding, Mute};

    use super::*;

    #[test]
    fn every_reason_for_not_seeing_has_its_hint_in_both_languages() {
        let reasons = [
            Why::Denied { permission: None },
            Why::Credentials,
            Why::Clock,
            Why::Throttled,
            Why::Unreachable,
            Why::Undecodable,
            Why::CountMismatch { came: 0, total: 1 },
            Why::EmptyAfter { before: 1 },
            Why::NotReached,
            Why::Refused,
            Why::Defect,
        ];
        let sources = [
            include_str!("../../../locales/en/cli.ftl"),
            include_str!("../../../locales/zh-CN/cli.ftl"),
        ];
        for source in sources {
            let keys = base::texts::keys(source).unwrap();
            for why in &reasons {
                let key = format!("unseen-hint-{}", why.word().replace('_', "-"));
                assert!(keys.contains(&key), "{key}");
            }
        }
    }

    #[test]
    fn what_nobody_asks_for_any_more_is_no_finding_to_act_on() {
        let now = Timestamp::UNIX_EPOCH;
        let known = KnownFinding {
            finding: duty::Finding {
                key: duty::FindingKey {
                    duty: duty_patrol::DUTY.to_owned(),
                    kind: "expiry".to_owned(),
                    account: model::AccountId::new("shop"),
                    resource: model::ResourceId::new("i-1"),
                },
                severity: duty::Severity::Warning,
                scopes: Vec::new(),
                name: String::new(),
                owner: String::new(),
                tags: model::Tags::new(),
                evidence: BTreeMap::new(),
            },
            state: FindingState::Still,
            frozen: true,
            first_seen: now,
            last_seen: now,
            notified: None,
            muted: None,
            acked: None,
        };
        let has = |known: &KnownFinding, account: &str| {
            let mut settings = Settings::default();
            let account = model::AccountId::new(account);
            settings.accounts.insert(account, settings.defaults.clone());
            let census = Census {
                taken: now,
                accounts: BTreeMap::new(),
                endpoints: BTreeMap::new(),
            };
            let known = std::slice::from_ref(known);
            has_findings(&summarize(&census, known, &[], &settings, now))
        };
        assert!(has(&known, "shop"));
        assert!(!has(&known, "game"));
        let muted = KnownFinding {
            muted: Some(Mute {
                until: Timestamp::MAX,
                reason: String::new(),
                by: String::new(),
            }),
            ..known.clone()
        };
        assert!(!has(&muted, "shop"));
        let gone = KnownFinding {
            state: FindingState::Gone,
            ..known
        };
        assert!(!has(&gone, "shop"));
    }
}
