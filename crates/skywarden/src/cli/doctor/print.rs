//! How a doctor's findings are printed.

use serde_json::{Value, json};
use warden::Exit;

use super::account::Examined;
use super::calls::Estimate;
use super::check::{Check, Status};
use crate::cli::lines::Words;
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};

/// Everything that was found.
pub(super) struct Report {
    pub(super) machine: Vec<Check>,
    pub(super) accounts: Vec<Examined>,
    pub(super) estimates: Vec<Estimate>,
    pub(super) holds: Vec<Exit>,
}

impl Report {
    /// Returns every check with the account it is of.
    fn checks(&self) -> impl Iterator<Item = (Option<&str>, &Check)> {
        let machine = self.machine.iter().map(|check| (None, check));
        let accounts = self.accounts.iter().flat_map(|it| {
            it.checks
                .iter()
                .map(|check| (Some(it.account.as_str()), check))
        });
        machine.chain(accounts)
    }
}

/// Prints a report in the format that was asked for.
pub(super) fn print(report: &Report, ui: &mut Ui) -> Result<(), CliError> {
    match ui.format() {
        OutputFormat::Table => {
            let text = text(report, Words(ui.language), ui.is_colored());
            ui.data(&text)
        }
        OutputFormat::Json => {
            let document = document(report);
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => ui.sheet(&sheet(report)),
    }
}

fn text(report: &Report, words: Words, colored: bool) -> String {
    let mut text = words.say("doctor-machine", &[]);
    text.push('\n');
    for check in &report.machine {
        text.push_str(&check.lines(words, colored));
    }
    for examined in &report.accounts {
        let places = [("account", examined.account.as_str().into())];
        text.push('\n');
        text.push_str(&words.say("doctor-account", &places));
        text.push('\n');
        for check in &examined.checks {
            text.push_str(&check.lines(words, colored));
        }
    }
    for examined in &report.accounts {
        if let (Some(policy), Some(identity)) = (&examined.policy, &examined.identity) {
            let places = [
                ("account", examined.account.as_str().into()),
                ("principal", identity.principal.as_str().into()),
            ];
            text.push('\n');
            text.push_str(&words.say("doctor-policy", &places));
            text.push('\n');
            text.push_str(&policy.document);
            text.push('\n');
        }
    }
    text.push('\n');
    text.push_str(&summary(report, words));
    text.push('\n');
    text
}

fn summary(report: &Report, words: Words) -> String {
    let count = |wanted: &[Status]| {
        report
            .checks()
            .filter(|(_, check)| wanted.contains(&check.status))
            .count()
    };
    let wrong = count(&[Status::Missing, Status::Failed, Status::Unknown]);
    let key = if wrong == 0 {
        "doctor-fine"
    } else {
        "doctor-wrong"
    };
    let places = [
        ("wrong", wrong.into()),
        ("warnings", count(&[Status::Warning]).into()),
    ];
    words.say(key, &places)
}

/// One row a check, for machines that want rows.
fn sheet(report: &Report) -> Sheet {
    let mut sheet = Sheet::new(&["account", "check", "subject", "status", "detail", "hints"]);
    sheet.rows.extend(report.checks().map(|(account, check)| {
        vec![
            Cell::text(account.unwrap_or_default()),
            Cell::text(check.name),
            Cell::text(&*check.subject),
            Cell::text(check.status.word()),
            Cell::text(&*check.detail),
            Cell::text(check.hints.join(" ")),
        ]
    }));
    sheet
}

/// The whole report as one JSON document; its names are a promise.
fn document(report: &Report) -> Value {
    let text = |it: &str| {
        if it.is_empty() {
            Value::Null
        } else {
            json!(it)
        }
    };
    let checks = report.checks().map(|(account, check)| {
        json!({
            "account": account,
            "check": check.name,
            "subject": text(&check.subject),
            "status": check.status.word(),
            "detail": check.detail,
            "hints": check.hints,
        })
    });
    let calls = report.estimates.iter().flat_map(|estimate| {
        estimate.rows.iter().map(|row| {
            json!({
                "account": estimate.account,
                "kind": row.kind,
                "operation": row.operation,
                "runs_a_month": estimate.runs,
                "calls_a_run": row.calls_a_run,
                "calls_a_month": row.calls,
                "page_size": row.page_size,
                "last_count": row.rows,
                "assumed": row.assumed,
                "free_calls_a_month": row.free,
                "is_billed": row.is_billed(),
            })
        })
    });
    let policies = report.accounts.iter().filter_map(|it| {
        let (policy, identity) = (it.policy.as_ref()?, it.identity.as_ref()?);
        // The document is text of the adapter's; one that is no JSON is still worth printing.
        let document: Value =
            serde_json::from_str(&policy.document).unwrap_or_else(|_| json!(policy.document));
        Some(json!({
            "account": it.account,
            "principal": identity.principal,
            "permissions": policy.permissions,
            "policy": document,
        }))
    });
    json!({
        "schema": "skywarden.doctor/1",
        "holds": report.holds.iter().map(|it| it.code()).collect::<Vec<_>>(),
        "checks": checks.collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "policies": policies.collect::<Vec<_>>(),
    })
}
