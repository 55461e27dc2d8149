//! How a plan is shown: for people in order of what they must read, for machines whole.

use duty::coverage::{CoverageRows, rows as coverage_rows};
use duty::{Duty, Planned};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use warden::{Exit, Planning};

use super::rows;
use super::text::{monthly, refusal, refusal_word};
use crate::cli::output::printable_line;
use crate::cli::told::{Gap, unseen};
use crate::cli::{Cell, CliError, Sheet, Ui};

/// How many things of one sort are listed one by one for a person.
const LISTED: usize = 20;

/// Returns what was seen and what not.
pub(in crate::cli) fn coverage(planning: &Planning) -> CoverageRows {
    let outcome = &planning.outcome;
    coverage_rows(&outcome.census, |it| outcome.ignored.contains(it))
}

/// Returns the steps of a plan as rows; those that the guard refused are told.
pub(in crate::cli) fn sheet(planning: &Planning, duty: &dyn Duty, ui: &Ui) -> Sheet {
    let mut columns = vec!["duty"];
    columns.extend(rows::STEP);
    columns.push("allowed");
    let mut sheet = Sheet::new(&columns);
    for (place, planned) in planning.approved.plan().steps.iter().enumerate() {
        let mut row = vec![Cell::text(duty.name())];
        row.extend(rows::cells(planned, duty, ui));
        row.push(Cell::Flag(!is_refused(planning, place)));
        sheet.rows.push(row);
    }
    sheet
}

fn is_refused(planning: &Planning, place: usize) -> bool {
    let mut refusals = planning.refusals.iter();
    refusals.any(|it| it.steps.contains(&place))
}

fn count(planning: &Planning, sign: char) -> usize {
    let steps = planning.approved.plan().steps.iter();
    steps.filter(|it| it.step.sign() == sign).count()
}

/// Shows a plan to a person.
pub(in crate::cli) fn table(
    planning: &Planning,
    duty: &dyn Duty,
    zone: &TimeZone,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let text = shown(planning, duty, zone, ui);
    ui.data(&text)?;
    let coverage = coverage(planning);
    let gaps: Vec<Gap<'_>> = coverage.unseen.iter().map(Gap::of).collect();
    unseen(&gaps, ui)
}

/// Returns a plan as a person reads it, but for what was not seen.
pub(in crate::cli) fn shown(
    planning: &Planning,
    duty: &dyn Duty,
    zone: &TimeZone,
    ui: &Ui,
) -> String {
    let plan = planning.approved.plan();
    let when = plan.made.to_zoned(zone.clone());
    let places = [
        ("duty", duty.name().into()),
        ("when", when.strftime("%Y-%m-%d %H:%M").to_string().into()),
        ("made", count(planning, '+').into()),
        ("changed", count(planning, '~').into()),
        ("removed", count(planning, '-').into()),
        ("undecided", plan.undecided.len().into()),
    ];
    let mut text = ui.say("plan-head", &places) + "\n";
    let allowed = planning.approved.steps().map(|(_, _, planned)| planned);
    for money in monthly(allowed) {
        let places = [("money", rows::signed(&money).into())];
        text.push_str(&(ui.say("plan-monthly", &places) + "\n"));
    }
    text.push('\n');
    let mut sheet = sheet(planning, duty, ui);
    // The head has said of which duty, and what is refused stands below.
    for row in &mut sheet.rows {
        row.remove(0);
        row.pop();
    }
    sheet.columns = rows::STEP.to_vec();
    if !sheet.rows.is_empty() {
        text += &ui.drawn(&sheet);
        text.push('\n');
    }
    text += &refused(planning, ui);
    text += &undecided(planning, duty, ui);
    for note in &plan.notes {
        let said = printable_line(&duty.explain(note, ui.language));
        text.push_str(&(ui.say("plan-note", &[("text", said.into())]) + "\n"));
    }
    if !plan.notes.is_empty() {
        text.push('\n');
    }
    text
}

fn refused(planning: &Planning, ui: &Ui) -> String {
    if planning.refusals.is_empty() {
        return String::new();
    }
    let mut text = ui.say("plan-refused", &[]) + "\n";
    for part in &planning.refusals {
        let (why, hint) = refusal(part, ui);
        let places = [
            ("account", part.account.as_str().into()),
            ("kind", part.kind.as_str().into()),
            ("steps", part.steps.len().into()),
            ("why", why.into()),
        ];
        text.extend(["  ", &ui.say("plan-refused-part", &places), "\n"]);
        if let Some(hint) = hint {
            let hint = ui.say("talk-hint", &[("text", hint.into())]);
            text.extend(["    ", &hint, "\n"]);
        }
    }
    text.push('\n');
    text
}

fn undecided(planning: &Planning, duty: &dyn Duty, ui: &Ui) -> String {
    let undecided = &planning.approved.plan().undecided;
    if undecided.is_empty() {
        return String::new();
    }
    let many = [("many", undecided.len().into())];
    let mut text = ui.say("plan-undecided", &many) + "\n";
    for it in undecided.iter().take(LISTED) {
        let why = printable_line(&duty.explain(&it.reason, ui.language));
        let place = [
            it.account.as_str(),
            it.region.as_str(),
            it.resource.as_str(),
        ]
        .join("/");
        text.extend(["  ", &place, ": ", &why, "\n"]);
    }
    if undecided.len() > LISTED {
        let more = [("more", (undecided.len() - LISTED).into())];
        text.extend(["  ", &ui.say("plan-more", &more), "\n"]);
    }
    text.push('\n');
    text
}

/// Returns a plan as a document, with all that holds.
pub(in crate::cli) fn document(
    planning: &Planning,
    duty: &dyn Duty,
    exits: &[Exit],
    ui: &Ui,
) -> Value {
    let plan = planning.approved.plan();
    let steps = plan.steps.iter().enumerate().map(|(place, planned)| {
        let mut document = rows::document(planned, duty, ui);
        document["place"] = json!(place);
        document["allowed"] = json!(!is_refused(planning, place));
        document
    });
    let steps: Vec<Value> = steps.collect();
    let undecided = plan.undecided.iter().map(|it| {
        json!({
            "account": it.account.as_str(),
            "region": it.region.as_str(),
            "resource": it.resource.as_str(),
            "reason": it.reason,
            "why": duty.explain(&it.reason, ui.language),
        })
    });
    let undecided: Vec<Value> = undecided.collect();
    let notes = plan.notes.iter().map(|it| {
        json!({
            "reason": it,
            "text": duty.explain(it, ui.language),
        })
    });
    let notes: Vec<Value> = notes.collect();
    let allowed = || planning.approved.steps().map(|(_, _, it)| it);
    json!({
        "run": planning.outcome.run,
        "duty": duty.name(),
        "made": plan.made,
        "digest": plan.digest(),
        "counts": {
            "made": count(planning, '+'),
            "changed": count(planning, '~'),
            "removed": count(planning, '-'),
            "allowed": allowed().count(),
        },
        "monthly": sums(allowed()),
        "identities": planning.identities.iter()
            .map(|(account, number)| (account.to_string(), json!(number)))
            .collect::<serde_json::Map<_, _>>(),
        "steps": steps,
        "refusals": refusals(planning, ui),
        "undecided": undecided,
        "notes": notes,
        "coverage": coverage(planning),
        "exit_codes": codes(exits),
    })
}

/// Returns what was refused, as documents.
pub(in crate::cli) fn refusals(planning: &Planning, ui: &Ui) -> Vec<Value> {
    let refusals = planning.refusals.iter();
    refusals
        .map(|it| {
            let (why, hint) = refusal(it, ui);
            json!({
                "account": it.account.as_str(),
                "kind": it.kind.as_str(),
                "steps": it.steps,
                "word": refusal_word(&it.why),
                "why": why,
                "hint": hint,
            })
        })
        .collect()
}

/// Returns what steps cost a month, as documents.
pub(in crate::cli) fn sums<'a>(steps: impl Iterator<Item = &'a Planned>) -> Vec<Value> {
    monthly(steps).iter().map(rows::money).collect()
}

/// Returns the exit codes that hold, each once.
pub(in crate::cli) fn codes(exits: &[Exit]) -> Vec<u8> {
    let mut codes: Vec<u8> = exits.iter().map(|it| it.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
