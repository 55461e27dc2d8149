//! `skywarden backups`: what is kept of which machine, and what a person does with it.

mod errand;
mod list;
mod moment;

use clap::{Args, Subcommand};
use duty_backups::How;
use warden::Exit;

use self::errand::{Errand, Wish};
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
    List(list::ListArgs),
    Restore(RestoreArgs),
    Adopt(AdoptArgs),
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct RestoreArgs {
    name: String,
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[arg(long)]
    machine: bool,
    #[arg(long, value_name = "ZONE", conflicts_with = "machine")]
    zone: Option<String>,
    #[command(flatten)]
    how: ErrandArgs,
}

#[derive(Debug, Args)]
struct AdoptArgs {
    #[command(flatten)]
    how: ErrandArgs,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    name: Option<String>,
    #[arg(long, value_name = "MACHINE")]
    attach_to: Option<String>,
    #[command(flatten)]
    how: ErrandArgs,
}

/// What every errand takes.
#[derive(Debug, Args)]
pub(crate) struct ErrandArgs {
    #[arg(long, value_name = "ACCOUNT")]
    account: Vec<String>,
    #[arg(long)]
    plan: bool,
    #[arg(long)]
    yes: bool,
}

/// Runs `skywarden backups`.
pub(crate) fn run(args: BackupsArgs, global: &Global, ui: &mut Ui) -> Result<Exit, CliError> {
    let (wish, how) = match args.action {
        BackupsAction::Check(args) => return check::run(&args, DutyWord::Backups, global, ui),
        BackupsAction::List(args) => return list::run(&args, global, ui),
        BackupsAction::Restore(args) => {
            let how = match args.machine {
                true => How::Beside,
                false => How::Volumes { zone: args.zone },
            };
            let wish = Wish::Restore {
                who: args.name,
                at: args.at,
                how,
            };
            (wish, args.how)
        }
        BackupsAction::Adopt(args) => (Wish::Adopt, args.how),
        BackupsAction::Verify(args) => {
            let wish = Wish::Verify {
                who: args.name,
                attach_to: args.attach_to,
            };
            (wish, args.how)
        }
    };
    Errand::new(wish, how).run(global, ui)
}
