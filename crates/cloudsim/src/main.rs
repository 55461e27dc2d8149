//! `skywarden-cloudsim`: the simulated clouds as a program of their own.
//!
//! The first line on standard output is JSON: where everything listens, and every key. It ends on SIGINT or
//! SIGTERM.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use base::{Clock as _, SystemChance, SystemClock};
use clap::Parser;
use cloudsim::aws::metadata::MachineMetadata;
use cloudsim::mailbox::{Mailbox, Settings};
use cloudsim::metadata::{Metadata, Session, SessionSource};
use cloudsim::robots::{Robots, Security};
use cloudsim::sim::Host;
use cloudsim::world::directory::ACCESS_ROLE;
use cloudsim::{
    Account, Cloud, Estate, Options, Partition, Quota, Role, Sim, Site, World, aws, estate, tencent,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

/// The secret that the signed robots of this program share; it protects nothing.
const ROBOT_SECRET: &str = "SECsimulated-robot-secret";

/// The clouds that the accounts of a standing estate are at, in turn.
const CLOUDS: &[Cloud] = &[Cloud::Aliyun, Cloud::Tencent, Cloud::Aws(Partition::Aws)];

/// Runs simulated clouds on loopback
#[derive(Debug, Parser)]
#[command(name = "skywarden-cloudsim", version)]
struct Args {
    /// Address of the door that serves every product; the others take free ports
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The world: `demo`, `tencent` or `aws` (a sample of all that the door of that cloud shows),
    /// `backups:MACHINES` or `backups:MACHINES+HELD` (an account of AWS whose copies are to be kept, some of those that
    /// are due held by disabled images), `seeded:ACCOUNTSxRESOURCES`, such as `seeded:100x3000`, or `standing:ACCOUNTSxREGIONSxTHINGS` on all three
    /// clouds, such as `standing:10x20x250000`
    #[arg(long, default_value = "demo")]
    estate: String,
    /// Seed of a seeded estate
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Resources of a seeded estate that are due within 14 days; one in a hundred by default
    #[arg(long)]
    expiring: Option<u32>,
    /// Delay of every answer, such as `50ms`
    #[arg(long, default_value = "0s", value_parser = parse_latency)]
    latency: Duration,
    /// Calls a second for each account, region and action; unlimited by default
    #[arg(long)]
    qps: Option<u32>,
    /// Calls at once after a pause; one second's worth by default
    #[arg(long, requires = "qps")]
    burst: Option<u32>,
}

fn parse_latency(text: &str) -> Result<Duration, String> {
    let parsed: SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(parsed).map_err(|_| format!("{text} is negative"))
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "the program's only word when it cannot run"
)]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("skywarden-cloudsim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock::new());
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminated = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;

    let world = build_world(&args, clock.now())?;
    let mut options = Options::default()
        .listen(args.listen)
        .latency(args.latency)
        .clock(clock.clone());
    if let Some(qps) = args.qps {
        let quota = Quota::per_second(qps);
        options = options.quota(args.burst.map_or(quota, |it| quota.burst(it)));
    }
    let sim = Sim::start(world, options)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let robots = Robots::start(clock.clone())
        .await
        .context("cannot start the robots")?;
    let metadata = Metadata::start(clock.clone())
        .await
        .context("cannot start the metadata service")?;
    let tencent_metadata = Metadata::start(clock.clone())
        .await
        .context("cannot start the metadata service of Tencent Cloud")?;
    let machine = MachineMetadata::start(clock.clone())
        .await
        .context("cannot start the metadata service of AWS")?;
    for (path, value) in [
        ("instance-id", "ins-lobby001"),
        ("placement/region", "ap-guangzhou"),
        ("placement/zone", "ap-guangzhou-3"),
        ("payment/charge-type", "PREPAID"),
    ] {
        tencent_metadata.set(&format!("/latest/meta-data/{path}"), value);
    }
    let mailbox = Mailbox::start(clock, Settings::default())
        .await
        .context("cannot start the mailbox")?;
    for (cloud, metadata) in [
        (Cloud::Aliyun, &metadata),
        (Cloud::Tencent, &tencent_metadata),
    ] {
        if let Some((account, role)) = first_role(sim.world(), cloud) {
            metadata.give_role(
                &role.name,
                machine_sessions(sim.world().clone(), &account, &role),
            );
        }
    }

    if let Some((account, role)) = first_role(sim.world(), Cloud::Aws(Partition::Aws)) {
        let sessions = machine_sessions(sim.world().clone(), &account, &role);
        machine.give_role(&role.name, sessions);
    }

    let mut opening = opening(&sim, &robots, &metadata, &mailbox);
    opening["tencent"] = json!({
        "url": sim.url_of(Host::Tencent),
        "endpoint": sim.address_of(Host::Tencent).to_string(),
        "metadata": tencent_metadata.url(),
    });
    opening["aws"] = json!({
        "url": sim.url_of(Host::Aws),
        "metadata": machine.url(),
        "container_uri": machine.container_uri(),
        "container_token": machine.container_token(),
    });
    writeln!(std::io::stdout(), "{opening}").context("cannot write where everything listens")?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn opening(sim: &Sim, robots: &Robots, metadata: &Metadata, mailbox: &Mailbox) -> Value {
    json!({
        "url": sim.url(),
        "endpoint": sim.address().to_string(),
        "sites": {
            "domestic": sim.site_url(Site::Domestic),
            "international": sim.site_url(Site::International),
        },
        "metadata": metadata.url(),
        "credentials_uri": metadata.credentials_uri(),
        "mailbox": mailbox.address().to_string(),
        "robots": {
            "secret": ROBOT_SECRET,
            "dingtalk": robots.dingtalk("ops", Security::sign(ROBOT_SECRET)),
            "feishu": robots.feishu("ops-feishu", Security::sign(ROBOT_SECRET)),
            "wecom": robots.wecom("ops-wecom"),
            "slack": robots.slack("ops-slack"),
            "webhook": robots.webhook("ops-webhook", Security::sign(ROBOT_SECRET)),
        },
        "accounts": sim.accounts_with_keys(),
    })
}

fn build_world(args: &Args, now: Timestamp) -> anyhow::Result<World> {
    match args.estate.as_str() {
        "demo" => return Ok(estate::demo(now)),
        "tencent" => return Ok(tencent::estate::sample(now)),
        "aws" => return Ok(aws::estate::sample(now)),
        _ => {}
    }
    if let Some(size) = args.estate.strip_prefix("standing:") {
        let parsed: Result<Vec<u32>, _> = size.split('x').map(str::parse).collect();
        let Ok([accounts, regions, things]) = parsed.as_deref() else {
            anyhow::bail!(
                "--estate {} is not `standing:ACCOUNTSxREGIONSxTHINGS`",
                args.estate
            );
        };
        let estate = Estate::seeded(args.seed).accounts(*accounts);
        let regions = usize::try_from(*regions).unwrap_or(usize::MAX);
        return Ok(estate.clouds(CLOUDS).standing(regions, *things).build(now));
    }
    if let Some(size) = args.estate.strip_prefix("backups:") {
        let (machines, held) = size.split_once('+').unwrap_or((size, "0"));
        let (Ok(machines), Ok(held)) = (machines.parse(), held.parse()) else {
            anyhow::bail!(
                "--estate {} is not `backups:MACHINES` or `backups:MACHINES+HELD`",
                args.estate
            );
        };
        let estate = aws::estate::backups::Backups::of(machines);
        return Ok(estate
            .held(held, aws::estate::backups::HeldBy::Disabled)
            .build(now));
    }
    let size = args
        .estate
        .strip_prefix("seeded:")
        .and_then(|it| it.split_once('x'));
    let parsed = size
        .and_then(|(accounts, resources)| Some((accounts.parse().ok()?, resources.parse().ok()?)));
    let Some((accounts, resources)) = parsed else {
        anyhow::bail!(
            "--estate {} is none of `demo`, `tencent`, `aws`, `backups:MACHINES`, `seeded:ACCOUNTSxRESOURCES` and `standing:ACCOUNTSxREGIONSxTHINGS`",
            args.estate
        );
    };
    let estate = Estate::seeded(args.seed)
        .accounts(accounts)
        .resources(resources);
    Ok(args
        .expiring
        .map_or(estate, |it| estate.expiring(it))
        .build(now))
}

/// Returns the first role that a machine of `cloud` may plausibly carry.
fn first_role(world: &World, cloud: Cloud) -> Option<(Account, Role)> {
    let accounts = world.accounts().into_iter();
    accounts
        .filter(|it| it.cloud() == cloud)
        .find_map(|account| {
            let role = account
                .roles
                .iter()
                .find(|it| it.name != ACCESS_ROLE)?
                .clone();
            Some((account, role))
        })
}

/// Returns sessions of `role` that are renewed half an hour before they end.
fn machine_sessions(world: World, account: &Account, role: &Role) -> SessionSource {
    let (uid, role) = (account.uid, role.name.clone());
    let last: Mutex<Option<Session>> = Mutex::default();
    Arc::new(move |now| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh_until = now
            .saturating_add(SignedDuration::from_mins(30))
            .unwrap_or(now);
        if let Some(session) = last.as_ref().filter(|it| it.expiration > fresh_until) {
            return session.clone();
        }
        let session = match world.machine_session(uid, &role, now, &SystemChance) {
            Ok(keys) => Session {
                access_key_id: keys.key.id,
                access_key_secret: keys.key.secret,
                security_token: keys.token,
                expiration: keys.expires,
            },
            // The role was taken away under the machine: keys that no door knows are what it is left with.
            Err(_) => Session {
                access_key_id: "STS.gone".to_owned(),
                access_key_secret: String::new(),
                security_token: String::new(),
                expiration: now,
            },
        };
        *last = Some(session.clone());
        session
    })
}
