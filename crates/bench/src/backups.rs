//! A thousand machines of AWS get their sets, and what is past its time goes, under the buckets that
//! EC2 gives every account: how close to the time those allow, how gently, and is everything done
//! that can be?
//!
//! The world's time goes as this machine's: nothing is jumped over.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base::{Clock as _, SystemClock};
use cloudsim::aws::estate::backups::{ACCOUNT, Backups, HeldBy, REGION};
use cloudsim::world::deeds::{Act, Sort};
use cloudsim::{Host, Options, Sim, Stats, World};
use jiff::SignedDuration;
use serde_json::Value;

use crate::figure::{Board, Figure, Target};
use crate::product::{Product, Run};

/// The account that Cloud Custodian 0.9.53 was measured with: it took 564 s, 11.2 s of CPU and
/// 116 MiB, and 1,421 of its 4,435 calls were throttled.
const MACHINES: u32 = 1_000;
const SETS: usize = 800;
const IMAGES: usize = 700;
const SNAPSHOTS: usize = 1_500;
/// Custodian's CPU and memory.
const CUSTODIAN_CPU: f64 = 11.2;
/// What 800 calls take that may burst by 100 and then come 5 a second: both the sets that are made,
/// and the snapshots that do not go with their images.
const FLOOR: f64 = 140.0;
/// A smaller account, of whose 150 due snapshots two are held.
const FEW: u32 = 100;
const HELD: u32 = 2;
const PATIENCE: Duration = Duration::from_secs(900);
/// How often the world's time is set by this machine's.
const TICK: Duration = Duration::from_millis(100);
const MIB: f64 = 1_048_576.0;

/// Applies the duty to the large account.
pub(crate) async fn paced(product: &Product, board: &mut Board) -> anyhow::Result<()> {
    let done = applied(product, Backups::of(MACHINES)).await?;
    let (made, images, gone) = (done.made, done.images, done.gone);
    board.tell(&format!(
        "backups: {MACHINES} machines under EC2's own buckets, pace 100 %; {made} of {SETS} sets made, {images} of {IMAGES} images and {gone} of {SNAPSHOTS} snapshots removed; {} calls: {}",
        done.stats.calls, busiest(&done.stats),
    ));
    anyhow::ensure!(
        done.run.status.code() == Some(0),
        "the product ended with {} and said: {}",
        done.run.status,
        done.run.last_words()
    );
    let wall = done.run.wall.as_secs_f64();
    let most = Target::AtMost(FLOOR * 1.1);
    board.show(&Figure::new("backups.wall", wall, most, "s"));
    let throttled = done.stats.throttled as f64;
    let none = Target::AtMost(0.0);
    board.show(&Figure::new("backups.throttled", throttled, none, ""));
    let share = (made + images + gone) as f64 * 100.0 / (SETS + IMAGES + SNAPSHOTS) as f64;
    board.show(&Figure::new(
        "backups.done",
        share,
        Target::AtLeast(100.0),
        "%",
    ));
    let cpu = Target::AtMost(CUSTODIAN_CPU / 10.0);
    let used = done.run.cpu.as_secs_f64();
    board.show(&Figure::new("backups.cpu", used, cpu, "s"));
    let peak = done.run.peak_bytes as f64 / MIB;
    board.show(&Figure::new(
        "backups.rss",
        peak,
        Target::AtMost(40.0),
        "MiB",
    ));
    Ok(())
}

/// Applies the duty to an account of whose due snapshots two are held by a person's images.
pub(crate) async fn held(product: &Product, board: &mut Board) -> anyhow::Result<()> {
    let estate = Backups::of(FEW).held(HELD, HeldBy::Binned);
    let done = applied(product, estate).await?;
    let named = undone(&done.run)?;
    board.tell(&format!(
        "backups.held: {HELD} of 150 due snapshots are held by images in the recycle bin; {} removed, exit {:?}; named: {named:?}",
        done.gone, done.run.status.code(),
    ));
    let gone = done.gone as f64;
    board.show(&Figure::new(
        "backups.held.gone",
        gone,
        Target::AtLeast(148.0),
        "",
    ));
    let named = named.len() as f64;
    board.show(&Figure::new(
        "backups.held.named",
        named,
        Target::AtLeast(2.0),
        "",
    ));
    let exit = f64::from(done.run.status.code().unwrap_or(-1));
    board.show(&Figure::new(
        "backups.held.exit",
        exit,
        Target::AtLeast(7.0),
        "",
    ));
    Ok(())
}

/// What one run came to, by the world's own record.
struct Done {
    run: Run,
    stats: Stats,
    made: usize,
    images: usize,
    gone: usize,
}

async fn applied(product: &Product, estate: Backups) -> anyhow::Result<Done> {
    let world = estate.build(SystemClock::new().now());
    // The floor is what the buckets allow; how long a copy takes to be whole is another matter.
    world.set_rules(ACCOUNT, |rules| {
        rules.copy_base = SignedDuration::from_secs(2);
        rules.copy_per_gib = SignedDuration::ZERO;
    });
    let sim = Sim::start(world.clone(), Options::default())
        .await
        .context("the simulation cannot listen on loopback")?;
    let home = tempfile::tempdir().context("there is no place for the product's home")?;
    let config = home.path().join("skywarden.toml");
    std::fs::write(&config, config_of(&sim))
        .with_context(|| format!("cannot write {}", config.display()))?;
    let run = tokio::select! {
        run = one(product, &config, home.path()) => run?,
        never = keep_time(&world) => match never {},
    };
    let count = |act, sort| world.done(act, sort).len();
    Ok(Done {
        run,
        stats: sim.stats(),
        made: count(Act::Created, Sort::Snapshot),
        images: count(Act::Deleted, Sort::Image),
        gone: count(Act::Deleted, Sort::Snapshot),
    })
}

/// Lets the world's time go as this machine's.
async fn keep_time(world: &World) -> Infallible {
    let clock = SystemClock::new();
    loop {
        clock.sleep(TICK).await;
        world.set_now(clock.now());
    }
}

async fn one(product: &Product, config: &Path, home: &Path) -> anyhow::Result<Run> {
    let path = config
        .to_str()
        .context("the temporary folder has no plain name")?;
    let arguments = [
        "apply",
        "backups",
        "--yes",
        "--backlog",
        "--no-send",
        "--output",
        "json",
        "--config",
        path,
    ];
    let variables = [
        ("KEEPER_ACCESS_KEY_ID", "AKIASIMBACKUPS"),
        ("KEEPER_SECRET_ACCESS_KEY", "simulated/backups/secret"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    product.run(&arguments, &variables, home, PATIENCE).await
}

fn config_of(sim: &Sim) -> String {
    let url = sim.url_of(Host::Aws);
    format!(
        "[pace]\nscheduled = 100\ninteractive = 100\n\
         [accounts.keeper]\ncloud = \"aws\"\ncredentials = {{ env = \"KEEPER\" }}\n\
         regions = [\"{REGION}\"]\nendpoints = {{ default = \"{url}\" }}\n\
         [guard]\nat_most = 5000\npercent = 100\n\
         [backups]\nmode = \"apply\"\nevery = \"0 0 4 * * *\"\ntimezone = \"Asia/Shanghai\"\n\
         keep = {{ within = \"7d\", at_least = 1 }}\nimage = \"weekly\"\nimage_keep = \"7d\"\n"
    )
}

/// Returns the steps that were not done, as the product names them.
fn undone(run: &Run) -> anyhow::Result<Vec<String>> {
    let document: Value =
        serde_json::from_slice(&run.stdout).context("the product printed no JSON document")?;
    let steps = document["steps"].as_array().context("it has no steps")?;
    let undone = steps.iter().filter(|it| it["fate"] != "done");
    Ok(undone
        .map(|it| format!("{}: {}", it["subject"], it["detail"]))
        .collect())
}

/// Returns the actions that were called most, with how often.
fn busiest(stats: &Stats) -> String {
    let mut calls: Vec<(&str, u64)> = stats
        .by_scope
        .iter()
        .map(|((_, _, action), count)| (action.as_str(), count.calls))
        .collect();
    calls.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    let calls = calls.iter().take(8);
    let lines = calls.map(|(action, calls)| format!("{action} {calls}"));
    lines.collect::<Vec<_>>().join(", ")
}
