//! Ten accounts on three clouds are searched for orphans by the product: how fast, in how much
//! memory, and was all seen?

mod floor;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base::{Clock as _, SystemClock};
use cloudsim::{Account, Cloud, Estate, Host, Options, Partition, Quota, Sim, Stats};
use serde_json::Value;

use self::floor::floor;
use crate::figure::{Board, Figure, Target, median};
use crate::floor::Rules;
use crate::product::{Product, Run};

/// How many accounts there are, in how many regions each, and how many things in all.
const ACCOUNTS: u32 = 10;
const REGIONS: usize = 20;
const THINGS: u32 = 250_000;
/// How many machines were forgotten by their clusters.
const FORGOTTEN: u32 = 200;
const SEED: u64 = 20_261;
const CLOUDS: &[Cloud] = &[Cloud::Aliyun, Cloud::Tencent, Cloud::Aws(Partition::Aws)];
/// What the far side imposes on every bucket of a paced census, but those of the container service of
/// Tencent Cloud.
const PER_SECOND: u32 = 10;
const PER_SECOND_OF_TKE: u32 = 20;
const LATENCY: Duration = Duration::from_millis(50);
/// The percentage of the quotas that scheduled runs use when nobody says otherwise.
const SHARE: u32 = 20;
/// Many times what any of these runs should take.
const PATIENCE: Duration = Duration::from_secs(600);
const MIB: f64 = 1_048_576.0;

/// Searches without latency and quotas: how fast, and in how much memory.
pub(crate) async fn unthrottled(
    product: &Product,
    runs: u8,
    board: &mut Board,
) -> anyhow::Result<()> {
    let searches = searches(product, None, runs).await?;
    let wall = median(&mut searches.wall_seconds.clone());
    board.tell(&format!(
        "census: {THINGS} things over {ACCOUNTS} accounts of three clouds × {REGIONS} regions, no latency, no quota; first look {:.3} s, then {:.3?} s; the product's CPU {:.2?} s; {} calls",
        searches.first_seconds, searches.wall_seconds, searches.cpu_seconds, searches.stats.calls,
    ));
    board.show(&Figure::new("census.wall", wall, Target::AtMost(10.0), "s"));
    let memory = Target::AtMost(200.0);
    board.show(&Figure::new("census.rss", searches.peak_mib, memory, "MiB"));
    let all = Target::AtLeast(100.0);
    board.show(&Figure::new(
        "census.found",
        searches.found_percent,
        all,
        "%",
    ));
    Ok(())
}

/// Searches under latency and quotas, beside the time that a share of them allows.
///
/// With the share that scheduled runs take when nobody says otherwise the product has to keep up. With
/// all of them, hundreds of buckets allow more answers a second than product and simulation can make
/// on two cores: that figure is there to compare with.
pub(crate) async fn paced(product: &Product, board: &mut Board) -> anyhow::Result<()> {
    let none = Target::AtMost(0.0);
    if board.wants("census.paced") {
        let (searches, wall, allowed) = paced_by(product, SHARE, board).await?;
        let most = Target::AtMost(allowed * 1.05);
        board.show(&Figure::new("census.paced", wall, most, "s"));
        let throttled = searches.throttled as f64;
        board.show(&Figure::new("census.paced.throttled", throttled, none, ""));
        let all = Target::AtLeast(100.0);
        let found = searches.found_percent;
        board.show(&Figure::new("census.paced.found", found, all, "%"));
    }
    if board.wants("census.whole") {
        let (searches, wall, allowed) = paced_by(product, 100, board).await?;
        let beside = Target::Beside(allowed);
        board.show(&Figure::new("census.whole", wall, beside, "s"));
        let throttled = searches.throttled as f64;
        board.show(&Figure::new("census.whole.throttled", throttled, none, ""));
    }
    Ok(())
}

/// Searches with a share of the quotas, and returns the seconds it took and those it is allowed.
async fn paced_by(
    product: &Product,
    share: u32,
    board: &mut Board,
) -> anyhow::Result<(Searches, f64, f64)> {
    let quota = Quota::per_second(PER_SECOND);
    let searches = searches(product, Some(Paced { quota, share }), 1).await?;
    let wall = median(&mut searches.wall_seconds.clone());
    let allowed = floor(&searches.stats, |action| rules(action, share)).as_secs_f64();
    board.tell(&format!(
        "census: the same with {} ms latency and {PER_SECOND}/s a bucket, of which {share} % are used; those allow {allowed:.3} s for the calls that were made; first look {:.3} s, then {:.3?} s; the product's CPU {:.2?} s; {} calls",
        LATENCY.as_millis(), searches.first_seconds, searches.wall_seconds, searches.cpu_seconds, searches.stats.calls,
    ));
    Ok((searches, wall, allowed))
}

/// Returns what an action is held to: `share` percent of what the far side imposes.
fn rules(action: &str, share: u32) -> Rules {
    let per_second = match action.starts_with("tke:") {
        true => PER_SECOND_OF_TKE,
        false => PER_SECOND,
    };
    Rules {
        latency: LATENCY,
        per_second: per_second * share / 100,
    }
}

/// What is imposed, and how many percent of it are used.
#[derive(Debug, Clone, Copy)]
struct Paced {
    quota: Quota,
    share: u32,
}

/// Several searches of one estate from one home, as a schedule makes them.
struct Searches {
    first_seconds: f64,
    wall_seconds: Vec<f64>,
    cpu_seconds: Vec<f64>,
    peak_mib: f64,
    throttled: u64,
    found_percent: f64,
    stats: Stats,
}

async fn searches(product: &Product, paced: Option<Paced>, runs: u8) -> anyhow::Result<Searches> {
    let world = Estate::seeded(SEED)
        .accounts(ACCOUNTS)
        .clouds(CLOUDS)
        .standing(REGIONS, THINGS)
        .orphans(FORGOTTEN)
        .build(SystemClock::new().now());
    let accounts = world.accounts();
    let forgotten = forgotten(&accounts);
    anyhow::ensure!(!forgotten.is_empty(), "the estate has forgotten no machine");
    let mut options = Options::default().without_aws_quotas();
    if paced.is_some() {
        options = options.latency(LATENCY);
    }
    let sim = Sim::start(world, options)
        .await
        .context("the simulation cannot listen on loopback")?;
    let home = tempfile::tempdir().context("there is no place for the product's home")?;
    let mut searches = Searches {
        first_seconds: f64::NAN,
        wall_seconds: Vec::new(),
        cpu_seconds: Vec::new(),
        peak_mib: 0.0,
        throttled: 0,
        found_percent: 100.0,
        stats: Stats::default(),
    };
    let config = config_of(&sim, &accounts, paced);
    for number in 0..=runs {
        sim.set_quota(paced.map(|it| it.quota));
        sim.reset_stats();
        let run = one(product, &config, &accounts, home.path()).await?;
        searches.stats = sim.stats();
        let found =
            found(&run).with_context(|| format!("the product said: {}", run.last_words()))?;
        let hits = forgotten.intersection(&found).count() as f64;
        let percent = hits * 100.0 / forgotten.len() as f64;
        searches.found_percent = searches.found_percent.min(percent);
        searches.throttled += searches.stats.throttled;
        searches.peak_mib = searches.peak_mib.max(run.peak_bytes as f64 / MIB);
        if number == 0 {
            searches.first_seconds = run.wall.as_secs_f64();
            continue;
        }
        searches.wall_seconds.push(run.wall.as_secs_f64());
        searches.cpu_seconds.push(run.cpu.as_secs_f64());
    }
    Ok(searches)
}

/// Returns the machines that carry a cluster's mark and are no node of any, where a node's absence
/// can be told: the list of AWS never shows all of them.
fn forgotten(accounts: &[Account]) -> BTreeSet<String> {
    let told = accounts
        .iter()
        .filter(|it| !matches!(it.cloud(), Cloud::Aws(_)));
    let mut forgotten = BTreeSet::new();
    for (_, holdings) in told.flat_map(|it| it.regions.iter()) {
        let clusters = holdings.clusters.iter();
        let nodes: BTreeSet<&str> = clusters
            .filter_map(|it| holdings.nodes(&it.id))
            .flat_map(|nodes| nodes.iter())
            .filter_map(|it| it.machine.as_deref())
            .collect();
        let marked = holdings.machines.iter().filter(|it| {
            let mark = |key: &str| it.tag_value(key).is_some();
            mark("ack.aliyun.com") || mark("tke-clusterId")
        });
        let ids = marked
            .map(|it| it.id.as_str())
            .filter(|it| !nodes.contains(it));
        forgotten.extend(ids.map(str::to_owned));
    }
    forgotten
}

async fn one(
    product: &Product,
    config: &str,
    accounts: &[Account],
    home: &Path,
) -> anyhow::Result<Run> {
    let file = home.join("skywarden.toml");
    std::fs::write(&file, config).with_context(|| format!("cannot write {}", file.display()))?;
    let path = file
        .to_str()
        .context("the temporary folder has no plain name")?;
    let arguments = ["orphans", "--no-send", "--output", "json", "--config", path];
    product
        .run(&arguments, &variables_of(accounts)?, home, PATIENCE)
        .await
}

fn prefix(account: &Account) -> String {
    account.name.to_uppercase().replace('-', "_")
}

/// Returns the configuration; it tells the quotas that the far side imposes, which are not what the
/// clouds publish.
fn config_of(sim: &Sim, accounts: &[Account], paced: Option<Paced>) -> String {
    let share = paced.map_or(100, |it| it.share);
    let mut text = format!("[pace]\nscheduled = {share}\ninteractive = {share}\n");
    for account in accounts {
        let (cloud, url) = match account.cloud() {
            Cloud::Aliyun => ("aliyun", sim.url().to_owned()),
            Cloud::Tencent => ("tencent", sim.url_of(Host::Tencent)),
            Cloud::Aws(_) => ("aws", sim.url_of(Host::Aws)),
        };
        // Writing to a string cannot fail.
        let _written = write!(
            text,
            "[accounts.{}]\ncloud = \"{cloud}\"\ncredentials = {{ env = \"{}\" }}\n\
             expect_identity = \"{}\"\nendpoints = {{ default = \"{url}\" }}\n",
            account.name,
            prefix(account),
            account.number(),
        );
        if paced.is_some() {
            let services = match account.cloud() {
                Cloud::Tencent => format!(", services = {{ tke = \"{PER_SECOND_OF_TKE}/s\" }}"),
                _ => String::new(),
            };
            let _written = writeln!(
                text,
                "quotas = {{ at_most = \"{PER_SECOND}/s\"{services} }}"
            );
        }
    }
    text
}

fn variables_of(accounts: &[Account]) -> anyhow::Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    for account in accounts {
        let user = account.users.first().context("an account has no user")?;
        let key = user.keys.first().context("a user has no key")?;
        let (id, secret) = match account.cloud() {
            Cloud::Aliyun => ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET"),
            Cloud::Tencent => ("SECRET_ID", "SECRET_KEY"),
            Cloud::Aws(_) => ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"),
        };
        let prefix = prefix(account);
        variables.push((format!("{prefix}_{id}"), key.id.clone()));
        variables.push((format!("{prefix}_{secret}"), key.secret.clone()));
    }
    Ok(variables)
}

/// Returns the ids of the machines that a search that did its job says something of.
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
    let findings = document["findings"].as_array();
    let findings = findings.context("the document has no list of findings")?;
    let machines = findings.iter().filter(|it| it["kind"] == "machine");
    Ok(machines
        .filter_map(|it| it["id"].as_str())
        .map(str::to_owned)
        .collect())
}
