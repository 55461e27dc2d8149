//! `skywarden alarms`: which machines have no alarm, and which alarms nobody hears.

use clap::{Args, Subcommand};
use warden::Exit;

use super::check::{self, CheckArgs};
use super::{CliError, Global, Ui};
use crate::config::DutyWord;

#[derive(Debug, Args)]
pub(crate) struct AlarmsArgs {
    #[command(subcommand)]
    action: AlarmsAction,
}

#[derive(Debug, Subcommand)]
enum AlarmsAction {
    Check(CheckArgs),
}

/// Runs `skywarden alarms`.
pub(crate) fn run(args: &AlarmsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    match &args.action {
        AlarmsAction::Check(args) => check::run(args, DutyWord::Alarms, global, ui),
    }
}
