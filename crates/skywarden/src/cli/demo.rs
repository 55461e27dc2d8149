//! `skywarden demo`: the real product on a simulated estate of three clouds, over the real signed
//! protocols.
//!
//! It starts simulated clouds and robots on loopback, writes a real configuration with sealed
//! throw-away keys into a temporary home, lets three days go by, and then patrols, looks for
//! orphans, and plans backups and alarms as anyone would. Nobody waits for anything: the demo's clock skips.

mod clock;
mod errand;
mod household;
mod outside;

use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use warden::Exit;

use super::{CliError, Ui};
use clock::SkippingClock;
use errand::{Errand, Errands};
use household::Household;
use outside::Outside;

/// Arguments of `skywarden demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    #[arg(long)]
    stay: bool,
}

/// Days that go by before the patrol that is shown: three balances make a forecast.
const DAYS_BEFORE: i64 = 3;
/// How long before the end the first look for orphans is; longer than the `grace` of the
/// configuration, and before the last machine leaves its cluster.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// Shows the product at work.
pub(crate) fn run(args: &DemoArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::internal("cannot start", &error))?;
    let today = ui.host.clock.now();
    let clock = SkippingClock::begun(ui.host.clock.clone(), FIRST_LOOK + days(DAYS_BEFORE));
    let clock = Arc::new(clock);
    let outside = runtime.block_on(Outside::open(&clock, today))?;
    let household = Household::furnish(&outside, ui)?;
    let intro = ui.say(
        "demo-intro",
        &[
            ("url", outside.sim.url().into()),
            ("config", household.config_shown().into()),
        ],
    );
    ui.status(&intro);

    let errands = Errands {
        household: &household,
        clock: &clock,
    };
    let codes = days_and_looks(&outside, &errands, today, ui)?;
    show_messages(&outside, ui)?;
    let [patrol, first, second, plan] = codes.map(|it| it.to_string());
    let outro = ui.say(
        "demo-outro",
        &[
            ("patrol", patrol.into()),
            ("first", first.into()),
            ("second", second.into()),
            ("plan", plan.into()),
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
    Ok(Exit::Fine)
}

/// Lets the days go by, patrols, looks for orphans twice, and plans; returns the codes of what was
/// shown.
fn days_and_looks(
    outside: &Outside,
    errands: &Errands<'_>,
    today: Timestamp,
    ui: &mut Ui,
) -> Result<[u8; 4], CliError> {
    let first_look = today - FIRST_LOOK;
    for day in (1..=DAYS_BEFORE).rev() {
        let line = ui.say("demo-day", &[("days", day.into())]);
        ui.status(&line);
        outside.go_by_until(first_look - days(day));
        errands.run(ui, &["patrol", "--no-send", "--quiet"])?;
    }
    outside.go_by_until(first_look);
    let patrol = errands.run(ui, &["patrol"])?;
    show(&patrol, "demo-patrol", ui)?;
    let first = errands.run(ui, &["orphans"])?;
    show(&first, "demo-first-look", ui)?;
    outside.go_by_until(today);
    let second = errands.run(ui, &["orphans"])?;
    show(&second, "demo-second-look", ui)?;
    let plan = errands.run(ui, &["plan"])?;
    show(&plan, "demo-plan", ui)?;
    Ok([patrol.code, first.code, second.code, plan.code])
}

fn days(many: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * many)
}

/// Shows what a command printed and said, under its own line.
fn show(errand: &Errand, head: &str, ui: &mut Ui) -> Result<(), CliError> {
    let head = ui.say(head, &[]);
    ui.data(&format!("{head}\n\n{}\n", errand.printed))?;
    ui.status(errand.talk.trim_end());
    Ok(())
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
