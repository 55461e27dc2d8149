//! `skywarden demo`: the real product on a simulated estate, over the real signed protocol.
//!
//! It starts simulated clouds and robots on loopback, writes a real configuration with sealed
//! throw-away keys into a temporary home, lets three days go by, and patrols as anyone would.

mod clock;
mod household;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use cloudsim::robots::{Robots, Security};
use cloudsim::{Options, Sim, estate};
use jiff::SignedDuration;
use warden::Exit;

use super::{CliError, Ui};
use crate::Host;
use crate::surroundings::Surroundings;
use clock::ShiftedClock;
use household::Household;

/// Arguments of `skywarden demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[arg(long)]
    stay: bool,
}

/// Days that go by before the patrol that is shown: three balances make a forecast.
const DAYS_BEFORE: i64 = 3;
/// As far as the clouds of the real world are.
const LATENCY: Duration = Duration::from_millis(20);
const ROBOT_SECRET: &str = "SECdemo-robot-secret";
const KEYWORD: &str = "巡检";

/// The simulated outside of a demo.
pub(super) struct Outside {
    pub(super) sim: Sim,
    pub(super) robots: Robots,
    pub(super) channels: Vec<DemoChannel>,
}

/// One robot that the demo's configuration knows.
pub(super) struct DemoChannel {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) address: String,
    pub(super) secret: Option<&'static str>,
}

/// Shows the product at work.
pub(crate) fn run(args: &DemoArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::internal("cannot start", &error))?;
    let clock = Arc::new(ShiftedClock::new(ui.host.clock.clone(), days(-DAYS_BEFORE)));
    let outside = runtime.block_on(open(clock.clone()))?;
    let household = Household::furnish(&outside, ui)?;
    let intro = ui.say(
        "demo-intro",
        &[
            ("url", outside.sim.url().into()),
            ("config", household.config_shown().into()),
        ],
    );
    ui.status(&intro);

    for day in (1..=DAYS_BEFORE).rev() {
        let line = ui.say("demo-day", &[("days", day.into())]);
        ui.status(&line);
        patrol(&household, &clock, ui, &["--no-send", "--quiet"])?;
        clock.advance(days(1));
        outside.sim.world().advance(days(1));
    }
    let (printed, code) = patrol(&household, &clock, ui, &[])?;
    ui.data(&printed)?;
    show_messages(&outside, ui)?;
    let outro = ui.say(
        "demo-outro",
        &[
            ("code", code.into()),
            ("config", household.config_shown().into()),
        ],
    );
    ui.status(&outro);
    if args.stay {
        let stay = ui.say("demo-stay", &[]);
        ui.status(&stay);
        drop(super::run_time::block_on(std::future::pending::<
            Result<(), CliError>,
        >()));
    }
    Ok(if matches!(code, 0 | 3) {
        Exit::Fine
    } else {
        Exit::Internal
    })
}

fn days(many: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * many)
}

async fn open(clock: Arc<ShiftedClock>) -> Result<Outside, CliError> {
    let failed =
        |error: std::io::Error| CliError::internal("cannot start the simulated clouds", &error);
    use base::Clock as _;
    let today = clock
        .now()
        .checked_add(days(DAYS_BEFORE))
        .unwrap_or_else(|_| clock.now());
    let world = estate::demo(today);
    world.set_now(clock.now());
    let options = Options::default().latency(LATENCY).clock(clock.clone());
    let sim = Sim::start(world, options).await.map_err(failed)?;
    let robots = Robots::start(clock).await.map_err(failed)?;
    let signed = Security::sign(ROBOT_SECRET);
    let channel = |name, kind, address: url::Url, secret| DemoChannel {
        name,
        kind,
        address: address.into(),
        secret,
    };
    let channels = vec![
        channel(
            "ops",
            "dingtalk",
            robots.dingtalk("ops", signed.clone().and_keyword(KEYWORD)),
            Some(ROBOT_SECRET),
        ),
        channel(
            "feishu",
            "feishu",
            robots.feishu("feishu", signed),
            Some(ROBOT_SECRET),
        ),
        channel("wecom", "wecom", robots.wecom("wecom"), None),
    ];
    Ok(Outside {
        sim,
        robots,
        channels,
    })
}

/// Runs `skywarden patrol` as a command line of its own in the demo's home, and returns what it
/// printed and its exit code.
fn patrol(
    household: &Household,
    clock: &Arc<ShiftedClock>,
    ui: &mut Ui,
    flags: &[&str],
) -> Result<(String, u8), CliError> {
    let (out, err) = (Tape::default(), Tape::default());
    let surroundings: Surroundings = household.surroundings(&ui.host.surroundings);
    let host = Host {
        surroundings,
        clock: clock.clone(),
        chance: ui.host.chance.clone(),
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(out.clone()),
        stderr: Box::new(err.clone()),
        store_options: ui.host.store_options.clone(),
    };
    let mut arguments = vec!["skywarden", "--lang", ui.language.tag(), "patrol"];
    arguments.extend(flags);
    let code = crate::run(arguments.into_iter().map(Into::into), host);
    if !matches!(code, 0 | 3) {
        let class = match code {
            130 => super::ErrorClass::Interrupted,
            _ => super::ErrorClass::Internal,
        };
        return Err(CliError {
            class,
            text: err.text(),
            hints: Vec::new(),
        });
    }
    if flags.is_empty() {
        ui.status(err.text().trim_end());
    }
    Ok((out.text(), code))
}

fn show_messages(outside: &Outside, ui: &mut Ui) -> Result<(), CliError> {
    for channel in &outside.channels {
        let messages = outside.robots.messages(channel.name);
        for message in &messages {
            let head = ui.say(
                "demo-message",
                &[
                    ("channel", channel.name.into()),
                    ("kind", channel.kind.into()),
                ],
            );
            let title = message.title.as_deref().unwrap_or_default();
            ui.data(&format!("{head}\n{title}\n{}\n\n", message.text.trim_end()))?;
        }
    }
    Ok(())
}

/// Keeps what is written, for the one who holds the other end.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
