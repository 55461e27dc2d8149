//! A hundred accounts are patrolled by the product: how fast, in how much memory, and was all seen?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base::{Clock as _, SystemClock};
use cloudsim::{Sim, Stats};
use serde_json::Value;

use crate::estate::{self, Access};
use crate::figure::{Board, Figure, Target, median};
use crate::floor::{Rules, floor};
use crate::product::{Product, Run};
use crate::seed::{self, Client};

/// What the far side imposes on a paced patrol.
const RULES: Rules = Rules {
    latency: Duration::from_millis(50),
    per_second: 10,
};
/// Many times what any of these runs should take.
const PATIENCE: Duration = Duration::from_secs(300);
const MIB: f64 = 1_048_576.0;

/// Several patrols of one estate from one home, as a schedule makes them.
struct Patrols {
    /// The first one, which also makes the store.
    first_seconds: f64,
    /// The others.
    wall_seconds: Vec<f64>,
    peak_mib: f64,
    cpu_seconds: Vec<f64>,
    throttled: u64,
    seen_percent: f64,
    stats: Stats,
}

/// Patrols under latency and quotas, beside the time those allow and the seed's way.
pub(crate) async fn paced(product: &Product, runs: u8, board: &mut Board) -> anyhow::Result<()> {
    let sim = opened(Some(RULES)).await?;
    let patrols = repeated(product, &sim, Some(RULES), runs).await?;
    let allowed = floor(&patrols.stats, RULES).as_secs_f64();
    let mut wall_seconds = patrols.wall_seconds.clone();
    let wall = median(&mut wall_seconds);
    board.tell(&format!(
        "patrol.paced: {} accounts × {} resources, {} ms latency, {}/s per action and account, pace 100 %",
        estate::ACCOUNTS,
        estate::RESOURCES,
        RULES.latency.as_millis(),
        RULES.per_second,
    ));
    board.tell(&format!(
        "  those allow {allowed:.3} s, held is 1.1 × that; first run on a new store {:.3} s, then {:.3?} s; the product's CPU {:.2?} s; {} calls",
        patrols.first_seconds, patrols.wall_seconds, patrols.cpu_seconds, patrols.stats.calls,
    ));
    let most = Target::AtMost(allowed * 1.1);
    board.show(&Figure::new("patrol.paced", wall, most, "s"));
    let memory = Target::AtMost(120.0);
    board.show(&Figure::new(
        "patrol.paced.rss",
        patrols.peak_mib,
        memory,
        "MiB",
    ));
    let throttled = patrols.throttled as f64;
    board.show(&Figure::new(
        "patrol.paced.throttled",
        throttled,
        Target::AtMost(0.0),
        "",
    ));
    let all = Target::AtLeast(100.0);
    board.show(&Figure::new(
        "patrol.paced.seen",
        patrols.seen_percent,
        all,
        "%",
    ));
    if board.wants("seed.extrapolated") {
        let accesses = estate::accesses(sim.world());
        let access = accesses.first().context("the estate has no account")?;
        estate::limit(&sim, Some(RULES));
        let one = seed::patrol(sim.url(), access).await?;
        let all = one.wall.as_secs_f64() * f64::from(estate::ACCOUNTS);
        board.tell(&format!(
            "seed.extrapolated: one account in pages of {}, one after the other: {} calls in {:.2} s, held to the quota; × {} accounts",
            seed::PAGE, one.calls, one.wall.as_secs_f64(), estate::ACCOUNTS,
        ));
        board.show(&Figure::new(
            "seed.extrapolated",
            all,
            Target::Beside(wall),
            "s",
        ));
    }
    Ok(())
}

/// Patrols with neither latency nor quotas; the product still holds to the quotas it knows of.
pub(crate) async fn unthrottled(
    product: &Product,
    runs: u8,
    board: &mut Board,
) -> anyhow::Result<()> {
    let sim = opened(None).await?;
    let patrols = repeated(product, &sim, None, runs).await?;
    let resources = f64::from(estate::ACCOUNTS * estate::RESOURCES);
    let mut wall_seconds = patrols.wall_seconds.clone();
    let wall = median(&mut wall_seconds);
    board.tell(&format!(
        "patrol.unthrottled: no latency, no quota: first run on a new store {:.3} s, then {:.3?} s; the product's CPU {:.2?} s",
        patrols.first_seconds, patrols.wall_seconds, patrols.cpu_seconds,
    ));
    let least = Target::AtLeast(25_000.0);
    board.show(&Figure::new(
        "patrol.unthrottled",
        resources / wall,
        least,
        "/s",
    ));
    let memory = Target::AtMost(120.0);
    board.show(&Figure::new(
        "patrol.unthrottled.rss",
        patrols.peak_mib,
        memory,
        "MiB",
    ));
    let all = Target::AtLeast(100.0);
    board.show(&Figure::new(
        "patrol.unthrottled.seen",
        patrols.seen_percent,
        all,
        "%",
    ));
    Ok(())
}

/// Opens the estate and asks for every page once, so that the simulation has written them all and
/// its own work is not measured.
async fn opened(rules: Option<Rules>) -> anyhow::Result<Sim> {
    let sim = estate::open(SystemClock::new().now(), rules)
        .await
        .context("the simulation cannot listen on loopback")?;
    let mut warm = base::Tasks::new();
    for access in estate::accesses(sim.world()) {
        let client = Client::new(sim.url(), &access)?;
        warm.start(async move { client.list(300).await });
    }
    while let Some(done) = warm.next().await {
        let list = done.context("a warm-up broke off")??;
        anyhow::ensure!(
            list.rows == u64::from(estate::RESOURCES),
            "an account of the estate shows {} resources, and should have {}",
            list.rows,
            estate::RESOURCES,
        );
    }
    Ok(sim)
}

async fn repeated(
    product: &Product,
    sim: &Sim,
    rules: Option<Rules>,
    runs: u8,
) -> anyhow::Result<Patrols> {
    let planted = estate::planted(sim.world());
    anyhow::ensure!(
        planted.len() == estate::EXPIRING as usize,
        "{} expiring resources are planted, and should be {}",
        planted.len(),
        estate::EXPIRING
    );
    let home = tempfile::tempdir().context("there is no place for the product's home")?;
    let mut patrols = Patrols {
        first_seconds: f64::NAN,
        wall_seconds: Vec::new(),
        peak_mib: 0.0,
        cpu_seconds: Vec::new(),
        throttled: 0,
        seen_percent: 100.0,
        stats: Stats::default(),
    };
    for number in 0..=runs {
        estate::limit(sim, rules);
        let run = one(product, sim, home.path()).await?;
        patrols.stats = sim.stats();
        let found =
            found(&run).with_context(|| format!("the product said: {}", run.last_words()))?;
        let seen = planted.intersection(&found).count() as f64;
        let percent = seen * 100.0 / planted.len() as f64;
        patrols.seen_percent = patrols.seen_percent.min(percent);
        patrols.throttled += patrols.stats.throttled;
        patrols.peak_mib = patrols.peak_mib.max(run.peak_bytes as f64 / MIB);
        if number == 0 {
            patrols.first_seconds = run.wall.as_secs_f64();
            continue;
        }
        patrols.wall_seconds.push(run.wall.as_secs_f64());
        patrols.cpu_seconds.push(run.cpu.as_secs_f64());
    }
    Ok(patrols)
}

/// Patrols the estate once.
async fn one(product: &Product, sim: &Sim, home: &Path) -> anyhow::Result<Run> {
    let config = home.join("skywarden.toml");
    let accesses = estate::accesses(sim.world());
    std::fs::write(&config, config_of(sim.url(), &accesses))
        .with_context(|| format!("cannot write {}", config.display()))?;
    let path = config
        .to_str()
        .context("the temporary folder has no plain name")?;
    let arguments = ["patrol", "--no-send", "--output", "json", "--config", path];
    product
        .run(&arguments, &variables_of(&accesses), home, PATIENCE)
        .await
}

fn prefix(access: &Access) -> String {
    access.name.to_uppercase().replace('-', "_")
}

fn config_of(url: &str, accesses: &[Access]) -> String {
    let mut text = "[pace]\nscheduled = 100\ninteractive = 100\n".to_owned();
    for access in accesses {
        // Writing to a string cannot fail.
        let _written = write!(
            text,
            "[accounts.{}]\ncloud = \"aliyun\"\ncredentials = {{ env = \"{}\" }}\n\
             expect_identity = \"{}\"\nendpoints = {{ default = \"{url}\" }}\n",
            access.name,
            prefix(access),
            access.uid,
        );
    }
    text
}

fn variables_of(accesses: &[Access]) -> Vec<(String, String)> {
    let both = accesses.iter().flat_map(|access| {
        let prefix = prefix(access);
        [
            (format!("{prefix}_ACCESS_KEY_ID"), access.key.id.clone()),
            (
                format!("{prefix}_ACCESS_KEY_SECRET"),
                access.key.secret.clone(),
            ),
        ]
    });
    both.collect()
}

/// Returns the ids of all findings of a patrol that did its job: every scope seen, every resource
/// counted.
fn found(run: &Run) -> anyhow::Result<BTreeSet<String>> {
    anyhow::ensure!(
        run.status.success(),
        "the product ended with {}",
        run.status
    );
    let document: Value =
        serde_json::from_slice(&run.stdout).context("the product printed no JSON document")?;
    let covered = |name: &str| document["coverage"][name].as_u64();
    anyhow::ensure!(
        covered("scopes").is_some() && covered("scopes") == covered("seen"),
        "{:?} scopes were asked for and {:?} seen",
        covered("scopes"),
        covered("seen"),
    );
    let resources = u64::from(estate::ACCOUNTS * estate::RESOURCES);
    anyhow::ensure!(
        covered("resources") >= Some(resources),
        "{:?} resources were counted, and there are {resources}",
        covered("resources"),
    );
    let findings = document["findings"].as_array();
    let findings = findings.context("the document has no list of findings")?;
    let ids = findings.iter().filter_map(|it| it["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn run(code: i32, stdout: &str) -> Run {
        Run {
            wall: Duration::ZERO,
            peak_bytes: 0,
            cpu: Duration::ZERO,
            status: std::process::ExitStatus::from_raw(code << 8),
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
        }
    }

    fn document(seen: u32, resources: u32) -> String {
        format!(
            "{{\"coverage\":{{\"scopes\":500,\"seen\":{seen},\"resources\":{resources}}},\
             \"findings\":[{{\"id\":\"i-1\"}},{{\"id\":\"i-2\"}}]}}"
        )
    }

    #[test]
    fn a_patrol_that_did_not_see_all_gives_no_figure() {
        assert_eq!(found(&run(0, &document(500, 300_500))).unwrap().len(), 2);
        assert!(found(&run(3, &document(500, 300_500))).is_err());
        assert!(found(&run(0, &document(499, 300_500))).is_err());
        assert!(found(&run(0, &document(500, 299_999))).is_err());
        assert!(found(&run(0, "{}")).is_err());
        assert!(found(&run(0, "")).is_err());
    }
}
