//! `skywarden backups`: what is kept of which machine, and what a person does with it.

use clap::{Args, Subcommand};
use warden::Exit;

use super::check::{self, CheckArgs};
use super::{CliError, Global, Ui};
use crate::config::DutyWord;

#[derive(Debug, Args)]
pub(crate) struct BackupsArgs {
    #[command(subcommand)]
    action: BackupsAction,
}

#[derive(Debug, Subcommand)]
enum BackupsAction {
    Check(CheckArgs),
}

/// Runs `skywarden backups`.
pub(crate) fn run(args: &BackupsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    match &args.action {
        BackupsAction::Check(args) => check::run(args, DutyWord::Backups, global, ui),
    }
}
