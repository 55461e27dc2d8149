//! What became of a plan: done, undone and refused, step by step.

use std::collections::BTreeMap;
use std::io::Write;

use duty::coverage::CoverageRows;
use duty::{Duty, Planned};
use flow::Fate;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use warden::Applied;

use crate::cli::changing::print::{codes, coverage, refusals, sums};
use crate::cli::changing::rows;
use crate::cli::changing::text::refusal;
use crate::cli::told::{Gap, deliveries, delivery_documents, unseen};
use crate::cli::{Cell, CliError, OutputFormat, Sheet, Ui};

/// Prints what became of a plan.
pub(in crate::cli) fn print(
    applied: &Applied,
    duty: &dyn Duty,
    zone: &TimeZone,
    ui: &mut Ui,
) -> Result<(), CliError> {
    match ui.format() {
        OutputFormat::Table => table(applied, duty, zone, ui),
        OutputFormat::Json => {
            // The largest there is, at the end of a run that has kept little else.
            ui.document(|ui, out| Ok(document(applied, duty, ui, out)?))
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => {
            let sheet = sheet(applied, duty, ui);
            ui.sheet(&sheet)
        }
    }
}

/// Returns the stable word of what became of a step.
fn word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Done { .. } => "done",
        Fate::Undone { .. } => "undone",
        Fate::Refused { .. } => "refused",
        Fate::Waited { .. } => "waited",
        Fate::Unbegun { .. } => "unbegun",
        Fate::Open { .. } => "open",
    }
}

/// Returns what there is to know of it.
fn detail(fate: &Fate, applied: Option<&Applied>, ui: &Ui) -> String {
    match fate {
        Fate::Done { note, .. } => note.clone(),
        Fate::Undone { why }
        | Fate::Refused { why }
        | Fate::Unbegun { why }
        | Fate::Open { why } => why.clone(),
        Fate::Waited { for_place } => {
            let steps = applied.map(|it| &it.planning.approved.plan().steps);
            let waited = steps.and_then(|it| it.get(*for_place));
            let subject = waited.map_or_else(|| format!("#{for_place}"), |it| it.step.subject());
            let places = [("subject", subject.into())];
            ui.say("applied-waited", &places)
        }
    }
}

fn counts(applied: &Applied) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<&'static str, usize> =
        ["done", "undone", "refused", "waited", "unbegun", "open"]
            .map(|it| (it, 0))
            .into();
    for (_, fate) in all(applied) {
        *counts.entry(word(fate)).or_default() += 1;
    }
    counts
}

/// One row a step; those that were not done first, since somebody has to look at them.
fn sheet(applied: &Applied, duty: &dyn Duty, ui: &Ui) -> Sheet {
    let mut columns = vec!["fate"];
    columns.extend(rows::STEP);
    columns.push("detail");
    let mut sheet = Sheet::new(&columns);
    let is_done = |fate: &Fate| matches!(fate, Fate::Done { .. });
    let mut steps: Vec<&(Planned, Fate)> = all(applied).collect();
    steps.sort_by_key(|(_, fate)| is_done(fate));
    for (planned, fate) in steps {
        let detail = detail(fate, Some(applied), ui);
        sheet.rows.push(row((planned, fate), detail, duty, ui));
    }
    for planned in &applied.moved {
        let mut row = vec![Cell::Warning("moved".to_owned())];
        row.extend(rows::cells(planned, duty, ui));
        row.push(Cell::text(ui.say("applied-moved", &[])));
        sheet.rows.push(row);
    }
    for part in &applied.planning.refusals {
        let (why, _) = refusal(part, ui);
        let steps = &applied.planning.approved.plan().steps;
        for planned in part.steps.iter().filter_map(|place| steps.get(*place)) {
            let mut row = vec![Cell::Warning("guarded".to_owned())];
            row.extend(rows::cells(planned, duty, ui));
            row.push(Cell::text(why.clone()));
            sheet.rows.push(row);
        }
    }
    sheet
}

/// Everything that was done or was to be done: first what an earlier run had left.
fn all(applied: &Applied) -> impl Iterator<Item = &(Planned, Fate)> {
    applied.resumed.iter().chain(&applied.steps)
}

fn row((planned, fate): (&Planned, &Fate), detail: String, duty: &dyn Duty, ui: &Ui) -> Vec<Cell> {
    let fate_word = word(fate).to_owned();
    let mut row = vec![match fate {
        Fate::Done { .. } => Cell::Good(fate_word),
        Fate::Refused { .. } | Fate::Waited { .. } => Cell::Warning(fate_word),
        _ => Cell::Urgent(fate_word),
    }];
    row.extend(rows::cells(planned, duty, ui));
    row.push(Cell::text(detail));
    row
}

/// Prints what became of the steps of a run that was cut off.
pub(in crate::cli) fn print_resumed(
    steps: &[(Planned, Fate)],
    duty: &dyn Duty,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let mut columns = vec!["fate"];
    columns.extend(rows::STEP);
    columns.push("detail");
    let mut sheet = Sheet::new(&columns);
    for (planned, fate) in steps {
        let detail = detail(fate, None, ui);
        sheet.rows.push(row((planned, fate), detail, duty, ui));
    }
    ui.sheet(&sheet)
}

fn table(applied: &Applied, duty: &dyn Duty, zone: &TimeZone, ui: &mut Ui) -> Result<(), CliError> {
    let counts = counts(applied);
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    let when = applied.planning.outcome.now.to_zoned(zone.clone());
    let guarded: usize = applied
        .planning
        .refusals
        .iter()
        .map(|it| it.steps.len())
        .sum();
    let places = [
        ("duty", duty.name().into()),
        ("when", when.strftime("%Y-%m-%d %H:%M").to_string().into()),
        ("run", applied.planning.outcome.run.as_str().into()),
        ("done", count("done").into()),
        (
            "undone",
            (count("undone") + count("unbegun") + count("open")).into(),
        ),
        (
            "refused",
            (count("refused") + count("waited") + guarded + applied.moved.len()).into(),
        ),
    ];
    let head = ui.say("applied-head", &places);
    ui.data(&format!("{head}\n\n"))?;
    let sheet = sheet(applied, duty, ui);
    if !sheet.rows.is_empty() {
        ui.sheet(&sheet)?;
        ui.data("\n")?;
    }
    for part in &applied.planning.refusals {
        let (why, hint) = refusal(part, ui);
        let places = [
            ("account", part.account.as_str().into()),
            ("kind", part.kind.as_str().into()),
            ("steps", part.steps.len().into()),
            ("why", why.into()),
        ];
        let text = ui.say("plan-refused-part", &places);
        ui.data(&format!("{text}\n"))?;
        if let Some(hint) = hint {
            let hint = ui.say("talk-hint", &[("text", hint.into())]);
            ui.data(&format!("  {hint}\n"))?;
        }
    }
    if count("unbegun") + count("open") > 0 {
        let run = [("run", applied.planning.outcome.run.as_str().into())];
        let hint = ui.say("applied-resume-hint", &run);
        let hint = ui.say("talk-hint", &[("text", hint.into())]);
        ui.data(&format!("{hint}\n"))?;
    }
    let coverage: CoverageRows = coverage(&applied.planning);
    let gaps: Vec<Gap<'_>> = coverage.unseen.iter().map(Gap::of).collect();
    unseen(&gaps, ui)?;
    if let Some(told) = &applied.told {
        for line in deliveries(told, ui) {
            ui.status(&line);
        }
    }
    Ok(())
}

/// What became of a plan as JSON; its fields stand in the order of the alphabet.
#[derive(Serialize)]
struct Document<'a> {
    at: Timestamp,
    counts: BTreeMap<&'static str, usize>,
    coverage: Value,
    deliveries: Option<Value>,
    duty: &'a str,
    exit_codes: Vec<u8>,
    monthly: Vec<Value>,
    moved: Vec<Value>,
    refusals: Vec<Value>,
    resumed: StepRows<'a>,
    run: &'a str,
    steps: StepRows<'a>,
    undecided: usize,
}

/// Steps, each made a row of when it is written: the rows of thousands take more memory than all
/// that was done.
struct StepRows<'a> {
    steps: &'a [(Planned, Fate)],
    row: &'a dyn Fn(&(Planned, Fate)) -> Value,
}

impl Serialize for StepRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.steps.iter().map(self.row))
    }
}

fn document(
    applied: &Applied,
    duty: &dyn Duty,
    ui: &Ui,
    out: &mut dyn Write,
) -> serde_json::Result<()> {
    let row = |(planned, fate): &(Planned, Fate)| {
        let mut document = rows::document(planned, duty, ui);
        document["fate"] = json!(word(fate));
        document["detail"] = json!(detail(fate, Some(applied), ui));
        if let Fate::Done { mark, .. } = fate {
            document["made"] = json!(mark);
        }
        document
    };
    let rows = |steps| StepRows { steps, row: &row };
    let done = all(applied).filter(|(_, fate)| matches!(fate, Fate::Done { .. }));
    let moved = applied.moved.iter();
    let document = Document {
        at: applied.planning.outcome.now,
        counts: counts(applied),
        coverage: json!(coverage(&applied.planning)),
        deliveries: applied.told.as_deref().map(delivery_documents),
        duty: duty.name(),
        exit_codes: codes(&applied.exits()),
        monthly: sums(done.map(|(planned, _)| planned)),
        moved: moved.map(|it| rows::document(it, duty, ui)).collect(),
        refusals: refusals(&applied.planning, ui),
        resumed: rows(&applied.resumed),
        run: &applied.planning.outcome.run,
        steps: rows(&applied.steps),
        undecided: applied.planning.approved.plan().undecided.len(),
    };
    serde_json::to_writer_pretty(out, &document)
}
