//! `skywarden backups list`: what is kept of which machine, how old it is, and what it costs.

use std::sync::Arc;

use clap::Args;
use duty_backups::{BackupReport, summarize};
use serde_json::json;
use warden::{Exit, Outcome, Tell};

use crate::cli::changing::print::codes;
use crate::cli::duty_run::{Order, choose_accounts, run_duty};
use crate::cli::run_time::block_on;
use crate::cli::told::{Gap, unseen};
use crate::cli::{Cell, CliError, Context, Global, OutputFormat, Sheet, Ui};
use crate::config::{Config, DutyWord};
use crate::wiring::Told;
use crate::wiring::changing::{backups, section_accounts};

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
}

/// Looks and lists; tells nobody.
pub(super) fn run(args: &ListArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut config = Context::load(global, ui)?.config;
    let section = section_accounts(&config, DutyWord::Backups).to_vec();
    choose_accounts(&mut config, &section, &args.account)?;
    let outcome = block_on(look(&config, ui))?;
    let settings = backups::backups(&config)?.settings;
    let mut report = summarize(&outcome.census, &outcome.known, &settings, outcome.now);
    if let Some(name) = &args.name {
        report
            .kept
            .retain(|it| it.machine == *name || it.name == *name);
    }
    let exits = outcome.exits();
    print(&report, &exits, args.name.is_some(), ui)?;
    Ok(Exit::gravest(&exits))
}

async fn look(config: &Config, ui: &mut Ui) -> Result<Arc<Outcome>, CliError> {
    let duty = backups::backups(config)?;
    let order = Order {
        duty: &duty,
        told: Told::Backups,
        tell: Tell::Nobody,
        ignore_unseen: &duty.settings.accepted_gaps,
    };
    run_duty(&order, config, ui).await
}

fn print(
    report: &BackupReport,
    exits: &[Exit],
    one_by_one: bool,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let sheet = match one_by_one {
        true => sets(report),
        false => machines(report),
    };
    match ui.format() {
        OutputFormat::Table => {
            if sheet.rows.is_empty() {
                let text = ui.say("backups-none", &[]);
                ui.status(&text);
            } else {
                ui.sheet(&sheet)?;
                ui.data("\n")?;
            }
            let gaps: Vec<Gap<'_>> = report.coverage.unseen.iter().map(Gap::of).collect();
            unseen(&gaps, ui)
        }
        OutputFormat::Json => {
            let document = json!({
                "taken": report.taken,
                "kept": report.kept,
                "counts": report.counts,
                "coverage": report.coverage,
                "exit_codes": codes(exits),
            });
            ui.data(&format!("{document:#}\n"))
        }
        OutputFormat::Jsonl | OutputFormat::Csv | OutputFormat::Ics => ui.sheet(&sheet),
    }
}

fn number(it: impl TryInto<i64>) -> Cell {
    Cell::Number(it.try_into().unwrap_or(i64::MAX))
}

fn machines(report: &BackupReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        "account", "region", "machine", "name", "whole", "partial", "newest", "oldest", "size_gib",
        "monthly", "from",
    ]);
    for it in &report.kept {
        let at = |at: Option<jiff::Timestamp>| {
            Cell::text(at.map_or(String::new(), |it| format!("{it:.0}")))
        };
        sheet.rows.push(vec![
            Cell::text(&it.account),
            Cell::text(&it.region),
            Cell::text(&it.machine),
            Cell::text(&it.name),
            number(it.whole),
            match it.partial {
                0 => Cell::Number(0),
                partial => Cell::Warning(partial.to_string()),
            },
            at(it.newest),
            at(it.oldest),
            number(it.size_gib),
            Cell::text(it.monthly.clone().unwrap_or_default()),
            Cell::text(it.from.clone().unwrap_or_default()),
        ]);
    }
    sheet
}

fn sets(report: &BackupReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        "account", "region", "machine", "set", "begun", "state", "disks", "wanted", "size_gib",
        "bound", "images",
    ]);
    for kept in &report.kept {
        for set in &kept.sets {
            sheet.rows.push(vec![
                Cell::text(&kept.account),
                Cell::text(&kept.region),
                Cell::text(&kept.machine),
                Cell::text(&set.set),
                Cell::text(format!("{:.0}", set.begun)),
                match set.state {
                    "whole" => Cell::Good(set.state.to_owned()),
                    _ => Cell::Warning(set.state.to_owned()),
                },
                number(set.disks),
                number(set.wanted),
                number(set.size_gib),
                Cell::text(set.bound.unwrap_or_default()),
                Cell::text(set.images.join(", ")),
            ]);
        }
    }
    sheet
}
