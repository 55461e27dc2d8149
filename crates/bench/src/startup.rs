//! How soon the product says anything, and how large it is.

use std::time::Duration;

use anyhow::Context as _;

use crate::figure::{Board, Figure, Target, median};
use crate::product::Product;

const RUNS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);
const MIB: f64 = 1_048_576.0;

/// Starts the product for its version alone, and looks at its binary.
pub(crate) async fn measure(product: &Product, board: &mut Board) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("there is no place for the product's home")?;
    let mut milliseconds = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let run = product
            .run(&["--version"], &[], home.path(), PATIENCE)
            .await?;
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        anyhow::ensure!(
            run.status.success() && said.starts_with("skywarden "),
            "--version ended with {} and said {said:?}",
            run.status,
        );
        milliseconds.push(run.wall.as_secs_f64() * 1000.0);
    }
    let middle = median(&mut milliseconds);
    board.show(&Figure::new(
        "startup.version",
        middle,
        Target::AtMost(20.0),
        "ms",
    ));
    let size = product.size_bytes()? as f64 / MIB;
    board.show(&Figure::new(
        "binary.size",
        size,
        Target::AtMost(20.0),
        "MiB",
    ));
    Ok(())
}
