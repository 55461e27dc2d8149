//! How a patrol is printed: for people as tables, for machines as one document or as rows.

use std::collections::BTreeMap;

use duty::FindingState;
use duty_patrol::PatrolReport;
use duty_patrol::summary::{BalanceRow, ItemRow, UnseenRow, summarize};
use serde_json::{Value, json};
use warden::{Exit, Outcome};

use crate::cli::output::printable_line;
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};
use crate::config::Config;
use crate::wiring;

/// Returns whether there is anything that a person should act on.
pub(super) fn has_findings(outcome: &Outcome) -> bool {
    let known = outcome.known.iter();
    known
        .filter(|it| !it.is_muted(outcome.now))
        .any(|it| it.state != FindingState::Gone)
}

/// Prints what a run found, saw and delivered.
pub(super) fn print(outcome: &Outcome, config: &Config, ui: &mut Ui) -> Result<(), CliError> {
    let settings = wiring::duties::patrol(config).settings;
    let Outcome {
        census,
        known,
        balances,
        now,
        ..
    } = outcome;
    let report = summarize(census, known, balances, &settings, *now);
    match ui.format() {
        OutputFormat::Json => {
            let document = document(outcome, &report)?;
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Table => {
            let zone = settings.defaults.timezone.clone();
            let when = now.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
            tables(outcome, &report, &when, ui)
        }
        OutputFormat::Jsonl | OutputFormat::Csv => ui.sheet(&findings(&report.findings)),
    }
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
    unseen(&report.coverage.unseen, ui)?;
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

/// Says what was not seen, what is told of several scopes once, and what to do about it.
fn unseen(rows: &[UnseenRow], ui: &mut Ui) -> Result<(), CliError> {
    if rows.is_empty() {
        return Ok(());
    }
    let title = ui.say("patrol-unseen", &[("many", rows.len().into())]);
    ui.data(&format!("{title}\n"))?;
    let mut told: Vec<(&UnseenRow, Vec<String>)> = Vec::new();
    for row in rows {
        let name = match row.accepted {
            true => ui.say("patrol-ignored", &[("scope", row.scope.as_str().into())]),
            false => row.scope.clone(),
        };
        match told
            .iter_mut()
            .find(|it| it.0.detail == row.detail && it.0.why == row.why)
        {
            Some((_, scopes)) => scopes.push(name),
            None => told.push((row, vec![name])),
        }
    }
    for (row, scopes) in told {
        let detail = printable_line(&row.detail);
        ui.data(&format!("  {}\n    {detail}\n", scopes.join(", ")))?;
        let account = row.scope.rsplitn(3, '/').nth(2).unwrap_or_default();
        let permission = row.permission.as_deref().unwrap_or("?");
        let key = format!("unseen-hint-{}", row.why.replace('_', "-"));
        let places = [
            ("account", account.into()),
            ("permission", permission.into()),
        ];
        let hint = ui.say(&key, &places);
        let hint = ui.say("talk-hint", &[("text", hint.into())]);
        ui.data(&format!("    {hint}\n"))?;
    }
    ui.data("\n")
}

/// Products of which only the bill is read, with how many rows, over all accounts.
fn uncovered(report: &PatrolReport) -> BTreeMap<&str, u64> {
    let mut products = BTreeMap::new();
    for (kind, many) in report.accounts.iter().flat_map(|it| &it.uncovered) {
        *products.entry(kind.as_str()).or_insert(0) += many;
    }
    products
}

fn deliveries(outcome: &Outcome, ui: &Ui) -> Vec<String> {
    let channels = outcome.deliveries.iter().flat_map(|it| &it.channels);
    channels
        .map(|it| {
            let mut line = ui.say(
                "patrol-delivery",
                &[
                    ("channel", it.channel.as_str().into()),
                    ("delivered", it.delivered.len().into()),
                    ("waiting", it.waiting.len().into()),
                    ("dead", it.dead.len().into()),
                ],
            );
            for trouble in troubles(it) {
                line.push_str("\n  ");
                line.push_str(trouble);
            }
            line
        })
        .collect()
}

/// Why parts of a channel were not delivered, in the other side's words.
fn troubles(report: &notify::ChannelReport) -> impl Iterator<Item = &str> {
    let waiting = report
        .waiting
        .iter()
        .filter_map(|part| part.error.as_deref());
    let dead = report.dead.iter().map(|part| part.error.as_str());
    waiting.chain(dead).chain(report.outbox_error.as_deref())
}

/// The whole run as one JSON document; its names are a promise.
fn document(outcome: &Outcome, report: &PatrolReport) -> Result<Value, CliError> {
    let mut exits = outcome.exits();
    if has_findings(outcome) {
        exits.push(Exit::Findings);
    }
    let channels = outcome.deliveries.iter().flat_map(|it| &it.channels);
    let failed = |error: serde_json::Error| CliError::internal("cannot write JSON", &error);
    let mut document = serde_json::to_value(report).map_err(failed)?;
    document["schema"] = json!("skywarden.patrol/1");
    document["run"] = json!(outcome.run);
    document["holds"] = exits.into_iter().map(Exit::code).collect();
    document["deliveries"] = channels
        .map(|it| {
            json!({
                "channel": it.channel,
                "delivered": it.delivered.len(),
                "waiting": it.waiting.len(),
                "dead": it.dead.len(),
                "errors": troubles(it).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(document)
}
