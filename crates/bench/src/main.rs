//! Benchmarks: the numbers the product has to hold, measured at full size in one run.
//!
//! Every figure is one line: `name measured target ratio ok|SHORT`. Lines that begin with `#` tell
//! how a figure came about. The product runs in a process of its own; the simulated cloud runs in
//! this one, on loopback, so that memory measured is the product's alone.
//!
//! Invariant: a figure that could not be measured is a failure of the harness, never a good figure.

mod backups;
mod census;
mod estate;
mod figure;
mod floor;
mod patrol;
mod product;
mod report;
mod retention;
mod seed;
mod startup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::figure::Board;
use crate::product::Product;

/// Measures the product and prints every figure beside its target
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The patrol: pace, throughput, memory, report, start-up
    Patrol(Measures),
    /// The census that orphans are looked for in: throughput, memory, pace
    Census(Measures),
    /// A plan of backups over a million snapshots: how long it takes
    Retention(Measures),
    /// The backups of a thousand machines under EC2's own buckets: pace, waste, memory
    Backups(Measures),
}

#[derive(Debug, clap::Args)]
struct Measures {
    /// Ends with code 1 when a figure falls short
    #[arg(long)]
    check: bool,
    /// Measures only figures whose name begins so; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often each run of the product is repeated after its first; the median counts
    #[arg(long, value_name = "TIMES", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=25))]
    runs: u8,
    /// The product's binary; built beside this one when left out
    #[arg(long, value_name = "FILE")]
    product: Option<PathBuf>,
}

/// Too few figures were measured to say anything.
const FAILED: u8 = 2;
/// A figure fell short, and was asked for with `--check`.
const SHORT: u8 = 1;

#[tokio::main(worker_threads = 2)]
#[expect(
    clippy::print_stderr,
    reason = "the only word of a harness that cannot measure"
)]
async fn main() -> ExitCode {
    let what = Args::parse().what;
    let (What::Patrol(args) | What::Census(args) | What::Retention(args) | What::Backups(args)) =
        &what;
    let mut board = Board::new(args.only.clone());
    let measured = match &what {
        What::Patrol(args) => patrol(args, &mut board).await,
        What::Census(args) => census(args, &mut board).await,
        What::Retention(args) => retention::measure(args.runs, &mut board),
        What::Backups(args) => backups(args, &mut board).await,
    };
    match measured {
        Ok(()) if args.check && board.is_short() => ExitCode::from(SHORT),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

async fn patrol(args: &Measures, board: &mut Board) -> anyhow::Result<()> {
    let product = Product::find(args.product.clone()).await?;
    if board.wants("binary") || board.wants("startup") {
        startup::measure(&product, board).await?;
    }
    if board.wants("report") {
        report::measure(board).await?;
    }
    if board.wants("patrol.paced") || board.wants("seed") {
        patrol::paced(&product, args.runs, board).await?;
    }
    if board.wants("patrol.unthrottled") {
        patrol::unthrottled(&product, args.runs, board).await?;
    }
    Ok(())
}

async fn backups(args: &Measures, board: &mut Board) -> anyhow::Result<()> {
    let product = Product::find(args.product.clone()).await?;
    if board.wants("backups.held") {
        backups::held(&product, board).await?;
    }
    let paced = ["wall", "throttled", "done", "cpu", "rss"];
    if paced.iter().any(|it| board.wants(&format!("backups.{it}"))) {
        backups::paced(&product, board).await?;
    }
    Ok(())
}

async fn census(args: &Measures, board: &mut Board) -> anyhow::Result<()> {
    let product = Product::find(args.product.clone()).await?;
    if ["census.wall", "census.rss", "census.found"]
        .iter()
        .any(|it| board.wants(it))
    {
        census::unthrottled(&product, args.runs, board).await?;
    }
    census::paced(&product, board).await
}
