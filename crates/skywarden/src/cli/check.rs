//! `skywarden backups check` and `skywarden alarms check`: a look that changes nothing and tells the
//! channels what is wrong.

use clap::Args;
use duty::coverage::rows as coverage_rows;
use duty::{FindingState, KnownFinding, Severity};
use serde_json::{Value, json};
use warden::{Exit, Outcome, Tell};

use super::changing::{changer, print::codes};
use super::duty_run::{Order, choose_accounts, run_duty};
use super::plan::zone;
use super::run_time::block_on;
use super::told::{Gap, deliveries, delivery_documents, unseen};
use super::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::DutyWord;
use crate::wiring::changing::{Asked, section_accounts};

/// Arguments of a look.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[arg(long, value_name = "NAME")]
    account: Vec<String>,
    #[arg(long)]
    no_send: bool,
    #[arg(long)]
    exit_code: bool,
}

/// Looks, prints what was found, and says by the exit code what holds.
pub(crate) fn run(
    args: &CheckArgs,
    word: DutyWord,
    global: &Global,
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    let section = section_accounts(&config, word).to_vec();
    choose_accounts(&mut config, &section, &args.account)?;
    let changer = changer(&config, word, &Asked::default(), ui)?;
    let order = Order {
        duty: &*changer.duty,
        told: changer.told,
        tell: match args.no_send {
            true => Tell::Nobody,
            false => Tell::People,
        },
        ignore_unseen: &changer.ignore_unseen,
    };
    let outcome = block_on(run_duty(&order, &config, ui))?;
    let open: Vec<&KnownFinding> = {
        let known = outcome.known.iter();
        let mut open: Vec<&KnownFinding> = known
            .filter(|it| it.finding.key.duty == word.as_str() && it.state != FindingState::Gone)
            .collect();
        open.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
        open
    };
    let mut exits = outcome.exits();
    let heard = open.iter().any(|it| !it.is_muted(outcome.now));
    if args.exit_code && heard {
        exits.push(Exit::Findings);
    }
    let when = outcome.now.to_zoned(zone(&config, word));
    let when = when.strftime("%Y-%m-%d %H:%M").to_string();
    print(&outcome, &open, (word, &when), &exits, ui)?;
    Ok(Exit::gravest(&exits))
}

fn print(
    outcome: &Outcome,
    open: &[&KnownFinding],
    (word, when): (DutyWord, &str),
    exits: &[Exit],
    ui: &mut Ui,
) -> Result<(), CliError> {
    let sheet = sheet(open, outcome);
    let coverage = coverage_rows(&outcome.census, |it| outcome.ignored.contains(it));
    match ui.format() {
        OutputFormat::Table => {
            let places = [
                ("duty", word.as_str().into()),
                ("when", when.into()),
                ("findings", open.len().into()),
                ("seen", coverage.seen.into()),
                ("scopes", coverage.scopes.into()),
            ];
            let head = ui.say("check-head", &places);
            ui.data(&format!("{head}\n\n"))?;
            if !sheet.rows.is_empty() {
                ui.sheet(&sheet)?;
                ui.data("\n")?;
            }
            let gaps: Vec<Gap<'_>> = coverage.unseen.iter().map(Gap::of).collect();
            unseen(&gaps, ui)?;
            for line in deliveries(outcome, ui) {
                ui.status(&line);
            }
            Ok(())
        }
        OutputFormat::Json => {
            let document: Value = json!({
                "run": outcome.run,
                "duty": word.as_str(),
                "at": outcome.now,
                "findings": sheet.json(),
                "coverage": coverage,
                "deliveries": delivery_documents(outcome),
                "exit_codes": codes(exits),
            });
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => ui.sheet(&sheet),
    }
}

fn sheet(open: &[&KnownFinding], outcome: &Outcome) -> Sheet {
    let mut sheet = Sheet::new(&[
        "severity", "state", "account", "kind", "id", "name", "owner", "since", "muted", "evidence",
    ]);
    for known in open {
        let finding = &known.finding;
        let word = finding.severity.word().to_owned();
        let evidence = finding.evidence.iter();
        let evidence: Vec<String> = evidence.map(|(key, it)| format!("{key}={it}")).collect();
        sheet.rows.push(vec![
            match finding.severity {
                Severity::Urgent => Cell::Urgent(word),
                Severity::Warning => Cell::Warning(word),
                Severity::Notice => Cell::Text(word),
            },
            Cell::text(match known.frozen {
                true => "unseen",
                false => known.state.word(),
            }),
            Cell::text(finding.key.account.as_str()),
            Cell::text(&finding.key.kind),
            Cell::text(finding.key.resource.as_str()),
            Cell::text(&finding.name),
            Cell::text(&finding.owner),
            Cell::text(format!("{:.0}", known.first_seen)),
            Cell::Flag(known.is_muted(outcome.now)),
            Cell::text(evidence.join("; ")),
        ]);
    }
    sheet
}
