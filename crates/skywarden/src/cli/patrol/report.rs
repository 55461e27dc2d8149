//! How a patrol is printed.

use std::collections::BTreeMap;

use cloud::{Unseen, Why};
use duty::{FindingState, KnownFinding, Severity};
use duty_patrol::{BalanceRule, Facts, Settings};
use serde_json::{Value, json};
use warden::{Exit, Outcome};

use super::wants_document;
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
    let findings = findings(outcome, &settings);
    match ui.format() {
        format if wants_document(format) => {
            let document = document(outcome, &settings, &findings);
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Table => table(outcome, &settings, &findings, ui),
        _ => ui.sheet(&findings),
    }
}

fn table(
    outcome: &Outcome,
    settings: &Settings,
    findings: &Sheet,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let covered = outcome.census.coverage();
    let seen = covered.iter().filter(|it| it.sight.is_ok()).count();
    let zone = settings.defaults.timezone.clone();
    let when = outcome
        .now
        .to_zoned(zone)
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    let head = ui.say(
        "patrol-head",
        &[
            ("when", when.into()),
            ("accounts", outcome.census.accounts.len().into()),
            ("seen", seen.into()),
            ("scopes", covered.len().into()),
            ("findings", findings.rows.len().into()),
        ],
    );
    ui.data(&format!("{head}\n\n"))?;
    if !findings.rows.is_empty() {
        ui.sheet(findings)?;
        ui.data("\n")?;
    }
    let balances = balances(outcome, settings);
    if !balances.rows.is_empty() {
        ui.sheet(&balances)?;
        ui.data("\n")?;
    }
    unseen_lines(outcome, ui)?;
    let uncovered = uncovered(outcome);
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
fn findings(outcome: &Outcome, settings: &Settings) -> Sheet {
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
        "muted",
    ]);
    let mut known: Vec<&KnownFinding> = outcome.known.iter().collect();
    known.sort_by_cached_key(|it| order(it, outcome, settings));
    for it in known {
        let facts = Facts::of(&it.finding);
        let zone = &settings.of(&it.finding.key.account).timezone;
        let days = facts.days_left(outcome.now, zone);
        let severity = it.finding.severity.word().to_owned();
        let state = if it.frozen { "unseen" } else { it.state.word() };
        sheet.rows.push(vec![
            match it.finding.severity {
                Severity::Urgent => Cell::Urgent(severity),
                Severity::Warning => Cell::Warning(severity),
                Severity::Notice => Cell::Text(severity),
            },
            Cell::text(state),
            Cell::text(it.finding.key.account.as_str()),
            Cell::text(&*it.finding.key.kind),
            Cell::text(facts.product()),
            Cell::text(it.finding.key.resource.as_str()),
            Cell::text(&*it.finding.name),
            days.map_or(Cell::None, Cell::Number),
            Cell::text(facts.get(duty_patrol::facts::ENDS_ON)),
            Cell::text(facts.get(duty_patrol::facts::RENEWAL)),
            Cell::text(&*it.finding.owner),
            Cell::Flag(it.is_muted(outcome.now)),
        ]);
    }
    sheet
}

type Order = (std::cmp::Reverse<Severity>, bool, i64, String, String);

fn order(known: &KnownFinding, outcome: &Outcome, settings: &Settings) -> Order {
    let facts = Facts::of(&known.finding);
    let key = &known.finding.key;
    let days = facts.days_left(outcome.now, &settings.of(&key.account).timezone);
    (
        std::cmp::Reverse(known.finding.severity),
        known.state == FindingState::Gone,
        days.unwrap_or(i64::MIN),
        facts.product().to_owned(),
        key.to_string(),
    )
}

fn balances(outcome: &Outcome, settings: &Settings) -> Sheet {
    let mut sheet = Sheet::new(&["account", "available", "currency", "threshold", "balance"]);
    for (account, sight) in &outcome.census.accounts {
        let Some(balance) = sight.balance.as_ref().and_then(|it| it.seen()) else {
            continue;
        };
        let available = &balance.get().available;
        let settings = settings.of(account);
        let threshold = match &settings.balance {
            BalanceRule::Off => None,
            BalanceRule::Below(thresholds) => thresholds.get(&available.currency),
        };
        let low = threshold.is_some_and(|it| available.amount < *it)
            || available.amount.is_sign_negative() && !available.amount.is_zero();
        let hidden = settings.amount_invisible;
        let amount = if hidden {
            "***".to_owned()
        } else {
            available.grouped()
        };
        sheet.rows.push(vec![
            Cell::text(account.as_str()),
            if low {
                Cell::Urgent(amount)
            } else {
                Cell::Good(amount)
            },
            Cell::text(available.currency.code()),
            match threshold {
                Some(_) if hidden => Cell::text("***"),
                Some(threshold) => Cell::text(threshold.to_string()),
                None => Cell::None,
            },
            Cell::text(if low { "low" } else { "fine" }),
        ]);
    }
    sheet
}

fn unseen(outcome: &Outcome) -> Sheet {
    let mut sheet = Sheet::new(&["scope", "why", "detail", "ignored"]);
    for (scope, unseen) in outcome.census.unseen() {
        sheet.rows.push(vec![
            Cell::text(scope.to_string()),
            Cell::Warning(unseen.why.word().to_owned()),
            Cell::text(&*unseen.detail),
            Cell::Flag(outcome.ignored.contains(&scope)),
        ]);
    }
    sheet
}

/// Says what was not seen, what is told of several scopes once, and what to do about it.
fn unseen_lines(outcome: &Outcome, ui: &mut Ui) -> Result<(), CliError> {
    let unseen = outcome.census.unseen();
    if unseen.is_empty() {
        return Ok(());
    }
    let title = ui.say("patrol-unseen", &[("many", unseen.len().into())]);
    ui.data(&format!("{title}\n"))?;
    let mut told: Vec<(&Unseen, Vec<String>)> = Vec::new();
    for (scope, why) in unseen {
        let mut name = scope.to_string();
        if outcome.ignored.contains(&scope) {
            name = ui.say("patrol-ignored", &[("scope", name.into())]);
        }
        match told.iter_mut().find(|it| it.0 == why) {
            Some((_, scopes)) => scopes.push(name),
            None => told.push((why, vec![name])),
        }
    }
    for (unseen, scopes) in told {
        let detail = printable_line(&unseen.detail);
        ui.data(&format!("  {}\n    {detail}\n", scopes.join(", ")))?;
        let account = scopes
            .first()
            .and_then(|it| it.split('/').next())
            .unwrap_or_default();
        let key = format!("unseen-hint-{}", unseen.why.word().replace('_', "-"));
        let permission = match &unseen.why {
            Why::Denied {
                permission: Some(permission),
            } => permission.as_str(),
            _ => "?",
        };
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
fn uncovered(outcome: &Outcome) -> BTreeMap<&str, u64> {
    let mut products = BTreeMap::new();
    for (kind, many) in outcome
        .census
        .accounts
        .values()
        .flat_map(|it| &it.uncovered)
    {
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
            let waiting = it.waiting.iter().filter_map(|part| part.error.as_ref());
            let troubles = waiting.chain(it.dead.iter().map(|part| &part.error));
            for trouble in troubles.chain(&it.outbox_error) {
                line.push_str("\n  ");
                line.push_str(trouble);
            }
            line
        })
        .collect()
}

/// The whole run as one JSON document; its names are a promise.
fn document(outcome: &Outcome, settings: &Settings, findings: &Sheet) -> Value {
    let covered = outcome.census.coverage();
    let mut exits = outcome.exits();
    if has_findings(outcome) {
        exits.push(Exit::Findings);
    }
    let channels = outcome.deliveries.iter().flat_map(|it| &it.channels);
    json!({
        "schema": "skywarden.patrol/1",
        "run": outcome.run,
        "taken": outcome.now.to_string(),
        "holds": exits.into_iter().map(Exit::code).collect::<Vec<_>>(),
        "findings": findings.json(),
        "balances": balances(outcome, settings).json(),
        "coverage": {
            "scopes": covered.len(),
            "seen": covered.iter().filter(|it| it.sight.is_ok()).count(),
            "resources": covered.iter().filter_map(|it| it.sight.as_ref().ok()).sum::<u64>(),
            "unseen": unseen(outcome).json(),
            "bill_only": uncovered(outcome),
        },
        "deliveries": channels.map(|it| json!({
            "channel": it.channel,
            "delivered": it.delivered.len(),
            "waiting": it.waiting.len(),
            "dead": it.dead.len(),
            "errors": it.waiting.iter().filter_map(|part| part.error.clone())
                .chain(it.dead.iter().map(|part| part.error.clone()))
                .chain(it.outbox_error.clone())
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
